"""Every shape that Meta sends for an Instagram account, with invented residents."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import (
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Post,
    Written,
)
from glede.platforms.graph import chats, events
from glede.platforms.hostile import garbage, spoiled
from glede.platforms.instagram.parse import COMMENT, MENTION, POST, TAG, parse

US = "17841400000000001"
SENT = 1795338000  # 2026-11-22T09:00:00Z
SEEN = datetime.fromtimestamp(SENT, UTC)

COMMENTED = {
    "id": "17900000000000088",
    "from": {"id": "990001", "username": "dilys.penhale"},
    "text": "Any news on the lift? 🛗",
    "media": {"id": "17800000000000077", "media_product_type": "FEED"},
}
MESSAGED = {
    "sender": {"id": "990001"},
    "recipient": {"id": US},
    "timestamp": SENT * 1000 - 30_000,
    "message": {"mid": "aWdfZAG1", "text": "The lift is stuck"},
}


def call(**entry: Any) -> bytes:
    return json.dumps(
        {"object": "instagram", "entry": [{"id": US, "time": SENT, **entry}]}
    ).encode()


def change(field: str, value: Any) -> bytes:
    return call(changes=[{"field": field, "value": value}])


def chat(**message: Any) -> bytes:
    item = {**MESSAGED, "message": {**MESSAGED["message"], **message}}  # type: ignore[dict-item]
    return call(messaging=[item])


def listed(what: str, item: Any, **more: Any) -> bytes:
    return events.seen(US, what, item, now=SEEN, **more).body


def one(body: bytes) -> InboundEvent:
    (found,) = parse(body, US)
    return found


def written(body: bytes) -> Post:
    event = one(body)
    assert isinstance(event, Written), event
    return event.post


@pytest.mark.parametrize(
    "body",
    [
        change("comments", COMMENTED),
        call(field="comments", value=COMMENTED),
        change("live_comments", COMMENTED),
    ],
    ids=["with changes", "without changes", "live"],
)
def test_a_comment(body: bytes) -> None:
    post = written(body)
    assert (post.native_id, post.account) == ("17900000000000088", US)
    assert (post.thread, post.parent) == ("17800000000000077", "17800000000000077")
    assert (post.text, post.at, post.kind) == (COMMENTED["text"], SEEN, Kind.COMMENT)
    assert (post.author.native_id, post.author.handle) == ("990001", "dilys.penhale")
    assert not post.ours


def test_an_answer_names_the_comment_it_answers() -> None:
    assert written(change("comments", {**COMMENTED, "parent_id": "179"})).parent == "179"


@pytest.mark.parametrize(
    "writer", [{"id": US, "username": "redkite"}, {"id": "1", "self_ig_scoped_id": "2"}]
)
def test_our_own_comment_is_ours(writer: dict[str, str]) -> None:
    assert written(change("comments", {**COMMENTED, "from": writer})).ours


@pytest.mark.parametrize(
    ("writer", "expected"),
    [({"username": "idris.vole"}, "@idris.vole"), ({}, "withheld/17900000000000088"), (7, None)],
)
def test_an_author_who_is_withheld_loses_no_comment(writer: Any, expected: str | None) -> None:
    author = written(change("comments", {**COMMENTED, "from": writer})).author
    assert author.native_id == (expected or "withheld/17900000000000088")


@pytest.mark.parametrize("comment", ["", "17900000000000099"])
def test_a_mention_is_known_before_its_words_are(comment: str) -> None:
    value = {"media_id": "17800000000000066", "comment_id": comment}
    post = written(change("mentions", value))
    assert post.native_id == (comment or "17800000000000066")
    assert (post.kind, post.thread, post.text) == (Kind.MENTION, "17800000000000066", "")
    assert post.unread


def test_a_message_an_echo_and_one_to_oneself() -> None:
    post = written(chat())
    assert (post.native_id, post.thread, post.ours) == ("aWdfZAG1", "chat/990001", False)
    echo = {**MESSAGED, "sender": {"id": US}, "recipient": {"id": "990001"}}
    echo["message"] = {"mid": "aWdfZAG2", "text": "Sorry, on our way", "is_echo": True}
    post = written(call(messaging=[echo]))
    assert (post.ours, post.thread, post.author.native_id) == (True, "chat/990001", US)


def test_a_message_unsent_is_gone() -> None:
    at = datetime.fromtimestamp(SENT - 30, UTC)
    assert one(chat(is_deleted=True)) == Deleted(US, "aWdfZAG1", at)


def test_an_answer_to_a_story_and_a_story_that_names_us() -> None:
    story = {"url": "https://scontent.cdninstagram.com/s.jpg?oe=6A000000", "id": "178"}
    assert written(chat(reply_to={"story": story})).links == (story["url"],)
    named = {"type": "story_mention", "payload": {"url": story["url"]}}
    (picture,) = written(chat(attachments=[named])).media
    assert picture.expires_at == datetime.fromtimestamp(0x6A000000, UTC)


@pytest.mark.parametrize("kind", ["share", "ig_post", "ig_reel"])
def test_what_is_shared_is_shown_and_linked(kind: str) -> None:
    url = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"
    post = written(chat(attachments=[{"type": kind, "payload": {"url": url}}]))
    assert [media.url for media in post.media] == [url]
    assert post.links == (url,)


def test_a_message_that_cannot_be_shown_is_not_lost() -> None:
    assert written(chat(text="", is_unsupported=True)).text == ""


def test_a_chat_in_a_change_is_a_chat() -> None:
    assert written(change("messages", MESSAGED)).native_id == "aWdfZAG1"


@pytest.mark.parametrize(
    "body",
    [
        call(messaging=[{**MESSAGED, "message": None, "read": {"mid": "aWdfZAG1"}}]),
        call(messaging=[{**MESSAGED, "message": None, "reaction": {"emoji": "x"}}]),
        change("story_insights", {"impressions": -1}),
        change("comments", {}),
        change("mentions", {"x": 1}),
        call(changed_fields=["comments"]),
        json.dumps({"object": "page", "entry": [{"id": US, "changes": []}]}).encode(),
    ],
)
def test_what_asks_for_no_answer_is_ignored_with_a_reason(body: bytes) -> None:
    event = one(body)
    assert isinstance(event, Ignored)
    assert event.why.strip()


# --- Lists ---------------------------------------------------------------------------------------

NODE = {
    "id": "17900000000000088",
    "text": COMMENTED["text"],
    "timestamp": "2026-11-22T08:59:30+0000",
    "username": "dilys.penhale",
    "from": {"id": "990001", "username": "dilys.penhale"},
    "hidden": False,
}
MEDIA = {
    "id": "17800000000000077",
    "caption": "The new lift",
    "timestamp": "2026-11-20T10:00:00+0000",
    "username": "redkite",
    "permalink": "https://www.instagram.com/p/abc/",
    "media_type": "IMAGE",
    "media_url": "https://scontent.cdninstagram.com/a.jpg?oe=6A000000",
    "ours": True,
}


def test_a_listed_comment_is_the_same_as_a_called_one() -> None:
    called, found = written(change("comments", COMMENTED)), written(listed(COMMENT, NODE, of=MEDIA))
    for name in ("native_id", "account", "author", "text", "kind", "thread", "parent", "ours"):
        assert getattr(called, name) == getattr(found, name), name
    assert found.subject is not None
    assert (found.subject.ours, found.subject.text) == (True, "The new lift")
    assert found.url == MEDIA["permalink"]


def test_a_comment_of_ours_known_by_its_name_is_ours() -> None:
    post = written(listed(COMMENT, {**NODE, "from": None, "ours": True}, of=MEDIA))
    assert (post.ours, post.author.native_id) == (True, US)


def test_a_changed_comment_is_edited_when_it_was_seen() -> None:
    event = one(listed(COMMENT, {**NODE, "hidden": True}, of=MEDIA, changed=True))
    assert isinstance(event, Edited)
    assert (event.at, event.post.hidden) == (SEEN, True)


def test_our_post_a_tag_and_a_mention_with_its_words() -> None:
    post = written(listed(POST, MEDIA))
    assert (post.ours, post.kind, post.text) == (True, Kind.POST, "The new lift")
    assert post.media[0].expires_at is not None
    theirs = {**MEDIA, "username": "wren.tallow", "ours": False}
    tag = written(listed(TAG, theirs))
    assert (tag.kind, tag.author.native_id, tag.ours) == (Kind.MENTION, "@wren.tallow", False)
    mention = {**NODE, "media": {"id": "178", "permalink": "https://www.instagram.com/p/x/"}}
    event = one(listed(MENTION, mention, changed=True))
    assert isinstance(event, Edited)
    assert (event.post.kind, event.post.thread) == (Kind.MENTION, "178")


def test_a_carousel_shows_its_parts() -> None:
    parts = [
        {"media_type": "IMAGE", "media_url": "https://a.cdninstagram.com/1.jpg"},
        {"media_type": "VIDEO", "media_url": "https://a.cdninstagram.com/2.mp4"},
    ]
    post = written(listed(POST, {**MEDIA, "children": {"data": parts}}))
    assert [media.kind for media in post.media] == ["image", "video"]


def test_any_bytes_give_values() -> None:
    for body in garbage():
        assert all(isinstance(event, Ignored) for event in parse(body, US))
    message = {**NODE, "created_time": NODE["timestamp"], "to": {"data": [{"id": US}]}}
    samples = [
        change("comments", COMMENTED),
        change("mentions", {"media_id": "1", "comment_id": "2"}),
        chat(),
        listed(COMMENT, NODE, of=MEDIA),
        listed(POST, MEDIA),
        listed(chats.MESSAGE, message),
    ]
    for sample in samples:
        for body in spoiled(sample):
            assert parse(body, US)
