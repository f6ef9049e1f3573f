"""What events become: bodies of our own, in the shapes of X's documentation."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import Deleted, Edited, Ignored, InboundEvent, Kind, Post, Written
from glede.platforms.hostile import garbage, spoiled
from glede.platforms.x.parse import parse

US = "1500000000000000001"
THEM = "1500000000000000002"
FIRST = "1860000000000000000"
SECOND = "1860000100000000000"
AT = "2026-11-22T09:15:00.000Z"

PEOPLE = [
    {"id": THEM, "name": "Gwen Sample", "username": "gwen_sample"},
    {"id": US, "name": "Pennvale Homes", "username": "pennvale"},
]


def post(**more: Any) -> dict[str, Any]:
    return {
        "id": FIRST,
        "author_id": THEM,
        "created_at": AT,
        "conversation_id": FIRST,
        "text": "@pennvale the lift is broken &amp; nobody comes",
        "edit_history_tweet_ids": [FIRST],
        "entities": {"mentions": [{"id": US, "username": "pennvale", "start": 0, "end": 9}]},
        "lang": "en",
        **more,
    }


def hook(kind: str, payload: dict[str, Any], **more: Any) -> bytes:
    event = {
        "event_uuid": "-42",
        "filter": {"user_id": US},
        "event_type": kind,
        "payload": payload,
        **more,
    }
    return json.dumps({"at": "2026-11-22T09:16:00+00:00", "hook": {"data": event}}).encode()


def listed(one: dict[str, Any], **includes: Any) -> bytes:
    return json.dumps({"v": 1, "post": one, "includes": {"users": PEOPLE, **includes}}).encode()


def only(body: bytes) -> InboundEvent:
    (event,) = parse(body, US)
    return event


def written(body: bytes) -> Post:
    event = only(body)
    assert isinstance(event, Written)
    return event.post


def test_a_mention_by_webhook_is_a_post_that_names_us() -> None:
    found = written(hook("post.mention.create", post(), includes={"users": PEOPLE}))

    assert found.native_id == FIRST
    assert found.account == US
    assert found.author.handle == "gwen_sample"
    assert found.text == "@pennvale the lift is broken & nobody comes"
    assert found.at == datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    assert found.kind is Kind.MENTION
    assert found.thread == FIRST
    assert not found.ours
    assert found.language == "en"


def test_people_wrapped_in_data_are_known_all_the_same() -> None:
    wrapped = {"users": [{"data": one} for one in PEOPLE]}

    assert written(hook("post.mention.create", post(), includes=wrapped)).author.name == (
        "Gwen Sample"
    )


@pytest.mark.parametrize("spelling", ["referenced_posts", "referenced_tweets"])
def test_a_reply_knows_what_it_answers_in_either_spelling(spelling: str) -> None:
    reply = post(
        id=SECOND,
        edit_history_tweet_ids=[SECOND],
        in_reply_to_user_id=US,
        **{spelling: [{"type": "replied_to", "id": FIRST}]},
    )
    ours = {"id": FIRST, "author_id": US, "created_at": AT, "text": "Gas checks start today"}
    includes = "posts" if spelling == "referenced_posts" else "tweets"

    found = written(listed(reply, **{includes: [ours]}))

    assert found.kind is Kind.COMMENT
    assert found.parent == FIRST
    assert found.subject is not None
    assert found.subject.ours
    assert found.subject.text == "Gas checks start today"


def test_a_quote_of_ours_is_a_quote() -> None:
    quote = post(referenced_posts=[{"type": "quoted", "id": SECOND}])
    ours = {"id": SECOND, "author_id": US, "created_at": AT, "text": "We answer in four hours"}

    found = written(listed(quote, posts=[ours]))

    assert found.kind is Kind.QUOTE
    assert found.subject is not None
    assert found.subject.native_id == SECOND


def test_what_is_only_passed_on_is_ignored() -> None:
    assert isinstance(
        only(listed(post(referenced_posts=[{"type": "retweeted", "id": SECOND}]))), Ignored
    )


def test_an_edit_has_a_new_id_and_is_the_item_it_was() -> None:
    edited = post(id=SECOND, text="@pennvale all good now", edit_history_tweet_ids=[FIRST, SECOND])

    event = only(listed(edited))

    assert isinstance(event, Edited)
    assert event.post.native_id == FIRST
    assert event.post.revision == SECOND
    assert event.post.text == "@pennvale all good now"
    assert event.at == datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    assert event.post.at < event.at


def test_our_own_post_is_ours() -> None:
    found = written(hook("post.create", post(author_id=US), includes={"users": PEOPLE}))

    assert found.ours
    assert found.kind is Kind.POST


def test_a_deletion_carries_when_we_heard_of_it() -> None:
    assert only(hook("post.delete", {"id": FIRST, "author_id": US})) == Deleted(
        account=US, native_id=FIRST, at=datetime(2026, 11, 22, 9, 16, tzinfo=UTC)
    )


def test_a_message_by_webhook_and_from_the_list_is_one_and_the_same() -> None:
    words = {"text": "is my gas check today?", "entities": {"urls": []}}
    by_hook = hook(
        "dm.received",
        {
            "direct_message_events": [
                {
                    "type": "message_create",
                    "id": FIRST,
                    "created_timestamp": "1795338900000",
                    "message_create": {
                        "target": {"recipient_id": US},
                        "sender_id": THEM,
                        "message_data": words,
                    },
                }
            ],
            "users": {one["id"]: {"data": one} for one in PEOPLE},
        },
    )
    from_list = json.dumps(
        {
            "v": 1,
            "message": {
                "id": FIRST,
                "event_type": "MessageCreate",
                "sender_id": THEM,
                "participant_ids": [THEM, US],
                "dm_conversation_id": f"{US}-{THEM}",
                "created_at": datetime.fromtimestamp(1795338900, tz=UTC).isoformat(),
                **words,
            },
            "includes": {"users": PEOPLE},
        }
    ).encode()

    assert written(by_hook) == written(from_list)
    assert written(by_hook).private
    assert written(by_hook).native_id == f"dm/{FIRST}"
    assert written(by_hook).thread == f"{US}-{THEM}"


@pytest.mark.parametrize(
    ("shown", "kind", "url"),
    [
        ({"type": "photo"}, "image", "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg"),
        (
            {
                "type": "video",
                "video_info": {
                    "variants": [
                        {"content_type": "video/mp4", "bitrate": 1, "url": "https://v.test/1"},
                        {"content_type": "video/mp4", "bitrate": 9, "url": "https://v.test/9"},
                    ]
                },
            },
            "video",
            "https://v.test/9",
        ),
    ],
)
def test_a_message_s_attachment_comes_with_its_description(
    shown: dict[str, Any], kind: str, url: str
) -> None:
    media = {
        "media_url_https": "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg",
        "ext_alt_text": "a damp wall",
        **shown,
    }
    said = {
        "target": {"recipient_id": US},
        "sender_id": THEM,
        "message_data": {"text": "look", "attachment": {"type": "media", "media": media}},
    }
    event = {"id": FIRST, "created_timestamp": "1795338900000", "message_create": said}

    (found,) = written(hook("dm.received", {"direct_message_events": [event]})).media

    assert (found.kind, found.alt, found.url) == (kind, "a damp wall", url)


def test_links_and_pictures_come_in_full_and_the_words_without_their_addresses() -> None:
    showing = post(
        text="look https://t.co/aaa https://t.co/bbb",
        attachments={"media_keys": ["3_1"]},
        entities={
            "urls": [
                {"url": "https://t.co/aaa", "expanded_url": "https://example.org/damp"},
                {
                    "url": "https://t.co/bbb",
                    "expanded_url": "https://x.com/gwen_sample/status/1/photo/1",
                    "media_key": "3_1",
                },
            ]
        },
    )
    picture = {
        "media_key": "3_1",
        "type": "photo",
        "url": "https://pbs.twimg.com/media/a.jpg",
        "alt_text": "a damp wall",
        "width": 640,
        "height": 480,
    }

    found = written(listed(showing, media=[picture]))

    assert found.text == "look https://example.org/damp"
    assert found.links == ("https://example.org/damp",)
    assert [(one.kind, one.alt, one.url) for one in found.media] == [
        ("image", "a damp wall", "https://pbs.twimg.com/media/a.jpg")
    ]


def test_of_a_film_the_finest_file_is_taken() -> None:
    film = {
        "media_key": "7_1",
        "type": "video",
        "preview_image_url": "https://pbs.twimg.com/p.jpg",
        "variants": [
            {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a.m3u8"},
            {"content_type": "video/mp4", "bit_rate": 1, "url": "https://video.twimg.com/1.mp4"},
            {"content_type": "video/mp4", "bit_rate": 9, "url": "https://video.twimg.com/9.mp4"},
        ],
    }

    (media,) = written(listed(post(attachments={"media_keys": ["7_1"]}), media=[film])).media

    assert (media.kind, media.url) == ("video", "https://video.twimg.com/9.mp4")


def test_a_long_post_is_whole() -> None:
    long = post(text="The beginning…", note_post={"text": "The beginning and the end"})

    assert written(listed(long)).text == "The beginning and the end"


@pytest.mark.parametrize("kind", ["like.create", "chat.received", "follow.follow", ""])
def test_what_is_nothing_to_answer_is_ignored_with_a_reason(kind: str) -> None:
    event = only(hook(kind, {"id": FIRST}))

    assert isinstance(event, Ignored)
    assert event.why


def test_no_bytes_at_all_break_it() -> None:
    samples = [
        hook("post.mention.create", post(), includes={"users": PEOPLE}),
        listed(post(id=SECOND, edit_history_tweet_ids=[FIRST, SECOND])),
        hook("dm.received", {"direct_message_events": [{"id": "1", "message_create": {}}]}),
    ]
    for body in garbage():
        assert all(isinstance(event, Ignored) for event in parse(body, US))
    for sample in samples:
        for body in spoiled(sample):
            assert parse(body, US)
