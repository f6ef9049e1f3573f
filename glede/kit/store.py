"""Files by what is in them: the same bytes are kept once, and a name cannot be guessed or chosen.

They lie outside the database, in GLEDE_STORE, and are part of every backup.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


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


def _path(digest: str) -> Path:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotKeptError("That is no name of a file in the store.")
    return Path(settings.GLEDE_STORE) / digest[:2] / digest
