"""From a resident's phone to the desk and back, over a whole Mastodon instance of the sandbox."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message
from glede.desk.outbox.models import Delivery
from glede.flow import connections, inbound, outbound, poll
from glede.flow.outbound import Queued, Stopped
from glede.kit import clock
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from sandbox.kernel.world import Resident
from sandbox.mastodon.stage import Mastodon as Stage
from tests.flow.conftest import LONG_AGO, Desk
from tests.sandbox.serving import Served, serving

#: Real commits: nothing of ours may be held open while a platform is spoken to.
pytestmark = pytest.mark.django_db(transaction=True)

MAIR = Resident("mair", "Mair Ellis", "mair_ellis")


class Town:
    """The instance, and our account on it."""

    def __init__(self, served: Served, desk: Desk) -> None:
        self.served = served
        self.desk = desk
        found = served.world.stages["mastodon"]
        assert isinstance(found, Stage)
        self.stage = found
        given: Any = served.do(found.credentials)
        self.page = given["pages"][0]
        with transaction.atomic():
            app_id = accounts.register_app(
                platform="mastodon",
                slug="mastodon-red-kite",
                name="Red Kite on Mastodon",
                secrets=[],
                settings={},
                actor=SYSTEM,
                now=LONG_AGO,
            )
            self.account_id = accounts.connect(
                app_id=app_id,
                brand_id=desk.brand_id,
                native_id=self.page["native_id"],
                handle=self.page["handle"],
                base_url=given["base_url"],
                credential={"access_token": self.page["access_token"]},
                settings={},
                actor=SYSTEM,
                now=LONG_AGO,
            )

    def do(self, act: Any, *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def hears(self) -> None:
        poll.account(account_id=self.account_id)
        inbound.drain(now=clock.now())

    def asks(self, text: str = "Is anybody there?") -> Conversation:
        native_id = self.do(self.stage.mention, MAIR, text, page=self.page["native_id"])
        self.hears()
        return Conversation.objects.get(messages__native_id=native_id)

    def answers(self, conversation: Conversation, text: str) -> Delivery:
        conversation.refresh_from_db()
        result = outbound.queue_reply(
            viewer=self.desk.sam,
            conversation_id=conversation.pk,
            text=text,
            seen_revision=conversation.revision,
            now=clock.now(),
        )
        assert isinstance(result, Queued), result
        Delivery.objects.filter(pk=result.delivery_id).update(release_at=clock.now())
        return self.tries(Delivery.objects.get(pk=result.delivery_id))

    def tries(self, delivery: Delivery) -> Delivery:
        Delivery.objects.filter(pk=delivery.pk, next_try_at__isnull=False).update(
            next_try_at=clock.now()
        )
        outbound.deliver(delivery_id=delivery.pk)
        delivery.refresh_from_db()
        return delivery

    def standing(self, text: str) -> int:
        own = self.do(self.stage.instance.state.own_of, self.page["native_id"])
        return sum(text in one.text for one in own)


@pytest.fixture
def town(desk: Desk) -> Iterator[Town]:
    with serving(Stage) as served:
        yield Town(served, desk)
        connections.close_all()


def test_a_question_is_answered_and_the_clock_stops_at_the_instances_time(town: Town) -> None:
    conversation = town.asks("My heating is off.")
    delivery = town.answers(conversation, "An engineer comes today.")

    assert delivery.state == "sent", delivery.reason
    [own] = town.do(town.stage.instance.state.own_of, town.page["native_id"])
    assert own.text.startswith("@mair_ellis")
    stopped = Clock.objects.get(conversation=conversation, kind="acknowledge")
    assert stopped.state == "stopped"
    assert abs(stopped.stopped_at - own.at) < timedelta(milliseconds=1)
    town.hears()
    assert Message.objects.filter(conversation=conversation).count() == 2  # its echo is no third


@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_a_time_out_after_success_makes_no_second_post(town: Town, fault: str) -> None:
    conversation = town.asks()
    town.do(town.served.world.faults.order, fault, path="/api/v1/statuses$", method="POST")
    delivery = town.answers(conversation, "We are here.")
    assert delivery.state == "unknown"

    delivery = town.tries(delivery)

    assert delivery.state == "sent", delivery.reason
    assert town.standing("We are here.") == 1


def test_an_answer_typed_in_the_app_stops_the_clock_and_edits_and_deletions_follow(
    town: Town,
) -> None:
    conversation = town.asks("Bins?")
    message = conversation.messages.get()
    answer = town.do(
        town.stage.answer_in_app, town.page["native_id"], "Monday.", to=message.native_id
    )
    town.hears()
    assert Clock.objects.get(conversation=conversation, kind="acknowledge").state == "stopped"

    town.do(town.stage.edit, MAIR, "Which bins?", of=message.native_id)
    town.hears()
    assert [one.text for one in message.versions.order_by("number")] == [
        "@redkite Bins?",
        "@redkite Which bins?",
    ]

    town.do(town.stage.delete, MAIR, of=message.native_id)
    town.hears()
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert Message.objects.get(native_id=answer).deleted_at is None


def test_a_dead_token_lapses_the_account_and_says_so(town: Town) -> None:
    conversation = town.asks()
    town.do(town.stage.authority.revoke, town.page["native_id"])
    poll.account(account_id=town.account_id)

    account = Account.objects.get(pk=town.account_id)
    assert account.state == "lapsed"
    conversation.refresh_from_db()
    result = outbound.queue_reply(
        viewer=town.desk.sam,
        conversation_id=conversation.pk,
        text="Too late.",
        seen_revision=conversation.revision,
        now=clock.now(),
    )
    assert isinstance(result, Stopped)
    assert "has to be connected again" in result.findings[0].says
