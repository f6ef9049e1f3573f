"""Merge, take back, split, move and link: no receipt is lost and no clock falls due later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as AnyExample

from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState
from glede.desk.conversations.cases import Refused
from glede.desk.conversations.models import (
    Conversation,
    Enquiry,
    Message,
    Regrouping,
)
from glede.desk.conversations.rules import ClosedAs, WrongState
from glede.desk.insight import timeline
from glede.desk.outbox.models import Delivery
from glede.flow import casework, handling, outbound, undoing
from glede.rulebook.audit.models import Entry
from tests.web import inbox_desk
from tests.web.inbox_desk import Town

#: Tuesday 24 November 2026, 13:30 in London: in working hours.
NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class _Another(inbox_desk.Page):
    """The same page, with another post of ours that people answer."""

    def __init__(self, slug: str, name: str, app_id: int, root: dict[str, object]) -> None:
        super().__init__(slug, name, app_id)
        self._root = root

    @property
    def root(self) -> dict[str, object]:
        return self._root


def open_enquiries(conversation: Conversation) -> list[int]:
    waiting = Enquiry.objects.filter(conversation=conversation, answered_at=None, closed_at=None)
    return list(waiting.values_list("pk", flat=True))


def _everything() -> dict[str, Any]:
    """Where everything stands, without what only counts changes."""
    return {
        "messages": set(Message.objects.values_list("pk", "conversation_id", "enquiry_id")),
        "enquiries": set(
            Enquiry.objects.values_list(
                "pk", "conversation_id", "number", "opened_at", "answered_at", "closed_at"
            )
        ),
        "clocks": set(
            Clock.objects.values_list(
                "pk", "conversation_id", "enquiry_id", "state", "due_at", "started_at", "look_at"
            )
        ),
        "conversations": set(
            Conversation.objects.values_list(
                "pk",
                "brand_id",
                "duplicate_of_id",
                "state",
                "owner_id",
                "words",
                "waiting_count",
                "message_count",
                "due_at",
                "merged_into_id",
                "opened_at",
            )
        ),
    }


def texts(conversation: Conversation) -> set[str]:
    found = Message.objects.filter(conversation=conversation)
    return set(found.values_list("versions__text", flat=True))


class TestCasework(AnyExample):
    """One desk for all of it: making it costs more than any test here."""

    town: ClassVar[Town]
    first: ClassVar[Conversation]
    second: ClassVar[Conversation]
    mine: ClassVar[list[int]]

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.town = inbox_desk.tuesday(NOW)
            cls.first = cls.public("Where is my key?", 180)
            cls.second = cls.public("Still no key. And the bins?", 30)
            more = [cls.public(f"And {minutes}?", minutes) for minutes in (50, 90, 240)]
            inbox_desk.answer(more[0], cls.town.sam, "Yes.", at=NOW - 40 * MINUTE)
        cls.mine = [cls.first.pk, cls.second.pk, *(one.pk for one in more)]

    @classmethod
    def public(cls, text: str, minutes: int, name: str = "Wyn Pugh") -> Conversation:
        """Each in a tree of its own, as under two posts of ours."""
        page = inbox_desk.Page("red-kite", "Red Kite", cls.town.red_kite.app_id)
        root = {**page.root, "uri": f"{page.root['uri']}{minutes}"}
        page = _Another(page.slug, page.name, page.app_id, root)
        return inbox_desk.comment(page, name, text, at=NOW - minutes * MINUTE)

    def merge(self, source: Conversation, target: Conversation, **more: Any) -> Regrouping:
        done = casework.merge(
            viewer=self.town.sam, source_id=source.pk, target_id=target.pk, now=NOW, **more
        )
        return Regrouping.objects.get(pk=done.regrouping_id)

    def unmerge(self, of: Regrouping) -> None:
        casework.unmerge(viewer=self.town.sam, regrouping_id=of.pk, now=NOW + MINUTE)

    def reread(self) -> None:
        self.first.refresh_from_db()
        self.second.refresh_from_db()

    # --- Merge ---

    def test_the_first_unanswered_post_holds_the_clock_of_both(self) -> None:
        due = self.first.due_at
        [earlier] = open_enquiries(self.first)
        [later] = open_enquiries(self.second)

        self.merge(self.first, self.second)

        self.reread()
        assert open_enquiries(self.second) == [earlier]
        assert self.second.due_at == due
        assert self.second.waiting_count == 2
        assert Enquiry.objects.get(pk=later).closed_as == ClosedAs.JOINED
        assert Clock.objects.get(enquiry_id=later, kind="acknowledge").state == ClockState.JOINED
        assert texts(self.second) == {"Where is my key?", "Still no key. And the bins?"}
        assert (self.first.state, self.first.due_at) == ("closed", None)
        assert self.first.merged_into_id == self.second.pk
        entry = Entry.objects.get(verb="conversation:conversation:merged")
        assert (entry.clause, entry.object_id) == ("6.2", str(self.first.pk))

    def test_one_answer_then_stops_what_waited_in_both(self) -> None:
        self.merge(self.second, self.first)

        inbox_desk.answer(self.first, self.town.sam, "It is at the office.", at=NOW)

        assert open_enquiries(self.first) == []
        running = Clock.objects.filter(conversation=self.first, state=ClockState.RUNNING)
        assert not running.filter(kind="acknowledge").exists()

    def test_what_they_write_next_in_the_old_place_goes_on_in_the_new_one(self) -> None:
        self.merge(self.second, self.first)

        self.public("Hello?", 30, name="Somebody Else")
        page = _Another(
            "red-kite",
            "Red Kite",
            self.town.red_kite.app_id,
            {**self.town.red_kite.root, "uri": f"{self.town.red_kite.root['uri']}30"},
        )
        said = inbox_desk.comment(page, "Wyn Pugh", "Anybody there?", at=NOW + MINUTE)

        assert said.pk == self.first.pk

    def test_it_is_taken_back_exactly_while_nobody_answered(self) -> None:
        before = _everything()

        self.unmerge(self.merge(self.first, self.second))

        assert _everything() == before

    def test_what_was_written_meanwhile_waits_on_where_the_matter_stayed(self) -> None:
        merged = self.merge(self.first, self.second)
        page = _Another(
            "red-kite",
            "Red Kite",
            self.town.red_kite.app_id,
            {**self.town.red_kite.root, "uri": f"{self.town.red_kite.root['uri']}30"},
        )
        said = inbox_desk.comment(page, "Wyn Pugh", "Anybody there?", at=NOW)

        self.unmerge(merged)

        self.reread()
        assert said.pk == self.second.pk
        assert self.second.waiting_count == 2
        assert self.first.waiting_count == 1

    def test_once_answered_it_stays_and_says_why(self) -> None:
        merged = self.merge(self.second, self.first)
        inbox_desk.answer(self.first, self.town.sam, "It is at the office.", at=NOW)

        with pytest.raises(Refused, match="Somebody answered since"):
            self.unmerge(merged)

    def test_what_is_no_one_matter_is_refused_with_a_sentence(self) -> None:
        private = self.town.asks("Wyn Pugh", "My key, please", at=NOW - 5 * MINUTE)
        other_brand = self.town.asks(
            "Wyn Pugh", "My key, please", at=NOW - 5 * MINUTE, slug="pennvale"
        )
        for source, target, says in (
            (self.first, self.first, "itself"),
            (self.first, other_brand, "two brands"),
            (self.first, private, "in public"),
            (self.first, self.town.dawn, "Two different people"),
        ):
            with self.subTest(says=says), pytest.raises(Refused, match=says):
                self.merge(source, target)
        self.merge(self.first, self.town.dawn, why="Wyn is Dawn’s neighbour and asks for her")
        with pytest.raises(Refused, match="already"):
            self.merge(self.first, self.second)

    def test_a_reply_on_its_way_is_waited_for(self) -> None:
        outbound.queue_reply(
            viewer=self.town.sam,
            conversation_id=self.first.pk,
            text="On its way.",
            seen_revision=99,
            now=NOW,
        )

        with pytest.raises(Refused, match="on its way"):
            self.merge(self.first, self.second)

    def test_nothing_leaves_from_the_one_that_went(self) -> None:
        self.merge(self.first, self.second)

        stopped = outbound.queue_reply(
            viewer=self.town.sam,
            conversation_id=self.first.pk,
            text="Too late.",
            seen_revision=99,
            now=NOW,
        )

        with pytest.raises(WrongState, match="went on in another"):
            handling.reopen(viewer=self.town.sam, conversation_id=self.first.pk, now=NOW)
        assert isinstance(stopped, outbound.Stopped)
        assert "went on in another" in stopped.findings[0].says

    def test_what_came_by_another_account_is_answered_there(self) -> None:
        asked = self.town.asks("Wyn Pugh", "My key, please", at=NOW - 5 * MINUTE)

        self.merge(asked, self.first, why="The same person, by the name and the key")
        outbound.queue_reply(
            viewer=self.town.sam,
            conversation_id=self.first.pk,
            text="It is at the office.",
            seen_revision=99,
            now=NOW,
        )

        sending = Delivery.objects.get(conversation=self.first)
        assert sending.account_id == asked.account_id
        assert sending.thread_id == asked.thread_id
        assert sending.private

    def test_the_timeline_of_the_matter_tells_both_stories(self) -> None:
        self.merge(self.second, self.first)

        told = timeline.of(self.town.sam, self.first.pk, now=NOW)

        received = [one.at for one in told.moments if one.what == "received"]
        opened = Enquiry.objects.filter(conversation=self.first).values_list("opened_at", flat=True)
        assert sorted(received) == sorted(opened)
        whats = [one.what for one in told.moments]
        assert "another conversation merged in" in whats
        assert "merged into another conversation" in whats
        assert {one.due_at for one in told.promises} >= {self.first.due_at, self.second.due_at}
        assert (
            told.record.entries
            == Entry.objects.filter(
                object_kind="conversation", object_id__in=(str(self.first.pk), str(self.second.pk))
            ).count()
        )

    # --- Split ---

    def one_matter(self) -> Message:
        self.merge(self.second, self.first)
        return Message.objects.get(versions__text="Still no key. And the bins?")

    def split(self, *ids: int) -> Conversation:
        done = casework.split(
            viewer=self.town.sam, conversation_id=self.first.pk, message_ids=ids, now=NOW
        )
        return Conversation.objects.get(pk=done.conversation_id)

    def test_a_new_matter_gets_its_own_clock_from_its_own_receipt(self) -> None:
        new = self.one_matter()
        due = Conversation.objects.get(pk=self.first.pk).due_at

        made = self.split(new.pk)

        self.reread()
        clock = Clock.objects.get(conversation=made, kind="acknowledge")
        assert clock.started_at == new.received_at
        assert clock.due_at == new.received_at + timedelta(hours=4)
        assert made.due_at == clock.due_at
        assert (made.words, made.waiting_count) == ("Still no key. And the bins?", 1)
        assert (self.first.due_at, self.first.waiting_count) == (due, 1)

    def test_when_all_that_waits_goes_the_enquiry_goes_as_it_is(self) -> None:
        self.one_matter()
        inbox_desk.answer(self.first, self.town.sam, "It is at the office.", at=NOW - 20 * MINUTE)
        root = {**self.town.red_kite.root, "uri": f"{self.town.red_kite.root['uri']}180"}
        page = _Another("red-kite", "Red Kite", self.town.red_kite.app_id, root)
        inbox_desk.comment(page, "Wyn Pugh", "And the lift?", at=NOW - 10 * MINUTE)
        [waiting] = open_enquiries(self.first)
        clocks = set(Clock.objects.filter(enquiry_id=waiting).values_list("pk", "due_at"))
        asked = Message.objects.get(versions__text="And the lift?")

        made = self.split(asked.pk)

        assert open_enquiries(made) == [waiting]
        assert set(Clock.objects.filter(conversation=made).values_list("pk", "due_at")) == clocks
        assert open_enquiries(self.first) == []

    def test_put_back_together_the_earlier_clock_holds_again(self) -> None:
        new = self.one_matter()
        due = Conversation.objects.get(pk=self.first.pk).due_at

        made = self.split(new.pk)
        self.merge(made, self.first)

        self.reread()
        assert self.first.due_at == due
        assert len(open_enquiries(self.first)) == 1

    def test_something_of_theirs_goes_and_something_stays(self) -> None:
        self.one_matter()
        every = list(Message.objects.filter(conversation=self.first).values_list("pk", flat=True))
        for ids, says in (((), "Choose the messages"), (every, "Leave at least one")):
            with self.subTest(says=says), pytest.raises(Refused, match=says):
                self.split(*ids)

    # --- Another brand, and the same elsewhere ---

    def test_the_clock_stays_the_owner_goes_and_the_answer_leaves_where_it_was_asked(self) -> None:
        dawn, due = self.town.dawn, self.town.dawn.due_at
        handling.assign(
            viewer=self.town.meena, conversation_id=dawn.pk, person_id=self.town.meena.id, now=NOW
        )
        pennvale = Conversation.objects.filter(brand__slug="pennvale").values_list(
            "brand_id", flat=True
        )[0]

        with pytest.raises(Refused, match="Say why"):
            casework.move(
                viewer=self.town.sam, conversation_id=dawn.pk, brand_id=pennvale, why=" ", now=NOW
            )
        casework.move(
            viewer=self.town.sam,
            conversation_id=dawn.pk,
            brand_id=pennvale,
            why="Castle Court is Pennvale’s",
            now=NOW,
        )

        dawn.refresh_from_db()
        assert (dawn.brand_id, dawn.owner_id, dawn.due_at) == (pennvale, None, due)
        assert dawn.account.brand.slug == "red-kite"
        note = Message.objects.filter(conversation=dawn, direction="note").latest("pk")
        assert "Castle Court is Pennvale’s" in note.versions.get().text
        outbound.queue_reply(
            viewer=self.town.sam,
            conversation_id=dawn.pk,
            text="A roofer comes.",
            seen_revision=99,
            now=NOW,
        )
        assert Delivery.objects.get(conversation=dawn).account_id == dawn.account_id

    def test_a_link_stops_no_clock_and_each_place_keeps_its_own_answer(self) -> None:
        elsewhere = self.town.asks("Wyn Pugh", "Where is my key?", at=NOW, slug="pennvale")
        due = elsewhere.due_at

        casework.link(
            viewer=self.town.sam,
            conversation_id=elsewhere.pk,
            duplicate_of_id=self.first.pk,
            now=NOW,
        )

        elsewhere.refresh_from_db()
        assert (elsewhere.duplicate_of_id, elsewhere.due_at) == (self.first.pk, due)
        with pytest.raises(ValueError, match="Nobody has answered"):
            handling.resolve(viewer=self.town.sam, conversation_id=elsewhere.pk, now=NOW)
        with pytest.raises(Refused, match="other way round"):
            casework.link(
                viewer=self.town.sam,
                conversation_id=self.first.pk,
                duplicate_of_id=elsewhere.pk,
                now=NOW,
            )
        casework.unlink(viewer=self.town.sam, conversation_id=elsewhere.pk, now=NOW)
        elsewhere.refresh_from_db()
        assert elsewhere.duplicate_of_id is None

    # --- Ten seconds in which any of it is undone ---

    def test_each_act_is_undone_exactly(self) -> None:
        sam, first, second = self.town.sam, self.first.pk, self.second.pk
        elsewhere = self.town.asks("Wyn Pugh", "Where is my key?", at=NOW, slug="pennvale")
        doing: list[Callable[[], undoing.Kept | None]] = [
            lambda: casework.merge(viewer=sam, source_id=first, target_id=second, now=NOW).kept,
            lambda: casework.move(
                viewer=sam,
                conversation_id=first,
                brand_id=elsewhere.brand_id,
                why="Its page",
                now=NOW,
            ),
            lambda: casework.link(
                viewer=sam, conversation_id=elsewhere.pk, duplicate_of_id=first, now=NOW
            ),
        ]
        for do in doing:
            before = _everything()
            kept = do()
            assert kept is not None
            with self.subTest(says=kept.says):
                notes = set(Message.objects.filter(direction="note").values_list("pk", flat=True))
                undoing.undo(viewer=sam, act_id=kept.id, now=NOW + timedelta(seconds=5))
                after = _everything()
                after["messages"] = {one for one in after["messages"] if one[0] not in notes}
                before["messages"] = {one for one in before["messages"] if one[0] not in notes}
                assert after == before

    def test_an_undone_split_goes_on_where_it_came_from(self) -> None:
        new = self.one_matter()
        due = Conversation.objects.get(pk=self.first.pk).due_at
        done = casework.split(
            viewer=self.town.sam, conversation_id=self.first.pk, message_ids=[new.pk], now=NOW
        )
        assert done.kept is not None

        undoing.undo(viewer=self.town.sam, act_id=done.kept.id, now=NOW + timedelta(seconds=5))

        self.reread()
        assert (self.first.due_at, self.first.waiting_count) == (due, 2)

    # --- Whatever is done, in whatever order ---

    @settings(max_examples=10, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("mmsuua"), st.integers(0, 9), st.integers(0, 9)),
            min_size=3,
            max_size=8,
        )
    )
    def test_no_message_is_lost_no_receipt_and_no_clock_gets_later(
        self, steps: list[tuple[str, int, int]]
    ) -> None:
        messages = set(Message.objects.values_list("pk", flat=True))
        receipts = dict(Enquiry.objects.values_list("pk", "opened_at"))
        dues = dict(Clock.objects.values_list("pk", "due_at"))
        for number, (step, one, other) in enumerate(steps):
            shown = self._due()
            try:
                with transaction.atomic():
                    self._do(step, one, other, NOW + number * MINUTE)
            except Refused:
                continue
            self._holds(messages, receipts, dues)
            if step != "a":
                assert self._due() == shown

    def _ids(self) -> list[int]:
        made = Regrouping.objects.filter(kind="split").values_list("target_id", flat=True)
        return [*self.mine, *made]

    def _due(self) -> datetime | None:
        """When the most urgent of them all is due, as the list shows it."""
        found = Conversation.objects.filter(pk__in=self._ids(), due_at__isnull=False)
        return min((one.due_at for one in found if one.due_at), default=None)

    def _do(self, step: str, one: int, other: int, at: datetime) -> None:
        ids, sam = self._ids(), self.town.sam
        here, there = ids[one % len(ids)], ids[other % len(ids)]
        if step == "m":
            casework.merge(viewer=sam, source_id=here, target_id=there, now=at)
        elif step == "u":
            made = list(Regrouping.objects.filter(kind="merge").values_list("pk", flat=True))
            if made:
                casework.unmerge(viewer=sam, regrouping_id=made[one % len(made)], now=at)
        elif step == "s":
            theirs = list(
                Message.objects.filter(conversation_id=here, direction="in")
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            chosen = [pk for place, pk in enumerate(theirs) if (other >> place) & 1]
            casework.split(viewer=sam, conversation_id=here, message_ids=chosen, now=at)
        elif not Conversation.objects.get(pk=here).merged_into_id:
            inbox_desk.answer(Conversation.objects.get(pk=here), sam, "Here.", at=at)

    def _holds(
        self,
        messages: set[int],
        receipts: dict[int, datetime],
        dues: dict[int, datetime],
    ) -> None:
        assert messages <= set(Message.objects.values_list("pk", flat=True))
        placed = Message.objects.filter(pk__in=messages, conversation=None, thread__isnull=False)
        assert not placed.filter(direction="in").exists()
        for pk, opened_at in Enquiry.objects.values_list("pk", "opened_at"):
            assert receipts.setdefault(pk, opened_at) == opened_at
        for pk, due_at in Clock.objects.values_list("pk", "due_at"):
            assert due_at <= dues.setdefault(pk, due_at)
        for one in Conversation.objects.filter(pk__in=self._ids()):
            waits = open_enquiries(one)
            if one.merged_into_id:
                assert not one.messages.exists()
                assert not waits
            if waits:
                running = Clock.objects.filter(
                    conversation=one, enquiry_id=waits[0], state=ClockState.RUNNING
                )
                assert running.filter(kind="acknowledge").exists()
                # Everything that waits here waits under a promise no later than its own would be.
                first = min(
                    Message.objects.filter(enquiry_id=waits[0]).values_list(
                        "received_at", flat=True
                    )
                )
                own = Clock.objects.filter(enquiry_id=waits[0], kind="acknowledge")
                assert min(own.values_list("started_at", flat=True)) <= first
