"""What stops a clock (clauses 6.5, 6.7), case by case, as it happens at the desk."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from glede.desk.clocks.models import Clock
from glede.desk.conversations import queries_quality
from glede.desk.conversations import rules as conversation_rules
from glede.desk.conversations.models import Conversation, Enquiry
from glede.desk.conversations.rules import NotNeeded
from glede.desk.outbox.models import Delivery
from glede.desk.replies import actions as drafts
from glede.flow import handling, outbound
from tests import cast as casts
from tests.cast import Cast
from tests.policy.desk_at_night import answers, at, clock, leaves, london, says, signed_in, writes

TUESDAY = "2026-11-24 11:00"
NOON = london("2026-11-24 12:00")


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    with transaction.atomic():
        return casts.build()


@pytest.fixture
def asked(cast: Cast) -> Conversation:
    return writes(cast, "The stair light is out.", when=TUESDAY)


def test_a_reply_stops_it_at_the_platforms_time(cast: Cast, asked: Conversation) -> None:
    delivery = answers(cast.sam, asked, "We come today.", when=NOON)

    stopped = clock(asked)
    assert (stopped.state, stopped.stopped_at) == ("stopped", delivery.sent_at)
    assert (stopped.stopped_by_kind, stopped.stopped_by_id) == ("delivery", delivery.pk)


def test_a_draft_a_note_and_a_reply_in_its_undo_time_do_not(
    cast: Cast, asked: Conversation
) -> None:
    drafts.keep_draft(
        conversation_id=asked.pk, person_id=cast.sam.id, text="We come today.", now=NOON
    )
    handling.note(viewer=cast.sam, conversation_id=asked.pk, text="Rang twice.", now=NOON)
    outbound.queue_reply(
        viewer=cast.sam, conversation_id=asked.pk, text="Soon.", seen_revision=99, now=NOON
    )

    assert clock(asked).state == "running"


def test_a_failed_send_does_not(cast: Cast, asked: Conversation) -> None:
    with at(NOON):
        queued = outbound.queue_reply(
            viewer=cast.sam, conversation_id=asked.pk, text="Soon.", seen_revision=99, now=NOON
        )
    assert isinstance(queued, outbound.Queued)
    Delivery.objects.update(text=" ")  # the website takes no empty answer
    with at(queued.release_at):
        outbound.deliver(delivery_id=queued.delivery_id)

    assert Delivery.objects.get().state == "failed"
    assert clock(asked).state == "running"


def test_giving_it_to_somebody_else_neither_stops_nor_restarts_it(
    cast: Cast, asked: Conversation
) -> None:
    due = clock(asked).due_at

    handling.assign(viewer=cast.sam, conversation_id=asked.pk, person_id=cast.meena.id, now=NOON)

    assert (clock(asked).state, clock(asked).due_at) == ("running", due)


def test_an_automatic_acknowledgement_counts_in_hours_only_if_the_owner_says_so(
    cast: Cast,
) -> None:
    says(
        since="2026-11-23 09:00",
        acknowledge__automatic_in_hours=True,
        auto_ack_counts_in_hours=True,
    )
    asked = writes(cast, "The stair light is out.", when=TUESDAY)

    leaves(after=london(TUESDAY))

    assert clock(asked).state == "stopped"


def test_the_human_follow_up_runs_until_a_person_answers(cast: Cast) -> None:
    asked = writes(cast, "The stair light is out.", when="2026-11-28 11:00")
    leaves(after=london("2026-11-28 11:00"))
    assert (clock(asked).state, clock(asked, "follow_up").state) == ("stopped", "running")

    answers(cast.sam, asked, "We come today.", when=london("2026-11-30 09:10"))

    assert clock(asked, "follow_up").state == "stopped"
    assert clock(asked, "resolve").state == "running"


@pytest.mark.parametrize("reason", list(NotNeeded))
def test_no_reply_needed_closes_it_with_a_reason_and_a_name(
    cast: Cast, asked: Conversation, reason: NotNeeded
) -> None:
    handling.no_reply_needed(
        viewer=cast.sam, conversation_id=asked.pk, reason=reason, words="seen", now=NOON
    )

    closed = asked.enquiries.get()
    assert (closed.closed_as, closed.closed_reason) == ("no reply needed", reason)
    assert closed.closed_by_id == cast.sam.id
    assert {one.state for one in Clock.objects.all()} == {"not_needed"}


def test_another_reason_needs_words_and_nothing_waiting_needs_no_reason(
    cast: Cast, asked: Conversation
) -> None:
    with pytest.raises(ValueError, match="few words"):
        handling.no_reply_needed(
            viewer=cast.sam, conversation_id=asked.pk, reason=NotNeeded.OTHER, now=NOON
        )
    answers(cast.sam, asked, "We come today.", when=NOON)
    with pytest.raises(ValueError, match="Nothing here waits"):
        handling.no_reply_needed(
            viewer=cast.sam, conversation_id=asked.pk, reason=NotNeeded.TAG, now=NOON
        )


def test_the_desk_proposes_praise_and_decides_nothing(cast: Cast) -> None:
    praise = writes(cast, "Thank you, brilliant work!", when=TUESDAY, name="Dawn")
    question = writes(cast, "Thanks, but when do you come?", when=TUESDAY, name="Gareth")
    words = ["thank you", "thanks", "brilliant"]

    assert queries_quality.proposal(praise.pk, praise=words) is NotNeeded.PRAISE
    assert queries_quality.proposal(question.pk, praise=words) is None
    assert clock(praise).state == "running"
    with at(NOON):
        page = signed_in(cast.sam).get(f"/c/{praise.pk}/no-reply/").content.decode()
    assert "This may be praise." in page
    assert re.search(r'value="praise"[^>]*checked', page)


def test_a_share_is_looked_at_again_by_somebody_else(cast: Cast, asked: Conversation) -> None:
    says(since="2026-11-23 09:00", not_needed__sample=100)
    handling.no_reply_needed(
        viewer=cast.sam, conversation_id=asked.pk, reason=NotNeeded.TAG, now=NOON
    )
    due = clock(asked).due_at
    enquiry = Enquiry.objects.get()
    with at(NOON):
        lead = signed_in(cast.priya)
        assert "Dawn" in lead.get("/sample/").content.decode()
        with pytest.raises(ValueError, match="somebody else"):
            handling.check(viewer=cast.sam, enquiry_id=enquiry.pk, right=True, now=NOON)
        lead.post(f"/sample/{enquiry.pk}/", {"found": "wrong"})

    enquiry.refresh_from_db()
    assert (enquiry.check_found, enquiry.checked_by_id) == ("a reply was needed", cast.priya.id)
    assert (clock(asked).state, clock(asked).due_at) == ("running", due)


def test_the_sample_is_the_same_whoever_asks_and_about_the_share() -> None:
    chosen = [conversation_rules.is_sampled(one, percent=10) for one in range(5_000)]

    assert chosen == [conversation_rules.is_sampled(one, percent=10) for one in range(5_000)]
    assert 400 < sum(chosen) < 600
    assert all(conversation_rules.is_sampled(one, percent=100) for one in range(100))


@pytest.mark.parametrize(("days", "again"), [(13, True), (15, False)])
def test_a_further_post_within_fourteen_days_opens_it_again_with_a_clock_of_its_own(
    cast: Cast, asked: Conversation, days: int, again: bool
) -> None:
    answers(cast.sam, asked, "Mended.", when=NOON)
    handling.resolve(viewer=cast.sam, conversation_id=asked.pk, now=NOON + timedelta(minutes=5))
    later = (NOON + timedelta(days=days)).strftime("%Y-%m-%d 12:00")

    back = writes(cast, "It is out again.", when=later, thread=asked.thread.native_id)

    assert (back.pk == asked.pk) == again
    assert clock(back).state == "running"
    assert clock(back).started_at == london(later)
    assert clock(back, "resolve").started_at == london(later)
    if again:
        # It comes back to whoever answered it.
        assert (back.owner_id, back.state) == (cast.sam.id, "in progress")
        assert back.enquiries.count() == 2
