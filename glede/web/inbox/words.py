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
from glede.kit import words as sentences
from glede.kit.words import capitalised, say
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
        return Chip(state="promised", words=say("Promised"), at=short_when(due_at, now, zone))
    words = clock.due_words(due_at=due_at, now=now)
    left = clocks.left_fraction(received_at=due_from or now, due_at=due_at, now=now)
    return Chip(
        state="today" if near == Urgency.LATER else near.value,
        words=capitalised(words),
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
        return Chip(state="waiting", words=say("Since %(at)s", at=short_when(state_at, now, zone)))
    return Chip(state="none", words=say("No clock"))


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
        words = say("Going out in %(n)s s", n=left) if left else say("Going out now")
        return Outcome("leaving", words, of.release_at.isoformat())
    if of.state == Delivery.SENT and of.sent_at is not None:
        return Outcome("sent", say("Sent %(at)s", at=clock.when_words(of.sent_at, now, zone)))
    if of.state == Delivery.RETRY:
        at = of.next_try_at
        again = say("Waiting for another try")
        if at:
            again = say("Next try %(at)s", at=clock.when_words(at, now, zone))
        return Outcome("retry", again, reason=_sentence(of.reason))
    if of.state == Delivery.WAITING:
        return Outcome("waiting", say("Waits for a second person’s yes"))
    if of.state == Delivery.REFUSED:
        return Outcome("refused", say("Not sent: a second person said no"))
    if of.state == Delivery.FAILED:
        return Outcome("failed", say("Not sent"), reason=_sentence(of.reason))
    if of.state == Delivery.UNKNOWN:
        return Outcome(
            "checking",
            say("Checking"),
            reason=say(
                "We cannot tell whether %(place)s has it. Looking there now; "
                "it will not be sent twice.",
                place=platform,
            ),
        )
    return Outcome("sending", say("Sending to %(place)s", place=platform))


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
    Delivery.SENDING: ("sending", gettext_noop("%(act)s: under way")),
    Delivery.RETRY: ("retry", gettext_noop("%(act)s: waiting for another try")),
    Delivery.FAILED: ("failed", gettext_noop("%(act)s: not done")),
    Delivery.UNKNOWN: ("checking", gettext_noop("%(act)s: looking whether it was done")),
}


def deed(of: Done, *, may: bool, now: datetime, zone: tzinfo) -> DeedView:
    """One act as its message tells it."""
    why = say("%(why)s, clause %(clause)s", why=of.reason.says, clause=of.clause)
    who = first_name(of.person_name) or "Glede"
    if of.state == Delivery.QUEUED:
        left = max(0, round((of.release_at - now).total_seconds()))
        told = moderation.DOING[of.act]
        if left:
            told = say("%(act)s: in %(n)s s", act=told, n=left)
        return DeedView(of.id, "leaving", told, why, of.release_at.isoformat(), may_undo=may)
    if of.state == Delivery.SENT:
        at = clock.when_words(of.done_at or of.queued_at, now, zone)
        told = say("%(act)s by %(name)s, %(at)s", act=moderation.DONE[of.act], name=who, at=at)
        if of.ends_at is not None and of.lifted_at is None:
            until = clock.day_words(of.ends_at, zone)
            told = say("%(act)s, until %(day)s", act=told, day=until)
        return DeedView(
            of.id,
            "done",
            told,
            sentences.joined([why, of.words.strip(". ")], ". ") if of.words else why,
        )
    kind, words = _ON_ITS_WAY[of.state]
    return DeedView(
        of.id,
        kind,
        say(words, act=moderation.DOING[of.act]),
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
    Verb.CONVERSATION_OPENED: say("Opened by a new message"),
    Verb.MESSAGE_EDITED: say("Edited by its author, clock unchanged"),
    Verb.MESSAGE_DELETED: say("A message was deleted"),
    Verb.CLOCK_STARTED: say("Clock started"),
    Verb.CLOCK_STOPPED: say("Clock stopped"),
    Verb.CLOCK_REOPENED: say("Clock runs again, due as before"),
    Verb.CONVERSATION_WOKEN: say("Back in the list"),
    Verb.CLOCK_PUT_BACK: say("Clock as it stood before, due as before"),
    Verb.CLOCK_WITHDRAWN: say("Clock closed without a reply"),
    Verb.CLOCK_BREACHED: say("Late: the promise was not kept"),
    Verb.CLOCK_HELD: say("Clock held: a date is proposed"),
    Verb.CLOCK_RESUMED: say("Clock runs again"),
    Verb.CLOCK_REPLACED: say("An agreed date took its place"),
    Verb.CLOCK_JOINED: say("An earlier enquiry of the same matter holds its clock"),
    Verb.CLOCK_PARTED: say("Clock runs by itself again, due as before"),
    Verb.AGREEMENT_PROPOSED: say("A timescale was told"),
    Verb.AGREEMENT_KEPT: say("The timescale was kept"),
    Verb.AGREEMENT_MISSED: say("The timescale was missed"),
    Verb.AGREEMENT_DROPPED: say("A timescale was dropped"),
    Verb.ALERT_REROUTED: say("Nobody had it in time: told one rung higher"),
    Verb.ALERT_UNHEARD: say("Everybody was told, more than once, and nobody had it"),
    Verb.ALERT_RELEASED: say("Nobody has it any more: it is told again"),
    Verb.ACKNOWLEDGED_AUTOMATICALLY: say("Automatic acknowledgement on its way"),
    Verb.ACKNOWLEDGEMENT_WITHHELD: say("No automatic acknowledgement: it calls for a person"),
    Verb.ACKNOWLEDGEMENT_FAILED: say("The automatic acknowledgement did not go out in time"),
    Verb.SENSITIVE_WORDS_FOUND: say("Words that call for a person: the leads were told"),
    Verb.MODERATION_DONE: say("An act of moderation was done"),
    Verb.MODERATION_FAILED: say("An act of moderation was not done"),
    Verb.MODERATION_UNKNOWN: say("An act of moderation left, outcome not known yet"),
    Verb.MODERATED_THERE: say("Somebody hid, showed or removed it in the app"),
    Verb.REPLY_SENT: say("The reply stands on the platform"),
    Verb.REPLY_FAILED: say("The reply could not be sent"),
    Verb.REPLY_UNKNOWN: say("Sent, outcome not known yet"),
}
_DONE_BY_A_PERSON: Mapping[str, str] = {
    Verb.MESSAGE_RECEIVED: gettext_noop("%(name)s wrote"),
    Verb.CONVERSATION_RESOLVED: gettext_noop("%(name)s resolved it"),
    Verb.CONVERSATION_REOPENED: gettext_noop("%(name)s reopened it"),
    Verb.ACT_UNDONE: gettext_noop("%(name)s took that back"),
    Verb.CONVERSATION_LABELLED: gettext_noop("%(name)s changed its labels"),
    Verb.COLLEAGUE_ASKED: gettext_noop("%(name)s asked a colleague"),
    Verb.CONVERSATION_SNOOZED: gettext_noop("%(name)s snoozed it"),
    Verb.NOTE_ADDED: gettext_noop("%(name)s wrote a note"),
    Verb.COLLEAGUES_MENTIONED: gettext_noop("%(name)s told colleagues of it"),
    Verb.MESSAGE_VEILED: gettext_noop("%(name)s veiled a message"),
    Verb.MESSAGE_UNVEILED: gettext_noop("%(name)s lifted the veil of a message"),
    Verb.CONVERSATION_MERGED: gettext_noop("%(name)s merged it into another conversation"),
    Verb.CONVERSATION_TOOK_IN: gettext_noop("%(name)s merged another conversation into it"),
    Verb.CONVERSATION_UNMERGED: gettext_noop("%(name)s took the merge back"),
    Verb.CONVERSATION_SPLIT: gettext_noop("%(name)s split a new matter off"),
    Verb.CONVERSATION_SPLIT_OFF: gettext_noop("%(name)s split it off as a new matter"),
    Verb.CONVERSATION_MOVED: gettext_noop("%(name)s moved it to another brand"),
    Verb.DUPLICATE_LINKED: gettext_noop("%(name)s linked the same matter elsewhere"),
    Verb.DUPLICATE_UNLINKED: gettext_noop("%(name)s took a link to the same matter away"),
    Verb.NOT_NEEDED: gettext_noop("%(name)s said that no reply is needed"),
    Verb.NOT_NEEDED_CHECKED: gettext_noop("%(name)s looked at it again"),
    Verb.AGREEMENT_PLANNED: gettext_noop("%(name)s wrote a timescale down"),
    Verb.MODERATION_QUEUED: gettext_noop("%(name)s asked for an act of moderation"),
    Verb.MODERATION_TAKEN_BACK: gettext_noop("%(name)s took an act of moderation back"),
    Verb.ALERT_TAKEN: gettext_noop("%(name)s has it"),
    Verb.NOTE_TAKEN_BACK: gettext_noop("%(name)s took a note back"),
    Verb.REPLY_QUEUED: gettext_noop("%(name)s sent a reply"),
    Verb.REPLY_TAKEN_BACK: gettext_noop("%(name)s took a reply back"),
    Verb.PRIVATE_INVITED: gettext_noop("%(name)s asked them to write in private"),
    Verb.CLOSING_SENT: gettext_noop("%(name)s closed it in public"),
    Verb.CLOSING_DECLINED: gettext_noop("%(name)s closed it without a word in public"),
    Verb.REPLY_SENT_ANYWAY: gettext_noop("%(name)s sent it anyway, with a reason"),
    Verb.SECOND_ASKED: gettext_noop("%(name)s asked for a second person’s yes"),
    Verb.SECOND_AGREED: gettext_noop("%(name)s said yes to a reply"),
    Verb.SECOND_REFUSED: gettext_noop("%(name)s said no to a reply"),
    Verb.SECOND_ANSWER_TAKEN_BACK: gettext_noop("%(name)s took their answer about a reply back"),
    Verb.REPLY_STOPPED_BY_GUARD: gettext_noop("%(name)s was stopped by the send guard"),
}
_ANSWERED: Mapping[str, str] = {
    "agreed": say("They agreed to the timescale"),
    "silent": say("No objection: the timescale counts as agreed"),
    "objected": say("They objected to the timescale"),
}
#: Which clock a line of the history is about, where it is not the promise of an answer.
_OF: Mapping[str, str] = {
    ClockKind.FOLLOW_UP: gettext_noop("%(what)s (answer by a person)"),
    ClockKind.RESOLVE: gettext_noop("%(what)s (resolve)"),
    ClockKind.AGREED: gettext_noop("%(what)s (promised date)"),
}
_UNDER_A_CLAUSE = frozenset({Verb.CLOCK_STARTED, Verb.CLOCK_STOPPED, Verb.CLOCK_BREACHED})


def happened(
    *, verb: str, actor: str, actor_id: str, details: Mapping[str, object], clause: str
) -> str:
    """One line of a conversation's history."""
    who = actor.split()[0] if actor else say("Somebody")
    if verb == Verb.CONVERSATION_ASSIGNED:
        words = _assigned(who, actor_id, details)
    elif verb == Verb.CLOCK_WARNED and details.get("told") is False:
        words = say("A warning was noticed late: only the newest was told")
    elif verb == Verb.CLOCK_WARNED and details.get("minutes_before"):
        minutes = timedelta(minutes=int(str(details["minutes_before"])))
        words = say("%(time)s left, told the desk", time=clock.duration_words(minutes))
    elif verb == Verb.CLOCK_WARNED:
        words = say(
            "%(percent)s %% of the time gone, told the desk", percent=details.get("percent", "?")
        )
    elif verb == Verb.AGREEMENT_ANSWERED:
        words = _ANSWERED.get(str(details.get("answer")), say("The timescale was answered"))
    elif verb in _DONE_BY_A_PERSON:
        words = say(_DONE_BY_A_PERSON[verb], name=who)
    elif verb in _DONE_BY_US:
        words = _DONE_BY_US[verb]
    else:
        words = verb.rpartition(":")[2].replace("-", " ").capitalize()
    if verb.startswith("clock:"):
        of = _OF.get(str(details.get("kind", "")))
        words = say(of, what=words) if of else words
    # The clause stands where a promise is made, kept or broken; elsewhere it would only repeat.
    if not clause or verb not in _UNDER_A_CLAUSE:
        return words
    return say("%(what)s, clause %(clause)s", what=words, clause=clause)


def _assigned(who: str, actor_id: str, details: Mapping[str, object]) -> str:
    to = details.get("to")
    if details.get("rule"):
        return say("Given to its owner by rule")
    if to is None:
        return say("%(name)s gave it back: no owner", name=who)
    if str(to) == actor_id:
        return say("%(name)s took it", name=who)
    return say("%(name)s gave it to a colleague", name=who)


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
    if len(words) < 2:
        return "".join(words)
    *names, last = words
    return say("%(names)s and %(last)s", names=sentences.joined(names, ", "), last=last)
