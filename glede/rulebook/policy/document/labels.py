"""Printed numbers: “4.2”, “1.”, “(a)”, “Section 3”, “Appendix B”."""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Sort(Enum):
    DOTTED = auto()  # 4.2, 4.2.1, A1.2
    SINGLE = auto()  # 6. or 6)
    LETTER = auto()  # (a), a), (iv)
    CAPITAL = auto()  # A.
    NAMED = auto()  # Appendix B


@dataclass(frozen=True, slots=True)
class Label:
    """`printed` without the dot or bracket that ends it: “4.2”, “6”, “a”, “Appendix B”."""

    sort: Sort
    printed: str

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.printed.split(".") if part.isdigit())


_DOTTED = re.compile(
    r"((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){1,5}|[A-Z](?:\.\d{1,3}){1,5})[.):]?(?=\s|$)"
)
_SINGLE = re.compile(r"\(?(\d{1,3})(?:[.):](?=\s|$)|(?=\s+[-–—]\s))")
_BARE = re.compile(r"(\d{1,2})(?=\s+[A-ZÂÊÎÔÛŴŶ][\w’'&,/ -]{2,}$)")
_NAMED = re.compile(
    r"((?:Appendix|Annex|Annexe|Schedule|Atodiad)(?:\s+(?:\d{1,2}|[A-Z]))?)"
    r"(?=\s*[:.–—-]|\s*$|\s+[A-Z])",
    re.I,
)
_WORDED = re.compile(
    r"(?:Section|Part|Clause|Article|Chapter|Adran|Rhan)\s+(\d{1,2}(?:\.\d{1,2})*)(?=\s*[:.–—-]|\s*$|\s+[A-Z])",
    re.I,
)
_LETTER = re.compile(r"(?:\(([a-z]{1,4})\)|([a-z]{1,4})\)|([a-z]|[ivx]{2,4})\.)(?=\s|$)")
_CAPITAL = re.compile(r"(?:\(([A-Z])\)|([A-Z])[.)])(?=\s+\S)")
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")
#: What follows a number that is none: “9.30 am”, “24 hours”, “3 March 2025”.
_MEASURE = re.compile(
    r"\s*(?:(?:am|pm|a\.m|p\.m|noon|hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|working|"
    r"per cent|million|thousand|(?:to|–|-)\s*\d)\b|%)"
)
_MONTH = re.compile(
    r"\s*(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?:\s+\d{4})?\b"
)
_AFTER = re.compile(r"^[\s:.–—-]+")


def split(text: str) -> tuple[Label, str] | None:
    """The number a line begins with, and the rest of the line; nothing where it has none."""
    text = text.strip()
    for pattern, sort in (
        (_DOTTED, Sort.DOTTED),
        (_SINGLE, Sort.SINGLE),
        (_LETTER, Sort.LETTER),
        (_CAPITAL, Sort.CAPITAL),
        (_BARE, Sort.SINGLE),
        (_NAMED, Sort.NAMED),
        (_WORDED, Sort.SINGLE),
    ):
        found = pattern.match(text)
        if found is None:
            continue
        printed = next(group for group in found.groups() if group)
        rest = text[found.end() :]
        if not _is_label(sort, printed, rest):
            continue
        if sort is Sort.SINGLE and "." in printed:
            sort = Sort.DOTTED
        return Label(sort, " ".join(printed.split())), _AFTER.sub("", rest).strip()
    return None


def of(printed: str) -> Label | None:
    """The label that `Para.label` holds."""
    found = split(f"{printed} Xxxx") if printed else None
    return found[0] if found else None


def only(text: str) -> Label | None:
    """The label a piece of text is, where it is nothing else (“3.1”, “(a)”, “iv”, “7”)."""
    text = text.strip()
    if re.fullmatch(r"\d{1,2}", text):
        return Label(Sort.SINGLE, text)
    found = split(text)
    return found[0] if found and not found[1] else None


def is_roman(printed: str) -> bool:
    return bool(printed) and _ROMAN.fullmatch(printed) is not None


def _is_label(sort: Sort, printed: str, rest: str) -> bool:
    if sort in (Sort.DOTTED, Sort.SINGLE) and _MEASURE.match(rest):
        return False
    if sort is Sort.SINGLE and _MONTH.match(rest):
        return False
    if sort is Sort.LETTER and len(printed) > 1:
        return is_roman(printed)
    if sort is Sort.DOTTED:
        return not re.fullmatch(r"\d+\.\d+\.\d{3,}", printed)
    return True


_VALUES = {"i": 1, "v": 5, "x": 10}


def roman(printed: str) -> int:
    """“iv” is 4; 0 where it is no Roman number."""
    if not is_roman(printed):
        return 0
    values = [_VALUES[sign] for sign in printed]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)
