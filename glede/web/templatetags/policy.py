"""What every page about the policy shows: its places, and how late its review is."""

from dataclasses import dataclass
from datetime import date, datetime

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_noop

from glede.kit.words import say
from glede.rulebook.offices import queries as offices
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import queries_life

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One page about the policy; one that is not installed is left out."""

    name: str
    label: str
    permission: Permission


PLACES = (
    Place("policy:current", gettext_noop("In force"), Permission.READ_POLICY),
    Place("policy:versions", gettext_noop("Versions"), Permission.READ_POLICY),
    Place("policy:review", gettext_noop("Review"), Permission.READ_POLICY),
    Place("policy:registers", gettext_noop("Registers"), Permission.READ_POLICY),
    Place("policy:offices", gettext_noop("Offices"), Permission.READ_POLICY),
    Place("policy:read", gettext_noop("My reading"), Permission.READ_GUIDANCE),
    Place("policy_import:start", gettext_noop("Read a file in"), Permission.DRAFT_POLICY),
    Place("rehearsal:list", gettext_noop("Rehearsal"), Permission.READ_FIGURES),
)


@register.inclusion_tag("policy/places.html", takes_context=True)
def policy_places(context: template.Context, current: str = "") -> dict[str, object]:
    """The tabs; `current` is the name of the place this page belongs to."""
    viewer: Viewer | None = context["shell"].viewer
    found = []
    for place in PLACES:
        if viewer is None or not viewer.may(place.permission):
            continue
        try:
            href = reverse(place.name)
        except NoReverseMatch:
            continue
        found.append(
            {"href": href, "label": gettext(place.label), "current": place.name == current}
        )
    return {"places": found}


@register.inclusion_tag("policy/banner.html", takes_context=True)
def policy_banner(context: template.Context) -> dict[str, object]:
    """How the version in force stands with its review: nothing while that is far off.

    Belongs on every page about the policy (heading: next review due by).
    """
    now: datetime = context["shell"].now
    version = queries_life.in_force(at=now)
    if version is None:
        return {"standing": None}
    standing = queries_life.standing(version, on=queries_life.today(now))
    near = standing.is_near(queries_life.cycle(at=now).before)
    if not standing.is_overdue and not near:
        return {"standing": None}
    return {
        "standing": standing,
        "responsible": _responsible(
            version.reviewer_office, version.owner_office, on=standing.today
        ),
        "may_review": bool(
            context["shell"].viewer and context["shell"].viewer.may(Permission.DRAFT_POLICY)
        ),
        "at_review": getattr(context["request"].resolver_match, "view_name", "") == "policy:review",
    }


def _responsible(reviewer: str, owner: str, *, on: date) -> str:
    """“Reviewer: Futurologist, post vacant. Owner: Head of Relationships, Noor Hassan.”"""
    parts = []
    for role, office in ((say("Reviewer"), reviewer), (say("Owner"), owner)):
        if office:
            holder = offices.holder(office, on=on)
            who = people.person(holder).name if holder is not None else say("post vacant")
            parts.append(f"{role}: {office}, {who}.")
    return " ".join(parts)
