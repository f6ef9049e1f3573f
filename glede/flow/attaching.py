"""What comes with a message is fetched soon, looked into and kept; what goes out is chosen.

Platforms give addresses that end. The job is part of the message's own transaction, and nothing of
ours is held while the platform sends a file.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.attachments import actions, queries, rules
from glede.desk.attachments.models import Attachment
from glede.desk.attachments.rules import NotTakenError, State
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import talk
from glede.desk.conversations.models import Conversation, Message, Subject
from glede.desk.outbox.models import Delivery
from glede.flow import connections, telling
from glede.flow.names import FETCH
from glede.kit import clock, jobs, live, scanning, store
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import (
    Can,
    Connector,
    Fetched,
    Gone,
    Media,
    PictureLimit,
    Platform,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.people.rules import Permission, Viewer

#: A post's pictures come seconds after its first comment: few conversations stand there by then.
_TOLD_OF_A_POST = 10

# --- In ----------------------------------------------------------------------------------------


def note(*, message: Message, account_id: int, media: Iterable[Media], now: datetime) -> None:
    """Write down what came with a message and ask for it. Belongs in the message's transaction."""
    for attachment_id in actions.note(message=message, account_id=account_id, media=media, now=now):
        jobs.defer(FETCH, at=now, attachment_id=attachment_id)


def note_subject(*, subject: Subject, media: Iterable[Media], now: datetime) -> None:
    """Write down what the post under discussion shows, when it is first met, and ask for it."""
    for attachment_id in actions.note_subject(subject=subject, media=media, now=now):
        jobs.defer(FETCH, at=now, attachment_id=attachment_id)


def fetch(*, attachment_id: int) -> None:
    """Bring one attachment a step further. Safe to call at any time, any number of times."""
    found = _begin(attachment_id, now=clock.now())
    if found is None:
        return
    account_id, media = found
    database.close()  # nothing of ours is held while the platform is spoken to
    try:
        with connections.of(account_id) as connector:
            came = _ask(connector, media)
    except PlatformError as error:
        _did_not(attachment_id, account_id, error, now=clock.now())
        return
    _keep(attachment_id, came, now=clock.now())


def _ask(connector: Connector, media: Media) -> Fetched:
    """The file, if it is not too large, whatever its plug-in let through."""
    most = settings.GLEDE_ATTACHMENT_MB * 1_000_000
    came = connector.fetch(media, most_bytes=most, now=clock.now())
    if len(came.content) > most:
        raise Refused(
            say("It is larger than the %(most)s MB we take.", most=settings.GLEDE_ATTACHMENT_MB)
        )
    return came


def _begin(attachment_id: int, *, now: datetime) -> tuple[int, Media] | None:
    with transaction.atomic():
        attachment = actions.lock(attachment_id)
        if State(attachment.state) not in rules.UNDERWAY:
            return None
        if attachment.next_try_at is None or attachment.next_try_at > now:
            return None
        if rules.expired(attachment.expires_at, now=now):
            actions.ended(attachment=attachment, state=State.EXPIRED, why=attachment.why)
            _tell(attachment, now=now)
            return None
        lost_at = now + timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS)
        actions.fetching(attachment=attachment, lost_at=lost_at)
        return attachment.account_id, Media(
            kind=attachment.kind,
            alt=attachment.alt,
            url=attachment.url,
            content_type=attachment.declared_type,
            expires_at=attachment.expires_at,
        )


def _keep(attachment_id: int, came: Fetched, *, now: datetime) -> None:
    with transaction.atomic():
        attachment = actions.lock(attachment_id)
        if attachment.state != State.FETCHING:
            return
        try:
            actions.keep(attachment=attachment, content=came.content, now=now)
        except scanning.NotScannedError as error:
            actions.later(attachment=attachment, why=str(error), at=None, now=now)
        if attachment.state == State.INFECTED:
            _warn(attachment, now=now)
        _after(attachment, now=now)


def _warn(attachment: Attachment, *, now: datetime) -> None:
    """Malware came in: nobody can open it here, but who sent it may send more."""
    message = attachment.message
    conversation = message.conversation if message is not None else None
    if conversation is None:
        return
    telling.tell(
        who=telling.leads_and_owner(brand_id=conversation.brand_id, now=now),
        conversation=conversation,
        kind=Kind.CHANNEL,
        key=f"infected:{attachment.pk}",
        says=f"A file sent to {conversation.brand.name} holds malware. It was not kept, and nobody"
        " can open it here.",
        by_mail=True,
        now=now,
    )


def _did_not(attachment_id: int, account_id: int, error: PlatformError, *, now: datetime) -> None:
    with transaction.atomic():
        attachment = actions.lock(attachment_id)
        if attachment.state != State.FETCHING:
            return
        why = str(error)
        match error:
            case Gone():
                actions.ended(attachment=attachment, state=State.EXPIRED, why=why)
            case Refused():
                actions.ended(attachment=attachment, state=State.REFUSED, why=why)
            case Reconnect():
                accounts.lapsed(account_id=account_id, why=why, now=now)
                actions.later(attachment=attachment, why=why, at=None, now=now)
            case TryAgain(at=at):
                actions.later(attachment=attachment, why=why, at=at, now=now)
            case _:
                actions.later(attachment=attachment, why=why, at=None, now=now)
        _after(attachment, now=now)


def _after(attachment: Attachment, *, now: datetime) -> None:
    if attachment.next_try_at is not None:
        jobs.defer(FETCH, at=attachment.next_try_at, attachment_id=attachment.pk)
    _tell(attachment, now=now)


def _tell(attachment: Attachment, *, now: datetime) -> None:
    for conversation in _seen_in(attachment):
        live.publish(
            topic="conversation.changed",
            payload={"id": conversation.pk, "new": False},
            brand=conversation.brand_id,
            now=now,
        )


def _seen_in(attachment: Attachment) -> Sequence[Conversation]:
    """The conversations whose open pages have to be told; of the many under one post the newest."""
    if attachment.subject_id is not None:
        return talk.under(attachment.subject_id, limit=_TOLD_OF_A_POST)
    message = attachment.message
    conversation = message.conversation if message is not None else None
    return () if conversation is None else (conversation,)


def lost(*, now: datetime) -> int:
    """Attachments whose job was lost, or whose fetcher died, get a new one; says how many."""
    overdue = queries.due(now=now, overdue_by=timedelta(seconds=15), limit=100)
    found = jobs.without(FETCH, argument="attachment_id", ids=overdue, now=now)
    for attachment_id in found:
        jobs.defer(FETCH, attachment_id=attachment_id)
    return len(found)


# --- Out ---------------------------------------------------------------------------------------


def limit_of(platform: Platform) -> PictureLimit | None:
    """Which pictures a reply may carry there; `None` where it may carry none."""
    capabilities = platform.capabilities
    if "image" not in capabilities.abilities or capabilities.abilities["image"].can is Can.NO:
        return None
    return capabilities.pictures or rules.EVERYWHERE


def choose(
    *, viewer: Viewer, conversation_id: int, content: bytes, alt: str, now: datetime
) -> None:
    """Put a picture into one's composer. Raises `NotTakenError`."""
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        if not viewer.may(Permission.REPLY, conversation.brand_id):
            raise NotTakenError(say("You may read this brand but not reply for it."))
        limit = limit_of(registry.get(conversation.platform))
        if limit is None:
            raise NotTakenError(say("This platform takes no pictures in a reply."))
        actions.choose(
            conversation=conversation,
            person_id=viewer.id,
            content=content,
            alt=alt,
            limit=limit,
            now=now,
        )


def drop(*, viewer: Viewer, conversation_id: int, attachment_id: int) -> None:
    """Take a picture out of one's composer."""
    with transaction.atomic():
        actions.drop(
            attachment_id=attachment_id, conversation_id=conversation_id, person_id=viewer.id
        )


def enclosed(delivery: Delivery) -> tuple[Media, ...]:
    """The pictures of a delivery with their content, as the plug-in sends them. What the desk sends
    by itself is words alone."""
    if delivery.automatic:
        return ()
    return tuple(
        Media(
            kind="image",
            alt=one.attachment.alt,
            content=store.read(one.attachment.digest),
            content_type=one.attachment.content_type,
            width=one.attachment.width,
            height=one.attachment.height,
        )
        for one in delivery.enclosures.select_related("attachment").order_by("position")
    )
