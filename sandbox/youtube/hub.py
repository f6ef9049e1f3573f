"""The hub that tells of a channel's videos (PubSubHubbub 0.4): of uploads and of changed titles and
descriptions, never of comments."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.kernel.hooks import Call, Manners
from sandbox.youtube.network import SLUG, Deed, Network
from sandbox.youtube.shape import stamp
from sandbox.youtube.state import Follower, Video

_LEASE = timedelta(days=5)
_LONGEST = timedelta(days=10)
_PATHS = ("/feeds/videos.xml", "/xml/feeds/videos.xml")


@dataclass(frozen=True, slots=True)
class Note:
    follower: Follower
    body: bytes


@dataclass(slots=True)
class Hub:
    """`signs`: it is said to sign only sometimes."""

    network: Network
    manners: Manners = field(default_factory=Manners)
    signs: bool = True
    _asking: set[asyncio.Task[bool]] = field(default_factory=set)

    async def subscribe(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        mode, callback = form.get("hub.mode", ""), form.get("hub.callback", "")
        topic = form.get("hub.topic", "")
        channel = self._channel(topic)
        if mode not in ("subscribe", "unsubscribe"):
            return PlainTextResponse("hub.mode is neither subscribe nor unsubscribe.", 400)
        if not callback.startswith(("http://", "https://")):
            return PlainTextResponse("hub.callback is not an address.", 400)
        if channel not in self.network.state.stored.channels:
            return PlainTextResponse("hub.topic is not a channel's feed.", 400)
        seconds = form.get("hub.lease_seconds", "")
        lease = timedelta(seconds=int(seconds)) if seconds.isdecimal() else _LEASE
        follower = Follower(
            topic,
            channel,
            callback,
            self.network.world.now() + min(lease, _LONGEST),
            form.get("hub.secret", ""),
        )
        if form.get("hub.verify") == "sync":
            agreed = await self._ask(mode, follower)
            return Response(status_code=204) if agreed else PlainTextResponse("Refused.", 409)
        task = asyncio.get_running_loop().create_task(self._ask(mode, follower))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return Response(status_code=202)

    def heard(self, deed: Deed, video: Video) -> None:
        now = self.network.world.now()
        for key, follower in list(self.network.state.stored.followers.items()):
            if follower.until <= now:
                del self.network.state.stored.followers[key]
            elif follower.channel == video.channel:
                body = self._removed(video) if deed == "removed" else self.feed(video, follower)
                call = Call(follower.callback, Note(follower, body.encode()), self.bundle)
                self.network.world.hooks.give(SLUG, call, self.manners)

    def bundle(self, events: Sequence[object]) -> tuple[bytes, dict[str, str]]:
        note = cast(Note, events[0])  # as it was given above
        follower, body = note.follower, note.body
        headers = {
            "content-type": "application/atom+xml",
            "link": f"<{self._address('/')}>; rel=hub, <{follower.topic}>; rel=self",
        }
        if follower.secret and self.signs:
            digest = hmac.new(follower.secret.encode(), body, hashlib.sha1).hexdigest()
            headers["x-hub-signature"] = f"sha1={digest}"
        return body, headers

    def feed(self, video: Video, follower: Follower) -> str:
        channel = self.network.state.stored.channels[video.channel]
        name, uri = escape(channel.title), f"https://www.youtube.com/channel/{channel.id}"
        published = stamp(video.published_at or video.uploaded_at)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015"'
            ' xmlns="http://www.w3.org/2005/Atom">'
            f'<link rel="hub" href="{escape(self._address("/"))}"/>'
            f'<link rel="self" href="{escape(follower.topic)}"/>'
            f"<title>YouTube video feed</title><updated>{self._now()}</updated><entry>"
            f"<id>yt:video:{video.id}</id><yt:videoId>{video.id}</yt:videoId>"
            f"<yt:channelId>{channel.id}</yt:channelId><title>{escape(video.title)}</title>"
            f'<link rel="alternate" href="https://www.youtube.com/watch?v={video.id}"/>'
            f"<author><name>{name}</name><uri>{uri}</uri></author>"
            f"<published>{published}</published><updated>{self._now()}</updated></entry></feed>"
        )

    def end(self) -> None:
        for task in self._asking:
            task.cancel()

    def _removed(self, video: Video) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<feed xmlns:at="http://purl.org/atompub/tombstones/1.0"'
            ' xmlns="http://www.w3.org/2005/Atom">'
            f'<at:deleted-entry ref="yt:video:{video.id}" when="{self._now()}">'
            f'<link href="https://www.youtube.com/watch?v={video.id}"/>'
            f"<at:by><uri>https://www.youtube.com/channel/{video.channel}</uri></at:by>"
            "</at:deleted-entry></feed>"
        )

    async def _ask(self, mode: str, follower: Follower) -> bool:
        """Whether the address wants this: it has to say the challenge back."""
        challenge = secrets.token_hex(16)
        lease = int((follower.until - self.network.world.now()).total_seconds()) + 1
        asked = {"hub.mode": mode, "hub.topic": follower.topic, "hub.challenge": challenge}
        if mode == "subscribe":
            asked["hub.lease_seconds"] = str(lease)
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                # What stands in the address already stays there (WebSub 5.3).
                answer = await client.get(httpx.URL(follower.callback).copy_merge_params(asked))
        except httpx.HTTPError:
            return False
        if not answer.is_success or answer.text != challenge:
            return False
        key = f"{follower.topic} {follower.callback}"
        if mode == "subscribe":
            self.network.state.stored.followers[key] = follower
        else:
            self.network.state.stored.followers.pop(key, None)
        return True

    def _channel(self, topic: str) -> str:
        parts = urlsplit(topic)
        if not parts.path.endswith(_PATHS):
            return ""
        return parse_qs(parts.query).get("channel_id", [""])[0]

    def _address(self, path: str) -> str:
        return f"{self.network.world.base}/youtube{path}"

    def _now(self) -> str:
        return stamp(self.network.world.now())
