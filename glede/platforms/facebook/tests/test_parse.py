"""Every shape that Meta sends for a Page, with invented residents, and what becomes of it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import (
    Act,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Moderated,
    Post,
    Written,
)
from glede.platforms.facebook.parse import COMMENT, POST, REVIEW, TAG, parse
from glede.platforms.graph import chats, events
from glede.platforms.hostile import garbage, spoiled

PAGE = "1040000001"
SENT = 1795338000  # 2026-11-22T09:00:00Z
WRITTEN = SENT - 30
AT = datetime.fromtimestamp(WRITTEN, UTC)
SEEN = datetime.fromtimestamp(SENT, UTC)

COMMENT_ADDED = {
    "item": "comment",
    "verb": "add",
    "comment_id": "77_88",
    "post_id": f"{PAGE}_77",
    "parent_id": f"{PAGE}_77",
    "from": {"id": "5551", "name": "Dilys Penhale"},
    "message": "No heating since Friday \u00e2 th\u0175r 🥶",
    "created_time": WRITTEN,
    "post": {"permalink_url": "https://www.facebook.com/permalink/77", "status_type": "added"},
}
MESSAGE = {
    "sender": {"id": "9001"},
    "recipient": {"id": PAGE},
    "timestamp": WRITTEN * 1000 + 123,
    "message": {"mid": "m_abc", "text": "My boiler is leaking"},
}


def change(field: str, value: Any, **more: Any) -> bytes:
    entry = {"id": PAGE, "time": SENT, "changes": [{"field": field, "value": value}], **more}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def chat(item: Any, name: str = "messaging") -> bytes:
    entry = {"id": PAGE, "time": SENT * 1000, name: [item]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def one(body: bytes) -> InboundEvent:
    found: Sequence[InboundEvent] = parse(body, PAGE)
    assert len(found) == 1
    return found[0]


def written(body: bytes) -> Post:
    event = one(body)
    assert isinstance(event, Written), event
    return event.post


def feed(**value: Any) -> bytes:
    return change("feed", {**COMMENT_ADDED, **value})


# --- Comments ------------------------------------------------------------------------------------


def test_a_comment() -> None:
    post = written(feed())
    assert (post.native_id, post.account, post.thread) == ("77_88", PAGE, f"{PAGE}_77")
    assert post.parent == f"{PAGE}_77"
    assert post.text == COMMENT_ADDED["message"]
    assert post.at == AT
    assert (post.kind, post.private, post.ours, post.hidden) == (Kind.COMMENT, False, False, False)
    assert (post.author.native_id, post.author.name) == ("5551", "Dilys Penhale")
    assert post.url == "https://www.facebook.com/permalink/77"


def test_an_answer_to_a_comment_names_it() -> None:
    assert written(feed(comment_id="77_99", parent_id="77_88")).parent == "77_88"


def test_our_own_comment_is_ours() -> None:
    assert written(feed(**{"from": {"id": PAGE, "name": "Red Kite"}})).ours


def test_a_comment_whose_author_is_withheld_is_not_lost() -> None:
    value = {name: value for name, value in COMMENT_ADDED.items() if name != "from"}
    post = written(change("feed", value))
    assert post.author.native_id == "withheld/77_88"
    assert not post.ours


def test_the_older_names_of_an_author_are_read() -> None:
    value = {**COMMENT_ADDED, "sender_id": 5552, "sender_name": "Idris Vole"}
    del value["from"]
    assert written(change("feed", value)).author.native_id == "5552"


def test_a_picture_under_a_comment_with_the_end_of_its_address() -> None:
    url = "https://scontent.xx.fbcdn.net/v/one.jpg?oh=1&oe=6A000000"
    (picture,) = written(feed(photo=url)).media
    assert (picture.kind, picture.url) == ("image", url)
    assert picture.expires_at == datetime.fromtimestamp(0x6A000000, UTC)


def test_an_edit_has_the_new_words_and_the_time_it_was_told() -> None:
    event = one(feed(verb="edited", message="Heating is back"))
    assert isinstance(event, Edited)
    assert (event.post.text, event.post.at, event.at) == ("Heating is back", AT, SEEN)


@pytest.mark.parametrize("verb", ["remove", "delete"])
def test_a_removal(verb: str) -> None:
    value = {"item": "comment", "verb": verb, "comment_id": "77_88", "post_id": f"{PAGE}_77"}
    assert one(change("feed", value)) == Deleted(PAGE, "77_88", SEEN)


@pytest.mark.parametrize(("verb", "act"), [("hide", Act.HIDE), ("unhide", Act.UNHIDE)])
def test_what_somebody_of_ours_hid_in_the_app(verb: str, act: Act) -> None:
    assert one(feed(verb=verb)) == Moderated(PAGE, "77_88", act, SEEN)


def test_a_hidden_comment_says_so() -> None:
    assert written(feed(is_hidden=True)).hidden


# --- Posts, mentions, reviews --------------------------------------------------------------------


@pytest.mark.parametrize("item", ["post", "status", "photo", "share", "reels", "something new"])
def test_a_visitors_post(item: str) -> None:
    value = {
        "item": item,
        "verb": "add",
        "post_id": f"{PAGE}_90",
        "from": {"id": "5551", "name": "Dilys Penhale"},
        "message": "Who empties the bins?",
        "created_time": WRITTEN,
        "published": 1,
    }
    post = written(change("feed", value))
    assert (post.native_id, post.thread, post.kind) == (f"{PAGE}_90", f"{PAGE}_90", Kind.POST)
    assert not post.ours


def test_our_own_post_is_ours_and_one_not_yet_published_is_nobodys() -> None:
    value = {"item": "status", "verb": "add", "post_id": f"{PAGE}_91", "created_time": WRITTEN}
    value["from"] = {"id": PAGE, "name": "Red Kite"}
    assert written(change("feed", value)).ours
    assert isinstance(one(change("feed", {**value, "published": 0})), Ignored)


@pytest.mark.parametrize("item", ["reaction", "like", "follow"])
def test_what_asks_for_no_answer_is_ignored_with_a_reason(item: str) -> None:
    event = one(feed(item=item))
    assert isinstance(event, Ignored)
    assert item in event.why


@pytest.mark.parametrize("comment", ["", "66_67"])
def test_a_mention_elsewhere(comment: str) -> None:
    value = {
        "item": "comment" if comment else "post",
        "verb": "add",
        "post_id": "600_66",
        "comment_id": comment or None,
        "sender_id": "5553",
        "sender_name": "Wren Tallow",
        "message": "Ask Red Kite",
        "permalink_url": "https://www.facebook.com/groups/1/posts/66",
        "created_time": WRITTEN,
    }
    post = written(change("mention", value))
    assert (post.native_id, post.thread) == (comment or "600_66", "600_66")
    assert (post.kind, post.author.name) == (Kind.MENTION, "Wren Tallow")
    assert post.url == value["permalink_url"]


def test_a_review_its_edit_and_its_removal() -> None:
    value = {
        "item": "rating",
        "verb": "add",
        "reviewer_id": "5554",
        "reviewer_name": "Osian Marl",
        "review_text": "Three weeks for a tap",
        "recommendation_type": "NEGATIVE",
        "open_graph_story_id": "321",
        "created_time": WRITTEN,
    }
    post = written(change("ratings", value))
    assert (post.kind, post.native_id, post.text) == (Kind.REVIEW, "321", "Three weeks for a tap")
    edited = one(change("ratings", {**value, "verb": "edit", "review_text": "Four weeks"}))
    assert isinstance(edited, Edited)
    assert edited.post.text == "Four weeks"
    gone = one(change("ratings", {**value, "verb": "remove"}))
    assert gone == Deleted(PAGE, "321", SEEN)


# --- Messenger -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["messaging", "standby"])
def test_a_message(name: str) -> None:
    post = written(chat(MESSAGE, name))
    assert (post.native_id, post.thread, post.text) == (
        "m_abc",
        "chat/9001",
        "My boiler is leaking",
    )
    assert (post.kind, post.private, post.ours) == (Kind.MESSAGE, True, False)
    assert post.at == datetime.fromtimestamp(WRITTEN, UTC).replace(microsecond=123_000)
    assert post.author.native_id == "9001"


def test_an_echo_is_ours_in_the_persons_chat() -> None:
    echo = {
        "sender": {"id": PAGE},
        "recipient": {"id": "9001"},
        "timestamp": WRITTEN * 1000,
        "message": {"mid": "m_def", "text": "We are on our way", "is_echo": True, "app_id": 5},
    }
    post = written(chat(echo))
    assert (post.ours, post.thread, post.author.native_id) == (True, "chat/9001", PAGE)


def test_attachments_of_every_kind() -> None:
    def attachment(kind: str, **payload: Any) -> dict[str, Any]:
        return {"type": kind, "payload": payload}

    attachments = [
        attachment("image", url="https://scontent.xx.fbcdn.net/a.jpg?oe=6A000000"),
        attachment("video", url="https://video.xx.fbcdn.net/a.mp4"),
        attachment("audio", url="https://cdn.fbsbx.com/a.mp4"),
        attachment("file", url="https://cdn.fbsbx.com/a.pdf"),
        attachment("fallback", url="https://www.example.org/help"),
        attachment("image", url="javascript:alert(1)"),
        attachment("unheard of"),
    ]
    message = {**MESSAGE, "message": {"mid": "m_1", "attachments": attachments}}
    post = written(chat(message))
    assert [media.kind for media in post.media] == ["image", "video", "audio", "file"]
    assert post.links == ("https://www.example.org/help",)
    assert post.text == ""


def test_an_answer_in_a_chat_names_what_it_answers() -> None:
    message = {**MESSAGE, "message": {"mid": "m_2", "text": "yes", "reply_to": {"mid": "m_1"}}}
    assert written(chat(message)).parent == "m_1"


def test_an_edited_message() -> None:
    edit = {name: MESSAGE[name] for name in ("sender", "recipient", "timestamp")}
    edit["message_edit"] = {"mid": "m_abc", "text": "My boiler leaks again", "num_edit": 2}
    event = one(chat(edit))
    assert isinstance(event, Edited)
    assert (event.post.native_id, event.post.text) == ("m_abc", "My boiler leaks again")


def test_a_button_says_its_words() -> None:
    item = {name: MESSAGE[name] for name in ("sender", "recipient", "timestamp")}
    item["postback"] = {"mid": "m_3", "title": "Report a repair", "payload": "REPAIR"}
    assert written(chat(item)).text == "Report a repair"


@pytest.mark.parametrize(
    "part",
    [
        {"delivery": {"mids": ["m_1"], "watermark": 1}},
        {"read": {"watermark": 1}},
        {"reaction": {"mid": "m_1", "emoji": "❤"}},
        {"referral": {"ref": "x"}},
        {"policy_enforcement": {"action": "warning", "reason": "spam"}},
        {"never heard of": {}},
    ],
)
def test_what_is_no_message_is_ignored_with_a_reason(part: dict[str, Any]) -> None:
    item = {name: MESSAGE[name] for name in ("sender", "recipient", "timestamp")}
    event = one(chat({**item, **part}))
    assert isinstance(event, Ignored)
    assert event.why.strip()


# --- Envelopes -----------------------------------------------------------------------------------


def test_names_of_what_changed_are_left_to_the_poll() -> None:
    body = {"object": "page", "entry": [{"id": PAGE, "time": SENT, "changed_fields": ["feed"]}]}
    event = one(json.dumps(body).encode())
    assert isinstance(event, Ignored)
    assert "feed" in event.why


def test_a_whole_call_is_understood_as_well_as_its_parts() -> None:
    entry = {"id": PAGE, "time": SENT, "changes": [{"field": "feed", "value": COMMENT_ADDED}] * 3}
    found = parse(json.dumps({"object": "page", "entry": [entry, entry]}).encode(), PAGE)
    assert len(found) == 6


@pytest.mark.parametrize(
    "body",
    [
        {"object": "permissions", "entry": []},
        {"object": "page", "entry": []},
        {"object": "page", "entry": [{"id": PAGE, "changes": [{"field": "leadgen"}]}]},
        {
            "object": "page",
            "entry": [{"id": PAGE, "changes": [{"field": "leadgen", "value": {"a": 1}}]}],
        },
        {"what": "unheard of", "seen": "2026-11-22T09:00:00+00:00", "item": {}},
        {"what": "comment", "item": {"id": "1_2"}},
    ],
)
def test_what_is_not_for_us_is_ignored_with_a_reason(body: Any) -> None:
    event = one(json.dumps(body).encode())
    assert isinstance(event, Ignored)
    assert event.why.strip()


def test_half_an_emoji_and_nul_are_borne() -> None:
    body = feed(message="broken").replace(b"broken", b"ends in \\ud83d and \\u0000 nul")
    assert written(body).text == "ends in ? and  nul"


def test_any_bytes_give_values() -> None:
    for body in garbage():
        assert all(isinstance(event, Ignored) for event in parse(body, PAGE))
    samples = [feed(), chat(MESSAGE), change("ratings", COMMENT_ADDED), listed(COMMENT, NODE)]
    for sample in samples:
        for body in spoiled(sample):
            assert parse(body, PAGE)


# --- Lists ---------------------------------------------------------------------------------------

NODE = {
    "id": "77_88",
    "message": "No heating since Friday",
    "created_time": "2026-11-22T08:59:30+0000",
    "from": {"id": "5551", "name": "Dilys Penhale"},
    "permalink_url": "https://www.facebook.com/1/posts/77?comment_id=88",
    "is_hidden": False,
}
ABOVE = {
    "id": f"{PAGE}_77",
    "message": "How is your heating?",
    "created_time": "2026-11-22T07:00:00+0000",
    "from": {"id": PAGE, "name": "Red Kite"},
}


def listed(what: str, item: Any, **more: Any) -> bytes:
    return events.seen(PAGE, what, item, now=SEEN, **more).body


def test_a_listed_comment_is_the_same_as_a_called_one() -> None:
    called, found = written(feed(message=NODE["message"])), written(listed(COMMENT, NODE, of=ABOVE))
    for name in ("native_id", "account", "text", "at", "kind", "thread", "parent", "ours"):
        assert getattr(called, name) == getattr(found, name), name
    assert called.author == found.author
    assert found.subject is not None
    assert (found.subject.text, found.subject.ours) == ("How is your heating?", True)


def test_a_comment_looked_up_knows_its_post_by_its_own_id() -> None:
    event = one(listed(COMMENT, {**NODE, "parent": {"id": "77_70"}}, changed=True))
    assert isinstance(event, Edited)
    assert (event.post.thread, event.post.parent, event.at) == (f"{PAGE}_77", "77_70", SEEN)


def test_a_listed_post_with_what_hangs_on_it() -> None:
    film = {"type": "video_inline", "media": {"source": "https://video.xx.fbcdn.net/a.mp4"}}
    album = {
        "type": "album",
        "subattachments": {
            "data": [{"type": "photo", "media": {"image": {"src": "https://a.fbcdn.net/1.jpg"}}}]
            * 2
        },
    }
    share = {"type": "share", "url": "https://www.example.org", "media": {}}
    item = {**ABOVE, "attachments": {"data": [film, album, share]}}
    post = written(listed(POST, item))
    assert (post.ours, post.kind) == (True, Kind.POST)
    assert [media.kind for media in post.media] == ["video", "image", "image"]
    assert post.links == ("https://www.example.org",)


def test_a_listed_mention_and_a_listed_review() -> None:
    assert written(listed(TAG, {**NODE, "id": "600_66"})).kind is Kind.MENTION
    review = {
        "id": "321",
        "open_graph_story": {"id": "321"},
        "created_time": NODE["created_time"],
        "review_text": "Three weeks for a tap",
        "reviewer": {"id": "5554", "name": "Osian Marl"},
    }
    post = written(listed(REVIEW, review))
    assert (post.kind, post.native_id, post.author.name) == (Kind.REVIEW, "321", "Osian Marl")


def test_a_listed_message_is_the_same_as_a_called_one() -> None:
    item = {
        "id": "m_abc",
        "created_time": "2026-11-22T08:59:30+0000",
        "from": {"id": "9001", "name": "Dilys Penhale"},
        "to": {"data": [{"id": PAGE, "name": "Red Kite"}]},
        "message": "My boiler is leaking",
        "attachments": {
            "data": [
                {"mime_type": "image/jpeg", "image_data": {"url": "https://a.fbcdn.net/1.jpg"}},
                {"mime_type": "application/pdf", "file_url": "https://cdn.fbsbx.com/1.pdf"},
            ]
        },
    }
    post = written(listed(chats.MESSAGE, item))
    called = written(chat(MESSAGE))
    for name in ("native_id", "account", "text", "kind", "thread", "private", "ours"):
        assert getattr(called, name) == getattr(post, name), name
    assert [media.kind for media in post.media] == ["image", "file"]


def test_what_is_gone_is_deleted() -> None:
    assert one(events.gone(PAGE, "77_88", now=SEEN).body) == Deleted(PAGE, "77_88", SEEN)
