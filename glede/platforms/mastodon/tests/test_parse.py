"""What is made of an event without a network: shapes the sandbox does not make, hostile ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import Deleted, Edited, Ignored, Kind, Written
from glede.platforms.hostile import garbage, spoiled
from glede.platforms.mastodon.parse import parse

US, THEM = "100", "200"


def status(**more: Any) -> dict[str, Any]:
    return {
        "id": "11",
        "created_at": "2026-11-22T09:00:00.000Z",
        "edited_at": None,
        "visibility": "public",
        "content": "<p>the lift is broken</p>",
        "spoiler_text": "",
        "language": "en",
        "url": "https://social.example/@ann/11",
        "account": {"id": THEM, "acct": "ann@social.example", "display_name": "Ann"},
        "mentions": [{"id": US, "acct": "redkite"}],
        "media_attachments": [],
        **more,
    }


def event(at: str = "2026-11-22T09:00:05Z", **more: Any) -> bytes:
    return json.dumps({"at": at, **more}).encode()


def test_a_mention_has_our_instances_time_and_theirs_as_a_remark() -> None:
    [found] = parse(event(status=status()), US)
    assert isinstance(found, Written)
    post = found.post
    assert post.at == datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)
    assert post.remark_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert (post.kind, post.text, post.thread) == (Kind.MENTION, "the lift is broken", "11")
    assert (post.author.name, post.author.handle) == ("Ann", "ann@social.example")


def test_a_warning_stands_before_the_words_and_a_poll_after_them() -> None:
    poll = {"options": [{"title": "stairs"}, {"title": "lift"}]}
    [found] = parse(event(status=status(spoiler_text="anger", poll=poll)), US)
    assert isinstance(found, Written)
    assert found.post.text == "[anger]\n\nthe lift is broken\n\n• stairs\n• lift"


def test_an_edit_keeps_when_it_was_first_written() -> None:
    [found] = parse(event(status=status(edited_at="2026-11-22T10:00:00Z")), US)
    assert isinstance(found, Edited)
    assert found.at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert found.post.at == datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)


def test_a_direct_answer_of_ours_stands_in_the_chat_with_whom_it_names() -> None:
    ours = status(
        account={"id": US, "acct": "redkite"},
        mentions=[{"id": THEM}],
        visibility="direct",
        in_reply_to_id="11",
    )
    [found] = parse(event(status=ours), US)
    assert isinstance(found, Written)
    assert (found.post.thread, found.post.ours, found.post.private) == (
        f"direct/{THEM}",
        True,
        True,
    )


def test_an_answer_in_our_thread_is_a_comment_though_it_answers_somebody_else() -> None:
    root = status(id="9", account={"id": US, "acct": "redkite"}, content="<p>news</p>")
    answer = status(in_reply_to_id="10", in_reply_to_account_id="300")
    [found] = parse(event(status=answer, root=root), US)
    assert isinstance(found, Written)
    assert (found.post.kind, found.post.thread) == (Kind.COMMENT, "9")
    assert found.post.subject is not None
    assert found.post.subject.ours


@pytest.mark.parametrize("kind", ["image", "gifv", "video", "audio", "unknown", 7])
def test_attachments_of_every_kind_are_kept(kind: object) -> None:
    medium = {"type": kind, "url": "https://files.example/1", "description": None}
    [found] = parse(event(status=status(media_attachments=[medium, "odd"])), US)
    assert isinstance(found, Written)
    assert found.post.media[0].url == "https://files.example/1"


def test_a_deletion_is_one() -> None:
    [found] = parse(event(deleted="11"), US)
    assert found == Deleted(US, "11", datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        event(),
        event(at="yesterday", status=status()),
        event(status={"id": "1"}),
        event(status=status(reblog=status())),
        event(status=status(created_at=7)),
        *garbage(),
    ],
)
def test_what_cannot_be_understood_is_ignored_with_a_reason(body: bytes) -> None:
    [found] = parse(body, US)
    assert isinstance(found, Ignored)
    assert found.why


def test_a_spoilt_event_raises_nothing() -> None:
    for body in spoiled(event(status=status(), root=status(id="9"))):
        assert parse(body, US)
