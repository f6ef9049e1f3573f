"""Values that many operations take or give: words, ids, instants, cursors."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from glede.web.api.base import Unfit

#: Longer than any platform takes; the platform's own limit is checked where it is known.
_LONGEST = 100_000
#: PostgreSQL takes no NUL in a text.
_NO_NUL = r"^[^\x00]*$"

type Words = Annotated[str, StringConstraints(max_length=_LONGEST, pattern=_NO_NUL)]
type ShortWords = Annotated[str, StringConstraints(max_length=500, pattern=_NO_NUL)]
type Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


def _in_our_time(at: datetime) -> datetime:
    """A desk has no business with years that cannot be turned into another zone's time."""
    if not 2000 <= at.year < 2200:
        raise ValueError("Give a time between the years 2000 and 2200.")
    return at.astimezone(UTC)


type Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]

_NEXT, _PREVIOUS = "n", "p"


def cursor_after(place: str) -> str:
    """Opaque: where the next page begins. It stays good while rows come and go."""
    return _sealed(_NEXT + place)


def cursor_before(place: str) -> str:
    return _sealed(_PREVIOUS + place)


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, bool]:
    """The place a cursor names, and whether the page goes on after it. Raises `Unfit`."""
    try:
        text = base64.b64decode(
            cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError) as error:
        raise _no_cursor() from error
    if text[:1] not in (_NEXT, _PREVIOUS):
        raise _no_cursor()
    return text[1:], text[0] == _NEXT


def _no_cursor() -> Unfit:
    return Unfit("query.cursor", "This is no cursor of ours: give `next` or `prev` as it came.")
