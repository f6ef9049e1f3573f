"""What the wall shows, in words: how much is late and near, where, and who is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.urls import reverse

from glede.desk.alerts import queries as alerts
from glede.desk.alerts.rules import WORDS, Kind
from glede.desk.conversations import queries
from glede.desk.conversations.filters import EVERYTHING, Field, Filters, Want
from glede.desk.conversations.lanes import Group
from glede.desk.conversations.queries import COUNTED_TO, Row
from glede.desk.health import queries as health
from glede.desk.rota import queries as rota
from glede.desk.rota.rules import THERE, Duty
from glede.kit import clock
from glede.kit.words import say
from glede.platforms import registry
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.inbox import asked, listing, words
from glede.web.inbox.asked import BrandView, State
from glede.web.inbox.words import Chip

#: As many as fit beside the tables on a screen of 1080 lines.
_NEXT = 10
#: As many of what nobody took as are read at a glance.
_UNTAKEN = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `url` opens its rows."""

    label: str
    figure: str
    sub: str
    icon: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One brand or platform: open now, and of them late."""

    key: str
    name: str
    url: str
    open: str
    late: str
    #: What is wrong with its channels; empty when all is well.
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Next:
    chip: Chip
    url: str
    why_url: str
    platform: str
    platform_name: str
    brand: str
    brand_name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """What everybody was told of and nobody took."""

    says: str
    url: str


@dataclass(frozen=True, slots=True)
class Wall:
    day: str
    time: str
    there: tuple[str, ...]
    on_call: tuple[str, ...]
    untaken: tuple[Untaken, ...]
    tiles: tuple[Tile, ...]
    next: tuple[Next, ...]
    brands: tuple[Line, ...]
    platforms: tuple[Line, ...]


_LATE = Want(Field.GROUP, (Group.LATE,))
_NO_OWNER = Want(Field.OWNER, (None,))


def build(viewer: Viewer, *, now: datetime, zone: tzinfo) -> Wall:
    """Eight queries, whatever is open: one bounded count for every figure together."""
    known = asked.brands(viewer)
    moment = asked.moment_of(now, zone)
    ofs = [*_of_brands(known), *_of_platforms()]
    tiles = _tile_filters()
    figures = queries.tally(
        viewer,
        [*tiles, *(one for _, of in ofs for one in (of, of.narrowed(_LATE)))],
        moment=moment,
    )
    first = queries.open_list(viewer, filters=EVERYTHING, moment=moment, limit=_NEXT).rows
    counts, rest = figures[: len(tiles)], figures[len(tiles) :]
    wrong = _wrong(known, now=now)
    lines = [
        Line(line.key, line.name, line.url, _figure(every), _figure(late), wrong.get(line.key, ()))
        for (line, _), every, late in zip(ofs, rest[::2], rest[1::2], strict=True)
    ]
    there, on_call = _people(viewer, now=now)
    return Wall(
        day=clock.day_words(now, zone),
        time=f"{now.astimezone(zone):%H:%M}",
        there=there,
        on_call=on_call,
        untaken=tuple(_untaken(viewer, known, now=now, zone=zone)),
        tiles=tuple(_tiles(counts, first, now=now)),
        next=tuple(_next(row, known, now=now, zone=zone) for row in first if row.due_at),
        brands=tuple(lines[: len(known)]),
        platforms=tuple(line for line in lines[len(known) :] if line.open != "0"),
    )


# --- Figures -----------------------------------------------------------------------------------


def _tile_filters() -> list[Filters]:
    by_group = [
        Filters((Want(Field.GROUP, (group,)),))
        for group in (Group.LATE, Group.SOON, Group.TODAY, Group.PROMISED)
    ]
    return [*by_group, Filters((_NO_OWNER,)), Filters((_NO_OWNER, _LATE))]


def _tiles(counts: Sequence[int], first: Sequence[Row], *, now: datetime) -> Iterator[Tile]:
    late, soon, today, promised, no_owner, of_them_late = counts
    due = first[0].due_at if first else None
    longest = say("nothing")
    if due and due < now:
        longest = say("longest %(time)s", time=clock.duration_words(now - due))
    rows = (
        (say("Late"), late, longest, "warn", "late" if late else "", "is:late"),
        (say("Due in 1 h"), soon, "", "clock", "soon" if soon else "", "is:soon"),
        (say("Today"), today, "", "inbox", "", "due:today"),
        (say("Promised"), promised, "", "flag", "", "is:promised"),
        (
            say("No owner"),
            no_owner,
            say("%(n)s of them late", n=_figure(of_them_late)),
            "question",
            "",
            "owner:none",
        ),
    )
    for label, number, sub, icon, tone, query in rows:
        yield Tile(label, _figure(number), sub, icon, tone, State(q=query).url)


def _figure(number: int) -> str:
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)


def _of_brands(known: Mapping[int, BrandView]) -> Iterator[tuple[Line, Filters]]:
    for brand in known.values():
        url = State(q=f"brand:{brand.slug}").url
        line = Line(brand.slug, brand.name, url, "", "")
        yield line, Filters((Want(Field.BRAND, (brand.id,)),))


def _of_platforms() -> Iterator[tuple[Line, Filters]]:
    for slug in registry.slugs():
        url = State(q=f"platform:{slug}").url
        line = Line(slug, listing.platform_name(slug), url, "", "")
        yield line, Filters((Want(Field.PLATFORM, (slug,)),))


# --- Rows, people, channels ----------------------------------------------------------------------


def _next(row: Row, known: Mapping[int, BrandView], *, now: datetime, zone: tzinfo) -> Next:
    brand = known.get(row.brand_id, asked.NO_BRAND)
    return Next(
        chip=words.chip(
            state=row.state,
            state_at=row.state_at,
            due_at=row.due_at,
            due_from=row.due_from,
            due_kind=row.due_kind,
            now=now,
            zone=zone,
        ),
        url=reverse("inbox:open", args=[row.id]),
        why_url=reverse("inbox:why", args=[row.id]),
        platform=row.platform,
        platform_name=listing.platform_name(row.platform),
        brand=brand.slug,
        brand_name=brand.name,
        owner=words.first_name(row.owner_name or ""),
    )


def _people(viewer: Viewer, *, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is at the desk and who is on call, for the brands one reads."""
    mine = viewer.brands_for(Permission.READ_CONVERSATIONS)
    rows = [
        row
        for row in rota.on_now(now=now)
        if mine is None or row.brand_id is None or row.brand_id in mine
    ]
    there = dict.fromkeys(row.person.name for row in rows if Duty(row.duty) in THERE)
    on_call = dict.fromkeys(row.person.name for row in rows if Duty(row.duty) not in THERE)
    return tuple(there), tuple(on_call)


def _untaken(
    viewer: Viewer, known: Mapping[int, BrandView], *, now: datetime, zone: tzinfo
) -> Iterator[Untaken]:
    mine = viewer.brands_for(Permission.READ_CONVERSATIONS)
    for one in alerts.unheard(mine, limit=_UNTAKEN):
        name = known.get(one.brand_id, asked.NO_BRAND).name
        what, since = WORDS[Kind(one.kind)], clock.when_words(one.raised_at, now, zone)
        yield Untaken(
            f"{name}: {what.lower()}, {since}", reverse("inbox:open", args=[one.conversation_id])
        )


def _wrong(known: Mapping[int, BrandView], *, now: datetime) -> dict[str, tuple[str, ...]]:
    """By brand, the channels that are not well, with the word for it."""
    found: dict[str, list[str]] = {}
    for one in health.every(now=now):
        brand = known.get(one.account.brand_id)
        if brand is not None and not one.well:
            found.setdefault(brand.slug, []).append(f"{one.platform.name}: {one.word.value}")
    return {slug: tuple(said) for slug, said in found.items()}
