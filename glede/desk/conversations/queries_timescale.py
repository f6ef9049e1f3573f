"""Timescales, read back: what is planned, what holds, and how they ended."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from glede.desk.conversations.models import Agreement, Message
from glede.desk.conversations.rules import Direction
from glede.desk.conversations.timescales import HOLDS, AgreementState


@dataclass(frozen=True, slots=True)
class Timescale:
    id: int
    number: int
    what: str
    by_at: datetime
    person_id: int
    person_name: str
    reason: str
    state: AgreementState
    told_at: datetime | None
    told_by_message: bool
    silence_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    ended_at: datetime | None
    kept_at: datetime | None
    missed_at: datetime | None
    clause: str

    @property
    def holds(self) -> bool:
        return self.state in HOLDS and self.ended_at is None


def of_conversation(conversation_id: int) -> tuple[Timescale, ...]:
    """Every timescale of a conversation, the newest first."""
    found = Agreement.objects.filter(conversation_id=conversation_id)
    return tuple(
        _timescale(one) for one in found.select_related("person", "answered_by").order_by("-number")
    )


def _timescale(of: Agreement) -> Timescale:
    return Timescale(
        id=of.pk,
        number=of.number,
        what=of.what,
        by_at=of.by_at,
        person_id=of.person_id,
        person_name=of.person.name,
        reason=of.reason,
        state=AgreementState(of.state),
        told_at=of.told_at,
        told_by_message=of.told_in_id is not None,
        silence_at=of.silence_at,
        answered_at=of.answered_at,
        answered_by=of.answered_by.name if of.answered_by else "",
        ended_at=of.ended_at,
        kept_at=of.kept_at,
        missed_at=of.missed_at,
        clause=of.clause,
    )


def planned(conversation_id: int) -> int | None:
    """The id of the timescale that nobody was told of yet."""
    found = Agreement.objects.filter(conversation_id=conversation_id, state=AgreementState.PLANNED)
    return found.values_list("pk", flat=True).first()


def holding(conversation_id: int) -> int | None:
    """The id of the timescale that binds the desk."""
    found = Agreement.objects.filter(
        conversation_id=conversation_id, state__in=HOLDS, ended_at=None
    )
    return found.values_list("pk", flat=True).first()


def responsible(conversation_id: int) -> int | None:
    """Who promised to keep the timescale that binds the desk."""
    found = Agreement.objects.filter(
        conversation_id=conversation_id, state__in=HOLDS, ended_at=None
    )
    return found.values_list("person_id", flat=True).first()


def told_so_far(conversation_id: int) -> int:
    """How many timescales this resident was told in this conversation."""
    return Agreement.objects.filter(conversation_id=conversation_id, told_at__isnull=False).count()


def silent(*, now: datetime, limit: int) -> tuple[int, ...]:
    """Proposed timescales whose time for an objection is over."""
    found = Agreement.objects.filter(
        state=AgreementState.PROPOSED, ended_at=None, silence_at__lte=now
    )
    return tuple(found.order_by("silence_at").values_list("pk", flat=True)[:limit])


def wrote_since(of: Agreement) -> bool:
    """Has the resident written since they were told?"""
    return Message.objects.filter(
        conversation_id=of.conversation_id,
        direction=Direction.IN,
        deleted_at=None,
        received_at__gt=of.told_at,
    ).exists()


@dataclass(frozen=True, slots=True)
class Split:
    """How told timescales came to hold and how they ended: reports never add these up."""

    agreed: int
    silent: int
    proposed: int
    objected: int
    replaced: int
    kept: int
    missed: int


def split(*, start: datetime, end: datetime, brand_id: int | None = None) -> Split:
    """Of the timescales told in [start, end)."""
    found = Agreement.objects.filter(told_at__gte=start, told_at__lt=end)
    if brand_id is not None:
        found = found.filter(conversation__brand_id=brand_id)
    rows = list(found.values_list("state", "kept_at", "missed_at"))
    states = Counter(state for state, _, _ in rows)
    return Split(
        agreed=states[AgreementState.AGREED],
        silent=states[AgreementState.SILENT],
        proposed=states[AgreementState.PROPOSED],
        objected=states[AgreementState.OBJECTED],
        replaced=states[AgreementState.REPLACED],
        kept=sum(kept is not None for _, kept, _ in rows),
        missed=sum(missed is not None for _, _, missed in rows),
    )
