"""What anybody sees of a platform in a browser, and where you may play a resident.

One set of pages for every stage, from its `Stage` protocol alone; how a platform looks and what
its people call things is data (`themes.toml`). The pages work without a script; with one they
follow what happens.
"""

import asyncio
import contextlib
import json
import tomllib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, Stage, World
from sandbox.see.people import resident

TEMPLATES = Jinja2Templates(
    directory=[Path(__file__).parent / "templates", Path(__file__).parents[1] / "templates"]
)
_THEMES = tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))
_KEEP_ALIVE_SECONDS = 15
#: Changes this close together are shown as one.
_GATHER_SECONDS = 0.15
_LONGEST_TEXT = 10_000
_LARGEST_PICTURE = 8 * 1024 * 1024
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Theme:
    """`hue` colours the page; the words are what this platform's people say."""

    hue: int = 30
    chroma: float = 0.12
    corner: str = "0.75rem"
    post: str = "Write on the page"
    reply: str = "Reply"
    message: str = "Send a message"


def theme(slug: str) -> Theme:
    return Theme(**_THEMES.get(slug, {}))


def routes(world: World, stage: Stage, names: Sequence[str] = ()) -> list[Route]:
    """The pages of one stage; `names` are offered to whoever plays."""
    see = See(world, stage, tuple(names))
    return [
        Route("/", see.index),
        Route("/{page}", see.page, methods=["GET"]),
        Route("/{page}", see.act, methods=["POST"]),
        Route("/{page}/now", see.now),
        Route("/{page}/live", see.live),
    ]


@dataclass(frozen=True, slots=True)
class See:
    world: World
    stage: Stage
    names: tuple[str, ...]

    async def index(self, request: Request) -> Response:
        given = {"stage": self.stage, "theme": theme(self.stage.slug), "pages": self.stage.pages()}
        return TEMPLATES.TemplateResponse(request, "pages.html", given)

    async def page(self, request: Request) -> Response:
        found = self._page(request)
        if found is None:
            return PlainTextResponse("There is no such page.", status_code=404)
        who = _who(request.query_params.get("as", ""))
        return self._shown(request, "page.html", found, who, status=200)

    async def now(self, request: Request) -> Response:
        """The part that changes, for the page's script."""
        found = self._page(request)
        if found is None:
            return PlainTextResponse("There is no such page.", status_code=404)
        who = _who(request.query_params.get("as", ""))
        return self._shown(request, "now.html", found, who, status=200)

    async def act(self, request: Request) -> Response:
        found = self._page(request)
        if found is None:
            return PlainTextResponse("There is no such page.", status_code=404)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("Only these pages may act for a resident.", status_code=403)
        async with request.form(max_files=1, max_part_size=_LARGEST_PICTURE) as form:
            said = {name: value for name, value in form.items() if isinstance(value, str)}
            who = _who(said.get("as", ""))
            if who is None:
                problem = "Say first who you are: a name of your own or one of the list."
                return self._shown(request, "page.html", found, None, problem=problem, status=400)
            try:
                pictures = await _pictures(form.get("picture"), said.get("alt", ""))
                self._do(found, who, said, pictures)
            except Impossible as error:
                given = {"problem": str(error), "draft": said.get("text", "")}
                return self._shown(request, "page.html", found, who, status=400, **given)
        address = f"{request.url.path}?as={quote(who.name)}"
        return RedirectResponse(address, status_code=303)

    async def live(self, request: Request) -> Response:
        found = self._page(request)
        if found is None:
            return PlainTextResponse("There is no such page.", status_code=404)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(
            self._changes(found.native_id), media_type="text/event-stream", headers=headers
        )

    def _page(self, request: Request) -> Page | None:
        wanted = request.path_params["page"]
        return next((page for page in self.stage.pages() if page.native_id == wanted), None)

    def _shown(
        self, request: Request, template: str, page: Page, who: Resident | None, **more: Any
    ) -> HTMLResponse:
        status = more.pop("status")
        given = {
            "stage": self.stage,
            "theme": theme(self.stage.slug),
            "page": page,
            "who": who,
            "can": self.stage.can,
            "names": self.names,
            "wall": public(self.stage.wall(page.native_id), who),
            "chat": self._chat(page, who),
            "problem": "",
            "draft": "",
            "ago": _ago(self.world.now()),
        }
        return TEMPLATES.TemplateResponse(request, template, given | more, status_code=status)

    def _chat(self, page: Page, who: Resident | None) -> Sequence[Item]:
        if who is None or "message" not in self.stage.can:
            return ()
        return self.stage.chat(page.native_id, who)

    def _do(
        self, page: Page, who: Resident, said: dict[str, str], pictures: Sequence[Picture]
    ) -> None:
        text, of = said.get("text", "").strip()[:_LONGEST_TEXT], said.get("of", "")
        if not text and not pictures and said.get("do") != "delete":
            raise Impossible("Write something first.")
        match said.get("do"):
            case "post":
                self.stage.mention(who, text, page=page.native_id, pictures=pictures)
            case "reply":
                self.stage.comment(who, text, on=of, pictures=pictures)
            case "message":
                self.stage.message(who, text, page=page.native_id, pictures=pictures)
            case "edit":
                self.stage.edit(who, text, of=of)
            case "delete":
                self.stage.delete(who, of=of)
            case _:
                raise Impossible("This form asks for something that nobody can do here.")

    async def _changes(self, page: str) -> AsyncIterator[bytes]:
        """One line for each change of this page; which, the browser asks for itself."""
        happenings = self.world.bus.listen()
        pending = asyncio.ensure_future(anext(happenings))
        yield b"retry: 1000\n\nevent: open\ndata: {}\n\n"
        try:
            while True:
                done, _ = await asyncio.wait({pending}, timeout=_KEEP_ALIVE_SECONDS)
                if not done:
                    yield b": still here\n\n"
                    continue
                happening = pending.result()
                pending = asyncio.ensure_future(anext(happenings))
                if happening.stage == self.stage.slug and happening.page in ("", page):
                    await asyncio.sleep(_GATHER_SECONDS)
                    what = json.dumps({"what": happening.what})
                    yield f"event: changed\ndata: {what}\n\n".encode()
        finally:
            pending.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await pending
            await happenings.aclose()  # type: ignore[attr-defined]  # it is a generator


def _who(name: str) -> Resident | None:
    with contextlib.suppress(ValueError):
        return resident(name)
    return None


def public(items: Sequence[Item], who: Resident | None) -> list[Item]:
    """What this visitor sees: nothing hidden but their own, and of what is deleted only the place
    where answers still hang."""
    seen = []
    for item in items:
        mine = who is not None and item.who == who.key
        if item.hidden and not mine:
            continue
        replies = tuple(public(item.replies, who))
        if item.deleted and not replies:
            continue
        seen.append(replace(item, replies=replies))
    return seen


async def _pictures(given: UploadFile | str | None, alt: str) -> tuple[Picture, ...]:
    if not isinstance(given, UploadFile) or not given.filename:
        return ()
    content = await given.read(_LARGEST_PICTURE + 1)
    if len(content) > _LARGEST_PICTURE:
        raise Impossible("That picture is larger than 8 MB.")
    if given.content_type not in _PICTURES:
        raise Impossible("Only pictures (PNG, JPEG, GIF, WebP) can be shown here.")
    return (Picture(content, given.content_type, alt),)


def _ago(now: datetime):  # type: ignore[no-untyped-def]  # a filter for the template
    def ago(at: datetime) -> str:
        minutes = int((now.astimezone(UTC) - at.astimezone(UTC)).total_seconds() // 60)
        if minutes < 1:
            return "now"
        if minutes < 60:
            return f"{minutes} min"
        if minutes < 24 * 60:
            return f"{minutes // 60} h"
        return f"{minutes // (24 * 60)} d"

    return ago
