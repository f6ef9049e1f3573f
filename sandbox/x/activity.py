"""The X Activity API: who subscribed to what, and the events that leave for webhooks and streams.

Nobody is told that another person's post was edited or deleted.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from sandbox.kernel.hooks import Call, Manners
from sandbox.x.network import SLUG, Deed, Network
from sandbox.x.query import parse
from sandbox.x.shape import Shaper, Wanted, everything, stamp, written
from sandbox.x.state import Direct, Post, Rule, Subscription, Webhook

#: Those whose subscription needs the account's own permission, and the scope of it.
PRIVATE = {
    "post.mention.create": "tweet.read",
    "post.reply.create": "tweet.read",
    "post.quote.create": "tweet.read",
    "post.repost.create": "tweet.read",
    "dm.received": "dm.read",
    "dm.sent": "dm.read",
    "dm.read": "dm.read",
    "dm.indicate_typing": "dm.read",
    "mute.mute": "mute.read",
    "mute.unmute": "mute.read",
    "block.block": "block.read",
    "block.unblock": "block.read",
}
KNOWN = frozenset(
    [*PRIVATE, "post.create", "post.delete", "like.create", "follow.follow", "follow.unfollow"]
)
_MOST_LOGGED = 20_000


@dataclass(slots=True)
class Line:
    """One open stream; `None` ends it."""

    wanted: Wanted
    queue: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)

    async def read(self, keep_alive: float) -> AsyncIterator[bytes]:
        while True:
            try:
                said = await asyncio.wait_for(self.queue.get(), keep_alive)
            except TimeoutError:
                yield b"\r\n"
                continue
            if said is None:
                return
            yield said + b"\r\n"


@dataclass(frozen=True, slots=True)
class Logged:
    at: datetime
    webhook_id: str
    event: dict[str, Any]


@dataclass(slots=True)
class Activity:
    """`manners` decide how deliveries are tried, doubled and delayed."""

    network: Network
    secret: str = field(repr=False)
    manners: Manners = field(default_factory=Manners)
    keep_alive: float = 20.0
    most_streams: int = 2
    check_every: timedelta = timedelta(hours=1)
    streams: list[Line] = field(default_factory=list)
    log: deque[Logged] = field(default_factory=lambda: deque(maxlen=_MOST_LOGGED))
    _checks: set[asyncio.Task[None]] = field(default_factory=set)

    def heard(self, deed: Deed, what: Post | Direct) -> None:
        for event_type, user_id, text, make in self._events(deed, what):
            for subscription in list(self.network.state.stored.subscriptions.values()):
                if (
                    subscription.event_type == event_type
                    and subscription.user_id in ("", user_id)
                    and subscription.keyword.lower() in text.lower()
                ):
                    self._send(subscription, make())

    def replay(self, webhook: Webhook, start: datetime, end: datetime, job_id: str) -> None:
        for one in list(self.log):
            if one.webhook_id == webhook.id and start <= one.at <= end:
                self._deliver(webhook, one.event)
        self._deliver(
            webhook,
            {
                "replay_job_status": {
                    "webhook_id": webhook.id,
                    "job_state": "Complete",
                    "job_state_description": "Job completed successfully",
                    "job_id": job_id,
                }
            },
        )

    async def check(self, address: str) -> str:
        """The challenge: empty if it was answered well, else what was wrong."""
        token = base64.b64encode(secrets.token_bytes(24)).decode()
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                asked = {"crc_token": token, "nonce": secrets.token_hex(16)}
                # What stands in the address already stays there.
                answer = await client.get(httpx.URL(address).copy_merge_params(asked))
            said = answer.json() if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            said = None
        expected = f"sha256={self.signature(token.encode())}"
        if not isinstance(said, dict) or said.get("response_token") != expected:
            return "CrcValidationFailed"
        return ""

    async def revalidate(self, webhook: Webhook) -> None:
        webhook.valid = not await self.check(webhook.url)
        webhook.checked_at = self.network.world.now()

    def signature(self, body: bytes) -> str:
        return base64.b64encode(hmac.digest(self.secret.encode(), body, hashlib.sha256)).decode()

    def bundle(self, events: Sequence[object]) -> tuple[bytes, dict[str, str]]:
        """One event a request; signed over the bytes that leave."""
        body = json.dumps(events[0], ensure_ascii=False).encode()
        return body, {
            "content-type": "application/json",
            "x-twitter-webhooks-signature": f"sha256={self.signature(body)}",
        }

    def end(self) -> None:
        for line in self.streams:
            line.queue.put_nowait(None)
        for task in self._checks:
            task.cancel()

    def _events(
        self, deed: Deed, what: Post | Direct
    ) -> list[tuple[str, str, str, Callable[[], dict[str, Any]]]]:
        if isinstance(what, Direct):
            return [
                (kind, user, what.text, lambda: self._direct(what))
                for kind, user in (("dm.received", what.to), ("dm.sent", what.sender))
            ]
        if deed == "delete":
            return [("post.delete", what.author, what.text, lambda: self._deleted(what))]
        state = self.network.state
        found = [("post.create", what.author)]
        for account in state.named(what.text):
            if account.id != what.author:
                found.append(("post.mention.create", account.id))
        parent = state.stored.posts.get(what.reply_to)
        if parent is not None and parent.author != what.author:
            found.append(("post.reply.create", parent.author))
        return [(kind, user, what.text, lambda: self._posted(what)) for kind, user in found]

    def _posted(self, post: Post) -> dict[str, Any]:
        shaper = self._shaper()
        said = shaper.post(post)
        includes = shaper.includes() | {"tweets": [said]}
        return {"event_uuid": post.id, "payload": said, "includes": includes}

    def _deleted(self, post: Post) -> dict[str, Any]:
        author = self._shaper().user(self.network.state.stored.accounts[post.author])
        return {
            "event_uuid": _uuid(f"delete {post.id}"),
            "payload": {"id": post.id, "author_id": post.author},
            "includes": {"users": [{"data": author}]},
        }

    def _direct(self, direct: Direct) -> dict[str, Any]:
        state, shaper = self.network.state, self._shaper()
        text = written(direct.text)
        data: dict[str, Any] = {
            "text": text.text,
            "entities": {
                "hashtags": [],
                "symbols": [],
                "user_mentions": [],
                "urls": [{"url": short, "expanded_url": whole} for short, whole in text.urls],
            },
        }
        for one in direct.media:
            medium = state.stored.media[one]
            data["attachment"] = {
                "type": "media",
                "media": {
                    "id_str": medium.id,
                    "type": medium.kind,
                    "media_url_https": self.network.world.media.address(medium.digest),
                    "ext_alt_text": medium.alt,
                },
            }
        return {
            "event_uuid": _uuid(f"direct {direct.id}"),
            "payload": {
                "direct_message_events": [
                    {
                        "type": "message_create",
                        "id": direct.id,
                        "created_timestamp": str(int(direct.at.timestamp() * 1000)),
                        "message_create": {
                            "target": {"recipient_id": direct.to},
                            "sender_id": direct.sender,
                            "message_data": data,
                        },
                    }
                ],
                "users": {
                    one: {"data": shaper.user(state.stored.accounts[one])}
                    for one in (direct.sender, direct.to)
                },
            },
        }

    def _send(self, subscription: Subscription, event: dict[str, Any]) -> None:
        filtered = {"user_id": subscription.user_id} if subscription.user_id else {}
        if subscription.keyword:
            filtered["keyword"] = subscription.keyword
        data = {
            "event_uuid": event["event_uuid"],
            "filter": filtered,
            "event_type": subscription.event_type,
            **({"tag": subscription.tag} if subscription.tag else {}),
            "payload": event["payload"],
            **({"includes": event["includes"]} if "includes" in event else {}),
        }
        said = doubled({"data": data})
        if not subscription.webhook_id:
            for line in self.streams:
                line.queue.put_nowait(json.dumps(said, ensure_ascii=False).encode())
            return
        now = self.network.world.now()
        self.log.append(Logged(now, subscription.webhook_id, said))
        webhook = self.network.state.stored.webhooks.get(subscription.webhook_id)
        if webhook is not None and webhook.valid:
            if now - webhook.checked_at > self.check_every:
                webhook.checked_at = now
                task = asyncio.get_running_loop().create_task(self.revalidate(webhook))
                self._checks.add(task)
                task.add_done_callback(self._checks.discard)
            self._deliver(webhook, said)

    def _deliver(self, webhook: Webhook, event: dict[str, Any]) -> None:
        self.network.world.hooks.give(SLUG, Call(webhook.url, event, self.bundle), self.manners)

    def _shaper(self) -> Shaper:
        return Shaper(
            self.network.state, self.network.world.media, everything(), self.network.edit_window
        )


@dataclass(slots=True)
class Filtered:
    """The filtered stream: posts that match a rule, on one connection."""

    network: Network
    keep_alive: float = 20.0
    most_streams: int = 1
    streams: list[Line] = field(default_factory=list)

    def heard(self, deed: Deed, what: Post | Direct) -> None:
        if deed != "post" or not isinstance(what, Post):
            return
        for line in self.streams:
            said = self.said(what, line.wanted)
            if said is not None:
                line.queue.put_nowait(said)

    def said(self, post: Post, wanted: Wanted) -> bytes | None:
        """The post as a line of the stream, if a rule wants it."""
        matching = [
            rule for rule in self.network.state.stored.rules.values() if self._fits(rule, post)
        ]
        if not matching:
            return None
        shaper = Shaper(
            self.network.state, self.network.world.media, wanted, self.network.edit_window
        )
        said: dict[str, Any] = {"data": shaper.post(post)}
        if includes := shaper.includes():
            said["includes"] = includes
        said["matching_rules"] = [
            {"id": rule.id, **({"tag": rule.tag} if rule.tag else {})} for rule in matching
        ]
        return json.dumps(said, ensure_ascii=False).encode()

    def missed(self, minutes: int, wanted: Wanted) -> list[bytes]:
        since = self.network.world.now() - timedelta(minutes=minutes)
        found: list[bytes] = []
        for post in reversed(self.network.state.stored.posts.values()):
            if post.at < since:
                break
            if not post.deleted and (said := self.said(post, wanted)) is not None:
                found.append(said)
        return found[::-1]

    def end(self) -> None:
        for line in self.streams:
            line.queue.put_nowait(None)

    def _fits(self, rule: Rule, post: Post) -> bool:
        return parse(rule.value, self.network.state)(post)


def doubled(said: Any) -> Any:
    """Every whole number once more as text, as the activity events carry it."""
    if isinstance(said, list):
        return [doubled(one) for one in said]
    if not isinstance(said, dict):
        return said
    found: dict[str, Any] = {}
    for name, value in said.items():
        found[name] = doubled(value)
        if isinstance(value, int) and not isinstance(value, bool):
            found[f"{name}_str"] = str(value)
    return found


def describe(subscription: Subscription) -> dict[str, Any]:
    filtered = {
        name: value
        for name, value in (
            ("user_id", subscription.user_id),
            ("direction", subscription.direction),
            ("keyword", subscription.keyword),
        )
        if value
    }
    said: dict[str, Any] = {
        "subscription_id": subscription.id,
        "event_type": subscription.event_type,
        "filter": filtered,
        "created_at": stamp(subscription.created_at),
        "updated_at": stamp(subscription.updated_at),
    }
    if subscription.tag:
        said["tag"] = subscription.tag
    if subscription.webhook_id:
        said["webhook_id"] = subscription.webhook_id
    return said


def _uuid(of: str) -> str:
    """A signed number of 64 bits: about half of them are negative."""
    return str(int.from_bytes(hashlib.sha256(of.encode()).digest()[:8], signed=True))
