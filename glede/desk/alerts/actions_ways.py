"""Where and how people want to be told: browsers, services, teams' channels, preferences."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from glede.desk.alerts import actions_dispatches as dispatches
from glede.desk.alerts.models import Address, Preference, PushKey
from glede.desk.alerts.rules import REMOVED, RENEWED, Kind, Way, Wishes
from glede.kit import crypto, pushkey
from glede.kit.pushkey import Subscription
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb

_SCHEME = re.compile(r"([a-z][a-z0-9+]*)://(?=.)", re.IGNORECASE)
#: A name is for people; an address for machines.
LONGEST_NAME, LONGEST_ADDRESS = 60, 1_000
#: So many ways out somebody may have, or a team: each costs a call for every alert.
MOST_ADDRESSES = 20


class NotAddedError(ValueError):
    """It was not added: says what to do."""


# --- The key -----------------------------------------------------------------------------------


def push_key(*, now: datetime) -> PushKey:
    """This installation's key for web push, made once."""
    found = PushKey.objects.first()
    if found is not None:
        return found
    public, secret = pushkey.make()
    PushKey.objects.bulk_create(
        [PushKey(public=public, secret=crypto.encrypt(secret), made_at=now)],
        ignore_conflicts=True,
    )
    return PushKey.objects.get()


def push_secret(*, now: datetime) -> bytes:
    return crypto.decrypt(bytes(push_key(now=now).secret))


# --- Addresses ---------------------------------------------------------------------------------


def add_browser(
    *,
    person_id: int,
    name: str,
    subscription: Subscription,
    instead_of: str = "",
    actor: Actor,
    now: datetime,
) -> Address:
    """Web push to this browser. Asked again, the one there stays; `instead_of` is the endpoint it
    had until now, which ends. Raises `pushkey.BadSubscriptionError`, `NotAddedError`."""
    pushkey.check(subscription, hosts=settings.GLEDE_PUSH_HOSTS)
    if instead_of and instead_of != subscription.endpoint:
        old = Address.objects.filter(
            person_id=person_id, way=Way.PUSH, digest=_digest(instead_of), ended_at=None
        ).first()
        if old is not None:
            name = name or old.name
            remove(address=old, why=RENEWED, actor=actor, now=now)
    return _add(
        Address(
            person_id=person_id,
            way=Way.PUSH,
            name=_name(name, "This browser"),
            shown=subscription.host,
            digest=_digest(subscription.endpoint),
            secret=crypto.encrypt(json.dumps(asdict(subscription)).encode()),
            made_at=now,
        ),
        actor=actor,
        now=now,
    )


def add_service(
    *,
    person_id: int | None,
    name: str,
    url: str,
    kinds: Collection[Kind] = (),
    brand_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Address:
    """A service of a person, or with `person_id` None a team's channel, for these kinds and this
    brand. Raises `NotAddedError`."""
    url = url.strip()
    scheme = _scheme(url)
    if person_id is None and not kinds:
        raise NotAddedError(say("Choose what goes to this channel."))
    return _add(
        Address(
            person_id=person_id,
            brand_id=brand_id,
            kinds=sorted(kind.value for kind in kinds),
            way=Way.SERVICE,
            name=_name(name, scheme),
            shown=f"{scheme}://…",
            digest=_digest(url),
            secret=crypto.encrypt(url.encode()),
            made_at=now,
        ),
        actor=actor,
        now=now,
    )


def _scheme(url: str) -> str:
    """The service an Apprise address names. Raises `NotAddedError`."""
    if len(url) > LONGEST_ADDRESS:
        raise NotAddedError(say("This address is too long for a service."))
    if url.startswith("https://"):
        # Slack, Teams and others hand out addresses of the web, which Apprise knows by their host.
        found = _NATIVE.get((urlsplit(url).hostname or "").partition(".")[2])
    else:
        matched = _SCHEME.match(url)
        found = matched.group(1).lower() if matched else None
    if found is None:
        raise NotAddedError(
            say("Write the address as Apprise wants it, such as slack://… or msteams://…")
        )
    if found not in settings.GLEDE_ALERT_SERVICES:
        raise NotAddedError(
            say(
                "This desk may not write to “%(found)s”. Ask whoever runs Glede"
                " (GLEDE_ALERT_SERVICES).",
                found=found,
            )
        )
    return found


#: By what comes after the first word of the host: hooks.slack.com, prod-1.logic.azure.com.
_NATIVE = {"slack.com": "slack", "webhook.office.com": "msteams"}


def _digest(address: str) -> str:
    return crypto.keyed_hash("alert-address", address.encode())


def _name(name: str, otherwise: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME] or otherwise


def _add(address: Address, *, actor: Actor, now: datetime) -> Address:
    there = Address.objects.filter(person=address.person, ended_at=None)
    if found := there.filter(digest=address.digest).first():
        return found
    if there.count() >= MOST_ADDRESSES:
        raise NotAddedError(
            say("There are %(most)s already. Remove one first.", most=MOST_ADDRESSES)
        )
    try:
        with transaction.atomic():
            address.save()
    except IntegrityError:
        return there.get(digest=address.digest)
    _audit(address, Verb.ALERT_ADDRESS_ADDED, actor=actor, now=now)
    return address


def remove(*, address: Address, why: str = REMOVED, actor: Actor, now: datetime) -> None:
    """Nothing goes there any more; its secret is dropped."""
    dispatches.drop_for(address_id=address.pk, now=now)
    address.ended_at, address.ended_why, address.secret = now, why, b""
    address.save(update_fields=["ended_at", "ended_why", "secret"])
    _audit(address, Verb.ALERT_ADDRESS_REMOVED, actor=actor, now=now)


def rotate_secrets() -> int:
    """The same addresses and push key under the newest vault key; returns how many."""
    rows: list[Address | PushKey] = [
        *Address.objects.filter(ended_at=None).select_for_update(no_key=True),
        *PushKey.objects.select_for_update(no_key=True),
    ]
    for row in rows:
        row.secret = crypto.rotate(bytes(row.secret))
        row.save(update_fields=["secret"])
    return len(rows)


def _audit(address: Address, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="address",
        object_id=address.pk,
        details={"way": address.way, "to": address.shown, "team": address.person_id is None},
        now=now,
    )


# --- Preferences -------------------------------------------------------------------------------


def prefer(*, person_id: int, wishes: Wishes) -> None:
    """How somebody wants to be told from now on; what is under way goes as it was planned."""
    Preference.objects.update_or_create(
        person_id=person_id,
        defaults={
            "ways": _ways(wishes.ways),
            "quiet": {
                str(day): [f"{begins:%H:%M}", f"{ends:%H:%M}"]
                for day, (begins, ends) in wishes.quiet.items()
            },
            "quiet_on_duty": wishes.quiet_on_duty,
            "only_on_duty": wishes.only_on_duty,
        },
    )


def _ways(ways: Mapping[Kind, frozenset[Way]]) -> dict[str, list[str]]:
    return {kind.value: sorted(way.value for way in chosen) for kind, chosen in ways.items()}
