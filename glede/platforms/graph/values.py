"""Reads Meta's JSON: what is missing or of the wrong kind is empty, never an error.

These run for every event, so they look at types and convert nothing that need not be.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

type Json = dict[str, Any]

_DECODER = msgspec.json.Decoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: From here on a number of seconds would be a year beyond 5000: it is milliseconds.
_MILLIS_FROM = 100_000_000_000
_LATEST = 253_402_300_799  # the last second that a datetime can hold


class UnreadableError(ValueError):
    """The bytes are no JSON."""


def decode(body: bytes) -> object:
    """Raises `UnreadableError`, and no other error for any bytes."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        # Half an emoji (a lone surrogate) is refused by the fast decoder; people do send them.
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The event is no JSON: {type(error).__name__}.") from None


def clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot keep, and without lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def text_of(data: object, name: str) -> str:
    if type(data) is not dict:
        return ""
    found = data.get(name)
    return clean(found) if type(found) is str else ""


def id_of(data: object, name: str) -> str:
    """An id: text, or a number that some fields have in its place."""
    if type(data) is not dict:
        return ""
    found = data.get(name)
    if type(found) is str:
        return clean(found)
    return str(found) if type(found) is int and 0 < found < 1 << 63 else ""


def object_of(data: object, name: str) -> Json:
    if type(data) is not dict:
        return {}
    found = data.get(name)
    return found if type(found) is dict else {}


def list_of(data: object, name: str) -> list[Any]:
    if type(data) is not dict:
        return []
    found = data.get(name)
    return found if type(found) is list else []


def time_of(data: object, name: str) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601; None for what is no time."""
    if type(data) is not dict:
        return None
    return moment(data.get(name))


def moment(found: object) -> datetime | None:
    if type(found) is str:
        if not found.isdecimal():
            return _spelt(found)
        found = int(found) if len(found) < 16 else 0
    if type(found) is float:
        found = int(found) if 0 < found < _LATEST * 1000 else 0
    if type(found) is not int or found <= 0:
        return None
    if found < _MILLIS_FROM:
        return _EPOCH + timedelta(seconds=found)
    return _EPOCH + timedelta(milliseconds=found) if found <= _LATEST * 1000 else None


def _spelt(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def web(url: object) -> str:
    """An address of the web, "" for anything else."""
    if type(url) is not str or not url.startswith(("https://", "http://")):
        return ""
    return clean(url)


def good_until(url: str) -> datetime | None:
    """When an address of Meta's content network stops working: its parameter `oe`, in hex."""
    if "oe=" not in url:
        return None
    try:
        found = parse_qs(urlsplit(url).query).get("oe", [""])[0]
        return moment(int(found, 16))
    except ValueError:
        return None
