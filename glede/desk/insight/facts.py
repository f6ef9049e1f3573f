"""The enquiries a question is about, one after the other, each with its clock. Changes nothing."""

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.lookups import Exact

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import promise_of
from glede.desk.clocks.rules import ClockKind, Promise, Reading
from glede.desk.contacts.models import Declaration
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import Direction
from glede.desk.insight.period import Period
from glede.desk.insight.rules import EVERYTHING, Fact, Where
from glede.desk.outbox.models import Delivery
from glede.kit.hours import Calendar
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook

#: Rows fetched at a time: few enough to hold, enough to be quick.
_AT_ONCE = 5_000


class Who(StrEnum):
    """Whose enquiries are meant: everybody's, the public's, or those of staff who said so."""

    EVERYBODY = "everybody"
    PUBLIC = "public"
    STAFF = "staff"


_COLUMNS = (
    "kind",
    "enquiry_id",
    "conversation_id",
    "conversation__brand_id",
    "conversation__platform",
    "started_at",
    "due_at",
    "stopped_at",
    "state",
    "in_hours",
    "clause",
    "reading",
    "policy_id",
    "calendar_id",
    "first_ingested_at",
    "by_itself",
)


def clocks_of(
    period: Period,
    *,
    viewer: Viewer | None,
    clause: str = "",
    where: Where = EVERYTHING,
    of: Who = Who.EVERYBODY,
) -> QuerySet[Clock]:
    """Clocks of one kind that started in the period, in order of receipt.

    `viewer` None is the desk itself: a job that counts for everybody and shows nothing. `of`:
    staff who said so are counted apart from the public (clause 6.14).
    """
    found = _started(period, viewer=viewer, clause=clause, of=of).filter(kind=where.kind)
    if where.brand is not None:
        found = found.filter(conversation__brand_id=where.brand)
    if where.platform:
        found = found.filter(conversation__platform=where.platform)
    return found.order_by("started_at", "pk")


def other_kinds(period: Period, *, viewer: Viewer, clause: str) -> tuple[str, ...]:
    """The kinds of clock, besides that of the first response, that started under the clause."""
    found = _started(period, viewer=viewer, clause=clause, of=Who.PUBLIC).exclude(
        kind=ClockKind.ACKNOWLEDGE
    )
    return tuple(found.order_by("kind").values_list("kind", flat=True).distinct())


def _started(period: Period, *, viewer: Viewer | None, clause: str, of: Who) -> QuerySet[Clock]:
    found = Clock.objects.filter(started_at__gte=period.from_at, started_at__lt=period.to_at)
    if clause:
        found = found.filter(clause=clause)
    if of is not Who.EVERYBODY:
        works_here = Exists(
            Declaration.objects.filter(contact=OuterRef("conversation__contact"), withdrawn_at=None)
        )
        found = found.filter(works_here if of is Who.STAFF else ~works_here)
    mine = None if viewer is None else viewer.brands_for(Permission.READ_FIGURES)
    return found if mine is None else found.filter(conversation__brand_id__in=sorted(mine))


def facts(found: QuerySet[Clock], *, acts: bool = False) -> Generator[Fact]:
    """These clocks as facts, streamed in their order; with `acts` also when we spoke, for those
    who judge by another rule what stops a clock."""
    first = Message.objects.filter(
        enquiry=OuterRef("enquiry_id"), direction=Direction.IN, thread__isnull=False
    ).order_by("received_at", "pk")
    rows = found.annotate(
        first_ingested_at=Subquery(first.values("ingested_at")[:1]),
        by_itself=Exists(
            Delivery.objects.filter(pk=OuterRef("stopped_by_id"), automatic=True).filter(
                Exact(OuterRef("stopped_by_kind"), Value("delivery"))
            )
        ),
    )
    columns: tuple[str, ...] = _COLUMNS
    if acts:
        automatic = Message.objects.filter(
            conversation=OuterRef("conversation_id"),
            automatic=True,
            deleted_at=None,
            received_at__gte=OuterRef("started_at"),
        ).order_by("received_at", "pk")
        rows = rows.annotate(automatic_at=Subquery(automatic.values("received_at")[:1]))
        columns = (*columns, "automatic_at", "enquiry__answered_at")
    for row in rows.values_list(*columns).iterator(chunk_size=_AT_ONCE):
        yield Fact(*row)


class Sums:
    """The live clock's own sum for past enquiries: `deadline`, with the version and the calendar
    each clock holds. Both are looked up once each."""

    def __init__(self) -> None:
        self._promises: dict[tuple[int, Reading], Promise] = {}
        self._calendars: dict[int, Calendar] = {}
        self._auto: dict[int, bool] = {}

    def due_under(self, fact: Fact, reading: Reading) -> datetime:
        if fact.kind != ClockKind.ACKNOWLEDGE:
            return fact.due_at  # the readings are about the promise of an answer alone
        promise = self._promise(fact.policy_id, reading)
        return clocks.deadline(fact.received_at, promise, self.calendar(fact.calendar_id)).due_at

    def promise_for(self, fact: Fact) -> Promise:
        """What bound this enquiry: its version, by the reading its clock was started with."""
        return self._promise(fact.policy_id, Reading(fact.reading))

    def _promise(self, version_id: int, reading: Reading) -> Promise:
        known = self._promises.get((version_id, reading))
        if known is None:
            known = replace(promise_of(policy.rulebook(version_id)), reading=reading)
            self._promises[version_id, reading] = known
        return known

    def auto_counts(self, fact: Fact) -> bool:
        """Did an automatic acknowledgement answer what came in hours, by the version at receipt?"""
        known = self._auto.get(fact.policy_id)
        if known is None:
            book = policy.rulebook(fact.policy_id)
            known = self._auto[fact.policy_id] = auto_counts_in_hours(book)
        return known

    def calendar(self, calendar_id: int) -> Calendar:
        known = self._calendars.get(calendar_id)
        if known is None:
            known = self._calendars[calendar_id] = brands.calendar(calendar_id).calendar
        return known


def auto_counts_in_hours(book: Rulebook) -> bool:
    return book.rule("auto_ack_counts_in_hours").value is True


def versions_of(found: QuerySet[Clock]) -> tuple[str, ...]:
    """Numbers of the policy versions these clocks hold, the oldest first."""
    return tuple(found.order_by("policy_id").values_list("policy__number", flat=True).distinct())


def names_of(conversation_ids: list[int]) -> dict[int, str]:
    """Who wrote, for the rows of a list."""
    found = Conversation.objects.filter(pk__in=conversation_ids)
    return dict(found.values_list("pk", "name"))
