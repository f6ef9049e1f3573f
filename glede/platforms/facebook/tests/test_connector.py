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
    Gone,
    Hook,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Reconnect,
    Refused,
    Registration,
    TryAgain,
    Written,
)
from glede.platforms.facebook.connector import SCOPES, Facebook, platform
from glede.platforms.facebook.parse import parse
from glede.platforms.graph.tests.other_side import BASE, OtherSide, error, standing

PAGE = "1040000001"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
JPEG = Media("image", "A new door", content=b"\xff\xd8\xff", content_type="image/jpeg")
FILM = Media("video", content=b"\0" * 8, content_type="video/mp4")


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSide]:
    with standing(monkeypatch) as side:
        yield side


def page(**more: Any) -> Facebook:
    given: dict[str, Any] = {
        "account": PAGE,
        "base_url": BASE,
        "credential": {"access_token": "T0K"},
    }
    return Facebook(Connection(**given | more))


def answer(**more: Any) -> OutboundMessage:
    given: dict[str, Any] = {
        "key": "k",
        "text": "We are sorry ^AB",
        "queued_at": NOW,
        "parent": "77_88",
        "root": f"{PAGE}_77",
        "parent_kind": Kind.COMMENT,
    }
    return OutboundMessage(**given | more)


def message(**more: Any) -> OutboundMessage:
    given: dict[str, Any] = {
        "parent": "m_1",
        "root": "chat/9001",
        "parent_kind": Kind.MESSAGE,
        "private": True,
        "to": "9001",
        "heard_at": NOW - timedelta(hours=1),
    }
    return answer(**given | more)


def publication(**more: Any) -> OutboundMessage:
    given: dict[str, Any] = {"parent": "", "root": "", "parent_kind": None}
    return answer(**{"publication": Publication()} | given | more)


# --- Answers in public ---------------------------------------------------------------------------


def test_an_answer_has_the_platforms_id_time_and_address(meta: OtherSide) -> None:
    url = "https://www.facebook.com/1/posts/77?comment_id=99"
    said = {"id": "77_99", "created_time": "2026-11-22T09:00:01+0000", "permalink_url": url}
    meta.says("POST 77_88/comments", said)
    receipt = page().send(answer(), now=NOW)
    assert (receipt.native_id, receipt.url) == ("77_99", url)
    assert receipt.at == NOW + timedelta(seconds=1)
    assert meta.calls("POST 77_88/comments")[0]["message"] == "We are sorry ^AB"


def test_a_picture_goes_with_the_answer_in_one_visible_call(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/photos", {"id": "501"})
    meta.says("POST 77_88/comments", {"id": "77_99"})
    page().send(answer(media=(JPEG,)), now=NOW)
    assert b'name="published"\r\n\r\nfalse' in meta.asked[0].content
    assert meta.calls("POST 77_88/comments")[0]["attachment_id"] == "501"


@pytest.mark.parametrize(
    "bad",
    [
        {"text": " "},
        {"text": "a" * 8001},
        {"media": (JPEG, JPEG)},
        {"media": (FILM,)},
        {"parent": ""},
        {"automatic": True},
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        page().send(answer(**bad), now=NOW)
    assert meta.asked == []


def test_an_automatic_answer_in_public_is_a_setting(meta: OtherSide) -> None:
    meta.says("POST 77_88/comments", {"id": "77_99"})
    page(settings={"automatic_public": "yes"}).send(answer(automatic=True), now=NOW)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (error(1, status=500), OutcomeUnknown),
        (httpx.Response(502, content=b"<html>"), OutcomeUnknown),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.ConnectError("away"), TryAgain),
        (error(32), TryAgain),
        (error(190, 463, status=401), Reconnect),
        (error(100, 33), Gone),
        (error(506), Refused),
        ({}, OutcomeUnknown),
    ],
)
def test_what_became_of_a_write(meta: OtherSide, said: Any, means: type[Exception]) -> None:
    meta.says("POST 77_88/comments", said)
    with pytest.raises(means):
        page().send(answer(), now=NOW)


def comment(native_id: str, text: str, *, who: str = PAGE, after: int = 1) -> dict[str, Any]:
    at = NOW + timedelta(seconds=after)
    return {
        "id": native_id,
        "message": text,
        "from": {"id": who},
        "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }


def test_an_answer_is_found_by_its_author_words_and_time(meta: OtherSide) -> None:
    listed = [
        comment("77_1", "We are sorry ^AB", who="5551"),
        comment("77_2", "Something else"),
        comment("77_3", "We are  sorry ^AB "),
        comment("77_4", "We are sorry ^AB", after=-3600),
    ]
    meta.says("GET 77_88/comments", {"data": listed})
    found = page().read_back(answer(), now=NOW)
    assert found is not None
    assert (found.native_id, found.at) == ("77_3", NOW + timedelta(seconds=1))


def test_an_answer_that_was_put_under_the_first_comment_is_found_there(meta: OtherSide) -> None:
    meta.says("GET 77_88/comments", {"data": []})
    meta.says("GET 77_88", {"id": "77_88", "parent": {"id": "77_10"}})
    meta.says("GET 77_10/comments", {"data": [comment("77_3", "We are sorry ^AB")]})
    found = page().read_back(answer(), now=NOW)
    assert found is not None
    assert found.native_id == "77_3"


def test_an_answer_never_sent_is_not_found(meta: OtherSide) -> None:
    meta.says("GET 77_88/comments", {"data": []})
    meta.says("GET 77_88", {"id": "77_88"})
    assert page().read_back(answer(), now=NOW) is None


# --- Private messages ----------------------------------------------------------------------------

SENT = httpx.Response(
    200,
    json={"recipient_id": "9001", "message_id": "m_2"},
    headers={"date": "Sun, 22 Nov 2026 09:00:02 GMT"},
)


def test_a_message_within_a_day_is_a_response(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", SENT)
    receipt = page().send(message(), now=NOW)
    assert (receipt.native_id, receipt.at) == ("m_2", NOW + timedelta(seconds=2))
    (given,) = meta.calls(f"POST {PAGE}/messages")
    assert json.loads(given["recipient"]) == {"id": "9001"}
    assert json.loads(given["message"]) == {"text": "We are sorry ^AB"}
    assert given["messaging_type"] == "RESPONSE"
    assert "tag" not in given


def test_a_person_may_write_for_seven_days_and_says_so(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", SENT)
    page().send(message(heard_at=NOW - timedelta(days=6)), now=NOW)
    (given,) = meta.calls(f"POST {PAGE}/messages")
    assert (given["messaging_type"], given["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize(
    "late",
    [
        {"heard_at": NOW - timedelta(hours=24), "automatic": True},
        {"heard_at": NOW - timedelta(days=7)},
        {"text": "a" * 2001},
        {"to": "", "root": "elsewhere"},
    ],
)
def test_what_may_not_be_sent_is_refused_before_anything_is_asked(
    meta: OtherSide, late: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        page().send(message(**late), now=NOW)
    assert meta.asked == []


@pytest.mark.parametrize("automatic", [False, True])
def test_where_we_do_not_know_when_they_wrote_the_platform_does(
    meta: OtherSide, automatic: bool
) -> None:
    meta.says(f"POST {PAGE}/messages", error(10, 2018278), SENT)
    unheard = message(heard_at=None, automatic=automatic)
    if automatic:
        with pytest.raises(Refused, match="24 hours"):
            page().send(unheard, now=NOW)
        assert len(meta.asked) == 1
    else:
        page().send(unheard, now=NOW)
        assert [one.get("tag") for one in meta.calls(f"POST {PAGE}/messages")] == [
            None,
            "HUMAN_AGENT",
        ]


def test_a_private_reply_to_a_comment_and_to_a_post(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", SENT)
    page().send(answer(private=True, to="5551", heard_at=NOW - timedelta(days=2)), now=NOW)
    visitor = answer(private=True, parent=f"{PAGE}_90", parent_kind=Kind.POST)
    page().send(visitor, now=NOW)
    first, second = meta.calls(f"POST {PAGE}/messages")
    assert json.loads(first["recipient"]) == {"comment_id": "77_88"}
    assert json.loads(second["recipient"]) == {"post_id": f"{PAGE}_90"}
    assert "tag" not in first


@pytest.mark.parametrize(
    "bad",
    [{"automatic": True}, {"heard_at": NOW - timedelta(days=7)}, {"media": (JPEG,)}],
    ids=["automatic", "late", "with a picture"],
)
def test_the_one_private_reply_is_not_wasted(meta: OtherSide, bad: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        page().send(answer(private=True, **bad), now=NOW)
    assert meta.asked == []


def test_a_second_private_reply_is_refused_by_the_platform(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/messages", error(10900))
    with pytest.raises(Refused):
        page().send(answer(private=True), now=NOW)


def test_a_picture_in_a_chat_is_brought_first(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/message_attachments", {"attachment_id": "61"})
    meta.says(f"POST {PAGE}/messages", SENT)
    page().send(message(media=(JPEG,)), now=NOW)
    picture, words = meta.calls(f"POST {PAGE}/messages")
    assert json.loads(picture["message"])["attachment"]["payload"] == {"attachment_id": "61"}
    assert json.loads(words["message"]) == {"text": "We are sorry ^AB"}


def chat(*listed: dict[str, Any]) -> dict[str, Any]:
    messages = {"data": list(listed)}
    updated = max(one["created_time"] for one in listed)
    return {"data": [{"id": "t_1", "updated_time": updated, "messages": messages}]}


def test_a_message_is_read_back_from_its_chat(meta: OtherSide) -> None:
    theirs = comment("m_8", "We are sorry ^AB", who="9001")
    meta.says(f"GET {PAGE}/conversations", chat(comment("m_9", "We are sorry ^AB"), theirs))
    found = page().read_back(message(), now=NOW)
    assert found is not None
    assert found.native_id == "m_9"
    assert meta.calls(f"GET {PAGE}/conversations")[0]["user_id"] == "9001"


def test_a_private_reply_is_read_back_from_any_chat(meta: OtherSide) -> None:
    meta.says(f"GET {PAGE}/conversations", chat(comment("m_9", "We are sorry ^AB")))
    found = page().read_back(answer(private=True, to="5551"), now=NOW)
    assert found is not None
    assert "user_id" not in meta.calls(f"GET {PAGE}/conversations")[0]


# --- Publishing ----------------------------------------------------------------------------------


def test_pictures_are_published_by_one_call(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/photos", {"id": "501"}, {"id": "502"})
    meta.says(f"POST {PAGE}/feed", {"id": f"{PAGE}_91"})
    receipt = page().send(publication(media=(JPEG, JPEG)), now=NOW)
    assert receipt.native_id == f"{PAGE}_91"
    (given,) = meta.calls(f"POST {PAGE}/feed")
    assert json.loads(given["attached_media"]) == [{"media_fbid": "501"}, {"media_fbid": "502"}]


def test_a_lost_picture_is_brought_again_and_a_lost_post_is_looked_for(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/photos", httpx.ReadTimeout("slow"), {"id": "501"})
    with pytest.raises(TryAgain):
        page().send(publication(media=(JPEG,)), now=NOW)
    meta.says(f"POST {PAGE}/feed", httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        page().send(publication(media=(JPEG,)), now=NOW)
    meta.says(f"GET {PAGE}/published_posts", {"data": [comment("91", "We are sorry ^AB")]})
    found = page().read_back(publication(media=(JPEG,)), now=NOW)
    assert found is not None
    assert found.native_id == "91"


def test_a_link_for_later_is_shown_by_the_platform(meta: OtherSide) -> None:
    later = Publication(address="https://www.example.org", at=NOW + timedelta(hours=2))
    meta.says(f"POST {PAGE}/feed", {"id": f"{PAGE}_92"})
    page().send(publication(publication=later), now=NOW)
    (given,) = meta.calls(f"POST {PAGE}/feed")
    assert given["link"] == "https://www.example.org"
    assert (given["published"], given["unpublished_content_type"]) == ("false", "SCHEDULED")
    assert given["scheduled_publish_time"] == str(int(NOW.timestamp()) + 7200)
    meta.says(f"GET {PAGE}/scheduled_posts", {"data": []})
    assert page().read_back(publication(publication=later), now=NOW) is None


def test_a_film_a_reel_and_a_story(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/videos", {"id": "71"})
    meta.says("GET 71", {"post_id": "93", "permalink_url": "https://www.facebook.com/71"})
    assert page().send(publication(media=(FILM,)), now=NOW).native_id == f"{PAGE}_93"

    start = {"video_id": "72", "upload_url": "https://rupload.facebook.com/video-upload/72"}
    meta.says(f"POST {PAGE}/video_reels", start, {"success": True, "post_id": "94"})
    meta.says("POST video-upload/72", {"success": True})
    reel = publication(media=(FILM,), publication=Publication(form=Form.REEL))
    assert page().send(reel, now=NOW).native_id == f"{PAGE}_94"

    meta.says(f"POST {PAGE}/photos", {"id": "503"})
    meta.says(f"POST {PAGE}/photo_stories", {"success": True, "post_id": "95"})
    story = publication(text="", media=(JPEG,), publication=Publication(form=Form.STORY))
    assert page().send(story, now=NOW).native_id == "95"


def test_a_film_is_not_brought_to_a_stranger(meta: OtherSide) -> None:
    start = {"video_id": "72", "upload_url": "https://rupload.example.net/72"}
    meta.says(f"POST {PAGE}/video_reels", start)
    reel = publication(media=(FILM,), publication=Publication(form=Form.REEL))
    with pytest.raises(Refused, match=r"rupload\.example\.net"):
        page().send(reel, now=NOW)
    assert len(meta.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"publication": Publication(at=NOW + timedelta(minutes=9))},
        {"publication": Publication(at=NOW + timedelta(days=31))},
        {"publication": Publication(form=Form.REEL), "media": (JPEG,)},
        {"publication": Publication(form=Form.STORY), "media": ()},
        {"publication": Publication(form=Form.STORY), "media": (JPEG,), "text": "words"},
        {"publication": Publication(form=Form.SAVED_STORY)},
        {"media": (JPEG, FILM)},
        {"media": (replace(JPEG, content=b""),)},
        {"media": (replace(JPEG, content=b"x" * (10 * 1024 * 1024 + 1)),)},
        {"media": (replace(JPEG, kind="audio"),)},
        {"text": ""},
    ],
)
def test_what_cannot_be_published_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        page().send(publication(**bad), now=NOW)
    assert meta.asked == []


# --- Moderating ----------------------------------------------------------------------------------


def test_hide_show_and_delete(meta: OtherSide) -> None:
    meta.says("POST 77_88", {"success": True})
    meta.says("DELETE 77_88", {"success": True})
    for act in (Act.HIDE, Act.UNHIDE, Act.DELETE):
        page().moderate(Moderation("k", act, "77_88"), now=NOW)
    assert [one.get("is_hidden") for one in meta.calls("POST 77_88")] == ["true", "false"]
    assert len(meta.calls("DELETE 77_88")) == 1


def test_block_from_the_page_and_from_the_chat(meta: OtherSide) -> None:
    meta.says(f"POST {PAGE}/blocked", {"5551": True})
    meta.says(f"DELETE {PAGE}/blocked", {"success": True})
    meta.says(f"POST {PAGE}/moderate_conversations", {"success": "true"})
    for act in (Act.BLOCK, Act.UNBLOCK):
        page().moderate(Moderation("k", act, author="5551"), now=NOW)
        page().moderate(Moderation("k", act, author="9001", private=True), now=NOW)
    assert meta.calls(f"POST {PAGE}/blocked")[0]["user"] == '["5551"]'
    assert meta.calls(f"DELETE {PAGE}/blocked")[0]["user"] == "5551"
    acts = [one["actions"] for one in meta.calls(f"POST {PAGE}/moderate_conversations")]
    assert acts == ['["BLOCK_USER"]', '["UNBLOCK_USER"]']


@pytest.mark.parametrize(
    "bad",
    [
        Moderation("k", Act.REPORT, "77_88"),
        Moderation("k", Act.HIDE, "m_1", private=True),
        Moderation("k", Act.DELETE),
        Moderation("k", Act.BLOCK, author="withheld/77_88"),
        Moderation("k", Act.BLOCK, author=PAGE),
    ],
)
def test_what_cannot_be_moderated_is_refused_before_anything_is_asked(
    meta: OtherSide, bad: Moderation
) -> None:
    with pytest.raises(Refused):
        page().moderate(bad, now=NOW)
    assert meta.asked == []


def test_a_no_as_a_word_is_a_no(meta: OtherSide) -> None:
    meta.says("POST 77_88", {"success": "false"})
    with pytest.raises(Refused):
        page().moderate(Moderation("k", Act.HIDE, "77_88"), now=NOW)


# --- Lists ---------------------------------------------------------------------------------------


def post(native_id: str, *comments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        **comment(native_id, "Our post", after=-60),
        "comments": {"data": list(comments), **more},
    }


def lists(meta: OtherSide, *posts: dict[str, Any]) -> None:
    meta.says(f"GET {PAGE}/feed", {"data": list(posts)})
    for edge in ("tagged", "ratings", "conversations"):
        meta.says(f"GET {PAGE}/{edge}", {"data": []})


def test_a_poll_brings_what_is_new_with_keys_that_stay(meta: OtherSide) -> None:
    old = comment("77_1", "long ago", who="5551", after=-9 * 24 * 3600)
    lists(meta, post(f"{PAGE}_77", comment("77_2", "Hello", who="5551"), old))
    first = page().poll(Cursor(), now=NOW)
    found = [event for raw in first.events for event in parse(raw.body, PAGE)]
    assert [event.post.native_id for event in found if isinstance(event, Written)] == [
        f"{PAGE}_77",
        "77_2",
    ]
    again = page().poll(first.cursor, now=NOW + timedelta(minutes=2))
    assert [raw.key for raw in again.events] == [raw.key for raw in first.events]


def test_more_comments_than_a_page_are_read_to_the_end(meta: OtherSide) -> None:
    paging = {"paging": {"next": f"{BASE}/v26.0/x/comments?after=two"}}
    lists(meta, post(f"{PAGE}_77", comment("77_2", "two", who="5551"), **paging))
    meta.says(f"GET {PAGE}_77/comments", {"data": [comment("77_1", "one", who="5551")]})
    batch = page().poll(Cursor(), now=NOW)
    assert len(batch.events) == 3
    assert meta.calls(f"GET {PAGE}_77/comments")[0]["after"] == "two"


def test_a_refused_field_costs_that_field_alone(meta: OtherSide) -> None:
    lists(meta, post(f"{PAGE}_77"))
    meta.says(f"GET {PAGE}/feed", error(100), {"data": [post(f"{PAGE}_77")]})
    assert page().poll(Cursor(), now=NOW).events
    full, lean = (one["fields"] for one in meta.calls(f"GET {PAGE}/feed"))
    assert "is_hidden" in full
    assert "is_hidden" not in lean


def test_where_nobody_may_be_seen_our_posts_are_not_taken_for_visitors(meta: OtherSide) -> None:
    lists(meta)
    bare = post(f"{PAGE}_77", comment("77_2", "Hello"))
    for one in (bare, bare["comments"]["data"][0]):
        del one["from"]
    meta.says(f"GET {PAGE}/feed", error(10), error(10), {"data": [bare]})
    found = [one for raw in page().poll(Cursor(), now=NOW).events for one in parse(raw.body, PAGE)]
    assert [one.post.text for one in found if isinstance(one, Written)] == ["Hello"]


def test_a_list_that_is_not_ours_to_read_does_not_stop_the_others(
    meta: OtherSide, caplog: pytest.LogCaptureFixture
) -> None:
    lists(meta, post(f"{PAGE}_77"))
    meta.says(f"GET {PAGE}/ratings", error(200))
    assert page().poll(Cursor(), now=NOW).events
    assert "ratings" in caplog.text


@pytest.mark.parametrize(("said", "means"), [(error(190), Reconnect), (error(80001), TryAgain)])
def test_a_poll_that_fails_says_how(meta: OtherSide, said: Any, means: type[Exception]) -> None:
    lists(meta)
    meta.says(f"GET {PAGE}/tagged", said)
    with pytest.raises(means):
        page().poll(Cursor(), now=NOW)


def test_an_unreadable_cursor_starts_over(meta: OtherSide) -> None:
    lists(meta, post(f"{PAGE}_77"))
    assert page().poll(Cursor("{"), now=NOW).events


def test_a_look_up_finds_what_is_gone_among_the_others(meta: OtherSide) -> None:
    def some(given: dict[str, str]) -> Any:
        ids = given["ids"].split(",")
        if "77_2" in ids:
            return error(100, 33)
        return {one: comment(one, f"words of {one}", who="5551") for one in ids}

    meta.says("GET ", some)
    events = page().lookup(["77_1", "77_2", "77_3", "77_1"], now=NOW)
    found = [event for raw in events for event in parse(raw.body, PAGE)]
    edited = {event.post.native_id for event in found if isinstance(event, Edited)}
    assert edited == {"77_1", "77_3"}
    assert [event for event in found if isinstance(event, Deleted)] == [Deleted(PAGE, "77_2", NOW)]


def test_what_may_not_be_looked_up_is_not_called_deleted(
    meta: OtherSide, caplog: pytest.LogCaptureFixture
) -> None:
    meta.says("GET ", error(10))
    meta.says("GET m_1", error(10))
    assert page().lookup(["77_1", "m_1"], now=NOW) == []
    assert caplog.text


# --- Connecting ----------------------------------------------------------------------------------

APP = Registration("app1", "hush", BASE)


def test_the_dialog_is_beside_the_api_and_asks_for_everything_needed() -> None:
    assert platform.oauth is not None
    url = httpx.URL(platform.oauth.address(APP, "https://desk.example.org/back", "st", ""))
    assert (url.host, url.path) == ("www.example.org", "/v26.0/dialog/oauth")
    assert url.params["state"] == "st"
    assert url.params["redirect_uri"] == "https://desk.example.org/back"
    assert set(url.params["scope"].split(",")) == {scope.name for scope in SCOPES}


def test_a_yes_becomes_pages_with_tokens_of_their_own(meta: OtherSide) -> None:
    meta.says("GET oauth/access_token", {"access_token": "short"}, {"access_token": "long"})
    known = {"scopes": ["pages_messaging"], "data_access_expires_at": 1803114000}
    meta.says("GET debug_token", {"data": known})
    listed = [
        {"id": PAGE, "name": "Red Kite", "username": "redkite", "access_token": "of the page"},
        {"id": "2", "name": "Only to look at"},
    ]
    meta.says("GET me/accounts", {"data": listed})
    assert platform.oauth is not None
    (offer,) = platform.oauth.finish(APP, "code", "https://desk.example.org/back", "", NOW)
    assert (offer.native_id, offer.handle) == (PAGE, "redkite")
    assert offer.credential == {"access_token": "of the page"}
    assert offer.scopes == ("pages_messaging",)
    assert offer.expires_at == datetime.fromtimestamp(1803114000, UTC)
    assert "of the page" not in repr(offer)


def test_a_person_without_pages_is_told(meta: OtherSide) -> None:
    meta.says("GET oauth/access_token", {"access_token": "short"})
    meta.says("GET debug_token", {"data": {}})
    meta.says("GET me/accounts", {"data": []})
    assert platform.oauth is not None
    with pytest.raises(Refused, match="No Page"):
        platform.oauth.finish(APP, "code", "https://desk.example.org/back", "", NOW)


def test_the_app_and_the_page_are_asked_to_call_us(meta: OtherSide) -> None:
    meta.says("POST app1/subscriptions", {"success": True})
    subscribed = {"data": [{"id": "app1", "subscribed_fields": ["feed", "leadgen"]}, {"id": "2"}]}
    meta.says(f"GET {PAGE}/subscribed_apps", subscribed)
    meta.says(f"POST {PAGE}/subscribed_apps", {"success": True})
    hook = Hook("https://desk.example.org/hooks/facebook/f", "hush", "said before")
    app = {"client_id": "app1", "client_secret": "hush"}
    again = page(app=app).listen(hook, now=NOW)
    assert again is not None
    assert again > NOW
    (given,) = meta.calls("POST app1/subscriptions")
    assert given["callback_url"] == hook.address
    assert given["verify_token"] == "said before"
    (fields,) = meta.calls(f"POST {PAGE}/subscribed_apps")
    assert {"feed", "messages", "message_edits", "leadgen"} <= set(
        fields["subscribed_fields"].split(",")
    )


def test_without_our_registration_nobody_is_asked_to_call(meta: OtherSide) -> None:
    with pytest.raises(Refused):
        page().listen(Hook("https://desk.example.org/h", "", "v"), now=NOW)
    assert meta.asked == []
