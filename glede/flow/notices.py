"""Tell people about the policy and its offices: on their alerts page, live, and by their ways."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from glede.desk.alerts import actions as alerts
from glede.desk.alerts.rules import Kind
from glede.flow import announcing


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
    announcing.announce(raised, now=now)
    return len(raised)


def can_mail() -> bool:
    """Is a mail server named (GLEDE_SMTP_HOST)?"""
    mailer: dict[str, Any] = dict(settings.MAILERS["default"])
    by_smtp = str(mailer["BACKEND"]).endswith("smtp.EmailBackend")
    return not by_smtp or bool(mailer.get("OPTIONS", {}).get("host"))
