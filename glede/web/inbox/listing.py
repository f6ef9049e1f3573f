"""The list as the page shows it: groups, rows, and the links that keep its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from django.urls import reverse
from django.utils.translation import gettext

from glede.desk.conversations import queries, rules
from glede.desk.conversations.filters import Field, Filters, Want
from glede.desk.conversations.lanes import Group, Order, group_of
from glede.desk.conversations.queries import COUNTED_TO, Row
from glede.desk.views.queries import Known
from glede.kit import clock
from glede.kit.words import say, say_many, spoken
from glede.platforms import registry
from glede.rulebook.people.rules import Viewer
from glede.web.inbox import menus, words
from glede.web.inbox.asked import NO_BRAND, Asked, BrandView, State, moment_of
from glede.web.inbox.menus import Menus, Views
from glede.web.inbox.words import Chip, Quick


@dataclass(frozen=True, slots=True)
class RowView(Quick):
    """One row, flat and in words: a page has fifty of them, and a template pays for every step of a
    look-up and for every figure it has to put into words."""

    id: str
    name: str
    unread: bool
    stays: bool  # still stands in this list
    place: str
    revision: str
    brand: str
    brand_name: str
    brand_code: str
    platform: str
    platform_name: str
    url: str
    why_url: str
    posts: str
    #: Who of us wrote the words; empty where they are theirs.
    by: str
    words: str
    kind: str
    private: bool
    owner: str
    is_mine: bool
    labels: tuple[str, ...]
    language: str
    group: Group
    chip: Chip


@dataclass(frozen=True, slots=True)
class GroupView:
    key: str
    label: str
    count: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    state: State
    views: Views
    menus: Menus
    groups: tuple[GroupView, ...]
    #: Why nothing stands here, and what there is besides; both empty where rows stand.
    nothing: str
    besides: str
    newer_url: str
    older_url: str
    first: RowView | None


def platform_name(slug: str) -> str:
    found = registry.find(slug)
    return found.name if found is not None else slug.capitalize()


@dataclass(frozen=True, slots=True)
class Figures:
    """How many stand in each view, and under each heading of this list."""

    views: Views
    groups: Mapping[Group, int]


def figures(
    viewer: Viewer, *, state: State, asked: Asked, known: Known, now: datetime, zone: tzinfo
) -> Figures:
    every = menus.places(known, viewer)
    headed = [asked.filters.narrowed(Want(Field.GROUP, (group,))) for group in Group]
    wanted: list[Filters] = [*(one.filters for one in every), *headed]
    found = queries.tally(viewer, wanted, moment=moment_of(now, zone))
    return Figures(
        menus.views(state, every, found[: len(every)]),
        dict(zip(Group, found[len(every) :], strict=True)),
    )


def build(
    viewer: Viewer,
    *,
    state: State,
    asked: Asked,
    known: Known,
    brands: Mapping[int, BrandView],
    now: datetime,
    zone: tzinfo,
) -> ListView:
    page = queries.open_list(
        viewer,
        filters=asked.filters,
        moment=moment_of(now, zone),
        order=state.order,
        after=queries.place(state.after),
        before=queries.place(state.before),
    )
    rows = tuple(
        row_view(row, viewer=viewer, state=state, known=brands, now=now, zone=zone)
        for row in page.rows
    )
    counted = figures(viewer, state=state, asked=asked, known=known, now=now, zone=zone)
    is_view = bool(counted.views.current)
    return ListView(
        state=state,
        views=counted.views,
        menus=menus.menus(state, asked, known, is_view=is_view),
        groups=_groups(rows, counted.groups, state.order),
        nothing="" if rows else _nothing(state, asked, counted.views),
        besides="" if rows else _besides(counted.views),
        newer_url=_beyond(state, before=page.before),
        older_url=_beyond(state, after=page.after),
        first=rows[0] if rows else None,
    )


#: Why a view that everybody has shows nothing.
_EMPTY = {
    "All": say("Nothing is waiting"),
    "Mine": say("Nothing is yours"),
    "No owner": say("Everything has an owner"),
    "Unread": say("Everything is read"),
    "Snoozed": say("Nothing is snoozed"),
}


def _nothing(state: State, asked: Asked, views: Views) -> str:
    if state.after or state.before:
        return say("The end of the list")
    if asked.problems:
        return say("Not understood")
    return _EMPTY.get(views.current, say("Nothing matches"))


def _besides(views: Views) -> str:
    """What stands outside a list that shows nothing."""
    every = views.tabs[0].count
    if every == "0":
        return say(
            "Every conversation is answered or resolved. New posts appear here by themselves."
        )
    if every == "1":
        return say("1 conversation open in all.")
    return say("%(n)s conversations open in all.", n=every)


def _kind(row: Row, *, now: datetime, zone: tzinfo) -> str:
    """What the row is, and what it waits for where that is nobody here."""
    kind = spoken(row.kind)
    if row.state == rules.State.WAITING_FOR_THEM:
        kind = say("%(what)s, waiting for them", what=kind)
    if row.state == rules.State.WAITING_FOR_COLLEAGUE:
        kind = say("%(what)s, waiting for a colleague", what=kind)
    if row.snoozed_until is not None and row.snoozed_until > now:
        until = clock.when_words(row.snoozed_until, now, zone)
        kind = say("%(what)s, snoozed until %(at)s", what=kind, at=until)
    return kind


def row_view(
    row: Row,
    *,
    viewer: Viewer,
    state: State,
    known: Mapping[int, BrandView],
    now: datetime,
    zone: tzinfo,
) -> RowView:
    brand = known.get(row.brand_id, NO_BRAND)
    mine = row.owner_id == viewer.id
    address = f"{reverse('inbox:list')}c/{row.id}/"
    moment = moment_of(now, zone)
    return RowView(
        id=str(row.id),
        name=row.name,
        unread=row.unread,
        stays=row.stands,
        place=row.place(state.order, moment).text,
        revision=str(row.revision),
        brand=brand.slug,
        brand_name=brand.name,
        brand_code=brand.code,
        platform=row.platform,
        platform_name=platform_name(row.platform),
        url=f"{address}{state.query}",
        why_url=f"{address}why/",
        posts=(
            say_many("%(n)s post", "%(n)s posts", row.message_count)
            if row.message_count > 1
            else ""
        ),
        by=_by(row, viewer, brand),
        words=row.words,
        kind=_kind(row, now=now, zone=zone),
        private=row.private,
        owner=say("You") if mine else words.first_name(row.owner_name or ""),
        is_mine=mine,
        labels=row.labels,
        language=words.language(row.language),
        group=group_of(lane=row.lane, due_at=row.due_at, moment=moment),
        chip=words.chip(
            state=row.state,
            state_at=row.state_at,
            due_at=row.due_at,
            due_from=row.due_from,
            due_kind=row.due_kind,
            now=now,
            zone=zone,
        ),
    )


def _by(row: Row, viewer: Viewer, brand: BrandView) -> str:
    """Who of us wrote last; the brand, where somebody did so in the platform's own app."""
    if not row.words_ours:
        return ""
    if row.words_by_id == viewer.id:
        return gettext("You")
    return words.first_name(row.words_by or "") or brand.name


def _groups(
    rows: Sequence[RowView], counts: Mapping[Group, int], order: Order
) -> tuple[GroupView, ...]:
    """The headings of a page; each counts its whole group, not what this page shows of it."""
    if order is not Order.TIME_LEFT:
        total = min(sum(counts.values()), COUNTED_TO + 1)
        count = words.counted(max(total, len(rows)), up_to=COUNTED_TO)
        return (GroupView("all", menus.ORDER_WORDS[order], count, tuple(rows)),) if rows else ()
    found: dict[Group, list[RowView]] = {}
    for one in rows:
        found.setdefault(one.group, []).append(one)
    return tuple(
        GroupView(
            key.value,
            gettext(words.GROUP_WORDS[key]),
            words.counted(max(counts[key], len(found[key])), up_to=COUNTED_TO),
            tuple(found[key]),
        )
        for key in Group
        if key in found
    )


def _beyond(
    state: State,
    *,
    after: queries.Place | None = None,
    before: queries.Place | None = None,
) -> str:
    if after is not None:
        return replace(state, after=after.text, before="").url
    if before is not None:
        return replace(state, after="", before=before.text).url
    return ""
