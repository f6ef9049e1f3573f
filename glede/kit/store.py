"""Files by what is in them: the same bytes are kept once, and a name cannot be guessed or chosen.

They lie outside the database, in GLEDE_STORE, and are part of every backup.
"""

import hashlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

from django.conf import settings

#: Bytes of a part that are held in memory at once.
_PIECE = 256 * 1024


class NotKeptError(LookupError):
    """No file with this digest is in the store, or its bytes have changed."""


def put(data: bytes) -> str:
    """Keep the bytes; returns their SHA-256 in hex. Safe to call twice, and from two processes."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(part).replace(path)
    return digest


def read(digest: str) -> bytes:
    """The bytes, checked against their name. Raises `NotKeptError`."""
    try:
        data = _path(digest).read_bytes()
    except FileNotFoundError as error:
        raise NotKeptError(f"The store holds no file {digest[:12]}….") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise NotKeptError(f"The file {digest[:12]}… was changed in the store.")
    return data


def size(digest: str) -> int:
    """How many bytes the file has. Raises `NotKeptError`."""
    try:
        return _path(digest).stat().st_size
    except FileNotFoundError as error:
        raise NotKeptError(f"The store holds no file {digest[:12]}….") from error


def part(digest: str, start: int, end: int) -> Generator[bytes]:
    """The bytes from `start` up to but not with `end`, piece by piece; nothing beside them is read,
    so they are not checked against the name: only a whole file can be. Raises `NotKeptError`.
    """
    try:
        file = _path(digest).open("rb", buffering=0)
    except FileNotFoundError as error:
        raise NotKeptError(f"The store holds no file {digest[:12]}….") from error
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


def _path(digest: str) -> Path:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotKeptError("That is no name of a file in the store.")
    return Path(settings.GLEDE_STORE) / digest[:2] / digest
