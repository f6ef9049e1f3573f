"""What a platform takes from a person only is answered there, and recorded here with its proof."""

from datetime import timedelta

import pytest
from django.test import Client

from glede.desk.captures.actions import Proof
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation
from glede.desk.outbox import queries as outbox
from glede.desk.outbox.models import Delivery
from glede.flow import capturing, outbound
from glede.flow.capturing import Answered
from glede.flow.outbound import Queued
from glede.kit import clock
from glede.platforms.contract import AnswerThere
from tests.flow.conftest import Desk
from tests.policy.desk_at_night import signed_in

#: Real commits: nothing of ours may be held open while a platform is spoken to.
pytestmark = pytest.mark.django_db(transaction=True)

THERE = "https://able.example/c-1"


@pytest.fixture
def refused(able: Desk) -> Conversation:
    """A resident's question whose answer the platform does not take from us."""
    asked = able.is_asked(at=clock.now() - timedelta(hours=1), id="c-1")
    result = outbound.queue_reply(
        viewer=able.sam,
        conversation_id=asked.pk,
        text="A roofer comes tomorrow.",
        seen_revision=asked.revision,
        now=clock.now(),
    )
    assert isinstance(result, Queued)
    Delivery.objects.update(release_at=clock.now(), next_try_at=clock.now())
    able.town.network.fail_with = [AnswerThere("They did not mention us.", url=THERE)]
    outbound.deliver(delivery_id=result.delivery_id)
    return asked


def test_the_page_begins_with_the_words_that_were_not_taken(
    able: Desk, refused: Conversation
) -> None:
    client: Client = signed_in(able.sam)
    assert (
        "A roofer comes tomorrow. ^Sam"
        in client.get(f"/capture/answered/{refused.pk}/").content.decode()
    )


def test_the_task_is_done_when_the_answer_is_recorded(able: Desk, refused: Conversation) -> None:
    assert outbox.to_answer_there(refused.pk) is not None
    at = clock.now() - timedelta(minutes=10)

    capturing.answer(
        viewer=able.sam,
        conversation_id=refused.pk,
        answered=Answered("A roofer comes tomorrow.", at, Proof(url=THERE)),
        now=clock.now(),
    )

    assert outbox.to_answer_there(refused.pk) is None
    stopped = Clock.objects.get(kind="acknowledge")
    assert (stopped.state, stopped.stopped_at) == ("stopped", at)
    assert len(able.town.network.posts) == 0
