"""Alerts on their way out: planned once for each way and place, tried, given up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.alerts import queries_ways as ways
from glede.desk.alerts import rules
from glede.desk.alerts.models import Address, Alert, Call, Dispatch
from glede.desk.alerts.rules import Kind, State, Way, Wishes
from glede.kit import claim

#: Whoever took one and died leaves it to the next after so long.
_TAKEN_FOR = timedelta(minutes=2)


def plan(
    *,
    alerts: Sequence[Alert],
    wishes: Mapping[int, Wishes],
    on_duty: Collection[int],
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """Set each alert on its way as its person prefers; a storm goes out once, and a team's channel
    is told once of a call. Returns how many were set."""
    places = ways.standing({alert.person_id for alert in alerts})
    rows = [
        row
        for alert in alerts
        for row in _of(
            alert,
            rules.plan(
                Kind(alert.kind),
                wishes[alert.person_id],
                on_duty=alert.person_id in on_duty,
                now=now,
                zone=zone,
            ),
            places.get(alert.person_id, ()),
            now=now,
        )
    ]
    rows += _team(alerts, now=now)
    Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _of(
    alert: Alert, at: Mapping[Way, datetime], places: Sequence[Address], *, now: datetime
) -> list[Dispatch]:
    to: list[tuple[Way, Address | None]] = [
        (way, place) for place in places if (way := Way(place.way)) in at
    ]
    if Way.MAIL in at:
        to.append((Way.MAIL, None))
    return [
        Dispatch(
            alert=alert,
            person_id=alert.person_id,
            address=place,
            way=way,
            state=State.WAITING,
            made_at=now,
            next_at=at[way],
        )
        for way, place in to
    ]


def _team(alerts: Sequence[Alert], *, now: datetime) -> list[Dispatch]:
    calls = {
        alert.call_id: alert for alert in alerts if alert.call_id is not None and not alert.after
    }
    if not calls:
        return []
    channels = ways.team_addresses()
    if not channels:
        return []
    return [
        Dispatch(
            person=None,
            call=call,
            address=channel,
            way=channel.way,
            state=State.WAITING,
            made_at=now,
            next_at=now,
        )
        for call in Call.objects.filter(pk__in=calls)
        for channel in channels
        if call.kind in channel.kinds and channel.brand_id in (None, call.brand_id)
    ]


def test(*, person_id: int | None, way: Way, address: Address | None, now: datetime) -> Dispatch:
    """A message that says it is a test, by one way to one place."""
    return Dispatch.objects.create(
        person_id=person_id,
        address=address,
        way=way,
        state=State.WAITING,
        made_at=now,
        next_at=now,
    )


def take_due(*, now: datetime, limit: int, but: Collection[Way] = ()) -> list[Dispatch]:
    """What is to leave now, claimed for a while: whoever dies with one leaves it to the next."""
    due = Dispatch.objects.filter(next_at__lte=now, state=State.WAITING).exclude(way__in=but)
    taken = claim.claim(due.order_by("next_at", "pk"), limit=limit)
    for row in taken:
        row.tries += 1
        row.next_at = now + _TAKEN_FOR
    Dispatch.objects.bulk_update(taken, ["tries", "next_at"])
    found = Dispatch.objects.select_related(
        "alert__call", "alert__conversation__brand", "person", "address", "call__brand"
    )
    return list(found.filter(pk__in=[row.pk for row in taken]).order_by("pk"))


def not_needed(*, dispatch: Dispatch, now: datetime) -> None:
    """Seen or taken before it left, or its person left."""
    left = dispatch.person is not None and not dispatch.person.is_active
    why = "the person left" if left else "seen or taken before"
    _end(dispatch, State.NOT_NEEDED, why, now=now)


def sent(*, dispatch: Dispatch, outcome: str, now: datetime) -> None:
    """The other side took it."""
    _end(dispatch, State.SENT, outcome, now=now)
    if dispatch.address_id is not None:
        Address.objects.filter(pk=dispatch.address_id).update(used_at=now)


def gone(*, dispatch: Dispatch, outcome: str, now: datetime) -> None:
    """The other side says there is no such address any more: it is removed (RFC 8030, 7.3)."""
    _end(dispatch, State.GONE, outcome, now=now)
    if dispatch.address_id is not None:
        Address.objects.filter(pk=dispatch.address_id).update(
            ended_at=now, ended_why=outcome, secret=b""
        )


def refused(*, dispatch: Dispatch, outcome: str, now: datetime) -> None:
    """No further try would help."""
    _end(dispatch, State.GIVEN_UP, outcome, now=now)


def did_not(
    *, dispatch: Dispatch, outcome: str, asked: datetime | None = None, now: datetime
) -> None:
    """Not this time: later, or given up after so many tries."""
    again = rules.again_at(
        tries=dispatch.tries, most=settings.GLEDE_ALERT_TRIES, now=now, asked=asked
    )
    if again is None:
        _end(dispatch, State.GIVEN_UP, outcome, now=now)
        return
    dispatch.next_at, dispatch.outcome = again, outcome
    dispatch.save(update_fields=["next_at", "outcome"])


def expire(*, now: datetime) -> int:
    """What could not leave for so long is old news: whoever names a mail server after a month gets
    no month of e-mails. Returns how many were given up."""
    before = now - timedelta(hours=settings.GLEDE_ALERT_KEPT_HOURS)
    return Dispatch.objects.filter(state=State.WAITING, made_at__lt=before, next_at__lt=now).update(
        state=State.GIVEN_UP, next_at=None, ended_at=now, outcome="it waited too long"
    )


def drop_for(*, address_id: int, now: datetime) -> None:
    """What still waits for an address that was removed is not sent."""
    Dispatch.objects.filter(address_id=address_id, state=State.WAITING).update(
        state=State.NOT_NEEDED, next_at=None, ended_at=now, outcome="the address was removed"
    )


def _end(dispatch: Dispatch, state: State, outcome: str, *, now: datetime) -> None:
    dispatch.state, dispatch.outcome = state, outcome
    dispatch.next_at, dispatch.ended_at = None, now
    dispatch.save(update_fields=["state", "outcome", "next_at", "ended_at"])
