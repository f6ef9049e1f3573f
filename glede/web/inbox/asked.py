"""What the address says about the list, and what that means for whoever looks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from glede.desk.conversations.filters import Filters
from glede.desk.conversations.lanes import Moment, Order
from glede.desk.views import queries as views
from glede.desk.views import rules
from glede.desk.views.queries import Known
from glede.desk.views.rules import Problem, Query
from glede.rulebook.brands import queries as brand_queries
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class BrandView:
    id: int
    slug: str
    name: str
    code: str


NO_BRAND = BrandView(0, "", "", "")


@dataclass(frozen=True, slots=True)
class State:
    """What the address says about the list; every link out of it carries this along."""

    q: str = ""
    order: Order = Order.TIME_LEFT
    after: str = ""
    before: str = ""

    @property
    def query(self) -> str:
        given = {
            "q": self.q,
            "order": "" if self.order is Order.TIME_LEFT else self.order.value,
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

    def asking(self, query: Query) -> "State":
        """The same list, asked for something else, from its top."""
        return replace(self.top, q=query.text)

    def open(self, conversation_id: int) -> str:
        return reverse("inbox:open", args=[conversation_id]) + self.query


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for, understood."""

    query: Query
    filters: Filters
    problems: tuple[Problem, ...]


def state_of(given: QueryDict) -> State:
    """The list's state from an address; a place or order that is not understood counts as not
    said. What is asked for is kept as it was typed: the list says what of it has no meaning."""
    order = given.get("order", "")
    typed = given.get("q", "").replace("\0", " ").strip()[: rules.LONGEST + 1]
    read = rules.read(typed)
    return State(
        q=typed if read.problems else read.query.text,
        order=Order(order) if order in set(Order) else Order.TIME_LEFT,
        after=given.get("after", "")[:40],
        before=given.get("before", "")[:40],
    )


#: What views were called in addresses before the line of words.
_OLDER_VIEWS = {"mine": "owner:me", "no-owner": "owner:none"}
_SLUG = re.compile(r"[a-z0-9-]{1,50}")


def older(given: QueryDict) -> State | None:
    """The list that an address from before the line of words means (`?view=`, `?brand=`,
    `?platform=`), in words; None where the address is none of those. What is not understood of it
    is left away."""
    if not {"view", "brand", "platform"} & given.keys():
        return None
    said = [_OLDER_VIEWS.get(given.get("view", ""), "")]
    said += [
        f"{name}:{slug}"
        for name in ("brand", "platform")
        if _SLUG.fullmatch(slug := given.get(name, ""))
    ]
    now = state_of(given)
    return replace(now.top, q=" ".join(filter(None, [now.q, *said])))


def ask(text: str, known: Known, viewer: Viewer) -> Asked:
    """What a line asks for here; where it was not understood, nothing is shown."""
    read = rules.read(text)
    meant = rules.meaning(read.query, known.vocabulary, me=viewer.id)
    filters = rules.NOTHING if read.problems else meant.filters
    return Asked(read.query, filters, (*read.problems, *meant.problems))


def brands(viewer: Viewer) -> dict[int, BrandView]:
    """The brands whose conversations this person reads, in their order."""
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    return {
        one.pk: BrandView(one.pk, one.slug, one.name, one.code)
        for one in brand_queries.all_brands(archived=True)
        if readable is None or one.pk in readable
    }


def brands_of(known: views.Known) -> Mapping[int, BrandView]:
    return {one.id: BrandView(one.id, one.slug, one.name, one.code) for one in known.brands}


def moment_of(now: datetime, zone: tzinfo) -> Moment:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return Moment(now=now, midnight=datetime.combine(tomorrow, time(), zone))
