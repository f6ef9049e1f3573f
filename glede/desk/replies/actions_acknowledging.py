"""Keep which message was acknowledged automatically, and what each brand says (clause 6.7)."""

from datetime import datetime

from django.db.models import Max

from glede.desk.conversations.models import Enquiry
from glede.desk.outbox.models import Delivery
from glede.desk.replies import acknowledging
from glede.desk.replies.acknowledging import Withheld
from glede.desk.replies.models import Acknowledgement, AcknowledgementText
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Details, Stamp, Verb
from glede.rulebook.brands import queries as brands


def make(
    *,
    enquiry: Enquiry,
    opens_at: datetime,
    send_by: datetime,
    withheld: Withheld | None,
    delivery: Delivery | None,
    text: AcknowledgementText | None,
    stamp: Stamp,
    now: datetime,
) -> Acknowledgement:
    """The one acknowledgement this person has in this stretch: its words are on their way, or it is
    `withheld`. `text` is the version the words come from, none for our own.

    Belongs in the transaction of the message: whoever is killed on the way leaves neither. Two at
    once meet at the table's own constraint, and the loser is done again.
    """
    conversation = enquiry.conversation
    made = Acknowledgement.objects.create(
        contact_id=conversation.contact_id,
        brand_id=conversation.brand_id,
        opens_at=opens_at,
        conversation=conversation,
        enquiry=enquiry,
        received_at=enquiry.opened_at,
        send_by=send_by,
        withheld=withheld.value if withheld else "",
        delivery=delivery,
        text=text,
    )
    if withheld:
        _audit(made, Verb.ACKNOWLEDGEMENT_WITHHELD, {"why": withheld.value}, stamp, now=now)
    elif delivery is not None:
        details: Details = {"delivery": delivery.pk, "text": text.version if text else 0}
        _audit(made, Verb.ACKNOWLEDGED_AUTOMATICALLY, details, stamp, now=now)
    return made


def confirmed(*, acknowledgement: Acknowledgement, at: datetime) -> None:
    acknowledgement.confirmed_at = at
    acknowledgement.save(update_fields=["confirmed_at"])


def told_late(*, acknowledgement: Acknowledgement, why: str, stamp: Stamp, now: datetime) -> bool:
    """People are told, once, that it did not go out in time; tells whether this is that once."""
    told = Acknowledgement.objects.filter(pk=acknowledgement.pk, late_told_at=None).update(
        late_told_at=now
    )
    if told:
        _audit(acknowledgement, Verb.ACKNOWLEDGEMENT_FAILED, {"why": why[:100]}, stamp, now=now)
    return bool(told)


def write_text(
    *, brand_id: int, text: str, emergency_number: str, by_id: int, actor: Actor, now: datetime
) -> AcknowledgementText:
    """The next version of what a brand says. Raises `acknowledging.BadText`."""
    acknowledging.check(text)
    brand = brands.by_id(brand_id)
    versions = AcknowledgementText.objects.filter(brand=brand)
    newest = versions.aggregate(newest=Max("version"))["newest"] or 0
    made = AcknowledgementText.objects.create(
        brand=brand,
        version=newest + 1,
        text=" ".join(text.split()),
        emergency_number=emergency_number.strip(),
        created_at=now,
        created_by_id=by_id,
    )
    audit.record(
        actor=actor,
        verb=Verb.ACKNOWLEDGEMENT_TEXT_CHANGED,
        object_kind="acknowledgement-text",
        object_id=made.pk,
        brand=brand.slug,
        details={"version": made.version},
        now=now,
    )
    return made


def tested(*, brand_id: int, actor: Actor, now: datetime) -> None:
    """Somebody sent the text to themselves."""
    audit.record(
        actor=actor,
        verb=Verb.ACKNOWLEDGEMENT_TESTED,
        object_kind="brand",
        object_id=brand_id,
        brand=brands.by_id(brand_id).slug,
        now=now,
    )


def _audit(
    of: Acknowledgement, verb: Verb, details: Details, stamp: Stamp, *, now: datetime
) -> None:
    audit.record(
        actor=SYSTEM,
        verb=verb,
        object_kind="conversation",
        object_id=of.conversation_id,
        brand=of.conversation.brand.slug,
        stamp=stamp,
        details=details,
        now=now,
    )
