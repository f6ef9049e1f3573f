"""Look at the version in force again: start, decide, have it confirmed (policy heading: review).

A review that changes nothing moves the date on which the policy is due again. So it needs reasons
and a second person, an interim one too. A review that ends in a change leads to the next version.
"""

from collections.abc import Mapping
from datetime import date, datetime

from glede.kit.words import joined, say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Details, Verb
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy.actions import PolicyRefusedError, local_day
from glede.rulebook.policy.models import Reminder, Review, Version
from glede.rulebook.policy.reviewing import CHECKLIST, Decision


def start(*, version_id: int, interim: bool, because: str, actor: Actor, now: datetime) -> int:
    """Begin to look at a version that binds; one review of it is open at a time."""
    _must(
        Permission.DRAFT_POLICY,
        actor,
        now,
        say("%(name)s may not review a policy.", name=actor.name),
    )
    version = Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None or version.approved_at is None:
        raise PolicyRefusedError(
            say("Only an approved version is reviewed: a draft can be changed.")
        )
    if Review.objects.filter(version=version, closed_at=None).exists():
        raise PolicyRefusedError(
            say(
                "A review of version %(number)s is open already: finish that one.",
                number=version.number,
            )
        )
    if interim and not because.strip():
        raise PolicyRefusedError(
            say("Say why it is looked at before its time: a change of the law, an incident …")
        )
    made = Review.objects.create(
        version=version,
        interim=interim,
        because=because.strip(),
        started_by_id=_person(actor),
        started_at=now,
    )
    _record(made, Verb.REVIEW_STARTED, actor, now, {"interim": interim})
    return made.pk


def keep(*, review_id: int, checked: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Keep what was found so far; nothing is decided by it."""
    _must(
        Permission.DRAFT_POLICY,
        actor,
        now,
        say("%(name)s may not review a policy.", name=actor.name),
    )
    review = _open(review_id)
    if review.decision:
        raise PolicyRefusedError(
            say("It is decided: take the decision back before you change a line.")
        )
    review.checked = _known(checked)
    review.save(update_fields=["checked"])


def decide(
    *,
    review_id: int,
    decision: Decision,
    reasons: str,
    next_due_on: date | None = None,
    led_to: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """End the review: “no change” waits for a second person, “change” is done with the new draft
    (`led_to`, its number)."""
    _must(
        Permission.DRAFT_POLICY,
        actor,
        now,
        say("%(name)s may not review a policy.", name=actor.name),
    )
    review = _open(review_id)
    if review.decision:
        raise PolicyRefusedError(say("It is decided already."))
    if not reasons.strip():
        raise PolicyRefusedError(
            say("Give the reasons: without them nobody can confirm the decision.")
        )
    left = [words for key, words in CHECKLIST if not str(review.checked.get(key, "")).strip()]
    if left:
        raise PolicyRefusedError(say("Not looked at yet: %(names)s.", names=joined(left, "; ")))
    if decision is Decision.NO_CHANGE and (next_due_on is None or next_due_on <= local_day(now)):
        raise PolicyRefusedError(say("Name the day in the future on which it is looked at again."))
    review.decision = decision.value
    review.reasons = reasons.strip()
    review.decided_by_id, review.decided_at = _person(actor), now
    if decision is Decision.CHANGE:
        review.led_to, review.closed_at = led_to, now
    else:
        review.next_due_on = next_due_on
    review.save()
    _record(review, Verb.REVIEW_DECIDED, actor, now, {"decision": decision.value})
    if review.closed_at is not None:
        _record(review, Verb.REVIEW_CLOSED, actor, now, {"led_to": led_to})


def confirm(*, review_id: int, actor: Actor, now: datetime) -> None:
    """A second person agrees that nothing changes: only now the date moves."""
    confirmer = _must(
        Permission.APPROVE_POLICY,
        actor,
        now,
        say("%(name)s may not confirm a review.", name=actor.name),
    )
    review = _open(review_id)
    if review.decision != Decision.NO_CHANGE:
        raise PolicyRefusedError(say("Nothing is decided yet: there is nothing to confirm."))
    if confirmer in (review.decided_by_id, review.started_by_id):
        raise PolicyRefusedError(say("You did this review yourself: a second person confirms it."))
    review.confirmed_by_id, review.closed_at = confirmer, now
    review.save(update_fields=["confirmed_by", "closed_at"])
    due = review.next_due_on.isoformat() if review.next_due_on else ""
    _record(review, Verb.REVIEW_CLOSED, actor, now, {"next_due_on": due})


def reopen(*, review_id: int, actor: Actor, now: datetime) -> None:
    """Take back a decision that nobody confirmed."""
    if actor.kind is not ActorKind.PERSON:
        raise PolicyRefusedError(say("A person takes a decision back."))
    review = _open(review_id)
    viewer = people.viewer(int(actor.id), now=now)
    if not (viewer.may(Permission.DRAFT_POLICY) or viewer.may(Permission.APPROVE_POLICY)):
        raise PolicyRefusedError(say("%(actor)s may not take it back.", actor=actor.name))
    if not review.decision:
        raise PolicyRefusedError(say("Nothing is decided yet."))
    review.decision, review.next_due_on = "", None
    review.decided_by, review.decided_at = None, None
    review.save(update_fields=["decision", "next_due_on", "decided_by", "decided_at"])
    _record(review, Verb.REVIEW_DECIDED, actor, now, {"decision": "taken back"})


def remind(*, subject: str, due_on: date, step: str, actor: Actor, now: datetime) -> bool:
    """Note that a reminder goes out; false if it went before, so that nobody is told twice."""
    _, is_new = Reminder.objects.get_or_create(
        subject=subject, due_on=due_on, step=step, defaults={"at": now}
    )
    if not is_new:
        return False
    audit.record(
        actor=actor,
        verb=Verb.REVIEW_REMINDED,
        object_kind="policy reminder",
        object_id=subject,
        now=now,
        details={"due_on": due_on.isoformat(), "step": step},
    )
    return True


def _open(review_id: int) -> Review:
    review = Review.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise PolicyRefusedError(say("There is no review number %(number)s.", number=review_id))
    if review.closed_at is not None:
        raise PolicyRefusedError(say("This review is finished and never changes: start another."))
    return review


def _known(checked: Mapping[str, str]) -> dict[str, str]:
    return {key: checked.get(key, "").strip() for key, _ in CHECKLIST}


def _must(permission: Permission, actor: Actor, now: datetime, refusal: str) -> int | None:
    if actor.kind is ActorKind.SYSTEM:
        return None
    if actor.kind is ActorKind.PERSON:
        viewer = people.viewer(int(actor.id), now=now)
        if viewer.may(permission):
            return viewer.id
    raise PolicyRefusedError(refusal)


def _person(actor: Actor) -> int | None:
    return int(actor.id) if actor.kind is ActorKind.PERSON else None


def _record(
    review: Review, verb: Verb, actor: Actor, now: datetime, details: Details | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="policy review",
        object_id=review.pk,
        now=now,
        details={"version": review.version.number, **(details or {})},
    )
