"""Films and thumbnails on their way to YouTube: in one request, or resumed piece by piece."""

import email.parser
import email.policy
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from sandbox.youtube.api import VIDEO_PARTS, describe
from sandbox.youtube.calls import (
    UPLOADERS,
    WRITERS,
    Asked,
    Gate,
    Refused,
    Way,
    bad,
    forbidden,
    missing,
    read,
)
from sandbox.youtube.network import Network
from sandbox.youtube.shape import Shaper
from sandbox.youtube.state import Upload, Video

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_MOST_THUMBNAIL = 2 * 1024 * 1024
_PICTURES = frozenset({"image/jpeg", "image/png", "application/octet-stream"})


@dataclass(slots=True)
class Uploads:
    network: Network
    gate: Gate
    processing_takes: timedelta = timedelta(0)
    under_way: dict[str, Upload] = field(default_factory=dict)

    def ways(self) -> list[Way]:
        found: list[Way] = []
        for base in ("/upload/youtube/v3", "/resumable/upload/youtube/v3"):
            videos, thumbnails = f"{base}/videos", f"{base}/thumbnails/set"
            found += [
                Way("POST", videos, self.video, bucket="uploads", scopes=UPLOADERS),
                Way("PUT", videos, self.piece, cost=0, scopes=UPLOADERS),
                Way("POST", thumbnails, self.thumbnail, cost=50, scopes=WRITERS | UPLOADERS),
                Way("PUT", thumbnails, self.piece, cost=0, scopes=WRITERS | UPLOADERS),
            ]
        return found

    def video(self, asked: Asked) -> dict[str, Any] | Response:
        asked.parts(*VIDEO_PARTS)
        match asked.query.get("uploadType", "media"):
            case "resumable":
                metadata = read(asked.raw) if asked.raw else {}
                describe(self._drafted(asked), metadata, now=self.network.world.now())
                return self._begin(asked, metadata)
            case "multipart":
                metadata, content, content_type = _halves(asked)
                return self._film(asked, metadata, content, content_type)
            case _:
                content_type = asked.request.headers.get("content-type", "")
                return self._film(asked, {}, asked.raw, content_type)

    def thumbnail(self, asked: Asked) -> dict[str, Any] | Response:
        video = self._own_video(asked, asked.query.get("videoId", ""))
        match asked.query.get("uploadType", "media"):
            case "resumable":
                return self._begin(asked, {}, video=video.id)
            case "multipart":
                _, content, content_type = _halves(asked)
            case _:
                content = asked.raw
                content_type = asked.request.headers.get("content-type", "")
        return self._picture(asked, video, content, content_type)

    def piece(self, asked: Asked) -> dict[str, Any] | Response:
        upload = self.under_way.get(asked.query.get("upload_id", ""))
        if upload is None or upload.channel != asked.me.id:
            raise missing("upload", "There is no such upload.", parameter="upload_id")
        given = asked.request.headers.get("content-range", "")
        match = _RANGE.fullmatch(given) if given else None
        if given and match is None:
            raise bad("Content-Range", "The range is not understood.")
        total = str(len(asked.raw)) if match is None else match[3]
        start = 0 if match is None else int(match[1] or len(upload.content))
        if start != len(upload.content):
            return _go_on(upload)
        upload.content += asked.raw
        if total == "*" or len(upload.content) < int(total):
            return _go_on(upload)
        del self.under_way[upload.id]
        if upload.video:
            video = self._own_video(asked, upload.video)
            return self._picture(asked, video, upload.content, upload.content_type)
        return self._film(asked, dict(upload.metadata), upload.content, upload.content_type)

    def _begin(self, asked: Asked, metadata: dict[str, Any], *, video: str = "") -> Response:
        made = self.network.state.new_id("upload")
        content_type = asked.request.headers.get("x-upload-content-type", "")
        self.under_way[made] = Upload(made, asked.me.id, metadata, content_type, video)
        path, query = asked.request.url.path, asked.request.url.query
        location = f"{self.network.world.base}{path}?{query}&upload_id={made}"
        return Response(headers={"location": location, "x-guploader-uploadid": made})

    def _drafted(self, asked: Asked) -> Video:
        """YouTube names a film without a title itself."""
        return Video("", asked.me.id, "unknown", "", self.network.world.now())

    def _film(
        self, asked: Asked, metadata: dict[str, Any], content: bytes, content_type: str
    ) -> dict[str, Any]:
        if not content:
            raise Refused(400, "mediaBodyRequired", "There is no film.", domain="youtube.video")
        now = self.network.world.now()
        video = self._drafted(asked)
        describe(video, metadata, now=now)
        video.id = self.network.state.new_id("video")
        kind = content_type or "application/octet-stream"
        video.digest = self.network.world.media.put(content, kind)
        video.size = len(content)
        video.processed_at = now + self.processing_takes
        self.network.add(video)
        parts = asked.parts(*VIDEO_PARTS)
        return self._shaper(asked, parts).video(video, now=now)

    def _picture(
        self, asked: Asked, video: Video, content: bytes, content_type: str
    ) -> dict[str, Any]:
        if not content:
            raise Refused(
                400, "mediaBodyRequired", "There is no picture.", domain="youtube.thumbnail"
            )
        if len(content) > _MOST_THUMBNAIL or content_type not in _PICTURES:
            raise Refused(
                400, "invalidImage", "This picture cannot be used.", domain="youtube.thumbnail"
            )
        video.thumbnail = self.network.world.media.put(content, content_type)
        return self._shaper(asked, frozenset()).thumbnails_set(video)

    def _own_video(self, asked: Asked, video_id: str) -> Video:
        video = self.network.state.stored.videos.get(video_id)
        if video is None:
            raise missing("video", "The video was not found.", parameter="videoId")
        if video.channel != asked.me.id:
            raise forbidden("This video belongs to another channel.", domain="youtube.thumbnail")
        return video

    def _shaper(self, asked: Asked, parts: frozenset[str]) -> Shaper:
        return Shaper(self.network.state, self.network.world.media, parts, asked.me.id)


def _go_on(upload: Upload) -> Response:
    headers = {"range": f"bytes=0-{len(upload.content) - 1}"} if upload.content else {}
    return Response(status_code=308, headers=headers)


def _halves(asked: Asked) -> tuple[dict[str, Any], bytes, str]:
    """The two parts of a multipart/related request: what it is about, and the content."""
    kind = asked.request.headers.get("content-type", "")
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(f"content-type: {kind}\r\n\r\n".encode() + asked.raw)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if len(parts) != 2:
        raise Refused(400, "badRequest", "Two parts are expected.", domain="global")
    about, content = (bytes(part.get_payload(decode=True) or b"") for part in parts)
    return read(about), content, parts[1].get_content_type()
