"""People and brands for a benchmark, by the rooms' own actions. Needs Django set up."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from bench import house
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands.rules import DAYS
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True, slots=True)
class Staff:
    brands: list[int]
    account: int
    owner: int
    advisor: int


_ALWAYS = {day: [["00:00", "24:00"]] for day in DAYS}


@transaction.atomic
def hire(*, open_now: bool | None = None) -> Staff:
    """Four brands, a website, the policy, its owner, and an advisor of the first brand alone.

    Whatever the day is on which a figure is taken, `open_now` says whether it is taken in working
    hours; without it the brands keep the hours everybody starts with.
    """
    hours: dict[str, Any] = {}
    if open_now is not None:
        hours = {"week": _ALWAYS if open_now else _away_from(datetime.now(UTC))}
        hours |= {"closed_on_bank_holidays": False}
    made = []
    for order, name in enumerate(house.BRANDS):
        slug = name.lower().replace(" ", "-")
        brand = brands.create(
            slug=slug, name=name, code=name[:2].upper(), order=order, actor=SYSTEM, now=LONG_AGO
        )
        brands.publish_calendar(
            brand_id=brand, effective_at=LONG_AGO, actor=SYSTEM, now=LONG_AGO, **hours
        )
        made.append(brand)
    version = policy.draft(document=policy_queries.model_policy(), actor=SYSTEM, now=LONG_AGO)
    policy.approve(
        version_id=version,
        approved_by="Executive team",
        effective_at=LONG_AGO,
        actor=SYSTEM,
        now=LONG_AGO,
    )
    app = accounts.register_app(
        platform="website",
        slug="bench",
        name="Bench",
        secrets=[house.SECRET],
        settings={"public_key": "pk_bench", "sites": "https://bench.example"},
        actor=SYSTEM,
        now=LONG_AGO,
    )
    account = accounts.connect(
        app_id=app,
        brand_id=made[0],
        native_id="bench",
        handle="bench.example",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=LONG_AGO,
    )
    return Staff(
        brands=made,
        account=account,
        owner=_person("Noor", Role.OWNER, None),
        advisor=_person("Meena", Role.ADVISOR, made[0]),
    )


def _away_from(now: datetime) -> dict[str, list[list[str]]]:
    """Open for an hour on the weekday three days off, so that nothing of today is in hours."""
    return {DAYS[(now.weekday() + 3) % 7]: [["09:00", "10:00"]]}


def _person(name: str, role: Role, brand: int | None) -> int:
    made = people.create(
        email=f"{name.lower()}@kite.example",
        name=name,
        post_title="",
        sign_off=name,
        password=secrets.token_urlsafe(),
        actor=SYSTEM,
        now=LONG_AGO,
    )
    people.grant(
        person_id=made, role=role, brand_id=brand, from_at=LONG_AGO, actor=SYSTEM, now=LONG_AGO
    )
    return made


def signed_in(person: int) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.get(pk=person), backend=_BACKEND)
    return client


def cookie(client: Client) -> str:
    return f"sessionid={client.cookies['sessionid'].value}"
