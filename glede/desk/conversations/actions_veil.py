"""A message is veiled, or its veil is lifted, by a person; both are audited."""

from datetime import datetime

from glede.desk.conversations import veil as veils
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import first_words
from glede.desk.conversations.veil import Veil
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def set_veil(
    *,
    message_id: int,
    conversation: Conversation,
    veil: Veil | None,
    actor: Actor,
    now: datetime,
) -> Message:
    """Veil one message of the conversation, or lift its veil. Raises `Message.DoesNotExist`."""
    message = conversation.messages.select_for_update(of=("self",), no_key=True).get(pk=message_id)
    flagged = veils.kept(veil)
    if message.flagged == flagged:
        return message
    before = _row_words(message)
    message.flagged = flagged
    message.save(update_fields=["flagged"])
    if conversation.words == before:
        conversation.words = _row_words(message)
    conversation.revision += 1
    conversation.save(update_fields=["words", "revision"])
    audit.record(
        actor=actor,
        verb=Verb.MESSAGE_VEILED if veil else Verb.MESSAGE_UNVEILED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"message": message.pk},
        now=now,
    )
    return message


def _row_words(message: Message) -> str:
    newest = message.versions.order_by("-number").values_list("text", flat=True).first()
    words = first_words(newest or "", has_media=bool(message.media))
    return veils.row_words(words, message.flagged)
