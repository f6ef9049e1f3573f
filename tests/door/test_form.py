"""The public form: only from our page, only with our ticket, once, not too often."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from glede.desk.intake.models import RawEvent, Usage
from glede.kit import crypto
from glede.rulebook.accounts.models import App
from tests.door.caller import SLUG, Caller, filled, kept

FORM = "application/x-www-form-urlencoded"


def test_a_filled_form_leads_to_a_private_page_of_which_only_the_hash_is_kept(
    through_the_door,
) -> None:
    where = []

    async def story(caller: Caller) -> None:
        answer = await caller.form(filled(page="https://redkite.example/repairs"))
        assert answer.status_code == 303
        assert answer.headers["referrer-policy"] == "no-referrer"
        where.append(answer.headers["location"])

    through_the_door(story)

    token = where[0].split("/")[2]
    event = RawEvent.objects.get()
    body = bytes(event.body)
    assert body.startswith(b"form\n")
    assert token.encode() not in body
    words = json.loads(body[5:])
    assert words["link_hash"] == crypto.token_hash(token)
    assert (words["name"], words["message"]) == ("Iris Blandford", "My boiler is out")
    assert words["page_url"] == "https://redkite.example/repairs"
    assert event.account == SLUG
    assert len(token) >= 22  # 128 bits in base64


def test_a_double_click_is_one_message_and_the_same_page(through_the_door) -> None:
    fields = filled()

    async def story(caller: Caller) -> None:
        both = await asyncio.gather(*(caller.form(fields) for _ in range(5)))
        assert {answer.status_code for answer in both} == {303}
        assert len({answer.headers["location"] for answer in both}) == 1

    through_the_door(story)

    assert len(kept()) == 1


def test_other_words_from_the_same_open_page_are_another_message_on_the_same_page(
    through_the_door,
) -> None:
    fields = filled()

    async def story(caller: Caller) -> None:
        first = await caller.form(fields)
        second = await caller.form({**fields, "message": "And the lift is stuck"})
        pages = {answer.headers["location"].partition("?")[0] for answer in (first, second)}
        assert len(pages) == 1

    through_the_door(story)

    assert len(kept()) == 2


def test_writing_again_from_the_private_page_stays_in_its_thread(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        assert (await caller.form(filled(thread="first-thread"))).status_code == 303
        moved = {**filled(thread="first-thread"), "thread": "somebody-elses"}
        assert (await caller.form(moved)).status_code == 401

    through_the_door(story)

    body = bytes(RawEvent.objects.get().body)
    assert json.loads(body[5:])["thread"] == "first-thread"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ticket": ""}, 401),
        ({"ticket": "made.9999999999.up"}, 401),
        ({"ticket": "é" * 10}, 401),
        ({"key": "pk_other"}, 403),
        ({"key": ""}, 403),
        ({"message": ""}, 422),
        ({"message": "  \r\n "}, 422),
        ({"name": ""}, 422),
        ({"name": "n" * 201}, 422),
        ({"message": "m" * 8_001}, 422),
        ({"email": "nobody"}, 422),
        ({"email": "a@b\nBcc: c@d"}, 422),
        ({"email": "a@b, c@d"}, 422),
        ({"message": "m" * 40_000}, 413),
    ],
)
def test_a_form_that_is_not_right_is_told_so_and_not_kept(
    through_the_door, change: dict[str, str], status: int
) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.form(filled() | change)
        assert answer.status_code == status
        assert answer.json()["error"].endswith(".")

    through_the_door(story)

    assert kept() == []


def test_an_old_ticket_is_refused(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        old = filled(until=datetime.now(UTC) - timedelta(seconds=2))
        answer = await caller.form(old)
        assert answer.status_code == 401
        assert "too long" in answer.json()["error"]

    through_the_door(story)

    assert kept() == []


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [
        ("http://glede.test", "cross-site", 303),
        ("null", "same-origin", 303),
        ("null", "cross-site", 403),
        ("null", "", 403),
        ("https://redkite.example", "cross-site", 403),
        ("http://glede.test.evil.example", "", 403),
        ("http://[", "", 403),
    ],
)
def test_only_a_page_of_ours_may_send_it(
    through_the_door, origin: str, site: str, status: int
) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.form(filled(), origin=origin, sec_fetch_site=site)
        assert answer.status_code == status

    through_the_door(story)


def test_a_filled_honeypot_is_thanked_and_not_kept(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.form(filled(company="Cheap Pills Ltd"))
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("/thanks/")

    through_the_door(story)

    assert kept() == []


def test_a_body_that_is_no_form_is_refused(through_the_door) -> None:
    bodies = [b"", b"\xff\xfe=1", b"&" * 3_000, b"%00%ff", b"a=1&" * 50]

    async def story(caller: Caller) -> None:
        for body in bodies:
            headers = {"content-type": FORM, "origin": "http://glede.test"}
            assert (await caller.post(body, headers)).status_code in {400, 403}

    through_the_door(story)

    assert kept() == []


@pytest.mark.parametrize("setting", ["form_per_address_an_hour", "form_per_site_an_hour"])
def test_more_often_than_allowed_is_too_often(through_the_door, website: App, setting: str) -> None:
    App.objects.update(settings=website.settings | {setting: 2})

    async def story(caller: Caller) -> None:
        statuses = [(await caller.form(filled())).status_code for _ in range(3)]
        assert statuses == [303, 303, 429]
        refused = await caller.form(filled())
        assert 0 < int(refused.headers["retry-after"]) <= 3600

    through_the_door(story)

    assert len(kept()) == 2
    assert not Usage.objects.filter(key__contains="192.0.2.7").exists()


def test_a_browser_is_answered_with_a_page(through_the_door) -> None:
    async def story(caller: Caller) -> None:
        answer = await caller.form(filled(message=""), accept="text/html,application/xhtml+xml")
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>Not sent</h1>" in answer.text

    through_the_door(story)


def test_an_address_is_kept_only_where_mail_can_be_sent(through_the_door, website: App) -> None:
    async def story(caller: Caller) -> None:
        assert (await caller.form(filled(email="iris@example.org"))).status_code == 303

    through_the_door(story)
    App.objects.update(settings=website.settings | {"smtp_host": "mail.example"})
    through_the_door(story)

    addresses = [
        json.loads(bytes(one.body)[5:])["email"] for one in RawEvent.objects.order_by("id")
    ]
    assert addresses == ["", "iris@example.org"]
