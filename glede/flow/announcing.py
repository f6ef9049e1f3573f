"""What was raised is shown on open screens, and set on its way to those who have none open."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.alerts import actions_dispatches as dispatches
from glede.desk.alerts import queries_ways as ways
from glede.desk.alerts.models import Alert
from glede.desk.rota import queries as rota
from glede.kit import live


def announce(alerts: Sequence[Alert], *, now: datetime) -> None:
    """Belongs in the transaction that raised them. The sending itself is the worker's."""
    if not alerts:
        return
    for alert in alerts:
        about = {"conversation": alert.conversation_id} if alert.conversation_id else {}
        live.publish(
            topic="alert.raised",
            payload={"id": alert.pk, **about},
            person=alert.person_id,
            now=now,
        )
    people = {alert.person_id for alert in alerts}
    wishes = ways.wishes(people)
    dispatches.plan(
        alerts=alerts,
        wishes=wishes,
        on_duty=_on_duty(people, now=now),
        zone=ZoneInfo(settings.TIME_ZONE),
        now=now,
    )


def _on_duty(people: Collection[int], *, now: datetime) -> frozenset[int]:
    return frozenset(shift.person_id for shift in rota.on_now(now=now)) & frozenset(people)
