"""One act on many conversations: what it would do to each, and why it cannot. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.desk.conversations.rules import SETTLED, State
from glede.kit.words import say


class Bulk(StrEnum):
    """What can be done with many at once; the words stand on the buttons."""

    ASSIGN = "assign"
    LABEL = "label"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    NOT_NEEDED = "no-reply"


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation as far as a bulk act has to know it."""

    id: int
    name: str
    brand_id: int
    state: State
    owner_id: int | None
    labels: tuple[int, ...]
    waits: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done with all of them. `brands` are those for which it may be done at all:
    where the new owner works, or where the label belongs; None for every brand."""

    act: Bulk
    person_id: int | None = None
    label_id: int | None = None
    until_at: datetime | None = None
    #: A time that each brand has of its own, such as its next opening; None: `until_at` for all.
    until_by_brand: Mapping[int, datetime] | None = None
    reason: str = ""
    words: str = ""
    brands: frozenset[int] | None = None

    def until(self, brand_id: int) -> datetime | None:
        """When a snooze of this brand's conversations ends; None where there is no such time."""
        if self.until_by_brand is None:
            return self.until_at
        return self.until_by_brand.get(brand_id)


def cannot(one: Standing, wish: Wish, *, mine: Collection[int] | None, now: datetime) -> str:
    """Why this act would leave this conversation as it is; empty where it would be done. `mine`
    are the brands the person works for."""
    if mine is not None and one.brand_id not in mine:
        return say("your roles do not include work for this brand")
    if wish.brands is not None and one.brand_id not in wish.brands:
        return _ELSEWHERE.get(wish.act, "")
    return _CHECKS[wish.act](one, wish, now)


_ELSEWHERE: Mapping[Bulk, str] = {
    Bulk.ASSIGN: say("they do not work for this brand"),
    Bulk.LABEL: say("the label is not for this brand"),
}


def _assign(one: Standing, wish: Wish, _: datetime) -> str:
    return say("it is theirs already") if one.owner_id == wish.person_id else ""


def _label(one: Standing, wish: Wish, _: datetime) -> str:
    return say("it carries the label already") if wish.label_id in one.labels else ""


def _snooze(one: Standing, wish: Wish, now: datetime) -> str:
    if one.state in SETTLED:
        return say("it is settled, so it is out of the way already")
    if one.due_at is not None and one.due_at <= now:
        return say("it is late already")
    until = wish.until(one.brand_id)
    if until is None:
        return say("its brand has no such time")
    if one.due_at is not None and until >= one.due_at:
        return say("it falls due before it would come back")
    return ""


def _resolve(one: Standing, _: Wish, __: datetime) -> str:
    if one.waits:
        return say("it still waits for an answer")
    return say("it is settled already") if one.state in SETTLED else ""


def _not_needed(one: Standing, _: Wish, __: datetime) -> str:
    return "" if one.waits else say("nothing in it waits for a reply")


_CHECKS = {
    Bulk.ASSIGN: _assign,
    Bulk.LABEL: _label,
    Bulk.SNOOZE: _snooze,
    Bulk.RESOLVE: _resolve,
    Bulk.NOT_NEEDED: _not_needed,
}
