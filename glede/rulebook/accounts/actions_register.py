"""Enter platforms in the register of approved platforms, and change what it says of them."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from importlib import resources
from typing import Any

from django.utils.timezone import localdate

from glede.kit.words import say
from glede.rulebook.accounts.models import Approval
from glede.rulebook.accounts.register import USABLE, Status
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Stamp, Verb
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy.life import review_due

_LISTED, _DECIDED = Stamp("2.1"), Stamp("3.1")


class RegisterRefusedError(Exception):
    """What was asked of the register is not possible; the message says why."""


def begin(*, actor: Actor, now: datetime) -> int:
    """Enter the platforms an organisation begins with, unless they are entered; returns how many.

    Which those are is data: `register.toml`.
    """
    data = tomllib.loads(
        resources.files(__package__).joinpath("register.toml").read_text(encoding="utf-8")
    )
    entered = set(Approval.objects.values_list("slug", flat=True))
    review_on = review_due(localdate(now), data["review_months"], month_only=False)
    new = [listed for listed in data["platform"] if listed["slug"] not in entered]
    for listed in new:
        row = Approval.objects.create(
            slug=listed["slug"],
            name=listed["name"],
            aliases=listed.get("aliases", []),
            status=Status.APPROVED,
            office=data["office"],
            review_on=review_on,
            source=listed["source"],
            changed_at=now,
        )
        _record(row, actor, now, stamp=_LISTED)
    return len(new)


def decide(  # noqa: PLR0913 - what a decision consists of
    *,
    slug: str,
    name: str,
    status: Status,
    reason: str,
    office: str,
    review_on: date | None,
    aliases: Sequence[str] = (),
    source: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """Approve a platform, put it on trial, retire it or refuse it, with the reason for it."""
    _must_approve(actor, now)
    if not reason.strip():
        raise RegisterRefusedError(say("Say why: the reason is kept with the decision."))
    if status in USABLE and not office.strip():
        raise RegisterRefusedError(say("Say which office answers for our use of it."))
    if status in USABLE and (review_on is None or review_on <= localdate(now)):
        raise RegisterRefusedError(say("Say when it is looked at again, on a day to come."))
    row = Approval.objects.select_for_update().filter(slug=slug).first()
    before = row.status if row else Status.NOT_APPROVED
    row = row or Approval(slug=slug, name=name, aliases=list(aliases), source=source)
    row.status, row.reason, row.office = status, reason.strip(), office.strip()
    row.review_on = review_on if status in USABLE else None
    row.changed_at = now
    row.save()
    _record(row, actor, now, stamp=_DECIDED, before=str(before))


def _must_approve(actor: Actor, now: datetime) -> None:
    if actor.kind is not ActorKind.PERSON:
        return
    viewer = people.viewer(int(actor.id), now=now)
    if not viewer.may(Permission.APPROVE_PLATFORMS):
        raise RegisterRefusedError(
            say(
                "The Deputy Chief Executive or the owner of the policy decides about"
                " platforms (clause 3.1)."
            )
        )


def _record(row: Approval, actor: Actor, now: datetime, *, stamp: Stamp, before: str = "") -> None:
    details: dict[str, Any] = {"platform": row.slug, "status": str(row.status)}
    audit.record(
        actor=actor,
        verb=Verb.PLATFORM_DECIDED,
        object_kind="platform",
        object_id=row.pk,
        now=now,
        stamp=stamp,
        details=details | ({"before": before} if before else {}),
    )
