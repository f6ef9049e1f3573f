"""Publishes stories, saved stories and spotlights: media encrypted, in parts, then named once.

Snapchat has no key for a post, so after an unknown outcome its own list is read.
https://developers.snap.com/api/marketing-api/Public-Profile-API/ProfileAssetManagement
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from glede.platforms.contract import (
    Form,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.snapchat.calls import Calls
from glede.platforms.snapchat.capabilities import (
    MOST_DESCRIPTION,
    MOST_FILM_BYTES,
    MOST_IMAGE_BYTES,
    MOST_PARTS,
    MOST_TITLE,
    PART_BYTES,
)

_KEY_BYTES, _IV_BYTES = 32, 16
#: The platform's clock may be behind ours by so much when we look for what we posted.
_CLOCKS_DIFFER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where a form stands, how an item of it is called, and which field holds its words."""

    path: str
    item: str
    words: str


_SHELVES = {
    Form.STORY: _Shelf("stories", "story", ""),
    Form.SAVED_STORY: _Shelf("saved_stories", "saved_story", "title"),
    Form.REEL: _Shelf("spotlights", "spotlight", "description"),
}


def send(calls: Calls, profile: str, message: OutboundMessage, *, now: datetime) -> Receipt:
    shelf, published, media = _checked(message)
    media_id = _upload(calls, profile, media, message.key, now=now)
    data: dict[str, Any] = {"media_id": media_id}
    if shelf.words:
        data[shelf.words] = _words(message, published)
    if published.form is Form.REEL:
        data |= {"locale": _locale(message.language), "skip_save_to_profile": False}
    said, at = calls.write(f"/v1/public_profiles/{profile}/{shelf.path}", data, now=now)
    native_id = said.get(f"{shelf.item}_id")
    if not isinstance(native_id, str) or not native_id:
        raise OutcomeUnknown("Snapchat took it but did not say under which id.")
    return Receipt(native_id=native_id, at=at)


def read_back(
    calls: Calls, profile: str, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """What stands there since we queued it, with the same words. A story has none: then it has to
    be the only one."""
    shelf, published, _ = _checked(message)
    said = calls.get(f"/v1/public_profiles/{profile}/{shelf.path}", now=now)
    words = _words(message, published) if shelf.words else ""
    earliest = message.queued_at - _CLOCKS_DIFFER
    found = [
        Receipt(native_id=native_id, at=at)
        for native_id, at, text in _listed(said, shelf)
        if at >= earliest and text == words
    ]
    if len(found) > 1:
        raise OutcomeUnknown("More than one like it stands on Snapchat since: look which it is.")
    return found[0] if found else None


def _listed(said: Mapping[str, Any], shelf: _Shelf) -> list[tuple[str, datetime, str]]:
    entries = said.get(shelf.path)
    found = []
    for entry in entries if isinstance(entries, list) else []:
        one = entry.get(shelf.item) if isinstance(entry, dict) else None
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            continue
        at = _moment(one.get("created_at"))
        if at is not None:
            found.append((one["id"], at, str(one.get(shelf.words) or "") if shelf.words else ""))
    return found


def _checked(message: OutboundMessage) -> tuple[_Shelf, Publication, Media]:
    """What is to be published, if it is something Snapchat takes."""
    published = message.publication
    if published is None or message.parent or message.private:
        raise Refused("Snapchat takes no answers from here: answer in its app, and record it.")
    shelf = _SHELVES.get(published.form)
    if shelf is None:
        raise Refused("Snapchat takes a story, a saved story or a spotlight.")
    if published.at is not None:
        raise Refused("Snapchat schedules nothing itself.")
    if len(message.media) != 1:
        raise Refused("A post on Snapchat is one picture or one film.")
    media = message.media[0]
    _check_media(media, published.form)
    _check_words(message, published)
    return shelf, published, media


def _check_media(media: Media, form: Form) -> None:
    if media.kind not in ("image", "video"):
        raise Refused("A post on Snapchat is one picture or one film.")
    if form is Form.REEL and media.kind != "video":
        raise Refused("A spotlight on Snapchat is a film.")
    most = MOST_IMAGE_BYTES if media.kind == "image" else MOST_FILM_BYTES
    if len(media.content) > most:
        raise Refused(f"Snapchat takes at most {most // 1048576} MB of this kind.")
    if not media.content:
        raise Refused("The file is empty.")


def _check_words(message: OutboundMessage, published: Publication) -> None:
    words = _words(message, published)
    if published.form is Form.STORY:
        if words:
            raise Refused("A story on Snapchat carries no words: put them into the picture.")
        return
    most = MOST_TITLE if published.form is Form.SAVED_STORY else MOST_DESCRIPTION
    if len(words) > most:
        raise Refused(f"Snapchat takes at most {most} characters with it.")
    if published.form is Form.SAVED_STORY and not words:
        raise Refused("A saved story on Snapchat needs a title.")


def _words(message: OutboundMessage, published: Publication) -> str:
    address = published.address
    return " ".join(one for one in (published.title or message.text.strip(), address) if one)


def _locale(language: str) -> str:
    return {"en": "en_GB", "cy": "cy_GB"}.get(language, language.replace("-", "_") or "en_GB")


def _upload(calls: Calls, profile: str, media: Media, key: str, *, now: datetime) -> str:
    """Snapchat keeps what nobody names for a day; to be lost in between does no harm."""
    secret, iv = os.urandom(_KEY_BYTES), os.urandom(_IV_BYTES)
    said = calls.prepare(
        f"/v1/public_profiles/{profile}/media",
        data={
            "type": "VIDEO" if media.kind == "video" else "IMAGE",
            "name": key,
            "key": base64.b64encode(secret).decode(),
            "iv": base64.b64encode(iv).decode(),
        },
        now=now,
    )
    media_id, add, finalize = (
        str(said.get(name) or "") for name in ("media_id", "add_path", "finalize_path")
    )
    if not (media_id and add and finalize):
        raise TryAgain("Snapchat did not say where the file is to go.")
    sealed = _sealed(media.content, secret, iv)
    parts = [sealed[at : at + PART_BYTES] for at in range(0, len(sealed), PART_BYTES)]
    if len(parts) > MOST_PARTS:
        raise Refused("The file has too many parts for Snapchat.")
    for number, part in enumerate(parts, start=1):
        form = {"action": "ADD", "part_number": str(number)}
        calls.prepare(add, form=form, part=part, now=now)
    calls.prepare(finalize, form={"action": "FINALIZE"}, now=now)
    return media_id


def _sealed(content: bytes, secret: bytes, iv: bytes) -> bytes:
    """AES-256 in CBC mode with PKCS #7, as Snapchat asks for it."""
    padder = PKCS7(algorithms.AES.block_size).padder()
    cipher = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    padded = padder.update(content) + padder.finalize()
    return cipher.update(padded) + cipher.finalize()


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo else None
