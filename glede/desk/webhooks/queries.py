"""Endpoints, their log, and what happened in a stretch of live events."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from glede.desk.alerts.models import Alert
from glede.desk.clocks.kinds import BREACH
from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import SETTLED, Direction
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import State as Outcome
from glede.desk.webhooks.models import Endpoint, Event, Place, Sending, Try
from glede.desk.webhooks.rules import Happened, Kind, Secret, State
from glede.kit import crypto
from glede.kit.live import Event as LiveEvent

#: What an event is about was written in its own transaction: with a `now` of up to so long before.
_EARLIER = timedelta(minutes=5)


class NoSuchEndpointError(LookupError):
    """There is no such endpoint."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An endpoint as screens show it; never a secret."""

    id: int
    name: str
    url: str
    kinds: tuple[Kind, ...]
    brands: tuple[int, ...] | None
    created_at: datetime
    created_by: str
    off_at: datetime | None
    off_why: str
    failing_since: datetime | None
    #: Until when the secret before the newest is good too.
    old_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    at: datetime
    milliseconds: int
    status: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Logged:
    """One event on its way to one endpoint, with every try."""

    id: int
    endpoint_id: int
    kind: str
    message_id: str
    data: dict[str, Any]
    at: datetime
    state: State
    tries: int
    next_try_at: datetime | None
    done_at: datetime | None
    log: tuple[Tried, ...]


def message_id(event_id: int) -> str:
    """The `webhook-id`: the same at each try, so that a receiver can tell what it had."""
    return f"msg_{event_id}"


def endpoints() -> list[Listed]:
    """Every endpoint that was not closed, in the order in which they were made."""
    rows = Endpoint.objects.filter(closed_at=None).select_related("created_by").order_by("pk")
    return [_listed(one) for one in rows]


def endpoint(endpoint_id: int) -> Listed:
    """Raises `NoSuchEndpointError`."""
    found = (
        Endpoint.objects.filter(pk=endpoint_id, closed_at=None).select_related("created_by").first()
    )
    if found is None:
        raise NoSuchEndpointError("There is no such webhook here.")
    return _listed(found)


def anybody() -> bool:
    """Does anybody want to be told of anything?"""
    return Endpoint.objects.filter(closed_at=None, off_at=None).exists()


def place() -> str:
    return Place.objects.values_list("position", flat=True).first() or ""


def opened(secrets: bytes | memoryview) -> tuple[Secret, ...]:
    """The secrets of an endpoint, newest first."""
    kept = json.loads(crypto.decrypt(bytes(secrets)))
    return tuple(
        Secret(one["text"], datetime.fromisoformat(one["until"]) if one["until"] else None)
        for one in kept
    )


def log(
    endpoint_id: int, *, before: int | None = None, limit: int = 50
) -> tuple[tuple[Logged, ...], int | None]:
    """What was sent there, the newest first, and where the next page begins. Two queries."""
    rows = Sending.objects.filter(endpoint_id=endpoint_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(_with_tries(rows.order_by("-pk"))[: limit + 1])
    after = found[limit - 1].pk if len(found) > limit else None
    return tuple(_logged(one) for one in found[:limit]), after


def logged(sending_id: int) -> Logged | None:
    found = _with_tries(Sending.objects.filter(pk=sending_id, endpoint__closed_at=None)).first()
    return None if found is None else _logged(found)


def _with_tries(rows: Any) -> Any:
    return rows.select_related("event").prefetch_related(
        Prefetch("log", queryset=Try.objects.order_by("pk"))
    )


def _logged(of: Sending) -> Logged:
    return Logged(
        id=of.pk,
        endpoint_id=of.endpoint_id,
        kind=of.event.kind,
        message_id=message_id(of.event_id),
        data=of.event.data,
        at=of.event.at,
        state=State(of.state),
        tries=of.tries,
        next_try_at=of.next_try_at,
        done_at=of.done_at,
        log=tuple(Tried(one.at, one.milliseconds, one.status, one.says) for one in of.log.all()),
    )


def _listed(of: Endpoint) -> Listed:
    secrets = opened(of.secrets)
    return Listed(
        id=of.pk,
        name=of.name,
        url=of.url,
        kinds=tuple(Kind(one) for one in of.kinds),
        brands=None if of.brands is None else tuple(of.brands),
        created_at=of.created_at,
        created_by=of.created_by.name if of.created_by else "",
        off_at=of.off_at,
        off_why=of.off_why,
        failing_since=of.failing_since,
        old_secret_until=secrets[1].until if len(secrets) > 1 else None,
    )


# --- What happened ---------------------------------------------------------------------------


def happened(events: Sequence[LiveEvent]) -> list[Happened]:
    """What programs can be told of in these live events, in their order. Six queries at most.

    A live event says that something changed in a conversation; what it was stands in the rows. A
    thing is told once, by its key, however many events speak of it.
    """
    if not events:
        return []
    since = min(one.at for one in events) - _EARLIER
    changed = [one for one in events if one.topic == "conversation.changed"]
    cards = _cards({int(one.payload["id"]) for one in changed})
    found = [_changed(one, cards[int(one.payload["id"])]) for one in changed
             if int(one.payload["id"]) in cards]  # fmt: skip
    found += _settled(cards.values(), since)
    found += _received(cards, since)
    found += _breached(cards, since)
    found += _sent({int(one.payload["id"]) for one in events if one.topic == "delivery.changed"})
    found += _alerted({int(one.payload["id"]) for one in events if one.topic == "alert.raised"})
    return found


def _cards(ids: set[int]) -> dict[int, Conversation]:
    if not ids:
        return {}
    only = ("brand__slug", "platform", "state", "state_at", "revision")
    rows = Conversation.objects.filter(pk__in=ids).select_related("brand").only(*only)
    return {one.pk: one for one in rows}


def _about(of: Conversation) -> dict[str, Any]:
    """How a program finds a conversation: on the desk, and over the API."""
    base = settings.GLEDE_BASE_URL
    return {
        "conversation": of.pk,
        "brand": of.brand.slug,
        "platform": of.platform,
        "url": f"{base}/c/{of.pk}/",
        "api": f"{base}/api/v1/conversations/{of.pk}",
    }


def _changed(event: LiveEvent, of: Conversation) -> Happened:
    new = bool(event.payload.get("new"))
    return Happened(
        key=f"created:{of.pk}" if new else f"changed:{event.position}",
        kind=Kind.CONVERSATION_CREATED if new else Kind.CONVERSATION_CHANGED,
        brand_id=of.brand_id,
        data=_about(of) | {"state": of.state, "revision": of.revision},
        at=event.at,
    )


def _settled(cards: Iterable[Conversation], since: datetime) -> list[Happened]:
    return [
        Happened(
            key=f"resolved:{one.pk}:{one.state_at.timestamp()}",
            kind=Kind.CONVERSATION_RESOLVED,
            brand_id=one.brand_id,
            data=_about(one) | {"state": one.state},
            at=one.state_at,
        )
        for one in cards
        if one.state in SETTLED and one.state_at >= since
    ]


def _received(cards: dict[int, Conversation], since: datetime) -> list[Happened]:
    rows = Message.objects.filter(
        conversation_id__in=cards, direction=Direction.IN, ingested_at__gte=since
    ).order_by("pk")
    return [
        Happened(
            key=f"message:{one.pk}",
            kind=Kind.MESSAGE_RECEIVED,
            brand_id=cards[one.conversation_id].brand_id,
            data=_about(cards[one.conversation_id]) | {"message": one.pk, "private": one.private},
            at=one.ingested_at,
        )
        for one in rows.only("pk", "conversation_id", "private", "ingested_at")
        if one.conversation_id is not None
    ]


def _breached(cards: dict[int, Conversation], since: datetime) -> list[Happened]:
    rows = Step.objects.filter(
        clock__conversation_id__in=cards, percent=BREACH, at__gte=since
    ).select_related("clock")
    return [
        Happened(
            key=f"breached:{one.clock_id}",
            kind=Kind.CLOCK_BREACHED,
            brand_id=cards[one.clock.conversation_id].brand_id,
            data=_about(cards[one.clock.conversation_id])
            | {
                "clock": one.clock_id,
                "kind": one.clock.kind,
                "clause": one.clock.clause,
                "due_at": one.clock.due_at.isoformat(),
            },
            at=one.at,
        )
        for one in rows.order_by("pk")
    ]


def _sent(ids: set[int]) -> list[Happened]:
    if not ids:
        return []
    ended = {Outcome.SENT: Kind.REPLY_SENT, Outcome.FAILED: Kind.REPLY_FAILED}
    rows = Delivery.objects.filter(pk__in=ids, state__in=ended).select_related(
        "conversation__brand"
    )
    return [
        Happened(
            key=f"delivery:{one.pk}:{one.state}:{one.tries}",
            kind=ended[Outcome(one.state)],
            brand_id=one.conversation.brand_id,
            data=_about(one.conversation)
            | {
                "delivery": one.pk,
                "message": one.message_id,
                "private": one.private,
                "automatic": one.automatic,
            },
            at=one.sent_at or one.queued_at,
        )
        for one in rows.select_related("conversation__brand").order_by("pk")
    ]


def _alerted(ids: set[int]) -> list[Happened]:
    if not ids:
        return []
    rows = Alert.objects.filter(pk__in=ids).select_related("conversation__brand").order_by("pk")
    return [
        Happened(
            key=f"alert:{one.pk}",
            kind=Kind.ALERT_RAISED,
            brand_id=one.conversation.brand_id if one.conversation else None,
            data={"alert": one.pk, "kind": one.kind, "person": one.person_id}
            | (_about(one.conversation) if one.conversation else {}),
            at=one.raised_at,
        )
        for one in rows
    ]


def wanted_by(of: Happened, endpoint: Endpoint) -> bool:
    """Does this endpoint want to be told of it?"""
    mine = endpoint.brands is None or of.brand_id in endpoint.brands
    return mine and of.kind.value in endpoint.kinds


def known(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(Event.objects.filter(key__in=list(keys)).values_list("key", flat=True))
