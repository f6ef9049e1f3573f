"""What came through the door becomes posts; what cannot be read says which field is wrong."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.kit import crypto
from glede.platforms.contract import Deleted, Edited, Kind, Written
from glede.platforms.website.parse import UnreadableError, parse

AT = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)


def hook(event: str = "message.created", **data: Any) -> bytes:
    message = {
        "id": "m-1",
        "thread": "t-1",
        "author": {"id": "a-1", "name": "Iris Blandford", "email": "iris@example.org"},
        "text": "My boiler is out",
        "language": "en",
        "page_url": "https://redkite.example/repairs",
    }
    return json.dumps({"type": event, "timestamp": AT.isoformat(), "data": message | data}).encode()


def test_a_created_message_is_a_private_post_of_its_time() -> None:
    (event,) = parse(hook(), "site")

    assert isinstance(event, Written)
    post = event.post
    assert (post.native_id, post.thread, post.account) == ("site/m-1", "t-1", "site")
    assert (post.author.native_id, post.author.name) == ("site/a-1", "Iris Blandford")
    assert (post.at, post.kind, post.private, post.ours) == (AT, Kind.MESSAGE, True, False)
    assert post.notify == "iris@example.org"
    assert post.link_hash == crypto.token_hash(crypto.token("visitor", "site", "t-1"))


def test_an_edit_has_the_new_words_and_its_time() -> None:
    (event,) = parse(hook("message.edited", text="It works again"), "site")

    assert isinstance(event, Edited)
    assert (event.post.text, event.at) == ("It works again", AT)


def test_a_deletion_names_the_message() -> None:
    body = {"type": "message.deleted", "timestamp": AT.isoformat(), "data": {"id": "m-1"}}

    assert parse(json.dumps(body).encode(), "site") == (Deleted("site", "site/m-1", AT),)


def test_what_a_website_adds_later_does_no_harm() -> None:
    (event,) = parse(hook(priority="high"), "site")

    assert isinstance(event, Written)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "the body: Input should be an object"),
        (b"{}", "type"),
        (hook("message.liked"), "message.liked"),
        (hook(text=""), "text"),
        (hook(text=7), "text"),
        (hook(id=""), "id"),
        (hook(author={"id": "a"}), "name"),
        (hook(text="m" * 8_001), "text"),
        (b"form\n{", "JSON"),
        (b"form\n{}", "link_hash"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, names: str) -> None:
    with pytest.raises(UnreadableError, match=names):
        parse(body, "site")


def test_the_error_does_not_repeat_what_a_resident_wrote() -> None:
    with pytest.raises(UnreadableError) as raised:
        parse(hook(text=["my secret"], id=""), "site")

    assert "secret" not in str(raised.value)
