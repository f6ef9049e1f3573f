"""Who can act, what verbs there are, and how records are chained."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    PERSON = "person"
    CONTACT = "contact"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as a value: it outlives the person's row."""

    kind: ActorKind
    id: str
    name: str


SYSTEM = Actor(ActorKind.SYSTEM, "glede", "Glede")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The clause and policy version an act served; both empty where no clause is at work."""

    clause: str = ""
    policy_version: str = ""


UNSTAMPED = Stamp()


class Verb(StrEnum):
    """`subject:thing:action`; one typed list, so that a search finds every use."""

    ORGANISATION_SET_UP = "organisation:setup:done"
    BRAND_CREATED = "brand:brand:created"
    CALENDAR_PUBLISHED = "brand:calendar:published"
    CALENDAR_CORRECTED = "brand:calendar:corrected"
    BRAND_ARCHIVED = "brand:brand:archived"
    PERSON_CREATED = "person:person:created"
    PERSON_DEACTIVATED = "person:person:deactivated"
    ROLE_GRANTED = "person:role:granted"
    ROLE_REVOKED = "person:role:revoked"
    SIGNED_IN = "person:session:started"
    SIGN_IN_FAILED = "person:session:refused"
    SIGNED_OUT = "person:session:ended"
    SESSIONS_ENDED = "person:session:all-ended"
    SECOND_FACTOR_CHANGED = "person:factor:changed"
    PASSWORD_CHANGED = "person:password:changed"  # noqa: S105 - a verb, no secret
    POLICY_DRAFTED = "policy:version:drafted"
    POLICY_DISCARDED = "policy:version:discarded"
    POLICY_APPROVED = "policy:version:approved"
    POLICY_FILE_TAKEN_IN = "policy:import:taken-in"
    POLICY_FILE_READ = "policy:import:read"
    POLICY_FILE_UNREADABLE = "policy:import:unreadable"
    POLICY_FILE_TRIED_AGAIN = "policy:import:tried-again"
    POLICY_FILE_DRAFTED = "policy:import:drafted"
    POLICY_ITEM_DECIDED = "policy:import-item:decided"
    POLICY_ITEM_UNDONE = "policy:import-item:undone"
    POLICY_SUBMITTED = "policy:version:submitted"
    POLICY_SENT_BACK = "policy:version:sent-back"
    POLICY_REWORDED = "policy:clause:reworded"
    POLICY_READ = "policy:version:read"
    APPROVAL_RECORDED = "policy:approval:recorded"
    APPROVAL_WITHDRAWN = "policy:approval:withdrawn"
    REVIEW_STARTED = "policy:review:started"
    REVIEW_DECIDED = "policy:review:decided"
    REVIEW_CLOSED = "policy:review:closed"
    REVIEW_REMINDED = "policy:review:reminded"
    REGISTER_CHANGED = "policy:register:changed"
    REGISTER_CHECKED = "policy:register:checked"
    OFFICE_CREATED = "office:office:created"
    OFFICE_TAKEN = "office:holding:begun"
    OFFICE_LEFT = "office:holding:ended"
    ABSENCE_RECORDED = "office:absence:recorded"
    ABSENCE_ENDED = "office:absence:ended"
    APP_REGISTERED = "account:app:registered"
    ACCOUNT_CONNECTED = "account:account:connected"
    APP_CHANGED = "account:app:changed"
    APP_CLOSED = "account:app:closed"
    SECRET_ROTATED = "account:secret:rotated"  # noqa: S105 - a verb, no secret
    ACCOUNT_CLOSED = "account:account:closed"
    ACCOUNT_NEEDS_RECONNECT = "account:account:lapsed"
    PLATFORM_DECIDED = "account:platform:decided"
    EVENT_SET_ASIDE = "intake:event:set-aside"
    EVENT_REPLAYED = "intake:event:replayed"
    CONVERSATION_OPENED = "conversation:conversation:opened"
    CONVERSATION_ASSIGNED = "conversation:conversation:assigned"
    CONVERSATION_RESOLVED = "conversation:conversation:resolved"
    CONVERSATION_REOPENED = "conversation:conversation:reopened"
    COLLEAGUE_ASKED = "conversation:colleague:asked"
    CONVERSATION_LABELLED = "conversation:labels:changed"
    CONVERSATION_SNOOZED = "conversation:snooze:begun"
    CONVERSATION_WOKEN = "conversation:snooze:ended"
    SHARING_RULE_ADDED = "sharing:rule:added"
    SHARING_RULE_CHANGED = "sharing:rule:changed"
    SHARING_RULE_REMOVED = "sharing:rule:removed"
    SHARING_PERSON_CHANGED = "sharing:person:changed"
    LABEL_CREATED = "label:label:created"
    LABEL_RENAMED = "label:label:renamed"
    LABEL_ARCHIVED = "label:label:archived"
    LABEL_BROUGHT_BACK = "label:label:brought-back"
    ACT_UNDONE = "conversation:act:undone"
    VIEW_KEPT = "desk:view:kept"
    VIEW_CHANGED = "desk:view:changed"
    VIEW_DELETED = "desk:view:deleted"
    NOT_NEEDED = "conversation:enquiry:no-reply-needed"
    NOT_NEEDED_CHECKED = "conversation:enquiry:checked"
    SENSITIVE_WORDS_FOUND = "conversation:words:sensitive"
    AGREEMENT_PLANNED = "conversation:agreement:planned"
    AGREEMENT_DROPPED = "conversation:agreement:dropped"
    AGREEMENT_PROPOSED = "conversation:agreement:proposed"
    AGREEMENT_ANSWERED = "conversation:agreement:answered"
    AGREEMENT_KEPT = "conversation:agreement:kept"
    AGREEMENT_MISSED = "conversation:agreement:missed"
    MESSAGE_RECEIVED = "conversation:message:received"
    MESSAGE_EDITED = "conversation:message:edited"
    MESSAGE_DELETED = "conversation:message:deleted"
    MESSAGE_CAPTURED = "conversation:message:captured"
    ANSWER_CAPTURED = "conversation:answer:captured"
    NOTE_ADDED = "conversation:note:added"
    NOTE_TAKEN_BACK = "conversation:note:taken-back"
    MESSAGE_VEILED = "conversation:message:veiled"
    MESSAGE_UNVEILED = "conversation:message:unveiled"
    COLLEAGUES_MENTIONED = "conversation:note:colleagues-mentioned"
    CONVERSATION_MERGED = "conversation:conversation:merged"
    CONVERSATION_TOOK_IN = "conversation:conversation:took-in"
    CONVERSATION_UNMERGED = "conversation:conversation:unmerged"
    CONVERSATION_SPLIT = "conversation:conversation:split"
    CONVERSATION_SPLIT_OFF = "conversation:conversation:split-off"
    CONVERSATION_MOVED = "conversation:conversation:moved"
    DUPLICATE_LINKED = "conversation:duplicate:linked"
    DUPLICATE_UNLINKED = "conversation:duplicate:unlinked"
    CONTACTS_MERGED = "contact:contact:merged"
    CONTACT_SPLIT = "contact:contact:split"
    CONTACTS_UNMERGED = "contact:contact:unmerged"
    CONTACT_NOTED = "contact:note:added"
    CONTACT_NOTE_REMOVED = "contact:note:removed"
    ADJUSTMENT_RECORDED = "contact:adjustment:recorded"
    ADJUSTMENT_REVIEWED = "contact:adjustment:reviewed"
    ADJUSTMENT_ENDED = "contact:adjustment:ended"
    STAFF_DECLARED = "contact:staff:declared"
    STAFF_DECLARATION_WITHDRAWN = "contact:staff:withdrawn"
    CLOCK_STARTED = "clock:clock:started"
    CLOCK_STOPPED = "clock:clock:stopped"
    CLOCK_REOPENED = "clock:clock:reopened"
    CLOCK_WITHDRAWN = "clock:clock:withdrawn"
    CLOCK_HELD = "clock:clock:held"
    CLOCK_RESUMED = "clock:clock:resumed"
    CLOCK_REPLACED = "clock:clock:replaced"
    CLOCK_PUT_BACK = "clock:clock:put-back"
    CLOCK_JOINED = "clock:clock:joined"
    CLOCK_PARTED = "clock:clock:parted"
    CLOCK_WARNED = "clock:step:warned"
    CLOCK_BREACHED = "clock:step:breached"
    CLOCK_REPLANNED = "clock:clock:replanned"
    REPLY_QUEUED = "reply:delivery:queued"
    REPLY_TAKEN_BACK = "reply:delivery:taken-back"
    REPLY_SENT = "reply:delivery:sent"
    REPLY_FAILED = "reply:delivery:failed"
    REPLY_UNKNOWN = "reply:delivery:unknown"
    REPLY_STOPPED_BY_GUARD = "reply:guard:stopped"
    REPLY_PICTURES_LOOKED_AT = "reply:guard:pictures-looked-at"
    REPLY_SENT_ANYWAY = "reply:guard:sent-anyway"
    SECOND_ASKED = "reply:second:asked"
    SECOND_AGREED = "reply:second:agreed"
    SECOND_REFUSED = "reply:second:refused"
    SECOND_UNANSWERED = "reply:second:unanswered"
    SECOND_ANSWER_TAKEN_BACK = "reply:second:answer-taken-back"
    PRIVATE_INVITED = "reply:private:invited"
    CLOSING_ASKED = "reply:closing:asked"
    CLOSING_SENT = "reply:closing:sent"
    CLOSING_DECLINED = "reply:closing:declined"
    CLOSING_UNDONE = "reply:closing:undone"
    TEXT_CHANGED = "reply:text:changed"
    TEXT_ARCHIVED = "reply:text:archived"
    TEXT_BROUGHT_BACK = "reply:text:brought-back"
    VOICE_CHANGED = "reply:voice:changed"
    ACKNOWLEDGED_AUTOMATICALLY = "reply:acknowledgement:queued"
    ACKNOWLEDGEMENT_WITHHELD = "reply:acknowledgement:withheld"
    ACKNOWLEDGEMENT_FAILED = "reply:acknowledgement:failed"
    ACKNOWLEDGEMENT_TEXT_CHANGED = "reply:acknowledgement-text:changed"
    ACKNOWLEDGEMENT_TESTED = "reply:acknowledgement-text:tested"
    MODERATION_QUEUED = "moderation:act:queued"
    MODERATION_TAKEN_BACK = "moderation:act:taken-back"
    MODERATION_DONE = "moderation:act:done"
    MODERATION_FAILED = "moderation:act:failed"
    MODERATION_UNKNOWN = "moderation:act:unknown"
    MODERATED_THERE = "moderation:act:seen-in-the-app"
    ROTA_SAVED = "rota:week:saved"
    SHIFT_SWAPPED = "rota:shift:swapped"
    GAP_FOUND = "rota:gap:found"
    GAP_CLOSED = "rota:gap:closed"
    ALERT_RAISED = "alert:alert:raised"
    ALERT_SEEN = "alert:alert:seen"
    ALERT_TAKEN = "alert:call:taken"
    ALERT_REROUTED = "alert:call:rerouted"
    ALERT_UNHEARD = "alert:call:unheard"
    ALERT_RELEASED = "alert:call:released"
    ALERT_ADDRESS_ADDED = "alert:address:added"
    ALERT_ADDRESS_REMOVED = "alert:address:removed"
    TOKEN_MADE = "token:token:made"  # noqa: S105 - a verb, no secret
    TOKEN_TAKEN = "token:token:taken"  # noqa: S105 - a verb, no secret
    TOKEN_REVOKED = "token:token:revoked"  # noqa: S105 - a verb, no secret
    API_CALLED = "token:call:made"
    WEBHOOK_ADDED = "webhook:webhook:added"
    WEBHOOK_CHANGED = "webhook:webhook:changed"
    WEBHOOK_SECRET_ROTATED = "webhook:secret:rotated"  # noqa: S105 - a verb, no secret
    WEBHOOK_ON = "webhook:webhook:switched-on"
    WEBHOOK_OFF = "webhook:webhook:switched-off"
    WEBHOOK_CLOSED = "webhook:webhook:closed"
    WEBHOOK_TESTED = "webhook:webhook:tested"
    WEBHOOK_REPLAYED = "webhook:delivery:replayed"
    TIMELINE_EXPORTED = "export:timeline:made"
    CONVERSATION_EXPORTED = "export:conversation:made"
    FIGURES_EXPORTED = "export:figures:made"
    REHEARSAL_ASKED = "insight:rehearsal:asked"
    REHEARSAL_DONE = "insight:rehearsal:done"
    REHEARSAL_FAILED = "insight:rehearsal:failed"
    VAULT_ROTATED = "system:vault:rotated"
    BACKUP_TAKEN = "system:backup:taken"
    BACKUP_RESTORED = "system:backup:restored"
    BLIND_SPELL = "account:blind:recorded"


type Details = Mapping[str, str | int | bool | None]

#: Long enough for an id, a state, an address of ours or a hash; too short for a resident's post.
LONGEST_DETAIL = 120


class TooManyWordsError(ValueError):
    """Somebody tried to put content into the record."""


def check_details(details: Details) -> None:
    """The record holds no content; what has to be shown unchanged goes in as a keyed hash."""
    for key, value in details.items():
        if isinstance(value, str) and (len(value) > LONGEST_DETAIL or "\n" in value):
            raise TooManyWordsError(
                f"The audit detail “{key}” looks like content; record an id or a keyed hash of it."
            )


# --- The chain -------------------------------------------------------------------------------

#: Every transaction ends within five minutes (settings: transaction_timeout). So an entry whose id
#: is lower than one sealed this long ago has been committed, or never will be; the other five
#: minutes are for machines whose clocks differ.
QUIET_FOR = timedelta(minutes=10)

#: What the first seal is chained to.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is hashed: every column, the id among them."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    verb: str
    object_kind: str
    object_id: str
    brand: str
    clause: str
    policy_version: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at one time, as it is kept outside the database."""

    seal: int
    entries: int
    digest: str
    at: datetime


def digest(previous: str, rows: Sequence[Row]) -> str:
    """SHA-256 over the digest before and the rows in id order, as canonical JSON."""
    listed = [
        asdict(row) | {"at": row.at.astimezone(UTC).isoformat(timespec="microseconds")}
        for row in sorted(rows, key=lambda row: row.id)
    ]
    told = json.dumps(listed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode("ascii") + told.encode()).hexdigest()


def line(head: Head) -> str:
    told = asdict(head) | {"at": head.at.astimezone(UTC).isoformat()}
    return json.dumps(told, separators=(",", ":")) + "\n"


def read_line(told: str) -> Head | None:
    """A line of the file of heads; `None` if it is none."""
    try:
        found = json.loads(told)
        return Head(
            seal=int(found["seal"]),
            entries=int(found["entries"]),
            digest=str(found["digest"]),
            at=datetime.fromisoformat(found["at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
