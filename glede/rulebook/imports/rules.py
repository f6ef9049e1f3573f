"""What stands in a policy file that was read in, and what a person may decide about it.

The shape of `result` is that of `glede policy import --json` (docs/reference/policy-import.md).
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from glede.kit.words import say
from glede.rulebook.brands.rules import DAYS

#: Working hours are asked once for the whole week: the items `hours.monday` … are shown as one.
HOURS = "hours"
_DAY_KEYS = tuple(f"{HOURS}.{day}" for day in DAYS)

#: What the reader can be given; what a file really is, it finds out from the bytes.
ENDINGS = (".docx", ".pdf", ".html", ".htm", ".md", ".txt")


class NotTakenError(ValueError):
    """A file is refused before it is read; the message says what to do."""


class NotPossibleError(ValueError):
    """What was asked of an item or an import cannot be done; the message says why."""


class ChangedError(NotPossibleError):
    """Somebody else decided in the meantime; nothing was overwritten."""


class State(StrEnum):
    """Where a file stands."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    UNREADABLE = "unreadable"


class Kind(StrEnum):
    """What an item is about."""

    FIELD = "field"
    RULE = "rule"
    GAP = "gap"
    FLAG = "flag"


class Act(StrEnum):
    """What a person decided. `UNDONE` puts an item back to what it was before."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    SEEN = "seen"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a document's heading. `type` is text, date or months."""

    key: str
    label: str
    type: str
    required: bool = False


FIELDS = (
    Field("title", "Title", "text", required=True),
    Field("organisation", "Organisation", "text"),
    Field("version", "Version in the document", "text"),
    Field("approved_by", "Approved by", "text"),
    Field("owner", "Owner", "text"),
    Field("reviewer", "Reviewer", "text"),
    Field("approved_on", "Approved on", "date"),
    Field("effective_on", "Takes effect on", "date"),
    Field("next_review", "Next review", "date"),
    Field("review_period_months", "Reviewed every", "months"),
)
FIELD = {field.key: field for field in FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One item as the reader found it. `status` is written, assumed or missing; `about` names the
    rule a flag speaks of; `says` is the sentence of a question or a flag."""

    kind: Kind
    key: str
    value: Any = None
    unit: str = ""
    clause: str = ""
    quote: str = ""
    says: str = ""
    status: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person sends in about one item."""

    act: Act
    value: Any = None
    clause: str = ""
    quote: str = ""
    reason: str = ""


# --- The file --------------------------------------------------------------------------------


def check_file(name: str, size: int, *, most: int) -> None:
    """Raises `NotTakenError`. `most` in bytes."""
    if not size:
        raise NotTakenError(say("The file is empty. Choose the file that holds the policy."))
    if size > most:
        raise NotTakenError(
            say(
                "The file has %(size)s MB; at most %(most)s MB are read. Save it without pictures,"
                " or as plain text, and choose it again.",
                size=f"{size / 1e6:.1f}",
                most=f"{most / 1e6:.0f}",
            )
        )
    if not name.lower().endswith(ENDINGS):
        raise NotTakenError(
            say(
                "“%(name)s” is not a kind of file we can read. Save the policy as .docx,"
                " .pdf, .html, .md or .txt and choose it again.",
                name=name,
            )
        )


def digest(data: bytes) -> str:
    """What a file is kept under: SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def same_policy(result: Mapping[str, Any]) -> str:
    """Two files with the same mark hold the same policy: its title and whose it is."""
    words = " ".join(f"{result.get('title') or ''} {result.get('organisation') or ''}".split())
    return hashlib.sha256(words.casefold().encode()).hexdigest() if words else ""


# --- From what was read to items -------------------------------------------------------------


def items(result: Mapping[str, Any]) -> list[Found]:
    """Everything to look at, in the order of the text; what no clause speaks of comes last."""
    place = {clause["number"]: at for at, clause in enumerate(result["clauses"])}
    text = {clause["number"]: clause["text"] for clause in result["clauses"]}
    bodies = [
        *_one_week(list(_rules(result))),
        *_one_week(list(_gaps(result))),
        *_flags(result),
    ]
    kinds = list(Kind)

    def order(found: Found) -> tuple[int, int, int]:
        at = place.get(found.clause, len(place))
        within = text.get(found.clause, "").find(found.quote) if found.quote else 10**9
        return at, within, kinds.index(found.kind)

    return [*_fields(result), *sorted(bodies, key=order)]


def _fields(result: Mapping[str, Any]) -> Iterator[Found]:
    for field in FIELDS:
        value = result.get(field.key)
        if isinstance(value, Mapping) and not value.get("date"):
            value = dict(value) if value.get("written") else None
        given = value not in (None, "")
        yield Found(
            kind=Kind.FIELD,
            key=field.key,
            value=value if given else None,
            status="written" if given else "missing",
        )


def _rules(result: Mapping[str, Any]) -> Iterator[Found]:
    for rule in result["rules"]:
        yield Found(
            kind=Kind.RULE,
            key=rule["key"],
            value=rule["value"],
            unit=rule.get("unit") or "",
            clause=rule.get("clause") or "",
            quote=rule.get("quote") or "",
            status=rule.get("status") or "written",
        )


def _gaps(result: Mapping[str, Any]) -> Iterator[Found]:
    for gap in result["gaps"]:
        yield Found(
            kind=Kind.GAP,
            key=gap["key"],
            value=gap.get("assumed"),
            clause=gap.get("clause") or "",
            quote=gap.get("quote") or "",
            says=gap.get("question") or "",
            status="assumed",
        )


def _flags(result: Mapping[str, Any]) -> Iterator[Found]:
    for flag in result["flags"]:
        yield Found(
            kind=Kind.FLAG,
            key=flag["kind"],
            clause=flag.get("clause") or "",
            quote=flag.get("quote") or "",
            says=flag.get("says") or "",
            about=flag.get("key") or "",
        )


def _one_week(found: Sequence[Found]) -> list[Found]:
    """The days of one opening week as one item: they stand in one sentence and are one decision."""
    week: dict[tuple[str, str], list[Found]] = {}
    rest: list[Found] = []
    for one in found:
        if one.key in _DAY_KEYS:
            # Days that the text gives in two sentences stay two items: each has its own quote.
            week.setdefault((one.clause, one.quote), []).append(one)
        else:
            rest.append(one)
    for days in week.values():
        rest.append(
            Found(
                kind=days[0].kind,
                key=HOURS,
                value={one.key.partition(".")[2]: one.value for one in days},
                clause=days[0].clause,
                quote=days[0].quote,
                says=days[0].says if len(days) == 1 else _WEEK if days[0].says else "",
                status=days[0].status,
            )
        )
    return rest


_WEEK = "On which days and at what times are people at the desk?"


def fingerprint(found: Found, clause_text: str) -> str:
    """The same in two files: the item says the same about the same words. A decision about it then
    holds for the newer file too."""
    told = json.dumps(
        [
            found.kind,
            found.key,
            found.about,
            found.value,
            found.quote,
            found.says,
            " ".join(clause_text.split()),
        ],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(told.encode()).hexdigest()


# --- What may be decided ---------------------------------------------------------------------

_ALLOWED = {
    Kind.FIELD: {Act.CONFIRMED, Act.CORRECTED, Act.DISMISSED},
    Kind.RULE: {Act.CONFIRMED, Act.CORRECTED, Act.DISMISSED},
    Kind.GAP: {Act.CONFIRMED, Act.ANSWERED, Act.DISMISSED},
    Kind.FLAG: {Act.SEEN, Act.DISMISSED},
}


def check_choice(found: Found, choice: Choice, clauses: Mapping[str, str]) -> None:
    """`clauses`: number → text. Raises `NotPossibleError` with a sentence for the person."""
    if choice.act not in _ALLOWED[found.kind]:
        raise NotPossibleError(say("That cannot be said about this item."))
    if choice.act is Act.CONFIRMED and found.value is None:
        raise NotPossibleError(
            say("There is nothing to confirm: give the answer in your own words.")
        )
    if choice.act is Act.DISMISSED:
        _check_dismissal(found, choice)
    if choice.act is Act.SEEN and not choice.reason.strip():
        raise NotPossibleError(say("Say what happens about it: choose one, or write it."))
    if choice.act in (Act.CORRECTED, Act.ANSWERED):
        _check_words(choice, clauses)


def _check_dismissal(found: Found, choice: Choice) -> None:
    if found.kind is Kind.FIELD:
        if FIELD[found.key].required:
            raise NotPossibleError(
                say("%(label)s cannot be left empty.", label=FIELD[found.key].label)
            )
    elif not choice.reason.strip():
        raise NotPossibleError(say("Say why in a few words: whoever reads it later will ask."))


def _check_words(choice: Choice, clauses: Mapping[str, str]) -> None:
    """A quote may be left out; what is quoted must stand there letter for letter."""
    if choice.quote and not choice.clause:
        raise NotPossibleError(say("Name the clause in which these words stand."))
    if choice.clause and choice.clause not in clauses:
        raise NotPossibleError(
            say("There is no clause %(clause)s in this document.", clause=choice.clause)
        )
    if choice.quote and choice.quote not in clauses[choice.clause]:
        raise NotPossibleError(
            say(
                "These words do not stand in clause %(clause)s. Copy them from the text,"
                " letter for letter.",
                clause=choice.clause,
            )
        )


def required(found: Found) -> bool:
    """Must it be decided before a version can be made? Questions may stay open, as assumed; flags
    change nothing."""
    return found.kind in (Kind.RULE, Kind.FIELD) and (
        found.status != "missing" or FIELD[found.key].required
    )


def clause_texts(result: Mapping[str, Any]) -> dict[str, str]:
    return {clause["number"]: clause["text"] for clause in result["clauses"]}


def marks(
    text: str, quotes: Iterable[tuple[str, int]]
) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """A clause cut where quotes begin and end: each piece with the numbers of the quotes it belongs
    to and of those that end with it. Quotes may overlap; one that is not there marks nothing."""
    spans = [
        (at, at + len(quote), number)
        for quote, number in quotes
        if quote and (at := text.find(quote)) >= 0
    ]
    cuts = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    return [
        (
            text[start:end],
            tuple(number for low, high, number in spans if low <= start and end <= high),
            tuple(number for _, high, number in spans if high == end),
        )
        for start, end in itertools.pairwise(cuts)
    ]
