"""The words one may ask the list with, and the views one may open; one query for all of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from glede.desk.conversations.lanes import Order
from glede.desk.conversations.queries_labels import LabelRow
from glede.desk.views.models import View
from glede.desk.views.rules import Name, Share, Vocabulary
from glede.platforms import registry
from glede.rulebook.people.rules import Permission, Viewer

#: Brands and labels (also archived ones: conversations still carry them), sign-offs in use, and
#: views; a small table each.
_KNOWN = """
SELECT 'brand' AS kind, id, "order" AS position, slug, name, code, NULL::bigint, '', ''
    FROM brands_brand
UNION ALL SELECT 'label', id, 0, lower(name), name, '', brand_id, '',
        CASE WHEN archived_at IS NULL THEN '' ELSE 'archived' END
    FROM conversations_label
UNION ALL SELECT 'person', id, 0, lower(sign_off), name, '', NULL, '', ''
    FROM people_person WHERE is_active AND sign_off <> ''
UNION ALL SELECT 'view', id, position, query, name, "order", brand_id, share,
        CASE WHEN person_id = %(me)s THEN 'mine' ELSE '' END
    FROM views_view WHERE person_id = %(me)s OR share = 'team'
        OR (share = 'brand' AND (%(brands)s::bigint[] IS NULL OR brand_id = ANY(%(brands)s)))
ORDER BY kind, position, 5, id
"""


@dataclass(frozen=True, slots=True)
class BrandName:
    id: int
    slug: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A view as it stands in a menu."""

    id: int
    name: str
    query: str
    order: Order
    share: Share
    brand: int | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """A view and who made it."""

    id: int
    name: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a list needs to know besides its rows."""

    brands: tuple[BrandName, ...]
    vocabulary: Vocabulary
    #: By name, those of brands that this person does not read left out.
    labels: tuple[LabelRow, ...]
    #: One's own first, in one's own order; then what others share.
    views: tuple[Kept, ...]


def known(viewer: Viewer) -> Known:
    """The brands whose conversations this person reads, the words for them, and their views."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    given = {"me": viewer.id, "brands": None if brands is None else sorted(brands)}
    found: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, given)
        for kind, *values in cursor.fetchall():
            found.setdefault(kind, []).append(tuple(values))
    named = tuple(
        BrandName(id_, slug, name, code)
        for id_, _, slug, name, code, *_ in found.get("brand", ())
        if brands is None or id_ in brands
    )
    views = [
        Kept(id_, name, query, Order(order), Share(share), brand, bool(mine))
        for id_, _, query, name, order, brand, share, mine in found.get("view", ())
    ]
    labels = [
        LabelRow(id_, name, brand, bool(archived))
        for id_, _, _, name, _, brand, _, archived in found.get("label", ())
        if brands is None or brand in {None, *brands}
    ]
    return Known(
        brands=named,
        labels=tuple(sorted(labels, key=lambda one: (one.name.lower(), one.id))),
        vocabulary=Vocabulary(
            brands={one.slug: Name((one.id,), one.name) for one in named},
            codes={one.code.lower(): one.slug for one in named},
            platforms={slug: registry.get(slug).name for slug in registry.slugs()},
            people={word: Name((id_,), name) for id_, _, word, name, *_ in found.get("person", ())},
            labels=_words(labels),
        ),
        views=tuple(sorted(views, key=lambda one: not one.mine)),
    )


def _words(labels: Iterable[LabelRow]) -> Mapping[str, Name]:
    """A word for a label in use; several brands may have one of the same name."""
    found: dict[str, Name] = {}
    for one in labels:
        if not one.archived:
            before = found.get(one.name.lower(), Name((), one.name))
            found[one.name.lower()] = Name((*before.ids, one.id), before.says)
    return found


def one(viewer: Viewer, view_id: int) -> Whose | None:
    """A view as this person may open it; what is not shared with them is not there."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    shared = Q(share=Share.TEAM)
    shared |= Q(share=Share.BRAND) if brands is None else Q(share=Share.BRAND, brand__in=brands)
    found = View.objects.filter(Q(person_id=viewer.id) | shared, pk=view_id).first()
    return None if found is None else Whose(found.pk, found.name, found.person_id)
