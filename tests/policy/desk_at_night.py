"""Red Kite's website at any hour: a visitor writes, the worker does what it would do then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from glede.desk.alerts import queries as alerts
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.flow import outbound
from glede.rulebook.people.rules import Viewer
from tests import make
from tests.cast import Cast

LONDON = ZoneInfo("Europe/London")


def london(words: str) -> datetime:
    """“2026-11-28 11:00” by the clock on the wall; summer time where it is summer."""
    return datetime.fromisoformat(words).replace(tzinfo=LONDON).astimezone(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What the edge reads from the clock is this moment."""
    with time_machine.travel(moment, tick=False):
        yield


def writes(cast: Cast, text: str, *, when: str, name: str = "Dawn", **more: str) -> Conversation:
    """A visitor of Red Kite's website writes at this London time; understood 5 s later."""
    moment = london(when)
    with at(moment + timedelta(seconds=5)):
        return make.conversation(cast.red_kite_site, text, name=name, at=moment, **more)


def leaves(*, after: datetime, seconds: int = 20) -> list[Delivery]:
    """The worker sends what waits; returns every delivery there is."""
    moment = after + timedelta(seconds=seconds)
    with at(moment):
        for delivery in Delivery.objects.filter(state__in=["queued", "retry", "unknown"]):
            outbound.deliver(delivery_id=delivery.pk)
    return list(Delivery.objects.order_by("pk"))


def answers(
    viewer: Viewer,
    conversation: Conversation,
    text: str,
    *,
    when: datetime,
    agreement_id: int | None = None,
) -> Delivery:
    """A colleague replies, and the website has it when the undo time is over."""
    with at(when):
        queued = outbound.queue_reply(
            viewer=viewer,
            conversation_id=conversation.pk,
            text=text,
            seen_revision=10_000,
            agreement_id=agreement_id,
            now=when,
        )
    assert isinstance(queued, outbound.Queued), queued
    with at(queued.release_at):
        outbound.deliver(delivery_id=queued.delivery_id)
    delivery = Delivery.objects.get(pk=queued.delivery_id)
    assert delivery.state == "sent", delivery.reason
    return delivery


def clock(conversation: Conversation, kind: str = "acknowledge") -> Clock:
    return Clock.objects.filter(conversation=conversation, kind=kind).latest("pk")


def told(viewer: Viewer) -> list[str]:
    return [one.says for one in reversed(alerts.latest(viewer.id))]


def says(*, number: str = "2", since: str, **rules: object) -> int:
    """A further version of the policy, in force since this London time, that says otherwise."""
    with transaction.atomic():
        return make.policy_version(number=number, effective_at=london(since), **rules)


def signed_in(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client
