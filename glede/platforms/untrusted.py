"""Reads other people's JSON: what is missing or of the wrong kind is empty, never an error."""

from datetime import UTC, datetime
from typing import Any

type Json = dict[str, Any]


def value_at(data: object, *path: str) -> object:
    for step in path:
        if not isinstance(data, dict):
            return None
        data = data.get(step)
    return data


def text_at(data: object, *path: str) -> str:
    """The text there; without NUL, which PostgreSQL cannot keep, and without lone surrogates."""
    found = data
    for step in path:  # not by `value_at`: it is asked thirty times for each event
        if not isinstance(found, dict):
            return ""
        found = found.get(step)
    if not isinstance(found, str):
        return ""
    if found.isascii() and "\x00" not in found:
        return found
    return found.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def object_at(data: object, *path: str) -> Json:
    found = value_at(data, *path)
    return found if isinstance(found, dict) else {}


def list_at(data: object, *path: str) -> list[Any]:
    found = value_at(data, *path)
    return found if isinstance(found, list) else []


def number_at(data: object, *path: str) -> int:
    found = value_at(data, *path)
    if isinstance(found, bool) or not isinstance(found, int):
        return 0
    return found if 0 < found < 1_000_000 else 0


def time_at(data: object, *path: str) -> datetime | None:
    """A point in time in UTC; None for what is no time or says no zone."""
    return moment(text_at(data, *path))


def moment(value: str) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def web_at(data: object, *path: str) -> str:
    """An address a browser may open; "" for anything else."""
    found = text_at(data, *path)
    return found if found.startswith(("https://", "http://")) else ""
