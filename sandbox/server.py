"""All the sandbox's platforms on one port, each under its name, with their public pages.

/<platform>/…   the platform's API, as its own documentation has it
/<platform>/see what anybody sees of it in a browser, and where you may play a resident
/_control/…     faults to order, deliveries, what the town does
"""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.templating import Jinja2Templates

from sandbox.kernel.faults import KINDS, FaultOrderError, Faulty
from sandbox.kernel.world import World
from sandbox.see import pages

type Life = Callable[[], AbstractAsyncContextManager[None]]

TEMPLATES = Jinja2Templates(directory=Path(__file__).parent / "templates")


def build(
    world: World,
    *,
    more: Iterable[BaseRoute] = (),
    control: Iterable[BaseRoute] = (),
    names: Sequence[str] = (),
    around: Life | None = None,
) -> Starlette:
    """The ASGI application around a world whose stages stand already. `names` are offered on the
    public pages; `around` runs while it serves."""

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with around() if around is not None else contextlib.nullcontext():
            yield
        await world.hooks.close()
        for stage in world.stages.values():
            stage.close()

    routes: list[BaseRoute] = [Route("/", _index(world)), *world.media.routes(), *more]
    routes.append(Mount("/_control", routes=[*_control(world), *control]))
    for stage in world.stages.values():
        seen = pages.routes(world, stage, names)
        routes.append(Route(f"/{stage.slug}/see", _on))
        routes.append(Mount(f"/{stage.slug}/see", app=Starlette(routes=seen)))
        app = Starlette(routes=list(stage.routes()))
        routes.append(Mount(f"/{stage.slug}", app=Faulty(app, stage.slug, world.faults)))
    return Starlette(routes=routes, lifespan=life)


async def _on(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/")


def _index(world: World):  # type: ignore[no-untyped-def]  # Starlette's own endpoint type
    async def index(request: Request) -> HTMLResponse:
        stages = [
            {
                "slug": stage.slug,
                "name": stage.name,
                "pages": stage.pages(),
                "theme": pages.theme(stage.slug),
            }
            for stage in world.stages.values()
        ]
        return TEMPLATES.TemplateResponse(request, "index.html", {"stages": stages})

    return index


def _control(world: World) -> list[BaseRoute]:
    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            world.faults.withdraw(request.query_params.get("stage", ""))
        elif request.method == "POST":
            try:
                order = json.loads(await request.body())
                world.faults.order(order.pop("kind", ""), **order)
            except (FaultOrderError, ValueError, AttributeError) as error:
                return JSONResponse({"error": str(error), "kinds": KINDS}, status_code=400)
        return JSONResponse(
            {"ordered": [f"{one.kind} {one.stage} {one.path}" for one in world.faults.ordered]}
        )

    async def deliveries(request: Request) -> Response:
        if request.method == "POST" and not _manage(world, await request.body()):
            why = 'The order may hold {"twice": 0.2, "shuffled": true, "held": false}.'
            return JSONResponse({"error": why}, status_code=400)
        sent = [
            {
                "address": one.address,
                "events": one.events,
                "status": one.status,
                "at": one.at.isoformat(),
                "tries": one.tries,
            }
            for one in world.hooks.sent
        ]
        return JSONResponse(
            {"waiting": world.hooks.waiting(), "dropped": world.hooks.dropped, "sent": sent}
        )

    return [
        Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/deliveries", deliveries, methods=["GET", "POST"]),
    ]


def _manage(world: World, order: bytes) -> bool:
    """Whether the order about deliveries was understood, and is done."""
    try:
        given = json.loads(order)
        twice = float(given.get("twice", world.hooks.twice))
    except (ValueError, TypeError, AttributeError):
        return False
    if not 0 <= twice <= 1:
        return False
    world.hooks.twice = twice
    world.hooks.shuffled = given.get("shuffled", world.hooks.shuffled) is True
    if given.get("held") is True:
        world.hooks.hold()
    elif given.get("held") is False:
        world.hooks.release()
    return True
