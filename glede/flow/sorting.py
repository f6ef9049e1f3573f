"""Labels and snoozes: how a desk sorts what it cannot do now. Neither touches a clock."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from glede.desk.acts.rules import Deed
from glede.desk.clocks import queries as clocks
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_labels as labels
from glede.desk.conversations import actions_snooze as snoozes
from glede.desk.conversations import snoozing
from glede.desk.conversations.models import Conversation, Label
from glede.desk.conversations.snoozing import Choice, Woken
from glede.flow import undoing
from glede.flow.undoing import Kept
from glede.kit import live
from glede.kit.words import say
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Viewer

# --- Labels --------------------------------------------------------------------------------------


def create_label(*, viewer: Viewer, name: str, brand_id: int | None, now: datetime) -> Label:
    """Raises `labels.BadLabel`."""
    with transaction.atomic():
        return labels.create(
            name=name, brand_id=brand_id, person_id=viewer.id, actor=viewer.actor, now=now
        )


def rename_label(*, viewer: Viewer, label_id: int, name: str, now: datetime) -> None:
    """Raises `labels.BadLabel`."""
    with transaction.atomic():
        labels.rename(label_id=label_id, name=name, actor=viewer.actor, now=now)


def archive_label(*, viewer: Viewer, label_id: int, back: bool, now: datetime) -> None:
    """Archive it, or bring it back."""
    act = labels.bring_back if back else labels.archive
    with transaction.atomic():
        act(label_id=label_id, actor=viewer.actor, now=now)


def put_on(*, viewer: Viewer, conversation_id: int, label_id: int, now: datetime) -> Kept | None:
    """Raises `labels.BadLabel`."""
    with undoing.keeping(
        viewer=viewer, deed=Deed.LABELLED, conversations=[conversation_id], now=now
    ) as act:
        label(viewer=viewer, conversation_id=conversation_id, label_id=label_id, now=now)
    return act.kept(say("Label put on."))


def label(*, viewer: Viewer, conversation_id: int, label_id: int, now: datetime) -> None:
    """The same within the caller's transaction, and not kept for an undo."""
    changed = labels.put_on(
        conversation_id=conversation_id, label_id=label_id, actor=viewer.actor, now=now
    )
    _seen_and_told(viewer, changed, now=now)


def take_off(*, viewer: Viewer, conversation_id: int, label_id: int, now: datetime) -> Kept | None:
    with undoing.keeping(
        viewer=viewer, deed=Deed.LABELLED, conversations=[conversation_id], now=now
    ) as act:
        changed = labels.take_off(
            conversation_id=conversation_id, label_id=label_id, actor=viewer.actor, now=now
        )
        _seen_and_told(viewer, changed, now=now)
    return act.kept(say("Label taken off."))


# --- Snooze --------------------------------------------------------------------------------------


def choices(*, brand_id: int, now: datetime) -> tuple[Choice, ...]:
    """The times a snooze of this brand's conversations may be until; none without opening hours."""
    try:
        calendar = brands.calendar_at(brand_id, now).calendar
    except brands.NoCalendarError:
        return ()
    later = timedelta(hours=settings.GLEDE_SNOOZE_LATER_HOURS)
    return snoozing.choices(now, calendar, later=later)


def snooze(
    *, viewer: Viewer, conversation_id: int, until_at: datetime, now: datetime
) -> Kept | None:
    """Out of sight until then, or until a clock comes near. Raises `snoozing.BadSnooze`."""
    with undoing.keeping(
        viewer=viewer, deed=Deed.SNOOZED, conversations=[conversation_id], now=now
    ) as act:
        ends = put_away(viewer=viewer, conversation_id=conversation_id, until_at=until_at, now=now)
    return act.kept(
        say("Snoozed.") if ends == until_at else say("Snoozed until its clock comes near.")
    )


def put_away(
    *, viewer: Viewer, conversation_id: int, until_at: datetime, now: datetime
) -> datetime:
    """The same within the caller's transaction, and not kept for an undo; returns when it ends."""
    running = clocks.running(conversation_id)
    ends = snoozing.ends_at(
        until_at,
        due_at=min((one.due_at for one in running), default=None),
        near=[at for one in running for at in (one.look_at, one.soft_at) if at is not None],
        longest=timedelta(days=settings.GLEDE_SNOOZE_DAYS),
        now=now,
    )
    changed = snoozes.snooze(
        conversation_id=conversation_id,
        until_at=ends,
        person_id=viewer.id,
        actor=viewer.actor,
        now=now,
    )
    _seen_and_told(viewer, changed, now=now)
    return ends


def wake_up(*, viewer: Viewer, conversation_id: int, now: datetime) -> Kept | None:
    """Bring it back by hand."""
    with undoing.keeping(
        viewer=viewer, deed=Deed.WOKEN, conversations=[conversation_id], now=now
    ) as act:
        changed = snoozes.wake(
            conversation_id=conversation_id, why=Woken.BY_HAND, actor=viewer.actor, now=now
        )
        if changed is not None:
            _seen_and_told(viewer, changed, now=now)
    return act.kept(say("Back in the list."))


def wake(*, now: datetime, limit: int = 100) -> int:
    """Bring back what was snoozed until now; returns how many."""
    found = snoozes.over(now=now, limit=limit)
    for conversation_id in found:
        with transaction.atomic():
            _wake(conversation_id, Woken.TIME, now=now)
    return len(found)


def clock_near(*, conversation_id: int, now: datetime) -> None:
    """A clock of it crossed a step: whoever put it away sees it again. In the caller's
    transaction."""
    _wake(conversation_id, Woken.CLOCK, now=now)


def _wake(conversation_id: int, why: Woken, *, now: datetime) -> None:
    changed = snoozes.wake(conversation_id=conversation_id, why=why, actor=SYSTEM, now=now)
    if changed is not None:
        _tell(changed, now=now)


def _seen_and_told(viewer: Viewer, changed: Conversation, *, now: datetime) -> None:
    conversations.read(
        conversation_id=changed.pk, person_id=viewer.id, revision=changed.revision, now=now
    )
    _tell(changed, now=now)


def _tell(changed: Conversation, *, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": changed.pk, "new": False},
        brand=changed.brand_id,
        now=now,
    )
