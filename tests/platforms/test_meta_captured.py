"""Answers captured from the real Graph API become the values that stand in them.

They lie beside the checkout and are read where they are; see `tests/sandbox/shared.py`.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from glede.platforms.contract import Edited, Gone, Post, Refused, Written
from glede.platforms.facebook.collect import node
from glede.platforms.facebook.parse import COMMENT, POST
from glede.platforms.facebook.parse import parse as facebook
from glede.platforms.graph import chats, events
from glede.platforms.graph.errors import meaning
from glede.platforms.instagram.parse import COMMENT as IG_COMMENT
from glede.platforms.instagram.parse import MENTION
from glede.platforms.instagram.parse import parse as instagram
from tests.sandbox import shared

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGE = "19292868552"


def captured(platform: str, name: str) -> Any:
    return shared.read("fixtures", platform, f"pyfacebook_{name}.json")


def only(found: Any) -> Post:
    (event,) = found
    assert isinstance(event, Written | Edited), event
    return event.post


def when(said: str) -> datetime:
    return datetime.strptime(said, "%Y-%m-%dT%H:%M:%S%z")


@pytest.mark.parametrize("page", ["comments_p1", "comments_p2"])
def test_comments_of_a_page(page: str) -> None:
    listed = captured("facebook", f"facebook_apidata_comments_{page}")["data"]
    assert listed
    for one in listed:
        query = parse_qs(urlsplit(one["permalink_url"]).query)
        native_id = f"1_{query.get('reply_comment_id', query['comment_id'])[0]}"
        post = only(facebook(node(PAGE, COMMENT, {"id": native_id, **one}, now=NOW).body, PAGE))
        assert post.native_id == native_id
        assert post.text == one.get("message", "")
        assert post.at == when(one["created_time"])
        assert post.url == one["permalink_url"]


def test_a_comment_alone_and_posts_of_a_page() -> None:
    one = captured("facebook", "facebook_apidata_comments_comment_info")
    post = only(facebook(node(PAGE, COMMENT, one, now=NOW, changed=True).body, PAGE))
    assert (post.native_id, post.text) == (one["id"], one["message"])
    assert post.thread == f"{PAGE}_{one['id'].partition('_')[0]}"
    for one in captured("facebook", "facebook_apidata_posts_feed_fields_p1")["data"]:
        post = only(facebook(node("4", POST, one, now=NOW).body, "4"))
        assert (post.native_id, post.text) == (one["id"], one["message"])


def test_messages_with_a_picture_and_a_film() -> None:
    listed = captured("facebook", "facebook_apidata_messages_messages_info")
    kinds = []
    for native_id, message in listed.items():
        account = message["to"]["data"][0]["id"]
        post = only(facebook(chats.as_event(account, message, now=NOW).body, account))
        assert (post.native_id, post.author.name) == (native_id, message["from"]["name"])
        assert post.thread == f"chat/{message['from']['id']}"
        (media,) = post.media
        assert media.expires_at is not None
        assert media.expires_at > post.at
        kinds.append(media.kind)
    assert kinds == ["image", "video"]


@pytest.mark.parametrize(
    "name", ["comments_comment_fields", "medias_comments_p1", "medias_comments_p2"]
)
def test_comments_of_an_instagram_account(name: str) -> None:
    said = captured("instagram", f"instagram_apidata_{name}")
    for one in said.get("data", [said]):
        post = only(instagram(events.seen("1", IG_COMMENT, one, now=NOW).body, "1"))
        assert (post.native_id, post.text) == (one["id"], one["text"])
        assert post.at == when(one["timestamp"])
        assert post.author.handle == one.get("username", "")


@pytest.mark.parametrize("which", ["mentioned_comment", "mentioned_media"])
def test_mentions_of_an_instagram_account(which: str) -> None:
    one = captured("instagram", f"instagram_apidata_users_{which}")[which]
    post = only(instagram(events.seen("1", MENTION, one, now=NOW, changed=True).body, "1"))
    assert (post.native_id, post.text) == (one["id"], one.get("text") or one["caption"])


@pytest.mark.parametrize("name", ["error", "base_error_data"])
def test_errors(name: str) -> None:
    found = meaning(400, {}, captured("facebook", name), write=False, now=NOW)
    assert isinstance(found, Refused)
    assert not isinstance(found, Gone)
    assert "(#100)" in str(found)
