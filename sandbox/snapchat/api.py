"""Snapchat's Public Profile API as far as a desk can use it: it posts, and nothing comes back.

Media arrive encrypted (AES-256 in CBC mode, PKCS #7) with the key beside them; they are opened
when the last part is there, as the real platform has to.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.kernel.bus import Happening
from sandbox.kernel.oauth import Authority
from sandbox.kernel.world import World
from sandbox.snapchat.state import Medium, Posted, Profile, Stored

SLUG = "snapchat"
_MB = 1024 * 1024
MOST_BYTES = {"IMAGE": 20 * _MB, "VIDEO": 500 * _MB}
_MOST_PART, _MOST_PARTS = 32 * _MB, 35
_MEDIA_HOLDS = timedelta(hours=24)
STORY_HOLDS = timedelta(hours=24)
_LONGEST = {"saved_stories": 45, "spotlights": 160}
_ONE_OF = {"stories": "story", "saved_stories": "saved_story", "spotlights": "spotlight"}


class Refused(Exception):  # noqa: N818 - reads as a state
    def __init__(self, status: int, code: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.code = code


def wrong(why: str) -> Refused:
    return Refused(400, "E1001", why)


type Handler = Callable[[Request, Profile], Awaitable[dict[str, Any]]]


@dataclass(slots=True)
class Api:
    """`allow_listed`: whether Snapchat lets this app use the API at all."""

    world: World
    authority: Authority
    stored: Stored = field(default_factory=Stored)
    allow_listed: bool = True

    def routes(self) -> list[Route]:
        one = "/v1/public_profiles/{profile}"
        upload = "/us" + one + "/media/{media}/multipart-upload"
        found = [
            self._route("GET", "/v1/public_profiles/my_profile", self.profile),
            self._route("GET", one, self.profile),
            self._route("POST", f"{one}/media", self.create_media),
            self._route("POST", upload, self.upload),
        ]
        for where in _ONE_OF:
            found.append(self._route("POST", f"{one}/{where}", self._poster(where)))
            found.append(self._route("GET", f"{one}/{where}", self._lister(where)))
        return found

    async def profile(self, _request: Request, profile: Profile) -> dict[str, Any]:
        said = {
            "id": profile.id,
            "display_name": profile.name,
            "snap_user_name": profile.handle,
            "profile_type": "PUBLIC_PROFILE",
        }
        return {"public_profiles": [{"sub_request_status": "SUCCESS", "public_profile": said}]}

    async def create_media(self, request: Request, profile: Profile) -> dict[str, Any]:
        body = await _json(request)
        kind, key, iv = body.get("type"), _bytes(body, "key", 32), _bytes(body, "iv", 16)
        if kind not in MOST_BYTES:
            raise wrong("type is neither IMAGE nor VIDEO.")
        medium = Medium(
            self._new_id("media"),
            profile.id,
            str(kind),
            str(body.get("name", "")),
            key,
            iv,
            self.world.now(),
        )
        self.stored.media[medium.id] = medium
        path = f"/us/v1/public_profiles/{profile.id}/media/{medium.id}/multipart-upload"
        return {
            "media_id": medium.id,
            "add_path": f"{path}?action=ADD",
            "finalize_path": f"{path}?action=FINALIZE",
        }

    async def upload(self, request: Request, profile: Profile) -> dict[str, Any]:
        medium = self._medium(request.path_params["media"], profile)
        if medium.digest:
            raise wrong("This upload is finished already.")
        async with request.form(max_part_size=_MOST_PART + _MB) as form:
            action = str(form.get("action") or request.query_params.get("action", ""))
            if action == "FINALIZE":
                return self._finish(medium)
            number, file = str(form.get("part_number", "")), form.get("file")
            content = await file.read() if isinstance(file, UploadFile) else b""
        if action != "ADD" or not content or not number.isdecimal():
            raise wrong("action, file and part_number are needed.")
        if len(content) > _MOST_PART or not 1 <= int(number) <= _MOST_PARTS:
            raise wrong("A part has at most 32 MB, and there are at most 35 of them.")
        medium.parts[int(number)] = content
        return {}

    def _finish(self, medium: Medium) -> dict[str, Any]:
        if sorted(medium.parts) != list(range(1, len(medium.parts) + 1)) or not medium.parts:
            raise wrong("There are parts missing.")
        sealed = b"".join(medium.parts[number] for number in sorted(medium.parts))
        content = _opened(sealed, medium)
        content_type = _kind_of(content)
        if not content_type.startswith(medium.kind.lower()):
            raise wrong(f"What was sent is no {medium.kind} that can be shown.")
        if len(content) > MOST_BYTES[medium.kind]:
            raise wrong("The file is too large.")
        medium.digest, medium.parts = self.world.media.put(content, content_type), {}
        return {"media_id": medium.id}

    def _poster(self, where: str) -> Handler:
        async def post(request: Request, profile: Profile) -> dict[str, Any]:
            body = await _json(request)
            medium = self._medium(str(body.get("media_id", "")), profile)
            now = self.world.now()
            if not medium.digest or medium.used or now > medium.at + _MEDIA_HOLDS:
                raise wrong("This media is unfinished, used or too old.")
            text = self._text(where, body, medium)
            medium.used = True
            posted = self.post(profile, where, text, medium=medium.id)
            return {f"{_ONE_OF[where]}_id": posted.id, "media_id": medium.id}

        return post

    def post(self, profile: Profile, where: str, text: str, *, medium: str = "") -> Posted:
        now = self.world.now()
        until = now + STORY_HOLDS if where == "stories" else None
        posted = Posted(self._new_id("post"), profile.id, where, text, now, medium, until)
        self.stored.posted[posted.id] = posted
        self.world.bus.tell(
            Happening(
                SLUG, "published", profile.id, posted.id, now, profile.id, "", text, by_page=True
            )
        )
        return posted

    def shown(self, profile: str) -> list[Posted]:
        """What anybody sees now, newest first."""
        now = self.world.now()
        return [
            one
            for one in reversed(self.stored.posted.values())
            if one.profile == profile and (one.until is None or one.until > now)
        ]

    def _lister(self, where: str) -> Handler:
        async def listed(_request: Request, profile: Profile) -> dict[str, Any]:
            found = [self._described(one) for one in self.shown(profile.id) if one.where == where]
            return {
                where: [{"sub_request_status": "SUCCESS", _ONE_OF[where]: one} for one in found],
                "paging": {},
            }

        return listed

    def _described(self, posted: Posted) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": posted.id,
            "profile_id": posted.profile,
            "created_at": posted.at.isoformat().replace("+00:00", "Z"),
        }
        if posted.medium:
            said["media_id"] = posted.medium
        if posted.until is not None:
            said["expires_at"] = posted.until.isoformat().replace("+00:00", "Z")
        if posted.text:
            said["title" if posted.where == "saved_stories" else "description"] = posted.text
        return said

    def _text(self, where: str, body: Mapping[str, Any], medium: Medium) -> str:
        if where == "stories":
            return ""
        text = str(body.get("title" if where == "saved_stories" else "description", ""))
        if len(text) > _LONGEST[where]:
            raise wrong(f"The text has at most {_LONGEST[where]} letters.")
        if where == "spotlights" and (medium.kind != "VIDEO" or not body.get("locale")):
            raise wrong("A spotlight is a film with a locale.")
        return text

    def _medium(self, media_id: str, profile: Profile) -> Medium:
        medium = self.stored.media.get(media_id)
        if medium is None or medium.profile != profile.id:
            raise Refused(404, "E3002", "There is no such media.")
        return medium

    def _new_id(self, kind: str) -> str:
        self.stored.made += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.world.seed} {kind} {self.stored.made}"))

    def _caller(self, request: Request) -> Profile:
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self.authority.known(value)
        if token is None:
            raise Refused(401, "E2002", "The token is unknown or over.")
        own = self.stored.profiles.get(token.grant.subject)
        asked = request.path_params.get("profile", token.grant.subject)
        if own is None or not self.allow_listed or asked != own.id:
            raise Refused(403, "E2003", "This app may not use this profile.")
        return own

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            said: dict[str, Any] = {"request_status": "SUCCESS", "request_id": uuid.uuid4().hex}
            try:
                return JSONResponse(said | await handler(request, self._caller(request)))
            except Refused as refused:
                said |= {
                    "request_status": "ERROR",
                    "debug_message": str(refused),
                    "display_message": str(refused),
                    "error_code": refused.code,
                }
                return JSONResponse(said, refused.status)

        return Route(path, endpoint, methods=[method])


def _opened(sealed: bytes, medium: Medium) -> bytes:
    cipher = Cipher(algorithms.AES(medium.key), modes.CBC(medium.iv)).decryptor()
    padding = PKCS7(128).unpadder()
    try:
        padded = cipher.update(sealed) + cipher.finalize()
        return padding.update(padded) + padding.finalize()
    except ValueError as error:
        raise wrong("The content cannot be opened with its key and iv.") from error


def _kind_of(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "video/mp4" if content[4:8] == b"ftyp" else "unknown"


def _bytes(body: Mapping[str, Any], name: str, length: int) -> bytes:
    try:
        found = base64.b64decode(str(body.get(name, "")), validate=True)
    except (ValueError, binascii.Error) as error:
        raise wrong(f"{name} is not base64.") from error
    if len(found) != length:
        raise wrong(f"{name} has {len(found)} bytes instead of {length}.")
    return found


async def _json(request: Request) -> dict[str, Any]:
    try:
        said = json.loads(await request.body())
    except ValueError as error:
        raise wrong("The body is not JSON.") from error
    if not isinstance(said, dict):
        raise wrong("The body is not a JSON object.")
    return said
