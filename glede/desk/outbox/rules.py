"""States of a delivery and how long to wait before another try."""

from datetime import datetime, timedelta
from enum import StrEnum

from glede.kit.words import say


class State(StrEnum):
    #: Written and asked about: a second person has to say yes before it is queued (clause 5.4).
    WAITING = "waiting for a yes"
    #: A second person said no; its words wait for whoever wrote them.
    REFUSED = "refused"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    TAKEN_BACK = "taken back"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.QUEUED, State.REFUSED, State.TAKEN_BACK}),
    State.REFUSED: frozenset({State.WAITING, State.TAKEN_BACK}),
    State.QUEUED: frozenset(
        {State.SENDING, State.TAKEN_BACK, State.FAILED, State.RETRY, State.WAITING}
    ),
    State.SENDING: frozenset({State.SENT, State.RETRY, State.FAILED, State.UNKNOWN}),
    State.RETRY: frozenset({State.SENDING, State.FAILED, State.TAKEN_BACK, State.RETRY}),
    State.UNKNOWN: frozenset({State.SENT, State.SENDING, State.RETRY, State.UNKNOWN, State.FAILED}),
    State.FAILED: frozenset({State.RETRY}),
    State.SENT: frozenset(),
    State.TAKEN_BACK: frozenset(),
}


class Because(StrEnum):
    """Why a public message is answered in private: the values of the rule `private_when`."""

    DATA_PROTECTION = "data_protection"
    COMPLEX = "complex"
    CUSTOMER_ASKS = "customer_asks"
    SAFETY = "safety"


BECAUSE_WORDS = {
    Because.DATA_PROTECTION: say("personal details are needed"),
    Because.COMPLEX: say("it is too complex for a public page"),
    Because.CUSTOMER_ASKS: say("they asked for it"),
    Because.SAFETY: say("somebody’s safety is at stake"),
}

#: On its way: it will still move by itself.
UNDERWAY = frozenset({State.QUEUED, State.SENDING, State.RETRY, State.UNKNOWN})


#: Somebody said no, or nobody has said yes yet: it moves only when a person moves it.
HELD = frozenset({State.WAITING, State.REFUSED})


class Answer(StrEnum):
    """What became of asking a second person."""

    OPEN = ""
    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"


def unanswered_at(
    asked_at: datetime, *, due_at: datetime | None, percent: int, at_most: timedelta
) -> datetime:
    """When a question for a second person's yes counts as unanswered: once so much of what was
    left of the answer's time has gone, and after `at_most` at the latest. Where no clock runs, or
    the time was out already, the share is taken of `at_most`."""
    left = due_at - asked_at if due_at is not None and due_at > asked_at else at_most
    return asked_at + min(left * percent / 100, at_most)


class NotTheirsError(ValueError):
    """This person may not give the second yes; the words say why."""


class WrongState(ValueError):  # noqa: N818 - reads as a sentence
    """The delivery cannot go from its state to that one."""


class TooLate(ValueError):  # noqa: N818 - reads as a sentence
    """It is already on its way and cannot be taken back."""


def move(state: State, to: State) -> State:
    if to not in TRANSITIONS[state]:
        raise WrongState(
            say("A delivery that is %(state)s cannot become %(to)s.", state=state, to=to)
        )
    return to


def next_try(tries: int, *, now: datetime, asked: datetime | None = None) -> datetime:
    """When to try again: doubling from 5 s to 10 min, never before the platform asked."""
    wait = timedelta(seconds=min(5 * 2 ** max(tries - 1, 0), 600))
    return max(now + wait, asked) if asked else now + wait


#: A reply that could not be sent for this long is given back to a person.
GIVE_UP_AFTER = timedelta(hours=2)
