"""Conversations, enquiries and promises as they stood, and put back exactly so."""

from collections.abc import Collection, Iterable

from django.db.models import Model

from glede.desk.conversations.models import Agreement, Conversation, Enquiry
from glede.kit import rows
from glede.kit.rows import Rows, Values

_CONVERSATION = (
    "brand_id",
    "duplicate_of_id",
    "owner_id",
    "state",
    "state_at",
    "waiting_count",
    "labels",
    "proposed",
    "snoozed_until",
    "snoozed_by_id",
    "due_at",
    "soft_at",
    "due_from",
    "due_clause",
    "due_kind",
)
_ENQUIRY = (
    "closed_at",
    "closed_as",
    "closed_reason",
    "closed_words",
    "closed_by_id",
    "checked_at",
    "checked_by_id",
    "check_found",
)
_AGREEMENT = ("state", "ended_at", "kept_at", "missed_at", "silence_at")


def lock_all(conversation_ids: Collection[int]) -> list[Conversation]:
    """The rows in the order of their ids, held until the transaction ends: whoever takes several
    takes them in this order, so that nobody waits in a circle."""
    return list(
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("brand")
        .filter(pk__in=conversation_ids)
        .order_by("pk")
    )


def as_they_stand(conversation_ids: Collection[int]) -> Rows:
    """What an act of staff may change of these conversations; three queries. An answered enquiry
    is not among it: no act of ours opens or closes one."""
    found: dict[str, Values] = {}
    for conversation in Conversation.objects.filter(pk__in=conversation_ids):
        found[f"conversation:{conversation.pk}"] = rows.values(conversation, _CONVERSATION)
    for enquiry in Enquiry.objects.filter(conversation__in=conversation_ids, answered_at=None):
        found[f"enquiry:{enquiry.pk}"] = rows.values(enquiry, _ENQUIRY)
    for agreement in Agreement.objects.filter(conversation__in=conversation_ids):
        found[f"agreement:{agreement.pk}"] = rows.values(agreement, _AGREEMENT)
    return found


def whose(keys: Iterable[str]) -> dict[str, int]:
    """Which conversation each of these rows belongs to, by its key; at most two queries."""
    numbers: dict[str, list[int]] = {}
    for key in keys:
        kind, _, number = key.partition(":")
        numbers.setdefault(kind, []).append(int(number))
    found = {f"conversation:{one}": one for one in numbers.get("conversation", [])}
    for kind, model in (("enquiry", Enquiry), ("agreement", Agreement)):
        if kind in numbers:
            rows_of = model._default_manager.filter(pk__in=numbers[kind])
            found |= {f"{kind}:{pk}": of for pk, of in rows_of.values_list("pk", "conversation_id")}
    return found


def put_back(*, before: Rows, conversation_ids: Collection[int]) -> None:
    """Give these rows the values they had. Whoever undoes an act says so in the record."""
    for key, values in before.items():
        kind, _, number = key.partition(":")
        model = _MODELS.get(kind)
        if model is None:
            continue
        row = model._default_manager.get(pk=int(number))
        rows.put(row, values)
        row.save(update_fields=list(values))
    for conversation in lock_all(conversation_ids):
        conversation.revision += 1
        conversation.save(update_fields=["revision"])


_MODELS: dict[str, type[Model]] = {
    "conversation": Conversation,
    "enquiry": Enquiry,
    "agreement": Agreement,
}
