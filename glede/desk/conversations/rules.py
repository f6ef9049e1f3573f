"""States of a conversation and an enquiry, and the rules that move them (clauses.md A5, 6.2)."""

from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a conversation stands; the words are what screens show."""

    NEW = "new"
    IN_PROGRESS = "in progress"
    WAITING_FOR_THEM = "waiting for customer"
    RESOLVED = "resolved"
    CLOSED = "closed"


#: States that leave the inbox; a further post brings the conversation back.
SETTLED = frozenset({State.RESOLVED, State.CLOSED})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.IN_PROGRESS, State.WAITING_FOR_THEM, *SETTLED}),
    State.IN_PROGRESS: frozenset({State.NEW, State.WAITING_FOR_THEM, *SETTLED}),
    State.WAITING_FOR_THEM: frozenset({State.NEW, State.IN_PROGRESS, *SETTLED}),
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


class WrongState(ValueError):  # noqa: N818 - reads as a sentence
    """The conversation cannot go from its state to that one."""


def move(state: State, to: State) -> State:
    """The new state. Raises `WrongState`; staying where one is is allowed."""
    if to != state and to not in TRANSITIONS[state]:
        raise WrongState(f"A conversation that is {state} cannot become {to}.")
    return to


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
