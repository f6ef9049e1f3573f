"""Every act on a conversation can be taken back for some seconds, exactly, by who did it.

An act is done inside `keeping`, which looks at the rows before and after it. A part of the desk
whose act does more than change columns (a merge moves messages) registers how it is reversed:

    with undoing.keeping(viewer=viewer, deed=Deed.MERGED, conversations=[a, b], now=now) as act:
        ...
    return act.kept("Merged.")

    @undoing.reverses(Deed.MERGED)
    def unmerge(*, viewer: Viewer, act: Act, now: datetime) -> None: ...   # raises CannotUndo
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction

from glede.desk.acts import actions as acts
from glede.desk.acts import queries, rules
from glede.desk.acts.models import Act
from glede.desk.acts.rules import CannotUndo, Changed, Deed
from glede.desk.clocks import actions_back as clocks
from glede.desk.conversations import actions_back as conversations
from glede.desk.conversations.models import Conversation
from glede.kit import clock, live
from glede.kit.rows import Rows
from glede.kit.words import joined, say
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Kept:
    """An act that can be undone: which one, in which words, until when."""

    id: int
    says: str
    until_at: datetime
    conversations: tuple[int, ...]


class Keeping:
    """What an act changed, known once its block has ended."""

    def __init__(self) -> None:
        self.act: Act | None = None

    def kept(self, says: str) -> Kept | None:
        """For the bar that offers to undo it; None where the act changed nothing."""
        if self.act is None:
            return None
        return Kept(self.act.pk, says, self.act.until_at, tuple(self.act.conversations))


class Reverse(Protocol):
    def __call__(self, *, viewer: Viewer, act: Act, now: datetime) -> None: ...


_REVERSES: dict[Deed, Reverse] = {}
#: All of it is put back, or nothing.
_WHOLE = frozenset({Deed.MERGED, Deed.SPLIT, Deed.LINKED})


def reverses(deed: Deed) -> Callable[[Reverse], Reverse]:
    """Decorates what takes an act of this kind back, beside the columns that are put back."""

    def register(reverse: Reverse) -> Reverse:
        _REVERSES[deed] = reverse
        return reverse

    return register


@contextmanager
def keeping(
    *,
    viewer: Viewer,
    deed: Deed,
    conversations: Collection[int],
    now: datetime,
    always: bool = False,
    into: int | None = None,
) -> Iterator[Keeping]:
    """One transaction with the conversations held, in which somebody acts on them. `always` keeps
    the act even where no column changed, because its own reverse has something to do. `into` is
    an act of which this is a further batch: one undo takes both back."""
    keeping = Keeping()
    with transaction.atomic():
        hold(conversations)
        before = _as_they_stand(conversations)
        yield keeping
        changed = rules.changed(before, _as_they_stand(conversations))
        if into is not None:
            keeping.act = acts.extend(act_id=into, conversations=conversations, changed=changed)
        elif changed or always:
            keeping.act = _keep(viewer, deed, conversations, changed, now=now)


def _keep(
    viewer: Viewer, deed: Deed, of: Collection[int], changed: Changed, *, now: datetime
) -> Act:
    return acts.keep(
        person_id=viewer.id,
        deed=deed,
        conversations=of,
        changed=changed,
        now=now,
        until_at=now + timedelta(seconds=settings.GLEDE_UNDO_SECONDS),
    )


def offered(act_id: int, *, says: str) -> Kept:
    """What was done in batches: its seconds begin when the last one is done."""
    seconds = timedelta(seconds=settings.GLEDE_UNDO_SECONDS)
    act = acts.last_until(act_id=act_id, until_at=clock.now() + seconds)
    return Kept(act.pk, says, act.until_at, tuple(act.conversations))


@dataclass(frozen=True, slots=True)
class Undone:
    """The conversations that stand as before, and in a sentence each those that stay, and why."""

    conversations: tuple[int, ...]
    stay: tuple[str, ...] = ()
    #: Words came back: they stand in the composer as a note.
    note: bool = False


def undo(*, viewer: Viewer, act_id: int, now: datetime) -> Undone:
    """Take one's own act back. Of an act on many, those that somebody has changed since stay as
    they are, and the others are put back.

    Raises `LookupError` where there is no such act of theirs, and `CannotUndo` where it is too
    late, or where none of them can be put back: somebody has changed the same thing since, or they
    no longer work for the brand.
    """
    if queries.of_person(act_id, viewer.id) is None:
        raise LookupError(say("There is no such act of yours."))
    with transaction.atomic():
        act = acts.lock(act_id)
        rules.check(
            until_at=act.until_at,
            undone_at=act.undone_at,
            seconds=settings.GLEDE_UNDO_SECONDS,
            now=now,
        )
        held = conversations.lock_all(act.conversations)
        able, stay = _sorted_out(viewer, act, held)
        if not able:
            raise CannotUndo(joined(stay))
        # What is reversed is only what is put back; the row keeps what was done.
        act.conversations = ids = [one.pk for one in able]
        if (reverse := _REVERSES.get(Deed(act.deed))) is not None:
            reverse(viewer=viewer, act=act, now=now)
        before = _of(act.before, act, ids) if stay else act.before
        conversations.put_back(before=before, conversation_ids=ids)
        clocks.put_back(before=before, actor=viewer.actor, now=now)
        acts.undone(
            act=act, brands={one.pk: one.brand.slug for one in able}, actor=viewer.actor, now=now
        )
        for one in able:
            live.publish(
                topic="conversation.changed",
                payload={"id": one.pk, "new": False},
                brand=one.brand_id,
                now=now,
            )
    return Undone(tuple(ids), stay, note=act.deed == Deed.NOTED)


def forget(*, now: datetime) -> int:
    """Acts that nobody can undo any more; what was done is in the record."""
    return acts.drop_over(before=now)


def _sorted_out(
    viewer: Viewer, act: Act, held: Sequence[Conversation]
) -> tuple[list[Conversation], tuple[str, ...]]:
    """Those that can be put back, and why each of the others stays: nothing is put back over what
    somebody did since. What makes two matters of one, or one of two, goes back whole or stays."""
    stands = _as_they_stand(act.conversations)
    whose = _whose(act.after)
    able, stay = [], []
    for one in held:
        if not viewer.may(Permission.WORK_CONVERSATIONS, one.brand_id):
            stay.append(
                say("%(name)s: your roles for its brand no longer include that.", name=one.name)
            )
            continue
        mine = {key: left for key, left in act.after.items() if whose.get(key) == one.pk}
        if found := rules.meddled(mine, stands):
            stay.append(
                say(
                    "%(name)s: %(found)s has changed since, so it stays as it is.",
                    name=one.name,
                    found=found,
                )
            )
        else:
            able.append(one)
    if stay and Deed(act.deed) in _WHOLE:
        return [], tuple(stay)
    return able, tuple(stay)


def _of(kept: Rows, act: Act, ids: Collection[int]) -> Rows:
    """The rows of these conversations among those an act changed."""
    whose = _whose(act.after)
    return {key: values for key, values in kept.items() if whose.get(key) in ids}


def _whose(kept: Rows) -> dict[str, int]:
    """Which conversation each changed row belongs to, by its key."""
    return {**conversations.whose(kept), **clocks.whose(kept)}


def hold(conversation_ids: Collection[int]) -> None:
    """Nobody else changes these until the transaction ends."""
    conversations.lock_all(conversation_ids)


def _as_they_stand(conversation_ids: Collection[int]) -> Rows:
    return {
        **conversations.as_they_stand(conversation_ids),
        **clocks.as_they_stand(conversation_ids),
    }
