"""Attachments: noted when a message comes, fetched, looked into, made anew, kept; or why not."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from glede.desk.attachments import rules
from glede.desk.attachments.models import Attachment
from glede.desk.attachments.rules import NotTakenError, State
from glede.desk.conversations.models import Conversation, Message, Subject
from glede.kit import pictures, scanning, store
from glede.kit.words import of_error, say
from glede.platforms.contract import Media, PictureLimit


def note(*, message: Message, account_id: int, media: Iterable[Media], now: datetime) -> list[int]:
    """Write down what came with a message; returns what is to be fetched."""
    return _noted(Attachment(account_id=account_id, message=message), media, now=now)


def note_subject(*, subject: Subject, media: Iterable[Media], now: datetime) -> list[int]:
    """Write down what the post under discussion shows; returns what is to be fetched."""
    return _noted(Attachment(account_id=subject.account_id, subject=subject), media, now=now)


def _noted(of: Attachment, media: Iterable[Media], *, now: datetime) -> list[int]:
    """Rows for what belongs to the same as `of`, in the platform's order."""
    made = [
        Attachment(
            account_id=of.account_id,
            message_id=of.message_id,
            subject_id=of.subject_id,
            position=position,
            kind=one.kind,
            alt=one.alt,
            url=one.url,
            declared_type=one.content_type,
            expires_at=one.expires_at,
            state=State.WAITING if one.url else State.REFUSED,
            why="" if one.url else "The platform gave no address for it.",
            next_try_at=now if one.url else None,
            created_at=now,
        )
        for position, one in enumerate(media)
    ]
    found = Attachment.objects.bulk_create(made)
    return [one.pk for one in found if one.state == State.WAITING]


def lock(attachment_id: int) -> Attachment:
    """The row, held until the transaction ends. Raises `Attachment.DoesNotExist`."""
    return Attachment.objects.select_for_update(of=("self",), no_key=True).get(pk=attachment_id)


def fetching(*, attachment: Attachment, lost_at: datetime) -> None:
    """Somebody fetches it; whoever died doing so is followed by another at `lost_at`."""
    attachment.state = State.FETCHING
    attachment.tries += 1
    attachment.next_try_at = lost_at
    attachment.save()


def later(*, attachment: Attachment, why: str, at: datetime | None, now: datetime) -> None:
    """Not now: ask again, unless its address has ended or it has been asked for long enough."""
    if rules.expired(attachment.expires_at, now=now):
        ended(attachment=attachment, state=State.EXPIRED, why=why)
        return
    if now - attachment.created_at > rules.GIVE_UP_AFTER:
        ended(attachment=attachment, state=State.FAILED, why=why)
        return
    attachment.state, attachment.why = State.WAITING, why
    attachment.next_try_at = rules.next_try(
        attachment.tries, now=now, asked=at, ends=attachment.expires_at
    )
    attachment.save()


def ended(*, attachment: Attachment, state: State, why: str) -> None:
    """It is not kept, and will not be asked for again."""
    attachment.state, attachment.why, attachment.next_try_at = state, why, None
    attachment.save()


def keep(*, attachment: Attachment, content: bytes, now: datetime) -> None:
    """Look into what came, make a picture anew, and keep it by content.

    Raises `scanning.NotScannedError`; then nothing is kept, and the file waits.
    """
    attachment.original_digest = hashlib.sha256(content).hexdigest()
    verdict = scanning.scan(content)
    attachment.scanned_by = verdict.by
    if verdict.found:
        ended(attachment=attachment, state=State.INFECTED, why=verdict.found)
        return
    kind = pictures.kind_of(content)
    if kind in pictures.PICTURES:
        try:
            _keep_picture(attachment, content, longest_side=settings.GLEDE_PICTURE_SIDE)
        except pictures.BadPictureError as error:
            ended(attachment=attachment, state=State.REFUSED, why=of_error(error))
            return
    elif kind in rules.AS_THEY_ARE:
        attachment.digest, attachment.size = store.put(content), len(content)
        attachment.content_type = kind
    else:
        why = "It is of a kind that we do not keep."
        ended(attachment=attachment, state=State.REFUSED, why=why)
        return
    attachment.state, attachment.why, attachment.next_try_at = State.KEPT, "", None
    attachment.kept_at = now
    attachment.save()


def _keep_picture(attachment: Attachment, content: bytes, *, longest_side: int) -> None:
    made = pictures.anew(
        content,
        most_pixels=settings.GLEDE_PICTURE_MEGAPIXELS * 1_000_000,
        longest_side=longest_side,
        small_side=settings.GLEDE_PICTURE_SMALL_SIDE,
    )
    attachment.kind = "image"
    attachment.digest, attachment.small_digest = store.put(made.content), store.put(made.small)
    attachment.content_type, attachment.size = made.content_type, len(made.content)
    attachment.width, attachment.height = made.width, made.height
    attachment.moved = attachment.moved or made.moved


# --- Ours --------------------------------------------------------------------------------------


def choose(
    *,
    conversation: Conversation,
    person_id: int,
    content: bytes,
    alt: str,
    limit: PictureLimit,
    now: datetime,
) -> Attachment:
    """Put a picture into a person's composer. Raises `NotTakenError`."""
    held = drafts_of(conversation_id=conversation.pk, person_id=person_id)
    rules.check_ours(content, alt, held=len(held), limit=limit)
    chosen = Attachment(
        account_id=conversation.account_id,
        conversation=conversation,
        person_id=person_id,
        draft=True,
        position=len(held),
        kind="image",
        alt=alt.strip(),
        state=State.WAITING,
        created_at=now,
    )
    try:
        keep(attachment=chosen, content=content, now=now)
    except scanning.NotScannedError as error:
        raise NotTakenError(
            say("%(error)s The picture was not taken; try again soon.", error=of_error(error))
        ) from error
    if chosen.state != State.KEPT:
        why = rules.words(State(chosen.state), chosen.why)
        chosen.delete()
        raise NotTakenError(why)
    _fit(chosen, limit)
    return chosen


def _fit(chosen: Attachment, limit: PictureLimit) -> None:
    """Make a picture small enough for the platform. Raises `NotTakenError`."""
    side = max(chosen.width, chosen.height)
    while chosen.size > limit.most_bytes and side > settings.GLEDE_PICTURE_SMALL_SIDE:
        side = side * 3 // 4
        _keep_picture(chosen, store.read(chosen.digest), longest_side=side)
    if chosen.size > limit.most_bytes or chosen.content_type not in limit.types:
        chosen.delete()
        most = f"{limit.most_bytes / 1_000_000:g} MB"
        raise NotTakenError(
            say("This platform takes JPEG or PNG pictures of at most %(most)s.", most=most)
        )
    chosen.save()


def drafts_of(*, conversation_id: int, person_id: int) -> list[Attachment]:
    """The pictures in a person's composer, in their order."""
    found = Attachment.objects.filter(
        conversation_id=conversation_id, person_id=person_id, draft=True
    )
    return list(found.order_by("pk"))


def drop(*, attachment_id: int, conversation_id: int, person_id: int) -> None:
    """Take a picture out of the composer again; another person's is left alone."""
    Attachment.objects.filter(
        pk=attachment_id, conversation_id=conversation_id, person_id=person_id, draft=True
    ).delete()


def leave(attachments: Iterable[Attachment]) -> None:
    """They lie in no composer any more: they go with a delivery."""
    Attachment.objects.filter(pk__in=[one.pk for one in attachments]).update(draft=False)


def come_back(ids: Iterable[int]) -> None:
    """The delivery was taken back: they lie in the composer again."""
    Attachment.objects.filter(pk__in=list(ids)).update(draft=True)


def sent(ids: Iterable[int], *, message: Message) -> None:
    """They stand on the platform with this message."""
    Attachment.objects.filter(pk__in=list(ids)).update(message=message)


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """Pictures of ours go with the conversation they were chosen for."""
    Attachment.objects.filter(pk__in=ids).update(conversation_id=conversation_id)
