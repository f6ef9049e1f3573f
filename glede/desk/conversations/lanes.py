"""The order of the work: which heading of the list a conversation stands under, and where.

Pure. What is late or near comes first, whatever it is. Behind it every heading is whole before the
next begins: answers due, dates that both sides agreed on, what waits for them, what may need no
reply, and what has no clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

#: The heading “Due in 1 h” and the filled chip begin here.
SOON = timedelta(hours=1)
#: The kind of the clock of an agreed date, as the room that owns clocks calls it.
AGREED = "agreed"


class Lane(IntEnum):
    """What a conversation waits for, time apart; the database keeps it from the row's own columns
    (`Conversation.lane`), so that an index has the order of the list."""

    CLOCK = 0
    PROMISED = 1
    WAITING = 2
    NOT_NEEDED = 3
    IDLE = 4


#: Lanes whose rows have a due time, and come first once it is near.
TIMED = (Lane.CLOCK, Lane.PROMISED, Lane.NOT_NEEDED)


class Group(StrEnum):
    """The headings of the list, in its order."""

    LATE = "late"
    SOON = "soon"
    TODAY = "today"
    LATER = "later"
    PROMISED = "promised"
    WAITING = "waiting"
    NOT_NEEDED = "not-needed"
    NO_CLOCK = "no-clock"


class Order(StrEnum):
    """How the list is ordered; the two others go by when something was last said."""

    TIME_LEFT = "time left"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Moment:
    """The instants that part the list: now, the end of “due in 1 h” and of the day (exclusive)."""

    now: datetime
    midnight: datetime

    @property
    def soon(self) -> datetime:
        """Due at this instant is still soon."""
        return self.now + SOON


def group_of(*, lane: Lane, due_at: datetime | None, moment: Moment) -> Group:
    """The heading it stands under."""
    if due_at is not None and due_at <= moment.soon:
        return Group.LATE if due_at < moment.now else Group.SOON
    match lane:
        case Lane.PROMISED:
            return Group.PROMISED
        case Lane.WAITING:
            return Group.WAITING
        case Lane.NOT_NEEDED:
            return Group.NOT_NEEDED
        case Lane.IDLE:
            return Group.NO_CLOCK
        case Lane.CLOCK:
            is_today = due_at is not None and due_at < moment.midnight
            return Group.TODAY if is_today else Group.LATER


def segment_of(*, lane: Lane, due_at: datetime | None, moment: Moment) -> Lane:
    """Where in the order of the list its lane is counted: what is near is with the first."""
    is_near = due_at is not None and due_at <= moment.soon
    return Lane.CLOCK if is_near else lane
