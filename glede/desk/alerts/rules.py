"""Who is told of what, in which order and by which way (clauses 6.5, 6.7 and 6.9: alerts). Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from glede.kit.words import Spoken, say
from glede.rulebook.people.rules import Role


class Kind(StrEnum):
    NEW = "new"
    WARNING = "warning"
    BREACH = "breach"
    FAILED = "failed"
    CHANNEL = "channel"  # an account is silent, blind, late, lapsed or about to end
    URGENT = "urgent"  # words that call for a person at once
    AGREEMENT = "agreement"
    MENTION = "mention"  # a colleague named me in a note
    SECOND = "second"  # a reply waits for a second person's yes
    ROTA = "rota"  # nobody is there, or the evening is near
    POLICY = "policy"  # a review, an approval, an office or a reading is due
    STORM = "storm"  # many of the first three, told as one


#: They interrupt by day and by night, whatever somebody prefers (clauses.md A4).
SEVERE = frozenset({Kind.URGENT})
#: Many of these in a short time are told as one.
BUNDLED = frozenset({Kind.NEW, Kind.WARNING, Kind.BREACH})

#: In words, for screens.
WORDS: Mapping[Kind, str] = {
    Kind.NEW: say("A post that waits for an answer"),
    Kind.WARNING: say("Time is going"),
    Kind.BREACH: say("A promise is late"),
    Kind.URGENT: say("Words that call for a person at once"),
    Kind.FAILED: say("Something did not go out"),
    Kind.AGREEMENT: say("A date agreed with a resident"),
    Kind.MENTION: say("Somebody named me in a note"),
    Kind.SECOND: say("A reply waits for a second person’s yes"),
    Kind.CHANNEL: say("A channel is silent, late or about to end"),
    Kind.ROTA: say("The rota has a gap, or the evening is near"),
    Kind.POLICY: say("The policy, its offices and its readers"),
}
#: Those of which one says by which ways they come: what is severe comes by every way.
CHOSEN = tuple(kind for kind in WORDS if kind not in SEVERE)


# --- The ladder ------------------------------------------------------------------------------


class Rung(StrEnum):
    """Who stands on one step of the ladder."""

    #: Whoever has the brand now by the rota; without one, those who may answer.
    HOLDER = "duty holder"
    #: Whoever has the brand now by the rota, and nobody where there is none.
    ON_DUTY = "on duty"
    FIRST = "on call, first"
    SECOND = "on call, second"
    LEAD = "lead"
    OWNER = "owner"


type Ladder = tuple[frozenset[Rung], ...]


def _ladder(*rungs: Collection[Rung]) -> Ladder:
    return tuple(frozenset(rung) for rung in rungs)


_H, _D, _F, _S, _L, _O = Rung
#: By day: the Pod first, then its lead, then the policy owner (clauses.md 6.5b), by the share of
#: the time that is gone.
_DAY: Mapping[int, Ladder] = {
    0: _ladder({_H}, {_L}, {_O}),
    75: _ladder({_L}, {_O}),
    100: _ladder({_L, _O}),
}
#: Out of hours with somebody on call (clauses.md 6.9: the second after fifteen minutes).
_PAGER: Mapping[int, Ladder] = {
    0: _ladder({_F}, {_S}, {_L}, {_O}),
    75: _ladder({_F, _L}, {_S}, {_O}),
    100: _ladder({_F, _L, _O}, {_S}),
}


def ladder(
    kind: Kind,
    *,
    percent: int = 0,
    is_open: bool,
    on_call: bool,
    posts_climb: bool = False,
) -> Ladder:
    """Who is told of it, and who next while nobody takes it.

    What merely appeared out of hours goes to whoever is on call, and wakes nobody above them: the
    shares of its time do that, when it has to be. `posts_climb`: the policy wants it otherwise.
    """
    pager = not is_open and on_call
    if kind in SEVERE:
        return _PAGER[0] if pager else _ladder({_D, _L, _O})
    if kind is Kind.NEW and not is_open and not posts_climb:
        return _ladder({_F}, {_S}) if pager else _ladder({_H})
    table = _PAGER if pager else _DAY
    return table[max(share for share in table if share <= percent)]


def next_rung(
    climb: Ladder, people: Mapping[Rung, frozenset[int]], told: Collection[int]
) -> tuple[frozenset[Rung], frozenset[int]] | None:
    """The lowest rung on which somebody was not told yet, and who; None at the top."""
    for rungs in climb:
        there = frozenset().union(*(people.get(rung, frozenset()) for rung in rungs))
        if fresh := there - frozenset(told):
            return rungs, fresh
    return None


def everybody(climb: Ladder, people: Mapping[Rung, frozenset[int]]) -> frozenset[int]:
    """Who stands on any rung."""
    return frozenset().union(*(people.get(rung, frozenset()) for rungs in climb for rung in rungs))


def wait(waits: Sequence[timedelta], *, told: int) -> timedelta:
    """How long whoever was told has, when so many rungs were told; the last wait holds for all
    above."""
    return waits[min(max(told, 1), len(waits)) - 1]


#: At the top of the ladder these begin again: nothing that comes later would tell of them. What
#: appeared and what is near is told again by the next share of its time.
REPEATED = SEVERE | {Kind.BREACH}

#: The rules of the policy that say how long each rung has, by day and out of hours.
WAITS, WAITS_PAGER = "escalation_times", "alert.on_call_after"
#: How often what is late or severe is told again at the top; and may a post climb at night.
REPEATS, POSTS_CLIMB = "alert.repeats", "alert.posts_climb_at_night"
#: The share of its time at which a promise is broken.
ALL = 100

ROLE_OF: Mapping[Rung, Role] = {Rung.LEAD: Role.LEAD, Rung.OWNER: Role.OWNER}


class How(StrEnum):
    """By what somebody took it."""

    SAID = "said so"  # “I have it”
    OPENED = "opened it"
    GIVEN = "was given it"
    ANSWERED = "answered it"


class Over(StrEnum):
    """Why nobody has to take it any more."""

    ANSWERED = "answered"
    OVERTAKEN = "overtaken"  # a later step of the same clock is told instead


# --- Ways ------------------------------------------------------------------------------------


class Way(StrEnum):
    """How an alert leaves the desk. On the desk itself it always stands."""

    PUSH = "push"
    MAIL = "mail"
    SERVICE = "service"  # Teams, Slack, text messages and the like, by Apprise


WAY_WORDS: Mapping[Way, str] = {
    Way.PUSH: say("Browser"),
    Way.MAIL: say("E-mail"),
    Way.SERVICE: say("Service"),
}
#: E-mail waits in a box until somebody looks; the others ring, and so keep quiet hours.
RINGS = frozenset({Way.PUSH, Way.SERVICE})


class State(Spoken):
    """What became of one alert on one way."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given up"
    GONE = "gone"  # the address is no more; it was removed
    NOT_NEEDED = "not needed"  # seen or taken before it left


#: Why an address ended that somebody took away, or that a browser has no more.
REMOVED, RENEWED = "removed", "renewed"

#: After so long it is tried again; the last wait repeats until it is given up.
BACKOFF = tuple(timedelta(seconds=wait) for wait in (30, 120, 600, 1800))


def again_at(*, tries: int, most: int, now: datetime, asked: datetime | None) -> datetime | None:
    """When to try again after so many tries, never before the other side asked; None: give up."""
    if tries >= most:
        return None
    waits = now + BACKOFF[min(tries, len(BACKOFF)) - 1]
    return max(waits, asked) if asked else waits


# --- What somebody prefers -------------------------------------------------------------------

_RINGING = frozenset({Way.PUSH, Way.SERVICE})
_ALL = frozenset(Way)
DEFAULT_WAYS: Mapping[Kind, frozenset[Way]] = {
    Kind.NEW: frozenset({Way.PUSH}),
    Kind.WARNING: frozenset({Way.PUSH}),
    Kind.BREACH: _RINGING,
    Kind.URGENT: _ALL,
    Kind.FAILED: _ALL,
    Kind.AGREEMENT: frozenset({Way.PUSH}),
    Kind.MENTION: frozenset({Way.PUSH}),
    Kind.SECOND: frozenset({Way.PUSH}),
    Kind.CHANNEL: _ALL,
    Kind.ROTA: frozenset({Way.PUSH, Way.MAIL}),
    Kind.POLICY: frozenset({Way.MAIL}),
}

type Span = tuple[time, time]

#: Nothing rings at night unless it is severe, or one is on duty.
DEFAULT_QUIET: Mapping[int, Span] = {day: (time(21), time(7)) for day in range(7)}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told.

    `quiet` is by the weekday on which a stretch begins (0 is Monday); one that ends no later than
    it begins ends the next day.
    """

    ways: Mapping[Kind, frozenset[Way]] = field(default_factory=lambda: DEFAULT_WAYS)
    quiet: Mapping[int, Span] = field(default_factory=lambda: DEFAULT_QUIET)
    #: Quiet hours hold on duty and on call too.
    quiet_on_duty: bool = False
    #: Ring only while on duty or on call.
    only_on_duty: bool = False

    def of(self, kind: Kind) -> frozenset[Way]:
        """The ways for one kind; a storm goes by the ways of what it is made of."""
        return self.ways.get(Kind.NEW if kind is Kind.STORM else kind, frozenset())


def plan(
    kind: Kind, wishes: Wishes, *, on_duty: bool, now: datetime, zone: ZoneInfo
) -> dict[Way, datetime]:
    """By which ways it leaves, and when: what rings waits for the end of quiet hours.

    What is severe goes at once by every way there is.
    """
    if kind in SEVERE:
        return dict.fromkeys(Way, now)
    times = {}
    for way in sorted(wishes.of(kind)):
        at = now
        if way in RINGS:
            if wishes.only_on_duty and not on_duty:
                continue
            if wishes.quiet_on_duty or not on_duty:
                at = quiet_until(wishes.quiet, now, zone) or now
        times[way] = at
    return times


def quiet_until(quiet: Mapping[int, Span], now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end that hold now; None where none do. Stretches that touch are one."""
    at = now
    for _ in range(len(quiet) + 1):
        ends = [until for begins, until in _stretches(quiet, at, zone) if begins <= at < until]
        if not ends:
            break
        at = max(ends)
    return at if at > now else None


def _stretches(
    quiet: Mapping[int, Span], at: datetime, zone: ZoneInfo
) -> Iterable[tuple[datetime, datetime]]:
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        span = quiet.get(day.weekday())
        if span is None:
            continue
        begins, ends = span
        last = day if begins < ends else day + timedelta(days=1)
        yield (
            datetime.combine(day, begins, tzinfo=zone).astimezone(UTC),
            datetime.combine(last, ends, tzinfo=zone).astimezone(UTC),
        )


# --- A storm ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """What one bundle holds."""

    number: int
    late: int
    within_the_hour: int
    brands: Sequence[str]
    #: Do all of them stand under one post?
    one_post: bool = False


def storm_says(of: Counted) -> str:
    """“37 wait for an answer under one post of Red Kite, 4 due within 1 h.” No word of theirs."""
    where = " and ".join(of.brands[:2]) if len(of.brands) < 3 else f"{len(of.brands)} brands"
    at = f"under one post of {where}" if of.one_post else f"at {where}"
    parts = [f"{of.number} wait for an answer {at}"]
    if of.late:
        parts.append(f"{of.late} late")
    if of.within_the_hour:
        parts.append(f"{of.within_the_hour} due within 1 h")
    return ", ".join(parts) + "."
