"""The post under discussion comes with what it shows and with the mark it bears, on each platform
whose events carry it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from glede.platforms import registry
from glede.platforms.contract import Edited, Subject, Written

AT = "2026-11-24T10:00:00Z"
DID = "did:plc:abcdefghijklmnopqrstuvwx"
THEIRS = "did:plc:bcdefghijklmnopqrstuvwxy"
ROOT = f"at://{DID}/app.bsky.feed.post/3kroot"

BLUESKY: Mapping[str, Any] = {
    "at": AT,
    "post": {
        "uri": f"at://{THEIRS}/app.bsky.feed.post/3kone",
        "cid": "c1",
        "author": {"did": THEIRS, "handle": "dawn.example"},
        "record": {"text": "When?", "reply": {"root": {"uri": ROOT}, "parent": {"uri": ROOT}}},
    },
    "root": {
        "uri": ROOT,
        "cid": "c0",
        "author": {"did": DID, "handle": "kite.example"},
        "record": {"text": "New stores"},
        "embed": {"images": [{"alt": "A bin store", "fullsize": "https://p.example/1"}]},
        "labels": [{"src": DID, "uri": ROOT, "val": "gore"}],
        "indexedAt": AT,
    },
}
MASTODON: Mapping[str, Any] = {
    "at": AT,
    "status": {
        "id": "2",
        "created_at": AT,
        "visibility": "public",
        "content": "<p>When?</p>",
        "in_reply_to_id": "1",
        "in_reply_to_account_id": "10",
        "account": {"id": "11", "acct": "dawn"},
    },
    "root": {
        "id": "1",
        "created_at": AT,
        "content": "<p>New stores</p>",
        "account": {"id": "10", "acct": "kite"},
        "sensitive": True,
        "media_attachments": [
            {"type": "image", "url": "https://p.example/1", "description": "A bin store"}
        ],
    },
}
FACEBOOK: Mapping[str, Any] = {
    "what": "comment",
    "seen": AT,
    "item": {"id": "10_2", "message": "When?", "from": {"id": "11"}, "created_time": AT},
    "of": {
        "id": "10_1",
        "message": "New stores",
        "created_time": AT,
        "attachments": {
            "data": [
                {
                    "type": "photo",
                    "description": "A bin store",
                    "media": {"image": {"src": "https://p.example/1"}},
                }
            ]
        },
    },
}
INSTAGRAM: Mapping[str, Any] = {
    "what": "comment",
    "seen": AT,
    "item": {"id": "2", "text": "When?", "from": {"id": "11"}, "timestamp": AT},
    "of": {
        "id": "1",
        "caption": "New stores",
        "timestamp": AT,
        "username": "kite",
        "ours": True,
        "media_type": "IMAGE",
        "media_url": "https://p.example/1",
        "alt_text": "A bin store",
    },
}


def subject(platform: str, body: Mapping[str, Any], account: str) -> Subject:
    (event,) = registry.get(platform).parse(json.dumps(body).encode(), account)
    assert isinstance(event, Written | Edited), event
    assert event.post.subject is not None
    return event.post.subject


@pytest.mark.parametrize(
    ("platform", "body", "account", "veil"),
    [
        ("bluesky", BLUESKY, DID, "labelled gore on Bluesky"),
        ("mastodon", MASTODON, "10", "marked as sensitive on Mastodon"),
        ("facebook", FACEBOOK, "10", ""),
        ("instagram", INSTAGRAM, "10", ""),
    ],
)
def test_its_pictures_come_with_it(
    platform: str, body: Mapping[str, Any], account: str, veil: str
) -> None:
    found = subject(platform, body, account)

    assert found.text == "New stores"
    (picture,) = found.media
    assert (picture.kind, picture.url, picture.alt) == (
        "image",
        "https://p.example/1",
        "A bin store",
    )
    assert (found.veil.why if found.veil else "") == veil
