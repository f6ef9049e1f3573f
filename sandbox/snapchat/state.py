"""What stands on Snapchat: public profiles, media on their way, and what was posted of them."""

import hashlib
import uuid
from datetime import datetime

import msgspec


class Profile(msgspec.Struct):
    id: str
    name: str
    handle: str
    brand: str


class Medium(msgspec.Struct):
    """`key` and `iv` as the app gave them; `digest` stands once it was whole and opened."""

    id: str
    profile: str
    kind: str  # IMAGE or VIDEO
    name: str
    key: bytes
    iv: bytes
    at: datetime
    parts: dict[int, bytes] = {}
    digest: str = ""
    used: bool = False


class Posted(msgspec.Struct):
    """`where`: stories, saved_stories or spotlights."""

    id: str
    profile: str
    where: str
    text: str
    at: datetime
    medium: str = ""
    until: datetime | None = None


class Stored(msgspec.Struct):
    profiles: dict[str, Profile] = {}
    media: dict[str, Medium] = {}
    posted: dict[str, Posted] = {}
    made: int = 0


def profile_id(of: str) -> str:
    """The same profile under the same id in every sandbox."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"snapchat {of}".encode()).digest()[:16], version=4))
