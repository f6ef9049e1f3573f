"""E-mails that waited on their alert wait as dispatches of their own."""

from typing import Any

from django.db import migrations


def move(apps: Any, schema: Any) -> None:  # noqa: ARG001 - Django passes it
    alerts = apps.get_model("alerts", "Alert")
    dispatches = apps.get_model("alerts", "Dispatch")
    waiting = alerts.objects.filter(mail_at__isnull=False)
    dispatches.objects.bulk_create(
        [
            dispatches(
                alert=alert,
                person_id=alert.person_id,
                way="mail",
                state=_state(alert),
                made_at=alert.raised_at,
                next_at=alert.mail_at if _state(alert) == "waiting" else None,
                tries=alert.mail_tries,
                ended_at=alert.mailed_at,
            )
            for alert in waiting.iterator(chunk_size=500)
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    # What was mailed held nothing of a resident, and may leave the desk as it stands.
    for alert in waiting.iterator(chunk_size=500):
        alert.outward = alert.says
        alert.save(update_fields=["outward"])


def _state(alert: Any) -> str:
    if alert.mailed_at is not None:
        return "sent"
    return "given up" if alert.mail_tries >= 5 else "waiting"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_ladder_and_ways")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop, elidable=True)]
