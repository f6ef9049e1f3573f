"""What may leave the desk: the send guard's findings, and the sign-off (clauses 6.1, 6.5)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.desk.replies import texts
from glede.kit.words import say

#: What a draft is of.
REPLY, NOTE, CLOSING = "reply", "note", "closing"


class Found(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too long"
    NO_SIGN_OFF = "no sign-off"
    NOT_ALLOWED = "not allowed"
    NOBODY = "nobody to answer"
    GONE = "gone"
    LAPSED = "account lapsed"
    CANNOT = "platform cannot"
    ANSWERED = "answered meanwhile"
    NEW_WORDS = "new words"
    PICTURES = "pictures"
    WINDOW = "window shut"
    ONCE = "answered in private already"
    PRIVATE = "private already"
    UNCLEAR = "unclear whom a note names"
    CHECKED = "looked at"
    LOOK = "pictures to look at"
    UNFILLED = "a bracket is left"
    NOT_THE_POLICY = "not the policy’s reason"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to settle before a reply goes. One that stops can only be mended; another can be
    confirmed by sending once more."""

    found: Found
    says: str
    stops: bool
    #: What confirming it names, where that is more than `found`: a check and the words it found.
    key: str = ""
    clause: str = ""
    #: Confirming is not enough: a reason is recorded with it.
    wants_reason: bool = False
    #: With the reason it still waits until a second person has said yes (clause 5.4).
    wants_second: bool = False

    @property
    def token(self) -> str:
        return self.key or self.found.value

    @property
    def by_tick(self) -> bool:
        """Sending once more does not confirm it: a box beside it has to be ticked."""
        return self.found is Found.LOOK


def looked_at(picture_ids: Sequence[int]) -> str:
    """What ticking names: that these very pictures were looked at."""
    return f"{Found.LOOK.value}:{' '.join(map(str, picture_ids))}"


def looked_at_finding(picture_ids: Sequence[int]) -> Finding:
    """No program sees who or what a picture shows: a person has to, before anybody can (clause
    5.4)."""
    return Finding(
        Found.LOOK,
        say("Look at the picture before anybody can: tick what you saw below it."),
        stops=False,
        key=looked_at(picture_ids),
        clause="5.4",
    )


class Anyway(StrEnum):
    """Why what the checks found goes out all the same; kept with the reply, without its words."""

    THEIRS = "they gave it in public themselves and asked for it"
    OURS = "it is ours or another organisation’s"
    NOT_PERSONAL = "it says nothing about a person"
    QUOTED = "it quotes what somebody wrote"
    SAFETY = "somebody’s safety is at stake"


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft; empty where nothing was typed."""

    text: str = ""
    #: Where it was to go, and what was to be said in public.
    where: str = ""
    line: str = ""
    saved_at: datetime | None = None


def with_sign_off(text: str, sign_off: str) -> str:
    """The words as they go out: signed once, by name (clause 6.1)."""
    words = text.strip()
    signed = f"^{sign_off}"
    if not sign_off or words.endswith(signed):
        return words
    return f"{words} {signed}" if words else words


def length_finding(text: str, *, most: int, count: Callable[[str], int]) -> Finding | None:
    """Is it too long, counted as the platform counts?"""
    over = count(text) - most
    if over <= 0:
        return None
    return Finding(
        Found.TOO_LONG,
        say(
            "%(over)s characters too long: at most %(most)s with your sign-off.",
            over=over,
            most=most,
        ),
        stops=True,
    )


def bracket_finding(words: str) -> Finding | None:
    """A text's variable that has no value here: nobody is sent a bracket."""
    left = texts.unfilled(words)
    if not left:
        return None
    return Finding(
        Found.UNFILLED,
        say(
            "“%(left)s” has no value here. Write what belongs there, or take it out.", left=left[0]
        ),
        stops=True,
    )


def unsettled(
    findings: Iterable[Finding], confirmed: frozenset[str], anyway: str = ""
) -> tuple[Finding, ...]:
    """What still stands between the person and sending; `anyway` is the reason they gave."""
    return tuple(
        finding
        for finding in findings
        if finding.stops or finding.token not in confirmed or (finding.wants_reason and not anyway)
    )
