"""Answers captured from the real YouTube become the values that stand in them.

They lie beside the checkout and are read where they are; see `tests/sandbox/shared.py`.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from glede.platforms import http
from glede.platforms.contract import (
    Connection,
    Cursor,
    InboundEvent,
    Kind,
    OutboundMessage,
    Post,
    Refused,
    Written,
)
from glede.platforms.youtube.connector import YouTube, platform
from sandbox.youtube.stage import YouTube as Stage
from tests.platforms.test_youtube import Desk, polled
from tests.sandbox import shared
from tests.sandbox.serving import serving

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
US = "UCa-vrCLQHviTOVnEKDOdetQ"


def captured(name: str) -> Any:
    return shared.read("fixtures", "youtube", f"pyyoutube_{name}.json")


class Answers:
    """YouTube as it once answered, whatever is asked."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], tuple[int, Any]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        where = (request.method, request.url.path.rpartition("/")[2])
        status, said = self.said.get(where, (200, {"items": []}))
        return httpx.Response(status, json=said)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()

    def client(*, base_url: str, seconds: float = 20.0) -> httpx.Client:
        return httpx.Client(base_url=base_url, transport=httpx.MockTransport(made))

    monkeypatch.setattr(http, "client", client)
    return made


def youtube() -> YouTube:
    return YouTube(Connection(US, "https://youtube.test", {"access_token": "a"}))


def understood(events: Any) -> list[InboundEvent]:
    return [one for raw in events for one in platform.parse(raw.body, US)]


def compared(found: Post, said: Any) -> None:
    snippet = said["snippet"]
    assert found.native_id == said["id"]
    assert found.text == snippet["textOriginal"]
    assert found.at == datetime.fromisoformat(snippet["publishedAt"])
    assert found.author.native_id == snippet["authorChannelId"]["value"]
    assert found.author.name == snippet["authorDisplayName"]
    assert found.kind is Kind.COMMENT
    assert found.thread == snippet.get("parentId", said["id"])


def test_a_page_of_threads(answers: Answers) -> None:
    page = captured("comment_threads_comment_threads_by_video_paged_1")
    del page["nextPageToken"]  # what comes after it was not captured
    answers.said["GET", "commentThreads"] = (200, page)

    # Read at once as published; the lists for review would be the same page here.
    again = '{"apart_at": "2026-11-22T08:59:59+00:00"}'
    batch = youtube().poll(Cursor(again), now=NOW)

    found = {one.post.native_id: one.post for one in understood(batch.events) if _new(one)}
    tops = [thread["snippet"]["topLevelComment"] for thread in page["items"]]
    assert len(found) >= len(tops) > 0
    for top in tops:
        compared(found[top["id"]], top)


def _new(event: InboundEvent) -> bool:
    return hasattr(event, "post")


def test_replies_under_a_comment(answers: Answers) -> None:
    page = captured("comments_comments_by_parent_paged_1")
    answers.said["GET", "comments"] = (200, page)
    wanted = [one["id"] for one in page["items"]]

    found = understood(youtube().lookup(wanted, now=NOW))

    assert len(found) == len(wanted) > 0
    for event, said in zip(found, page["items"], strict=True):
        assert isinstance(event, Written)
        compared(event.post, said)
        assert event.post.parent == said["snippet"]["parentId"]


def answer() -> OutboundMessage:
    return OutboundMessage(
        key="1", text="Sun from the api", queued_at=NOW, parent="UgxSampleComment0000000001"
    )


def test_the_answer_to_an_answer(answers: Answers) -> None:
    made = captured("comment_threads_insert_response")["snippet"]["topLevelComment"]
    answers.said["POST", "comments"] = (200, made)

    receipt = youtube().send(answer(), now=NOW)

    assert receipt.native_id == made["id"]
    assert receipt.at == datetime.fromisoformat(made["snippet"]["publishedAt"])


def test_a_refusal_in_youtube_s_own_words(answers: Answers) -> None:
    answers.said["POST", "comments"] = (403, captured("error_permission_resp"))

    with pytest.raises(Refused, match="does not have permission"):
        youtube().send(answer(), now=NOW)


# --- The sandbox's are understood as the captured are --------------------------------------


@pytest.fixture
def desk() -> Iterator[Desk]:
    with serving(Stage) as served:
        yield Desk(served)


def filled(found: Post) -> set[str]:
    return {one.name for one in fields(found) if getattr(found, one.name) not in ("", (), None)}


def test_the_sandbox_s_comments_fill_what_the_captured_fill(desk: Desk) -> None:
    top = desk.comment("hello")
    desk.comment("hello to you", on=top)
    events, _ = polled(desk)
    sandbox = [one.post for one in events if isinstance(one, Written) and not one.post.ours]
    said = captured("comments_comments_by_parent_paged_1")["items"][0]
    page = captured("comment_threads_comment_threads_by_video_paged_1")["items"][0]
    raws = [{"comment": page["snippet"]["topLevelComment"]}, {"comment": said}]
    found = [_parsed(raw) for raw in raws]

    # The captured were fetched without their video, a reply without its video's id.
    beside = {"subject", "url"}
    assert [filled(one) - beside for one in sandbox] == [filled(one) - beside for one in found]


def _parsed(raw: Any) -> Post:
    (event,) = platform.parse(httpx.Response(200, json=raw).content, US)
    assert isinstance(event, Written)
    return event.post
