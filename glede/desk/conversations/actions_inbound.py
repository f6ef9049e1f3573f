"""What platforms bring: threads, messages, new words, deletions. Saves; decides by `rules`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q

from glede.desk.contacts.models import Handle
from glede.desk.conversations import queries_quality, rules, veil
from glede.desk.conversations.models import (
    Conversation,
    Enquiry,
    Message,
    MessageVersion,
    PrivateLink,
    Sighting,
    Subject,
    Thread,
)
from glede.desk.conversations.rules import ClosedAs, Direction, State
from glede.kit import gather
from glede.platforms import contract
from glede.rulebook.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Limits:
    """The policy's numbers this room needs, in force at receipt."""

    history_after: timedelta
    reopen_within: timedelta
    link_lasts: timedelta
    #: Words of a short message that may need no reply (clauses.md A3).
    praise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an inbound message belongs."""

    conversation: Conversation
    new_conversation: bool
    enquiry: Enquiry | None
    #: The enquiry began with this message, or begins earlier because of it: its clock starts now.
    starts_clock: bool


def find_message(*, platform: str, native_id: str) -> Message | None:
    known = Message.objects.filter(platform=platform, native_id=native_id)
    # Most of what comes is new, and asking for a row with all that belongs to it is not cheap.
    pk = known.values_list("pk", flat=True).first()
    if pk is None:
        return None
    return Message.objects.select_related("conversation", "enquiry", "thread", "handle").get(pk=pk)


def sight(*, message: Message, way: str, account_id: int, now: datetime) -> None:
    """Remember a way in which a message reached us; the first time of each way counts."""
    gather.later(_sighted, Sighting(message=message, way=way, account_id=account_id, at=now))


def _sighted(sightings: Sequence[Sighting]) -> None:
    Sighting.objects.bulk_create(sightings, ignore_conflicts=True)


@dataclass(frozen=True, slots=True)
class Met:
    """The thread a post stands in, with its subject; and which of them was made just now."""

    thread: Thread
    new: bool
    new_subject: Subject | None = None


def meet_thread(*, account: Account, post: contract.Post, limits: Limits, now: datetime) -> Met:
    """Find or make the thread a post stands in, and what is talked about there."""
    subject, new_subject = None, False
    if post.subject is not None:
        subject, new_subject = _meet_subject(account, post.subject)
    thread = Thread.objects.filter(account=account, native_id=post.thread).first()
    new = thread is None
    if thread is None:
        thread = Thread.objects.create(
            account=account,
            native_id=post.thread,
            private=post.private,
            subject=subject,
            opened_at=min(post.at, now),
            last_at=min(post.at, now),
        )
    elif subject is not None and thread.subject_id is None:
        thread.subject = subject
        thread.save(update_fields=["subject"])
    if post.link_hash:
        link(thread=thread, token_hash=post.link_hash, expires_at=now + limits.link_lasts)
    return Met(thread, new, subject if new_subject else None)


def _meet_subject(account: Account, subject: contract.Subject) -> tuple[Subject, bool]:
    known = Subject.objects.filter(account=account, native_id=subject.native_id).first()
    if known is not None:
        return known, False
    made = Subject.objects.create(
        account=account,
        native_id=subject.native_id,
        author_name=subject.author.name or subject.author.handle,
        text=subject.text,
        url=subject.url,
        ours=subject.ours,
        at=subject.at,
        flagged=veil.of_post(subject),
    )
    return made, True


def rename(*, contact_id: int, was: str, name: str) -> None:
    """Whoever was called `was` on their platform is called otherwise now."""
    Conversation.objects.filter(contact_id=contact_id, name=was).update(name=name)


def keep_message(
    *,
    account: Account,
    thread: Thread,
    post: contract.Post,
    direction: Direction,
    handle: Handle | None,
    now: datetime,
    place: "Place | None" = None,
    tombstone: Message | None = None,
) -> Message:
    """Store a message with its first words; a tombstone that came first is filled in, wordless."""
    received_at = rules.received(post.at, ingested_at=now)
    values = {
        "thread": thread,
        "conversation": place.conversation if place else None,
        "enquiry": place.enquiry if place else None,
        "handle": handle,
        "parent_native_id": post.parent,
        "direction": direction,
        "kind": post.kind,
        "private": post.private,
        "url": post.url,
        "language": post.language,
        "received_at": received_at,
        "remark_at": post.remark_at,
        "revision": post.revision,
        "media": [_media(item) for item in post.media],
        "flagged": veil.of_post(post),
    }
    if tombstone is not None:
        values["media"] = []
        for name, value in values.items():
            setattr(tombstone, name, value)
        tombstone.save()
        return tombstone
    message = Message.objects.create(
        platform=account.platform, native_id=post.native_id, ingested_at=now, **values
    )
    MessageVersion.objects.create(
        message=message, number=1, text=post.text, revision=post.revision, at=received_at
    )
    if received_at > thread.last_at:
        Thread.objects.filter(pk=thread.pk, last_at__lt=received_at).update(last_at=received_at)
    return message


def _media(item: contract.Media) -> dict[str, object]:
    return {
        "kind": item.kind,
        "alt": item.alt,
        "url": item.url,
        "content_type": item.content_type,
        "width": item.width,
        "height": item.height,
    }


def place(
    *,
    account: Account,
    thread: Thread,
    fresh: bool,
    handle: Handle,
    post: contract.Post,
    gone: bool,
    limits: Limits,
    now: datetime,
) -> Place:
    """The conversation and enquiry an inbound post belongs to (design 3; clauses 6.2, A5).

    `fresh`: they are met for the first time, or the public thread is: there is nothing of theirs
    to look for.
    `gone`: it was taken away before we saw it; its words are shown nowhere and nothing waits.
    """
    received_at = rules.received(post.at, ingested_at=now)
    waits = not gone and not rules.is_history(
        received_at, ingested_at=now, after=limits.history_after
    )
    text = "" if gone else post.text
    words = rules.first_words(text, has_media=bool(post.media) and not gone)
    words = words if gone else veil.row_words(words, veil.of_post(post))
    conversation = None if fresh else _newest_of(thread, handle, parent=post.parent)
    shown = _Shown(
        words=words,
        at=received_at,
        waits=waits,
        language=rules.language_tag(post.language),
        proposed=(rules.may_need_no_reply(text, praise=limits.praise) or "") if waits else "",
    )
    if conversation is None or not rules.continues(
        state=State(conversation.state),
        last_at=conversation.last_at,
        received_at=received_at,
        reopen_within=limits.reopen_within,
    ):
        opened = _open(account, thread, handle, post, shown)
        enquiry = _first_enquiry(opened, received_at) if waits else None
        return Place(opened, True, enquiry, waits)
    enquiry, starts = _join(conversation, received_at) if waits else (None, False)
    _show(conversation, shown)
    return Place(conversation, False, enquiry, starts)


def _newest_of(thread: Thread, handle: Handle, *, parent: str) -> Conversation | None:
    conversations = Conversation.objects.select_for_update(
        of=("self",), no_key=True
    ).select_related("brand")
    here = Q(thread=thread, contact_id=handle.contact_id)
    if thread.continues_id is not None:
        here |= Q(pk=thread.continues_id)
    several = list(conversations.filter(here).order_by("-last_at")[:2])
    if several or not thread.private:
        return _where_it_went_on(_the_one_meant(several, parent))
    # We answered something public of theirs in private: this is the same matter, and one clock.
    found = (
        conversations.filter(
            contact_id=handle.contact_id, account_id=thread.account_id, private=False
        )
        .filter(
            Exists(
                Message.objects.filter(
                    conversation=OuterRef("pk"), direction=Direction.OUT, private=True
                )
            )
        )
        .order_by("-last_at")
        .first()
    )
    found = _where_it_went_on(found)
    if found is not None:
        goes_on(thread=thread, conversation=found)
    return found


def _the_one_meant(several: Sequence[Conversation], parent: str) -> Conversation | None:
    """One person can have several matters in one thread, where one was split off: what answers a
    message belongs where that message is, and anything else to the newest."""
    if len(several) > 1 and parent:
        meant = Message.objects.filter(
            native_id=parent, platform=several[0].platform, conversation__isnull=False
        ).values_list("conversation_id", flat=True)
        return next((one for one in several if one.pk in set(meant)), several[0])
    return several[0] if several else None


def _where_it_went_on(found: Conversation | None) -> Conversation | None:
    """What was merged into another goes on there, at whatever remove."""
    while found is not None and found.merged_into_id is not None:
        found = (
            Conversation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("brand")
            .get(pk=found.merged_into_id)
        )
    return found


def goes_on(*, thread: Thread, conversation: Conversation) -> None:
    """What is said in this private thread belongs to a conversation that began in public."""
    if thread.continues_id is None and thread.pk != conversation.thread_id:
        thread.continues = conversation
        thread.save(update_fields=["continues"])


def moved_to(*, message: Message, thread: Thread) -> None:
    """A private answer of ours turns out to stand in this private thread."""
    if message.conversation is None or message.thread_id == thread.pk:
        return
    goes_on(thread=thread, conversation=message.conversation)
    message.thread = thread
    message.save(update_fields=["thread"])


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a message brings to the row that the list shows."""

    words: str
    at: datetime
    waits: bool
    language: str
    #: Why this message alone may need no reply; empty where it may.
    proposed: str


def _open(
    account: Account, thread: Thread, handle: Handle, post: contract.Post, shown: _Shown
) -> Conversation:
    return Conversation.objects.create(
        brand=account.brand,
        contact_id=handle.contact_id,
        account=account,
        thread=thread,
        state=State.NEW,
        state_at=shown.at,
        opened_at=shown.at,
        name=handle.name,
        platform=account.platform,
        kind=post.kind,
        private=thread.private,
        words=shown.words,
        last_at=shown.at,
        message_count=1,
        waiting_count=1 if shown.waits else 0,
        language=shown.language,
        proposed=shown.proposed,
    )


def _first_enquiry(conversation: Conversation, at: datetime) -> Enquiry:
    return Enquiry.objects.create(conversation=conversation, number=1, opened_at=at)


def _join(conversation: Conversation, received_at: datetime) -> tuple[Enquiry, bool]:
    """The enquiry a message of this time belongs to, and whether a clock starts with it."""
    waiting = conversation.enquiries.filter(answered_at=None, closed_at=None).first()
    if waiting is not None:
        if received_at < waiting.opened_at:
            waiting.opened_at = received_at
            waiting.save(update_fields=["opened_at"])
            return waiting, True
        return waiting, False
    last = conversation.enquiries.aggregate(last=Max("number"))["last"] or 0
    return (
        Enquiry.objects.create(
            conversation=conversation,
            number=last + 1,
            follow_up=last > 0,
            opened_at=received_at,
        ),
        True,
    )


def _show(conversation: Conversation, shown: _Shown) -> None:
    """Keep the row that the list shows current."""
    if shown.at >= conversation.last_at:
        conversation.words = shown.words
        conversation.words_ours, conversation.words_person_id = False, None
        conversation.last_at = shown.at
        conversation.language = shown.language or conversation.language
    conversation.message_count += 1
    # They wrote: whoever put it away for a while sees it again.
    conversation.snoozed_until, conversation.snoozed_by_id = None, None
    if shown.waits:
        # Every message that waits has to look alike: one question among thanks is a question.
        first = conversation.waiting_count == 0
        if not first and conversation.proposed != shown.proposed:
            conversation.proposed = ""
        elif first:
            conversation.proposed = shown.proposed
        conversation.waiting_count += 1
        if conversation.state != State.NEW:
            back = State.IN_PROGRESS if conversation.owner_id else State.NEW
            conversation.state = rules.move(State(conversation.state), back)
            conversation.state_at = shown.at
    _said(conversation)
    conversation.save()


def propose(*, conversation_id: int, praise: Sequence[str]) -> None:
    """Look again whether what waits may need no reply: words were edited, taken away, or wait
    anew. A person decides; this only moves it under the heading that asks."""
    found = queries_quality.proposal(conversation_id, praise=praise)
    Conversation.objects.filter(pk=conversation_id).exclude(proposed=found or "").update(
        proposed=found or ""
    )


def _said(conversation: Conversation) -> None:
    """Something was said, changed or taken away: whoever is answering should know."""
    conversation.revision += 1
    conversation.said_revision = conversation.revision


def add_version(
    *,
    message: Message,
    text: str,
    revision: str,
    at: datetime,
    now: datetime,
    flagged: str = "",
) -> bool:
    """Keep an edit as a version when its words differ from the newest; tells whether they did.

    `flagged` veils new words that their platform marks (`veil.py`); an edit lifts no veil. Order is
    the platform's edit time; an edit never opens an enquiry and never restarts a clock.
    """
    newest = message.versions.order_by("-number").first()
    at = min(at, now)
    if newest is None or newest.text == text or (revision and newest.revision == revision):
        return False
    if at < newest.at:
        at = newest.at
    MessageVersion.objects.create(
        message=message, number=newest.number + 1, text=text, revision=revision, at=at
    )
    message.revision = revision
    message.flagged = message.flagged or flagged
    message.save(update_fields=["revision", "flagged"])
    if message.conversation_id is not None:
        conversation = Conversation.objects.select_for_update(of=("self",), no_key=True).get(
            pk=message.conversation_id
        )
        latest = conversation.messages.exclude(direction=Direction.NOTE).order_by(
            "-received_at", "-pk"
        )
        if latest.values_list("pk", flat=True).first() == message.pk:
            words = rules.first_words(text, has_media=bool(message.media))
            conversation.words = veil.row_words(words, message.flagged)
            _whose(conversation, message)
        _said(conversation)
        conversation.save()
    return True


def keep_deletion(
    *, platform: str, native_id: str, at: datetime, message: Message | None, now: datetime
) -> Message | None:
    """Mark a message as taken away; a deletion that comes first leaves an empty tombstone.

    Returns the message when it changed.
    """
    at = min(at, now)
    if message is None:
        return Message.objects.create(
            platform=platform,
            native_id=native_id,
            direction=Direction.IN,
            kind=contract.Kind.POST,
            received_at=at,
            ingested_at=now,
            deleted_at=at,
        )
    if message.deleted_at is not None:
        return None
    message.deleted_at = at
    message.save(update_fields=["deleted_at"])
    if message.conversation_id is not None:
        conversation = Conversation.objects.select_for_update(of=("self",), no_key=True).get(
            pk=message.conversation_id
        )
        _said(conversation)
        conversation.save(update_fields=["revision", "said_revision"])
    return message


def withdraw_if_empty(*, enquiry: Enquiry, at: datetime) -> bool:
    """Close an unanswered enquiry of which the author took every message away."""
    if enquiry.answered_at is not None or enquiry.closed_at is not None:
        return False
    if enquiry.messages.filter(direction=Direction.IN, deleted_at=None).exists():
        return False
    enquiry.closed_at, enquiry.closed_as = at, ClosedAs.WITHDRAWN
    enquiry.save(update_fields=["closed_at", "closed_as"])
    conversation = Conversation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=enquiry.conversation_id
    )
    conversation.waiting_count, conversation.proposed = 0, ""
    conversation.state, conversation.state_at = State.CLOSED, at
    _said(conversation)
    conversation.save()
    return True


def keep_ours(
    *,
    account: Account,
    thread: Thread,
    post: contract.Post,
    now: datetime,
    automatic: bool = False,
    held: Conversation | None = None,
) -> tuple[Message, Conversation | None]:
    """Store something we wrote, here or in the native app, and find whom it answers. What went out
    automatically leaves the row as the resident's: it is their words that wait.

    `held` is the conversation it answers, where the caller knows it, has locked it and signs the
    message (`sign`): then nothing is looked for."""
    message = keep_message(
        account=account,
        thread=thread,
        post=post,
        direction=Direction.OUT,
        handle=None,
        now=now,
    )
    conversation = held or _answered_by(post, account=account, thread=thread)
    if conversation is None:
        return message, None
    if held is None:
        message.conversation = conversation
        message.save(update_fields=["conversation"])
    conversation.message_count += 1
    if automatic:
        conversation.revision += 1
        conversation.save()
        return message, conversation
    if message.received_at >= conversation.last_at:
        conversation.words = rules.first_words(post.text, has_media=bool(post.media))
        _whose(conversation, message)
        conversation.last_at = message.received_at
    _said(conversation)
    conversation.save()
    return message, conversation


def _whose(conversation: Conversation, message: Message) -> None:
    """The words of the row are this message's."""
    conversation.words_ours = message.direction == Direction.OUT
    conversation.words_person_id = message.person_id


def _answered_by(post: contract.Post, *, account: Account, thread: Thread) -> Conversation | None:
    """The conversation of what it answers, or the one this private chat is about; locked."""
    parent = find_message(platform=account.platform, native_id=post.parent) if post.parent else None
    conversation = parent.conversation if parent is not None else None
    if conversation is None and thread.private:
        conversation = thread.conversations.order_by("-last_at").first() or thread.continues
        conversation = _where_it_went_on(conversation)
    if conversation is None:
        return None
    return Conversation.objects.select_for_update(of=("self",), no_key=True).get(pk=conversation.pk)


def answer(
    *, conversation: Conversation, message: Message, at: datetime
) -> tuple[Enquiry | None, Sequence[Message]]:
    """Mark the waiting enquiry as answered at the platform's time `at`.

    Returns it, with the messages that came after `at`: nobody has answered those, so the caller
    places them in a new enquiry.
    """
    enquiry = conversation.enquiries.filter(
        answered_at=None, closed_at=None, opened_at__lte=at
    ).first()
    if enquiry is None:
        return None, ()
    later = list(
        enquiry.messages.filter(direction=Direction.IN, received_at__gt=at).order_by("received_at")
    )
    enquiry.answered_at = at
    enquiry.save(update_fields=["answered_at"])
    message.enquiry = enquiry
    message.save(update_fields=["enquiry"])
    conversation.waiting_count, conversation.proposed = 0, ""
    conversation.state = rules.move(State(conversation.state), State.WAITING_FOR_THEM)
    conversation.state_at = at
    conversation.save(update_fields=["waiting_count", "proposed", "state", "state_at"])
    return enquiry, later


def unanswer(*, enquiry: Enquiry) -> Conversation:
    """The answer was taken away: the enquiry waits again, unless a newer one already does."""
    conversation = Conversation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=enquiry.conversation_id
    )
    enquiry.answered_at = None
    enquiry.save(update_fields=["answered_at"])
    conversation.state = State.IN_PROGRESS if conversation.owner_id else State.NEW
    conversation.waiting_count = enquiry.messages.filter(direction=Direction.IN).count()
    _said(conversation)
    conversation.save()
    return conversation


def early_answer(*, message: Message, conversation: Conversation) -> Message | None:
    """Our answer to this message, if it came in before the message did: it joins the conversation.

    Typed in the platform's own app, an answer can reach us before the question.
    """
    if message.thread is None:
        return None
    answer = (
        message.thread.messages.filter(
            direction=Direction.OUT,
            conversation=None,
            parent_native_id=message.native_id,
            deleted_at=None,
        )
        .order_by("received_at")
        .first()
    )
    if answer is not None:
        answer.conversation = conversation
        answer.save(update_fields=["conversation"])
    return answer


def sign(
    *,
    message: Message,
    person_id: int | None,
    conversation: Conversation,
    automatic: bool = False,
) -> None:
    """Say who of us wrote a message, and in which conversation it stands."""
    message.person_id, message.conversation = person_id, conversation
    message.automatic = automatic
    message.save(update_fields=["person", "conversation", "automatic"])
    if not automatic and conversation.words_ours and conversation.last_at == message.received_at:
        conversation.words_person_id = person_id
        conversation.save(update_fields=["words_person"])


def link(*, thread: Thread, token_hash: str, expires_at: datetime) -> None:
    """Let whoever holds the token read and write in this thread until it expires."""
    made = PrivateLink(token_hash=token_hash, thread=thread, expires_at=expires_at)
    gather.later(_linked, made)


def _linked(links: Sequence[PrivateLink]) -> None:
    PrivateLink.objects.bulk_create(links, ignore_conflicts=True)


def asked_anew(enquiry: Enquiry) -> bool:
    """Does a newer enquiry of the same conversation exist?"""
    return enquiry.conversation.enquiries.filter(number__gt=enquiry.number).exists()


def standing_answer(enquiry: Enquiry) -> Message | None:
    """The first of our messages since the enquiry opened that was not taken away."""
    return (
        enquiry.conversation.messages.filter(
            direction=Direction.OUT,
            deleted_at=None,
            automatic=False,
            received_at__gte=enquiry.opened_at,
        )
        .order_by("received_at")
        .first()
    )


def ask_again(*, conversation: Conversation, messages: Sequence[Message]) -> Enquiry:
    """A new enquiry from messages that came after the answer to the one before."""
    enquiry, _ = _join(conversation, messages[0].received_at)
    for message in messages:
        message.enquiry = enquiry
        message.save(update_fields=["enquiry"])
    conversation.waiting_count = len(messages)
    conversation.state = State.IN_PROGRESS if conversation.owner_id else State.NEW
    conversation.save(update_fields=["waiting_count", "state"])
    return enquiry
