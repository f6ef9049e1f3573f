"""The website plug-in at its own door and before a real mail server: the contract's checks."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from glede.platforms import conformance
from glede.platforms.contract import (
    Act,
    Connection,
    Connector,
    Deleted,
    DoorApp,
    Edited,
    InboundEvent,
    Kind,
    Moderation,
    OutboundMessage,
    Request,
    Written,
)
from glede.platforms.website.connector import platform
from glede.platforms.website.verify import DOOR
from tests.door.caller import KEY, ORIGIN, SECRET, SLUG, created, filled, signed
from tests.visitor import mailbox as mailboxes
from tests.visitor.mailbox import Mailbox
from tools import conformance_map

NUMBERS = count(1)
APP = DoorApp(SLUG, (SECRET,), {"public_key": KEY, "sites": ORIGIN})
PATH = f"/hooks/website/{SLUG}"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mailboxes.opened() as box:
        yield box


def called(kind: str = "message.created", **data: Any) -> bytes:
    body = json.loads(created(next(NUMBERS)))
    return json.dumps({**body, "type": kind, "data": body["data"] | data}).encode()


class Kit:
    """A site of ours: its server calls, its visitors write, and a mail server takes our notes."""

    account = SLUG
    unknown_id = f"{SLUG}/never written"
    samples: Sequence[bytes] = (called(), called("message.edited"), called("message.deleted"))

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.journeys: Mapping[str, Callable[[], None]] = {
            "receive forms": self.hear_a_form,
            "receive messages": self.hear_a_message,
            "receive edits": self.hear_an_edit,
            "receive deletions": self.hear_a_deletion,
            "reply_private": self.answer_in_private,
        }

    def now(self) -> datetime:
        return now()

    def connect(self) -> Connector:
        server = {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(self.mailbox.port),
            "mail_from": "desk@red-kite.example",
        }
        return platform.connect(Connection(SLUG, "", {}, server, handle="red-kite.example"))

    def answer(self) -> OutboundMessage:
        number = next(NUMBERS)
        return OutboundMessage(
            key=f"key-{number}",
            text=f"We come at two, no. {number}.",
            queued_at=now(),
            parent=f"{SLUG}/message-1",
            private=True,
            notify="iris@example.org",
            link=f"https://desk.example.org/v/{number}/",
        )

    def standing(self, message: OutboundMessage) -> int:
        """A reader shows two mails of one Message-ID as one."""
        return len({one["Message-ID"] for one in self.mailbox.letters if message.key in str(one)})

    def theirs(self, act: Act) -> Moderation:
        return Moderation("kit", act, f"{SLUG}/message-1", author=f"{SLUG}/resident-1")

    def genuine(self) -> tuple[Request, DoorApp]:
        body = called()
        return Request("POST", PATH, b"", signed("evt_1", body), body), APP

    def heard(self, body: bytes) -> InboundEvent:
        """What becomes of a signed call."""
        return self._through(Request("POST", PATH, b"", signed("evt_2", body), body))

    def _through(self, request: Request) -> InboundEvent:
        DOOR.verify(request, APP, now())
        (raw,) = DOOR.split(request, APP, now())
        (event,) = platform.parse(raw.body, SLUG)
        return event

    def hear_a_form(self) -> None:
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": ORIGIN,
            "host": ORIGIN.removeprefix("http://"),
        }
        fields = filled(message="My boiler is out")
        event = self._through(Request("POST", PATH, b"", headers, urlencode(fields).encode()))
        assert isinstance(event, Written)
        assert (event.post.kind, event.post.text) == (Kind.FORM, "My boiler is out")
        assert abs(event.post.at - now()) < timedelta(seconds=10)

    def hear_a_message(self) -> None:
        event = self.heard(called(text="And my tap"))
        assert isinstance(event, Written)
        assert (event.post.kind, event.post.private) == (Kind.MESSAGE, True)
        assert event.post.text == "And my tap"

    def hear_an_edit(self) -> None:
        event = self.heard(called("message.edited", text="It works again"))
        assert isinstance(event, Edited)
        assert event.post.text == "It works again"

    def hear_a_deletion(self) -> None:
        event = self.heard(called("message.deleted", id="message-9"))
        assert isinstance(event, Deleted)
        assert event.native_id == f"{SLUG}/message-9"

    def answer_in_private(self) -> None:
        message = self.answer()
        with closing(self.connect()) as connector:
            connector.send(message, now=now())
        assert self.standing(message) == 1
        letter = next(one for one in self.mailbox.letters if message.key in str(one))
        assert message.link in letter.get_payload(decode=True).decode()
        assert message.text not in letter.as_string()


@pytest.mark.parametrize(
    "check",
    [
        one
        for one in conformance.checks(platform)
        if one.name not in conformance_map.left_out("website")
    ],
    ids=str,
)
def test_it_is_a_platform(check: conformance.Check, mailbox: Mailbox) -> None:
    check.run(Kit(mailbox))
