"""Out of hours the desk speaks by itself only where the platform lets it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from glede.desk.conversations.models import Message
from glede.desk.outbox.models import Delivery
from glede.flow import outbound
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from tests import make
from tests.flow.conftest import LONG_AGO, Desk

pytestmark = pytest.mark.django_db(transaction=True)

#: Saturday 28 November 2026, 11:00 in London: closed until Monday.
SATURDAY = datetime(2026, 11, 28, 11, tzinfo=UTC)


@pytest.fixture
def wary(desk: Desk) -> Desk:
    """A page on a platform that allows automatic texts under conditions only."""
    with transaction.atomic():
        make.policy_version(
            number="2",
            effective_at=LONG_AGO + timedelta(days=1),
            acknowledge__automatic="all_messages",
            public_auto_ack=True,
        )
        app_id = accounts.register_app(
            platform="wary",
            slug="wary-1",
            name="Wary",
            secrets=[],
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=desk.brand_id,
            native_id=desk.town.ACCOUNT,
            handle="redkite",
            base_url="",
            credential={},
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
    return replace(desk, app_id=app_id, account_id=account_id)


def test_a_private_message_is_acknowledged_within_the_window(wary: Desk) -> None:
    wary.is_asked(at=SATURDAY, id="m-1", thread="dm", private=True)

    delivery = Delivery.objects.get()
    assert (delivery.automatic, delivery.private) == (True, True)
    with time_machine.travel(SATURDAY + timedelta(seconds=30), tick=False):
        outbound.deliver(delivery_id=delivery.pk)
    (post,) = wary.town.network.posts.values()
    assert (post.automatic, post.private, post.to) == (True, True, "dawn")
    assert post.heard_at == SATURDAY


def test_a_public_comment_is_not_unless_the_account_says_so(wary: Desk) -> None:
    wary.is_asked(at=SATURDAY, id="c-1")
    assert not Delivery.objects.exists()

    Account.objects.filter(pk=wary.account_id).update(settings={"automatic_public": "yes"})
    wary.is_asked(at=SATURDAY, id="c-2", by="gareth", thread="t-2")
    delivery = Delivery.objects.get()
    # In public, where they wrote: it never spends the one private answer.
    assert (delivery.private, delivery.private_because) == (False, "")


def test_a_window_that_shut_meanwhile_lets_nothing_automatic_out(wary: Desk) -> None:
    wary.is_asked(at=SATURDAY, id="m-1", thread="dm", private=True)
    delivery = Delivery.objects.get()
    Message.objects.update(received_at=SATURDAY - timedelta(hours=25))

    with time_machine.travel(SATURDAY + timedelta(minutes=1), tick=False):
        outbound.deliver(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert "automatically" in delivery.reason
    assert not wary.town.network.posts


def test_a_person_may_still_answer_when_the_automatic_window_is_shut(wary: Desk) -> None:
    conversation = wary.is_asked(
        at=SATURDAY - timedelta(hours=30), id="m-1", thread="dm", private=True
    )

    with time_machine.travel(SATURDAY, tick=False):
        result = outbound.queue_reply(
            viewer=wary.sam,
            conversation_id=conversation.pk,
            text="I am looking into it.",
            seen_revision=1000,
            now=SATURDAY,
        )

    assert isinstance(result, outbound.Queued)
