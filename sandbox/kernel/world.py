"""What all the sandbox's platforms share: one clock, one seed, one town, one stock of media.

A platform is a `Stage`: it answers its API's callers, and it lets residents act on it as they
would in the app. Whatever happens on a stage is told on the bus, so that pages move, streams
stream, webhooks leave and the town can react.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.routing import BaseRoute

from sandbox.kernel.bus import Bus
from sandbox.kernel.faults import Faults
from sandbox.kernel.hooks import Hooks
from sandbox.kernel.media import Stock


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the town; the same on every platform, under a handle of their own there."""

    key: str
    name: str
    handle: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Picture:
    """Something a resident shows: content and what is to be seen on it."""

    content: bytes = field(repr=False)
    content_type: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A landlord's account on a stage. `brand` is the slug of the brand it belongs to."""

    native_id: str
    brand: str
    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something that stands on a stage, as its public page shows it; `who` is a resident's key or
    the page's id, `replies` what hangs under it."""

    native_id: str
    who: str
    name: str
    text: str
    at: datetime
    by_page: bool = False
    pictures: tuple[str, ...] = ()  # addresses
    hidden: bool = False
    deleted: bool = False
    edited: bool = False
    replies: tuple["Item", ...] = ()


class Impossible(Exception):  # noqa: N818 - reads as a sentence
    """Residents cannot do this on this platform; the message says why."""


class Stage(Protocol):
    """A platform as residents meet it; `can` names what they can do there. Every act returns the
    native id of what came of it and is told on the bus; one it lacks raises `Impossible`."""

    slug: str
    name: str
    #: comment, mention, message, edit, delete
    can: frozenset[str]

    def routes(self) -> Sequence[BaseRoute]:
        """The platform's API; mounted under /<slug>. Paths under /see are not the stage's."""
        ...

    def pages(self) -> Sequence[Page]: ...

    def posts(self, page: str) -> Sequence[str]:
        """Native ids of what the page published, newest first: where residents may comment."""
        ...

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        """What anybody sees of the page, newest first: its posts with everything under them, and
        posts of residents that name it."""
        ...

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        """The private messages between the page and this resident, oldest first."""
        ...

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        """Under a post, or in answer to a comment."""
        ...

    def mention(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        """A post of the resident's own that names the page (or stands on its wall)."""
        ...

    def message(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str: ...

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        """Returns the id under which it stands now; some platforms give a new one."""
        ...

    def delete(self, who: Resident, *, of: str) -> None: ...

    def publish(self, page: str, text: str) -> str:
        """The page itself posts, as if typed in the platform's own app."""
        ...

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        """The page answers a comment or message in the platform's own app."""
        ...

    def credentials(self) -> Mapping[str, Any]:
        """What an operator would be given: the app's id and secrets, and a token for each page.
        JSON."""
        ...

    def dump(self) -> bytes:
        """Everything that has to outlive a restart."""
        ...

    def load(self, dumped: bytes) -> None: ...

    def close(self) -> None: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """`seed` decides every random choice, `now` what time it is; `base` is our own address."""

    base: str
    seed: int = 2011
    now: Callable[[], datetime] = utc_now
    bus: Bus = field(default_factory=Bus)
    faults: Faults = field(default_factory=Faults)
    media: Stock = field(init=False)
    hooks: Hooks = field(init=False)
    rng: random.Random = field(init=False)
    stages: dict[str, Stage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.media = Stock(self.base)
        self.hooks = Hooks(now=self.now, rng=random.Random(self.seed + 1))

    def add(self, stage: Stage) -> None:
        self.stages[stage.slug] = stage
