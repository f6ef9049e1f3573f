"""What events become: bodies recorded from Bluesky's own servers (DIDs shortened)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.platforms.bluesky.parse import parse
from glede.platforms.contract import Deleted, Edited, Ignored, Kind, Media, Post, Written

LANDLORD = "did:plc:landlord"
RESIDENT = "did:plc:resident"
PAYLOADS = Path(__file__).parent / "payloads"


def body(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def post(name: str) -> Post:
    (event,) = parse(body(name), LANDLORD)
    assert isinstance(event, Written)
    return event.post


def changed(name: str, change: dict[str, Any]) -> bytes:
    data = json.loads(body(name))
    data["post"] |= change
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("name", "kind", "ours"),
    [
        ("mention", Kind.MENTION, False),
        ("reply", Kind.COMMENT, False),
        ("deep_reply", Kind.COMMENT, False),
        ("quote", Kind.QUOTE, False),
        ("own_post", Kind.POST, True),
        ("own_answer", Kind.COMMENT, True),
    ],
)
def test_each_sort_of_post_is_told_apart(name: str, kind: Kind, ours: bool) -> None:
    assert post(name).kind is kind
    assert post(name).ours is ours


def test_a_mention_says_who_what_and_where() -> None:
    found = post("mention")

    assert found.author.native_id == RESIDENT
    assert found.author.name == "Mabel Osei"
    assert found.author.handle == "resident.test"
    assert found.text == "@landlord.test the lift is out again"
    assert found.language == "en"
    assert found.thread == found.native_id
    assert found.url.startswith(f"https://bsky.app/profile/{RESIDENT}/post/")
    assert found.revision.startswith("bafy")
    assert found.subject is None


def test_a_reply_deep_in_a_tree_is_about_the_post_at_its_root() -> None:
    found = post("deep_reply")

    assert found.subject is not None
    assert found.subject.text == "Boilers are serviced in May."
    assert found.subject.ours
    assert found.thread == found.subject.native_id
    assert found.parent == post("reply").native_id


def test_a_quote_starts_a_thread_of_its_own_about_what_it_quotes() -> None:
    found = post("quote")

    assert found.thread == found.native_id
    assert found.subject is not None
    assert found.subject.text == "Boilers are serviced in May."


def test_pictures_keep_their_description_and_shortened_links_their_address() -> None:
    found = post("picture_and_link")

    (picture,) = found.media
    assert picture == Media(
        kind="image", alt="Water under the door", url=picture.url, width=4, height=3
    )
    assert picture.url.startswith("https://")
    assert found.links == ("https://example.org/very/long/address?of=things",)
    assert "example.org/very/lo..." in found.text


def test_a_clients_own_time_is_only_a_remark() -> None:
    claimed = {
        "record": json.loads(body("mention"))["post"]["record"] | {"createdAt": "1999-01-01"}
    }
    (event,) = parse(changed("mention", claimed), LANDLORD)

    assert isinstance(event, Written)
    assert event.post.at == post("mention").at
    assert event.post.remark_at is None


def test_looking_up_gives_edits_and_deletions() -> None:
    (edited,) = parse(body("looked_up_edited"), LANDLORD)
    (gone,) = parse(body("looked_up_deleted"), LANDLORD)

    assert isinstance(edited, Edited)
    assert edited.post.text == "the lift is out, again"
    assert edited.post.native_id == post("mention").native_id
    assert edited.post.revision != post("mention").revision
    assert isinstance(gone, Deleted)
    assert gone.native_id == post("quote").native_id
    assert gone.account == LANDLORD


def test_another_account_of_ours_sees_the_same_post_with_its_own_eyes() -> None:
    (event,) = parse(body("own_post"), RESIDENT)

    assert isinstance(event, Written)
    assert event.post.account == RESIDENT
    assert not event.post.ours


def test_what_postgresql_cannot_keep_is_left_out_of_texts() -> None:
    record = json.loads(body("mention"))["post"]["record"] | {"text": "a\x00b"}
    (event,) = parse(changed("mention", {"record": record}), LANDLORD)

    assert isinstance(event, Written)
    assert event.post.text == "ab"


def test_addresses_that_are_no_web_addresses_are_not_passed_on() -> None:
    embed = {"images": [{"alt": "a", "fullsize": "javascript:alert(1)"}]}
    (event,) = parse(changed("mention", {"embed": embed}), LANDLORD)

    assert isinstance(event, Written)
    assert event.post.media == (Media(kind="image", alt="a"),)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x00", "no JSON"),
        (b"{}", "no time"),
        (b'{"at":"2026-01-01"}', "no time"),
        (b'{"at":"2026-01-01T00:00:00Z"}', "no post"),
        (
            b'{"at":"2026-01-01T00:00:00Z","deleted":"at://did:plc:a/app.bsky.feed.like/1"}',
            "no post",
        ),
        (changed("mention", {"cid": ""}), "no record"),
        (changed("mention", {"uri": "https://bsky.app/"}), "no post"),
    ],
)
def test_what_holds_nothing_for_a_desk_says_why(data: bytes, why: str) -> None:
    (event,) = parse(data, LANDLORD)

    assert isinstance(event, Ignored)
    assert why in event.why


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(record=_JSON, author=_JSON, embed=_JSON, root=_JSON, uri=_JSON)
def test_whatever_a_record_holds_parsing_bears_it(
    record: Any, author: Any, embed: Any, root: Any, uri: Any
) -> None:
    view = {
        "uri": uri if isinstance(uri, list) else f"at://{RESIDENT}/app.bsky.feed.post/3abc",
        "cid": "bafy",
        "author": author,
        "record": {
            "text": record,
            "reply": record,
            "facets": record,
            "embed": embed,
            "langs": root,
        },
        "embed": embed,
    }
    data = {"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "post": view, "root": root}
    try:
        encoded = msgspec.json.encode(data)
    except (UnicodeEncodeError, OverflowError):
        return  # no JSON holds this

    assert len(parse(encoded, LANDLORD)) == 1
