"""Labels as screens need them."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, Q, Value
from django.db.models.functions import Lower

from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.models import Conversation, Label
from glede.desk.conversations.rules import SETTLED
from glede.kit.words import say


@dataclass(frozen=True, slots=True)
class LabelRow:
    id: int
    name: str
    brand_id: int | None
    archived: bool


def all_labels(*, archived: bool = True) -> tuple[LabelRow, ...]:
    """Every label by name; there are dozens, not thousands."""
    found = Label.objects.order_by(Lower("name"), "pk")
    if not archived:
        found = found.filter(archived_at=None)
    return tuple(
        LabelRow(one.pk, one.name, one.brand_id, one.archived_at is not None) for one in found
    )


def for_brand(brand_id: int) -> tuple[LabelRow, ...]:
    """What may stand on a conversation of this brand, archived labels too: those stay readable."""
    return tuple(one for one in all_labels() if one.brand_id in (None, brand_id))


def usable(labels: Collection[LabelRow], text: str) -> LabelRow:
    """The label a person means by a name. Raises `BadLabel`."""
    name = " ".join(text.split()).casefold()
    for one in labels:
        if one.name.casefold() == name and not one.archived:
            return one
    near = ", ".join(
        one.name for one in labels if not one.archived and name[:3] in one.name.lower()
    )
    hint = say(" Did you mean %(names)s?", names=near) if name and near else ""
    raise BadLabel(
        say(
            "There is no label “%(name)s” for this brand.%(hint)s Whoever manages labels"
            " can make it.",
            name=" ".join(text.split()),
            hint=hint,
        )
    )


def carried(label_ids: Collection[int]) -> dict[int, int]:
    """How many open conversations carry each of these labels."""
    return {
        label_id: Conversation.objects.exclude(state__in=sorted(SETTLED))
        .filter(labels__contains=Value([label_id], ArrayField(BigIntegerField())))
        .aggregate(count=Count("pk"))["count"]
        for label_id in label_ids
    }


def is_taken(*, name: str, brand_id: int | None, but: int | None = None) -> bool:
    """Is there a label of this name for the brand, or for every brand?"""
    same = Label.objects.filter(name__iexact=name)
    if but is not None:
        same = same.exclude(pk=but)
    if brand_id is not None:
        same = same.filter(Q(brand_id=brand_id) | Q(brand=None))
    return same.exists()
