"""Texts to write with, filled for one conversation; written and changed by those who may."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import Direction
from glede.desk.replies import actions_texts as actions
from glede.desk.replies import queries_texts as queries
from glede.desk.replies import queries_voices, texts
from glede.desk.replies.acknowledging import opening_words
from glede.desk.replies.texts import Filled, Text, Use, Wording
from glede.desk.replies.voices import Voice
from glede.kit import hours
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Viewer


def filled(*, viewer: Viewer, conversation_id: int, now: datetime) -> tuple[Filled, ...]:
    """What this person may write with here, the fitting first, as it would stand in the box."""
    conversation = _conversation(conversation_id)
    found = queries.offered(brand_id=conversation.brand_id, person_id=viewer.id)
    values = values_of(viewer, conversation, now=now)
    in_order = texts.ordered(
        (one for one in found if one.use is Use.REPLY),
        brand_id=conversation.brand_id,
        language=language_of(conversation),
    )
    return tuple(_filled(one, values) for one in in_order)


def take(*, viewer: Viewer, conversation_id: int, text_id: int, now: datetime) -> Filled | None:
    """One text, filled, and counted as used; `None` where it is not offered here."""
    for one in filled(viewer=viewer, conversation_id=conversation_id, now=now):
        if one.text.id == text_id:
            with transaction.atomic():
                actions.count(text_id=text_id)
            return one
    return None


def sentence(use: Use, *, viewer: Viewer, conversation_id: int, now: datetime) -> str:
    """The brand's own sentence for one moment, filled, in their language where there is one."""
    conversation = _conversation(conversation_id)
    found = queries.for_moments(conversation.brand_id)
    words = texts.chosen(
        found, use, brand_id=conversation.brand_id, language=language_of(conversation)
    )
    if not texts.variables(words):
        return words
    return texts.fill(words, values_of(viewer, conversation, now=now))


def language_of(conversation: Conversation) -> str:
    """In which they wrote last, as far as anybody said; "" where nobody did."""
    if conversation.language:
        return conversation.language
    theirs = conversation.messages.filter(direction=Direction.IN).exclude(language="")
    return theirs.order_by("-received_at").values_list("language", flat=True).first() or ""


def values_of(viewer: Viewer, conversation: Conversation, *, now: datetime) -> dict[str, str]:
    """What the variables stand for here; one without a value is missing."""
    zone = ZoneInfo(settings.TIME_ZONE)
    brand = brands.by_id(conversation.brand_id)
    voice = queries_voices.voice(conversation.brand_id)
    values = {
        "first name": texts.first_name(conversation.name),
        "brand": brand.name,
        "due": opening_words(conversation.due_at, zone) if conversation.due_at else "",
        "sign-off": viewer.sign_off,
        "link": voice.link,
        "phone": voice.phone,
        "email": voice.email,
    }
    try:
        calendar = brands.calendar_at(brand.pk, now).calendar
    except brands.NoCalendarError:
        return values
    closes = hours.close_of(calendar, now) if hours.is_open(calendar, now) else now
    values["hours"] = texts.hours_words(calendar.week)
    values["next opening"] = opening_words(hours.next_opening(calendar, closes or now), zone)
    return values


def _filled(one: Text, values: dict[str, str]) -> Filled:
    words = texts.fill(one.words, values)
    return Filled(one, words, texts.variables(words))


def _conversation(conversation_id: int) -> Conversation:
    return Conversation.objects.get(pk=conversation_id)


# --- Written and changed ---------------------------------------------------------------------


def write(
    *, viewer: Viewer, text_id: int | None, own: bool, wording: Wording, now: datetime
) -> int:
    """A text or its next version; `own`: a snippet of theirs. Returns its id; raises
    `texts.BadText`."""
    with transaction.atomic():
        return actions.write(
            text_id=text_id,
            owner_id=viewer.id if own else None,
            wording=wording,
            by_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )


def archive(*, viewer: Viewer, text_id: int, now: datetime) -> None:
    with transaction.atomic():
        actions.archive(text_id=text_id, actor=viewer.actor, now=now)


def bring_back(*, viewer: Viewer, text_id: int, now: datetime) -> None:
    """Raises `texts.BadText` where another has its title by now."""
    with transaction.atomic():
        actions.bring_back(text_id=text_id, actor=viewer.actor, now=now)


def speak(*, viewer: Viewer, brand_id: int, voice: Voice, now: datetime) -> None:
    """Write down what is a brand's own. Raises `texts.BadText`."""
    with transaction.atomic():
        actions.speak(brand_id=brand_id, voice=voice, actor=viewer.actor, now=now)
