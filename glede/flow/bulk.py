"""One act on many conversations: seen beforehand, done in batches, taken back by one undo."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db import transaction

from glede.desk.acts.bulk import Bulk, Standing, Wish, cannot
from glede.desk.acts.rules import Deed
from glede.desk.conversations import queries_bulk
from glede.desk.conversations.rules import NotNeeded, State
from glede.flow import handling, sorting, undoing
from glede.flow.undoing import Kept
from glede.kit import gather
from glede.kit.words import of_error
from glede.rulebook.people.rules import Permission, Viewer

#: Conversations held and changed in one transaction: others wait for no more than these.
_AT_ONCE = 20

_DEEDS = {
    Bulk.ASSIGN: Deed.ASSIGNED,
    Bulk.LABEL: Deed.LABELLED,
    Bulk.SNOOZE: Deed.SNOOZED,
    Bulk.RESOLVE: Deed.RESOLVED,
    Bulk.NOT_NEEDED: Deed.NOT_NEEDED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became, or would become, of one of them; `why_not` is empty where it is done."""

    id: int
    name: str
    brand_id: int
    why_not: str


@dataclass(frozen=True, slots=True)
class Done:
    outcomes: tuple[Outcome, ...]
    kept: Kept | None

    @property
    def count(self) -> int:
        return sum(not one.why_not for one in self.outcomes)


def preview(
    *, viewer: Viewer, ids: Collection[int], wish: Wish, now: datetime
) -> tuple[Outcome, ...]:
    """What the act would do to each that this person can see, in the order of time left. Changes
    nothing."""
    mine = viewer.brands_for(Permission.WORK_CONVERSATIONS)
    return tuple(
        Outcome(one.id, one.name, one.brand_id, cannot(one, wish, mine=mine, now=now))
        for one in _standing(viewer, ids)
    )


def do(*, viewer: Viewer, ids: Collection[int], wish: Wish, now: datetime) -> Done:
    """Do it to each for which it can be done; what cannot says why and stays as it is."""
    outcomes = {one.id: one for one in preview(viewer=viewer, ids=ids, wish=wish, now=now)}
    able = [one for one in outcomes.values() if not one.why_not]
    into: int | None = None
    for batch in batched(able, _AT_ONCE, strict=False):
        with (
            undoing.keeping(
                viewer=viewer,
                deed=_DEEDS[wish.act],
                conversations=[one.id for one in batch],
                into=into,
                now=now,
            ) as act,
            gather.together(),
        ):
            for one, why_not in _each(viewer, batch, wish, now=now):
                outcomes[one.id] = Outcome(one.id, one.name, one.brand_id, why_not)
        into = act.act.pk if act.act is not None else into
    done = Done(tuple(outcomes.values()), None)
    kept = None if into is None else undoing.offered(into, says=_says(wish.act, done.count))
    return Done(done.outcomes, kept)


def _each(
    viewer: Viewer, batch: Sequence[Outcome], wish: Wish, *, now: datetime
) -> Iterator[tuple[Outcome, str]]:
    for one in batch:
        try:
            with transaction.atomic(), gather.together():
                _one(viewer, one, wish, now=now)
        except ValueError as error:
            # Somebody changed it since the preview; the others are done all the same.
            yield one, of_error(error)
        else:
            yield one, ""


def _one(viewer: Viewer, one: Outcome, wish: Wish, *, now: datetime) -> None:
    conversation_id = one.id
    match wish.act:
        case Bulk.ASSIGN:
            handling.give(
                viewer=viewer, conversation_id=conversation_id, person_id=wish.person_id, now=now
            )
        case Bulk.RESOLVE:
            handling.settle(viewer=viewer, conversation_id=conversation_id, now=now)
        case Bulk.NOT_NEEDED:
            handling.close_without_reply(
                viewer=viewer,
                conversation_id=conversation_id,
                reason=NotNeeded(wish.reason),
                words=wish.words,
                now=now,
            )
        case Bulk.LABEL:
            sorting.label(
                viewer=viewer, conversation_id=conversation_id, label_id=wish.label_id or 0, now=now
            )
        case Bulk.SNOOZE:
            sorting.put_away(
                viewer=viewer,
                conversation_id=conversation_id,
                until_at=wish.until(one.brand_id) or now,
                now=now,
            )


_WORDS = {
    Bulk.ASSIGN: "given",
    Bulk.LABEL: "labelled",
    Bulk.SNOOZE: "snoozed",
    Bulk.RESOLVE: "resolved",
    Bulk.NOT_NEEDED: "closed: no reply needed",
}


def _says(act: Bulk, count: int) -> str:
    return f"{count} {'conversation' if count == 1 else 'conversations'} {_WORDS[act]}."


def _standing(viewer: Viewer, ids: Collection[int]) -> list[Standing]:
    return [
        Standing(
            id=row.pk,
            name=row.name,
            brand_id=row.brand_id,
            state=State(row.state),
            owner_id=row.owner_id,
            labels=tuple(row.labels),
            waits=row.pk in waiting,
            due_at=row.due_at,
        )
        for rows, waiting in (queries_bulk.visible(viewer, ids=ids),)
        for row in rows
    ]
