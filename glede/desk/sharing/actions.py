"""Write the rules by which work is shared out; each change is in the record."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from glede.desk.sharing.models import Capacity, Rule, Skill
from glede.desk.sharing.rules import BadRule, RuleOf, To
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Details, Verb


def add(*, rule: RuleOf, actor: Actor, now: datetime) -> Rule:
    """A rule after all others. Raises `BadRule` where it names nobody."""
    if rule.to is To.PERSON and rule.person_id is None:
        raise BadRule(say("Say which person gets it."))
    if rule.to is To.SKILL and not rule.skill:
        raise BadRule(say("Say which skill is asked for."))
    last = Rule.objects.aggregate(last=Max("place"))["last"] or 0
    made = Rule.objects.create(
        place=last + 1,
        brand_id=rule.brand_id,
        platform=rule.platform,
        language=rule.language,
        label_id=rule.label_id,
        kind=rule.kind,
        phrases=list(rule.phrases),
        to=rule.to,
        person_id=rule.person_id if rule.to is To.PERSON else None,
        skill=rule.skill if rule.to is To.SKILL else "",
        way=rule.way,
    )
    _audit(made.pk, Verb.SHARING_RULE_ADDED, {"to": rule.to.value}, actor=actor, now=now)
    return made


def move_up(*, rule_id: int, actor: Actor, now: datetime) -> None:
    """One place earlier. Raises `Rule.DoesNotExist`."""
    rows = list(Rule.objects.select_for_update(of=("self",), no_key=True))
    at = next((n for n, row in enumerate(rows) if row.pk == rule_id), None)
    if at is None:
        raise Rule.DoesNotExist(f"There is no rule number {rule_id}.")
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    for place, row in enumerate(rows, start=1):
        if row.place != place:
            row.place = place
            row.save(update_fields=["place"])
    _audit(rule_id, Verb.SHARING_RULE_CHANGED, {"moved": "up"}, actor=actor, now=now)


def switch(*, rule_id: int, on: bool, actor: Actor, now: datetime) -> None:
    """Let it hold, or not for now."""
    Rule.objects.filter(pk=rule_id).update(active=on)
    _audit(rule_id, Verb.SHARING_RULE_CHANGED, {"on": on}, actor=actor, now=now)


def remove(*, rule_id: int, actor: Actor, now: datetime) -> None:
    Rule.objects.filter(pk=rule_id).delete()
    _audit(rule_id, Verb.SHARING_RULE_REMOVED, {}, actor=actor, now=now)


def took_turn(*, rule_id: int, person_id: int) -> None:
    """The next in turn comes after this person."""
    Rule.objects.filter(pk=rule_id).update(last_person_id=person_id)


def set_person(
    *, person_id: int, skills: Iterable[str], most: int | None, actor: Actor, now: datetime
) -> None:
    """What somebody can do, and how much they are given by rule at most (None: no limit)."""
    wanted = {" ".join(one.split()).casefold() for one in skills} - {""}
    Skill.objects.filter(person_id=person_id).exclude(name__in=wanted).delete()
    Skill.objects.bulk_create(
        [Skill(person_id=person_id, name=one) for one in sorted(wanted)], ignore_conflicts=True
    )
    if most is None:
        Capacity.objects.filter(person_id=person_id).delete()
    else:
        Capacity.objects.update_or_create(person_id=person_id, defaults={"most": most})
    audit.record(
        actor=actor,
        verb=Verb.SHARING_PERSON_CHANGED,
        object_kind="person",
        object_id=person_id,
        details={"skills": len(wanted), "most": most},
        now=now,
    )


def _audit(rule_id: int, verb: Verb, details: Details, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor, verb=verb, object_kind="rule", object_id=rule_id, details=details, now=now
    )
