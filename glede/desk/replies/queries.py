"""Drafts, read back; what is acknowledged automatically, and in which words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Value

from glede.desk.replies import queries_closing
from glede.desk.replies.acknowledging import DEFAULT_TEXT
from glede.desk.replies.closing import Asked
from glede.desk.replies.models import Acknowledgement, AcknowledgementText, Draft
from glede.desk.replies.rules import Kept
from glede.kit import once


def draft(*, conversation_id: int, person_id: int, mode: str = "reply") -> str:
    """What this person typed here and did not send; empty if nothing."""
    return drafts(conversation_id=conversation_id, person_id=person_id).get(mode, Kept()).text


def drafts(*, conversation_id: int, person_id: int) -> dict[str, Kept]:
    """What this person typed here and did not send, by mode."""
    found = Draft.objects.filter(conversation_id=conversation_id, person_id=person_id)
    return {one.mode: Kept(one.text, one.where, one.line, one.saved_at) for one in found}


def kept_and_asked(
    *, conversation_id: int, person_id: int
) -> tuple[dict[str, Kept], tuple[Asked, ...]]:
    """`drafts`, and the closing lines that are asked for: every open conversation asks for both."""
    typed = Draft.objects.filter(conversation_id=conversation_id, person_id=person_id).values_list(
        Value("typed"), "mode", "text", "where", "line", "saved_at", "pk", "conversation_id",
        "person_id",
    )  # fmt: skip
    lines = queries_closing.open_lines(conversation_id=conversation_id, person_id=person_id)
    asked = lines.values_list(
        Value("asked"), "conversation__name", Value(""), Value(""), Value(""), "asked_at", "pk",
        "conversation_id", "person_id",
    )  # fmt: skip
    rows = list(typed.union(asked, all=True))
    newest = sorted((row for row in rows if row[0] == "asked"), key=lambda row: row[5])[::-1]
    return (
        {row[1]: Kept(*row[2:6]) for row in rows if row[0] == "typed"},
        tuple(Asked(row[6], row[7], row[1], row[8]) for row in newest),
    )


@dataclass(frozen=True, slots=True)
class TextNow:
    """What a brand says automatically; version 0 is the desk's own words."""

    brand_id: int
    version: int
    text: str
    emergency_number: str
    created_at: datetime | None = None
    created_by: str = ""


def text_of(brand_id: int) -> TextNow:
    newest = newest_text(brand_id)
    return TextNow(brand_id, 0, DEFAULT_TEXT, "") if newest is None else _text(newest)


def texts_of(brand_id: int) -> tuple[TextNow, ...]:
    """Every version, the newest first."""
    found = AcknowledgementText.objects.filter(brand_id=brand_id).select_related("created_by")
    return tuple(_text(one) for one in found.order_by("-version"))


@once.remembered
def newest_text(brand_id: int) -> AcknowledgementText | None:
    found = AcknowledgementText.objects.filter(brand_id=brand_id).select_related("created_by")
    return found.order_by("-version").first()


def _text(of: AcknowledgementText) -> TextNow:
    return TextNow(
        of.brand_id,
        of.version,
        of.text,
        of.emergency_number,
        of.created_at,
        of.created_by.name if of.created_by else "",
    )


def was_acknowledged(*, contact_id: int, brand_id: int, opens_at: datetime) -> bool:
    """Did this person have the one acknowledgement of this stretch, or was it withheld?"""
    return Acknowledgement.objects.filter(
        contact_id=contact_id, brand_id=brand_id, opens_at=opens_at
    ).exists()


def acknowledgement_of(delivery_id: int) -> Acknowledgement | None:
    return (
        Acknowledgement.objects.filter(delivery_id=delivery_id)
        .select_related("conversation__brand", "enquiry")
        .first()
    )


def not_gone_out(*, now: datetime, limit: int) -> tuple[Acknowledgement, ...]:
    """Acknowledgements that should have left by now and of which nobody was told."""
    found = Acknowledgement.objects.filter(
        withheld="", confirmed_at=None, late_told_at=None, send_by__lt=now
    ).select_related("conversation__brand", "enquiry", "delivery")
    return tuple(found.order_by("send_by")[:limit])


def last_sent_at(brand_id: int) -> datetime | None:
    """When an automatic acknowledgement of this brand last reached somebody: a sign of life."""
    found = Acknowledgement.objects.filter(brand_id=brand_id, confirmed_at__isnull=False)
    return found.order_by("-confirmed_at").values_list("confirmed_at", flat=True).first()


def free_to_go(*, from_id: int, to_id: int) -> list[int]:
    """Ids of drafts that may go from one conversation to another: of two of one person and kind,
    each stays where it was typed."""
    there = set(Draft.objects.filter(conversation_id=to_id).values_list("person_id", "mode"))
    here = Draft.objects.filter(conversation_id=from_id).values_list("pk", "person_id", "mode")
    return [pk for pk, person_id, mode in here if (person_id, mode) not in there]
