"""How each account is: last event, usual rate, silence, blind spells, budgets, what waits to go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min

from glede.desk.conversations.models import Message
from glede.desk.conversations.rules import Direction
from glede.desk.health import rules
from glede.desk.health.rules import Hour, Silence, Usual, Word
from glede.desk.intake import queries as intake
from glede.desk.intake.models import Blindness
from glede.desk.intake.rules import USUAL_FROM, Way
from glede.desk.outbox.models import Delivery
from glede.platforms import registry
from glede.platforms.contract import Budget, By, Platform
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts import queries_spending as spending
from glede.rulebook.accounts.models import Account
from glede.rulebook.accounts.rules import State

#: What the push and the poll brought is compared over this long.
PUSH_LOOKED_AT = timedelta(hours=3)
#: States in which a delivery still waits to go out.
_WAITING = ("queued", "sending", "retry", "unknown")
_LISTED_BY = (Way.POLL.value, Way.LOOKUP.value)


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch in which we could not hear, and what the platform's list brought of it later.

    Lag is how late it reached us; how long the desk took to answer is counted from the platform's
    own time and stays out of this.
    """

    from_at: datetime
    until_at: datetime | None
    way: str
    why: str
    brought: int
    longest_lag: timedelta | None
    usual_lag: timedelta | None


@dataclass(frozen=True, slots=True)
class Left:
    """A budget with what is spent of it today."""

    budget: Budget
    spent: int

    @property
    def left(self) -> int | None:
        return max(self.budget.most - self.spent, 0) if self.budget.most else None


@dataclass(frozen=True, slots=True)
class Health:
    """An account and how it is; `words` are what is wrong, the worst first."""

    account: Account
    platform: Platform
    words: tuple[Word, ...]
    usual: Usual
    usual_now: float
    silence: Silence | None
    blind: tuple[Blindness, ...]
    oldest_unsent_at: datetime | None

    @property
    def word(self) -> Word:
        return self.words[0]

    @property
    def well(self) -> bool:
        return self.word in (Word.WELL, Word.NEW)


@dataclass(frozen=True, slots=True)
class Signalled:
    """The platform's newest word on one of its limits."""

    name: str
    used_percent: float
    at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Costs:
    """Millionths of a US dollar."""

    today: int
    month: int


def zone() -> tzinfo:
    return ZoneInfo(settings.TIME_ZONE)


def every(*, now: datetime) -> list[Health]:
    """Every account in use whose platform works, by brand; the others are `unusable`."""
    return _healths([one for one in accounts.accounts() if registry.find(one.platform)], now=now)


def unusable() -> list[tuple[Account, str]]:
    """Accounts in use whose platform's package is gone or broken, each with what to do."""
    found = []
    for account in accounts.accounts():
        try:
            registry.get(account.platform)
        except registry.UnknownPlatform as why:
            found.append((account, str(why)))
    return found


def of(account_id: int, *, now: datetime) -> Health:
    """Raises `accounts.UnknownAccount`, and `registry.UnknownPlatform` for one that is
    `unusable`."""
    return _healths([accounts.in_use(account_id)], now=now)[0]


def _healths(found: Sequence[Account], *, now: datetime) -> list[Health]:
    """A handful of queries for all of them."""
    only = found[0].pk if len(found) == 1 else None
    hours: dict[int, list[Hour]] = {}
    for account_id, hour_at, events in intake.by_hour(account_id=only, now=now):
        hours.setdefault(account_id, []).append(Hour(hour_at, events))
    blind: dict[int, list[Blindness]] = {}
    for spell in intake.open_spells():
        blind.setdefault(spell.account_id, []).append(spell)
    unsent = dict(
        Delivery.objects.filter(state__in=_WAITING)
        .values_list("account")
        .annotate(oldest=Min("queued_at"))
    )
    return [
        _health(
            account,
            hours.get(account.pk, []),
            blind.get(account.pk, []),
            unsent.get(account.pk),
            now=now,
        )
        for account in found
    ]


def _health(
    account: Account,
    rows: Sequence[Hour],
    blind: Sequence[Blindness],
    oldest_unsent_at: datetime | None,
    *,
    now: datetime,
) -> Health:
    # The silence that lasts now must not become what is usual.
    until = account.last_event_at or now
    since = max(until - USUAL_FROM, min([account.connected_at, *(row.at for row in rows)]))
    usual = rules.usual(rows, since=since, until=until, zone=zone())
    silence = None
    if account.last_event_at is not None:
        silence = rules.silence(
            usual,
            last_at=account.last_event_at,
            now=now,
            zone=zone(),
            after_events=settings.GLEDE_SILENT_AFTER_EVENTS,
            after=timedelta(minutes=settings.GLEDE_SILENT_AFTER_MINUTES),
        )
    return Health(
        account=account,
        platform=registry.get(account.platform),
        words=tuple(_words(account, blind, silence, now)),
        usual=usual,
        usual_now=usual.at(now, zone()),
        silence=silence,
        blind=tuple(blind),
        oldest_unsent_at=oldest_unsent_at,
    )


def _words(
    account: Account, blind: Sequence[Blindness], silence: Silence | None, now: datetime
) -> list[Word]:
    days = settings.GLEDE_TOKEN_ENDS_DAYS
    ending = account.ends_at is not None and rules.warns_at(account.ends_at, now, days) is not None
    said = {
        Word.LAPSED: account.state == State.LAPSED,
        Word.BLIND: any(spell.way == Way.POLL for spell in blind),
        Word.SILENT: silence is not None and silence.alarm,
        Word.LATE: any(spell.way != Way.POLL for spell in blind),
        Word.ENDING: ending,
        Word.UNCALLED: bool(account.listen_error),
    }
    found = [word for word, holds in said.items() if holds]
    return found or [Word.NEW if account.last_event_at is None else Word.WELL]


# --- One account closely -------------------------------------------------------------------


def spells(account_id: int, *, limit: int = 10) -> list[Spell]:
    """When we could not hear it, the newest first, with what was brought afterwards."""
    return [_spell(row) for row in intake.spells(account_id=account_id, limit=limit)]


def _spell(row: Blindness) -> Spell:
    missed = Message.objects.filter(
        thread__account=row.account_id,
        direction=Direction.IN,
        received_at__gte=row.from_at,
        sightings__way__in=_LISTED_BY,
    )
    if row.until_at is not None:
        missed = missed.filter(received_at__lt=row.until_at)
    times = missed.distinct().values_list("received_at", "ingested_at")
    lags = [ingested - received for received, ingested in times]
    return Spell(
        from_at=row.from_at,
        until_at=row.until_at,
        way=row.way,
        why=row.why,
        brought=len(lags),
        longest_lag=max(lags, default=None),
        usual_lag=_median(lags),
    )


def _median(lags: Sequence[timedelta]) -> timedelta | None:
    if not lags:
        return None
    return timedelta(seconds=median(lag.total_seconds() for lag in lags))


def budgets(account: Account, *, now: datetime) -> list[Left]:
    """What is left of each budget of its platform today, as the budget counts its days."""
    listed = registry.get(account.platform).capabilities.budgets
    shared = {budget.name for budget in listed if budget.shared}
    spent = spending.before(account.pk, shared=shared, now=now) if listed else {}
    return [
        Left(budget, spent.get((budget.name, _day(now, ZoneInfo(budget.zone))), 0))
        for budget in listed
    ]


def costs(account: Account, *, now: datetime) -> Costs:
    """By the day and month of our own time zone."""
    today = _day(now, zone())
    return Costs(
        today=spending.cost_micros(account.pk, since=today, until=today),
        month=spending.cost_micros(account.pk, since=f"{today[:7]}-01", until=today),
    )


def limits(account_id: int) -> list[Signalled]:
    return [
        Signalled(row.name, row.used_percent, row.at, row.until_at)
        for row in spending.limits(account_id)
    ]


def _day(now: datetime, zone: tzinfo) -> str:
    return f"{now.astimezone(zone):%Y-%m-%d}"


# --- Pushes --------------------------------------------------------------------------------


def pushes(platform: Platform) -> tuple[str, ...]:
    """The ways in which a platform brings things by itself."""
    by = {receives.by for receives in platform.capabilities.receive.values()}
    return tuple(
        way.value for way, how in ((Way.WEBHOOK, By.WEBHOOK), (Way.STREAM, By.STREAM)) if how in by
    )


def dead_pushes(account: Account, *, now: datetime) -> dict[str, datetime]:
    """Pushes that bring nothing while polls do, with when each was last heard."""
    rows = intake.tallies(since=now - USUAL_FROM, account_id=account.pk)
    recent: dict[str, int] = {}
    last: dict[str, datetime] = {}
    for row in rows:
        last[row.way] = max(row.last_at, last.get(row.way, row.last_at))
        if row.hour_at >= now - PUSH_LOOKED_AT:
            recent[row.way] = recent.get(row.way, 0) + row.events
    ways = pushes(registry.get(account.platform))
    if not rules.push_is_dead(recent, pushes=ways, least=settings.GLEDE_PUSH_DEAD_EVENTS):
        return {}
    return {way: last.get(way, account.connected_at) for way in ways}


def last_heard(account_id: int, *, way: str, now: datetime) -> datetime | None:
    rows = intake.tallies(since=now - USUAL_FROM, account_id=account_id)
    return max((row.last_at for row in rows if row.way == way), default=None)
