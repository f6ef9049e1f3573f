"""Make, rename and archive labels; put them on conversations and take them off."""

from datetime import datetime

from glede.desk.conversations import labels, queries_labels
from glede.desk.conversations.actions import lock
from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.models import Conversation, Label
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def create(
    *, name: str, brand_id: int | None, person_id: int, actor: Actor, now: datetime
) -> Label:
    """A label for one brand, or for every brand. Raises `BadLabel`."""
    name = _free(name, brand_id)
    made = Label.objects.create(
        brand_id=brand_id, name=name, created_at=now, created_by_id=person_id
    )
    _audit(made, Verb.LABEL_CREATED, actor=actor, now=now)
    return made


def rename(*, label_id: int, name: str, actor: Actor, now: datetime) -> Label:
    """What carries it says the new name. Raises `BadLabel`, `Label.DoesNotExist`."""
    label = _lock(label_id)
    label.name = _free(name, label.brand_id, but=label.pk)
    label.save(update_fields=["name"])
    _audit(label, Verb.LABEL_RENAMED, actor=actor, now=now)
    return label


def archive(*, label_id: int, actor: Actor, now: datetime) -> Label:
    """Nobody puts it on any more; what carries it still says so. Raises `Label.DoesNotExist`."""
    label = _lock(label_id)
    label.archived_at = label.archived_at or now
    label.save(update_fields=["archived_at"])
    _audit(label, Verb.LABEL_ARCHIVED, actor=actor, now=now)
    return label


def bring_back(*, label_id: int, actor: Actor, now: datetime) -> Label:
    """It can be put on again. Raises `Label.DoesNotExist`."""
    label = _lock(label_id)
    label.archived_at = None
    label.save(update_fields=["archived_at"])
    _audit(label, Verb.LABEL_BROUGHT_BACK, actor=actor, now=now)
    return label


def put_on(*, conversation_id: int, label_id: int, actor: Actor, now: datetime) -> Conversation:
    """Raises `BadLabel` for one that is archived or another brand's."""
    conversation = lock(conversation_id)
    allowed = {
        one.id for one in queries_labels.for_brand(conversation.brand_id) if not one.archived
    }
    if label_id not in allowed:
        raise BadLabel(say("This label is not for this brand, or it is archived."))
    return _carry(
        conversation,
        labels.with_on(conversation.labels, label_id),
        on=label_id,
        actor=actor,
        now=now,
    )


def take_off(*, conversation_id: int, label_id: int, actor: Actor, now: datetime) -> Conversation:
    conversation = lock(conversation_id)
    left = labels.with_off(conversation.labels, label_id)
    return _carry(conversation, left, off=label_id, actor=actor, now=now)


def _carry(
    conversation: Conversation,
    carried: list[int],
    *,
    actor: Actor,
    now: datetime,
    on: int | None = None,
    off: int | None = None,
) -> Conversation:
    if carried == conversation.labels:
        return conversation
    conversation.labels = carried
    conversation.revision += 1
    conversation.save(update_fields=["labels", "revision"])
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_LABELLED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"on": on, "off": off},
        now=now,
    )
    return conversation


def _lock(label_id: int) -> Label:
    return Label.objects.select_for_update(of=("self",), no_key=True).get(pk=label_id)


def _free(name: str, brand_id: int | None, *, but: int | None = None) -> str:
    name = labels.named(name)
    if queries_labels.is_taken(name=name, brand_id=brand_id, but=but):
        raise BadLabel(
            say("There is a label “%(name)s” already, perhaps an archived one.", name=name)
        )
    return name


def _audit(label: Label, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="label",
        object_id=label.pk,
        brand=label.brand.slug if label.brand else "",
        details={"name": label.name},
        now=now,
    )
