"""A desk with a page on a platform in memory that can do everything, for the acts of the inbox."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import time_machine
from django.test import TestCase

from glede.desk.conversations.models import Conversation, Message
from glede.desk.intake import actions as intake
from glede.flow import connections, inbound
from glede.platforms import registry
from glede.platforms.contract import RawEvent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Role, Viewer
from tests import make

#: Tuesday 24 November 2026, 13:30 in London: in working hours.
NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def pretend() -> ModuleType:
    """The platform in memory, installed as any package is: on the path, by its entry points."""
    folder = str(Path(__file__).parents[1] / "pretend")
    if folder not in sys.path:
        sys.path.append(folder)
        registry.get.cache_clear()
        registry.slugs.cache_clear()
    registry.get("able")
    return sys.modules["glede_pretend"]


@dataclass
class Able:
    """Who works here, and the page on the pretend platform."""

    network: ModuleType
    brand_id: int
    app_id: int
    sam: Viewer
    priya: Viewer
    rae: Viewer

    def hears(self, *events: RawEvent, now: datetime = NOW) -> None:
        intake.keep(app_id=self.app_id, events=events, now=now)
        inbound.drain(now=now)

    def asks(self, text: str, *, at: datetime = NOW, id: str = "c-1", **more: object) -> Message:  # noqa: A002 - the platform's word
        self.hears(self.network.written(id, text, at=at, **more), now=at + timedelta(seconds=2))
        return Message.objects.get(native_id=id)


def open_desk() -> Able:
    network = pretend()
    brand_id = make.brand("Red Kite")
    make.policy_version(acknowledge__automatic="none")
    app_id = accounts.register_app(
        platform="able",
        slug="able-red-kite",
        name="Able",
        secrets=[],
        settings={},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    accounts.connect(
        app_id=app_id,
        brand_id=brand_id,
        native_id=network.ACCOUNT,
        handle="redkite",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    return Able(
        network,
        brand_id,
        app_id,
        make.person("Sam", Role.ADVISOR),
        make.person("Priya", Role.LEAD),
        make.person("Rae", Role.READER),
    )


class OnAnAbleDesk(TestCase):
    """A page on which everything can be done, made anew for every test."""

    able: Able
    conversation: Conversation
    message: Message
    said: ClassVar[str] = "You are all idiots, when is the lift mended?"

    def setUp(self) -> None:
        travel = time_machine.travel(NOW, tick=False)
        travel.start()
        self.addCleanup(travel.stop)
        self.able = open_desk()
        self.able.network.network.reset()
        self.addCleanup(connections.close_all)
        self.message = self.able.asks(self.said, at=NOW - timedelta(hours=1))
        assert self.message.conversation is not None
        self.conversation = self.message.conversation
