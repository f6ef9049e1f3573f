"""Values that many operations take or give: words, ids, instants, cursors."""

import base64
import binascii
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, WithJsonSchema

from glede.rulebook.brands import queries as brands
from glede.web.api.base import Unfit

#: Longer than any platform takes; the platform's own limit is checked where it is known.
_LONGEST = 100_000


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("It holds a NUL, which is in no text of ours.")
    return text


#: PostgreSQL takes no NUL in a text.
PLAIN = AfterValidator(_without_nul)

type Words = Annotated[str, StringConstraints(max_length=_LONGEST), PLAIN]
type ShortWords = Annotated[str, StringConstraints(max_length=500), PLAIN]
type Line = Annotated[str, StringConstraints(max_length=200), PLAIN]
type Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


def one_of(kind: type[StrEnum]) -> WithJsonSchema:
    """The words of a kind, written out where they stand: parts of the document are named by their
    class, and several rooms have a “Kind” or a “Way”."""
    return WithJsonSchema({"type": "string", "enum": [one.value for one in kind]})


def _in_our_time(at: datetime) -> datetime:
    """A desk has no business with years that cannot be turned into another zone's time."""
    if not 2000 <= at.year < 2200:
        raise ValueError("Give a time between the years 2000 and 2200.")
    return at.astimezone(UTC)


type Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]


def _of_our_days(on: date) -> date:
    if not 2000 <= on.year < 2200:
        raise ValueError("Give a day between the years 2000 and 2200.")
    return on


type Day = Annotated[date, AfterValidator(_of_our_days)]
#: Of the wall clock of Europe/London.
type ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

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


def number_in(cursor: str) -> int | None:
    """The number that a cursor of numbered rows names; `None` without one. Raises `Unfit`."""
    if not cursor:
        return None
    text, _ = read_cursor(cursor)
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise _no_cursor()
    return int(text)


def brand_slugs() -> dict[int, str]:
    """The slug of each brand, archived ones too, by its number."""
    return {one.pk: one.slug for one in brands.all_brands(archived=True)}


def brand_named(slug: str | None, *, where: str = "body.brand") -> int | None:
    """The number of a brand in use; `None` for none. Raises `Unfit`."""
    if slug is None:
        return None
    for one in brands.all_brands():
        if one.slug == slug:
            return one.pk
    raise Unfit(where, f"There is no brand “{slug}”.")


def _no_cursor() -> Unfit:
    return Unfit("query.cursor", "This is no cursor of ours: give `next` or `prev` as it came.")
