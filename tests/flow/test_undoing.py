"""Every act on a conversation can be taken back for ten seconds, exactly; then, or after somebody
changed the same thing, it stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.test import TestCase

from glede.desk.acts.models import Act
from glede.desk.acts.rules import CannotUndo, changed, meddled
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Agreement, Conversation, Enquiry
from glede.desk.conversations.rules import NotNeeded
from glede.flow import handling, undoing
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Viewer
from tests import make
from tests.web import inbox_desk
from tests.web.inbox_desk import Town

NOW = make.NOW
SOON = NOW + timedelta(seconds=9)


def stands(conversation: Conversation) -> list[Any]:
    """Everything that is known of it, but how often it changed."""
    found = []
    for model, by in (
        (Conversation, {"pk": conversation.pk}),
        (Enquiry, {"conversation": conversation}),
        (Clock, {"conversation": conversation}),
        (Agreement, {"conversation": conversation}),
    ):
        rows = model.objects.filter(**by).order_by("pk").values()
        found += [{key: row[key] for key in row if "revision" not in key} for row in rows]
    return found


class Undoing(TestCase):
    town: ClassVar[Town]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = inbox_desk.tuesday(NOW)

    def act(self, deed: Callable[..., undoing.Kept | None], **given: Any) -> undoing.Kept:
        kept = deed(viewer=self.town.sam, now=NOW, **given)
        assert kept is not None
        return kept

    def test_what_was_done_is_undone_exactly_and_both_are_in_the_record(self) -> None:
        dawn, waiting = self.town.dawn.pk, self.town.waiting.pk
        not_needed: dict[str, Any] = {"reason": NotNeeded.CHAT}
        for deed, about, more in (
            (handling.assign, dawn, {"person_id": None}),
            (handling.assign, dawn, {"person_id": self.town.priya.id}),
            (handling.resolve, waiting, {}),
            (handling.no_reply_needed, dawn, not_needed),
        ):
            conversation = Conversation.objects.get(pk=about)
            before, revision = stands(conversation), conversation.revision

            kept = self.act(deed, conversation_id=about, **more)
            assert stands(conversation) != before
            undoing.undo(viewer=self.town.sam, act_id=kept.id, now=SOON)

            assert stands(conversation) == before
            conversation.refresh_from_db()
            assert conversation.revision > revision + 1, "open screens are told of both"
            undone = Entry.objects.filter(verb="conversation:act:undone").latest("pk")
            assert undone.details["act"] == kept.id

    def test_a_clock_runs_again_with_its_original_due_time_and_its_clause_in_the_record(
        self,
    ) -> None:
        clock = Clock.objects.get(conversation=self.town.dawn, kind="acknowledge")
        kept = self.act(
            handling.no_reply_needed, conversation_id=self.town.dawn.pk, reason=NotNeeded.SPAM
        )
        undoing.undo(viewer=self.town.sam, act_id=kept.id, now=SOON)

        again = Clock.objects.get(pk=clock.pk)
        assert (again.state, again.due_at, again.look_at) == (
            "running",
            clock.due_at,
            clock.look_at,
        )
        told = Entry.objects.filter(verb="clock:clock:put-back").latest("pk")
        assert told.clause == clock.clause

    def test_reopening_is_undone_to_settled(self) -> None:
        handling.resolve(viewer=self.town.sam, conversation_id=self.town.waiting.pk, now=NOW)
        before = stands(self.town.waiting)
        kept = self.act(handling.reopen, conversation_id=self.town.waiting.pk)
        undoing.undo(viewer=self.town.sam, act_id=kept.id, now=SOON)
        assert stands(self.town.waiting) == before

    def test_after_ten_seconds_it_stands(self) -> None:
        kept = self.act(handling.resolve, conversation_id=self.town.waiting.pk)
        with pytest.raises(CannotUndo, match="more than 10 seconds ago"):
            undoing.undo(
                viewer=self.town.sam, act_id=kept.id, now=kept.until_at + timedelta(seconds=1)
            )
        undoing.undo(viewer=self.town.sam, act_id=kept.id, now=kept.until_at)
        with pytest.raises(CannotUndo, match="undone already"):
            undoing.undo(viewer=self.town.sam, act_id=kept.id, now=kept.until_at)

    def test_what_somebody_changed_since_is_not_overwritten(self) -> None:
        kept = self.act(handling.assign, conversation_id=self.town.dawn.pk, person_id=None)
        handling.assign(
            viewer=self.town.priya,
            conversation_id=self.town.dawn.pk,
            person_id=self.town.priya.id,
            now=NOW,
        )
        with pytest.raises(CannotUndo, match="Dawn Petherick: its owner has changed since"):
            undoing.undo(viewer=self.town.sam, act_id=kept.id, now=SOON)

    def test_a_resident_who_writes_again_keeps_a_resolved_matter_open(self) -> None:
        kept = self.act(handling.resolve, conversation_id=self.town.waiting.pk)
        again = inbox_desk.comment(self.town.red_kite, "Ola Fashanu", "Still dark!", at=NOW)
        assert again.pk == self.town.waiting.pk
        with pytest.raises(CannotUndo, match="its state has changed since"):
            undoing.undo(viewer=self.town.sam, act_id=kept.id, now=SOON)

    def test_only_whoever_did_it_can_undo_it(self) -> None:
        kept = self.act(handling.resolve, conversation_id=self.town.waiting.pk)
        with pytest.raises(LookupError):
            undoing.undo(viewer=self.town.priya, act_id=kept.id, now=SOON)
        gone = Viewer(self.town.sam.id, "Sam", "Sam", ())
        with pytest.raises(CannotUndo, match="no longer"):
            undoing.undo(viewer=gone, act_id=kept.id, now=SOON)

    def test_an_act_that_changes_nothing_is_none_and_what_is_over_is_forgotten(self) -> None:
        assert (
            handling.assign(
                viewer=self.town.sam,
                conversation_id=self.town.dawn.pk,
                person_id=self.town.sam.id,
                now=NOW,
            )
            is None
        )
        kept = self.act(handling.assign, conversation_id=self.town.dawn.pk, person_id=None)
        undoing.forget(now=kept.until_at)
        assert Act.objects.filter(pk=kept.id).exists()
        undoing.forget(now=kept.until_at + timedelta(seconds=1))
        assert not Act.objects.filter(pk=kept.id).exists()


def test_only_what_differs_is_kept_and_what_moved_by_itself_is_no_meddling() -> None:
    before = {"clock:1": {"state": "running", "look_at": "09:00"}, "clock:2": {"state": "held"}}
    after = {"clock:1": {"state": "stopped", "look_at": None}, "clock:2": {"state": "held"}}
    kept = changed(before, after)

    assert kept.before == {"clock:1": before["clock:1"]}
    assert kept.after == {"clock:1": after["clock:1"]}
    assert not changed(before, before)
    assert meddled(kept.after, after) == ""
    assert meddled(kept.after, {"clock:1": {"state": "stopped", "look_at": "10:00"}}) == ""
    assert meddled(kept.after, before) == "its state"
    assert meddled(kept.after, {}) == "its state"
