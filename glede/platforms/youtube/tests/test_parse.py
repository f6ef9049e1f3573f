"""What events become: bodies of our own, in the shapes of YouTube's documentation."""

import json
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
from glede.platforms.hostile import garbage, spoiled
from glede.platforms.youtube.parse import parse

US = "UCpennvale0000000000001"
THEM = "UCresident000000000002"
COMMENT = "UgxSampleComment0000000001"
VIDEO = "abcDEF12345"
SAID = "2026-11-22T09:15:00Z"
AT = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)


def comment(**more: Any) -> dict[str, Any]:
    return {
        "id": COMMENT,
        "snippet": {
            "authorDisplayName": "@gwen-sample",
            "authorChannelId": {"value": THEM},
            "textDisplay": "When is the lift back?",
            "publishedAt": SAID,
            "updatedAt": SAID,
            "videoId": VIDEO,
            **more,
        },
    }


def body(**more: Any) -> bytes:
    video = {
        "id": VIDEO,
        "snippet": {
            "title": "How we repair lifts",
            "channelId": US,
            "channelTitle": "Pennvale Homes",
            "publishedAt": "2026-11-01T10:00:00Z",
        },
    }
    return json.dumps({"v": 1, "comment": comment(), "video": video, **more}).encode()


def only(said: bytes) -> InboundEvent:
    (event,) = parse(said, US)
    return event


def written(said: bytes) -> Post:
    event = only(said)
    assert isinstance(event, Written)
    return event.post


ATOM = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">
  <title>YouTube video feed</title>
  <entry>
    <id>yt:video:{VIDEO}</id>
    <yt:videoId>{VIDEO}</yt:videoId>
    <yt:channelId>{US}</yt:channelId>
    <title>Winter checks &amp; boilers</title>
    <author><name>Pennvale Homes</name></author>
    <published>2026-11-22T09:15:00+00:00</published>
    <updated>2026-11-22T09:16:00+00:00</updated>
  </entry>
</feed>""".encode()

GONE = f"""<feed xmlns:at="http://purl.org/atompub/tombstones/1.0"
  xmlns="http://www.w3.org/2005/Atom">
  <at:deleted-entry ref="yt:video:{VIDEO}" when="2026-11-22T09:15:00+00:00"/>
</feed>""".encode()


def test_a_comment_stands_under_its_video() -> None:
    found = written(body())

    assert found.native_id == found.thread == COMMENT
    assert found.parent == ""
    assert found.at == AT
    assert found.kind is Kind.COMMENT
    assert (found.author.native_id, found.author.handle) == (THEM, "gwen-sample")
    assert found.text == "When is the lift back?"
    assert found.url == f"https://www.youtube.com/watch?v={VIDEO}&lc={COMMENT}"
    assert not found.hidden
    assert found.subject is not None
    assert (found.subject.text, found.subject.ours) == ("How we repair lifts", True)


def test_a_reply_hangs_under_the_comment_that_began_the_thread() -> None:
    reply = {**comment(parentId=COMMENT), "id": f"{COMMENT}.part2"}

    found = written(body(comment=reply))

    assert (found.thread, found.parent) == (COMMENT, COMMENT)


def test_the_channel_s_own_answer_is_ours() -> None:
    assert written(body(comment=comment(authorChannelId={"value": US}))).ours


def test_what_waits_for_review_is_hidden() -> None:
    assert written(body(hidden=True)).hidden


def test_what_was_let_through_in_the_app_is_shown_again() -> None:
    _, released = parse(body(released="2026-11-22T10:00:00+00:00"), US)

    assert released == Moderated(US, COMMENT, Act.UNHIDE, datetime(2026, 11, 22, 10, tzinfo=UTC))


def test_a_comment_changed_later_is_an_edit_at_that_time() -> None:
    event = only(body(comment=comment(updatedAt="2026-11-22T09:20:00Z", textDisplay="It is back")))

    assert isinstance(event, Edited)
    assert event.at == datetime(2026, 11, 22, 9, 20, tzinfo=UTC)
    assert event.post.at == AT
    assert event.post.text == "It is back"


def test_a_deletion_says_when() -> None:
    said = json.dumps({"v": 1, "deleted": COMMENT, "at": SAID}).encode()

    assert only(said) == Deleted(US, COMMENT, AT)


def test_an_upload_told_by_the_hub_and_one_from_the_list_are_one() -> None:
    item = {
        "snippet": {
            "title": "Winter checks & boilers",
            "channelId": US,
            "channelTitle": "Pennvale Homes",
            "publishedAt": SAID,
            "resourceId": {"videoId": VIDEO},
        },
        "contentDetails": {"videoId": VIDEO, "videoPublishedAt": SAID},
    }

    told = written(ATOM)

    assert told == written(json.dumps({"v": 1, "upload": item}).encode())
    assert told.ours
    assert told.kind is Kind.POST
    assert told.native_id == VIDEO


def test_a_video_taken_down_is_deleted() -> None:
    assert only(GONE) == Deleted(US, VIDEO, AT)


@pytest.mark.parametrize(
    "said",
    [
        b"<",
        b"<feed",
        b"<feed/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<a>" * 20_000,
        ATOM.replace(VIDEO.encode(), b"short"),
        ATOM.replace(b"2026-11-22T09:15", b"yesterday"),
        GONE.replace(b"yt:video:", b"yt:list:x"),
    ],
)
def test_broken_or_hostile_atom_is_ignored_with_a_reason(said: bytes) -> None:
    for event in parse(said, US):
        assert isinstance(event, Ignored)
        assert event.why


def test_no_bytes_at_all_break_it() -> None:
    for said in garbage():
        assert all(isinstance(event, Ignored) for event in parse(said, US))
    for sample in (body(), body(released="2026-11-22T10:00:00+00:00"), ATOM, GONE):
        for said in spoiled(sample):
            assert parse(said, US)
