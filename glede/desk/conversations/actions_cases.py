"""Two conversations that are one matter, one that is two, one that belongs to another brand.

Everything that moves is listed in a `Regrouping`, so that it can move back. No enquiry loses the
time at which it was opened, and none is answered or closed by being moved: of two that wait, the
later one joins the earlier, which holds the clock (clause 6.2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from glede.desk.conversations import cases, rules, veil
from glede.desk.conversations.cases import Opened, Refused, Side
from glede.desk.conversations.models import (
    Agreement,
    Conversation,
    Enquiry,
    Label,
    Message,
    MessageVersion,
    Regrouping,
)
from glede.desk.conversations.rules import SETTLED, ClosedAs, Direction, State
from glede.desk.conversations.timescales import HOLDS, AgreementState
from glede.kit.words import of_error, say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Details, Stamp, Verb

#: More enquiries than one matter ever has; numbers pass through here while they change places.
_ASIDE = 1_000_000

#: What a conversation says of itself and gets back when a merge is taken back.
_FACE = ("state", "owner_id", "labels", "duplicate_of_id", "snoozed_until", "snoozed_by_id")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: the enquiry that holds the clock and the one that joined it, if two
    waited."""

    regrouping: Regrouping
    source: Conversation
    target: Conversation
    joined: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Split:
    """What a split did. `opened` is an enquiry whose clocks have to be started; `went` one that
    went over as it was, with its clocks."""

    regrouping: Regrouping
    source: Conversation
    target: Conversation
    opened: Enquiry | None
    went: Enquiry | None


def lock(*ids: int) -> dict[int, Conversation]:
    """These conversations, held until the transaction ends, always in the same order. Raises
    `Conversation.DoesNotExist`."""
    found = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related(
        "brand", "account"
    )
    held = {one.pk: one for one in found.filter(pk__in=ids).order_by("pk")}
    if len(held) < len(set(ids)):
        raise Conversation.DoesNotExist("There is no such conversation.")
    return held


# --- Merge ---------------------------------------------------------------------------------------


def merge(
    *,
    source_id: int,
    target_id: int,
    why: str,
    person_id: int,
    actor: Actor,
    stamp: Stamp,
    now: datetime,
) -> Merged:
    """`source` goes on in `target`: messages and enquiries, each with its own receipt. Raises
    `Refused`."""
    held = lock(source_id, target_id)
    source, target = held[source_id], held[target_id]
    cases.check_merge(_side(source), _side(target), why=why)
    moved: dict[str, Any] = {"source": _face(source), "target": _face(target)}
    both = list(Enquiry.objects.filter(conversation__in=(source, target)))
    joined = cases.kept_and_joined(_opened(both))
    moved["enquiries"] = [[one.pk, one.conversation_id, one.number] for one in both]
    moved["joined"] = list(joined) if joined else None
    messages = Message.objects.filter(conversation=source)
    moved["messages"] = list(messages.values_list("pk", "enquiry_id").order_by("pk"))
    messages.update(conversation=target)
    if joined:
        kept, joins = joined
        Message.objects.filter(enquiry_id=joins).update(enquiry_id=kept)
        Enquiry.objects.filter(pk=joins).update(closed_at=now, closed_as=ClosedAs.JOINED)
    _number([one.pk for one in both], cases.in_order(_opened(both)), target)
    _take_over(source, target)
    source.merged_into = target
    source.state, source.state_at, source.waiting_count = State.CLOSED, now, 0
    source.snoozed_until, source.snoozed_by, source.duplicate_of = None, None, None
    _changed(source)
    _refresh(target, now=now)
    moved["made"] = _face(target)
    regrouping = Regrouping.objects.create(
        kind=cases.Kind.MERGE,
        source=source,
        target=target,
        person_id=person_id,
        at=now,
        why=" ".join(why.split()),
        moved=moved,
    )
    for one, verb, other in (
        (source, Verb.CONVERSATION_MERGED, target),
        (target, Verb.CONVERSATION_TOOK_IN, source),
    ):
        details = {"regrouping": regrouping.pk, "other": other.pk, "moved": len(moved["messages"])}
        _audit(one, verb, details, actor=actor, stamp=stamp, now=now)
    return Merged(regrouping, source, target, joined)


def _side(of: Conversation) -> Side:
    dated = Agreement.objects.filter(conversation=of).filter(
        Q(state=AgreementState.PLANNED) | Q(state__in=HOLDS, ended_at=None)
    )
    return Side(
        id=of.pk,
        brand_id=of.brand_id,
        contact_id=of.contact_id,
        private=of.private,
        is_merged=of.merged_into_id is not None,
        has_date=dated.exists(),
    )


def _opened(of: Iterable[Enquiry]) -> list[Opened]:
    return [
        Opened(one.pk, one.opened_at, one.answered_at is None and one.closed_at is None)
        for one in of
    ]


def _number(ids: Sequence[int], order: Sequence[int], conversation: Conversation) -> None:
    """Give these enquiries to a conversation, numbered in this order."""
    Enquiry.objects.filter(pk__in=ids).update(number=F("id") + _ASIDE)
    for number, pk in enumerate(order, start=1):
        Enquiry.objects.filter(pk=pk).update(conversation=conversation, number=number)


def _take_over(source: Conversation, target: Conversation) -> None:
    """What the one that goes on takes from the other, where it has nothing of its own."""
    target.opened_at = min(target.opened_at, source.opened_at)
    target.owner_id = target.owner_id or source.owner_id
    target.labels = [*target.labels, *(one for one in source.labels if one not in target.labels)]
    if target.duplicate_of_id == source.pk:
        target.duplicate_of_id = None
    target.duplicate_of_id = target.duplicate_of_id or (
        source.duplicate_of_id if source.duplicate_of_id != target.pk else None
    )
    if source.state not in SETTLED and target.state in SETTLED:
        target.state = source.state


# --- Taken back ----------------------------------------------------------------------------------


def unmerge(
    *, regrouping_id: int, person_id: int, actor: Actor, stamp: Stamp, now: datetime
) -> Merged:
    """Everything goes back to where it was, and what was written meanwhile stays where it waits.
    Raises `Refused`, saying why, once somebody answered or closed it."""
    regrouping = Regrouping.objects.get(pk=regrouping_id, kind=cases.Kind.MERGE)
    held = lock(regrouping.source_id, regrouping.target_id)
    source, target = held[regrouping.source_id], held[regrouping.target_id]
    regrouping.refresh_from_db()
    moved, made = regrouping.moved, regrouping.moved["made"]
    joined = tuple(moved["joined"]) if moved["joined"] else None
    _check_unmerge(regrouping, target)
    mine = [pk for pk, was, _ in moved["enquiries"] if was == source.pk]
    listed = [pk for pk, _ in moved["messages"]]
    for enquiry_id in {enquiry_id for _, enquiry_id in moved["messages"]}:
        these = [pk for pk, was in moved["messages"] if was == enquiry_id]
        Message.objects.filter(pk__in=these).update(conversation=source, enquiry_id=enquiry_id)
    if joined is None:
        Message.objects.filter(enquiry_id__in=mine).update(conversation=source)
    elif joined[0] in mine:
        # What was said since waits on in the conversation that stays.
        since = Message.objects.filter(enquiry_id=joined[0]).exclude(pk__in=listed)
        since.update(enquiry_id=joined[1])
    _number_back(moved["enquiries"], target)
    if joined is not None:
        Enquiry.objects.filter(pk=joined[1]).update(closed_at=None, closed_as="")
    source.merged_into = None
    _put_face(source, moved["source"])
    now_is = _face(target)
    # What a person changed since is theirs.
    kept = {name: was for name, was in moved["target"].items() if now_is[name] == made[name]}
    _put_face(target, kept)
    regrouping.undone_at, regrouping.undone_by_id = now, person_id
    regrouping.save(update_fields=["undone_at", "undone_by"])
    for one, other in ((source, target), (target, source)):
        _refresh(one, now=now)
        details = {"regrouping": regrouping.pk, "other": other.pk}
        _audit(one, Verb.CONVERSATION_UNMERGED, details, actor=actor, stamp=stamp, now=now)
    return Merged(regrouping, source, target, joined)


def why_not_unmerge(regrouping: Regrouping) -> str:
    """Why a merge can no longer be taken back; "" while it can."""
    try:
        _check_unmerge(regrouping, regrouping.target)
    except Refused as refused:
        return of_error(refused)
    return ""


def _check_unmerge(regrouping: Regrouping, target: Conversation) -> None:
    if regrouping.undone_at is not None:
        raise Refused(say("It was taken back already."))
    both = (regrouping.source_id, regrouping.target_id)
    newer = Regrouping.objects.filter(pk__gt=regrouping.pk, undone_at=None).filter(
        Q(source_id__in=both) | Q(target_id__in=both)
    )
    if newer.exists():
        raise Refused(say("Something was merged or split here since. Take that back first."))
    answered = Message.objects.filter(
        conversation=target,
        direction=Direction.OUT,
        automatic=False,
        ingested_at__gte=regrouping.at,
    ).exclude(pk__in=[pk for pk, _ in regrouping.moved["messages"]])
    if answered.exists():
        raise Refused(
            say(
                "Somebody answered since, and that answer stopped one clock for both. Split"
                " the messages that are another matter instead."
            )
        )
    waited = [pk for pk, _, _ in regrouping.moved["enquiries"]]
    kept = regrouping.moved["joined"][0] if regrouping.moved["joined"] else None
    over = Enquiry.objects.filter(pk__in=waited).filter(
        Q(pk=kept) & (Q(answered_at__isnull=False) | Q(closed_at__isnull=False))
        | Q(closed_at__gt=regrouping.at)
        | Q(answered_at__gt=regrouping.at)
    )
    if over.exists():
        raise Refused(say("What waited here was closed since. Reopen it first."))


def _number_back(listed: Sequence[Sequence[int]], target: Conversation) -> None:
    ids = [pk for pk, _, _ in listed]
    Enquiry.objects.filter(pk__in=ids).update(number=F("id") + _ASIDE)
    # What was opened since stays, after those that were there before.
    since = Enquiry.objects.filter(conversation=target).exclude(pk__in=ids).order_by("number")
    last = max((number for _, was, number in listed if was == target.pk), default=0)
    for pk, conversation_id, number in listed:
        Enquiry.objects.filter(pk=pk).update(conversation_id=conversation_id, number=number)
    for number, pk in enumerate(list(since.values_list("pk", flat=True)), start=last + 1):
        Enquiry.objects.filter(pk=pk).update(number=number)


# --- Split ---------------------------------------------------------------------------------------


def split(
    *,
    conversation_id: int,
    message_ids: Sequence[int],
    person_id: int,
    actor: Actor,
    stamp: Stamp,
    now: datetime,
) -> Split:
    """These messages are a matter of their own (clause 6.2). What of them waits, waits there; when
    nothing that waits is left behind, the enquiry goes over as it is. Raises `Refused`."""
    source = lock(conversation_id)[conversation_id]
    if source.merged_into_id is not None:
        raise Refused(say("It went on in another conversation. Split it there."))
    chosen = list(
        Message.objects.filter(conversation=source, pk__in=message_ids)
        .select_related("handle", "thread__account")
        .order_by("received_at", "pk")
    )
    theirs = [one for one in chosen if one.direction == Direction.IN]
    left = Message.objects.filter(conversation=source, direction=Direction.IN).exclude(
        pk__in=[one.pk for one in chosen]
    )
    cases.check_split(chosen=len(chosen), theirs_chosen=len(theirs), theirs_left=left.count())
    target = _new_matter(source, theirs[0], now=now)
    ids = [one.pk for one in chosen]
    moved: dict[str, Any] = {"messages": [[one.pk, one.enquiry_id] for one in chosen]}
    waiting = source.enquiries.filter(answered_at=None, closed_at=None).first()
    waits = [
        one
        for one in theirs
        if waiting is not None and one.enquiry_id == waiting.pk and one.deleted_at is None
    ]
    opened = went = None
    Message.objects.filter(pk__in=ids).update(conversation=target)
    if waiting is not None and waits:
        if left.filter(enquiry=waiting, deleted_at=None).exists():
            opened = Enquiry.objects.create(
                conversation=target, number=1, opened_at=waits[0].received_at
            )
            Message.objects.filter(pk__in=[one.pk for one in waits]).update(enquiry=opened)
        else:
            moved["enquiries"] = [[waiting.pk, source.pk, waiting.number]]
            Message.objects.filter(enquiry=waiting).update(conversation=target)
            waiting.conversation, waiting.number = target, 1
            waiting.save(update_fields=["conversation", "number"])
            went = waiting
    regrouping = Regrouping.objects.create(
        kind=cases.Kind.SPLIT,
        source=source,
        target=target,
        person_id=person_id,
        at=now,
        moved=moved,
    )
    _refresh(target, now=now)
    if not waits:
        target.state, target.state_at = State.WAITING_FOR_THEM, now
        target.save(update_fields=["state", "state_at"])
    _refresh(source, now=now)
    if went is not None and source.state not in SETTLED:
        source.state, source.state_at = State.WAITING_FOR_THEM, now
        source.save(update_fields=["state", "state_at"])
    for one, verb, other in (
        (source, Verb.CONVERSATION_SPLIT, target),
        (target, Verb.CONVERSATION_SPLIT_OFF, source),
    ):
        details = {"regrouping": regrouping.pk, "other": other.pk, "moved": len(ids)}
        _audit(one, verb, details, actor=actor, stamp=stamp, now=now)
    return Split(regrouping, source, target, opened, went)


def _new_matter(source: Conversation, first: Message, *, now: datetime) -> Conversation:
    thread = first.thread or source.thread
    private = thread.private and thread.pk == source.thread_id
    return Conversation.objects.create(
        brand=source.brand,
        contact_id=first.handle.contact_id if first.handle else source.contact_id,
        account=thread.account,
        thread=thread,
        owner_id=source.owner_id,
        state=State.IN_PROGRESS if source.owner_id else State.NEW,
        state_at=now,
        opened_at=first.received_at,
        name=first.handle.name if first.handle else source.name,
        platform=first.platform,
        kind=first.kind,
        private=private or thread.private,
        language=source.language,
        labels=[],
        last_at=first.received_at,
    )


# --- Another brand, and the same matter elsewhere ------------------------------------------------


def move(
    *,
    conversation_id: int,
    brand_id: int,
    keeps_owner: bool,
    actor: Actor,
    stamp: Stamp,
    now: datetime,
) -> tuple[Conversation, int]:
    """It belongs to another brand than that of the page it came in on. Its clocks stay as they
    were promised; it is still answered where it was asked. Labels of the brand it leaves come off.
    Returns it with the id of the brand it left; raises `Refused`."""
    conversation = lock(conversation_id)[conversation_id]
    if conversation.merged_into_id is not None:
        raise Refused(say("It went on in another conversation. Move that one."))
    before = conversation.brand_id
    if before == brand_id:
        raise Refused(say("It belongs to that brand already."))
    left_by = conversation.brand.slug
    conversation.brand_id = brand_id
    if not keeps_owner:
        conversation.owner_id = None
        if conversation.state == State.IN_PROGRESS:
            conversation.state, conversation.state_at = State.NEW, now
    own = set(
        Label.objects.filter(pk__in=conversation.labels, brand_id=before).values_list(
            "pk", flat=True
        )
    )
    conversation.labels = [one for one in conversation.labels if one not in own]
    _changed(conversation)
    conversation = lock(conversation_id)[conversation_id]
    details: Details = {"from": left_by, "to": conversation.brand.slug, "owner_kept": keeps_owner}
    _audit(conversation, Verb.CONVERSATION_MOVED, details, actor=actor, stamp=stamp, now=now)
    return conversation, before


def link(
    *, conversation_id: int, duplicate_of_id: int, actor: Actor, stamp: Stamp, now: datetime
) -> tuple[Conversation, Conversation]:
    """It says the same as that one: one investigation, an answer in each place. No clock is touched
    by that. Raises `Refused`."""
    held = lock(conversation_id, duplicate_of_id)
    one, first = held[conversation_id], held[duplicate_of_id]
    if one.pk == first.pk:
        raise Refused(say("That is this conversation itself. Choose another one."))
    if one.merged_into_id or first.merged_into_id:
        raise Refused(say("One of them went on in another conversation already. Open that one."))
    if first.duplicate_of_id == one.pk:
        raise Refused(say("They are linked already, the other way round."))
    if first.duplicate_of_id is not None:
        raise Refused(say("That one is itself linked to another. Link this to the first of them."))
    if one.duplicates.exists():
        raise Refused(say("Others are linked to this one. Link that one to this instead."))
    one.duplicate_of = first
    for each, other in ((one, first), (first, one)):
        _changed(each)
        details = {"other": other.pk}
        _audit(each, Verb.DUPLICATE_LINKED, details, actor=actor, stamp=stamp, now=now)
    return one, first


def unlink(
    *, conversation_id: int, actor: Actor, now: datetime
) -> tuple[Conversation, Conversation] | None:
    """It is a matter of its own after all; nothing where it was linked to none."""
    known = Conversation.objects.filter(pk=conversation_id)
    first_id = known.values_list("duplicate_of_id", flat=True).first()
    if first_id is None:
        return None
    held = lock(conversation_id, first_id)
    one, first = held[conversation_id], held[first_id]
    one.duplicate_of = None
    for each, other in ((one, first), (first, one)):
        _changed(each)
        details = {"other": other.pk}
        _audit(each, Verb.DUPLICATE_UNLINKED, details, actor=actor, stamp=Stamp(), now=now)
    return one, first


def belong_to(*, ids: Sequence[int], contact_id: int) -> None:
    """These are that person’s. Whoever says so is in the record of the person."""
    Conversation.objects.filter(pk__in=ids).update(contact_id=contact_id)


def remember(
    regrouping: Regrouping,
    *,
    clocks: Sequence[Sequence[Any]],
    things: dict[str, list[int]],
) -> None:
    """What of other rooms went along: clocks as they were, and ids by what they are of."""
    regrouping.moved = {**regrouping.moved, "clocks": clocks, "things": things}
    regrouping.save(update_fields=["moved"])


def newest(conversation_ids: Sequence[int], kind: cases.Kind) -> Regrouping:
    """The last regrouping of this kind among these that stands. Raises `Refused`."""
    found = Regrouping.objects.filter(kind=kind, source_id__in=conversation_ids, undone_at=None)
    last = found.order_by("-pk").first()
    if last is None:
        raise Refused(say("It was taken back already."))
    return last


# --- Inside --------------------------------------------------------------------------------------


def _face(of: Conversation) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name in _FACE
        for value in (getattr(of, name),)
    }


def _put_face(of: Conversation, face: dict[str, Any]) -> None:
    for name, value in face.items():
        known = datetime.fromisoformat(value) if name == "snoozed_until" and value else value
        setattr(of, name, known)


def _changed(of: Conversation) -> None:
    of.revision += 1
    of.said_revision = of.revision
    of.save()


def _refresh(of: Conversation, *, now: datetime) -> None:
    """The row the list shows, made again from what stands in the conversation now."""
    said = of.messages.exclude(direction=Direction.NOTE)
    newest = (
        said.filter(automatic=False, deleted_at=None).order_by("-received_at", "-pk").first()
        or said.order_by("-received_at", "-pk").first()
    )
    of.message_count = said.count()
    if newest is not None:
        words = (
            MessageVersion.objects.filter(message=newest)
            .order_by("-number")
            .values_list("text", flat=True)
            .first()
        )
        of.last_at = newest.received_at
        first_words = rules.first_words(words or "", has_media=bool(newest.media))
        of.words = veil.row_words(first_words, newest.flagged)
        of.words_ours = newest.direction == Direction.OUT
        of.words_person_id = newest.person_id
    first = said.order_by("received_at").values_list("received_at", flat=True).first()
    of.opened_at = first or of.opened_at
    waiting = of.enquiries.filter(answered_at=None, closed_at=None).first()
    of.waiting_count = (
        0 if waiting is None else waiting.messages.filter(direction=Direction.IN).count()
    )
    if waiting is not None and (of.state in SETTLED or of.state == State.WAITING_FOR_THEM):
        of.state = State.IN_PROGRESS if of.owner_id else State.NEW
        of.state_at = now
    _changed(of)


def _audit(
    of: Conversation,
    verb: Verb,
    details: Details,
    *,
    actor: Actor,
    stamp: Stamp,
    now: datetime,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=of.pk,
        brand=of.brand.slug,
        stamp=stamp,
        details=details,
        now=now,
    )
