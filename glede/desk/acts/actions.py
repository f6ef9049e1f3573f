"""Keep an act, mark it as undone, forget what is over."""

from collections.abc import Iterable
from datetime import datetime

from glede.desk.acts.models import Act
from glede.desk.acts.rules import Changed, Deed
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def keep(
    *,
    person_id: int,
    deed: Deed,
    conversations: Iterable[int],
    changed: Changed,
    now: datetime,
    until_at: datetime,
) -> Act:
    """Remember what an act changed. The act itself is in the record: its own room put it there."""
    return Act.objects.create(
        person_id=person_id,
        deed=deed,
        conversations=sorted(conversations),
        before=changed.before,
        after=changed.after,
        at=now,
        until_at=until_at,
    )


def extend(*, act_id: int, conversations: Iterable[int], changed: Changed) -> Act:
    """A further batch of the same act."""
    act = lock(act_id)
    act.conversations = sorted({*act.conversations, *conversations})
    act.before = {**act.before, **changed.before}
    act.after = {**act.after, **changed.after}
    act.save(update_fields=["conversations", "before", "after"])
    return act


def last_until(*, act_id: int, until_at: datetime) -> Act:
    """It can be undone until then."""
    Act.objects.filter(pk=act_id).update(until_at=until_at)
    return Act.objects.get(pk=act_id)


def lock(act_id: int) -> Act:
    """The row, held until the transaction ends. Raises `Act.DoesNotExist`."""
    return Act.objects.select_for_update(no_key=True).get(pk=act_id)


def undone(*, act: Act, brands: dict[int, str], actor: Actor, now: datetime) -> None:
    """It is taken back for these conversations; `brands` names the brand of each."""
    act.undone_at = now
    act.save(update_fields=["undone_at"])
    for conversation_id in brands:
        audit.record(
            actor=actor,
            verb=Verb.ACT_UNDONE,
            object_kind="conversation",
            object_id=conversation_id,
            brand=brands[conversation_id],
            details={"act": act.pk, "deed": act.deed},
            now=now,
        )


def drop_over(*, before: datetime) -> int:
    """Forget acts that nobody can undo any more; returns how many."""
    return Act.objects.filter(until_at__lt=before).delete()[0]
