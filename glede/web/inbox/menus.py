"""The head of the list: views with their figures, what is asked for as chips, and choices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from glede.desk.conversations.filters import Filters
from glede.desk.conversations.lanes import Order
from glede.desk.conversations.queries import COUNTED_TO
from glede.desk.views import rules
from glede.desk.views.queries import Known
from glede.desk.views.rules import Key, Query
from glede.kit.words import say
from glede.rulebook.people.rules import Viewer
from glede.web.inbox import asked as asking
from glede.web.inbox import words
from glede.web.inbox.asked import Asked, State

#: Views that stand in the head itself; the others open from a menu.
TABS = 3
#: Views of one's own and of others in the menu; the page of views has all of them.
IN_MENU = 12
ORDER_WORDS = {
    Order.TIME_LEFT: say("Least time left first"),
    Order.OLDEST: say("Longest silent first"),
    Order.NEWEST: say("Newest words first"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A tab or filter: a link that says whether it is the one chosen."""

    label: str
    url: str
    current: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A view before it is counted."""

    label: str
    state: State
    filters: Filters


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing asked for, and the list without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What was not understood, and the list as it may have been meant."""

    says: str
    line: str
    url: str


@dataclass(frozen=True, slots=True)
class Views:
    tabs: tuple[Choice, ...]
    more: tuple[Choice, ...]
    #: The name of the view that is open; empty for a list that nobody kept.
    current: str
    #: Is it one of the menu?
    in_menu: bool


@dataclass(frozen=True, slots=True)
class Menus:
    typed: str
    chips: tuple[Chip, ...]
    problems: tuple[Mended, ...]
    brands: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    order_words: str
    keep_url: str
    search_url: str
    is_asked: bool


def places(known: Known, viewer: Viewer) -> list[Place]:
    """Every view of this person: those of everybody, their own, then what others share."""
    found = [(name, State(q=query)) for name, query in rules.DEFAULTS]
    found += [(one.name, State(one.query, one.order)) for one in known.views[:IN_MENU]]
    return [Place(name, one, asking.ask(one.q, known, viewer).filters) for name, one in found]


def views(state: State, every: Sequence[Place], figures: Sequence[int]) -> Views:
    choices = tuple(
        Choice(
            one.label,
            one.state.url,
            one.state == state.top,
            words.counted(figure, up_to=COUNTED_TO),
        )
        for one, figure in zip(every, figures, strict=True)
    )
    more = choices[TABS:]
    return Views(
        tabs=choices[:TABS],
        more=more,
        current=next((one.label for one in choices if one.current), ""),
        in_menu=any(one.current for one in more),
    )


def menus(state: State, asked: Asked, known: Known, *, is_view: bool) -> Menus:
    """`is_view`: the tab or menu already says what is asked for, so no chip repeats it."""
    query = asked.query
    chips = [Chip(rules.said(term, known.vocabulary), state.asking(query.less(term)).url)
             for term in query.terms]  # fmt: skip
    if state.order is not Order.TIME_LEFT:
        top = replace(state.top, order=Order.TIME_LEFT)
        chips.append(Chip(ORDER_WORDS[state.order], top.url))
    return Menus(
        typed=state.q,
        chips=() if is_view else tuple(chips),
        problems=tuple(
            Mended(one.says, one.instead, replace(state.top, q=one.instead).url)
            for one in asked.problems
        ),
        brands=_values(state, query, Key.BRAND, say("All brands"), _brand_names(known)),
        platforms=_values(
            state,
            query,
            Key.PLATFORM,
            say("All platforms"),
            list(known.vocabulary.platforms.items()),
        ),
        orders=tuple(
            Choice(label, replace(state.top, order=one).url, state.order is one)
            for one, label in ORDER_WORDS.items()
        ),
        order_words=ORDER_WORDS[state.order],
        keep_url="" if is_view or asked.problems else reverse("inbox:views") + state.top.query,
        search_url=_search(query),
        is_asked=bool(query.terms),
    )


def _brand_names(known: Known) -> list[tuple[str, str]]:
    return [(one.slug, one.name) for one in known.brands]


def _values(
    state: State, query: Query, key: Key, every: str, named: Sequence[tuple[str, str]]
) -> tuple[Choice, ...]:
    chosen = query.value(key)
    return (
        Choice(every, state.asking(query.instead(key, "")).url, not chosen),
        *(
            Choice(name, state.asking(query.instead(key, word)).url, chosen == word)
            for word, name in named
        ),
    )


def _search(query: Query) -> str:
    """The same words, looked for in every message."""
    if not query.words:
        return ""
    return reverse("search:search") + State(q=query.words).query
