"""A public question answered in private: asked for with a reason, once, in time, as one matter."""

from datetime import timedelta

import pytest

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message, Thread
from glede.desk.outbox import queries as outbox_queries
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import Because, WrongState
from glede.desk.replies.rules import Found
from glede.flow import outbound
from glede.flow.guard import Aside
from glede.flow.outbound import Queued, Stopped
from glede.kit import clock
from glede.platforms.contract import AnswerThere, Kind, OutcomeUnknown, Refused
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import Verb
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ASIDE = Aside(Because.DATA_PROTECTION, "We have sent you a message.")
WORDS = "Which flat is it, and may we ring you?"


@pytest.fixture
def asked(able: Desk) -> Conversation:
    return able.is_asked(at=clock.now() - HOUR, id="c-1")


def ask(
    desk: Desk, conversation: Conversation, text: str = WORDS, **more: object
) -> Queued | Stopped:
    conversation.refresh_from_db()
    given = {"seen_revision": conversation.revision, "now": clock.now(), "aside": ASIDE} | more
    return outbound.queue_reply(
        viewer=desk.sam, conversation_id=conversation.pk, text=text, **given
    )


def queued(desk: Desk, conversation: Conversation, **more: object) -> Delivery:
    result = ask(desk, conversation, **more)
    assert isinstance(result, Queued), result
    Delivery.objects.filter(pk=result.delivery_id).update(
        release_at=clock.now(), next_try_at=clock.now()
    )
    return Delivery.objects.get(pk=result.delivery_id)


def deliver(delivery: Delivery) -> Delivery:
    outbound.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def found(result: Queued | Stopped) -> set[Found]:
    assert isinstance(result, Stopped)
    return {finding.found for finding in result.findings}


def test_a_public_question_is_answered_in_private_and_a_line_says_so_in_public(
    able: Desk, asked: Conversation
) -> None:
    private = deliver(queued(able, asked))
    assert private.state == "sent"
    (first,) = able.town.network.posts.values()
    assert (first.private, first.parent, first.parent_kind) == (True, "c-1", Kind.COMMENT)
    assert first.to == "dawn"
    assert first.heard_at == Message.objects.get(native_id="c-1").received_at

    line = Delivery.objects.exclude(pk=private.pk).get()
    deliver(line)
    second = able.town.network.posts[line.key]
    assert (second.private, second.text) == (False, "We have sent you a message. ^Sam")
    assert second.parent == "c-1"
    stopped = Clock.objects.get(kind="acknowledge")
    assert stopped.stopped_by_id == private.pk


def test_the_reason_and_its_clause_stand_in_the_record(able: Desk, asked: Conversation) -> None:
    delivery = queued(able, asked)

    entry = Entry.objects.get(verb=Verb.REPLY_QUEUED, object_id=str(asked.pk))
    assert entry.clause == "6.3"
    assert entry.details["because"] == "data_protection"
    assert delivery.private_because == "data_protection"


def test_no_public_line_goes_when_the_private_answer_did_not(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.fail_with = [Refused("They take no messages.")]
    deliver(queued(able, asked))

    assert Delivery.objects.count() == 1
    assert not able.town.network.posts


def test_what_they_write_in_private_then_joins_the_same_matter(
    able: Desk, asked: Conversation
) -> None:
    deliver(queued(able, asked))
    again = able.is_asked("Flat 12", at=clock.now(), id="m-1", thread="dm-dawn", private=True)

    assert again.pk == asked.pk
    assert Thread.objects.get(native_id="dm-dawn").continues_id == asked.pk
    assert Conversation.objects.count() == 1
    # It is a further question of the same matter, and the next reply goes where they wrote.
    assert asked.enquiries.filter(follow_up=True).count() == 1
    reply = queued(able, asked, aside=None)
    assert (reply.private, reply.thread.native_id) == (True, "dm-dawn")
    closing = queued(able, asked, aside=None, in_public=True, confirmed=frozenset(Found))
    assert (closing.private, closing.thread.native_id) == (False, "t-1")


def test_the_echo_in_the_private_thread_is_the_same_message(
    able: Desk, asked: Conversation
) -> None:
    delivery = queued(able, asked)

    def echo() -> None:
        (key,) = able.town.network.posts
        event = able.town.written(
            f"post-{key}",
            f"{WORDS} ^Sam",
            at=clock.now(),
            ours=True,
            private=True,
            thread="dm-1",
        )
        able.hears(event, now=clock.now())

    able.town.network.after = echo
    deliver(delivery)

    assert delivery.state == "sent"
    message = Message.objects.get(direction="out")
    assert message.thread is not None
    assert (message.thread.native_id, message.thread.continues_id) == ("dm-1", asked.pk)


def test_an_echo_after_the_answer_says_in_which_private_thread_it_stands(
    able: Desk, asked: Conversation
) -> None:
    delivery = deliver(queued(able, asked))
    event = able.town.written(
        delivery.native_id, f"{WORDS} ^Sam", at=clock.now(), ours=True, private=True, thread="dm-1"
    )
    able.hears(event, now=clock.now())
    # Another handle writes there: the thread, not the name, says which matter it is.
    again = able.is_asked("Flat 12", at=clock.now(), id="m-1", thread="dm-1", by="d", private=True)

    assert again.pk == asked.pk


def test_a_second_private_answer_to_one_message_is_refused(able: Desk, asked: Conversation) -> None:
    deliver(queued(able, asked))

    assert Found.ONCE in found(ask(able, asked, confirmed=frozenset(Found)))


def test_a_failed_private_answer_is_not_tried_again_after_another_one_went(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.fail_with = [Refused("Not now.")]
    first = deliver(queued(able, asked))
    deliver(queued(able, asked))

    with pytest.raises(WrongState, match="answered in private already"):
        outbound.try_again(viewer=able.sam, delivery_id=first.pk, now=clock.now())


def test_a_private_answer_after_seven_days_is_refused_before_it_is_sent(able: Desk) -> None:
    old = able.is_asked(at=clock.now() - 8 * DAY, id="c-old")

    result = ask(able, old)

    assert Found.WINDOW in found(result)
    assert isinstance(result, Stopped)
    assert any("for 7 days after that" in finding.says for finding in result.findings)
    assert not able.town.network.posts


def test_a_window_that_shuts_while_a_reply_waits_stops_it_before_the_platform_is_asked(
    able: Desk, asked: Conversation
) -> None:
    delivery = queued(able, asked)
    Message.objects.filter(native_id="c-1").update(received_at=clock.now() - 8 * DAY)
    deliver(delivery)

    assert delivery.state == "failed"
    assert "lets us answer in private for 7 days" in delivery.reason
    assert not able.town.network.posts


def test_a_reason_the_policy_does_not_name_is_asked_back_once(
    able: Desk, asked: Conversation
) -> None:
    aside = Aside(Because.SAFETY)

    result = ask(able, asked, aside=aside)

    assert found(result) == {Found.NOT_THE_POLICY}
    assert isinstance(result, Stopped)
    assert "personal details are needed or it is too complex" in result.findings[0].says
    confirmed = frozenset({Found.NOT_THE_POLICY.value})
    assert isinstance(ask(able, asked, aside=aside, confirmed=confirmed), Queued)


def test_a_platform_without_private_answers_refuses_with_words(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-9")

    assert Found.CANNOT in found(ask(desk, conversation))


def test_a_private_answer_whose_outcome_is_unknown_is_found_again_and_not_sent_twice(
    able: Desk, asked: Conversation
) -> None:
    def answer_is_lost() -> None:
        raise OutcomeUnknown("No answer came.")

    able.town.network.after = answer_is_lost
    delivery = deliver(queued(able, asked))
    able.town.network.after = None
    deliver(delivery)

    assert delivery.state == "sent"
    assert len(able.town.network.posts) == 1


# --- Where only a person may answer, in the platform's own app -------------------------------


def test_an_answer_only_the_app_takes_becomes_a_task_with_its_address(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.fail_with = [
        AnswerThere("They did not mention us.", url="https://able.example/c-1")
    ]
    delivery = deliver(queued(able, asked, aside=None))

    assert (delivery.state, delivery.answer_at) == ("failed", "https://able.example/c-1")
    task = outbox_queries.to_answer_there(asked.pk)
    assert task is not None
    assert (task.url, task.text) == ("https://able.example/c-1", f"{WORDS} ^Sam")
    assert Clock.objects.get(kind="acknowledge").state == "running"


def test_the_task_is_done_and_the_clock_stops_when_the_answer_typed_there_comes_in(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.fail_with = [AnswerThere("Not summoned.", url="https://able.example/c-1")]
    deliver(queued(able, asked, aside=None))
    at = clock.now()
    able.hears(able.town.written("n-1", "Typed in the app", at=at, ours=True, parent="c-1"), now=at)

    assert outbox_queries.to_answer_there(asked.pk) is None
    stopped = Clock.objects.get(kind="acknowledge")
    assert (stopped.state, stopped.stopped_at) == ("stopped", at)
