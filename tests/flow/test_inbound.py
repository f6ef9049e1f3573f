"""A post on a platform becomes a message, a conversation, an enquiry and a clock."""

from datetime import UTC, datetime, timedelta

import pytest

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Enquiry, Message
from glede.desk.intake import actions as intake
from glede.desk.intake import queries as intake_queries
from glede.flow import inbound
from glede.platforms.contract import RawEvent
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM
from tests.flow.conftest import MORNING, Desk

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def clock_of(conversation: Conversation, number: int = 1) -> Clock:
    return Clock.objects.get(
        enquiry__conversation=conversation, enquiry__number=number, kind="acknowledge"
    )


def test_a_question_in_hours_is_promised_an_answer_within_four_hours(desk: Desk) -> None:
    conversation = desk.is_asked("Is anyone coming?", at=MORNING)

    clock = clock_of(conversation)
    assert clock.due_at == MORNING + 4 * HOUR
    assert (clock.clause, clock.policy.number, clock.in_hours) == ("6.5", "1", True)
    assert conversation.due_at == clock.due_at
    assert (conversation.name, conversation.words) == ("Dawn", "Is anyone coming?")


def test_a_question_out_of_hours_is_promised_an_answer_within_twelve(desk: Desk) -> None:
    at = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)

    clock = clock_of(desk.is_asked(at=at))

    assert clock.due_at == at + 12 * HOUR
    assert (clock.clause, clock.in_hours) == ("6.7", False)


def test_the_clock_runs_from_the_platforms_time_even_when_it_tells_us_late(desk: Desk) -> None:
    desk.hears(desk.town.written("c-1", "Hello?", at=MORNING), now=MORNING + 3 * HOUR)

    message = Message.objects.get(native_id="c-1")
    assert message.received_at == MORNING
    assert message.ingested_at == MORNING + 3 * HOUR
    assert Clock.objects.get(kind="acknowledge").due_at == MORNING + 4 * HOUR


def test_a_platforms_clock_that_runs_ahead_of_ours_is_not_believed(desk: Desk) -> None:
    desk.hears(desk.town.written("c-1", "Hello?", at=MORNING + HOUR), now=MORNING)

    assert Message.objects.get().received_at == MORNING


def test_the_same_event_twice_and_by_two_ways_is_one_message(desk: Desk) -> None:
    event = desk.town.written("c-1", "Hello?", at=MORNING)
    desk.hears(event, now=MORNING)
    desk.hears(event, now=MORNING + MINUTE)
    again = RawEvent(key="another-key", body=event.body, account=event.account)
    intake.keep(app_id=desk.app_id, events=[again], now=MORNING + MINUTE, way="lookup")
    inbound.drain(now=MORNING + MINUTE)

    message = Message.objects.get()
    assert message.versions.count() == 1
    assert {sighting.way for sighting in message.sightings.all()} == {"poll", "lookup"}
    assert Clock.objects.filter(kind="acknowledge").count() == 1


def test_a_name_that_comes_later_is_taken_and_one_kept_back_takes_no_others_place(
    desk: Desk,
) -> None:
    def names() -> tuple[str, str, str]:
        one = Message.objects.select_related("handle", "conversation__contact").get(native_id="c-1")
        assert one.handle is not None
        assert one.conversation is not None
        return one.handle.name, one.conversation.contact.name, one.conversation.name

    def says(native_id: str, called: str, *, told: bool) -> None:
        said = desk.town.written(native_id, "Hello?", at=MORNING, called=called, told=told)
        desk.hears(said, now=MORNING)

    says("c-1", "Page user 9390", told=False)
    assert names() == ("Page user 9390",) * 3

    says("c-2", "Sherene", told=True)
    assert names() == ("Sherene",) * 3

    says("c-3", "Page user 9390", told=False)
    assert names() == ("Sherene",) * 3


def test_the_name_a_call_kept_back_comes_with_the_list(desk: Desk) -> None:
    kept_back = desk.town.written("c-1", "Hello?", at=MORNING, called="User 1", told=False)
    intake.keep(app_id=desk.app_id, events=[kept_back], now=MORNING, way="webhook")
    inbound.drain(now=MORNING)
    desk.hears(
        desk.town.written("c-1", "Hello? ", at=MORNING, called="Dawn", told=True), now=MORNING
    )

    assert Conversation.objects.get().name == "Dawn"


def test_more_posts_before_our_answer_join_the_enquiry_and_keep_its_clock(desk: Desk) -> None:
    desk.is_asked("First", at=MORNING)
    conversation = desk.is_asked("Second", at=MORNING + HOUR)

    assert Enquiry.objects.count() == 1
    assert clock_of(conversation).due_at == MORNING + 4 * HOUR
    assert (conversation.message_count, conversation.waiting_count) == (2, 2)
    assert conversation.words == "Second"


def test_an_earlier_post_that_comes_in_late_moves_the_clock_back(desk: Desk) -> None:
    desk.is_asked("Second", at=MORNING + HOUR)
    conversation = desk.is_asked("First", at=MORNING)

    assert clock_of(conversation).due_at == MORNING + 4 * HOUR
    assert Clock.objects.filter(kind="acknowledge").count() == 1
    assert conversation.words == "Second"


def test_two_people_under_one_post_are_two_conversations_with_their_own_clocks(desk: Desk) -> None:
    dawn = desk.is_asked("The lift is out", at=MORNING, by="dawn")
    gareth = desk.is_asked("Same here", at=MORNING + HOUR, by="gareth")

    assert dawn.thread == gareth.thread
    assert clock_of(dawn).due_at == MORNING + 4 * HOUR
    assert clock_of(gareth).due_at == MORNING + 5 * HOUR


def test_a_call_that_comes_after_its_edit_does_not_bring_the_old_words_back(desk: Desk) -> None:
    first = desk.town.written("c-1", "The lift is uot", at=MORNING)
    edit = desk.town.written("c-1", "The lift is out", at=MORNING, revision="2")
    edit = RawEvent(edit.key, edit.body.replace(b'"written"', b'"edited"'), edit.account)
    for event in (edit, first):
        intake.keep(app_id=desk.app_id, events=[event], now=MORNING + MINUTE, way="webhook")
        inbound.drain(now=MORNING + MINUTE)

    versions = Message.objects.get().versions.order_by("number")
    assert [version.text for version in versions] == ["The lift is out"]


def test_an_edit_keeps_every_version_and_never_restarts_the_clock(desk: Desk) -> None:
    conversation = desk.is_asked("The lift is uot", at=MORNING, id="c-1")
    edit = desk.town.written("c-1", "The lift is out", at=MORNING + HOUR, revision="2")
    edit = RawEvent(edit.key, edit.body.replace(b'"written"', b'"edited"'), edit.account)
    desk.hears(edit, now=MORNING + HOUR)

    versions = Message.objects.get().versions.order_by("number")
    assert [version.text for version in versions] == ["The lift is uot", "The lift is out"]
    assert clock_of(conversation).due_at == MORNING + 4 * HOUR
    conversation.refresh_from_db()
    assert conversation.words == "The lift is out"


def test_an_edit_of_a_message_we_never_saw_is_its_first_version(desk: Desk) -> None:
    edit = desk.town.written("c-1", "The lift is out", at=MORNING)
    edit = RawEvent(edit.key, edit.body.replace(b'"written"', b'"edited"'), edit.account)
    desk.hears(edit, now=MORNING)

    assert Message.objects.get().versions.count() == 1
    assert Clock.objects.filter(kind="acknowledge").count() == 1


def test_an_enquiry_whose_author_takes_it_back_is_withdrawn_and_counted_apart(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING, id="c-1")
    desk.hears(desk.town.deleted("c-1", at=MORNING + HOUR), now=MORNING + HOUR)

    conversation.refresh_from_db()
    assert conversation.enquiries.get().closed_as == "withdrawn"
    assert clock_of(conversation).state == "withdrawn"
    assert (conversation.state, conversation.due_at) == ("closed", None)


def test_deleting_one_of_two_posts_withdraws_nothing(desk: Desk) -> None:
    desk.is_asked("One", at=MORNING, id="c-1")
    conversation = desk.is_asked("Two", at=MORNING + MINUTE, id="c-2")
    desk.hears(desk.town.deleted("c-1", at=MORNING + HOUR), now=MORNING + HOUR)

    assert clock_of(conversation).state == "running"
    assert Message.objects.get(native_id="c-1").deleted_at == MORNING + HOUR


def test_a_deletion_before_its_creation_leaves_an_empty_tombstone(desk: Desk) -> None:
    desk.hears(desk.town.deleted("c-1", at=MORNING), now=MORNING)
    desk.hears(desk.town.written("c-1", "Take me back", at=MORNING), now=MORNING + MINUTE)

    message = Message.objects.get()
    assert message.deleted_at == MORNING
    assert not message.versions.exists()
    assert not Clock.objects.exists()


def test_old_items_of_a_backfill_make_history_not_clocks(desk: Desk) -> None:
    old = MORNING - timedelta(days=30)
    desk.hears(desk.town.written("c-1", "Last month", at=old), now=MORNING)

    assert Message.objects.get().conversation is not None
    assert not Enquiry.objects.exists()


def test_an_answer_typed_in_the_native_app_stops_the_clock(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING, id="c-1")
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + HOUR + MINUTE)

    clock = clock_of(conversation)
    assert (clock.state, clock.stopped_at) == ("stopped", MORNING + HOUR)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.due_kind) == ("waiting for customer", "resolve")
    assert (conversation.words, conversation.words_ours) == ("On our way", True)
    assert conversation.words_person_id is None


def test_a_native_answer_that_comes_in_before_its_question_stops_its_clock(desk: Desk) -> None:
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + HOUR)
    conversation = desk.is_asked(at=MORNING, id="c-1")

    clock = clock_of(conversation)
    assert (clock.state, clock.stopped_at) == ("stopped", MORNING + HOUR)


def test_deleting_the_answer_runs_the_clock_again_with_its_first_due_time(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING, id="c-1")
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + HOUR)
    desk.hears(desk.town.deleted("o-1", at=MORNING + 2 * HOUR), now=MORNING + 2 * HOUR)

    clock = clock_of(conversation)
    assert (clock.state, clock.due_at, clock.stopped_at) == ("running", MORNING + 4 * HOUR, None)
    conversation.refresh_from_db()
    assert conversation.due_at == MORNING + 4 * HOUR


def test_deleting_one_of_two_answers_leaves_the_clock_stopped(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING, id="c-1")
    for number, later in enumerate((HOUR, 2 * HOUR)):
        answer = desk.town.written(
            f"o-{number}", "On our way", at=MORNING + later, ours=True, parent="c-1"
        )
        desk.hears(answer, now=MORNING + later)
    desk.hears(desk.town.deleted("o-0", at=MORNING + 3 * HOUR), now=MORNING + 3 * HOUR)

    clock = clock_of(conversation)
    assert (clock.state, clock.stopped_at) == ("stopped", MORNING + 2 * HOUR)


def test_a_question_after_our_answer_is_a_follow_up_with_its_own_promise(desk: Desk) -> None:
    desk.is_asked(at=MORNING, id="c-1")
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + HOUR)
    conversation = desk.is_asked("And the stairs?", at=MORNING + 2 * HOUR)

    second = conversation.enquiries.get(number=2)
    assert second.follow_up
    assert clock_of(conversation, 2).due_at == MORNING + 6 * HOUR
    assert conversation.state == "new"


def test_what_came_after_the_answer_but_was_seen_before_it_waits_on_its_own(desk: Desk) -> None:
    desk.is_asked("One", at=MORNING, id="c-1")
    conversation = desk.is_asked("Two", at=MORNING + 2 * HOUR, id="c-2")
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + 3 * HOUR)

    assert clock_of(conversation, 1).state == "stopped"
    assert clock_of(conversation, 2).due_at == MORNING + 6 * HOUR
    conversation.refresh_from_db()
    assert clock_of(conversation, 2).due_at == MORNING + 6 * HOUR


def test_a_post_long_after_the_matter_was_settled_begins_a_new_conversation(desk: Desk) -> None:
    first = desk.is_asked(at=MORNING, id="c-1")
    Conversation.objects.filter(pk=first.pk).update(state="resolved")
    Enquiry.objects.update(closed_at=MORNING, closed_as="resolved without a reply")
    soon = desk.is_asked("Again", at=MORNING + timedelta(days=13))
    Conversation.objects.filter(pk=first.pk).update(state="resolved")
    Enquiry.objects.update(closed_at=MORNING, closed_as="resolved without a reply")
    late = desk.is_asked("Another matter", at=MORNING + timedelta(days=30))

    assert soon == first
    assert late != first


def test_a_poison_event_is_set_aside_and_blocks_nothing(desk: Desk) -> None:
    poison = RawEvent(key="poison", body=b"{not json", account=desk.town.ACCOUNT)
    stranger = RawEvent(
        key="stranger", body=desk.town.written("c-9", "Hi", at=MORNING).body, account="nobody"
    )
    good = desk.town.written("c-1", "Hello?", at=MORNING)

    drained = desk.hears(poison, stranger, good, now=MORNING)

    assert (drained.taken, drained.aside) == (3, 2)
    assert Message.objects.get().native_id == "c-1"
    errors = [aside.error for aside in intake_queries.set_aside()]
    assert any("not connected" in error for error in errors)


def test_a_set_aside_event_can_be_replayed_when_the_cause_is_gone(desk: Desk) -> None:
    stranger = RawEvent(
        key="stranger", body=desk.town.written("c-9", "Hi", at=MORNING).body, account="nobody"
    )
    desk.hears(stranger, now=MORNING)
    (aside,) = intake_queries.set_aside()
    intake.replay(event_id=aside.id, actor=SYSTEM, now=MORNING)

    again = inbound.drain(now=MORNING)

    assert (again.taken, again.aside) == (1, 1)
    assert intake_queries.set_aside()[0].tries == 2


def test_an_event_that_carries_nothing_changes_nothing(desk: Desk) -> None:
    event = RawEvent("beat", b'{"type": "nothing", "at": "2026-11-24T11:40:00+00:00"}', "page-1")

    assert desk.hears(event, now=MORNING).aside == 0
    assert not Message.objects.exists()


@pytest.mark.parametrize("verb", ["conversation:conversation:opened", "clock:clock:started"])
def test_what_happened_is_on_record_with_clause_and_version(desk: Desk, verb: str) -> None:
    conversation = desk.is_asked(at=MORNING)

    trail = audit.trail("conversation", conversation.pk, limit=20)
    entry = next(entry for entry in trail if entry.verb == verb)
    assert (entry.clause, entry.policy_version) == ("6.5", "1")


def test_what_came_out_of_hours_is_on_record_under_the_clause_for_it(desk: Desk) -> None:
    conversation = desk.is_asked(at=datetime(2026, 11, 28, 11, tzinfo=UTC))

    trail = audit.trail("conversation", conversation.pk, limit=20)
    answered = [entry for entry in trail if entry.details.get("kind") != "resolve"]
    assert {entry.clause for entry in answered} == {"6.7"}
    assert len(trail) - len(answered) == 1
