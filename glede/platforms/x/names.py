"""Ids, times and addresses as X makes them."""

from datetime import UTC, datetime, timedelta

#: Ids are made from the time in milliseconds since this moment, shifted by 22 bits
#: (https://docs.x.com/fundamentals/x-ids).
_EPOCH_MS = 1_288_834_974_657
_TIME_SHIFT = 22
_LONGEST_ID = 19

_MESSAGE = "dm/"


def is_id(value: str) -> bool:
    """X refuses a whole call for one id that is no number of at most 19 digits."""
    return value.isascii() and value.isdecimal() and len(value) <= _LONGEST_ID


def moment_of(native_id: str) -> datetime | None:
    """When X made this id; None for what is no id."""
    if not is_id(native_id):
        return None
    milliseconds = (int(native_id) >> _TIME_SHIFT) + _EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def id_before(native_id: str, by: timedelta) -> str:
    """The id that X would have made so much earlier."""
    back = int(by.total_seconds() * 1000) << _TIME_SHIFT
    return str(max(int(native_id) - back, 1))


def message_id(event_id: str) -> str:
    """Posts and messages share one space of ids; ours say which is meant."""
    return _MESSAGE + event_id


def event_of(native_id: str) -> str:
    """The event id of a private message; "" for a post."""
    return native_id.removeprefix(_MESSAGE) if native_id.startswith(_MESSAGE) else ""


def chat(one: str, other: str) -> str:
    """The id of a chat of two: X puts the smaller id first."""
    return "-".join(sorted((one, other), key=lambda part: (len(part), part)))


def post_url(native_id: str) -> str:
    return f"https://x.com/i/status/{native_id}"


def profile_url(handle: str, native_id: str) -> str:
    return f"https://x.com/{handle}" if handle else f"https://x.com/i/user/{native_id}"


def chat_url(thread: str) -> str:
    return f"https://x.com/messages/{thread}"
