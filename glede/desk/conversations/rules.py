"""States of a conversation and an enquiry, and the rules that move them (clauses.md A5, 6.2)."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from glede.kit.words import Spoken, say

#: Words up to which thanks are thanks: in a longer message a request may hide.
_SHORT = 20


class State(Spoken):
    """Where a conversation stands; the words are what screens show."""

    NEW = "new"
    IN_PROGRESS = "in progress"
    WAITING_FOR_THEM = "waiting for customer"
    #: Somebody here was asked something; no clock waits for them (clauses.md A5).
    WAITING_FOR_COLLEAGUE = "waiting for colleague"
    TIMESCALE_AGREED = "timescale agreed"
    RESOLVED = "resolved"
    CLOSED = "closed"


#: States that leave the inbox; a further post brings the conversation back.
SETTLED = frozenset({State.RESOLVED, State.CLOSED})

TRANSITIONS: dict[State, frozenset[State]] = {
    # What is open may become anything.
    **{one: frozenset(set(State) - {one}) for one in State if one not in SETTLED},
    State.RESOLVED: frozenset({State.NEW, State.IN_PROGRESS, State.CLOSED}),
    State.CLOSED: frozenset({State.NEW, State.IN_PROGRESS}),
}


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class ClosedAs(StrEnum):
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved without a reply"
    NOT_NEEDED = "no reply needed"
    #: Its messages wait on in an earlier enquiry of the same matter (clause 6.2).
    JOINED = "joined an earlier enquiry"


class NotNeeded(Spoken):
    """Why no reply is needed (clauses.md A3); the words are what screens show."""

    PRAISE = "praise"
    TAG = "a tag or mention without a question"
    SPAM = "spam"
    CHAT = "chat between residents"
    OTHER = "another reason"


class Checked(Spoken):
    """What somebody else found on looking at a “no reply needed” again."""

    RIGHT = "right"
    WRONG = "a reply was needed"


class WrongState(ValueError):  # noqa: N818 - reads as a sentence
    """The conversation cannot go from its state to that one."""


def move(state: State, to: State) -> State:
    """The new state. Raises `WrongState`; staying where one is is allowed."""
    if to != state and to not in TRANSITIONS[state]:
        raise WrongState(
            say("A conversation that is %(state)s cannot become %(to)s.", state=state, to=to)
        )
    return to


def answered_by_colleague(state: State, *, by_owner: bool) -> State:
    """A note by somebody else is the answer that was waited for; one's own is none."""
    if state is State.WAITING_FOR_COLLEAGUE and not by_owner:
        return State.IN_PROGRESS
    return state


def received(at: datetime, *, ingested_at: datetime) -> datetime:
    """Receipt time: the platform's server time, but never later than we had it (design 3)."""
    return min(at, ingested_at)


def is_history(received_at: datetime, *, ingested_at: datetime, after: timedelta) -> bool:
    """An old item brought by a backfill makes history, not clocks."""
    return ingested_at - received_at > after


def continues(
    *, state: State, last_at: datetime, received_at: datetime, reopen_within: timedelta
) -> bool:
    """Does a new post go on with this conversation, or begin a new one (A5: 14 days)?"""
    return state not in SETTLED or received_at - last_at <= reopen_within


def first_words(text: str, *, has_media: bool, length: int = 160) -> str:
    """What a row shows of a message."""
    words = " ".join(text.split())
    if not words:
        return "A picture or film without words" if has_media else "(no words)"
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def language_tag(given: str) -> str:
    """A BCP 47 tag as the list keeps it, or empty where what a platform says is none."""
    tag = given.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", tag) else ""


def is_sampled(enquiry_id: int, *, percent: int) -> bool:
    """Is this “no reply needed” looked at again? The same answer whenever it is asked, and nobody
    can tell beforehand which ones."""
    digest = hashlib.sha256(f"not-needed:{enquiry_id}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100 < percent


def may_need_no_reply(text: str, *, praise: Sequence[str]) -> NotNeeded | None:
    """What the desk may propose, never decide: short thanks without a question."""
    words = f" {' '.join(re.findall(r'[\w’\']+', text.casefold()))} "
    if "?" in text or len(words.split()) > _SHORT:
        return None
    return NotNeeded.PRAISE if any(f" {one.casefold()} " in words for one in praise) else None
