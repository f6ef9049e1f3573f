"""Who can act, what verbs there are, and how a record is hashed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
    PERSON_CREATED = "person:person:created"
    PERSON_DEACTIVATED = "person:person:deactivated"
    ROLE_GRANTED = "person:role:granted"
    ROLE_REVOKED = "person:role:revoked"
    SIGNED_IN = "person:session:started"
    SIGN_IN_FAILED = "person:session:refused"
    SIGNED_OUT = "person:session:ended"
    SECOND_FACTOR_CHANGED = "person:factor:changed"
    PASSWORD_CHANGED = "person:password:changed"  # noqa: S105 - a verb, no secret
    POLICY_APPROVED = "policy:version:approved"
    APP_REGISTERED = "account:app:registered"
    ACCOUNT_CONNECTED = "account:account:connected"
    ACCOUNT_NEEDS_RECONNECT = "account:account:lapsed"
    EVENT_SET_ASIDE = "intake:event:set-aside"
    EVENT_REPLAYED = "intake:event:replayed"
    CONVERSATION_OPENED = "conversation:conversation:opened"
    CONVERSATION_ASSIGNED = "conversation:conversation:assigned"
    CONVERSATION_RESOLVED = "conversation:conversation:resolved"
    CONVERSATION_REOPENED = "conversation:conversation:reopened"
    MESSAGE_RECEIVED = "conversation:message:received"
    MESSAGE_EDITED = "conversation:message:edited"
    MESSAGE_DELETED = "conversation:message:deleted"
    NOTE_ADDED = "conversation:note:added"
    CLOCK_STARTED = "clock:clock:started"
    CLOCK_STOPPED = "clock:clock:stopped"
    CLOCK_REOPENED = "clock:clock:reopened"
    CLOCK_WITHDRAWN = "clock:clock:withdrawn"
    CLOCK_WARNED = "clock:step:warned"
    CLOCK_BREACHED = "clock:step:breached"
    REPLY_QUEUED = "reply:delivery:queued"
    REPLY_TAKEN_BACK = "reply:delivery:taken-back"
    REPLY_SENT = "reply:delivery:sent"
    REPLY_FAILED = "reply:delivery:failed"
    REPLY_UNKNOWN = "reply:delivery:unknown"
    REPLY_STOPPED_BY_GUARD = "reply:guard:stopped"
    ALERT_RAISED = "alert:alert:raised"
    ALERT_SEEN = "alert:alert:seen"
    BACKUP_TAKEN = "system:backup:taken"
    BACKUP_RESTORED = "system:backup:restored"
    BLIND_SPELL = "account:blind:recorded"


type Details = Mapping[str, str | int | bool | None]
