"""Personal details of the UK's patterns in words that anybody can read (clause 5.4). Pure.

It finds patterns, not people: a name, a description or a detail spread over two replies is for a
person to see. What stands inside a link is left alone, and so is what belongs to the group.
"""

import re
from collections.abc import Iterator

from glede.desk.replies import voices
from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.kit.words import joined, lowered, say

_CLAUSE = "5.4"

#: A link is looked over: what stands in it (a postcode, a number) is an address of a page.
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)

#: HMRC's National Insurance Manual NIM39110: no D, F, I, Q, U, V; no O second; seven pairs never.
_INSURANCE = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D]\b",
    re.IGNORECASE,
)
#: 13 to 19 digits (ISO/IEC 7812), in groups or not; only what passes its check digit counts.
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
#: ISO 13616; only what passes its check digits counts.
_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_BANK = re.compile(r"\b\d\d-\d\d-\d\d\b\D{0,24}\b\d{8}\b")
_BORN = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth)\W{0,4}\d{1,2}[/. -]\w{1,9}[/. -]\d{2,4}\b",
    re.IGNORECASE,
)
#: Ofcom's National Telephone Numbering Plan: 0 and nine or ten digits, with +44 for the 0.
_PHONE = re.compile(r"(?<![\w.+-])(?:\+44[ -]?(?:\(0\))?|\(?0)(?:[ ().-]{0,2}\d){9,10}(?!\w)")
#: Numbers that only organisations have: 03, 080, 084, 087 (same plan).
_NOBODYS = ("03", "080", "084", "087")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Royal Mail's formats; the unit never has C, I, K, M, O or V.
_POSTCODE = re.compile(
    r"\b[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])"
    r" ?\d[ABD-HJLNP-UW-Z]{2}\b",
    re.IGNORECASE,
)
#: “M4 5th” is a road and a day.
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)$")
_STREETS = (
    "Avenue|Ave|Close|Court|Crescent|Drive|Gardens|Green|Grove|Hill|House|Lane|Mews|Park|Place|"
    "Rise|Road|Rd|Row|Square|Street|Terrace|View|Walk|Way"
)
_ADDRESS = re.compile(
    rf"\b\d{{1,4}}[A-Za-z]?,? (?:[A-Z][\w'’-]+ ){{1,3}}(?:{_STREETS})\b"
    r"|\b(?:[Ff]lat|[Aa]partment|[Rr]oom) (?:no\.? ?)?\d{1,4}[A-Za-z]?\b"
)

#: Key, what it is called, its pattern; the surest first: what one has found the next leaves alone.
_SORTS = (
    ("insurance", say("A National Insurance number"), _INSURANCE),
    ("iban", say("A bank account"), _IBAN),
    ("card", say("A card number"), _CARD),
    ("bank", say("A bank account"), _BANK),
    ("born", say("A date of birth"), _BORN),
    ("phone", say("A telephone number"), _PHONE),
    ("email", say("An e-mail address"), _EMAIL),
    ("postcode", say("A postcode"), _POSTCODE),
    ("address", say("Where somebody lives"), _ADDRESS),
)


def check(typed: Typed) -> Iterator[Spotted]:
    """Each sort of detail once, with every place where it stands; nothing in private."""
    if not typed.public:
        return
    # Links become spaces, so that every place keeps its number.
    words = _LINK.sub(lambda found: " " * len(found[0]), typed.words)
    for key, called, pattern in _SORTS:
        spans = tuple(
            Span(*found.span())
            for found in pattern.finditer(words)
            if _counts(key, found[0], typed.ours)
        )
        if not spans:
            continue
        for span in spans:
            words = words[: span.start] + " " * (span.end - span.start) + words[span.end :]
        yield Spotted(
            check=f"personal-{key}",
            says=say("%(what)s in a reply that anybody can read.", what=called),
            do=say("Take it out, or answer in private."),
            clause=_CLAUSE,
            severity=Severity.SECOND,
            spans=spans,
        )


def _counts(key: str, found: str, ours: frozenset[str]) -> bool:
    """Is it what it looks like, and not ours?"""
    match key:
        case "phone":
            number = voices.digits(found)
            return number not in ours and not number.startswith(_NOBODYS)
        case "email":
            return found.casefold() not in ours
        case "postcode":
            return not _ORDINAL.search(found) and found.casefold() not in ours
        case "address":
            return found.casefold() not in ours
        case "card":
            return luhn("".join(filter(str.isdigit, found)))
        case "iban":
            return iban(found)
        case _:
            return True


def luhn(digits: str) -> bool:
    """The check digit of a card (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0 and len(set(digits)) > 1


def iban(found: str) -> bool:
    """The check digits of an account (ISO 7064, modulo 97)."""
    plain = found.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


_CALLED = {f"personal-{key}": called for key, called, _ in _SORTS} | {
    "personal-name": say("Somebody’s name")
}


def in_words(found: str) -> str:
    """What was found, from the names of the checks as they are kept, for a person to read."""
    said = [_CALLED[one] for one in found.split(", ") if one in _CALLED]
    return joined(dict.fromkeys([*said[:1], *map(lowered, said[1:])]), ", ")
