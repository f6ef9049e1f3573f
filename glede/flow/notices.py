"""Tell people about the policy and its offices: on their alerts page, live, and by e-mail."""

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from glede.desk.alerts import actions as alerts
from glede.desk.alerts.models import Alert
from glede.desk.alerts.rules import Kind
from glede.kit import live

log = logging.getLogger(__name__)

#: E-mails handed over in one turn of the loop.
AT_ONCE = 20


def tell(
    *,
    people: Iterable[int],
    key: str,
    says: str,
    href: str,
    now: datetime,
    kind: Kind = Kind.POLICY,
) -> int:
    """Tell each of them once; belongs in a transaction. Returns how many were told now."""
    raised = alerts.raise_notice(people=people, key=key, says=says, href=href, kind=kind, now=now)
    for alert in raised:
        live.publish(
            topic="alert.raised",
            payload={"id": alert.pk},
            person=alert.person_id,
            now=now,
        )
    return len(raised)


def mail(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Hand over the e-mails that are due; returns how many a mail server took.

    No transaction is held while a mail server is spoken to. One that dies after it took an e-mail
    and before we noted it gets that e-mail a second time: better than never. While no server is
    named, they wait.
    """
    if not can_mail():
        return 0
    with transaction.atomic():
        taken = alerts.take_mail(now=now, limit=limit)
    sent = 0
    for alert in taken:
        try:
            _letter(alert).send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning(
                "e-mail for alert %s: %s (try %s)", alert.pk, type(error).__name__, alert.mail_tries
            )
            continue
        with transaction.atomic():
            alerts.mailed(alert_id=alert.pk, now=now)
        sent += 1
    return sent


def can_mail() -> bool:
    """Is a mail server named (GLEDE_SMTP_HOST)?"""
    mailer: dict[str, Any] = dict(settings.MAILERS["default"])
    by_smtp = str(mailer["BACKEND"]).endswith("smtp.EmailBackend")
    return not by_smtp or bool(mailer.get("OPTIONS", {}).get("host"))


def _letter(alert: Alert) -> EmailMessage:
    """One sentence and a link: what it is about stays behind the sign-in."""
    return EmailMessage(
        subject=f"Glede: {alert.says}"[:150],
        body=f"{alert.says}\n\n{settings.GLEDE_BASE_URL}{alert.href}\n",
        to=[alert.person.email],
    )
