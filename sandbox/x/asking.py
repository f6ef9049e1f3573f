"""What a call to X's API may carry, read strictly; and what several answers are made with."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.x.calls import Asked, invalid, moment, not_found
from sandbox.x.network import Network
from sandbox.x.shape import Shaper, wanted
from sandbox.x.state import Account

ID = re.compile(r"[0-9]{1,19}")


@dataclass(slots=True)
class Part:
    """Some of the calls, all of them on one network."""

    network: Network

    def shaper(self, asked: Asked) -> Shaper:
        return Shaper(
            self.network.state,
            self.network.world.media,
            wanted(asked.query),
            self.network.edit_window,
        )

    def account(self, asked: Asked) -> Account:
        found = self.network.state.stored.accounts.get(asked.path("id"))
        if found is None:
            raise not_found("user", "id", asked.path("id"))
        return found


def inner(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise invalid(f"$.{name}: an object is expected.", parameter=name, value=str(found))
    return found


def strings(given: dict[str, Any], name: str) -> list[str]:
    found = given.get(name, [])
    if not isinstance(found, list):
        raise invalid(f"$.{name}: a list is expected.", parameter=name, value=str(found))
    return [str(one) for one in found]


def ids(asked: Asked) -> list[str]:
    ids = [one for one in asked.query.get("ids", "").split(",") if one]
    wrong = next((one for one in ids if not ID.fullmatch(one)), None)
    if not ids or len(ids) > 100 or wrong is not None:
        raise invalid("1 to 100 ids are needed.", parameter="ids", value=wrong or "")
    return ids


def bound(asked: Asked, name: str) -> int:
    value = asked.query.get(name, "0")
    if not ID.fullmatch(value):
        raise invalid("This is not an id.", parameter=name, value=value)
    return int(value)


def time(asked: Asked, name: str) -> datetime | None:
    value = asked.query.get(name, "")
    return moment(value, name) if value else None


def minute(asked: Asked, name: str) -> datetime:
    try:
        return datetime.strptime(asked.text(name), "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid(
            "A time is written yyyymmddhhmm.", parameter=name, value=asked.text(name)
        ) from error


def next_token(last: str) -> str:
    return base64.b32encode(f"before {last}".encode()).decode().lower().rstrip("=")


def page_token(asked: Asked) -> int:
    """The id before which the next page starts, or 0."""
    token = asked.query.get("pagination_token") or asked.query.get("next_token") or ""
    if not token:
        return 0
    try:
        word, number = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).decode().split()
        if word == "before":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise invalid("This token is not one of ours.", parameter="pagination_token", value=token)


def content(asked: Asked) -> bytes:
    media = asked.body.get("media")
    if isinstance(media, bytes):
        return media
    try:
        content = base64.b64decode(str(media or ""), validate=True)
    except (ValueError, binascii.Error) as error:
        raise invalid("$.media: is neither a file nor base64.", parameter="media") from error
    if not content:
        raise invalid("$.media: is empty.", parameter="media")
    return content


def beside(shaper: Shaper) -> dict[str, Any]:
    includes = shaper.includes()
    return {"includes": includes} if includes else {}
