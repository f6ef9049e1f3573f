"""Verbs of endpoints and of what is on its way to them; each act of a person audits itself."""

import json
import secrets as random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from glede.desk.webhooks import queries, rules
from glede.desk.webhooks.models import Endpoint, Event, Place, Sending, Try
from glede.desk.webhooks.rules import Happened, Kind, RefusedError, Secret, State
from glede.kit import claim, crypto
from glede.kit.calling import Answered
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb
from glede.rulebook.brands import queries as brands


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person says of an endpoint. `brands` are ids; None for every brand."""

    name: str
    url: str
    kinds: frozenset[Kind]
    brands: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Everything a call needs, read before it, so that nothing of ours is held during it."""

    sending_id: int
    endpoint_id: int
    url: str
    headers: Mapping[str, str]
    content: bytes


# --- Endpoints -------------------------------------------------------------------------------


def add(*, given: Given, person_id: int, actor: Actor, now: datetime) -> tuple[int, str]:
    """A new endpoint, and its secret, which is shown this once. Raises `RefusedError`."""
    _check(given)
    secret = rules.written(random.token_bytes(rules.SECRET_BYTES))
    made = Endpoint.objects.create(
        name=given.name.strip(),
        url=given.url,
        kinds=sorted(given.kinds),
        brands=_brands(given),
        secrets=_sealed([Secret(secret)]),
        created_at=now,
        created_by_id=person_id,
    )
    _record(made, Verb.WEBHOOK_ADDED, actor, now)
    return made.pk, secret


def change(*, endpoint_id: int, given: Given, actor: Actor, now: datetime) -> None:
    """Raises `RefusedError` and `queries.NoSuchEndpointError`."""
    _check(given)
    row = _lock(endpoint_id)
    row.name, row.url = given.name.strip(), given.url
    row.kinds, row.brands = sorted(given.kinds), _brands(given)
    row.save(update_fields=["name", "url", "kinds", "brands"])
    _record(row, Verb.WEBHOOK_CHANGED, actor, now)


def rotate(*, endpoint_id: int, actor: Actor, now: datetime) -> str:
    """A new secret, shown this once; the one before it is good beside it for a while, and what was
    older ends now."""
    row = _lock(endpoint_id)
    secret = rules.written(random.token_bytes(rules.SECRET_BYTES))
    until = now + timedelta(hours=settings.GLEDE_WEBHOOK_SECRET_HOURS)
    before = queries.opened(row.secrets)[0]
    row.secrets = _sealed([Secret(secret), Secret(before.text, until)])
    row.save(update_fields=["secrets"])
    _record(row, Verb.WEBHOOK_SECRET_ROTATED, actor, now)
    return secret


def switch(*, endpoint_id: int, on: bool, why: str = "", actor: Actor, now: datetime) -> None:
    """Off: nothing is sent and nothing gathers. On: what waits goes on, and what happens from now.
    Each is done once however often it is asked for."""
    row = _lock(endpoint_id)
    if (row.off_at is None) == on:
        return
    row.off_at, row.off_why = (None, "") if on else (now, why)
    row.failing_since = row.rests_until = None
    row.save(update_fields=["off_at", "off_why", "failing_since", "rests_until"])
    _record(row, Verb.WEBHOOK_ON if on else Verb.WEBHOOK_OFF, actor, now)


def close(*, endpoint_id: int, actor: Actor, now: datetime) -> None:
    """It is told of nothing any more, and its secrets are forgotten."""
    row = _lock(endpoint_id)
    row.closed_at, row.secrets = now, _sealed([Secret("")])
    row.save(update_fields=["closed_at", "secrets"])
    _record(row, Verb.WEBHOOK_CLOSED, actor, now)


def _check(given: Given) -> None:
    if not given.name.strip():
        raise RefusedError(say("Say what is told there."))
    if not given.kinds:
        raise RefusedError(say("Choose at least one thing to be told of."))
    if Kind.TEST in given.kinds:
        raise RefusedError(say("A test is sent by hand."))
    for brand in given.brands or ():
        brands.by_id(brand)


def _brands(given: Given) -> list[int] | None:
    return None if given.brands is None else sorted(given.brands)


def _lock(endpoint_id: int) -> Endpoint:
    row = Endpoint.objects.select_for_update().filter(pk=endpoint_id, closed_at=None).first()
    if row is None:
        raise queries.NoSuchEndpointError(say("There is no such webhook here."))
    return row


def _sealed(secrets: Sequence[Secret]) -> bytes:
    kept = [
        {"text": one.text, "until": one.until.isoformat() if one.until else None} for one in secrets
    ]
    return crypto.encrypt(json.dumps(kept).encode())


def rotate_vault() -> int:
    """Every secret under the newest vault key; says how many rows."""
    rows = list(Endpoint.objects.select_for_update())
    for row in rows:
        row.secrets = crypto.rotate(bytes(row.secrets))
    Endpoint.objects.bulk_update(rows, ["secrets"])
    return len(rows)


def _record(row: Endpoint, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="webhook",
        object_id=row.pk,
        now=now,
        details={"url": row.url[:100], "kinds": len(row.kinds)},
    )


# --- What is on its way ----------------------------------------------------------------------


def stand(*, position: str) -> None:
    """Up to where the live events were read."""
    Place.objects.update_or_create(pk=1, defaults={"position": position})


def tell(*, happened: Iterable[Happened], now: datetime) -> int:
    """Queue what is new for every endpoint that wants it; says how many sendings that made."""
    listening = list(Endpoint.objects.filter(closed_at=None, off_at=None))
    wanted = {
        one.key: one
        for one in happened
        if any(queries.wanted_by(one, endpoint) for endpoint in listening)
    }
    known = queries.known(wanted)
    new = [one for key, one in wanted.items() if key not in known]
    rows = Event.objects.bulk_create(
        Event(key=one.key, kind=one.kind, brand=one.brand_id, data=dict(one.data), at=one.at)
        for one in new
    )
    made = Sending.objects.bulk_create(
        Sending(endpoint=endpoint, event=row, state=State.WAITING, next_try_at=now)
        for one, row in zip(new, rows, strict=True)
        for endpoint in listening
        if queries.wanted_by(one, endpoint)
    )
    return len(made)


def test(*, endpoint_id: int, actor: Actor, now: datetime) -> int:
    """Send something that means nothing, to this endpoint alone; returns the sending."""
    row = _lock(endpoint_id)
    if row.off_at is not None:
        raise RefusedError(say("It is switched off: switch it on first."))
    Endpoint.objects.filter(pk=row.pk).update(rests_until=None)
    event = Event.objects.create(
        key=f"test:{row.pk}:{now.timestamp()}:{random.token_hex(4)}",
        kind=Kind.TEST,
        brand=None,
        data={"webhook": row.pk, "name": row.name},
        at=now,
    )
    made = Sending.objects.create(endpoint=row, event=event, state=State.WAITING, next_try_at=now)
    _record(row, Verb.WEBHOOK_TESTED, actor, now)
    return made.pk


def replay(*, sending_id: int, actor: Actor, now: datetime) -> None:
    """Send it once more, with its id, beginning anew with the tries."""
    row = (
        Sending.objects.select_for_update(of=("self",))
        .select_related("endpoint")
        .filter(pk=sending_id, endpoint__closed_at=None)
        .first()
    )
    if row is None:
        raise queries.NoSuchEndpointError(say("There is no such delivery of a webhook here."))
    if row.endpoint.off_at is not None:
        raise RefusedError(say("The webhook is switched off: switch it on first."))
    Endpoint.objects.filter(pk=row.endpoint_id).update(rests_until=None)
    row.state, row.tries, row.next_try_at, row.done_at = State.WAITING, 0, now, None
    row.save(update_fields=["state", "tries", "next_try_at", "done_at"])
    _record(row.endpoint, Verb.WEBHOOK_REPLAYED, actor, now)


def take(*, now: datetime, lease: timedelta, limit: int) -> list[Leaving]:
    """What is to be sent now. Whoever took it has it until the lease ends: should they die, it is
    sent once more, with the same id."""
    due = Sending.objects.filter(
        Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=now),
        state=State.WAITING,
        next_try_at__lte=now,
        endpoint__off_at=None,
        endpoint__closed_at=None,
    ).select_related("endpoint", "event")
    rows = claim.claim(due.order_by("next_try_at", "pk"), limit=limit)
    for row in rows:
        row.next_try_at = now + lease
    Sending.objects.bulk_update(rows, ["next_try_at"])
    return [_leaving(row, now) for row in rows]


def _leaving(row: Sending, now: datetime) -> Leaving:
    content = rules.body(row.event.kind, row.event.at, row.event.data)
    headers = rules.headers(
        message_id=queries.message_id(row.event_id),
        at=now,
        content=content,
        secrets=queries.opened(row.endpoint.secrets),
    )
    return Leaving(row.pk, row.endpoint_id, row.endpoint.url, headers, content)


def wait(*, sending_ids: Collection[int], now: datetime) -> None:
    """They were taken and not tried: nothing was learnt of them."""
    Sending.objects.filter(pk__in=sending_ids, state=State.WAITING).update(next_try_at=now)


def tried(
    *, sending_id: int, answered: Answered, took: timedelta, now: datetime
) -> Endpoint | None:
    """Write down what came of a call. Returns the endpoint where it has failed for too long, or
    says that nobody is there: it is off from now on."""
    row = (
        Sending.objects.select_for_update(of=("self",))
        .select_related("endpoint")
        .get(pk=sending_id)
    )
    Try.objects.create(
        sending=row,
        at=now,
        milliseconds=max(0, took // timedelta(milliseconds=1)),
        status=answered.status,
        says=answered.says[:200],
    )
    row.tries += 1
    if answered.is_taken:
        row.state, row.next_try_at, row.done_at = State.TAKEN, None, now
        row.save(update_fields=["tries", "state", "next_try_at", "done_at"])
        Endpoint.objects.filter(pk=row.endpoint_id).update(failing_since=None, rests_until=None)
        return None
    again = rules.next_try(
        tries=row.tries,
        now=now,
        waits=settings.GLEDE_WEBHOOK_WAITS,
        retry_after=answered.retry_after,
    )
    row.next_try_at = again
    row.state = State.WAITING if again else State.GIVEN_UP
    row.done_at = None if again else now
    row.save(update_fields=["tries", "state", "next_try_at", "done_at"])
    return _failing(_lock(row.endpoint_id), answered, now)


def _failing(row: Endpoint, answered: Answered, now: datetime) -> Endpoint | None:
    row.failing_since = row.failing_since or now
    row.rests_until = now + rules.rest(
        failing_since=row.failing_since, now=now, waits=settings.GLEDE_WEBHOOK_WAITS
    )
    row.save(update_fields=["failing_since", "rests_until"])
    days = timedelta(days=settings.GLEDE_WEBHOOK_OFF_DAYS)
    over = now - row.failing_since >= days
    return row if rules.is_for_good(answered.status) or over else None


def forget(*, now: datetime) -> int:
    """Drop the log of what is older than it is kept; says how many events that were."""
    old = now - timedelta(days=settings.GLEDE_WEBHOOK_LOG_DAYS)
    waiting = Sending.objects.filter(state=State.WAITING).values("event")
    return Event.objects.filter(at__lt=old).exclude(pk__in=waiting).delete()[0]
