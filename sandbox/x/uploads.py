"""Pictures and films on their way to X, in pieces or at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.x.asking import Part, content, inner
from sandbox.x.calls import Answer, Asked, invalid, not_found
from sandbox.x.network import Network
from sandbox.x.settings import Settings
from sandbox.x.state import Account, Medium

_MB = 1024 * 1024
_MOST_BYTES = {"photo": 5 * _MB, "animated_gif": 15 * _MB, "video": 512 * _MB}
_CATEGORIES = {"tweet_image", "tweet_gif", "tweet_video", "dm_image", "dm_gif", "dm_video"}
_LONGEST_ALT = 1_000
_MEDIA_HOLDS = timedelta(hours=24)


@dataclass(slots=True)
class Uploads(Part):
    settings: Settings

    def initialise(self, asked: Asked) -> Answer:
        content_type, category = asked.text("media_type"), asked.text("media_category")
        total = asked.body.get("total_bytes")
        if category not in _CATEGORIES or not content_type:
            raise invalid("$.media_category: is not known.", parameter="media_category")
        if not isinstance(total, int) or total <= 0:
            raise invalid("$.total_bytes: a number is expected.", parameter="total_bytes")
        state, now = self.network.state, self.network.world.now()
        medium = Medium(state.next_id(now), asked.me.id, content_type, category, now, total)
        self._check_size(medium, total)
        state.stored.media[medium.id] = medium
        return {"data": self._uploaded(medium)}

    def append(self, asked: Asked) -> Answer:
        medium, piece = self._own_medium(asked, asked.path("id")), content(asked)
        index = asked.body.get("segment_index")
        if not str(index).isdecimal():
            raise invalid("$.segment_index: a number is expected.", parameter="segment_index")
        if medium.digest:
            raise invalid("This upload is finished already.", parameter="id", value=medium.id)
        medium.parts[int(str(index))] = piece
        expires = int((medium.at + _MEDIA_HOLDS).timestamp())
        return {"data": {"expires_at": expires}}

    def finish(self, asked: Asked) -> Answer:
        medium = self._own_medium(asked, asked.path("id"))
        whole = b"".join(medium.parts[index] for index in sorted(medium.parts))
        if not medium.digest:
            if len(whole) != medium.total:
                raise invalid(
                    f"{medium.total} bytes were announced and {len(whole)} came.",
                    parameter="id",
                    value=medium.id,
                )
            self._whole(medium, whole)
        return {"data": self._uploaded(medium)}

    def upload(self, asked: Asked) -> Answer:
        whole, category = content(asked), asked.text("media_category")
        if category not in _CATEGORIES:
            raise invalid("$.media_category: is not known.", parameter="media_category")
        state, now = self.network.state, self.network.world.now()
        content_type = asked.text("media_type") or ("image/gif" if "gif" in category else "")
        medium = Medium(
            state.next_id(now), asked.me.id, content_type or "image/jpeg", category, now
        )
        self._check_size(medium, len(whole))
        medium.total = len(whole)
        self._whole(medium, whole)
        state.stored.media[medium.id] = medium
        return {"data": self._uploaded(medium)}

    def upload_status(self, asked: Asked) -> Answer:
        return {"data": self._uploaded(self._own_medium(asked, asked.query.get("media_id", "")))}

    def describe_media(self, asked: Asked) -> Answer:
        medium = self._own_medium(asked, asked.text("id"))
        alt = inner(inner(asked.body, "metadata"), "alt_text")
        text = str(alt.get("text", ""))
        if len(text) > _LONGEST_ALT:
            raise invalid("An alternative text has at most 1000 letters.", parameter="metadata")
        medium.alt = text
        return {
            "data": {"id": medium.id, "associated_metadata": {"alt_text": {"text": medium.alt}}}
        }

    def _own_medium(self, asked: Asked, medium_id: str) -> Medium:
        medium = self.network.state.stored.media.get(medium_id)
        if medium is None or medium.owner != asked.me.id:
            raise not_found("media", "id", medium_id)
        return medium

    def _check_size(self, medium: Medium, size: int) -> None:
        if size > _MOST_BYTES[medium.kind]:
            raise invalid("The file is too large.", parameter="total_bytes", value=str(size))

    def _whole(self, medium: Medium, whole: bytes) -> None:
        medium.digest = self.network.world.media.put(whole, medium.content_type)
        medium.size, medium.parts = len(whole), {}
        if medium.kind != "photo":
            medium.ready_at = self.network.world.now() + self.settings.video_takes

    def _uploaded(self, medium: Medium) -> dict[str, Any]:
        now = self.network.world.now()
        left = int((medium.at + _MEDIA_HOLDS - now).total_seconds())
        said: dict[str, Any] = {
            "id": medium.id,
            "media_key": medium.key,
            "expires_after_secs": max(left, 0),
        }
        if medium.digest:
            said["size"] = medium.size
        if medium.ready_at is not None:
            info: dict[str, Any] = {"state": "succeeded", "progress_percent": 100}
            if medium.ready_at > now:
                info = {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
            said["processing_info"] = info
        return said


def check_media(network: Network, me: Account, media: Iterable[str]) -> None:
    for one in media:
        medium = network.state.stored.media.get(one)
        now = network.world.now()
        if (
            medium is None
            or medium.owner != me.id
            or not medium.digest
            or (medium.ready_at is not None and medium.ready_at > now)
            or now > medium.at + _MEDIA_HOLDS
        ):
            raise invalid("Your media ids are invalid.", parameter="media_ids", value=one)
