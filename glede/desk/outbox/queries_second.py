"""Replies that wait for a second person's yes, and what was said about them (clause 5.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from glede.desk.outbox.models import Delivery, SecondLook
from glede.desk.outbox.rules import HELD, Answer, State
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """One reply that was asked about, as a screen tells it. `why` is the reason of a no."""

    delivery_id: int
    conversation_id: int
    name: str
    brand_id: int
    platform: str
    writer_id: int | None
    writer: str
    found: str
    because: str
    asked_at: datetime
    asked_of_id: int | None
    asked_of: str
    answer: Answer
    answered_by: str
    why: str


def of_deliveries(ids: Collection[int]) -> dict[int, Asked]:
    """What was asked about these deliveries, by their ids; those never asked about are left out."""
    found = _all().filter(delivery_id__in=ids) if ids else ()
    return {one.delivery_id: _asked(one) for one in found}


def waiting(viewer: Viewer, *, limit: int) -> tuple[Asked, ...]:
    """What waits for a yes in the brands for which this person may reply, the longest first;
    one's own too: one sees that it waits."""
    found = _all().filter(answer=Answer.OPEN, delivery__state=State.WAITING)
    brands = viewer.brands_for(Permission.REPLY)
    if brands is not None:
        found = found.filter(delivery__conversation__brand_id__in=brands)
    return tuple(_asked(one) for one in found.order_by("asked_at", "pk")[:limit])


def of_delivery(delivery: Delivery) -> SecondLook | None:
    """What was asked about this one, with the delivery as the caller holds it."""
    look = SecondLook.objects.filter(delivery_id=delivery.pk).first()
    if look is not None:
        look.delivery = delivery
    return look


def answered_by(person_id: int, *, conversation_ids: Collection[int]) -> int | None:
    """The delivery about which this person answered last in these conversations."""
    found = SecondLook.objects.filter(
        answered_by_id=person_id, delivery__conversation_id__in=conversation_ids
    )
    return found.order_by("-answered_at").values_list("delivery_id", flat=True).first()


def still_open(ids: Collection[int]) -> frozenset[int]:
    """Which of these questions nobody has answered."""
    found = SecondLook.objects.filter(pk__in=ids, answer=Answer.OPEN, delivery__state=State.WAITING)
    return frozenset(found.values_list("pk", flat=True))


def is_held(delivery: Delivery) -> bool:
    return State(delivery.state) in HELD


def _all() -> QuerySet[SecondLook]:
    return SecondLook.objects.select_related(
        "delivery__conversation", "delivery__person", "asked_of", "answered_by"
    )


def _asked(of: SecondLook) -> Asked:
    delivery = of.delivery
    return Asked(
        delivery_id=delivery.pk,
        conversation_id=delivery.conversation_id,
        name=delivery.conversation.name,
        brand_id=delivery.conversation.brand_id,
        platform=delivery.conversation.platform,
        writer_id=delivery.person_id,
        writer=delivery.person.name if delivery.person is not None else "",
        found=of.found,
        because=of.because,
        asked_at=of.asked_at,
        asked_of_id=of.asked_of_id,
        asked_of=of.asked_of.name if of.asked_of is not None else "",
        answer=Answer(of.answer),
        answered_by=of.answered_by.name if of.answered_by is not None else "",
        why=of.why,
    )
