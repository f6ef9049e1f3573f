"""One conversation with everything that was said in it, to print or to take away.

Notes are left out unless they are asked for. Of other people in a public tree nothing is taken,
or what they wrote under letters instead of names, or as it stands (UK GDPR article 15(4): what one
person is given must not harm the rights of another).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Any

from glede.desk.clocks import queries as clocks
from glede.desk.conversations import queries_messages, talk
from glede.desk.conversations import veil as veils
from glede.desk.conversations.queries_messages import Line, Spot
from glede.desk.conversations.rules import Direction
from glede.desk.conversations.talk import Card, Said
from glede.desk.outbox import queries as outbox
from glede.kit import clock
from glede.web.exports.table import Table
from glede.web.inbox import about, words
from glede.web.inbox.about import ClockLine
from glede.web.inbox.asked import NO_BRAND
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight

#: Parts of a name shorter than this are left in words: “Jo” stands in too many.
SHORTEST = 3
#: Lines read at once.
_BATCH = 500


class Others(StrEnum):
    """What is taken of other people in the same public tree."""

    NONE = "none"
    MASKED = "masked"
    NAMED = "named"


class Unveil(StrEnum):
    """Why words that the screen veils are taken as well."""

    THEIR_DATA = "they asked for their own data"
    EVIDENCE = "it is evidence for the police, a court or the Ombudsman"
    COMPLAINT = "a complaint or how somebody behaved is looked into"


@dataclass(frozen=True, slots=True)
class Choice:
    """`unveiled`: why words that the screen veils are taken as well; None: they are not."""

    notes: bool = False
    others: Others = Others.NONE
    unveiled: Unveil | None = None


@dataclass(frozen=True, slots=True)
class Was:
    """Words that an edit replaced."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said. `kind`: theirs, ours, automatic, note or other."""

    at: datetime
    when: str
    kind: str
    who: str
    where: str
    text: str
    was: tuple[Was, ...]
    marks: tuple[str, ...]
    pictures: tuple[str, ...]
    outcome: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class Transcript:
    conversation: int
    name: str
    brand: str
    platform: str
    kind: str
    private: bool
    state: str
    opened: str
    on: str
    choice: Choice
    entries: tuple[Entry, ...]
    clocks: tuple[ClockLine, ...]
    made: str
    made_by: str
    made_at: datetime


def of(card: Card, sight: Sight, choice: Choice) -> Transcript:
    """Everything, oldest first. The caller has made sure that the viewer may read it."""
    lines = [one for one in _lines(card) if choice.notes or one.direction is not Direction.NOTE]
    outcomes = _outcomes(card, lines, sight)
    brand = sight.known.get(card.brand_id, NO_BRAND).name
    entries = [_veiled(_entry(one, brand, outcomes, sight), one.flagged, choice) for one in lines]
    around = [] if choice.others is Others.NONE else _around(card, sight)
    beside = [_veiled(_other(one, sight), one.flagged, choice) for one in around]
    if choice.others is Others.MASKED:
        letters = _letters(around, spare=card.name)
        entries = [_without(one, letters) for one in entries]
        beside = [_without(one, letters) for one in beside]
    return Transcript(
        conversation=card.id,
        name=card.name,
        brand=brand,
        platform=platform_name(card.platform),
        kind=card.kind,
        private=card.private,
        state=card.state.replace("_", " "),
        opened=_stamp(card.opened_at, sight.zone),
        on=_on(card, choice),
        choice=choice,
        entries=tuple(sorted([*entries, *beside], key=lambda one: one.at)),
        clocks=about.clock_lines(clocks.whys(card.id), sight),
        made=_stamp(sight.now, sight.zone),
        made_by=sight.viewer.name,
        made_at=sight.now,
    )


def _lines(card: Card) -> Iterator[Line]:
    after: Spot = Spot(datetime.min.replace(tzinfo=UTC), 0)
    while True:
        found = queries_messages.lines(card, after=after, limit=_BATCH)
        yield from found.lines
        if not found.more:
            return
        after = found.lines[-1].spot


def _outcomes(card: Card, lines: list[Line], sight: Sight) -> dict[int, str]:
    ours = [one.id for one in lines if one.direction is Direction.OUT]
    sent = outbox.of_talk(card.id, ours, limit=len(ours) + 1) if ours else ()
    platform = platform_name(card.platform)
    found = {}
    for one in sent:
        if one.message_id is not None:
            outcome = words.outcome(one, platform=platform, now=sight.now, zone=sight.zone)
            found[one.message_id] = " ".join(filter(None, [outcome.words, outcome.reason]))
    return found


_KINDS = {Direction.IN: "theirs", Direction.OUT: "ours", Direction.NOTE: "note"}


def _entry(of: Line, brand: str, outcomes: Mapping[int, str], sight: Sight) -> Entry:
    versions = of.versions
    author = of.author or of.handle or "Somebody"
    return Entry(
        at=of.received_at,
        when=_stamp(of.received_at, sight.zone),
        kind="automatic" if of.automatic else _KINDS[of.direction],
        who=brand if of.direction is Direction.OUT else author,
        where="internal note, never sent"
        if of.direction is Direction.NOTE
        else f"{'private' if of.private else 'public'}, {of.kind}",
        text=versions[-1].text if versions else "",
        was=tuple(Was(_stamp(new.at, sight.zone), old.text) for old, new in pairwise(versions)),
        marks=tuple(_marks(of, sight)),
        pictures=tuple(f"{kind}: {alt or 'no description'}" for kind, alt in of.media),
        outcome=outcomes.get(of.id, ""),
        language=words.language(of.language),
        url=of.url,
    )


def _marks(of: Line, sight: Sight) -> Iterator[str]:
    if of.deleted_at:
        yield f"deleted by its author {_stamp(of.deleted_at, sight.zone)}; its words are not kept"
    if of.hidden_at:
        yield f"hidden {_stamp(of.hidden_at, sight.zone)}"
    if of.removed_at:
        yield f"removed by us {_stamp(of.removed_at, sight.zone)}"
    lag = of.ingested_at - of.received_at
    if lag > words.LAG and of.direction is Direction.IN:
        yield f"reached us {clock.duration_words(lag)} later"


def _veiled(of: Entry, flagged: str, choice: Choice) -> Entry:
    """What the screen shows to nobody unasked, paper shows to nobody unasked either."""
    veil = veils.of(flagged)
    if veil is None:
        return of
    taken = choice.unveiled is not None or not veil.words
    mark = f"veiled on the screen: {veil.why}"
    return replace(
        of,
        text=of.text if taken else "",
        was=of.was if taken else (),
        pictures=of.pictures if taken else (),
        marks=(*of.marks, mark if taken else f"{mark}; its words were not asked for"),
    )


def _on(card: Card, choice: Choice) -> str:
    """The post under discussion, as far as it may be shown."""
    of = card.subject
    if of is None:
        return ""
    veil = veils.of(of.flagged)
    if of.gone_at is not None:
        return f"{of.author}: taken away"
    if veil is not None and veil.words and choice.unveiled is None:
        return f"{of.author}: veiled on the screen, {veil.why}"
    return f"{of.author}: {of.text}"


def _around(card: Card, sight: Sight) -> list[Said]:
    found = talk.neighbours(sight.viewer, card)
    return [one for one in found if one.direction is Direction.IN]


def _other(of: Said, sight: Sight) -> Entry:
    return Entry(
        at=of.received_at,
        when=_stamp(of.received_at, sight.zone),
        kind="other",
        who=of.author or of.handle or "Somebody",
        where=f"public, {of.kind}, beside it",
        text=of.text if of.deleted_at is None and of.removed_at is None else "",
        was=(),
        marks=("deleted by its author",) if of.deleted_at else (),
        pictures=(),
        outcome="",
        language=words.language(of.language),
        url=of.url,
    )


# --- Masking -------------------------------------------------------------------------------------


def _letters(around: Iterable[Said], *, spare: str) -> dict[str, str]:
    """For each name other people go by, and for each part of it that is not the resident's own,
    the letter that takes its place."""
    own = {part.casefold() for part in (spare, *spare.split())}
    people: dict[str, str] = {}
    found: dict[str, str] = {}
    for one in around:
        who = one.author or one.handle or "Somebody"
        instead = people.setdefault(who, f"Person {letter(len(people))}")
        handle = one.handle.removeprefix("@")
        for name in (who, handle, *(part for part in who.split() if len(part) >= SHORTEST)):
            if name and name.casefold() not in own:
                found.setdefault(name, instead)
    return found


def _without(of: Entry, letters: Mapping[str, str]) -> Entry:
    mine = of.kind != "other"
    return replace(
        of,
        who=of.who if mine else letters.get(of.who, "Somebody"),
        url=of.url if mine else "",
        text=masked(of.text, letters),
        was=tuple(Was(one.at, masked(one.text, letters)) for one in of.was),
    )


def masked(text: str, letters: Mapping[str, str]) -> str:
    """The longest name first, in any case, as whole words."""
    for name, instead in sorted(letters.items(), key=lambda one: -len(one[0])):
        pattern = rf"(?<!\w)@?{re.escape(name)}(?!\w)"
        text = re.sub(pattern, instead, text, flags=re.IGNORECASE)
    return text


def letter(place: int) -> str:
    """A, B … Z, AA, AB …"""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


# --- Forms ---------------------------------------------------------------------------------------


def _stamp(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M %Z}"


def as_json(of: Transcript) -> dict[str, Any]:
    """Times in UTC; `local` is the wall clock of who took it."""
    return {
        "conversation": of.conversation,
        "with": of.name,
        "brand": of.brand,
        "platform": of.platform,
        "kind": of.kind,
        "private": of.private,
        "state": of.state,
        "on_post": of.on,
        "notes": of.choice.notes,
        "others": of.choice.others.value,
        "unveiled_because": of.choice.unveiled or "",
        "entries": [
            {
                "at": one.at.astimezone(UTC).isoformat(),
                "local": one.when,
                "kind": one.kind,
                "who": one.who,
                "where": one.where,
                "text": one.text,
                "before_edits": [{"until": was.at, "text": was.text} for was in one.was],
                "marks": list(one.marks),
                "pictures": list(one.pictures),
                "outcome": one.outcome,
                "language": one.language,
                "url": one.url,
            }
            for one in of.entries
        ],
        "clocks": [
            {"duty": one.duty, "due": one.when, "state": one.state, "clause": one.clause}
            for one in of.clocks
        ],
        "made": of.made,
        "made_by": of.made_by,
    }


def as_table(of: Transcript) -> Table:
    """One row for each thing that was said."""
    return Table(
        title=f"Conversation {of.conversation}",
        about=(
            ("With", of.name),
            ("Brand", of.brand),
            ("Where", f"{of.platform}, {of.kind}"),
            ("Notes", "included" if of.choice.notes else "left out"),
            ("Other people", of.choice.others.value),
            ("Made", f"{of.made} by {of.made_by}"),
        ),
        columns=(
            "At (UTC)",
            "Local",
            "Kind",
            "Who",
            "Where",
            "Words",
            "Before edits",
            "Marks",
            "Pictures",
            "Outcome",
            "Link",
        ),
        rows=tuple(
            (
                one.at.astimezone(UTC).isoformat(),
                one.when,
                one.kind,
                one.who,
                one.where,
                one.text,
                " | ".join(f"until {was.at}: {was.text}" for was in one.was),
                "; ".join(one.marks),
                "; ".join(one.pictures),
                one.outcome,
                one.url,
            )
            for one in of.entries
        ),
        meanings=(
            ("Kind", "theirs, ours, automatic (an acknowledgement), note (never sent), other"),
            ("Before edits", "the words that an edit replaced, oldest first"),
        ),
        made_at=of.made_at,
    )
