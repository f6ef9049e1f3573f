"""Red Kite's website, its visitors' pages, its door and a mail server."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import pytest
from django.db import transaction
from django.test import Client

from glede.desk.outbox.models import Delivery
from glede.door import app as door
from glede.flow import inbound, outbound
from glede.kit import clock
from glede.rulebook.accounts.models import App
from glede.rulebook.people.rules import Role, Viewer
from tests import make
from tests.door import loop
from tests.visitor import mailbox as mailboxes
from tests.visitor.mailbox import Mailbox
from tests.web.serving import desk

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that keeps no cookie, and the desk behind the page."""

    app_id: int
    #: Another one for each test: a door that is served remembers the apps it met for a while.
    slug: str
    sam: Viewer

    @property
    def key(self) -> str:
        return f"pk_{self.slug}"

    def get(self, path: str, **more: str) -> httpx.Response:
        return Client().get(path, more)  # type: ignore[return-value]

    def fill(self, page: str, **fields: str) -> dict[str, str]:
        """The page's own hidden fields, with these filled in."""
        return {**dict(_HIDDEN.findall(page)), **fields}

    def post(self, fields: Mapping[str, str]) -> httpx.Response:
        async def sent() -> httpx.Response:
            await door.startup()
            try:
                transport = httpx.ASGITransport(door.application)
                async with httpx.AsyncClient(
                    transport=transport, base_url="http://testserver"
                ) as http:
                    return await http.post(
                        f"/hooks/website/{self.slug}",
                        content=urlencode(fields).encode(),
                        headers={
                            "content-type": "application/x-www-form-urlencoded",
                            "origin": "null",
                            "sec-fetch-site": "same-origin",
                        },
                    )
            finally:
                await door.shutdown()

        with loop.running() as door_loop:
            return door_loop.run(sent())

    def writes(self, **fields: str) -> str:
        """Fill in the form; the private page's path."""
        page = self.get(f"/w/{self.key}/").content.decode()
        given = {"name": "Iris Blandford", "message": "My boiler is out", **fields}
        answer = self.post(self.fill(page, **given))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def is_answered(self, text: str = "We come at two.", *, conversation_id: int) -> Delivery:
        """Queued, with its undo window over."""
        now = clock.now()
        result = outbound.queue_reply(
            viewer=self.sam,
            conversation_id=conversation_id,
            text=text,
            seen_revision=1_000,
            now=now,
        )
        assert isinstance(result, outbound.Queued), result
        delivery = Delivery.objects.get(pk=result.delivery_id)
        Delivery.objects.filter(pk=delivery.pk).update(release_at=now, next_try_at=now)
        return delivery


def drain() -> None:
    assert inbound.drain(now=clock.now()).aside == 0


def deliver(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=clock.now())
    outbound.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def visitor(transactional_db: None) -> Visitor:
    with transaction.atomic():
        brand = make.brand("Red Kite")
        # Whether the desk is open just now must not decide what a visitor's page shows.
        make.policy_version(acknowledge__automatic="none")
        sam = make.person("Sam", Role.ADVISOR)
        slug = f"red-kite-{secrets.token_hex(4)}"
        return Visitor(make.website(slug, brand), slug, sam)


@pytest.fixture
def mailbox(visitor: Visitor) -> Iterator[Mailbox]:
    with mailboxes.opened() as box:
        app = App.objects.get(pk=visitor.app_id)
        app.settings |= {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(box.port),
            "mail_from": "desk@red-kite.example",
            "smtp_timeout_seconds": "5",
        }
        app.save()
        yield box


__all__ = ["desk"]
