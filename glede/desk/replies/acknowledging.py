"""The automatic acknowledgement: when it goes out, why it is withheld, what it says (6.7). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from glede.desk.replies.sensitive import Sensitive
from glede.kit.clock import WEEKDAYS
from glede.kit.words import say
from glede.platforms.contract import Can

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

#: In our own words; a brand may have others.
DEFAULT_TEXT = (
    "Thank you for writing to {brand}. We have your message. We are closed just now and open again "
    "on {opening}; a person will read it then. If somebody is in danger, ring 999. {emergency}"
)
_EMERGENCY = "For an emergency in your home ring {number}, day or night."

#: To somebody who wrote in Welsh, of a brand that has no words of its own. A Welsh speaker has to
#: agree to them first (docs/how-to/translate.md).
WELSH = "cy"
DEFAULT_TEXT_WELSH = (
    "Diolch am ysgrifennu at {brand}. Mae eich neges wedi ein cyrraedd. Rydym ar gau ar hyn o bryd "
    "ac yn agor eto {opening}; bydd rhywun yn ei darllen bryd hynny. Os oes rhywun mewn perygl, "
    "ffoniwch 999. {emergency}"
)
_EMERGENCY_WELSH = "Mewn argyfwng yn eich cartref, ffoniwch {number}, ddydd neu nos."
_WEEKDAYS_WELSH = (
    "ddydd Llun", "ddydd Mawrth", "ddydd Mercher", "ddydd Iau", "ddydd Gwener", "ddydd Sadwrn",
    "ddydd Sul",
)  # fmt: skip
_MONTHS_WELSH = (
    "Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi",
    "Hydref", "Tachwedd", "Rhagfyr",
)  # fmt: skip
_PLACES = {
    "brand": "the brand's name",
    "opening": "when we open again, worked out for each message",
    "emergency": "the emergency number, where the brand has one",
}
#: Room for a text message; a page takes more, and nobody reads more.
LONGEST = 600
_PLACE = re.compile(r"\{([^{}]*)\}")
#: A length of time in an automatic text is a promise nobody has made.
_PROMISE = re.compile(
    r"\b(?:with)?in\s+(?:the\s+next\s+)?(?:\d+|an?|one|two|three|four|five|six|twelve|twenty)"
    r"[\s-]*(?:working\s+)?(?:minute|hour|day|week)s?\b",
    re.IGNORECASE,
)


class BadText(ValueError):  # noqa: N818 - reads as a sentence
    """A text that must not go out by itself: says what to change."""


class Withheld(StrEnum):
    """Why a message that would have had one gets none; kept with the message."""

    SENSITIVE = "it calls for a person"
    SPAM = "an earlier message of theirs was spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of a message when it comes in."""

    in_hours: bool
    private: bool
    can: Can
    #: The rule: all_messages, private_only or none.
    which: str
    public_too: bool
    in_hours_too: bool
    sensitive: Sequence[Sensitive]
    #: The stretch it came in is over before we heard of it: it would say “we are closed” while
    #: the doors stand open.
    over: bool
    spam_before: bool = False


def is_wanted(asked: Asked) -> bool:
    """Does the policy acknowledge such a message by itself, where the platform allows?"""
    if asked.can is Can.NO or asked.which == "none" or asked.over:
        return False
    if asked.in_hours and not asked.in_hours_too:
        return False
    return asked.private or (asked.which == "all_messages" and asked.public_too)


def withheld(asked: Asked) -> Withheld | None:
    """Why nothing is sent although the policy would; None where it is sent."""
    if asked.sensitive:
        return Withheld.SENSITIVE
    return Withheld.SPAM if asked.spam_before else None


def check(text: str) -> None:
    """Raises `BadText`."""
    if not text.strip():
        raise BadText(say("Write what the acknowledgement says."))
    if len(text) > LONGEST:
        raise BadText(
            say(
                "It has %(n)s characters; %(longest)s are enough for anybody to read.",
                n=len(text),
                longest=LONGEST,
            )
        )
    named = _PLACE.findall(text)
    if strange := [name for name in named if name not in _PLACES]:
        known = ", ".join(f"{{{name}}}" for name in _PLACES)
        raise BadText(
            say(
                "“{%(strange)s}” stands for nothing. You can use %(known)s.",
                strange=strange[0],
                known=known,
            )
        )
    if "opening" not in named:
        raise BadText(say("Say when you open again: put {opening} where the time belongs."))
    if found := _PROMISE.search(text):
        raise BadText(
            say(
                "“%(found)s” is a promise that nobody may be there to keep: leave it out.",
                found=found.group(),
            )
        )


def default_text(language: str) -> str:
    """Our own words for somebody who writes in this language (BCP 47): Welsh, or English."""
    return DEFAULT_TEXT_WELSH if is_welsh(language) else DEFAULT_TEXT


def is_welsh(language: str) -> bool:
    return language.lower().split("-")[0] == WELSH


def render(
    text: str, *, brand: str, opens_at: datetime, zone: tzinfo, number: str, language: str = "en"
) -> str:
    """The words as they go out; `language` is that of the text."""
    emergency = _EMERGENCY_WELSH if is_welsh(language) else _EMERGENCY
    values = {
        "brand": brand,
        "opening": opening_words(opens_at, zone, language),
        "emergency": emergency.format(number=number) if number else "",
    }
    return " ".join(_PLACE.sub(lambda place: values.get(place[1], ""), text).split())


def opening_words(opens_at: datetime, zone: tzinfo, language: str = "en") -> str:
    """“Tuesday 29 December at 9am”, “Monday 4 January at 8:30am”; in Welsh, with the mutation of
    an adverb of time, “ddydd Mawrth 29 Rhagfyr am 9yb”."""
    local = opens_at.astimezone(zone)
    hour = local.hour % 12 or 12
    minutes = f":{local:%M}" if local.minute else ""
    morning = local.hour < 12
    if is_welsh(language):
        return (
            f"{_WEEKDAYS_WELSH[local.weekday()]} {local.day} {_MONTHS_WELSH[local.month - 1]} am"
            f" {hour}{minutes}{'yb' if morning else 'yp'}"
        )
    return (
        f"{WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} at"
        f" {hour}{minutes}{'am' if morning else 'pm'}"
    )
