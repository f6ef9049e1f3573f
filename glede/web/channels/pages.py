"""Accounts and how they are, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from glede.desk.health import queries as health
from glede.desk.health.queries import Costs, Health, Left, Signalled, Spell
from glede.desk.health.rules import Word
from glede.desk.intake.rules import Way
from glede.kit import clock
from glede.kit.words import say
from glede.platforms.contract import Scope
from glede.rulebook.brands import queries as brands

#: How bad each word is: the class of its chip and the icon beside it.
_LOOKS = {
    Word.LAPSED: ("late", "key"),
    Word.BLIND: ("late", "offline"),
    Word.SILENT: ("late", "warn"),
    Word.LATE: ("soon", "clock"),
    Word.ENDING: ("soon", "clock"),
    Word.UNCALLED: ("soon", "warn"),
    Word.WELL: ("good", "check"),
    Word.NEW: ("", "clock"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    word: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Row:
    """One account in the list."""

    id: int
    name: str
    platform: str
    glyph: str
    chips: tuple[Chip, ...]
    says: tuple[str, ...]
    last_event_at: datetime | None
    rate: str
    may_reconnect: bool


@dataclass(frozen=True, slots=True)
class OfBrand:
    slug: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SpellLine:
    spell: Spell
    says: str


@dataclass(frozen=True, slots=True)
class Page:
    """One account closely."""

    row: Row
    health: Health
    granted: tuple[Scope, ...]
    missing: tuple[Scope, ...]
    spells: tuple[SpellLine, ...]
    budgets: Sequence[Left]
    costs: Costs
    today: str
    month: str
    limits: Sequence[Signalled]
    oldest_unsent_at: datetime | None


def by_brand(*, now: datetime) -> list[OfBrand]:
    found = health.every(now=now)
    return [
        OfBrand(
            brand.slug,
            brand.name,
            tuple(_row(one, now) for one in found if one.account.brand_id == brand.pk),
        )
        for brand in brands.all_brands()
    ]


def page(account_id: int, *, now: datetime) -> Page:
    """Raises `accounts.UnknownAccount`."""
    found = health.of(account_id, now=now)
    account, asked = found.account, found.platform.oauth.scopes if found.platform.oauth else ()
    costs = health.costs(account, now=now)
    granted = tuple(one for one in asked if not account.scopes or one.name in account.scopes)
    return Page(
        row=_row(found, now),
        health=found,
        granted=granted,
        missing=tuple(one for one in asked if one not in granted),
        spells=tuple(
            SpellLine(spell, _blind_words(spell, now)) for spell in health.spells(account_id)
        ),
        budgets=health.budgets(account, now=now),
        costs=costs,
        today=_dollars(costs.today),
        month=_dollars(costs.month),
        limits=health.limits(account_id),
        oldest_unsent_at=found.oldest_unsent_at,
    )


def _row(found: Health, now: datetime) -> Row:
    account = found.account
    return Row(
        id=account.pk,
        name=account.handle or account.native_id,
        platform=found.platform.name,
        glyph=found.platform.glyph.removeprefix("p-"),
        chips=tuple(Chip(word.says, *_LOOKS[word]) for word in found.words),
        says=tuple(_says(found, now)),
        last_event_at=account.last_event_at,
        rate=_rate(found),
        may_reconnect=bool(found.platform.oauth or found.platform.fields),
    )


def _rate(found: Health) -> str:
    if not found.usual.known or not found.usual.rates:
        return say("what is usual is not known before a week was heard")
    return say("usually %(n)s events an hour at this time of the week", n=f"{found.usual_now:.1f}")


def _says(found: Health, now: datetime) -> list[str]:
    """What is wrong, with the next step."""
    account = found.account
    said: list[str] = []
    if Word.LAPSED in found.words:
        said.append(say("%(why)s Replies wait. Connect it again.", why=account.state_reason))
    for spell in found.blind:
        since = _when(spell.from_at, now)
        if spell.way == Way.POLL:
            said.append(say("Not heard since %(since)s. %(why)s", since=since, why=spell.why))
        else:
            said.append(
                say(
                    "The %(way)s is dead since %(since)s; polls bring it later. %(why)s",
                    way=spell.way,
                    since=since,
                    why=spell.why,
                )
            )
    if Word.SILENT in found.words and found.silence is not None:
        said.append(
            say(
                "Nothing came for %(time)s; usually %(n)s events do in that time. Look whether it"
                " works.",
                time=clock.duration_words(found.silence.lasted),
                n=f"{found.silence.expected:.0f}",
            )
        )
    if account.listen_error:
        said.append(
            say(
                "%(platform)s does not call us: %(why)s",
                platform=found.platform.name,
                why=account.listen_error,
            )
        )
    if account.ends_at is not None and Word.ENDING in found.words:
        said.append(
            say(
                "Our access ends %(when)s. Connect it again before.",
                when=_when(account.ends_at, now),
            )
        )
    if found.oldest_unsent_at is not None:
        waits = clock.duration_words(now - found.oldest_unsent_at)
        if now - found.oldest_unsent_at > timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS):
            said.append(
                say("The oldest answer that waits to go out has waited %(waits)s.", waits=waits)
            )
    return said


def _blind_words(spell: Spell, now: datetime) -> str:
    how = say("Blind") if spell.way == Way.POLL else say("Without %(way)s", way=spell.way)
    begun = _when(spell.from_at, now)
    if spell.until_at is None:
        return say("%(how)s since %(begun)s", how=how, begun=begun)
    return say(
        "%(how)s from %(begun)s to %(when)s", how=how, begun=begun, when=_when(spell.until_at, now)
    )


def _when(at: datetime, now: datetime) -> str:
    return clock.when_words(at, now, health.zone())


def _dollars(micros: int) -> str:
    return f"{micros / 1_000_000:.2f}"
