"""Under which heading a conversation stands, and that the database says the same as the rules."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import ClockKind
from glede.desk.conversations import lanes, queries
from glede.desk.conversations.filters import Field, Filters, Want
from glede.desk.conversations.lanes import Group, Lane, Moment, Order
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.queries import Place
from glede.desk.conversations.rules import State, language_tag
from glede.rulebook.people.rules import Role, Viewer
from tests import make

NOW = make.NOW
MOMENT = Moment(now=NOW, midnight=datetime(2026, 11, 25, tzinfo=UTC))
_offsets = st.timedeltas(min_value=timedelta(days=-3), max_value=timedelta(days=3))


def test_an_agreed_date_is_called_the_same_in_both_rooms() -> None:
    assert ClockKind.AGREED == lanes.AGREED


@given(_offsets)
def test_headings_agree_with_how_urgent_a_clock_is(left: timedelta) -> None:
    due = NOW + left
    near = clocks.urgency(due_at=due, now=NOW, soon_within=lanes.SOON, zone=UTC)

    assert lanes.group_of(lane=Lane.CLOCK, due_at=due, moment=MOMENT).value == near.value


@given(st.sampled_from(list(Lane)), _offsets, _offsets)
def test_headings_follow_the_order_of_the_list(
    lane: Lane, one: timedelta, other: timedelta
) -> None:
    """Whatever comes first in the list stands under the same heading or an earlier one."""
    rows = []
    for at, of in ((one, lane), (other, Lane.CLOCK)):
        due = None if of in (Lane.WAITING, Lane.IDLE) else NOW + at
        segment = lanes.segment_of(lane=of, due_at=due, moment=MOMENT)
        group = lanes.group_of(lane=of, due_at=due, moment=MOMENT)
        rows.append(((segment, due or NOW), list(Group).index(group)))
    first, second = sorted(rows)

    assert first[1] <= second[1]


@given(
    st.sampled_from(list(Lane)),
    st.none()
    | st.integers(0, 10**16 - 1).map(
        lambda one: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=one)
    ),
    st.integers(1, 10**17),
)
def test_a_place_is_read_as_it_was_written(lane: Lane, at: datetime | None, id_: int) -> None:
    place = Place(lane, at, id_)

    assert queries.place(place.text) == place


@pytest.mark.parametrize("strange", ["", "x", "0.1", "9.1.1", "0.-1.2", "0.1.2.3", "0.٣.1"])
def test_a_place_that_is_none_shows_the_top(strange: str) -> None:
    assert queries.place(strange) is None


@pytest.mark.parametrize(
    ("given_", "kept"),
    [("cy", "cy"), ("en-GB", "en-GB"), ("pt_BR", "pt-BR"), ("<b>", ""), ("", ""), ("x", "")],
)
def test_only_a_language_tag_is_kept(given_: str, kept: str) -> None:
    assert language_tag(given_) == kept


# --- On PostgreSQL -------------------------------------------------------------------------------


class Desk:
    """Rows of every kind, far from what a person would do, to compare SQL with the rules."""

    def __init__(self) -> None:
        brand = make.brand("Red Kite")
        make.policy_version(acknowledge__automatic="none")
        self.site = make.website("red-kite", brand)
        self.viewer: Viewer = make.person("Sam", Role.ADVISOR)

    def row(self, number: int, **columns: object) -> int:
        made = make.conversation(self.site, "Hello?", name=f"Person {number}", at=NOW)
        Conversation.objects.filter(pk=made.pk).update(**columns)
        return made.pk


@pytest.mark.django_db
def test_the_database_puts_every_row_under_the_heading_of_the_rules() -> None:
    desk = Desk()
    hours = [-30, -1, 0, 0.5, 1, 3, 20, 50]
    for number, left in enumerate(hours):
        due = NOW + timedelta(hours=left)
        desk.row(number, due_at=due, due_kind="")
        desk.row(100 + number, due_at=due, due_kind=lanes.AGREED, proposed="praise")
        desk.row(200 + number, due_at=due, due_kind="", proposed="praise")
    desk.row(300, due_at=None, state=State.WAITING_FOR_THEM)
    desk.row(301, due_at=None, state=State.IN_PROGRESS)

    page = queries.open_list(desk.viewer, filters=Filters(), moment=MOMENT, limit=100)
    groups = [lanes.group_of(lane=one.lane, due_at=one.due_at, moment=MOMENT) for one in page.rows]
    counts = queries.tally(
        desk.viewer, [Filters((Want(Field.GROUP, (group,)),)) for group in Group], moment=MOMENT
    )

    assert len(groups) == 26
    assert [list(Group).index(one) for one in groups] == sorted(
        list(Group).index(one) for one in groups
    )
    assert dict(zip(Group, counts, strict=True)) == {one: groups.count(one) for one in Group}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, lane FROM conversations_conversation")
        assert dict(cursor.fetchall()) == {one.id: one.lane for one in page.rows}


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(Order))
def test_pages_of_any_order_join_without_a_gap_and_lead_back(order: Order) -> None:
    desk = Desk()
    for number in range(12):
        columns: dict[str, object] = {
            "due_at": None if number % 4 == 3 else NOW + timedelta(hours=number % 5),
            "due_kind": lanes.AGREED if number % 5 == 0 else "",
            "proposed": "praise" if number % 3 == 1 else "",
            "state": State.WAITING_FOR_THEM if number % 8 == 3 else State.NEW,
            "last_at": NOW - timedelta(minutes=number % 4),
        }
        desk.row(number, **columns)
    whole = queries.open_list(desk.viewer, filters=Filters(), moment=MOMENT, order=order, limit=50)
    pages = [queries.open_list(desk.viewer, filters=Filters(), moment=MOMENT, order=order, limit=5)]
    while pages[-1].after is not None:
        pages.append(
            queries.open_list(
                desk.viewer,
                filters=Filters(),
                moment=MOMENT,
                order=order,
                after=pages[-1].after,
                limit=5,
            )
        )

    assert [row.id for page in pages for row in page.rows] == [row.id for row in whole.rows]
    back = queries.open_list(
        desk.viewer,
        filters=Filters(),
        moment=MOMENT,
        order=order,
        before=pages[2].before,
        limit=5,
    )
    assert back.rows == pages[1].rows
    everybody = [row.id for row in whole.rows]
    walked = [
        queries.following(desk.viewer, filters=Filters(), moment=MOMENT, order=order, after=one)
        for one in everybody
    ]
    assert walked == everybody[1:] + everybody[:1]


@pytest.mark.django_db
def test_what_sleeps_is_out_of_every_list_but_its_own() -> None:
    desk = Desk()
    asleep = desk.row(1, snoozed_until=NOW + timedelta(hours=1))
    woken = desk.row(2, snoozed_until=NOW - timedelta(hours=1))
    snoozed = Filters((Want(Field.IS, ("snoozed",)),))

    def ids(filters: Filters) -> list[int]:
        page = queries.open_list(desk.viewer, filters=filters, moment=MOMENT)
        return [row.id for row in page.rows]

    assert ids(Filters()) == [woken]
    assert ids(snoozed) == [asleep]
    assert queries.tally(desk.viewer, [Filters(), snoozed], moment=MOMENT) == (1, 1)
