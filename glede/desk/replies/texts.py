"""Texts to write with: what they are for, what stands for what in them, which comes first. Pure.

“{{first name}}” is filled for each conversation before a person sees it. What cannot be filled
stays as it is and keeps the reply from leaving: nobody is ever sent a bracket.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from glede.kit.calendars import Span
from glede.kit.clock import WEEKDAYS
from glede.kit.words import say

#: Longer than any reply; a text for a letter belongs elsewhere.
LONGEST = 5_000
LONGEST_TITLE = 80

#: What may stand between brackets, and what it stands for.
VARIABLES: dict[str, str] = {
    "first name": say("their first name, where it is one"),
    "brand": say("the brand's name"),
    "hours": say("the brand's opening hours"),
    "next opening": say("when the brand opens next"),
    "due": say("when our answer is due"),
    "sign-off": say("your own sign-off"),
    "link": say("the brand's page for writing to it"),
    "phone": say("the brand's telephone number"),
    "email": say("the brand's e-mail address"),
}

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_BRACKET = re.compile(r"\{\{[^{}]*\}\}|\{\{|\}\}")
_TITLES = frozenset({"the", "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "dame"})
_NAME = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")

#: In which a text may be written: what residents of a UK landlord write in, by BCP 47.
LANGUAGES: dict[str, str] = {
    "en": say("English"),
    "cy": say("Welsh"),
    "ar": say("Arabic"),
    "bn": say("Bengali"),
    "fa": say("Persian"),
    "gu": say("Gujarati"),
    "pa": say("Punjabi"),
    "pl": say("Polish"),
    "pt": say("Portuguese"),
    "ro": say("Romanian"),
    "so": say("Somali"),
    "uk": say("Ukrainian"),
    "ur": say("Urdu"),
    "zh": say("Chinese"),
}


class BadText(ValueError):  # noqa: N818 - reads as a sentence
    """A text that would not do: says what to change."""


class Use(StrEnum):
    """What a text is for. All but the first are the desk's own sentences for one moment."""

    REPLY = "reply"
    #: Said in public when a matter goes on in private (clause 6.3).
    MOVED = "moved"
    #: Asks them to write or ring, where we cannot write first.
    INVITED = "invited"
    #: Said in public once it is settled in private, without personal details.
    SETTLED = "settled"


USE_WORDS = {
    Use.REPLY: say("A reply, found with ;"),
    Use.MOVED: say("In public, when a matter goes on in private"),
    Use.INVITED: say("In public, to ask them to write or ring where we cannot write first"),
    Use.SETTLED: say("In public, once it was settled in private"),
}

#: What the desk says of itself until somebody writes a text for it.
OWN_WORDS = {
    Use.MOVED: "We have sent you a private message.",
    Use.INVITED: (
        "We need a few details that should not stand here. Could you send us a private message, or "
        "ring us? You need not: we can answer in general here too."
    ),
    Use.SETTLED: "We have settled this with you in private. Thank you for telling us.",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it stands now. Without a brand it is for all; with an owner it is a snippet."""

    id: int
    brand_id: int | None
    owner_id: int | None
    use: Use
    language: str
    title: str
    words: str
    version: int
    used: int
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody writes as a text or its next version."""

    brand_id: int | None
    use: Use
    language: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with this conversation's values; `missing` are variables that have none here."""

    text: Text
    words: str
    missing: tuple[str, ...]


def check(of: Wording) -> None:
    """Raises `BadText`."""
    title, words = of.title, of.words
    if not title.strip() or not words.strip():
        raise BadText(say("A text needs a title to find it by, and words."))
    if len(words) > LONGEST:
        raise BadText(
            say(
                "It has %(n)s characters; a text has at most %(longest)s.",
                n=len(words),
                longest=LONGEST,
            )
        )
    if strange := [name for name in variables(words) if name not in VARIABLES]:
        raise BadText(
            say(
                "“{{%(strange)s}}” stands for nothing. You can use %(offered)s.",
                strange=strange[0],
                offered=offered(),
            )
        )
    if "{" in (left := _VARIABLE.sub("", words)) or "}" in left:
        raise BadText(
            say("There is a bracket too many or too few. A variable looks like {{brand}}.")
        )


def offered() -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in VARIABLES)


def variables(words: str) -> tuple[str, ...]:
    """The names between brackets, in order, as written but for case and spaces."""
    return tuple(_plain(name) for name in _VARIABLE.findall(words))


def fill(words: str, values: Mapping[str, str]) -> str:
    """The words with what is known. A value is plain text: brackets in it are not looked into."""
    return _VARIABLE.sub(lambda found: values.get(_plain(found[1])) or found[0], words)


def unfilled(words: str) -> tuple[str, ...]:
    """Brackets that must not be sent, as they stand."""
    return tuple(_BRACKET.findall(words))


def first_name(name: str) -> str:
    """The first name in what a platform calls somebody; "" where it does not look like one."""
    words = name.split()
    if not words or any(character.isdigit() or character in "@_#" for character in name):
        return ""
    first = words[0].strip(",.")
    if first.casefold().rstrip(".") in _TITLES or not _NAME.fullmatch(first):
        return ""
    shouted = first.isupper() and len(first) > len("JO")
    return first.capitalize() if first.islower() or shouted else first


def ordered(texts: Iterable[Text], *, brand_id: int, language: str) -> list[Text]:
    """The brand's own and the conversation's language first, then what is used most."""
    return sorted(
        texts,
        key=lambda one: (
            not _speaks(one.language, language),
            one.brand_id != brand_id and one.owner_id is None,
            -one.used,
            one.title.casefold(),
        ),
    )


def chosen(texts: Iterable[Text], use: Use, *, brand_id: int, language: str) -> str:
    """The words for one moment: the brand's in their language, before anybody's in another."""
    found = [one for one in texts if one.use is use]
    first = ordered(found, brand_id=brand_id, language=language)
    return first[0].words if first else OWN_WORDS.get(use, "")


def hours_words(week: Sequence[Sequence[Span]]) -> str:
    """“Monday to Friday, 9am to 5:30pm”; each stretch of days with the same hours once. `week` has
    the spans of seven days from Monday. Without any: ""."""
    parts: list[str] = []
    day = 0
    while day < len(week):
        last = day
        while last + 1 < len(week) and tuple(week[last + 1]) == tuple(week[day]):
            last += 1
        if week[day]:
            spans = " and ".join(f"{_clock(one.start)} to {_clock(one.end)}" for one in week[day])
            days = WEEKDAYS[day] if last == day else f"{WEEKDAYS[day]} to {WEEKDAYS[last]}"
            parts.append(f"{days}, {spans}")
        day = last + 1
    return "; ".join(parts)


def _clock(minute: int) -> str:
    hour, minutes = divmod(minute % (24 * 60), 60)
    if not hour and not minutes:
        return "midnight"
    past = f":{minutes:02}" if minutes else ""
    return f"{hour % 12 or 12}{past}{'am' if hour < 12 else 'pm'}"


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _speaks(one: str, other: str) -> bool:
    return one.partition("-")[0] == (other.partition("-")[0] or "en")
