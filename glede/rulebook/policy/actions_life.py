"""From a draft to the version in force: two people, and neither of them alone (policy heading).

A body approves; it has no login. One person records what it decided, a second one confirms the
record. Whoever had a hand in the text confirms nothing.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from glede.kit import store
from glede.kit.words import say
from glede.rulebook.audit.rules import Actor, ActorKind, Verb
from glede.rulebook.offices import queries as offices
from glede.rulebook.offices import rules as office_rules
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import life
from glede.rulebook.policy.actions import (
    PolicyRefusedError,
    check_effective,
    draft_of,
    local_day,
    record,
)
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.models import Approval, Version

__all__ = ["Decided", "File", "PolicyRefusedError"]

#: What a minute may be kept as: what the bytes begin with, and what it is served as.
_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
)
_WORD = re.compile(rb"word/document\.xml")

#: Bytes of a minute at most; a scan of two pages has far fewer.
LARGEST_ATTACHMENT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Decided:
    """What a body decided. Without `effective_at` it takes effect when it is confirmed; without an
    attachment it says why there is none."""

    body: str
    decided_on: date
    minute_reference: str
    effective_at: datetime | None = None
    attachment: File | None = None
    unattached_because: str = ""


def submit(*, version_id: int, actor: Actor, now: datetime) -> None:
    """A draft goes into review; it binds nobody yet."""
    version = draft_of(version_id)
    if version.submitted_at is not None:
        raise PolicyRefusedError(
            say("Version %(number)s is in review already.", number=version.number)
        )
    version.submitted_at = now
    version.submitted_by_id = _person(actor)
    version.sent_back_because = ""
    version.save(update_fields=["submitted_at", "submitted_by", "sent_back_because"])
    record(version, Verb.POLICY_SUBMITTED, actor, now)


def send_back(*, version_id: int, because: str, actor: Actor, now: datetime) -> None:
    """Out of review again, with the reason; a recorded approval that nobody confirmed goes too."""
    version = draft_of(version_id)
    if version.submitted_at is None:
        raise PolicyRefusedError(say("Version %(number)s is not in review.", number=version.number))
    if not because.strip():
        raise PolicyRefusedError(say("Say what has to change before it comes back."))
    Approval.objects.filter(version=version).delete()
    version.submitted_at, version.submitted_by = None, None
    version.sent_back_because = because.strip()
    version.save(update_fields=["submitted_at", "submitted_by", "sent_back_because"])
    record(version, Verb.POLICY_SENT_BACK, actor, now)


def record_approval(*, version_id: int, decided: Decided, actor: Actor, now: datetime) -> None:
    """Write down what a body decided about a version in review; somebody else confirms it."""
    version = draft_of(version_id)
    recorder = _may_approve(actor, now)
    if version.submitted_at is None:
        raise PolicyRefusedError(
            say(
                "Version %(number)s is a draft: send it for review before a decision on it"
                " is recorded.",
                number=version.number,
            )
        )
    if Approval.objects.filter(version=version).exists():
        raise PolicyRefusedError(say("A decision is recorded already: confirm it or take it back."))
    _check(decided, now)
    _two_offices(version, now)
    kept, kind = _kept(decided.attachment)
    Approval.objects.create(
        version=version,
        body=decided.body.strip(),
        decided_on=decided.decided_on,
        minute_reference=decided.minute_reference.strip(),
        effective_at=decided.effective_at,
        attachment=kept,
        attachment_name=decided.attachment.name[:200] if decided.attachment else "",
        attachment_type=kind,
        attachment_size=len(decided.attachment.data) if decided.attachment else 0,
        unattached_because=decided.unattached_because.strip(),
        recorded_by_id=recorder,
        recorded_at=now,
    )
    record(version, Verb.APPROVAL_RECORDED, actor, now, {"attachment": kept[:32]})


def withdraw(*, version_id: int, actor: Actor, now: datetime) -> None:
    """Take a record back that nobody confirmed: a wrong date, a wrong minute."""
    version = draft_of(version_id)
    _may_approve(actor, now)
    gone, _ = Approval.objects.filter(version=version).delete()
    if gone:
        record(version, Verb.APPROVAL_WITHDRAWN, actor, now)


def confirm(*, version_id: int, actor: Actor, now: datetime) -> datetime:
    """A second person confirms the record; from now on the version never changes. Returns the
    instant from which it binds."""
    version = draft_of(version_id)
    confirmer = _may_approve(actor, now)
    approval = Approval.objects.select_for_update().filter(version=version).first()
    if approval is None:
        raise PolicyRefusedError(say("No decision is recorded: there is nothing to confirm."))
    _second_person(version, approval, confirmer)
    _two_offices(version, now)
    # Confirmed after the time it was to take effect: it binds from now on, never backwards.
    wanted = approval.effective_at
    effective_at = wanted if wanted is not None and wanted > now else now
    check_effective(effective_at, now=now)
    approval.effective_at = effective_at
    approval.confirmed_by_id = confirmer
    approval.confirmed_at = now
    approval.save(update_fields=["effective_at", "confirmed_by", "confirmed_at"])
    version.approved_by = approval.body
    version.approved_at = now
    version.effective_at = effective_at
    version.review_due_on = due_of(version, decided_on=approval.decided_on).on
    version.save(update_fields=["approved_by", "approved_at", "effective_at", "review_due_on"])
    record(
        version,
        Verb.POLICY_APPROVED,
        actor,
        now,
        {"effective_at": effective_at.isoformat(), "recorded_by": approval.recorded_by_id},
    )
    return effective_at


def due_of(version: Version, *, decided_on: date) -> life.Due:
    """When it must be looked at again if it is approved on that day.

    Where the heading already names the month of this approval (“October 2018”), its precision
    counts: a month alone is due on the last day of its month.
    """
    approved = Dated(f"{decided_on:%-d %B %Y}", decided_on)
    if version.approved_on == decided_on and version.written_approved_on:
        approved = Dated(version.written_approved_on, decided_on)
    written = Dated(version.written_next_review, version.next_review_on)
    return life.due(
        approved_on=approved,
        months=version.review_period_months,
        written=written,
        fallback=version.next_review_on,
    )


def _check(decided: Decided, now: datetime) -> None:
    if not decided.body.strip():
        raise PolicyRefusedError(say("Say which body or person approved it."))
    if decided.decided_on > local_day(now):
        raise PolicyRefusedError(say("The day of the decision is still to come."))
    if not decided.minute_reference.strip():
        raise PolicyRefusedError(
            say("Give the reference of the minute in which the decision stands.")
        )
    if decided.attachment is None and not decided.unattached_because.strip():
        raise PolicyRefusedError(say("Attach the minute, or say why there is none to attach."))
    if decided.effective_at is not None:
        check_effective(decided.effective_at, now=now)


def _two_offices(version: Version, now: datetime) -> None:
    """Whoever owns a policy does not review it too: then nobody looks over their shoulder."""
    owner, reviewer = version.owner_office, version.reviewer_office
    if not owner or not reviewer:
        return
    if office_rules.folded(owner) == office_rules.folded(reviewer):
        raise PolicyRefusedError(
            say(
                "%(owner)s is named as owner and as reviewer: it takes two people to sign"
                " off a policy. Name another reviewer in the text.",
                owner=owner,
            )
        )
    today = local_day(now)
    holder = offices.holder(owner, on=today)
    if holder is not None and holder == offices.holder(reviewer, on=today):
        raise PolicyRefusedError(
            say(
                "%(name)s holds both %(owner)s and %(reviewer)s: the owner and the reviewer"
                " of a policy are two people. Appoint somebody else to one of the offices.",
                name=people.person(holder).name,
                owner=owner,
                reviewer=reviewer,
            )
        )


def _second_person(version: Version, approval: Approval, confirmer: int) -> None:
    if confirmer == approval.recorded_by_id:
        raise PolicyRefusedError(
            say("You recorded this decision yourself: a second person confirms it.")
        )
    if confirmer in version.hands:
        raise PolicyRefusedError(
            say("You worked on this version yourself: nobody approves their own change.")
        )


def _may_approve(actor: Actor, now: datetime) -> int:
    if actor.kind is ActorKind.PERSON:
        viewer = people.viewer(int(actor.id), now=now)
        if viewer.may(Permission.APPROVE_POLICY):
            return viewer.id
    raise PolicyRefusedError(say("%(actor)s may not approve a policy.", actor=actor.name))


def _person(actor: Actor) -> int | None:
    return int(actor.id) if actor.kind is ActorKind.PERSON else None


def _kept(file: File | None) -> tuple[str, str]:
    """Its digest in the store, and what it is served as: told by its bytes, never by its name."""
    if file is None:
        return "", ""
    if len(file.data) > LARGEST_ATTACHMENT:
        raise PolicyRefusedError(
            say(
                "The minute has more than %(most)s MB: attach the page with the decision alone.",
                most=LARGEST_ATTACHMENT // 1024**2,
            )
        )
    kind = next((kind for begins, kind in _KINDS if file.data.startswith(begins)), "")
    if kind.endswith("wordprocessingml.document") and not _WORD.search(file.data):
        kind = ""
    if not kind:
        raise PolicyRefusedError(
            say("A minute is a PDF, a Word document (.docx), a PNG or a JPEG.")
        )
    return store.put(file.data), kind
