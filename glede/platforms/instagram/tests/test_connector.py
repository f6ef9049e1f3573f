"""What the plug-in asks of the Graph, and what it makes of the answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from glede.platforms.contract import (
    Act,
    Connection,
    Cursor,
    Deleted,
    Edited,
    Form,
    Hook,
    InboundEvent,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    RawEvent,
    Refused,
    Registration,
    TryAgain,
    Written,
)
from glede.platforms.graph.tests.other_side import BASE, OtherSide, error, standing
from glede.platforms.instagram.connector import Instagram, platform
from glede.platforms.instagram.parse import parse

US, PAGE = "17841400000000001", "1040000001"
MEDIA, COMMENT = "17800000000000077", "17900000000000088"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
JPEG = Media("image", "A new door", content=b"\xff\xd8\xff", content_type="image/jpeg")
FILM = Media("video", content=b"\0" * 8, content_type="video/mp4")


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSide]:
    with standing(monkeypatch) as side:
        yield side


def account(**more: Any) -> Instagram:
    given: dict[str, Any] = {
        "account": US,
        "base_url": BASE,
        "credential": {"access_token": "T0K"},
        "handle": "redkite",
        "settings": {"page_id": PAGE, "container_seconds": "0.001"},
    }
    return Instagram(Connection(**given | more))


def answer(**more: Any) -> OutboundMessage:
    given: dict[str, Any] = {
        "key": "k",
        "text": "We are sorry ^AB",
        "queued_at": NOW,
        "parent": COMMENT,
        "root": MEDIA,
        "parent_kind": Kind.COMMENT,
    }
    return OutboundMessage(**given | more)


def publication(**more: Any) -> OutboundMessage:
    given: dict[str, Any] = {"parent": "", "root": "", "parent_kind": None, "media": (JPEG,)}
    return answer(**{"publication": Publication()} | given | more)


def comment(native_id: str, text: str, *, who: str = "dilys", after: int = -60) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": native_id, "text": text, "timestamp": at, "username": who}


# --- Answers -------------------------------------------------------------------------------------


def test_an_answer_to_a_comment_to_our_post_and_to_a_mention(meta: OtherSide) -> None:
    date = {"date": "Sun, 22 Nov 2026 09:00:02 GMT"}
    meta.says(f"POST {COMMENT}/replies", httpx.Response(200, json={"id": "1"}, headers=date))
    meta.says(f"POST {MEDIA}/comments", {"id": "2"})
    meta.says(f"POST {US}/mentions", {"id": "3"})
    receipt = account().send(answer(), now=NOW)
    assert (receipt.native_id, receipt.at) == ("1", NOW + timedelta(seconds=2))
    assert account().send(answer(parent=MEDIA), now=NOW).native_id == "2"
    account().send(answer(parent_kind=Kind.MENTION), now=NOW)
    account().send(answer(parent_kind=Kind.MENTION, parent=MEDIA), now=NOW)
    first, second = meta.calls(f"POST {US}/mentions")
    assert (first["media_id"], first["comment_id"]) == (MEDIA, COMMENT)
    assert second["media_id"] == MEDIA
    assert "comment_id" not in second


@pytest.mark.parametrize(
    "bad",
    [
        {"text": " "},
        {"text": "a" * 1001},
        {"media": (JPEG,)},
        {"parent": ""},
        {"automatic": True},
        {"private": True, "automatic": True},
        {"private": True, "text": "ŵ" * 501},
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        account().send(answer(**bad), now=NOW)
    assert meta.asked == []


def test_a_message_and_a_private_reply_go_by_the_page(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", {"message_id": "aWd", "recipient_id": "990001"})
    chat = {"private": True, "parent": "aWdfZ", "parent_kind": Kind.MESSAGE, "to": "990001"}
    account().send(answer(**chat, heard_at=NOW), now=NOW)
    account().send(answer(private=True), now=NOW)
    recipients = [json.loads(one["recipient"]) for one in meta.calls(f"POST {PAGE}/messages")]
    assert recipients == [{"id": "990001"}, {"comment_id": COMMENT}]


def test_an_answer_outside_the_window_says_so(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", error(10, 2534022))
    chat = {"private": True, "parent": "aWdfZ", "parent_kind": Kind.MESSAGE, "to": "990001"}
    with pytest.raises(Refused, match="24 hours"):
        account().send(answer(**chat, heard_at=NOW), now=NOW)


def test_an_answer_is_found_by_its_author_words_and_time(meta: OtherSide) -> None:
    listed = [
        comment("1", "We are sorry ^AB", who="dilys", after=1),
        comment("2", "We are sorry ^AB", who="redkite", after=-600),
        comment("3", "We are sorry ^AB", who="redkite", after=1),
    ]
    meta.says(f"GET {COMMENT}/replies", {"data": listed})
    found = account().read_back(answer(), now=NOW)
    assert found is not None
    assert (found.native_id, found.at) == ("3", NOW + timedelta(seconds=1))


def test_an_answer_to_an_answer_is_found_under_the_first_comment(meta: OtherSide) -> None:
    meta.says(f"GET {COMMENT}/replies", {"data": []})
    meta.says(f"GET {COMMENT}", {"id": COMMENT, "parent_id": "179"})
    mine = comment("3", "We are sorry ^AB", who="redkite", after=1)
    meta.says("GET 179/replies", {"data": [mine]})
    assert account().read_back(answer(), now=NOW) is not None
    meta.says(f"GET {COMMENT}", {"id": COMMENT})
    assert account().read_back(answer(), now=NOW) is None


def test_an_answer_to_a_mention_is_looked_for_through_our_own_account(meta: OtherSide) -> None:
    mine = comment("3", "We are sorry ^AB", who="redkite", after=1)
    meta.says(f"GET {US}", {"mentioned_comment": {"replies": {"data": [mine]}}})
    mention = answer(parent_kind=Kind.MENTION)
    found = account().read_back(mention, now=NOW)
    assert found is not None
    assert found.native_id == "3"
    meta.says(f"GET {US}", error(100))
    with pytest.raises(Refused):  # the outcome stays unknown: nothing is sent a second time
        account().read_back(mention, now=NOW)


def test_our_own_name_is_asked_for_once(meta: OtherSide) -> None:
    meta.says(f"GET {US}", {"username": "redkite"})
    meta.says(f"GET {MEDIA}/comments", {"data": []})
    connector = account(handle="")
    for _ in range(2):
        assert connector.read_back(answer(parent=MEDIA), now=NOW) is None
    assert len(meta.calls(f"GET {US}")) == 1


# --- Publishing ----------------------------------------------------------------------------------


def publishing(meta: OtherSide, *states: str, used: int = 3) -> None:
    quota = {"quota_usage": used, "config": {"quota_total": 100, "quota_duration": 86400}}
    meta.says(f"GET {US}/content_publishing_limit", {"data": [quota]})
    meta.says(f"POST {PAGE}/photos", {"id": "501"})
    lent = {"images": [{"source": "https://scontent.fbcdn.net/big.jpg"}, {"source": "small"}]}
    meta.says("GET 501", lent)
    meta.says(f"POST {US}/media", {"id": "41"}, {"id": "42"}, {"id": "43"})
    answers = [{"status_code": state, "status": f"{state}: told"} for state in states]
    meta.says(r"GET 4\d", *(answers or [{"status_code": "FINISHED"}]))
    meta.says(f"POST {US}/media_publish", {"id": "44"})


def test_a_picture_is_lent_by_the_page_made_finished_and_shown(meta: OtherSide) -> None:
    publishing(meta, "IN_PROGRESS", "IN_PROGRESS", "FINISHED")
    connection_meter = account()._connection.meter
    connector = account(meter=connection_meter)
    receipt = connector.send(publication(), now=NOW)
    assert receipt.native_id == "44"
    (made,) = meta.calls(f"POST {US}/media")
    assert made["image_url"] == "https://scontent.fbcdn.net/big.jpg"
    assert (made["caption"], made["alt_text"]) == ("We are sorry ^AB", "A new door")
    assert meta.calls(f"POST {US}/media_publish") == [{"creation_id": "41"}]
    spent, signals = connection_meter.take()
    assert [(one.name, one.period, one.units) for one in spent] == [("published", "2026-11-22", 1)]
    assert [(one.name, one.used_percent) for one in signals] == [("published", 3.0)]


def test_several_pictures_stand_together(meta: OtherSide) -> None:
    publishing(meta)
    account().send(publication(media=(JPEG, replace(JPEG, alt="Its key"))), now=NOW)
    first, second, whole = meta.calls(f"POST {US}/media")
    assert first["is_carousel_item"] == second["is_carousel_item"] == "true"
    assert (whole["media_type"], whole["children"]) == ("CAROUSEL", "41,42")


def test_a_film_is_brought_and_a_story_has_no_words(meta: OtherSide) -> None:
    publishing(meta)
    meta.says("POST ig-api-upload/v26.0/41", {"success": True})
    account().send(publication(media=(FILM,), publication=Publication(form=Form.REEL)), now=NOW)
    (made,) = meta.calls(f"POST {US}/media")
    assert (made["media_type"], made["upload_type"]) == ("REELS", "resumable")
    publishing(meta)
    account().send(publication(text="", publication=Publication(form=Form.STORY)), now=NOW)
    assert meta.calls(f"POST {US}/media")[-1]["media_type"] == "STORIES"


@pytest.mark.parametrize(
    ("state", "means"),
    [("ERROR", Refused), ("EXPIRED", TryAgain), ("IN_PROGRESS", TryAgain), ("NEW", TryAgain)],
)
def test_a_container_that_does_not_finish_shows_nothing(
    meta: OtherSide, state: str, means: type[Exception]
) -> None:
    publishing(meta, state)
    with pytest.raises(means):
        account().send(publication(), now=NOW)
    assert meta.calls(f"POST {US}/media_publish") == []


def test_a_spent_quota_waits_and_asks_for_no_container(meta: OtherSide) -> None:
    publishing(meta, used=100)
    with pytest.raises(TryAgain) as later:
        account().send(publication(), now=NOW)
    assert later.value.at is not None
    assert meta.calls(f"POST {US}/media") == []


def test_only_the_last_call_may_be_unknown(meta: OtherSide) -> None:
    publishing(meta)
    meta.says(f"POST {US}/media", httpx.ReadTimeout("slow"))
    with pytest.raises(TryAgain):
        account().send(publication(), now=NOW)
    publishing(meta)
    meta.says(f"POST {US}/media_publish", httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        account().send(publication(), now=NOW)
    shown = comment("44", "", who="redkite", after=1) | {"caption": "We are sorry ^AB"}
    meta.says(f"GET {US}/media", {"data": [shown]})
    found = account().read_back(publication(), now=NOW)
    assert found is not None
    assert found.native_id == "44"
    assert account().read_back(publication(text="Another"), now=NOW) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"media": ()},
        {"media": (replace(JPEG, content_type="image/png"),)},
        {"media": (replace(JPEG, content=b"x" * (8 * 1024 * 1024 + 1)),)},
        {"media": (replace(JPEG, kind="audio"),)},
        {"media": (JPEG,) * 11},
        {"text": "a" * 2201},
        {"publication": Publication(address="https://www.example.org")},
        {"publication": Publication(at=NOW + timedelta(hours=1))},
        {"publication": Publication(form=Form.SAVED_STORY)},
        {"publication": Publication(form=Form.REEL)},
        {"publication": Publication(form=Form.STORY)},
        {"publication": Publication(form=Form.REEL), "media": (FILM, FILM)},
    ],
)
def test_what_cannot_be_published_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        account().send(publication(**bad), now=NOW)
    assert meta.asked == []


# --- Moderating ----------------------------------------------------------------------------------


def test_hide_show_delete_and_block(meta: OtherSide) -> None:
    meta.says(f"POST {COMMENT}", {"success": True})
    meta.says(f"DELETE {COMMENT}", {"success": True})
    meta.says(f"POST {PAGE}/moderate_conversations", {"success": "true"})
    for act in (Act.HIDE, Act.UNHIDE, Act.DELETE):
        account().moderate(Moderation("k", act, COMMENT), now=NOW)
    for act in (Act.BLOCK, Act.UNBLOCK):
        account().moderate(Moderation("k", act, author="990001", private=True), now=NOW)
    assert [one["hide"] for one in meta.calls(f"POST {COMMENT}")] == ["true", "false"]
    assert len(meta.calls(f"DELETE {COMMENT}")) == 1
    acts = [one["actions"] for one in meta.calls(f"POST {PAGE}/moderate_conversations")]
    assert acts == ['["BLOCK_USER"]', '["UNBLOCK_USER"]']


@pytest.mark.parametrize(
    "bad",
    [
        Moderation("k", Act.REPORT, COMMENT),
        Moderation("k", Act.HIDE, "aWdfZ", private=True),
        Moderation("k", Act.DELETE),
        Moderation("k", Act.BLOCK, author="@dilys"),
        Moderation("k", Act.BLOCK, author=US),
    ],
)
def test_what_cannot_be_moderated_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: Moderation
) -> None:
    with pytest.raises(Refused):
        account().moderate(bad, now=NOW)
    assert meta.asked == []


# --- Lists ---------------------------------------------------------------------------------------


def media(*comments: dict[str, Any]) -> dict[str, Any]:
    post = comment(MEDIA, "", who="redkite", after=-9 * 24 * 3600)
    return {**post, "caption": "The new lift", "comments": {"data": list(comments)}}


def lists(meta: OtherSide, *posts: dict[str, Any]) -> None:
    meta.says(f"GET {US}/media", {"data": list(posts)})
    meta.says(f"GET {US}/tags", {"data": []})
    meta.says(f"GET {PAGE}/conversations", {"data": []})


def read(events: Any) -> list[InboundEvent]:
    found: list[RawEvent] = list(events)
    return [event for raw in found for event in parse(raw.body, US)]


def poll(meta: OtherSide, cursor: Cursor, *comments: dict[str, Any], minutes: int = 0) -> Any:
    lists(meta, media(*comments))
    return account().poll(cursor, now=NOW + timedelta(minutes=minutes))


def test_a_poll_finds_what_is_new_changed_and_gone(meta: OtherSide) -> None:
    hello, bye = comment("1", "Hello"), comment("2", "Good bye")
    reply = {**comment("3", "We hear you", who="redkite"), "parent_id": None}
    first = poll(meta, Cursor(), {**hello, "replies": {"data": [reply]}}, bye)
    found = read(first.events)
    assert all(isinstance(event, Written) for event in found)
    posts = {event.post.native_id: event.post for event in found if isinstance(event, Written)}
    assert set(posts) == {"1", "2", "3"}
    assert [one for one, post in posts.items() if post.ours] == ["3"]
    assert posts["1"].thread == MEDIA
    assert posts["1"].subject is not None

    still = poll(meta, first.cursor, {**hello, "replies": {"data": [reply]}}, bye, minutes=20)
    assert still.events == ()

    edited = {**hello, "text": "Hello again", "replies": {"data": [reply]}}
    then = poll(meta, still.cursor, edited, minutes=40)
    change, gone = read(then.events)
    assert isinstance(change, Edited)
    assert (change.post.native_id, change.post.text) == ("1", "Hello again")
    assert gone == Deleted(US, "2", NOW + timedelta(minutes=40))


def test_words_that_come_back_are_a_change_each_time(meta: OtherSide) -> None:
    cursor, keys = Cursor(), []
    for minute, words in enumerate(["one", "two", "one", "two"]):
        batch = poll(meta, cursor, comment("1", words), minutes=minute)
        cursor = batch.cursor
        keys += [raw.key for raw in batch.events]
    assert len(set(keys)) == 4


def test_what_is_not_read_to_the_end_is_not_called_deleted(meta: OtherSide) -> None:
    first = poll(meta, Cursor(), comment("1", "Hello"), comment("2", "Good bye"))
    endless = media(comment("1", "Hello"))
    endless["comments"]["paging"] = {"next": f"{BASE}/x?after=more"}
    lists(meta, endless)
    more = {"data": [comment("1", "Hello")], "paging": {"next": f"{BASE}/x?after=more"}}
    meta.says(f"GET {MEDIA}/comments", more)
    assert account().poll(first.cursor, now=NOW + timedelta(hours=1)).events == ()


def test_a_refused_field_costs_that_field_alone(meta: OtherSide) -> None:
    lists(meta)
    meta.says(f"GET {US}/media", error(100), {"data": [media(comment("1", "Hello"))]})
    (event,) = read(account().poll(Cursor(), now=NOW).events)
    assert isinstance(event, Written)
    assert event.post.author.native_id == "@dilys"


def test_a_look_up_of_a_comment_a_message_a_mention_and_what_is_gone(meta: OtherSide) -> None:
    meta.says(r"GET \d+", error(100, 33))
    meta.says(f"GET {COMMENT}", comment(COMMENT, "Any news?"))
    message = {
        "id": "aWdfZ",
        "created_time": "2026-11-22T08:00:00+0000",
        "from": {"id": "990001", "username": "dilys"},
        "to": {"data": [{"id": US}]},
        "message": "Hello",
    }
    meta.says("GET aWdfZ", message)

    def named(given: dict[str, str]) -> Any:
        if "mentioned_comment.comment_id(66)" in given.get("fields", ""):
            return {"mentioned_comment": {**comment("66", "Ask @redkite"), "media": {"id": "65"}}}
        return error(100)

    meta.says(f"GET {US}", named)
    found = read(account().lookup([COMMENT, "aWdfZ", "66", "67"], now=NOW))
    words = [event.post.text for event in found if isinstance(event, Edited)]
    assert words == ["Any news?", "Hello", "Ask @redkite"]
    assert found[2].post.kind is Kind.MENTION  # type: ignore[union-attr]
    assert found[3] == Deleted(US, "67", NOW)


def test_what_may_not_be_looked_up_is_not_called_deleted(
    meta: OtherSide, caplog: pytest.LogCaptureFixture
) -> None:
    meta.says(r"GET .*", error(200))
    assert account().lookup([COMMENT, "aWdfZ"], now=NOW) == []
    assert caplog.text


# --- Connecting ----------------------------------------------------------------------------------


def test_whose_token_it_is(meta: OtherSide) -> None:
    owned = {"id": US, "username": "redkite", "name": "Red Kite"}
    meta.says(f"GET {PAGE}", {"id": PAGE, "instagram_business_account": owned})
    assert account().identify(now=NOW).native_id == US
    meta.says(f"GET {PAGE}", {"id": PAGE, "instagram_business_account": {"id": US}})
    meta.says(f"GET {US}", owned)
    assert account().identify(now=NOW).handle == "redkite"
    meta.says(f"GET {PAGE}", {"id": PAGE})
    with pytest.raises(Refused, match="professional"):
        account().identify(now=NOW)


def test_a_yes_offers_the_accounts_of_the_pages(meta: OtherSide) -> None:
    meta.says("GET oauth/access_token", {"access_token": "t"})
    meta.says("GET debug_token", {"data": {"scopes": ["instagram_basic"]}})
    owned = {"id": US, "username": "redkite", "name": "Red Kite"}
    pages = [
        {"id": PAGE, "access_token": "of the page", "instagram_business_account": owned},
        {"id": "2", "access_token": "of another"},
    ]
    meta.says("GET me/accounts", {"data": pages})
    assert platform.oauth is not None
    app = Registration("app1", "hush", BASE)
    (offer,) = platform.oauth.finish(app, "code", "https://desk.example.org/back", "", NOW)
    assert (offer.native_id, offer.handle) == (US, "redkite")
    assert offer.settings == {"page_id": PAGE}
    meta.says("GET me/accounts", {"data": pages[1:]})
    with pytest.raises(Refused, match="professional"):
        platform.oauth.finish(app, "code", "https://desk.example.org/back", "", NOW)


def test_the_app_and_the_accounts_page_are_asked_to_call_us(meta: OtherSide) -> None:
    meta.says("POST app1/subscriptions", {"success": True})
    standing_fields = {"data": [{"id": "app1", "subscribed_fields": ["message_edits"]}]}
    meta.says(f"GET {PAGE}/subscribed_apps", standing_fields)
    meta.says(f"POST {PAGE}/subscribed_apps", {"success": True})
    hook = Hook("https://desk.example.org/hooks/instagram/i", "hush", "said before")
    account(app={"client_id": "app1", "client_secret": "hush"}).listen(hook, now=NOW)
    assert meta.calls("POST app1/subscriptions")[0]["object"] == "instagram"
    (fields,) = meta.calls(f"POST {PAGE}/subscribed_apps")
    assert fields["subscribed_fields"].split(",") == ["message_edits", "feed", "messages"]
