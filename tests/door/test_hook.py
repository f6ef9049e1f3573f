"""A signed call is kept once and then answered; an unsigned one leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from glede.desk.intake.models import RawEvent
from glede.door import app as door
from glede.kit import crypto
from glede.rulebook.accounts.models import App
from tests.door import loop
from tests.door.caller import OLDER, SLUG, Caller, created, kept, signed


def test_a_signed_event_is_kept_as_it_came_and_then_answered(through_the_door) -> None:
    body = created()

    async def story(caller: Caller) -> None:
        answer = await caller.hook("evt_1", body)
        assert (answer.status_code, answer.json()) == (200, {"message": "Kept."})

    through_the_door(story)

    event = RawEvent.objects.get()
    assert bytes(event.body) == body
    assert (event.key, event.account, event.state, event.way) == (
        "hook:evt_1",
        SLUG,
        "waiting",
        "webhook",
    )


def test_a_caller_that_asks_learns_the_private_page_of_the_thread(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        for number, body in enumerate([created(), b"{", b'{"data": {"thread": 7}}']):
            headers = signed(f"evt_{number}", body) | {"prefer": "return=representation"}
            said = (await caller.post(body, headers)).json()
            assert said.get("page", "none") == (
                f"/v/{crypto.token('visitor', SLUG, 'thread-1')}/" if number == 0 else "none"
            )

    through_the_door(story)


def test_the_older_of_two_secrets_is_still_taken(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.post(b"{}", signed("evt_1", b"{}", secret=OLDER))
        assert answer.status_code == 200

    through_the_door(story)

    assert kept() == ["hook:evt_1"]


def test_one_good_signature_among_several_is_enough(through_the_door) -> None:
    headers = signed("evt_1", b"{}")
    headers["webhook-signature"] = f"v1a,c29tZXRoaW5n v1,AAAA {headers['webhook-signature']}"

    async def story(caller: Caller) -> None:
        assert (await caller.post(b"{}", headers)).status_code == 200

    through_the_door(story)


def test_an_event_that_comes_again_is_answered_200_and_kept_once(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        for _ in range(3):
            assert (await caller.hook("evt_1")).status_code == 200
        both = await asyncio.gather(*(caller.hook("evt_2") for _ in range(10)))
        assert {answer.status_code for answer in both} == {200}

    through_the_door(story)

    assert kept() == ["hook:evt_1", "hook:evt_2"]


def test_a_signed_body_nobody_can_read_is_kept_all_the_same(through_the_door) -> None:
    bodies = [b"", b"{", b"\x00\xff\xfe", b"[1,2]", b"form\n{}", '{"type": 1}'.encode("utf-16")]

    async def story(caller: Caller) -> None:
        for number, body in enumerate(bodies):
            assert (await caller.hook(f"evt_{number}", body)).status_code == 200

    through_the_door(story)

    assert [bytes(event.body) for event in RawEvent.objects.order_by("id")] == bodies


def test_a_key_longer_than_an_index_takes_is_kept_by_its_digest(through_the_door) -> None:
    long = "e" * 6_000

    async def story(caller: Caller) -> None:
        assert (await caller.hook(long)).status_code == 200
        assert (await caller.hook(long)).status_code == 200

    through_the_door(story)

    assert [key[:7] for key in kept()] == ["sha256:"]


def _wrong(**changes: str | None) -> dict[str, str]:
    headers = signed("evt_1", b"{}") | {
        name.replace("_", "-"): value for name, value in changes.items() if value is not None
    }
    gone = {name.replace("_", "-") for name, value in changes.items() if value is None}
    return {name: value for name, value in headers.items() if name not in gone}


@pytest.mark.parametrize(
    "headers",
    [
        _wrong(webhook_signature="v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        _wrong(webhook_signature="nonsense"),
        _wrong(webhook_signature=None),
        _wrong(webhook_id="evt_2"),
        _wrong(webhook_id=None),
        _wrong(webhook_timestamp="1"),
        _wrong(webhook_timestamp=None),
        signed("evt_1", b"{ }"),
        signed("evt_1", b"{}", secret="whsec_" + "QUJD" * 10),
        {},
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_kept(
    through_the_door, headers: dict[str, str]
) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.post(b"{}", headers)
        assert answer.status_code == 401
        assert answer.json()["error"].endswith(".")

    through_the_door(story)

    assert kept() == []


@pytest.mark.parametrize(
    ("away", "word"), [(timedelta(minutes=-6), "old"), (timedelta(minutes=6), "in the future")]
)
def test_a_signature_whose_time_is_far_away_is_refused(
    through_the_door, away: timedelta, word: str
) -> None:
    async def story(caller: Caller) -> None:
        headers = signed("evt_1", b"{}", at=datetime.now(UTC) + away)
        answer = await caller.post(b"{}", headers)
        assert answer.status_code == 401
        assert word in answer.json()["error"]

    through_the_door(story)

    assert kept() == []


def test_how_old_a_signature_may_be_is_a_setting(through_the_door, website: App) -> None:
    App.objects.update(settings=website.settings | {"tolerance_seconds": "600"})

    async def story(caller: Caller) -> None:
        headers = signed("evt_1", b"{}", at=datetime.now(UTC) - timedelta(minutes=9))
        assert (await caller.post(b"{}", headers)).status_code == 200

    through_the_door(story)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/hooks/website/{SLUG}/more", 404),
        ("/hooks/website/another-site", 404),
        (f"/hooks/bluesky/{SLUG}", 404),
        (f"/hooks/nowhere/{SLUG}", 404),
        ("/hooks/website/", 404),
        ("/hooks", 404),
        ("/hooks/website/%00", 404),
    ],
)
def test_an_unknown_address_is_told_so(through_the_door, path: str, status: int) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.post(b"{}", signed("evt_1", b"{}"), path=path)
        assert answer.status_code == status
        assert answer.json()["error"]

    through_the_door(story)

    assert kept() == []


def test_a_closed_app_is_unknown(through_the_door, website: App) -> None:
    App.objects.update(closed_at=datetime.now(UTC))

    async def story(caller: Caller) -> None:
        assert (await caller.hook("evt_1")).status_code == 404

    through_the_door(story)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(through_the_door, method: str) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.http.request(
            method, f"/hooks/website/{SLUG}", headers=signed("evt_1", b"")
        )
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"

    through_the_door(story)

    assert kept() == []


async def _endless(read: list[int]) -> AsyncIterator[bytes]:
    for _ in range(1_600):
        read.append(65_536)
        yield b"x" * 65_536


def test_a_hundred_megabytes_are_not_read(through_the_door) -> None:
    read: list[int] = []

    async def story(caller: Caller) -> None:
        announced = await caller.http.post(
            f"/hooks/website/{SLUG}",
            content=b"{}",
            headers={**signed("evt_1", b"{}"), "content-length": "104857600"},
        )
        assert announced.status_code == 413
        streamed = await caller.http.post(f"/hooks/website/{SLUG}", content=_endless(read))
        assert streamed.status_code == 413

    through_the_door(story)

    assert sum(read) < 1_000_000
    assert kept() == []


def test_a_content_length_that_is_no_number_is_refused(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        headers = {**signed("evt_1", b"{}"), "content-length": "-1"}
        assert (await caller.post(b"{}", headers)).status_code == 400

    through_the_door(story)


def test_a_closed_door_says_come_again(website: App) -> None:
    sent = []

    async def send(message) -> None:
        sent.append(message)

    async def story() -> None:
        scope = {"type": "http", "path": f"/hooks/website/{SLUG}", "method": "POST", "headers": []}
        await door.application(scope, None, send)

    with loop.running() as door_loop:
        door_loop.run(story())

    assert sent[0]["status"] == 503
    assert (b"retry-after", b"5") in sent[0]["headers"]
