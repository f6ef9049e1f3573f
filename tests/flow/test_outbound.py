"""A reply goes out once, whatever the platform does, and its clock stops at the platform's time."""

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from glede.desk.alerts import queries as alerts
from glede.desk.clocks.models import Clock
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import queries as conversation_queries
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import NotNeeded
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import TooLate
from glede.desk.replies import queries as replies
from glede.desk.replies.rules import Found
from glede.flow import handling, outbound
from glede.flow.outbound import Queued, Stopped
from glede.kit import clock
from glede.platforms.contract import Gone, OutcomeUnknown, Reconnect, Refused, TryAgain
from glede.rulebook.accounts.models import Account
from glede.rulebook.people.rules import Viewer
from tests.flow.conftest import MORNING, Desk, all_jobs_are_lost

#: Real commits: nothing of ours may be held open while a platform is spoken to.
pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(desk: Desk) -> Conversation:
    return desk.is_asked(at=clock.now() - HOUR, id="c-1")


def reply(
    conversation: Conversation,
    viewer: Viewer,
    text: str = "A roofer comes tomorrow.",
    **more: object,
) -> Queued | Stopped:
    conversation.refresh_from_db()
    options = {"seen_revision": conversation.revision, "now": clock.now()} | more
    return outbound.queue_reply(
        viewer=viewer, conversation_id=conversation.pk, text=text, **options
    )


def queued(conversation: Conversation, viewer: Viewer, **more: object) -> Delivery:
    """A reply whose undo window is over."""
    result = reply(conversation, viewer, **more)
    assert isinstance(result, Queued)
    Delivery.objects.filter(pk=result.delivery_id).update(
        release_at=clock.now(), next_try_at=clock.now()
    )
    return Delivery.objects.get(pk=result.delivery_id)


def deliver(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk, next_try_at__isnull=False).update(
        next_try_at=clock.now()
    )
    outbound.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_a_reply_stands_on_the_platform_signed_and_stops_the_clock_at_its_time(
    desk: Desk, asked: Conversation
) -> None:
    desk.town.network.at = clock.now() - timedelta(minutes=1)
    delivery = deliver(queued(asked, desk.sam))

    assert delivery.state == "sent"
    (post,) = desk.town.network.posts.values()
    assert (post.text, post.parent) == ("A roofer comes tomorrow. ^Sam", "c-1")
    stopped = Clock.objects.get(kind="acknowledge")
    assert (stopped.state, stopped.stopped_at) == ("stopped", desk.town.network.at)
    assert (stopped.stopped_by_kind, stopped.stopped_by_id) == ("delivery", delivery.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.due_kind) == ("waiting for customer", "resolve")


def test_the_words_move_from_the_delivery_into_the_message(desk: Desk, asked: Conversation) -> None:
    delivery = deliver(queued(asked, desk.sam))

    assert delivery.text == ""
    assert delivery.message is not None
    assert delivery.message.person_id == desk.sam.id
    assert delivery.message.versions.get().text == "A roofer comes tomorrow. ^Sam"


def test_ones_own_reply_is_nothing_new_to_oneself_and_new_to_colleagues(
    desk: Desk, asked: Conversation
) -> None:
    conversations.read(
        conversation_id=asked.pk,
        person_id=desk.lead.id,
        revision=asked.revision,
        now=clock.now(),
    )
    deliver(queued(asked, desk.sam))

    (hers,) = conversation_queries.rows_of(desk.lead, ids=[asked.pk])
    (his,) = conversation_queries.rows_of(desk.sam, ids=[asked.pk])
    assert (hers.unread, his.unread) == (True, False)


def test_nothing_leaves_within_the_undo_window_and_taking_back_returns_the_words(
    desk: Desk, asked: Conversation
) -> None:
    result = reply(asked, desk.sam)
    assert isinstance(result, Queued)
    outbound.deliver(delivery_id=result.delivery_id)
    assert not desk.town.network.posts

    outbound.take_back(viewer=desk.sam, delivery_id=result.delivery_id, now=clock.now())

    Delivery.objects.update(next_try_at=clock.now())
    outbound.deliver(delivery_id=result.delivery_id)
    assert not desk.town.network.posts
    draft = replies.draft(conversation_id=asked.pk, person_id=desk.sam.id)
    assert draft == "A roofer comes tomorrow."


def test_who_answers_what_nobody_has_has_it_from_then_on(desk: Desk, asked: Conversation) -> None:
    result = reply(asked, desk.sam)
    assert isinstance(result, Queued)
    asked.refresh_from_db()
    assert (asked.owner_id, asked.state) == (desk.sam.id, "in progress")

    outbound.take_back(viewer=desk.sam, delivery_id=result.delivery_id, now=clock.now())
    asked.refresh_from_db()
    assert (asked.owner_id, asked.state) == (None, "new")


def test_what_somebody_has_stays_theirs_whoever_answers(desk: Desk, asked: Conversation) -> None:
    Conversation.objects.update(owner_id=desk.lead.id)
    result = reply(asked, desk.sam)
    assert isinstance(result, Queued)
    outbound.take_back(viewer=desk.sam, delivery_id=result.delivery_id, now=clock.now())
    asked.refresh_from_db()
    assert asked.owner_id == desk.lead.id


def test_what_was_handed_on_meanwhile_is_not_taken_away(desk: Desk, asked: Conversation) -> None:
    result = reply(asked, desk.sam)
    assert isinstance(result, Queued)
    Conversation.objects.update(owner_id=desk.lead.id)
    outbound.take_back(viewer=desk.sam, delivery_id=result.delivery_id, now=clock.now())
    asked.refresh_from_db()
    assert asked.owner_id == desk.lead.id


def test_what_has_left_cannot_be_taken_back(desk: Desk, asked: Conversation) -> None:
    delivery = deliver(queued(asked, desk.sam))

    with pytest.raises(TooLate, match="has left already"):
        outbound.take_back(viewer=desk.sam, delivery_id=delivery.pk, now=clock.now())


def test_delivering_twice_sends_once(desk: Desk, asked: Conversation) -> None:
    delivery = queued(asked, desk.sam)
    deliver(delivery)
    deliver(delivery)

    assert len(desk.town.network.posts) == 1
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.parametrize(
    ("text", "found", "says"),
    [
        ("   ", Found.EMPTY, "Write something first"),
        ("x" * 296, Found.TOO_LONG, "1 characters too long"),
    ],
)
def test_the_guard_stops_what_cannot_go(
    desk: Desk, asked: Conversation, text: str, found: Found, says: str
) -> None:
    result = reply(asked, desk.sam, text, confirmed=frozenset(Found))

    assert isinstance(result, Stopped)
    assert result.findings[0].found == found
    assert says in result.findings[0].says
    assert not Delivery.objects.exists()


def test_the_words_of_a_stopped_reply_are_kept_as_a_draft(desk: Desk, asked: Conversation) -> None:
    reply(asked, desk.sam, "x" * 400)

    assert replies.draft(conversation_id=asked.pk, person_id=desk.sam.id) == "x" * 400


def test_a_person_without_a_sign_off_or_the_right_cannot_reply(
    desk: Desk, asked: Conversation
) -> None:
    nobody = Viewer(desk.sam.id, "Nobody", "", ())

    result = reply(asked, nobody, confirmed=frozenset(Found))

    assert isinstance(result, Stopped)
    assert {finding.found for finding in result.findings} == {Found.NOT_ALLOWED, Found.NO_SIGN_OFF}


def test_an_answer_given_meanwhile_stops_the_second_reply_once(
    desk: Desk, asked: Conversation
) -> None:
    asked.refresh_from_db()
    seen = asked.revision
    deliver(queued(asked, desk.meena))

    first = reply(asked, desk.sam, seen_revision=seen)
    assert isinstance(first, Stopped)
    assert first.findings[0].found == Found.ANSWERED
    assert "Meena answered at" in first.findings[0].says

    confirmed = frozenset({Found.ANSWERED.value})
    second = reply(asked, desk.sam, seen_revision=seen, confirmed=confirmed)
    assert isinstance(second, Queued)


def test_a_reply_underway_by_somebody_else_is_told(desk: Desk, asked: Conversation) -> None:
    reply(asked, desk.meena)

    result = reply(asked, desk.sam)

    assert isinstance(result, Stopped)
    assert "Meena is sending a reply now" in result.findings[0].says


def test_new_words_of_the_resident_stop_the_reply_once(desk: Desk, asked: Conversation) -> None:
    asked.refresh_from_db()
    seen = asked.revision
    desk.is_asked("It got worse", at=clock.now(), id="c-2")

    result = reply(asked, desk.sam, seen_revision=seen)

    assert isinstance(result, Stopped)
    assert result.findings[0].found == Found.NEW_WORDS


def test_try_again_waits_as_long_as_the_platform_asked(desk: Desk, asked: Conversation) -> None:
    until = clock.now() + HOUR
    desk.town.network.fail_with = [TryAgain("Too many calls.", at=until)]
    delivery = deliver(queued(asked, desk.sam))

    assert (delivery.state, delivery.next_try_at) == ("retry", until)
    outbound.deliver(delivery_id=delivery.pk)
    assert not desk.town.network.posts

    deliver(delivery)
    assert delivery.state == "sent"


def test_a_reply_that_waits_too_long_is_given_back_to_its_writer(
    desk: Desk, asked: Conversation
) -> None:
    delivery = queued(asked, desk.sam)
    Delivery.objects.update(release_at=clock.now() - 3 * HOUR)
    desk.town.network.fail_with = [TryAgain("Down for maintenance.")]
    deliver(delivery)

    assert (delivery.state, delivery.reason) == ("failed", "Down for maintenance.")
    (told,) = alerts.latest(desk.sam.id)
    assert "did not go out: Down for maintenance." in told.says


@pytest.mark.parametrize("error", [Refused("Comments are closed."), Gone("It was deleted.")])
def test_a_refusal_fails_at_once_with_the_platforms_reason(
    desk: Desk, asked: Conversation, error: Refused
) -> None:
    desk.town.network.fail_with = [error]
    delivery = deliver(queued(asked, desk.sam))

    assert (delivery.state, delivery.reason) == ("failed", str(error))
    assert delivery.text == "A roofer comes tomorrow. ^Sam"
    assert Clock.objects.get(kind="acknowledge").state == "running"


def test_a_failed_reply_can_be_tried_again_by_a_person(desk: Desk, asked: Conversation) -> None:
    desk.town.network.fail_with = [Refused("Comments are closed.")]
    delivery = deliver(queued(asked, desk.sam))
    outbound.try_again(viewer=desk.sam, delivery_id=delivery.pk, now=clock.now())

    assert deliver(delivery).state == "sent"


def test_an_unknown_outcome_is_read_back_and_never_sent_twice(
    desk: Desk, asked: Conversation
) -> None:
    def answer_is_lost() -> None:
        raise OutcomeUnknown("No answer came.")

    desk.town.network.after = answer_is_lost
    delivery = deliver(queued(asked, desk.sam))
    assert delivery.state == "unknown"

    desk.town.network.after = None
    desk.town.network.at = clock.now()
    deliver(delivery)

    assert delivery.state == "sent"
    assert len(desk.town.network.posts) == 1
    assert Clock.objects.get(kind="acknowledge").state == "stopped"


def test_an_unknown_outcome_that_did_not_arrive_is_sent_again_once_lists_have_settled(
    desk: Desk, asked: Conversation
) -> None:
    desk.town.network.fail_with = [OutcomeUnknown("The line broke.")]
    delivery = deliver(queued(asked, desk.sam))
    assert delivery.state == "unknown"

    deliver(delivery)
    assert delivery.state == "unknown"
    assert delivery.next_try_at is not None
    assert delivery.next_try_at > clock.now() + timedelta(seconds=60)

    long_ago = clock.now() - timedelta(minutes=5)
    Delivery.objects.filter(pk=delivery.pk).update(sending_at=long_ago)
    deliver(delivery)
    assert delivery.state == "retry"
    deliver(delivery)
    assert delivery.state == "sent"
    assert delivery.tries == 2


def test_a_platform_that_is_down_while_reading_back_leaves_the_outcome_unknown(
    desk: Desk, asked: Conversation
) -> None:
    desk.town.network.fail_with = [OutcomeUnknown("The line broke."), TryAgain("Still down.")]
    delivery = deliver(queued(asked, desk.sam))
    deliver(delivery)

    assert delivery.state == "unknown"
    assert delivery.next_try_at is not None


def test_a_dead_token_keeps_the_reply_and_asks_for_a_new_connection(
    desk: Desk, asked: Conversation
) -> None:
    desk.town.network.fail_with = [Reconnect("The app password was revoked.")]
    delivery = deliver(queued(asked, desk.sam))

    assert delivery.state == "retry"
    assert Account.objects.get().state == "lapsed"
    deliver(delivery)
    assert not desk.town.network.posts
    found = reply(asked, desk.sam)
    assert isinstance(found, Stopped)
    assert Found.LAPSED in {finding.found for finding in found.findings}


def test_a_token_that_dies_while_reading_back_keeps_the_outcome_unknown(
    desk: Desk, asked: Conversation
) -> None:
    desk.town.network.fail_with = [OutcomeUnknown("The line broke."), Reconnect("Revoked.")]
    delivery = deliver(queued(asked, desk.sam))
    deliver(delivery)

    assert delivery.state == "unknown"
    assert Account.objects.get().state == "lapsed"


def test_a_sender_that_dies_while_sending_leaves_an_unknown_outcome_to_look_into(
    desk: Desk, asked: Conversation
) -> None:
    delivery = queued(asked, desk.sam)
    long_ago = clock.now() - timedelta(minutes=10)
    Delivery.objects.update(state="sending", sending_at=long_ago, next_try_at=None, tries=1)

    assert outbound.lost(now=clock.now()) == 1

    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    deliver(delivery)
    deliver(delivery)
    assert delivery.state == "sent"


def test_a_sender_at_work_is_left_alone(desk: Desk, asked: Conversation) -> None:
    delivery = queued(asked, desk.sam)
    Delivery.objects.update(state="sending", sending_at=clock.now(), next_try_at=None, tries=1)

    assert outbound.lost(now=clock.now()) == 0
    deliver(delivery)
    assert not desk.town.network.posts


def test_a_delivery_whose_job_was_lost_gets_a_new_one(desk: Desk, asked: Conversation) -> None:
    queued(asked, desk.sam)
    Delivery.objects.update(next_try_at=clock.now() - HOUR)
    all_jobs_are_lost()

    assert outbound.lost(now=clock.now()) == 1

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs")
        assert cursor.fetchall() == [(outbound.DELIVER,)]


def test_a_delivery_that_only_waits_for_its_turn_gets_no_second_job(
    desk: Desk, asked: Conversation
) -> None:
    queued(asked, desk.sam)
    now = clock.now() + HOUR

    assert outbound.lost(now=now) == 0
    assert ProcrastinateJob.objects.filter(task_name=outbound.DELIVER).count() == 1


def test_an_echo_that_overtakes_the_platforms_answer_confirms_the_reply(
    desk: Desk, asked: Conversation
) -> None:
    delivery = queued(asked, desk.sam)

    def echo() -> None:
        key = next(iter(desk.town.network.posts))
        event = desk.town.written(
            f"post-{key}",
            "A roofer comes tomorrow. ^Sam",
            at=clock.now(),
            ours=True,
            parent="c-1",
        )
        desk.hears(event, now=clock.now())

    desk.town.network.after = echo
    deliver(delivery)

    assert delivery.state == "sent"
    assert Message.objects.filter(direction="out").count() == 1
    assert Clock.objects.get(kind="acknowledge").stopped_by_kind == "delivery"


def test_an_echo_after_the_answer_is_the_same_message(desk: Desk, asked: Conversation) -> None:
    delivery = deliver(queued(asked, desk.sam))
    event = desk.town.written(
        delivery.native_id, "A roofer comes tomorrow. ^Sam", at=clock.now(), ours=True, parent="c-1"
    )
    desk.hears(event, now=clock.now())

    assert Message.objects.filter(direction="out").count() == 1


def test_a_reply_to_words_that_were_taken_away_does_not_go(desk: Desk, asked: Conversation) -> None:
    delivery = queued(asked, desk.sam)
    desk.hears(desk.town.deleted("c-1", at=clock.now()), now=clock.now())
    deliver(delivery)

    assert delivery.state == "failed"
    assert "took their message away" in delivery.reason
    result = reply(asked, desk.sam)
    assert isinstance(result, Stopped)
    assert Found.NOBODY in {finding.found for finding in result.findings}


def test_send_and_resolve_settles_once_the_platform_has_it(desk: Desk, asked: Conversation) -> None:
    delivery = queued(asked, desk.sam, afterwards="resolve")
    asked.refresh_from_db()
    assert asked.state == "in progress"

    deliver(delivery)

    asked.refresh_from_db()
    assert asked.state == "resolved"
    assert asked.enquiries.get().answered_at is not None


def test_no_reply_needed_counts_apart_and_can_be_taken_back(
    desk: Desk, asked: Conversation
) -> None:
    due_at = Clock.objects.get(kind="acknowledge").due_at
    handling.no_reply_needed(
        viewer=desk.sam, conversation_id=asked.pk, reason=NotNeeded.CHAT, now=clock.now()
    )
    assert Clock.objects.get(kind="acknowledge").state == "not_needed"
    closed = asked.enquiries.get()
    assert (closed.closed_as, closed.closed_by_id) == ("no reply needed", desk.sam.id)

    handling.reopen(viewer=desk.sam, conversation_id=asked.pk, now=clock.now())

    reopened = Clock.objects.get(kind="acknowledge")
    assert (reopened.state, reopened.due_at) == ("running", due_at)


def test_a_note_is_never_sent_and_stops_no_clock(desk: Desk, asked: Conversation) -> None:
    handling.note(
        viewer=desk.sam, conversation_id=asked.pk, text="Roofer Wed 8-12", now=clock.now()
    )

    assert Clock.objects.get(kind="acknowledge").state == "running"
    assert not Delivery.objects.exists()


def test_the_deadline_of_a_reply_is_stamped_with_clause_and_version(
    desk: Desk, asked: Conversation
) -> None:
    in_hours = desk.is_asked("In hours", at=MORNING, by="gareth")

    delivery = queued(in_hours, desk.sam)

    assert (delivery.clause, delivery.policy_version) == ("6.5", "1")
