"""What every installed platform lets a desk do, in words: for the screen and the command."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from glede.kit.words import joined, say, say_many
from glede.platforms import registry
from glede.platforms.contract import By, Can, Platform, TextLimit

#: What can be received and done, in the order and the words of the table.
RECEIVED = {
    "comments": say("Comments"),
    "mentions": say("Mentions"),
    "quotes": say("Quotes"),
    "messages": say("Private messages"),
    "reviews": say("Reviews"),
    "forms": say("Web forms"),
    "edits": say("Edits"),
    "deletions": say("Deletions"),
    "own_posts": say("Our own posts"),
}
DONE = {
    "reply_public": say("Reply in public"),
    "reply_private": say("Reply in private"),
    "automatic_acknowledgement": say("Acknowledge automatically"),
    "hide": say("Hide"),
    "unhide": say("Show again"),
    "delete": say("Delete"),
    "block": say("Block"),
    "unblock": say("Unblock"),
    "report": say("Report"),
    "publish": say("Publish"),
    "schedule": say("Schedule there"),
    "image": say("Pictures"),
    "video": say("Video"),
    "story": say("Stories"),
    "idempotency_key": say("Takes a key against doubles"),
}
_CAN = {Can.YES: say("yes"), Can.CONDITIONS: say("on conditions"), Can.NO: say("no")}
_BY = {By.WEBHOOK: say("by webhook"), By.STREAM: say("by stream"), By.POLL: say("by poll")}
#: The few that the table of all platforms has room for; the page of each shows all.
SHORT = (
    "comments",
    "messages",
    "edits",
    "deletions",
    "reply_public",
    "reply_private",
    "automatic_acknowledgement",
    "hide",
    "delete",
    "block",
    "publish",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One ability of one platform: `can` as a shape, `says` in words."""

    key: str
    name: str
    can: Can
    says: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One platform with everything it can do."""

    slug: str
    name: str
    glyph: str
    received: tuple[Line, ...]
    done: tuple[Line, ...]
    platform: Platform

    @property
    def short(self) -> tuple[Line, ...]:
        by_key = {line.key: line for line in (*self.received, *self.done)}
        return tuple(by_key[key] for key in SHORT)


def cards() -> list[Card]:
    """Every installed platform that works, by name."""
    found = [card(platform) for platform in registry.working()]
    return sorted(found, key=lambda one: one.name.casefold())


def card(platform: Platform) -> Card:
    return Card(
        slug=platform.slug,
        name=platform.name,
        glyph=platform.glyph.removeprefix("p-"),
        received=tuple(_received(platform)),
        done=tuple(_done(platform)),
        platform=platform,
    )


def _received(platform: Platform) -> Iterator[Line]:
    given = platform.capabilities.receive
    for key in (*RECEIVED, *sorted(set(given) - set(RECEIVED))):
        name = RECEIVED.get(key, key.replace("_", " ").capitalize())
        receives = given.get(key)
        if receives is None or receives.by is By.NONE:
            source, note = (receives.source, receives.note) if receives else ("", "")
            yield Line(key, name, Can.NO, _CAN[Can.NO], source, note)
        else:
            says = _BY[receives.by]
            yield Line(key, name, Can.YES, says, receives.source, receives.note)


def _done(platform: Platform) -> Iterator[Line]:
    given = platform.capabilities.abilities
    for key in (*DONE, *sorted(set(given) - set(DONE))):
        name = DONE.get(key, key.replace("_", " ").capitalize())
        ability = given.get(key)
        if ability is None:
            yield Line(key, name, Can.NO, _CAN[Can.NO])
        else:
            says = _CAN[ability.can]
            yield Line(key, name, ability.can, says, ability.source, ability.note)


def text_words(text: TextLimit) -> str:
    most = f"{text.most:,} {text.unit}"
    return f"{most}, {text.most_bytes:,} bytes" if text.most_bytes else most


def length_words(within: timedelta) -> str:
    days, hours = within.days, within.seconds // 3600
    parts = [say_many("%(n)s day", "%(n)s days", days)] if days else []
    parts += [say_many("%(n)s hour", "%(n)s hours", hours)] if hours else []
    minutes = within.seconds // 60
    return joined(parts) or say_many("%(n)s minute", "%(n)s minutes", minutes)


def told(one: Card) -> dict[str, Any]:
    """A platform as JSON has it."""
    capabilities = one.platform.capabilities

    def line(of: Line) -> dict[str, str]:
        return {"can": of.can.value, "says": of.says, "source": of.source, "note": of.note}

    return {
        "slug": one.slug,
        "name": one.name,
        "receives": {of.key: line(of) for of in one.received},
        "abilities": {of.key: line(of) for of in one.done},
        "text": {
            "most": capabilities.text.most,
            "unit": capabilities.text.unit,
            "most_bytes": capabilities.text.most_bytes,
            "source": capabilities.text.source,
        },
        "rate_limits": capabilities.rate_limits,
        "cost": capabilities.cost,
        "windows": [
            {
                "name": window.name,
                "hours": window.within / timedelta(hours=1),
                "automatic": window.automatic,
                "once": window.once,
                "source": window.source,
                "note": window.note,
            }
            for window in capabilities.windows
        ],
        "budgets": [
            {
                "name": budget.name,
                "most": budget.most,
                "unit": budget.unit,
                "zone": budget.zone,
                "shared": budget.shared,
                "source": budget.source,
                "note": budget.note,
            }
            for budget in capabilities.budgets
        ],
    }
