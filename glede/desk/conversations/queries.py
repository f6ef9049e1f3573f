"""The list, one conversation as a person may see it, and where to go next."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import F, FilteredRelation, Q, QuerySet

from glede.desk.conversations.models import Conversation, Enquiry
from glede.desk.conversations.rules import SETTLED, NotNeeded, State
from glede.rulebook.people.rules import Permission, Viewer

#: Counts stop here: “999+” tells a person as much as the exact figure and costs a bounded scan.
COUNTED_TO = 999

_MICROSECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotVisible(LookupError):  # noqa: N818 - reads as a sentence
    """There is no such conversation, or not for this person; the two look the same."""


class View(StrEnum):
    ALL = "all"
    MINE = "mine"
    NO_OWNER = "no-owner"


@dataclass(frozen=True, slots=True)
class Filters:
    view: View = View.ALL
    brand: int | None = None
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of the list: time left, then id."""

    due_at: datetime | None
    id: int

    @property
    def text(self) -> str:
        if self.due_at is None:
            return f"-.{self.id}"
        since = self.due_at - _EPOCH
        micros = (since.days * 86_400 + since.seconds) * _MICROSECOND + since.microseconds
        return f"{micros}.{self.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of a conversation, from its own table alone."""

    id: int
    brand_id: int
    name: str
    platform: str
    kind: str
    private: bool
    words: str
    state: str
    state_at: datetime
    owner_id: int | None
    last_at: datetime
    message_count: int
    due_at: datetime | None
    due_from: datetime | None
    due_clause: str
    due_kind: str
    soft_at: datetime | None
    revision: int
    owner_name: str | None
    read_to: int | None

    @property
    def unread(self) -> bool:
        return self.read_to is None or self.read_to < self.revision

    @property
    def place(self) -> Place:
        return Place(self.due_at, self.id)

    @property
    def waits_for_them(self) -> bool:
        return self.due_at is None and self.state == State.WAITING_FOR_THEM


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Each at most `COUNTED_TO` + 1, which reads “999+”."""

    all: int
    mine: int
    no_owner: int
    late: int


def place(text: str) -> Place | None:
    """The place a link names; None when it names none, so a mistyped address shows the top."""
    due, _, key = text.partition(".")
    if not key.isdecimal() or len(key) > 18:
        return None
    if due == "-":
        return Place(None, int(key))
    if not due.isdecimal() or len(due) > 16:
        return None
    return Place(datetime.fromtimestamp(int(due) / _MICROSECOND, tz=UTC), int(key))


# --- The list ----------------------------------------------------------------------------------

_COLUMNS = (
    "id",
    "brand_id",
    "name",
    "platform",
    "kind",
    "private",
    "words",
    "state",
    "state_at",
    "owner_id",
    "last_at",
    "message_count",
    "due_at",
    "due_from",
    "due_clause",
    "due_kind",
    "soft_at",
    "revision",
    "owner__name",
    "reading_of_viewer__revision",
)
_FORWARD = (F("due_at").asc(nulls_last=True), F("id").asc())
_BACKWARD = (F("due_at").desc(nulls_first=True), F("id").desc())


def open_list(
    viewer: Viewer,
    *,
    filters: Filters,
    after: Place | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> Page:
    """Open conversations by time left; one query, two where a page crosses into “no clock”."""
    rows = _rows_of(viewer, filters)
    if before is not None:
        found = _slice(rows, before, limit + 1, forward=False)
        more = len(found) > limit
        shown = tuple(reversed(found[:limit]))
        first, last = more, True
    else:
        found = _slice(rows, after, limit + 1, forward=True)
        shown = tuple(found[:limit])
        first, last = after is not None, len(found) > limit
    return Page(
        rows=shown,
        before=shown[0].place if shown and first else None,
        after=shown[-1].place if shown and last else None,
    )


def rows_of(viewer: Viewer, *, ids: Collection[int]) -> tuple[Row, ...]:
    """These conversations as rows, as far as the viewer may read them, settled ones too."""
    found = _with_reading(_visible(viewer), viewer).filter(id__in=ids).order_by(*_FORWARD)
    return tuple(Row(*values) for values in found.values_list(*_COLUMNS))


def following(
    viewer: Viewer, *, filters: Filters, after: Place, leaving: Iterable[int] = ()
) -> int | None:
    """The conversation to go on with: the next in the list, or the most urgent at its end."""
    rows = _rows_of(viewer, filters).exclude(id__in=list(leaving))
    found = _slice(rows, after, 1, forward=True) or _slice(rows, None, 1, forward=True)
    return found[0].id if found else None


def _visible(viewer: Viewer) -> QuerySet[Conversation]:
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    everything = Conversation.objects.all()
    if brands is None:
        return everything
    if len(brands) == 1:
        # An equality, so that the index by brand gives the order as well.
        return everything.filter(brand_id=next(iter(brands)))
    return everything.filter(brand_id__in=brands)


def _rows_of(viewer: Viewer, filters: Filters) -> QuerySet[Conversation]:
    rows = _visible(viewer).exclude(state__in=sorted(SETTLED))
    if filters.brand is not None:
        rows = rows.filter(brand_id=filters.brand)
    if filters.platform:
        rows = rows.filter(platform=filters.platform)
    if filters.view == View.MINE:
        rows = rows.filter(owner_id=viewer.id)
    elif filters.view == View.NO_OWNER:
        rows = rows.filter(owner_id=None)
    return _with_reading(rows, viewer)


def _with_reading(rows: QuerySet[Conversation], viewer: Viewer) -> QuerySet[Conversation]:
    return rows.annotate(
        reading_of_viewer=FilteredRelation("reading", condition=Q(reading__person_id=viewer.id))
    )


def _slice(
    rows: QuerySet[Conversation], at: Place | None, limit: int, *, forward: bool
) -> list[Row]:
    """Up to `limit` rows beyond a place, in the direction asked, by ranges an index answers."""
    ordered = rows.order_by(*(_FORWARD if forward else _BACKWARD))
    found: list[Row] = []
    for part in _ranges(at, forward=forward):
        left = limit - len(found)
        if left:
            values = ordered.filter(part).values_list(*_COLUMNS)[:left]
            found += [Row(*row) for row in values]
    return found


def _ranges(at: Place | None, *, forward: bool) -> Sequence[Q]:
    """Rows beyond a place, as one or two ranges: those with a due time and those without."""
    if at is None:
        return [Q()]
    beyond = Q(id__gt=at.id) if forward else Q(id__lt=at.id)
    if at.due_at is None:
        here = Q(due_at__isnull=True) & beyond
        return [here] if forward else [here, Q(due_at__isnull=False)]
    if forward:
        here = Q(due_at__gte=at.due_at) & (Q(due_at__gt=at.due_at) | beyond)
        return [here, Q(due_at__isnull=True)]
    return [Q(due_at__lte=at.due_at) & (Q(due_at__lt=at.due_at) | beyond)]


def counts(viewer: Viewer, *, filters: Filters, now: datetime) -> Counts:
    """Figures for the views within the chosen brand and platform; one bounded query."""
    where = ["NOT (state IN ('closed', 'resolved'))"]
    given: list[Any] = []
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        where.append("brand_id = ANY(%s)")
        given.append(sorted(brands))
    if filters.brand is not None:
        where.append("brand_id = %s")
        given.append(filters.brand)
    if filters.platform:
        where.append("platform = %s")
        given.append(filters.platform)
    sql: list[str] = []
    values: list[Any] = []
    for more, extra in (
        ("TRUE", []),
        ("owner_id = %s", [viewer.id]),
        ("owner_id IS NULL", []),
        ("due_at < %s", [now]),
    ):
        sql.append(
            "(SELECT count(*) FROM (SELECT 1 FROM conversations_conversation"  # noqa: S608
            f" WHERE {' AND '.join([*where, more])} LIMIT {COUNTED_TO + 1}) AS counted)"
        )
        values += [*given, *extra]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sql)}", values)
        found: Any = cursor.fetchone()
    return Counts(*found)


def wrote_spam(contact_id: int) -> bool:
    """Did somebody here close what this person wrote as spam?"""
    return Enquiry.objects.filter(
        conversation__contact_id=contact_id, closed_reason=NotNeeded.SPAM
    ).exists()
