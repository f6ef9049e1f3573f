"""Where and how somebody wants to be told: browsers, services, channels of a team, tests."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from glede.desk.alerts import actions_dispatches as dispatches
from glede.desk.alerts import actions_ways as ways
from glede.desk.alerts import queries_ways as queries
from glede.desk.alerts.models import Address
from glede.desk.alerts.rules import Kind, Way, Wishes
from glede.kit.pushkey import Subscription
from glede.kit.words import say
from glede.rulebook.people.rules import Permission, Viewer


class NotYoursError(LookupError):
    """There is no such address for this person."""


def push_key(*, now: datetime) -> str:
    """The public key by which browsers know that a push comes from us; made once."""
    with transaction.atomic():
        return ways.push_key(now=now).public


def add_browser(
    *,
    viewer: Viewer,
    name: str,
    subscription: Subscription,
    instead_of: str = "",
    now: datetime,
) -> Address:
    """`instead_of`: the push address this browser had until now; what goes there ends. Raises
    `pushkey.BadSubscriptionError`, `ways.NotAddedError`."""
    with transaction.atomic():
        return ways.add_browser(
            person_id=viewer.id,
            name=name,
            subscription=subscription,
            instead_of=instead_of,
            actor=viewer.actor,
            now=now,
        )


def add_service(*, viewer: Viewer, name: str, url: str, now: datetime) -> Address:
    """One's own. Raises `ways.NotAddedError`."""
    with transaction.atomic():
        return ways.add_service(
            person_id=viewer.id, name=name, url=url, actor=viewer.actor, now=now
        )


def add_team_channel(
    *,
    viewer: Viewer,
    name: str,
    url: str,
    kinds: Collection[Kind],
    brand_id: int | None,
    now: datetime,
) -> Address:
    """Raises `ways.NotAddedError`, `NotYoursError`."""
    if not viewer.may(Permission.MANAGE_ROTA):
        raise NotYoursError(say("Whoever manages the rota adds a team's channel."))
    with transaction.atomic():
        return ways.add_service(
            person_id=None,
            name=name,
            url=url,
            kinds=kinds,
            brand_id=brand_id,
            actor=viewer.actor,
            now=now,
        )


def remove(*, viewer: Viewer, address_id: int, now: datetime) -> None:
    """Nothing goes there any more. Raises `NotYoursError`."""
    with transaction.atomic():
        ways.remove(address=_own(viewer, address_id), actor=viewer.actor, now=now)


def send_test(*, viewer: Viewer, address_id: int | None, now: datetime) -> None:
    """Send a test there; without an address to one's e-mail. Raises `NotYoursError`."""
    with transaction.atomic():
        if address_id is None:
            dispatches.test(person_id=viewer.id, way=Way.MAIL, address=None, now=now)
            return
        address = _own(viewer, address_id)
        dispatches.test(person_id=address.person_id, way=Way(address.way), address=address, now=now)


def prefer(*, viewer: Viewer, wishes: Wishes) -> None:
    with transaction.atomic():
        ways.prefer(person_id=viewer.id, wishes=wishes)


def _own(viewer: Viewer, address_id: int) -> Address:
    address = queries.address(address_id)
    may = address is not None and (
        address.person_id == viewer.id
        or (address.person_id is None and viewer.may(Permission.MANAGE_ROTA))
    )
    if address is None or not may:
        raise NotYoursError(say("There is no such address of yours."))
    return address
