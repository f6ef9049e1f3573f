"""What people bring in by hand has the same clocks and record as what a platform brings."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from glede.desk.captures.actions import Proof
from glede.desk.captures.models import Capture
from glede.desk.captures.rules import CaptureRefusedError
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message
from glede.flow import capturing, inbound
from glede.flow.capturing import Answered, Asked
from glede.platforms.contract import Kind
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Role, Viewer
from tests.flow.conftest import MORNING, Desk, joins

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SHOT = Proof(digest="a" * 64, content_type="image/png")


@pytest.fixture
def sam(desk: Desk) -> Viewer:
    return desk.sam


def asked(desk: Desk, **more: object) -> Asked:
    return replace(
        Asked(
            account_id=desk.account_id,
            name="Ola Wren",
            handle="@ola",
            text="Nobody reads this, do they?",
            at=MORNING,
            kind=Kind.COMMENT,
            proof=SHOT,
        ),
        **more,  # type: ignore[arg-type] # named by the tests
    )


def captured(desk: Desk, viewer: Viewer, *, now: datetime, **more: object) -> Conversation:
    capture_id = capturing.ask(viewer=viewer, asked=asked(desk, **more), now=now)
    inbound.drain(now=now)
    native_id = Capture.objects.get(pk=capture_id).native_id
    return Conversation.objects.get(messages__native_id=native_id)


def clock(conversation: Conversation) -> Clock:
    return Clock.objects.filter(conversation=conversation, kind="acknowledge").latest("pk")


def answer(
    viewer: Viewer, conversation: Conversation, *, at: datetime, now: datetime, **more: object
) -> Message:
    told = replace(Answered("We do, and Sam is on the way.", at, SHOT), **more)  # type: ignore[arg-type]
    return capturing.answer(viewer=viewer, conversation_id=conversation.pk, answered=told, now=now)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_the_clock_runs_from_when_it_was_posted(desk: Desk, sam: Viewer) -> None:
    conversation = captured(desk, sam, now=MORNING + 2 * HOUR)

    assert clock(conversation).due_at == MORNING + 4 * HOUR
    message = conversation.messages.get()
    assert (message.received_at, message.ingested_at) == (MORNING, MORNING + 2 * HOUR)
    assert [sighting.way for sighting in message.sightings.all()] == ["capture"]
    assert conversation.name == "Ola Wren"
    entry = Entry.objects.get(verb="conversation:message:captured")
    assert (entry.actor_name, entry.details["screenshot"]) == ("Sam", SHOT.digest)


def test_the_same_item_captured_by_two_people_is_one(desk: Desk, sam: Viewer) -> None:
    first = captured(desk, sam, now=MORNING + HOUR)
    second = captured(desk, desk.lead, now=MORNING + 2 * HOUR)

    assert first == second
    assert Message.objects.count() == 1
    assert Capture.objects.get().person_id == sam.id
    assert verbs().count("conversation:message:captured") == 1


def test_what_one_person_writes_on_joins_their_enquiry(desk: Desk, sam: Viewer) -> None:
    captured(desk, sam, now=MORNING + HOUR)
    conversation = captured(
        desk, sam, now=MORNING + HOUR, text="Hello?", at=MORNING + 30 * MINUTE, handle="@OLA"
    )

    assert conversation.messages.count() == 2
    assert clock(conversation).due_at == MORNING + 4 * HOUR


def test_private_and_public_are_two_conversations(desk: Desk, sam: Viewer) -> None:
    public = captured(desk, sam, now=MORNING + HOUR)
    private = captured(desk, sam, now=MORNING + HOUR, kind=Kind.MESSAGE)

    assert public != private
    assert (public.private, private.private) == (False, True)


def test_a_capture_does_not_say_that_the_platform_reaches_us(desk: Desk, sam: Viewer) -> None:
    captured(desk, sam, now=MORNING + HOUR)

    assert Account.objects.get(brand_id=desk.brand_id).last_event_at is None


def test_what_is_still_to_come_or_not_ours_is_refused(desk: Desk, sam: Viewer) -> None:
    stranger = joins("Rae", Role.READER, desk.brand_id)
    for viewer, more, field in (
        (sam, {"at": MORNING + HOUR}, "at"),
        (sam, {"account_id": 0}, "account"),
        (stranger, {}, "account"),
    ):
        with pytest.raises(CaptureRefusedError) as refused:
            capturing.ask(viewer=viewer, asked=asked(desk, **more), now=MORNING)
        assert refused.value.field == field
    assert Capture.objects.count() == 0


def test_an_answer_given_there_stops_the_clock_at_its_time(desk: Desk, sam: Viewer) -> None:
    conversation = captured(desk, sam, now=MORNING + HOUR)
    message = answer(sam, conversation, at=MORNING + 2 * HOUR, now=MORNING + 5 * HOUR)

    stopped = clock(conversation)
    assert (stopped.state, stopped.stopped_at) == ("stopped", MORNING + 2 * HOUR)
    assert (message.person_id, message.received_at) == (sam.id, MORNING + 2 * HOUR)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.waiting_count) == ("waiting for customer", 0)
    entry = Entry.objects.get(verb="conversation:answer:captured")
    assert (entry.clause, entry.policy_version, entry.actor_name) == ("6.5", "1", "Sam")


def test_a_late_answer_is_a_late_answer(desk: Desk, sam: Viewer) -> None:
    conversation = captured(desk, sam, now=MORNING + HOUR)
    answer(sam, conversation, at=MORNING + 5 * HOUR, now=MORNING + 6 * HOUR)

    assert clock(conversation).stopped_at == MORNING + 5 * HOUR
    assert clock(conversation).due_at < MORNING + 5 * HOUR


def test_what_they_wrote_after_the_answer_waits_anew(desk: Desk, sam: Viewer) -> None:
    captured(desk, sam, now=MORNING + 3 * HOUR)
    conversation = captured(
        desk, sam, now=MORNING + 3 * HOUR, text="And now?", at=MORNING + 2 * HOUR
    )
    answer(sam, conversation, at=MORNING + HOUR, now=MORNING + 3 * HOUR)

    conversation.refresh_from_db()
    assert conversation.waiting_count == 1
    assert clock(conversation).due_at == MORNING + 6 * HOUR
    assert clock(conversation).state == "running"


@pytest.mark.parametrize(
    ("at", "proof", "field"),
    [
        (MORNING - MINUTE, SHOT, "at"),
        (MORNING + 9 * HOUR, SHOT, "at"),
        (MORNING + HOUR, Proof(), "screenshot"),
    ],
    ids=["before the question", "in the future", "without proof"],
)
def test_an_answer_that_cannot_be_true_is_refused(
    desk: Desk, sam: Viewer, at: datetime, proof: Proof, field: str
) -> None:
    conversation = captured(desk, sam, now=MORNING + HOUR)
    with pytest.raises(CaptureRefusedError) as refused:
        answer(sam, conversation, at=at, now=MORNING + 2 * HOUR, proof=proof)

    assert refused.value.field == field
    assert clock(conversation).state == "running"
    assert Message.objects.count() == 1


def test_an_answer_is_recorded_once(desk: Desk, sam: Viewer) -> None:
    conversation = captured(desk, sam, now=MORNING + HOUR)
    answer(sam, conversation, at=MORNING + HOUR, now=MORNING + 2 * HOUR)
    with pytest.raises(CaptureRefusedError, match="Nothing waits"):
        answer(sam, conversation, at=MORNING + HOUR, now=MORNING + 2 * HOUR)

    assert Message.objects.count() == 2


def test_an_answer_in_the_app_to_what_the_platform_brought(desk: Desk, sam: Viewer) -> None:
    conversation = desk.is_asked("Is anyone coming?", at=MORNING)
    answer(
        sam,
        conversation,
        at=MORNING + HOUR,
        now=MORNING + 2 * HOUR,
        proof=Proof(url="https://social.example/p/1"),
    )

    assert clock(conversation).stopped_at == MORNING + HOUR
