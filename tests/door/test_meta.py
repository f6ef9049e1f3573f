"""Meta at our door: the handshake, a signed call for two Pages, and the same call again."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from glede.desk.intake.models import RawEvent
from glede.door import app as door
from glede.kit import crypto
from glede.rulebook.accounts.models import App
from tests.door import loop

SECRET, WORD = "the app's secret", "said before"
HOOK = "/hooks/facebook/meta"


@pytest.fixture
def registered(transactional_db: None) -> App:
    return App.objects.create(
        platform="facebook",
        slug="meta",
        name="Our app at Meta",
        secrets=crypto.encrypt(json.dumps([SECRET]).encode()),
        settings={"verify_token": WORD},
        created_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )


def told(*calls: httpx.Request) -> list[httpx.Response]:
    async def story() -> list[httpx.Response]:
        await door.startup()
        try:
            transport = httpx.ASGITransport(door.application, client=("192.0.2.7", 4711))
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
                return [await http.send(call) for call in calls]
        finally:
            await door.shutdown()

    answers: list[httpx.Response] = []

    async def run() -> None:
        answers.extend(await story())

    with loop.running() as door_loop:
        door_loop.run(run())
    return answers


def comment(page: str, number: int) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": f"77_{number}",
        "post_id": f"{page}_77",
        "message": "No hot water 🚿",
        "from": {"id": "5551", "name": "Dilys Penhale"},
        "created_time": 1795337970,
    }
    return {"field": "feed", "value": value}


def signed(*entries: dict[str, Any], secret: str = SECRET) -> httpx.Request:
    body = json.dumps({"object": "page", "entry": list(entries)}).encode()
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={mark}", "content-type": "application/json"}
    return httpx.Request("POST", f"http://desk{HOOK}", content=body, headers=headers)


def entry(page: str, *changes: dict[str, Any]) -> dict[str, Any]:
    return {"id": page, "time": 1795338000, "changes": list(changes)}


def shake(word: str) -> httpx.Request:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": word}
    return httpx.Request("GET", f"http://desk{HOOK}", params=query)


def test_a_handshake_is_answered_for_who_knows_the_word(registered: App) -> None:
    good, bad = told(shake(WORD), shake("guessed"))
    assert (good.status_code, good.text) == (200, "1158201444")
    assert bad.status_code == 403
    assert RawEvent.objects.count() == 0


def test_a_call_for_two_pages_is_kept_item_by_item_and_once(registered: App) -> None:
    one = entry("1040000001", *(comment("1040000001", number) for number in range(3)))
    two = entry("1040000002", comment("1040000002", 9))
    answers = told(signed(one, two), signed({**one, "time": 1795338999}), signed(two))
    assert {answer.status_code for answer in answers} == {200}
    kept = list(RawEvent.objects.order_by("pk").values_list("account", flat=True))
    assert kept == ["1040000001"] * 3 + ["1040000002"]


def test_a_call_under_another_secret_is_not_kept(registered: App) -> None:
    (answer,) = told(signed(entry("1040000001", comment("1040000001", 1)), secret="guessed"))
    assert answer.status_code == 401
    assert RawEvent.objects.count() == 0
