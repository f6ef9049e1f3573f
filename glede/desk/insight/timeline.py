"""What happened in one conversation, from receipt to the end, as evidence: who, when, by which
clause and version, and the hash of the record it rests on (clauses.md A6). Changes nothing.

It holds no words of the conversation. People are named for what they did and for nothing else:
that somebody merely looked is told without a name (ICO, monitoring of workers).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from glede.desk.alerts.models import Alert
from glede.desk.clocks import rules as clock_rules
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState
from glede.desk.conversations import talk
from glede.desk.conversations.models import Conversation, Enquiry, Message, Reading
from glede.desk.conversations.rules import ClosedAs, Direction
from glede.desk.outbox.models import Delivery
from glede.kit import clock as words
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import GENESIS, ActorKind, Row, Verb, digest
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Viewer


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `key` moments are those a page of evidence must show."""

    at: datetime
    what: str
    who: str
    note: str = ""
    clause: str = ""
    policy_version: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise and what became of it. `kept` is None while that is open or counted apart."""

    kind: str
    started_at: datetime
    due_at: datetime
    soft_at: datetime
    stopped_at: datetime | None
    state: str
    kept: bool | None
    in_hours: bool
    reading: str
    clause: str
    policy_version: str
    calendar_version: int


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of the audit record that the timeline rests on.

    `sha256` is over the rows in order of their ids, as the audit's own chain counts them from its
    beginning, so that anybody with the rows can count it again. `sealed` of them lie below the
    floor of the sealed chain, whose last digest is `chain`.
    """

    entries: int
    first_id: int | None
    last_id: int | None
    sha256: str
    sealed: int
    chain: str


@dataclass(frozen=True, slots=True)
class Timeline:
    conversation: int
    brand: str
    brand_slug: str
    platform: str
    kind: str
    private: bool
    name: str
    state: str
    as_of: datetime
    zone: str
    moments: tuple[Moment, ...]
    promises: tuple[Kept, ...]
    record: Record


def of(viewer: Viewer, conversation_id: int, *, now: datetime) -> Timeline:
    """For who may read the conversation. Raises `conversations.queries.NotVisible`."""
    card = talk.card(viewer, conversation_id)
    brand = brands.by_id(card.brand_id)
    rows = _rows(conversation_id)
    promises = list(
        Clock.objects.filter(conversation_id=conversation_id)
        .select_related("policy", "calendar")
        .order_by("started_at", "pk")
    )
    moments = [
        *_received(conversation_id, card.name),
        *_seen(conversation_id, rows),
        *_alerted(conversation_id),
        *_answered(promises),
        *_acts(rows, card.name),
    ]
    return Timeline(
        conversation=card.id,
        brand=brand.name,
        brand_slug=brand.slug,
        platform=card.platform,
        kind=card.kind,
        private=card.private,
        name=card.name,
        state=card.state,
        as_of=now,
        zone=promises[-1].calendar.zone if promises else _ZONE,
        moments=tuple(sorted(moments, key=lambda one: (one.at, _ORDER.get(one.what, 9)))),
        promises=tuple(_kept(one, now=now) for one in promises),
        record=_record(rows),
    )


def _rows(conversation_id: int) -> list[Row]:
    """The record of the conversation and of those that were merged into it, at whatever remove:
    what happened to one matter is one story."""
    found = list(audit.rows_of("conversation", conversation_id))
    taken_in = Conversation.objects.filter(merged_into=conversation_id)
    for pk in taken_in.order_by("pk").values_list("pk", flat=True):
        found += _rows(pk)
    return sorted(found, key=lambda row: row.id)


_ZONE = "Europe/London"

#: Of what bears the same time, the cause stands before its effect.
_ORDER = {"received": 0, "ingested": 1, "told to open screens": 2, "alerted": 3, "seen": 4}


# --- What is not an act: receipt, ingestion, looking, alerts, stopped clocks ----------------------


def _received(conversation_id: int, name: str) -> Iterator[Moment]:
    for enquiry in Enquiry.objects.filter(conversation_id=conversation_id).order_by("number"):
        first = (
            Message.objects.filter(enquiry=enquiry, direction=Direction.IN)
            .order_by("received_at", "pk")
            .first()
        )
        if first is None:
            if enquiry.closed_as == ClosedAs.JOINED:
                joined = f"enquiry {enquiry.number}, joined an earlier one"
                yield Moment(enquiry.opened_at, "received", name, joined, key=True)
            continue
        which = "follow-up" if enquiry.follow_up else "enquiry"
        lag = first.ingested_at - first.received_at
        yield Moment(first.received_at, "received", name, f"{which} {enquiry.number}", key=True)
        yield Moment(
            first.ingested_at,
            "ingested",
            "Glede",
            f"{words.duration_words(lag)} after it was written",
            key=True,
        )


def _seen(conversation_id: int, rows: Iterable[Row]) -> Iterator[Moment]:
    """The earliest sign that somebody at the desk had it before them. Reading keeps one time for
    each person, the last; so an act or an alert that was opened may be the earlier sign."""
    signs = [
        *Reading.objects.filter(conversation_id=conversation_id).values_list("at", flat=True),
        *Alert.objects.filter(conversation_id=conversation_id, seen_at__isnull=False).values_list(
            "seen_at", flat=True
        ),
        *(row.at for row in rows if row.actor_kind == ActorKind.PERSON),
    ]
    if first := min((at for at in signs if at is not None), default=None):
        yield Moment(first, "seen", "the desk", "at the latest", key=True)


def _alerted(conversation_id: int) -> Iterator[Moment]:
    raised: dict[tuple[datetime, str], int] = {}
    found = Alert.objects.filter(conversation_id=conversation_id).order_by("raised_at", "pk")
    for at, kind in found.values_list("raised_at", "kind"):
        raised[at, kind] = raised.get((at, kind), 0) + 1
    for (at, kind), number in raised.items():
        told = f"{number} {'person' if number == 1 else 'people'} told: {kind}"
        yield Moment(at, "alerted", "Glede", told, key=True)


def _answered(promises: Iterable[Clock]) -> Iterator[Moment]:
    for one in promises:
        if one.state != ClockState.STOPPED or one.stopped_at is None:
            continue
        what = _STOPPED.get(one.kind, f"{one.kind.replace('_', ' ')} done")
        late = clock_rules.is_late(due_at=one.due_at, now=one.stopped_at)
        yield Moment(
            one.stopped_at,
            what,
            _who_stopped(one),
            "late" if late else "in time",
            one.clause,
            one.policy.number,
            key=True,
        )


_STOPPED = {
    "acknowledge": "acknowledged",
    "follow_up": "answered by a person",
    "resolve": "settled",
    "agreed": "agreed date met",
}


def _who_stopped(one: Clock) -> str:
    if one.stopped_by_kind == "delivery":
        sent = _delivery(one.stopped_by_id or 0)
        return sent.person.name if sent and sent.person else "Glede"
    if one.stopped_by_kind == "message":
        return "in the platform’s own app"
    return "the desk"


def _delivery(delivery_id: int) -> Delivery | None:
    return Delivery.objects.filter(pk=delivery_id).select_related("person").first()


def _kept(one: Clock, *, now: datetime) -> Kept:
    ended = one.stopped_at if one.state == ClockState.STOPPED else now
    kept: bool | None = None
    if one.state == ClockState.STOPPED and ended is not None:
        kept = not clock_rules.is_late(due_at=one.due_at, now=ended)
    elif one.state == ClockState.RUNNING and clock_rules.is_late(due_at=one.due_at, now=now):
        kept = False
    return Kept(
        kind=one.kind,
        started_at=one.started_at,
        due_at=one.due_at,
        soft_at=one.soft_at,
        stopped_at=one.stopped_at,
        state=one.state,
        kept=kept,
        in_hours=one.in_hours,
        reading=one.reading,
        clause=one.clause,
        policy_version=one.policy.number,
        calendar_version=one.calendar.version,
    )


# --- What the record says ------------------------------------------------------------------------

#: Acts a page of evidence must show, in one or two words.
_KEY: Mapping[str, str] = {
    Verb.CONVERSATION_ASSIGNED: "assigned",
    Verb.CONVERSATION_RESOLVED: "resolved",
    Verb.CONVERSATION_MERGED: "merged into another conversation",
    Verb.CONVERSATION_TOOK_IN: "another conversation merged in",
    Verb.CONVERSATION_UNMERGED: "merge taken back",
    Verb.CONVERSATION_SPLIT: "a new matter split off",
    Verb.CONVERSATION_SPLIT_OFF: "split off as a new matter",
    Verb.CONVERSATION_MOVED: "moved to another brand",
    Verb.DUPLICATE_LINKED: "linked with the same matter elsewhere",
    Verb.CONVERSATION_REOPENED: "reopened",
    Verb.ACT_UNDONE: "act undone",
    Verb.NOT_NEEDED: "closed: no reply needed",
    Verb.MESSAGE_DELETED: "message deleted",
    Verb.MESSAGE_EDITED: "message edited",
    Verb.AGREEMENT_PROPOSED: "timescale proposed",
    Verb.AGREEMENT_ANSWERED: "timescale answered",
    Verb.AGREEMENT_KEPT: "timescale kept",
    Verb.AGREEMENT_MISSED: "timescale missed",
    Verb.CLOCK_BREACHED: "promise broken",
    Verb.CLOCK_REPLANNED: "due time corrected",
    Verb.CLOCK_REOPENED: "clock runs again",
    Verb.CLOCK_PUT_BACK: "clock as before",
    Verb.CLOCK_WITHDRAWN: "clock closed",
    Verb.REPLY_QUEUED: "reply given to be sent",
    Verb.REPLY_FAILED: "reply not sent",
    Verb.ACKNOWLEDGED_AUTOMATICALLY: "acknowledged automatically",
    Verb.ACKNOWLEDGEMENT_FAILED: "automatic acknowledgement failed",
    Verb.ALERT_TAKEN: "alert taken",
    Verb.ALERT_REROUTED: "told one rung higher",
    Verb.ALERT_UNHEARD: "nobody took the alert",
    Verb.ALERT_RELEASED: "alert given back",
}
#: Told by the tables above already, or inside another act.
_TOLD = {Verb.CLOCK_STOPPED, Verb.CONVERSATION_OPENED}
_OTHER: Mapping[str, str] = {
    Verb.MESSAGE_RECEIVED: "told to open screens",
    Verb.REPLY_SENT: "reply stands on the platform",
    Verb.NOTE_ADDED: "note written",
    Verb.COLLEAGUES_MENTIONED: "colleagues told of a note",
    Verb.MESSAGE_VEILED: "message veiled",
    Verb.MESSAGE_UNVEILED: "veil of a message lifted",
}


def _acts(rows: Iterable[Row], name: str) -> Iterator[Moment]:
    for row in rows:
        if row.verb in _TOLD:
            continue
        what = _KEY.get(row.verb) or _OTHER.get(row.verb) or _plain(row.verb)
        yield Moment(
            row.at,
            what,
            _who(row, name, what),
            _note(row.details),
            row.clause,
            row.policy_version,
            key=row.verb in _KEY or row.verb.startswith("conversation:agreement:"),
        )


def _who(row: Row, name: str, what: str) -> str:
    if row.actor_kind == ActorKind.CONTACT:
        return "Glede" if what == _OTHER[Verb.MESSAGE_RECEIVED] else name
    return row.actor_name


def _plain(verb: str) -> str:
    """A verb nobody gave words here: “clock held” for “clock:clock:held”."""
    _, thing, act = verb.split(":")
    return f"{thing} {act}".replace("-", " ")


def _note(details: Mapping[str, Any]) -> str:
    if percent := details.get("percent"):
        return f"{percent} % of the time gone"
    return str(details.get("state") or details.get("kind") or "")


def _record(rows: list[Row]) -> Record:
    floor, chain = audit.sealed_to()
    return Record(
        entries=len(rows),
        first_id=rows[0].id if rows else None,
        last_id=rows[-1].id if rows else None,
        sha256=digest(GENESIS, rows),
        sealed=sum(row.id <= floor for row in rows),
        chain=chain,
    )
