"""A matter that went into private is closed in public, or somebody says why not (clause 6.3)."""

from datetime import timedelta

import pytest

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import Because
from glede.desk.replies import queries as drafts
from glede.desk.replies import queries_closing as queries
from glede.desk.replies.closing import Asked, NoLine
from glede.desk.replies.rules import Found
from glede.flow import closing, handling, outbound
from glede.flow.closing import AnsweredError
from glede.flow.guard import Aside
from glede.flow.outbound import Queued, Stopped
from glede.kit import clock
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import Verb
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

LINE = "This is settled now. Thank you for telling us."


@pytest.fixture
def asked(able: Desk) -> Conversation:
    return able.is_asked(at=clock.now() - timedelta(hours=1), id="c-1")


def replies(desk: Desk, conversation: Conversation, **more: object) -> Delivery:
    conversation.refresh_from_db()
    given = {"seen_revision": conversation.revision, "now": clock.now(), "text": "Done."} | more
    result = outbound.queue_reply(viewer=desk.sam, conversation_id=conversation.pk, **given)
    assert isinstance(result, Queued), result
    return goes_out(result.delivery_id)


def goes_out(delivery_id: int) -> Delivery:
    now = clock.now()
    Delivery.objects.filter(pk=delivery_id).update(release_at=now, next_try_at=now)
    outbound.deliver(delivery_id=delivery_id)
    return Delivery.objects.get(pk=delivery_id)


def settled_in_private(desk: Desk, conversation: Conversation) -> Asked:
    replies(desk, conversation, aside=Aside(Because.DATA_PROTECTION), afterwards="resolve")
    (one,) = lines(desk, conversation)
    return one


def lines(desk: Desk, conversation: Conversation) -> tuple[Asked, ...]:
    return queries.asked(conversation_id=conversation.pk, person_id=desk.sam.id)


def send(desk: Desk, one: Asked, text: str = LINE) -> Queued | Stopped:
    return closing.send(
        viewer=desk.sam,
        closing_id=one.id,
        conversation_id=one.conversation_id,
        text=text,
        seen_revision=99,
        confirmed=frozenset(),
        now=clock.now(),
    )


def test_the_line_goes_out_in_public_and_the_matter_stays_settled(
    able: Desk, asked: Conversation
) -> None:
    one = settled_in_private(able, asked)

    result = send(able, one)

    assert isinstance(result, Queued)
    line = goes_out(result.delivery_id)
    assert (line.state, line.private, line.thread.native_id) == ("sent", False, "t-1")
    asked.refresh_from_db()
    assert asked.state == "resolved"
    assert lines(able, asked) == ()
    entry = Entry.objects.get(verb=Verb.CLOSING_SENT)
    assert (entry.clause, entry.object_id) == ("6.3", str(asked.pk))
    with pytest.raises(AnsweredError):
        send(able, one)


def test_a_line_taken_back_is_asked_for_again_with_its_words_and_leaves_the_reply_alone(
    able: Desk, asked: Conversation
) -> None:
    one = settled_in_private(able, asked)
    result = send(able, one)
    assert isinstance(result, Queued)

    outbound.take_back(viewer=able.sam, delivery_id=result.delivery_id, now=clock.now())

    assert lines(able, asked) == (one,)
    kept = drafts.drafts(conversation_id=asked.pk, person_id=able.sam.id)
    assert {mode: draft.text for mode, draft in kept.items()} == {"closing": LINE}


def test_it_may_be_declined_with_a_reason_once_and_that_undone(
    able: Desk, asked: Conversation
) -> None:
    one = settled_in_private(able, asked)
    given = {"viewer": able.sam, "closing_id": one.id, "conversation_id": asked.pk}

    closing.decline(**given, reason=NoLine.ASKED, now=clock.now())

    assert lines(able, asked) == ()
    entry = Entry.objects.get(verb=Verb.CLOSING_DECLINED)
    assert entry.details["why"] == "they asked us not to"
    with pytest.raises(AnsweredError):
        closing.decline(**given, reason=NoLine.SAID, now=clock.now())
    closing.undo_decline(**given, now=clock.now())
    assert lines(able, asked) == (one,)


def test_nobody_is_asked_twice_for_the_same_move_nor_for_what_stayed_public(
    able: Desk, asked: Conversation
) -> None:
    public = able.is_asked(at=clock.now() - timedelta(hours=1), id="c-2", by="mo", thread="t-2")
    replies(able, public, afterwards="resolve")
    assert lines(able, public) == ()

    one = settled_in_private(able, asked)
    handling.reopen(viewer=able.sam, conversation_id=asked.pk, now=clock.now())
    assert lines(able, asked) == (), "not while it is open"
    handling.resolve(viewer=able.sam, conversation_id=asked.pk, now=clock.now())
    assert lines(able, asked) == (one,), "asked once"


def test_where_we_cannot_write_first_they_are_asked_to_and_the_reason_is_recorded(
    desk: Desk,
) -> None:
    asked = desk.is_asked(at=clock.now() - timedelta(hours=1), id="c-9")
    invites = Aside(Because.CUSTOMER_ASKS, invites=True)
    stopped = outbound.queue_reply(
        viewer=desk.sam,
        conversation_id=asked.pk,
        text="Could you ring us?",
        seen_revision=99,
        aside=invites,
        now=clock.now(),
    )
    assert isinstance(stopped, Stopped)
    assert {one.found for one in stopped.findings} == {Found.NOT_THE_POLICY}
    kept = drafts.drafts(conversation_id=asked.pk, person_id=desk.sam.id)["reply"]
    assert (kept.text, kept.where) == ("Could you ring us?", "ask-customer_asks")

    sent = replies(desk, asked, aside=invites, confirmed=frozenset({Found.NOT_THE_POLICY}))

    assert (sent.state, sent.private, sent.private_because) == ("sent", False, "")
    entry = Entry.objects.get(verb=Verb.PRIVATE_INVITED)
    assert (entry.clause, entry.details["because"]) == ("6.3", "customer_asks")
