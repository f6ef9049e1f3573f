"""A desk with a brand, a policy, two advisors and a page on a platform in memory."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from django.db import connection, transaction

from glede.desk.conversations.models import Conversation
from glede.desk.intake import actions as intake
from glede.flow import connections, inbound
from glede.platforms import registry
from glede.platforms.contract import RawEvent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Role, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: Tuesday 24 November 2026, 11:40 in London: in working hours.
MORNING = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)


def all_jobs_are_lost() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(scope="session")
def _pretend_platform() -> ModuleType:
    """Install the pretend platform as any package does: on the path, by entry point."""
    sys.path.append(str(Path(__file__).parents[1] / "pretend"))
    registry.get.cache_clear()
    registry.slugs.cache_clear()
    registry.get("pretend")
    return sys.modules["glede_pretend"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a flow test acts on; `town` is the pretend platform's module."""

    town: ModuleType
    brand_id: int
    app_id: int
    account_id: int
    sam: Viewer
    meena: Viewer
    lead: Viewer

    def hears(self, *events: RawEvent, now: datetime) -> inbound.Drained:
        """The platform's events come in and are understood."""
        intake.keep(app_id=self.app_id, events=events, now=now)
        return inbound.drain(now=now)

    def is_asked(
        self, text: str = "Is anyone coming about the leak?", *, at: datetime = MORNING, **more: str
    ) -> Conversation:
        """A resident writes; returns their conversation."""
        native_id = more.pop("id", f"c-{at.timestamp()}-{more.get('by', 'dawn')}")
        self.hears(self.town.written(native_id, text, at=at, **more), now=at + timedelta(seconds=5))
        return Conversation.objects.get(messages__native_id=native_id)


def joins(name: str, role: Role, brand_id: int | None) -> Viewer:
    person = people.create(
        email=f"{name.lower()}@kite.example",
        name=name,
        post_title="Relationship Advisor",
        sign_off=name,
        password="Wing-loading 17 kestrels",
        actor=SYSTEM,
        now=LONG_AGO,
    )
    people.grant(
        person_id=person, role=role, brand_id=brand_id, from_at=LONG_AGO, actor=SYSTEM, now=LONG_AGO
    )
    return people_queries.viewer(person, now=MORNING)


@pytest.fixture
def desk(_pretend_platform: ModuleType, db: None) -> Iterator[Desk]:
    _pretend_platform.network.reset()
    with transaction.atomic():
        brand_id = brands.create(
            slug="red-kite", name="Red Kite", code="RK", actor=SYSTEM, now=LONG_AGO
        )
        brands.publish_calendar(
            brand_id=brand_id, effective_at=LONG_AGO, actor=SYSTEM, now=LONG_AGO
        )
        version = policy.draft(document=policy_queries.model_policy(), actor=SYSTEM, now=LONG_AGO)
        policy.approve(
            version_id=version,
            approved_by="Executive Management Team",
            effective_at=LONG_AGO,
            actor=SYSTEM,
            now=LONG_AGO,
        )
        app_id = accounts.register_app(
            platform="pretend",
            slug="pretend-1",
            name="Pretend",
            secrets=[],
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=brand_id,
            native_id=_pretend_platform.ACCOUNT,
            handle="redkite",
            base_url="",
            credential={},
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
        sam = joins("Sam", Role.ADVISOR, None)
        meena = joins("Meena", Role.ADVISOR, brand_id)
        lead = joins("Priya", Role.LEAD, None)
    yield Desk(
        town=_pretend_platform,
        brand_id=brand_id,
        app_id=app_id,
        account_id=account_id,
        sam=sam,
        meena=meena,
        lead=lead,
    )
    connections.close_all()


@pytest.fixture
def able(desk: Desk) -> Desk:
    """The same desk with its page on a platform that can do everything."""
    with transaction.atomic():
        app_id = accounts.register_app(
            platform="able",
            slug="able-1",
            name="Able",
            secrets=[],
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=desk.brand_id,
            native_id=desk.town.ACCOUNT,
            handle="redkite",
            base_url="",
            credential={},
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
    return replace(desk, app_id=app_id, account_id=account_id)
