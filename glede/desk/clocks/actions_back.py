"""Clocks as they stood, and put back with the due time they had."""

from collections.abc import Collection, Iterable
from datetime import datetime

from glede.desk.clocks.models import Clock
from glede.kit import rows
from glede.kit.rows import Rows
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Stamp, Verb

_COLUMNS = (
    "state",
    "held_at",
    "due_at",
    "soft_at",
    "look_at",
    "stopped_at",
    "stopped_by_kind",
    "stopped_by_id",
)


def as_they_stand(conversation_ids: Collection[int]) -> Rows:
    """Every clock of these conversations; one query."""
    found = Clock.objects.filter(conversation__in=conversation_ids)
    return {f"clock:{clock.pk}": rows.values(clock, _COLUMNS) for clock in found}


def whose(keys: Iterable[str]) -> dict[str, int]:
    """Which conversation each of these clocks belongs to, by its key; one query at most."""
    numbers = [int(key.partition(":")[2]) for key in keys if key.startswith("clock:")]
    if not numbers:
        return {}
    found = Clock.objects.filter(pk__in=numbers).values_list("pk", "conversation_id")
    return {f"clock:{pk}": of for pk, of in found}


def put_back(*, before: Rows, actor: Actor, now: datetime) -> None:
    """Give these clocks the values they had, each in the record under its clause."""
    for key, values in before.items():
        kind, _, number = key.partition(":")
        if kind != "clock":
            continue
        clock = (
            Clock.objects.select_for_update(of=("self",), no_key=True)
            .select_related("conversation__brand", "policy")
            .get(pk=int(number))
        )
        rows.put(clock, values)
        clock.save(update_fields=list(values))
        audit.record(
            actor=actor,
            verb=Verb.CLOCK_PUT_BACK,
            object_kind="conversation",
            object_id=clock.conversation_id,
            brand=clock.conversation.brand.slug,
            stamp=Stamp(clock.clause, clock.policy.number),
            details={
                "clock": clock.pk,
                "kind": clock.kind,
                "state": clock.state,
                "due_at": clock.due_at.isoformat(),
            },
            now=now,
        )
