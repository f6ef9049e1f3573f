"""What is veiled, and what platforms mark: pure."""

import json
from typing import Any

import pytest

from glede.desk.conversations import veil
from glede.desk.conversations.veil import Veil
from glede.platforms import contract
from glede.platforms.bluesky.parse import parse as bluesky
from glede.platforms.mastodon.parse import parse as mastodon
from glede.platforms.x.parse import _veil as of_x

DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
URI = f"at://{DID}/app.bsky.feed.post/3k"


@pytest.mark.parametrize(
    "given",
    [None, Veil("marked as sensitive"), Veil("its author warns: a: b", words=True)],
)
def test_a_veil_is_kept_as_a_sentence_and_read_again(given: Veil | None) -> None:
    assert veil.of(veil.kept(given)) == given


def test_a_long_warning_is_cut_and_none_is_said() -> None:
    assert veil.of(veil.kept(Veil("x" * 5_000))) == Veil("x" * 200)
    assert veil.kept(Veil(" \n ")) == "pictures: no reason given"


def test_a_row_shows_no_veiled_words() -> None:
    assert veil.row_words("Blood", veil.kept(Veil("a warning", words=True))) == "Veiled: a warning"
    assert veil.row_words("Lunch", veil.kept(Veil("marked as sensitive"))) == "Lunch"
    assert veil.row_words("Lunch", "") == "Lunch"


def post_of(events: Any) -> contract.Post:
    (event,) = events
    assert isinstance(event, contract.Written)
    return event.post


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, None),
        ({"labels": [{"src": "a", "val": "porn"}]}, (False, "labelled porn on Bluesky")),
        ({"labels": [{"src": "a", "val": "!warn"}]}, (True, "labelled !warn on Bluesky")),
        ({"labels": [{"src": "a", "val": "rude"}]}, None),
        (
            {"labels": [{"src": "a", "val": "porn"}, {"src": "a", "val": "porn", "neg": True}]},
            None,
        ),
        (
            {"labels": [{"src": "a", "val": "porn"}, {"src": "b", "val": "porn", "neg": True}]},
            (False, "labelled porn on Bluesky"),
        ),
        ({"labels": "porn"}, None),
        ({"own": [{"val": "graphic-media"}]}, (False, "labelled graphic-media on Bluesky")),
    ],
)
def test_bluesky_labels_veil(said: dict[str, Any], found: tuple[bool, str] | None) -> None:
    own = {"labels": {"values": said["own"]}} if "own" in said else {}
    view = {
        "uri": URI,
        "cid": "bafy",
        "author": {"did": DID, "handle": "a.example"},
        "record": {"text": "Look", "createdAt": "2026-11-24T12:00:00Z", **own},
        **({"labels": said["labels"]} if "labels" in said else {}),
    }
    body = json.dumps({"at": "2026-11-24T12:00:00Z", "post": view}).encode()

    post = post_of(bluesky(body, "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"))

    assert (post.veil and (post.veil.words, post.veil.why)) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, None),
        ({"sensitive": True}, None),  # nothing is attached that could be veiled
        (
            {"sensitive": True, "media_attachments": [{"id": "1", "type": "image", "url": "x"}]},
            (False, "marked as sensitive on Mastodon"),
        ),
        ({"sensitive": "yes", "media_attachments": [{"id": "1"}]}, None),
        ({"spoiler_text": " blood "}, (True, "its author warns: blood")),
    ],
)
def test_mastodon_marks_and_warnings_veil(
    said: dict[str, Any], found: tuple[bool, str] | None
) -> None:
    status = {
        "id": "7",
        "created_at": "2026-11-24T12:00:00Z",
        "visibility": "public",
        "content": "<p>Look</p>",
        "account": {"id": "9", "acct": "a"},
        **said,
    }
    body = json.dumps({"at": "2026-11-24T12:00:00Z", "status": status}).encode()

    post = post_of(mastodon(body, "1"))

    assert (post.veil and (post.veil.words, post.veil.why)) == found


@pytest.mark.parametrize(("mark", "veiled"), [(True, True), (False, False), ("true", False)])
def test_x_marks_veil_pictures(mark: object, veiled: bool) -> None:
    found = of_x({"possibly_sensitive": mark})

    assert (found is not None and not found.words) == veiled
