"""The words and shapes of the inbox: chips, groups, outcomes, history. Pure."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from babel import Locale
from django.utils.translation import gettext_noop

from glede.desk.clocks import kinds
from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import ClockKind, Urgency
from glede.desk.conversations.lanes import SOON, Group
from glede.desk.conversations.rules import SETTLED, State
from glede.desk.moderation import rules as moderation
from glede.desk.moderation.queries import Done
from glede.desk.outbox.queries import Sending
from glede.desk.outbox.rules import State as Delivery
from glede.kit import clock
from glede.rulebook.audit.rules import Verb

_LANGUAGES: Mapping[str, str] = Locale("en", "GB").languages
#: A difference worth a remark: receipt is the platform's time, and we had it this much later.
LAG = timedelta(minutes=10)
_A_WEEK = 6
#: An agreed date that is neither late nor near stands under a heading of its own.
_FAR = frozenset({Urgency.TODAY, Urgency.LATER})


GROUP_WORDS = {
    Group.LATE: gettext_noop("Late"),
    Group.SOON: gettext_noop("Due in 1 h"),
    Group.TODAY: gettext_noop("Today"),
    Group.LATER: gettext_noop("Later"),
    Group.PROMISED: gettext_noop("Promised"),
    Group.WAITING: gettext_noop("Waiting for them"),
    Group.NOT_NEEDED: gettext_noop("No reply needed?"),
    Group.NO_CLOCK: gettext_noop("No clock running"),
}


class Quick:
    """Answers a template at once: Django asks for `thing["name"]` first, and the exception that an
    ordinary object raises there is most of what a page of rows would cost."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Chip(Quick):
    """Time left and due time: shape and words before colour."""

    state: str  # late | soon | today | promised | waiting | done | none
    words: str
    at: str = ""
    #: What is due, where it is not the first answer: “follow up”, “resolve”.
    what: str = ""
    share: str = "0"
    due: str = ""
    since: str = ""


def short_when(at: datetime, now: datetime, zone: tzinfo) -> str:
    """“15:40”, within a week “Mon 17:30”, farther off the day alone: room in a row is short."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return clock.when_words(at, now, zone)
    day = clock.day_words(at, zone)
    if abs((local.date() - today.date()).days) <= _A_WEEK:
        return f"{day.split()[0]} {local:%H:%M}"
    return day.partition(" ")[2]


def due_chip(
    *,
    due_at: datetime,
    due_from: datetime | None,
    now: datetime,
    zone: tzinfo,
    kind: str = "",
) -> Chip:
    near = clocks.urgency(due_at=due_at, now=now, soon_within=SOON, zone=zone)
    if kind == ClockKind.AGREED and near in _FAR:
        # Said once, kept still: nobody counts down to a date that both sides know.
        return Chip(state="promised", words="Promised", at=short_when(due_at, now, zone))
    words = clock.due_words(due_at=due_at, now=now)
    left = clocks.left_fraction(received_at=due_from or now, due_at=due_at, now=now)
    return Chip(
        state="today" if near == Urgency.LATER else near.value,
        words=words[0].upper() + words[1:],
        at=short_when(due_at, now, zone),
        what=kinds.kind(kind).word if kind else "",
        share=str(round(100 * left)),
        due=due_at.isoformat(timespec="seconds"),
        since=due_from.isoformat(timespec="seconds") if due_from else "",
    )


def chip(
    *,
    state: str,
    state_at: datetime,
    due_at: datetime | None,
    due_from: datetime | None,
    now: datetime,
    zone: tzinfo,
    due_kind: str = "",
) -> Chip:
    if state in SETTLED:
        return Chip(state="done", words=state.capitalize(), at=short_when(state_at, now, zone))
    if due_at is not None:
        return due_chip(due_at=due_at, due_from=due_from, now=now, zone=zone, kind=due_kind)
    if state == State.WAITING_FOR_THEM:
        return Chip(state="waiting", words=f"Since {short_when(state_at, now, zone)}")
    return Chip(state="none", words="No clock")


def promise_words(duration: timedelta) -> str:
    """“+ 4 h 00”, as the sum writes it."""
    minutes = duration // timedelta(minutes=1)
    return f"+ {minutes // 60} h {minutes % 60:02}"


# --- What became of a reply ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """A delivery in words; `kind` picks shape and colour, `acts` what a person may do."""

    kind: str  # leaving | sending | sent | retry | failed | checking
    words: str
    release: str = ""
    reason: str = ""


def outcome(of: Sending, *, platform: str, now: datetime, zone: tzinfo) -> Outcome:
    if of.state == Delivery.QUEUED:
        left = max(0, round((of.release_at - now).total_seconds()))
        words = f"Going out in {left} s" if left else "Going out now"
        return Outcome("leaving", words, of.release_at.isoformat())
    if of.state == Delivery.SENT and of.sent_at is not None:
        return Outcome("sent", f"Sent {clock.when_words(of.sent_at, now, zone)}")
    if of.state == Delivery.RETRY:
        at = of.next_try_at
        again = f"Next try {clock.when_words(at, now, zone)}" if at else "Waiting for another try"
        return Outcome("retry", again, reason=_sentence(of.reason))
    if of.state == Delivery.WAITING:
        return Outcome("waiting", "Waits for a second person’s yes")
    if of.state == Delivery.REFUSED:
        return Outcome("refused", "Not sent: a second person said no")
    if of.state == Delivery.FAILED:
        return Outcome("failed", "Not sent", reason=_sentence(of.reason))
    if of.state == Delivery.UNKNOWN:
        return Outcome(
            "checking",
            "Checking",
            reason=f"We cannot tell whether {platform} has it. Looking there now; "
            "it will not be sent twice.",
        )
    return Outcome("sending", f"Sending to {platform}")


@dataclass(frozen=True, slots=True)
class DeedView:
    """An act of moderation in words; `acts` is what a person may still do about it."""

    id: int
    kind: str  # leaving | sending | done | retry | failed | checking
    words: str
    reason: str
    release: str = ""
    may_undo: bool = False
    may_retry: bool = False


_ON_ITS_WAY: Mapping[Delivery, tuple[str, str]] = {
    Delivery.SENDING: ("sending", "under way"),
    Delivery.RETRY: ("retry", "waiting for another try"),
    Delivery.FAILED: ("failed", "not done"),
    Delivery.UNKNOWN: ("checking", "looking whether it was done"),
}


def deed(of: Done, *, may: bool, now: datetime, zone: tzinfo) -> DeedView:
    """One act as its message tells it."""
    why = f"{of.reason.value}, clause {of.clause}"
    who = first_name(of.person_name) or "Glede"
    if of.state == Delivery.QUEUED:
        left = max(0, round((of.release_at - now).total_seconds()))
        told = f"{moderation.DOING[of.act]}: in {left} s" if left else moderation.DOING[of.act]
        return DeedView(of.id, "leaving", told, why, of.release_at.isoformat(), may_undo=may)
    if of.state == Delivery.SENT:
        at = clock.when_words(of.done_at or of.queued_at, now, zone)
        told = f"{moderation.DONE[of.act]} by {who}, {at}"
        if of.ends_at is not None and of.lifted_at is None:
            told += f", until {clock.day_words(of.ends_at, zone)}"
        return DeedView(of.id, "done", told, f"{why}. {of.words}".strip(". ") if of.words else why)
    kind, words = _ON_ITS_WAY[of.state]
    return DeedView(
        of.id,
        kind,
        f"{moderation.DOING[of.act]}: {words}",
        _sentence(of.why) or why,
        may_undo=may and kind == "retry",
        may_retry=may and kind == "failed",
    )


def _sentence(reason: str) -> str:
    words = reason.strip()
    return words if not words or words[-1] in ".!?”" else f"{words}."


# --- Edits ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: same; of an edited one ins or del; of a note name or me."""

    kind: str
    text: str


_WORDS = re.compile(r"\s+|[\w’']+|[^\w\s]")


def changes(before: str, after: str) -> tuple[Piece, ...]:
    """What an edit took away and put in, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[c:d])))
            continue
        if a < b:
            pieces.append(Piece("del", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("ins", "".join(new[c:d])))
    return tuple(pieces)


# --- History -------------------------------------------------------------------------------------

_DONE_BY_US: Mapping[str, str] = {
    Verb.CONVERSATION_OPENED: "Opened by a new message",
    Verb.MESSAGE_EDITED: "Edited by its author, clock unchanged",
    Verb.MESSAGE_DELETED: "A message was deleted",
    Verb.CLOCK_STARTED: "Clock started",
    Verb.CLOCK_STOPPED: "Clock stopped",
    Verb.CLOCK_REOPENED: "Clock runs again, due as before",
    Verb.CONVERSATION_WOKEN: "Back in the list",
    Verb.CLOCK_PUT_BACK: "Clock as it stood before, due as before",
    Verb.CLOCK_WITHDRAWN: "Clock closed without a reply",
    Verb.CLOCK_BREACHED: "Late: the promise was not kept",
    Verb.CLOCK_HELD: "Clock held: a date is proposed",
    Verb.CLOCK_RESUMED: "Clock runs again",
    Verb.CLOCK_REPLACED: "An agreed date took its place",
    Verb.CLOCK_JOINED: "An earlier enquiry of the same matter holds its clock",
    Verb.CLOCK_PARTED: "Clock runs by itself again, due as before",
    Verb.AGREEMENT_PROPOSED: "A timescale was told",
    Verb.AGREEMENT_KEPT: "The timescale was kept",
    Verb.AGREEMENT_MISSED: "The timescale was missed",
    Verb.AGREEMENT_DROPPED: "A timescale was dropped",
    Verb.ALERT_REROUTED: "Nobody had it in time: told one rung higher",
    Verb.ALERT_UNHEARD: "Everybody was told, more than once, and nobody had it",
    Verb.ALERT_RELEASED: "Nobody has it any more: it is told again",
    Verb.ACKNOWLEDGED_AUTOMATICALLY: "Automatic acknowledgement on its way",
    Verb.ACKNOWLEDGEMENT_WITHHELD: "No automatic acknowledgement: it calls for a person",
    Verb.ACKNOWLEDGEMENT_FAILED: "The automatic acknowledgement did not go out in time",
    Verb.SENSITIVE_WORDS_FOUND: "Words that call for a person: the leads were told",
    Verb.MODERATION_DONE: "An act of moderation was done",
    Verb.MODERATION_FAILED: "An act of moderation was not done",
    Verb.MODERATION_UNKNOWN: "An act of moderation left, outcome not known yet",
    Verb.MODERATED_THERE: "Somebody hid, showed or removed it in the app",
    Verb.REPLY_SENT: "The reply stands on the platform",
    Verb.REPLY_FAILED: "The reply could not be sent",
    Verb.REPLY_UNKNOWN: "Sent, outcome not known yet",
}
_DONE_BY_A_PERSON: Mapping[str, str] = {
    Verb.MESSAGE_RECEIVED: "wrote",
    Verb.CONVERSATION_RESOLVED: "resolved it",
    Verb.CONVERSATION_REOPENED: "reopened it",
    Verb.ACT_UNDONE: "took that back",
    Verb.CONVERSATION_LABELLED: "changed its labels",
    Verb.COLLEAGUE_ASKED: "asked a colleague",
    Verb.CONVERSATION_SNOOZED: "snoozed it",
    Verb.NOTE_ADDED: "wrote a note",
    Verb.COLLEAGUES_MENTIONED: "told colleagues of it",
    Verb.MESSAGE_VEILED: "veiled a message",
    Verb.MESSAGE_UNVEILED: "lifted the veil of a message",
    Verb.CONVERSATION_MERGED: "merged it into another conversation",
    Verb.CONVERSATION_TOOK_IN: "merged another conversation into it",
    Verb.CONVERSATION_UNMERGED: "took the merge back",
    Verb.CONVERSATION_SPLIT: "split a new matter off",
    Verb.CONVERSATION_SPLIT_OFF: "split it off as a new matter",
    Verb.CONVERSATION_MOVED: "moved it to another brand",
    Verb.DUPLICATE_LINKED: "linked the same matter elsewhere",
    Verb.DUPLICATE_UNLINKED: "took a link to the same matter away",
    Verb.NOT_NEEDED: "said that no reply is needed",
    Verb.NOT_NEEDED_CHECKED: "looked at it again",
    Verb.AGREEMENT_PLANNED: "wrote a timescale down",
    Verb.MODERATION_QUEUED: "asked for an act of moderation",
    Verb.MODERATION_TAKEN_BACK: "took an act of moderation back",
    Verb.ALERT_TAKEN: "has it",
    Verb.NOTE_TAKEN_BACK: "took a note back",
    Verb.REPLY_QUEUED: "sent a reply",
    Verb.REPLY_TAKEN_BACK: "took a reply back",
    Verb.PRIVATE_INVITED: "asked them to write in private",
    Verb.CLOSING_SENT: "closed it in public",
    Verb.CLOSING_DECLINED: "closed it without a word in public",
    Verb.REPLY_SENT_ANYWAY: "sent it anyway, with a reason",
    Verb.SECOND_ASKED: "asked for a second person’s yes",
    Verb.SECOND_AGREED: "said yes to a reply",
    Verb.SECOND_REFUSED: "said no to a reply",
    Verb.SECOND_ANSWER_TAKEN_BACK: "took their answer about a reply back",
    Verb.REPLY_STOPPED_BY_GUARD: "was stopped by the send guard",
}
_ANSWERED: Mapping[str, str] = {
    "agreed": "They agreed to the timescale",
    "silent": "No objection: the timescale counts as agreed",
    "objected": "They objected to the timescale",
}
#: Which clock a line of the history is about, where it is not the promise of an answer.
_OF: Mapping[str, str] = {
    ClockKind.FOLLOW_UP: " (answer by a person)",
    ClockKind.RESOLVE: " (resolve)",
    ClockKind.AGREED: " (promised date)",
}
_UNDER_A_CLAUSE = frozenset({Verb.CLOCK_STARTED, Verb.CLOCK_STOPPED, Verb.CLOCK_BREACHED})


def happened(
    *, verb: str, actor: str, actor_id: str, details: Mapping[str, object], clause: str
) -> str:
    """One line of a conversation's history."""
    who = actor.split()[0] if actor else "Somebody"
    if verb == Verb.CONVERSATION_ASSIGNED:
        words = _assigned(who, actor_id, details)
    elif verb == Verb.CLOCK_WARNED and details.get("told") is False:
        words = "A warning was noticed late: only the newest was told"
    elif verb == Verb.CLOCK_WARNED and details.get("minutes_before"):
        minutes = timedelta(minutes=int(str(details["minutes_before"])))
        words = f"{clock.duration_words(minutes)} left, told the desk"
    elif verb == Verb.CLOCK_WARNED:
        words = f"{details.get('percent', '?')} % of the time gone, told the desk"
    elif verb == Verb.AGREEMENT_ANSWERED:
        words = _ANSWERED.get(str(details.get("answer")), "The timescale was answered")
    elif verb in _DONE_BY_A_PERSON:
        words = f"{who} {_DONE_BY_A_PERSON[verb]}"
    elif verb in _DONE_BY_US:
        words = _DONE_BY_US[verb]
    else:
        words = verb.rpartition(":")[2].replace("-", " ").capitalize()
    if verb.startswith("clock:"):
        words += _OF.get(str(details.get("kind", "")), "")
    # The clause stands where a promise is made, kept or broken; elsewhere it would only repeat.
    return f"{words}, clause {clause}" if clause and verb in _UNDER_A_CLAUSE else words


def _assigned(who: str, actor_id: str, details: Mapping[str, object]) -> str:
    to = details.get("to")
    if details.get("rule"):
        return "Given to its owner by rule"
    if to is None:
        return f"{who} gave it back: no owner"
    return f"{who} took it" if str(to) == actor_id else f"{who} gave it to a colleague"


def first_name(name: str) -> str:
    return name.split()[0] if name.split() else name


def language(tag: str) -> str:
    """The language of a message in words, where it is not the desk's own; else nothing."""
    primary = tag.partition("-")[0].lower()
    if primary in ("", "en", "und", "mul", "zxx"):
        return ""
    return _LANGUAGES.get(primary, primary)


def counted(figure: int, *, up_to: int) -> str:
    return f"{up_to}+" if figure > up_to else str(figure)


def joined(words: Sequence[str]) -> str:
    """“a, b and c”."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
