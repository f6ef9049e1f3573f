"""A week of talk for the demo, told through the same flow as real talk."""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from glede.commands import demo_desk
from glede.commands.failure import CommandError
from glede.desk.conversations.models import Conversation
from glede.desk.intake import actions as intake
from glede.desk.intake.rules import Way
from glede.desk.outbox import actions as outbox
from glede.flow import confirm, connections, handling, inbound, outbound
from glede.platforms.contract import OutboundMessage, RawEvent
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.people import queries as people
from glede.rulebook.people.models import Person

#: From the platform to the desk, and from "send" to the platform's page.
_ON_THE_WAY = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: by a resident, or by the colleague with this sign-off."""

    at: datetime
    brand: str
    thread: str
    who: str
    text: str
    by: str = ""
    owner: str = ""
    label: str = ""
    settled: bool = False
    language: str = "en"

    @property
    def message_id(self) -> str:
        return f"{self.thread}-{hashlib.sha256(self.text.encode()).hexdigest()[:12]}"


def tell(*, now: datetime) -> int:
    """Let the week happen, line after line; says how many lines that were. Told once."""
    if Conversation.objects.exists():
        return 0
    lines = sorted(_lines(now), key=lambda line: line.at)
    for line in lines:
        if line.by:
            _colleague(line)
        else:
            _resident(line)
    return len(lines)


def _lines(now: datetime) -> Iterator[Line]:
    text = Path(__file__).with_name("demo_talk.toml").read_text(encoding="utf-8")
    for number, talk in enumerate(tomllib.loads(text)["talk"]):
        begun = _begun(talk, now)
        for line in talk["lines"]:
            at = begun + timedelta(minutes=line["after"])
            if at < now - timedelta(minutes=1):
                yield Line(
                    at=at,
                    brand=talk["brand"],
                    thread=f"week-{number}",
                    who=talk["who"],
                    text=line["text"],
                    by=line.get("by", ""),
                    owner=talk.get("owner", ""),
                    label=talk.get("label", ""),
                    settled=line.get("settled", False),
                    language=line.get("language", "en"),
                )


def _begun(talk: dict[str, Any], now: datetime) -> datetime:
    if "ago" in talk:
        return now - timedelta(minutes=talk["ago"])
    zone = ZoneInfo(settings.TIME_ZONE)
    day = now.astimezone(zone).date() - timedelta(days=talk["day"])
    return datetime.combine(day, time.fromisoformat(talk["clock"]), tzinfo=zone)


def _resident(line: Line) -> None:
    data = {
        "id": line.message_id,
        "thread": line.thread,
        "author": {"id": line.who, "name": line.who},
        "text": line.text,
        "language": line.language,
    }
    body = {"type": "message.created", "timestamp": line.at.isoformat(), "data": data}
    event = RawEvent(key=line.message_id, body=json.dumps(body).encode(), account=line.brand)
    app = accounts.account("website", line.brand).app
    later = line.at + _ON_THE_WAY
    with transaction.atomic():  # so that a worker that runs already does not take it before us
        intake.keep(app_id=app.pk, events=[event], now=later, way=Way.WEBHOOK)
        inbound.drain(now=later)
    for delivery_id in outbox.waiting_automatic():
        _leave(delivery_id, at=later + _ON_THE_WAY)
    if line.label:
        with transaction.atomic():
            demo_desk.label(_conversation(line), line.label, now=later + _ON_THE_WAY)
    if line.owner:
        owner = _signing(line.owner)
        handling.assign(
            viewer=people.viewer_of(owner, now=later),
            conversation_id=_conversation(line).pk,
            person_id=owner.pk,
            now=later + _ON_THE_WAY,
        )


def _colleague(line: Line) -> None:
    conversation = _conversation(line)
    queued = outbound.queue_reply(
        viewer=people.viewer_of(_signing(line.by), now=line.at),
        conversation_id=conversation.pk,
        text=line.text,
        seen_revision=conversation.revision,
        afterwards="resolve" if line.settled else "",
        now=line.at,
    )
    if isinstance(queued, outbound.Stopped):
        why = " ".join(finding.says for finding in queued.findings)
        raise CommandError(f"The demo's reply “{line.text[:40]}…” was stopped: {why}")
    if queued.release_at is None:
        raise CommandError(f"The demo’s reply “{line.text[:40]}…” waits for a second person.")
    _leave(queued.delivery_id, at=queued.release_at)


def _leave(delivery_id: int, *, at: datetime) -> None:
    """What `flow.outbound.deliver` does, at a time of ours instead of now."""
    with transaction.atomic():
        delivery = outbox.lock(delivery_id)
        outbox.sending(delivery=delivery, now=at)
    message = OutboundMessage(
        key=delivery.key,
        text=delivery.text,
        queued_at=delivery.queued_at,
        root=delivery.thread.native_id,
        private=delivery.private,
        speaker=delivery.person.sign_off if delivery.person is not None else "",
        automatic=delivery.automatic,
    )
    with connections.of(delivery.account_id) as connector:
        receipt = connector.send(message, now=at)
    with transaction.atomic():
        confirm.sent(delivery_id=delivery_id, receipt=receipt, now=at + _ON_THE_WAY)


def _conversation(line: Line) -> Conversation:
    found = Conversation.objects.filter(
        thread__native_id=line.thread, thread__account__native_id=line.brand
    ).first()
    if found is None:
        raise CommandError(f"The demo's message “{line.text[:40]}…” was not understood.")
    return found


def _signing(sign_off: str) -> Person:
    return next(person for person in people.everybody() if person.sign_off == sign_off)
