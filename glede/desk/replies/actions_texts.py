"""Texts are written, changed by a further version, archived and brought back; uses are counted."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from glede.desk.replies import models, texts
from glede.desk.replies.models import Text, TextVersion
from glede.desk.replies.texts import BadText, Wording
from glede.desk.replies.voices import Voice, digits
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb

_TAKEN = say("Another text in that language has this title already.")


def write(
    *,
    text_id: int | None,
    owner_id: int | None,
    wording: Wording,
    by_id: int,
    actor: Actor,
    now: datetime,
) -> int:
    """A new text (`text_id` none), or the next version of one. Returns its id; raises
    `texts.BadText`. Whose a text is never changes."""
    texts.check(wording)
    title, words = " ".join(wording.title.split()), wording.words.strip().replace("\r\n", "\n")
    try:
        with transaction.atomic():
            if text_id is None:
                text = Text(owner_id=owner_id, version=0)
            else:
                text = Text.objects.select_for_update().get(pk=text_id)
            text.brand_id, text.use = wording.brand_id, wording.use
            text.language, text.title, text.words = wording.language, title, words
            text.version += 1
            text.save()
    except IntegrityError as error:
        raise BadText(_TAKEN) from error
    TextVersion.objects.create(
        text=text,
        number=text.version,
        title=title,
        words=words,
        created_at=now,
        created_by_id=by_id,
    )
    _audit(text, Verb.TEXT_CHANGED, actor=actor, now=now)
    return text.pk


def archive(*, text_id: int, actor: Actor, now: datetime) -> None:
    text = Text.objects.select_for_update().get(pk=text_id)
    if text.archived_at is None:
        text.archived_at = now
        text.save(update_fields=["archived_at"])
        _audit(text, Verb.TEXT_ARCHIVED, actor=actor, now=now)


def bring_back(*, text_id: int, actor: Actor, now: datetime) -> None:
    """Raises `texts.BadText` where another has its title by now."""
    text = Text.objects.select_for_update().get(pk=text_id)
    if text.archived_at is None:
        return
    text.archived_at = None
    try:
        with transaction.atomic():
            text.save(update_fields=["archived_at"])
    except IntegrityError as error:
        raise BadText(_TAKEN) from error
    _audit(text, Verb.TEXT_BROUGHT_BACK, actor=actor, now=now)


def count(*, text_id: int) -> None:
    """Somebody wrote with it."""
    Text.objects.filter(pk=text_id).update(used=F("used") + 1)


def speak(*, brand_id: int, voice: Voice, actor: Actor, now: datetime) -> None:
    """Write down what is a brand's own. Raises `texts.BadText`."""
    if voice.link and not voice.link.startswith(("https://", "http://")):
        raise BadText(say("A page begins with https://."))
    if voice.email and "@" not in voice.email:
        raise BadText(say("An e-mail address has an @."))
    if voice.phone and not digits(voice.phone):
        raise BadText(say("A telephone number has digits."))
    kept, _ = models.Voice.objects.update_or_create(
        brand_id=brand_id,
        defaults={
            "link": voice.link,
            "phone": voice.phone,
            "email": voice.email,
            "also": list(voice.also),
            "phrases": list(voice.phrases),
            "changed_at": now,
        },
    )
    audit.record(
        actor=actor,
        verb=Verb.VOICE_CHANGED,
        object_kind="brand",
        object_id=brand_id,
        brand=kept.brand.slug,
        now=now,
    )


def _audit(text: Text, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="text",
        object_id=text.pk,
        brand=text.brand.slug if text.brand is not None else "",
        details={"version": text.version, "use": text.use, "language": text.language},
        now=now,
    )
