"""The list as the page shows it: tabs, filter, groups, rows, and the links that keep its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from glede.desk.conversations import queries, rules
from glede.desk.conversations.filters import Field, Filters, Want
from glede.desk.conversations.lanes import Group, Moment, Order, group_of
from glede.desk.conversations.queries import COUNTED_TO, Row
from glede.platforms import registry
from glede.rulebook.brands import queries as brand_queries
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.inbox import words
from glede.web.inbox.words import Chip, Quick


@dataclass(frozen=True, slots=True)
class BrandView:
    id: int
    slug: str
    name: str
    code: str


#: After the kind of a row whose turn is theirs, while a clock of ours runs on.
WAITS = ", waiting for them"
NO_BRAND = BrandView(0, "", "", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """A tab or filter: a link that says whether it is the one chosen."""

    label: str
    url: str
    current: bool
    count: str = ""


class View(StrEnum):
    ALL = "all"
    MINE = "mine"
    NO_OWNER = "no-owner"


@dataclass(frozen=True, slots=True)
class State:
    """What the address says about the list; every link out of it carries this along."""

    view: View = View.ALL
    brand: str = ""
    platform: str = ""
    after: str = ""
    before: str = ""

    @property
    def query(self) -> str:
        given = {
            "view": "" if self.view == View.ALL else self.view.value,
            "brand": self.brand,
            "platform": self.platform,
            "after": self.after,
            "before": self.before,
        }
        found = urlencode({name: value for name, value in given.items() if value})
        return f"?{found}" if found else ""

    @property
    def url(self) -> str:
        return reverse("inbox:list") + self.query

    @property
    def top(self) -> "State":
        return replace(self, after="", before="")

    def open(self, conversation_id: int) -> str:
        return reverse("inbox:open", args=[conversation_id]) + self.query


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
    key: Group
    label: str
    count: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    state: State
    tabs: tuple[Choice, ...]
    brands: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    filter_label: str
    is_filtered: bool
    groups: tuple[GroupView, ...]
    all_words: str
    newer_url: str
    older_url: str
    first: RowView | None


def state_of(given: QueryDict) -> State:
    """The list's state from an address; what is not understood counts as not said."""
    view = given.get("view", "")
    return State(
        view=View(view) if view in set(View) else View.ALL,
        brand=given.get("brand", "")[:50],
        platform=given.get("platform", "")[:50],
        after=given.get("after", "")[:40],
        before=given.get("before", "")[:40],
    )


def brands(viewer: Viewer) -> dict[int, BrandView]:
    """The brands whose conversations this person reads, in their order."""
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    return {
        one.pk: BrandView(one.pk, one.slug, one.name, one.code)
        for one in brand_queries.all_brands(archived=True)
        if readable is None or one.pk in readable
    }


def filters_of(viewer: Viewer, state: State, known: Mapping[int, BrandView]) -> Filters:
    """An unknown brand shows nothing rather than everything."""
    wants = []
    if state.brand:
        found = [one.id for one in known.values() if one.slug == state.brand]
        wants.append(Want(Field.BRAND, tuple(found)) if found else Want(Field.NOTHING))
    if state.platform:
        wants.append(Want(Field.PLATFORM, (state.platform,)))
    if state.view is not View.ALL:
        wants.append(Want(Field.OWNER, (viewer.id if state.view is View.MINE else None,)))
    return Filters(tuple(wants))


def moment_of(now: datetime, zone: tzinfo) -> Moment:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return Moment(now=now, midnight=datetime.combine(tomorrow, time(), zone))


def platform_name(slug: str) -> str:
    found = registry.find(slug)
    return found.name if found is not None else slug.capitalize()


def build(
    viewer: Viewer,
    *,
    state: State,
    known: Mapping[int, BrandView],
    now: datetime,
    zone: tzinfo,
) -> ListView:
    filters, moment = filters_of(viewer, state, known), moment_of(now, zone)
    page = queries.open_list(
        viewer,
        filters=filters,
        moment=moment,
        after=queries.place(state.after),
        before=queries.place(state.before),
    )
    rows = tuple(
        row_view(row, viewer=viewer, state=state, known=known, now=now, zone=zone)
        for row in page.rows
    )
    choices = tab_states(state)
    asked = [*(filters_of(viewer, one, known) for _, one in choices), *headed(filters)]
    figures = queries.tally(viewer, asked, moment=moment)
    return ListView(
        state=state,
        tabs=_tabs(state, choices, figures),
        brands=_brand_choices(state, known),
        platforms=_platform_choices(state),
        filter_label=_filter_label(state, known),
        is_filtered=bool(state.brand or state.platform),
        groups=_groups(rows, dict(zip(Group, figures[len(choices) :], strict=True))),
        all_words="",
        newer_url=_beyond(state, before=page.before),
        older_url=_beyond(state, after=page.after),
        first=rows[0] if rows else None,
    )


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
        place=row.place(Order.TIME_LEFT, moment).text,
        revision=str(row.revision),
        brand=brand.slug,
        brand_name=brand.name,
        brand_code=brand.code,
        platform=row.platform,
        platform_name=platform_name(row.platform),
        url=f"{address}{state.query}",
        why_url=f"{address}why/",
        posts=f"{row.message_count} posts" if row.message_count > 1 else "",
        words=row.words,
        kind=f"{row.kind}, waiting for them"
        if row.state == rules.State.WAITING_FOR_THEM
        else row.kind,
        private=row.private,
        owner="You" if mine else words.first_name(row.owner_name or ""),
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


def _groups(rows: Iterable[RowView], counts: Mapping[Group, int]) -> tuple[GroupView, ...]:
    """The headings of a page; each counts its whole group, not what this page shows of it."""
    found: dict[Group, list[RowView]] = {}
    for one in rows:
        found.setdefault(one.group, []).append(one)
    return tuple(
        GroupView(
            key,
            words.GROUP_WORDS[key],
            words.counted(max(counts[key], len(found[key])), up_to=COUNTED_TO),
            tuple(found[key]),
        )
        for key in Group
        if key in found
    )


def headed(filters: Filters) -> list[Filters]:
    """What stands under each heading of a list."""
    return [filters.narrowed(Want(Field.GROUP, (group,))) for group in Group]


def tabs(
    viewer: Viewer, state: State, known: Mapping[int, BrandView], moment: Moment
) -> tuple[Choice, ...]:
    choices = tab_states(state)
    every = [filters_of(viewer, one, known) for _, one in choices]
    return _tabs(state, choices, queries.tally(viewer, every, moment=moment))


def tab_states(state: State) -> list[tuple[str, State]]:
    named = (("All", View.ALL), ("Mine", View.MINE), ("No owner", View.NO_OWNER))
    return [(label, replace(state.top, view=view)) for label, view in named]


def _tabs(
    state: State, choices: Sequence[tuple[str, State]], figures: Sequence[int]
) -> tuple[Choice, ...]:
    return tuple(
        Choice(label, one.url, state.top == one, words.counted(figure, up_to=COUNTED_TO))
        for (label, one), figure in zip(choices, figures, strict=False)
    )


def _brand_choices(state: State, known: Mapping[int, BrandView]) -> tuple[Choice, ...]:
    every = Choice("All brands", replace(state.top, brand="").url, not state.brand)
    return (
        every,
        *(
            Choice(one.name, replace(state.top, brand=one.slug).url, state.brand == one.slug)
            for one in known.values()
        ),
    )


def _platform_choices(state: State) -> tuple[Choice, ...]:
    every = Choice("All platforms", replace(state.top, platform="").url, not state.platform)
    return (
        every,
        *(
            Choice(
                platform_name(slug),
                replace(state.top, platform=slug).url,
                state.platform == slug,
            )
            for slug in registry.slugs()
        ),
    )


def _filter_label(state: State, known: Mapping[int, BrandView]) -> str:
    brand = next((one.name for one in known.values() if one.slug == state.brand), "")
    platform = platform_name(state.platform) if state.platform else ""
    if not brand and not platform:
        return "All brands and platforms"
    return f"{brand or 'All brands'} on {platform}" if platform else brand or "No such brand"


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
