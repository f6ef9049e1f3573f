"""A website whose door stands open."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from glede.door import app as door
from glede.kit import crypto
from glede.rulebook.accounts.models import App
from tests.door import loop
from tests.door.caller import KEY, OLDER, ORIGIN, SECRET, SLUG, Caller

type Story = Callable[[Caller], Awaitable[None]]


@pytest.fixture
def website(transactional_db: None) -> App:
    return App.objects.create(
        platform="website",
        slug=SLUG,
        name="Red Kite's website",
        secrets=crypto.encrypt(json.dumps([SECRET, OLDER]).encode()),
        settings={"public_key": KEY, "sites": "https://redkite.example"},
        created_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )


@pytest.fixture
def through_the_door(website: App) -> Callable[[Story], None]:
    """Run a coroutine function with the door open, on a loop of its own."""

    def run(story: Story) -> None:
        async def told() -> None:
            await door.startup()
            try:
                transport = httpx.ASGITransport(door.application, client=("192.0.2.7", 4711))
                async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
                    await story(Caller(http))
            finally:
                await door.shutdown()

        with loop.running() as door_loop:
            door_loop.run(told())

    return run
