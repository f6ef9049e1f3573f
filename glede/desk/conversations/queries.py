"""The list, one conversation as a person may see it, and where to go next."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from glede.desk.conversations.filters import (
    EVERYTHING,
    Condition,
    Filters,
    condition,
    readable,
)
from glede.desk.conversations.lanes import TIMED, Lane, Moment, Order, segment_of
from glede.desk.conversations.models import Enquiry
from glede.desk.conversations.rules import NotNeeded, State
from glede.rulebook.people.rules import Viewer

#: Counts stop here: “999+” tells a person as much as the exact figure and costs a bounded scan.
COUNTED_TO = 999

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotVisible(LookupError):  # noqa: N818 - reads as a sentence
    """There is no such conversation, or not for this person; the two look the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: the lane it is counted in, what that is ordered by, then id. By when
    something was said there is one lane only."""

    segment: Lane
    at: datetime | None
    id: int

    @property
    def text(self) -> str:
        at = "-" if self.at is None else str((self.at - _EPOCH) // _MICROSECOND)
        return f"{self.segment.value}.{at}.{self.id}"


_PLACE = re.compile(r"([0-4])\.(-|\d{1,16})\.(\d{1,18})", re.ASCII)


def place(text: str) -> Place | None:
    """The place a link names; None when it names none, so a mistyped address shows the top."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    at = None if found[2] == "-" else _EPOCH + int(found[2]) * _MICROSECOND
    return Place(Lane(int(found[1])), at, int(found[3]))


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of a conversation, from its own table but for three names."""

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
    language: str
    proposed: str
    snoozed_until: datetime | None
    lane: Lane
    owner_name: str | None
    read_to: int | None
    labels: tuple[str, ...]
    #: Are the words ours, and who of us wrote them, where somebody of the desk did.
    words_ours: bool
    words_by_id: int | None
    words_by: str | None
    #: Does it still stand in the list that was asked for?
    stands: bool = True

    @property
    def unread(self) -> bool:
        return self.read_to is None or self.read_to < self.revision

    @property
    def waits_for_them(self) -> bool:
        return self.due_at is None and self.state == State.WAITING_FOR_THEM

    def place(self, order: Order, moment: Moment) -> Place:
        if order is Order.TIME_LEFT:
            segment = segment_of(lane=self.lane, due_at=self.due_at, moment=moment)
            return Place(segment, self.due_at, self.id)
        return Place(Lane.CLOCK, self.last_at, self.id)


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    before: Place | None
    after: Place | None


# --- The list ----------------------------------------------------------------------------------

_COLUMNS = """c.id, c.brand_id, c.name, c.platform, c.kind, c.private, c.words, c.state, c.state_at,
    c.owner_id, c.last_at, c.message_count, c.due_at, c.due_from, c.due_clause, c.due_kind,
    c.soft_at, c.revision, c.language, c.proposed, c.snoozed_until, c.lane, owner.name,
    reading.revision,
    CASE WHEN c.labels = '{}' THEN '{}'::text[] ELSE ARRAY(
        SELECT label.name FROM conversations_label AS label
        WHERE label.id = ANY(c.labels) ORDER BY array_position(c.labels, label.id)
    ) END, c.words_ours, c.words_person_id, writer.name"""
_JOINED = """LEFT JOIN people_person AS owner ON owner.id = c.owner_id
    LEFT JOIN people_person AS writer ON writer.id = c.words_person_id
    LEFT JOIN conversations_reading AS reading
        ON reading.conversation_id = c.id AND reading.person_id = %s"""
_TABLE = "conversations_conversation AS c"


def open_list(
    viewer: Viewer,
    *,
    filters: Filters,
    moment: Moment,
    order: Order = Order.TIME_LEFT,
    after: Place | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> Page:
    """Open conversations in this order, from beyond a place; one query."""
    backward = before is not None
    found = _rows(
        viewer,
        condition(filters, viewer, moment),
        _Way(order, moment, backward=backward),
        at=before if backward else after,
        limit=limit + 1,
    )
    more = len(found) > limit
    shown = found[:limit]
    if backward:
        shown.reverse()
    has_before = more if backward else after is not None
    has_after = True if backward else more
    return Page(
        rows=tuple(shown),
        before=shown[0].place(order, moment) if shown and has_before else None,
        after=shown[-1].place(order, moment) if shown and has_after else None,
    )


def rows_of(
    viewer: Viewer,
    *,
    ids: Collection[int],
    filters: Filters = EVERYTHING,
    moment: Moment | None = None,
) -> tuple[Row, ...]:
    """These conversations as rows, as far as the viewer may read them, settled ones too; given a
    moment, each says whether it stands in the list of these filters then."""
    stands = condition(filters, viewer, moment) if moment else Condition("TRUE")
    may = readable(viewer)
    sql = (
        f"SELECT {_COLUMNS}, coalesce({stands.sql}, FALSE) FROM {_TABLE} {_JOINED}"  # noqa: S608
        f" WHERE c.id = ANY(%s) AND {may.sql} ORDER BY c.due_at NULLS LAST, c.id"
    )
    values = [*stands.values, viewer.id, list(ids), *may.values]
    return tuple(_row(one) for one in _asked(sql, values))


def following(
    viewer: Viewer,
    *,
    filters: Filters,
    moment: Moment,
    after: int,
    order: Order = Order.TIME_LEFT,
    leaving: Iterable[int] = (),
) -> int | None:
    """The conversation to go on with after this one: the next in the list, or its first one."""
    here = rows_of(viewer, ids=[after])
    wanted = condition(filters, viewer, moment) & Condition("c.id <> ALL(%s)", (list(leaving),))
    way = _Way(order, moment)
    found = _rows(viewer, wanted, way, at=here[0].place(order, moment), limit=1) if here else []
    found = found or _rows(viewer, wanted, way, at=None, limit=1)
    return found[0].id if found else None


@dataclass(frozen=True, slots=True)
class _Way:
    """In which direction through which order."""

    order: Order
    moment: Moment
    backward: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one index range, in the order of that index."""

    segment: Lane
    key: str
    where: Condition
    descending: bool


def _rows(
    viewer: Viewer, wanted: Condition, way: _Way, *, at: Place | None, limit: int
) -> list[Row]:
    """Up to `limit` rows beyond a place: so many of each range, and the first of them all."""
    parts = _parts(way, at)
    if not parts:
        return []
    values: list[Any] = []
    pieces = []
    for part in parts:
        pieces.append(
            f"(SELECT c.id, {part.segment.value} AS segment, {part.key} AS at"  # noqa: S608
            f" FROM {_TABLE} WHERE {wanted.sql} AND {part.where.sql}"
            f" ORDER BY {_ordered(part.key, descending=part.descending)} LIMIT {limit})"
        )
        values += [*wanted.values, *part.where.values]
    falls = parts[0].descending
    segments = "DESC" if way.backward else "ASC"
    order = f"found.segment {segments}, {_ordered('found.at', 'found.id', descending=falls)}"
    sql = (
        f"SELECT {_COLUMNS} FROM ("  # noqa: S608
        f"SELECT * FROM ({' UNION ALL '.join(pieces)}) AS found ORDER BY {order} LIMIT {limit}"
        f") AS found JOIN {_TABLE} ON c.id = found.id {_JOINED} ORDER BY {order}"
    )
    return [_row(one) for one in _asked(sql, [*values, viewer.id])]


def _ordered(key: str, id_: str = "c.id", *, descending: bool) -> str:
    way = "DESC NULLS FIRST" if descending else "ASC NULLS LAST"
    return f"{key} {way}, {id_} {'DESC' if descending else 'ASC'}"


def _parts(way: _Way, at: Place | None) -> list[_Part]:
    if way.order is not Order.TIME_LEFT:
        descending = (way.order is Order.NEWEST) != way.backward
        where = _beyond("c.last_at", at, descending=descending)
        return [_Part(Lane.CLOCK, "c.last_at", where, descending)]
    found = []
    for segment, where in _segments(way.moment):
        limit = Condition("TRUE")
        if at is not None:
            if (segment > at.segment) if way.backward else (segment < at.segment):
                continue
            if segment is at.segment:
                limit = _beyond("c.due_at", at, descending=way.backward)
        found.append(_Part(segment, "c.due_at", where & limit, way.backward))
    return found


def _segments(moment: Moment) -> list[tuple[Lane, Condition]]:
    """Every lane; of those that have a due time, what is near is counted with the first."""
    found: list[tuple[Lane, Condition]] = []
    for lane in Lane:
        own = Condition(f"c.lane = {lane.value}")
        if lane in TIMED and lane is not Lane.CLOCK:
            found.append((Lane.CLOCK, own & Condition("c.due_at <= %s", (moment.soon,))))
            own &= Condition("c.due_at > %s", (moment.soon,))
        found.append((lane, own))
    return found


def _beyond(key: str, at: Place | None, *, descending: bool) -> Condition:
    if at is None:
        return Condition("TRUE")
    sign = "<" if descending else ">"
    if at.at is None:
        return Condition(f"({key} IS NULL AND c.id {sign} %s)", (at.id,))
    return Condition(f"({key}, c.id) {sign} (%s, %s)", (at.at, at.id))


def _row(values: Sequence[Any]) -> Row:
    told: dict[str, Any] = dict(zip(Row.__slots__, values, strict=False))
    told["lane"] = Lane(told["lane"])
    told["labels"] = tuple(told["labels"])
    return Row(**told)


def _asked(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


# --- Counts ------------------------------------------------------------------------------------


def tally(viewer: Viewer, every: Sequence[Filters], *, moment: Moment) -> tuple[int, ...]:
    """How many rows each of these lists has, at most `COUNTED_TO` + 1; one bounded query."""
    if not every:
        return ()
    conditions = [condition(one, viewer, moment) for one in every]
    counted = [
        f"(SELECT count(*) FROM (SELECT FROM {_TABLE} WHERE {one.sql}"  # noqa: S608
        f" LIMIT {COUNTED_TO + 1}) AS counted)"
        for one in conditions
    ]
    values = [value for one in conditions for value in one.values]
    return tuple(_asked(f"SELECT {', '.join(counted)}", values)[0])


def wrote_spam(contact_id: int) -> bool:
    """Did somebody here close what this person wrote as spam?"""
    return Enquiry.objects.filter(
        conversation__contact_id=contact_id, closed_reason=NotNeeded.SPAM
    ).exists()
