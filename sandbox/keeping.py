"""The sandbox's memory: a folder that outlives the process, for its owner alone.

Each platform is one file, written whole under another name first; each picture is one. What changed
is written within a second or so, less often where writing takes long.
"""

import asyncio
import hashlib
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.kernel.world import World
from sandbox.town.life import Town

_EVERY_SECONDS = 1.0
#: Writing takes at most this share of the time.
_SHARE = 0.05


class StateError(Exception):
    """What is kept cannot be read; the message says what to do."""


@dataclass(slots=True)
class Kept:
    folder: Path
    world: World
    town: Town
    _written: dict[str, bytes] = field(default_factory=dict)
    _pictures: set[str] = field(default_factory=set)

    def is_new(self) -> bool:
        """Nobody has lived here yet."""
        return not (self.folder / "town.state").exists()

    def load(self) -> None:
        """Raises `StateError`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._load_pictures()
        for slug, stage in self.world.stages.items():
            self._load(slug, stage.load)
        self._load("town", self.town.load)

    def save(self) -> None:
        """Write what changed since the last time. Pictures first: what names them comes after."""
        for digest in self.world.media.digests() - self._pictures:
            content, content_type = self.world.media.get(digest)
            head = content_type.encode() + b"\n"
            write(self.folder / "pictures" / digest, head + content)
            self._pictures.add(digest)
        for slug, stage in self.world.stages.items():
            self._save(slug, stage.dump())
        self._save("town", self.town.dump())
        credentials = json.dumps(credentials_of(self.world), indent=2).encode() + b"\n"
        self._save("credentials", credentials, suffix=".json")

    async def run(self) -> None:
        """Save now and again, until cancelled."""
        while True:
            begun = time.monotonic()
            try:
                self.save()
            except OSError as error:
                print(f"sandbox: nothing was kept: {error}", file=sys.stderr, flush=True)
            took = time.monotonic() - begun
            await asyncio.sleep(max(_EVERY_SECONDS, took / _SHARE))

    def _load(self, name: str, load: Any) -> None:
        path = self.folder / f"{name}.state"
        if not path.exists():
            return
        dumped = path.read_bytes()
        try:
            load(dumped)
        except Exception as error:
            raise StateError(
                f"{path} cannot be read ({error}). Move {self.folder} away to begin anew."
            ) from error
        self._written[name] = hashlib.sha256(dumped).digest()

    def _save(self, name: str, dumped: bytes, *, suffix: str = ".state") -> None:
        digest = hashlib.sha256(dumped).digest()
        if self._written.get(name) != digest:
            write(self.folder / f"{name}{suffix}", dumped)
            self._written[name] = digest

    def _load_pictures(self) -> None:
        key = self.folder / "pictures.key"
        if not key.exists():
            write(key, secrets.token_bytes(32))
        self.world.media.mark_with(key.read_bytes())
        for path in (self.folder / "pictures").glob("[0-9a-f]*"):
            content_type, _, content = path.read_bytes().partition(b"\n")
            self._pictures.add(self.world.media.put(content, content_type.decode()))


def credentials_of(world: World) -> Mapping[str, Any]:
    """What an operator is given to connect accounts: for each platform its address, its app, and
    whose pages there are."""
    return {
        slug: {
            "name": stage.name,
            "base_url": f"{world.base}/{slug}",
            "app": stage.credentials(),
            "pages": [
                {
                    "native_id": page.native_id,
                    "brand": page.brand,
                    "name": page.name,
                    "handle": page.handle,
                }
                for page in stage.pages()
            ],
        }
        for slug, stage in world.stages.items()
    }


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
