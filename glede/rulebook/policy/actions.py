"""Bring a policy text in, put a first one in force, throw a draft away.

How any later version is approved, by two people, is in `actions_life.py`.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Details, Verb
from glede.rulebook.policy import life, rules
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.models import Approval, Clause, Rule, Version
from glede.rulebook.policy.rules import Document


class PolicyRefusedError(Exception):
    """What was asked of a policy version is not possible; the message says why."""


def draft(*, document: Document, actor: Actor, now: datetime, hands: Collection[int] = ()) -> int:
    """Take a document in; it binds nobody until it is approved. Returns the version's id.

    `hands` are people besides the actor who worked on it: none of them confirms its approval.
    """
    rules.check(document)
    for number in Version.objects.values_list("number", flat=True):
        if number == document.number:
            raise PolicyRefusedError(say("There is a version %(number)s already.", number=number))
        if life.same_number(number, document.number):
            raise PolicyRefusedError(
                say(
                    "There is a version %(number)s already, and %(number2)s names the same"
                    " one: call this one %(life)s.",
                    number=number,
                    number2=document.number,
                    life=life.next_number([number]),
                )
            )
    drafter = int(actor.id) if actor.kind is ActorKind.PERSON else None
    version = Version.objects.create(
        number=document.number,
        title=document.title,
        source_hash=document.source_hash,
        outline=dict(document.outline),
        drafted_by_id=drafter,
        drafted_at=now,
        hands=sorted({*hands, *([drafter] if drafter is not None else [])}),
        **_heading(document),
    )
    Clause.objects.bulk_create(
        Clause(
            version=version,
            number=clause.number,
            section=clause.section,
            heading=clause.heading,
            text=clause.text,
            order=order,
        )
        for order, clause in enumerate(document.clauses)
    )
    Rule.objects.bulk_create(
        Rule(
            version=version,
            key=rule.key,
            value=rule.value,
            clause=rule.clause,
            quote=rule.quote,
            status=rule.status.value,
        )
        for rule in document.rules
    )
    record(version, Verb.POLICY_DRAFTED, actor, now)
    return version.pk


def _heading(document: Document) -> dict[str, object]:
    """What the heading says, as columns; each date beside the words it was written in."""
    nothing = Dated("")
    approved = document.approved_on or nothing
    effective = document.effective_on or nothing
    following = document.next_review or nothing
    if following.on is None and document.review_due_on is not None:
        following = replace(following, on=document.review_due_on)
    return {
        "organisation": document.organisation,
        "owner_office": document.owner,
        "reviewer_office": document.reviewer,
        "written_approver": document.approved_by,
        "written_approved_on": approved.written,
        "written_effective_on": effective.written,
        "written_next_review": following.written,
        "approved_on": approved.on,
        "effective_on": effective.on,
        "next_review_on": following.on,
        "review_period_months": document.review_period_months,
        "review_due_on": following.on,
    }


def approve(
    *, version_id: int, approved_by: str, effective_at: datetime, actor: Actor, now: datetime
) -> None:
    """Put a version in force without a second person: the machine's own act when an organisation
    is set up, and recorded as such. A person's decision goes through `actions_life`.

    Only the very first version may take effect in the past: another would change afterwards what
    people were promised.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise PolicyRefusedError(
            say(
                "Nobody puts a version in force alone: record the approval, and let a second"
                " person confirm it."
            )
        )
    version = draft_of(version_id)
    if not approved_by.strip():
        raise PolicyRefusedError(say("Say who approved it: a body or a person."))
    if Approval.objects.filter(confirmed_by__isnull=False).exists():
        raise PolicyRefusedError(
            say(
                "Two people have approved a version here: from then on two people approve"
                " every one."
            )
        )
    check_effective(effective_at, now=now)
    Approval.objects.create(
        version=version,
        body=approved_by.strip(),
        decided_on=local_day(now),
        effective_at=effective_at,
        recorded_at=now,
        confirmed_at=now,
        at_setup=True,
    )
    version.approved_by = approved_by.strip()
    version.approved_at = now
    version.effective_at = effective_at
    version.save(update_fields=["approved_by", "approved_at", "effective_at"])
    record(
        version,
        Verb.POLICY_APPROVED,
        actor,
        now,
        {"effective_at": effective_at.isoformat(), "at_setup": True},
    )


def discard(*, version_id: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away, with the record of an approval nobody confirmed."""
    version = Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None or version.approved_at is not None:
        raise PolicyRefusedError(say("Only a draft can be thrown away."))
    record(version, Verb.POLICY_DISCARDED, actor, now)
    Approval.objects.filter(version=version).delete()
    version.rules.all().delete()
    version.clauses.all().delete()
    version.delete()


def reword(
    *, version_id: int, clause: str, document: Document, actor: Actor, now: datetime
) -> None:
    """Put other words into one clause of a draft: `document` is the draft with them, its rules read
    anew. Whoever does so has a hand in it and does not confirm its approval."""
    version = draft_of(version_id)
    if version.submitted_at is not None:
        raise PolicyRefusedError(
            say(
                "Version %(number)s is in review: send it back before its words are changed.",
                number=version.number,
            )
        )
    rules.check(document)
    words = {one.number: one.text for one in document.clauses}
    if clause not in words:
        raise PolicyRefusedError(
            say(
                "Version %(number)s has no clause %(clause)s.", number=version.number, clause=clause
            )
        )
    if not words[clause].strip():
        raise PolicyRefusedError(
            say("A clause without words says nothing: write some, or leave it.")
        )
    Clause.objects.filter(version=version, number=clause).update(text=words[clause])
    for rule in document.rules:
        Rule.objects.filter(version=version, key=rule.key).update(
            value=rule.value, clause=rule.clause, quote=rule.quote, status=rule.status.value
        )
    version.outline = dict(document.outline)
    if actor.kind is ActorKind.PERSON:
        version.hands = sorted({*version.hands, int(actor.id)})
    version.save(update_fields=["outline", "hands"])
    record(version, Verb.POLICY_REWORDED, actor, now, {"clause": clause})


# --- Shared by the verbs of this room ----------------------------------------------------------


def draft_of(version_id: int) -> Version:
    """The version, locked; refuses one that is approved."""
    version = Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise PolicyRefusedError(
            say("There is no policy version with the id %(number)s.", number=version_id)
        )
    if version.approved_at is not None:
        raise PolicyRefusedError(
            say(
                "Version %(number)s was approved on %(day)s and never changes: a change is a new"
                " version.",
                number=version.number,
                day=clock.date_words(version.approved_at),
            )
        )
    return version


def check_effective(effective_at: datetime, *, now: datetime) -> None:
    approved = Version.objects.filter(approved_at__isnull=False)
    if effective_at < now and approved.exists():
        raise PolicyRefusedError(say("A new version takes effect now or later, not in the past."))
    if approved.filter(effective_at=effective_at).exists():
        raise PolicyRefusedError(say("Another version takes effect at this very time."))


def local_day(now: datetime) -> date:
    """Days of the policy are days where the organisation is."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def record(
    version: Version, verb: Verb, actor: Actor, now: datetime, details: Details | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="policy",
        object_id=version.pk,
        now=now,
        details={"version": version.number, **(details or {})},
    )
