"""Keep, change, move and delete a view; each is in the record, by its id."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from glede.desk.conversations.lanes import Order
from glede.desk.views import rules
from glede.desk.views.models import View
from glede.desk.views.rules import BadView, Share
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def keep(
    *,
    person_id: int,
    name: str,
    query: str,
    order: Order,
    share: Share,
    brand_id: int | None,
    actor: Actor,
    now: datetime,
) -> View:
    """Keep the list as it is asked for now, behind one's other views. Raises `BadView`."""
    name = rules.named(name)
    own = View.objects.filter(person_id=person_id)
    _must_be_free(own.values_list("name", flat=True), name)
    made = View.objects.create(
        person_id=person_id,
        name=name,
        query=query,
        order=order,
        share=share,
        brand_id=brand_id if share is Share.BRAND else None,
        position=own.count(),
        created_at=now,
    )
    _record(made, Verb.VIEW_KEPT, actor, now)
    return made


def change(
    *, view_id: int, name: str, share: Share, brand_id: int | None, actor: Actor, now: datetime
) -> View:
    """Another name, or others who see it. Raises `BadView`."""
    name, view = rules.named(name), _locked(view_id)
    others = View.objects.filter(person_id=view.person_id).exclude(pk=view.pk)
    _must_be_free(others.values_list("name", flat=True), name)
    view.name, view.share = name, share
    view.brand_id = brand_id if share is Share.BRAND else None
    view.save(update_fields=["name", "share", "brand"])
    _record(view, Verb.VIEW_CHANGED, actor, now)
    return view


def move_up(*, view_id: int, actor: Actor, now: datetime) -> None:
    """One place nearer to the first of one's own views; the first one stays."""
    view = _locked(view_id)
    own = list(View.objects.filter(person_id=view.person_id).order_by("position", "pk"))
    at = next(index for index, one in enumerate(own) if one.pk == view.pk)
    if at == 0:
        return
    own[at - 1], own[at] = own[at], own[at - 1]
    for position, one in enumerate(own):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])
    _record(view, Verb.VIEW_CHANGED, actor, now)


def delete(*, view_id: int, actor: Actor, now: datetime) -> None:
    """It is gone for everybody who saw it; no conversation changes."""
    view = _locked(view_id)
    behind = View.objects.filter(person_id=view.person_id, position__gt=view.position)
    _record(view, Verb.VIEW_DELETED, actor, now)
    view.delete()
    behind.update(position=F("position") - 1)


def _locked(view_id: int) -> View:
    return View.objects.select_for_update(of=("self",), no_key=True).get(pk=view_id)


def _must_be_free(taken: Iterable[str], name: str) -> None:
    if name.casefold() in {one.casefold() for one in taken}:
        raise BadView(
            say(
                "You have a view “%(name)s” already. Choose another name, or delete that one.",
                name=name,
            )
        )


def _record(view: View, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="view",
        object_id=view.pk,
        brand=view.brand.slug if view.brand is not None else "",
        details={"share": view.share},
        now=now,
    )
