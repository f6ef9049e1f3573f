"""What the plug-in makes of YouTube's answers, against answers made up here."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from glede.platforms import http
from glede.platforms.contract import (
    Act,
    Batch,
    Connection,
    Credential,
    Cursor,
    Deleted,
    Edited,
    Form,
    Gone,
    Hook,
    InboundEvent,
    Kind,
    Media,
    Moderated,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Reconnect,
    Refused,
    Registration,
    TryAgain,
    Written,
)
from glede.platforms.meter import Meter
from glede.platforms.youtube.connector import YouTube, platform

US = "UCpennvale0000000000001"
THEM = "UCresident000000000002"
VIDEO = "abcDEF12345"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = ("quota", "2026-11-22")
THREADS, COMMENTS = "/youtube/v3/commentThreads", "/youtube/v3/comments"
ITEMS, VIDEOS = "/youtube/v3/playlistItems", "/youtube/v3/videos"
UPLOAD = "/upload/youtube/v3/videos"

type Answerer = Callable[[httpx.Request], httpx.Response]


def said(status: int, body: Any, **headers: str) -> Answerer:
    return lambda _request: httpx.Response(status, json=body, headers=headers)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


def failure(status: int, reason: str) -> Answerer:
    error = {"code": status, "message": "No.", "errors": [{"reason": reason, "message": "No."}]}
    return said(status, {"error": error})


class Channel:
    """A channel's comments as YouTube lists them; other calls are answered as told."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[tuple[str, str], Answerer] = {}
        self.threads: dict[str, list[dict[str, Any]]] = {}
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.uploads: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        where = (request.method, request.url.path)
        if where in self.answers:
            return self.answers[where](request)
        params = request.url.params
        match where:
            case ("GET", "/youtube/v3/commentThreads"):
                listed = self.threads.get(params.get("moderationStatus", "published"), [])
                start = int(params.get("pageToken", "0"))
                size = int(params["maxResults"])
                more = {"nextPageToken": str(start + size)} if start + size < len(listed) else {}
                return httpx.Response(200, json={"items": listed[start : start + size], **more})
            case ("GET", "/youtube/v3/comments"):
                if "parentId" in params:
                    return httpx.Response(
                        200, json={"items": self.replies.get(params["parentId"], [])}
                    )
                known = {
                    one["id"]: one
                    for thread in self.threads.get("published", [])
                    for one in [
                        thread["snippet"]["topLevelComment"],
                        *self.replies.get(thread["id"], []),
                    ]
                }
                wanted = [known[one] for one in params["id"].split(",") if one in known]
                return httpx.Response(200, json={"items": wanted})
            case ("GET", "/youtube/v3/playlistItems"):
                return httpx.Response(200, json={"items": self.uploads})
            case ("GET", "/youtube/v3/videos"):
                snippet = {"title": "Lifts", "channelId": US, "publishedAt": stamp(NOW)}
                found = [{"id": one, "snippet": snippet} for one in params["id"].split(",")]
                return httpx.Response(200, json={"items": found})
        return httpx.Response(404, json={"error": {"code": 404, "message": "Nothing here."}})

    def on(self, method: str, path: str, answer: Answerer) -> None:
        self.answers[method, path] = answer

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.asked if (one.method, one.url.path) == (method, path)]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    made = Channel()

    def client(*, base_url: str, seconds: float = 20.0) -> httpx.Client:
        return httpx.Client(base_url=base_url, transport=httpx.MockTransport(made))

    monkeypatch.setattr(http, "client", client)
    return made


def connection(**more: Any) -> Connection:
    return Connection(
        **{
            "account": US,
            "base_url": "https://youtube.test",
            "credential": {"access_token": "good", "refresh_token": "lasting"},
            "app": {"client_id": "app", "client_secret": "hidden"},
            **more,
        }
    )


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def comment(number: int, at: datetime, *, by: str = THEM, **more: Any) -> dict[str, Any]:
    return {
        "id": f"UgxSampleComment{number:010}",
        "snippet": {
            "authorDisplayName": "@gwen-sample",
            "authorChannelId": {"value": by},
            "textDisplay": f"comment {number}",
            "publishedAt": stamp(at),
            "updatedAt": stamp(at),
            "videoId": VIDEO,
            **more,
        },
    }


def thread(top: dict[str, Any], *, count: int = 0, shown: tuple[Any, ...] = ()) -> dict[str, Any]:
    snippet = {"topLevelComment": top, "totalReplyCount": count, "videoId": VIDEO}
    return {"id": top["id"], "snippet": snippet, "replies": {"comments": list(shown)}}


def under(top: dict[str, Any], number: int, **more: Any) -> dict[str, Any]:
    made = comment(number, NOW, parentId=top["id"], **more)
    return {**made, "id": f"{top['id']}.reply{number}"}


def reply(**more: Any) -> OutboundMessage:
    return OutboundMessage(
        **{
            "key": "1",
            "text": "It is back at noon",
            "queued_at": NOW,
            "parent": comment(1, NOW)["id"],
            "parent_kind": Kind.COMMENT,
            **more,
        }
    )


def understood(batch: Batch) -> list[InboundEvent]:
    return [one for raw in batch.events for one in platform.parse(raw.body, US)]


def ids(batch: Batch) -> list[str]:
    return [one.post.native_id for one in understood(batch) if isinstance(one, Written | Edited)]


# --- What comes in -------------------------------------------------------------------------


def test_a_poll_brings_comments_oldest_first_and_nothing_twice(channel: Channel) -> None:
    new = [comment(number, NOW - timedelta(minutes=number)) for number in (1, 2, 3)]
    channel.threads["published"] = [thread(one) for one in new]
    youtube = YouTube(connection())

    first = youtube.poll(Cursor(), now=NOW)
    second = youtube.poll(first.cursor, now=NOW + timedelta(minutes=1))

    assert ids(first) == [one["id"] for one in reversed(new)]
    assert second.events == ()
    assert not second.gap
    (subject,) = {one.post.subject for one in understood(first) if isinstance(one, Written)}
    assert subject is not None
    assert subject.text == "Lifts"


def test_a_poll_stops_at_what_it_knows(channel: Channel) -> None:
    old = [thread(comment(n, NOW - timedelta(hours=n))) for n in range(1, 150)]
    channel.threads["published"] = old
    youtube = YouTube(connection())
    cursor = youtube.poll(Cursor(), now=NOW).cursor
    channel.asked.clear()
    channel.threads["published"] = [thread(comment(500, NOW)), *old]

    batch = youtube.poll(cursor, now=NOW + timedelta(minutes=1))

    assert ids(batch) == [comment(500, NOW)["id"]]
    assert len(channel.sent("GET", THREADS)) == 1


def test_more_than_can_be_read_is_a_gap(channel: Channel) -> None:
    channel.threads["published"] = [thread(comment(1, NOW))]
    youtube = YouTube(connection())
    cursor = youtube.poll(Cursor(), now=NOW).cursor
    flood = [thread(comment(n, NOW + timedelta(minutes=1))) for n in range(2, 2400)]
    channel.threads["published"] = flood

    assert youtube.poll(cursor, now=NOW + timedelta(minutes=1)).gap


def test_replies_that_the_list_leaves_out_are_fetched_once(channel: Channel) -> None:
    top = comment(1, NOW)
    channel.replies[top["id"]] = [under(top, number) for number in range(7)]
    channel.threads["published"] = [
        thread(top, count=7, shown=tuple(channel.replies[top["id"]][:2]))
    ]
    youtube = YouTube(connection())

    first = youtube.poll(Cursor(), now=NOW)
    youtube.poll(first.cursor, now=NOW + timedelta(minutes=1))

    assert len(ids(first)) == 8
    assert len(channel.sent("GET", COMMENTS)) == 1


def test_one_reply_gone_and_another_come_is_seen_by_what_the_list_shows(channel: Channel) -> None:
    top = comment(1, NOW)
    every = [under(top, number) for number in range(7)]
    channel.replies[top["id"]] = every
    channel.threads["published"] = [thread(top, count=7, shown=tuple(every[:2]))]
    youtube = YouTube(connection())
    cursor = youtube.poll(Cursor(), now=NOW).cursor
    channel.replies[top["id"]] = [*every[2:], under(top, 7), under(top, 8)]
    channel.threads["published"] = [thread(top, count=7, shown=tuple(every[2:4]))]

    batch = youtube.poll(cursor, now=NOW + timedelta(minutes=1))

    assert sorted(ids(batch)) == [f"{top['id']}.reply7", f"{top['id']}.reply8"]


def test_what_is_held_for_review_or_taken_for_spam_comes_hidden_and_is_shown_when_let_through(
    channel: Channel,
) -> None:
    held, spam = comment(1, NOW), comment(2, NOW)
    channel.threads = {"heldForReview": [thread(held)], "likelySpam": [thread(spam)]}
    youtube = YouTube(connection())

    first = youtube.poll(Cursor(), now=NOW)
    channel.threads = {"published": [thread(held)], "likelySpam": [thread(spam)]}
    later = NOW + timedelta(minutes=1)
    second = understood(youtube.poll(first.cursor, now=later))

    shown = [one for one in understood(first) if isinstance(one, Written)]
    found = {one.post.native_id: one.post.hidden for one in shown}
    assert found == {held["id"]: True, spam["id"]: True}
    assert Moderated(US, held["id"], Act.UNHIDE, later) in second


def test_an_edit_is_seen_by_its_time(channel: Channel) -> None:
    before = comment(1, NOW)
    channel.threads["published"] = [thread(before)]
    youtube = YouTube(connection())
    cursor = youtube.poll(Cursor(), now=NOW).cursor
    changed_at = NOW + timedelta(minutes=3)
    after = comment(1, NOW, textDisplay="no, the stairs", updatedAt=stamp(changed_at))
    channel.threads["published"] = [thread(after)]

    (event,) = understood(youtube.poll(cursor, now=NOW + timedelta(minutes=4)))

    assert isinstance(event, Edited)
    assert (event.post.text, event.at) == ("no, the stairs", changed_at)


def test_our_uploads_come_in_once(channel: Channel) -> None:
    snippet = {
        "title": "Winter checks",
        "channelId": US,
        "publishedAt": stamp(NOW),
        "resourceId": {"videoId": VIDEO},
    }
    channel.uploads = [{"snippet": snippet, "contentDetails": {"videoId": VIDEO}}]
    youtube = YouTube(connection())

    first = youtube.poll(Cursor(), now=NOW)
    second = youtube.poll(first.cursor, now=NOW + timedelta(minutes=10))

    assert ids(first) == [VIDEO]
    assert second.events == ()


def test_a_look_up_tells_what_is_gone_from_what_is_held(channel: Channel) -> None:
    there, held, gone = comment(1, NOW), comment(2, NOW), comment(3, NOW)
    channel.threads = {"published": [thread(there)], "heldForReview": [thread(held)]}

    events = YouTube(connection()).lookup(
        [there["id"], held["id"], gone["id"], VIDEO, "never an id"], now=NOW
    )

    found = [one for raw in events for one in platform.parse(raw.body, US)]
    assert [one.post.hidden for one in found if isinstance(one, Written)] == [False, True]
    assert found[2:] == [Deleted(US, gone["id"], NOW), Deleted(US, "never an id", NOW)]


# --- What goes out -------------------------------------------------------------------------


def test_an_answer_to_a_reply_hangs_under_the_comment_that_began_it(channel: Channel) -> None:
    made = under(comment(1, NOW), 9, by=US)
    channel.on("POST", COMMENTS, said(200, made))
    top = comment(1, NOW)["id"]
    meter = Meter()

    receipt = YouTube(connection(meter=meter)).send(reply(parent=f"{top}.reply3"), now=NOW)

    (request,) = channel.sent("POST", COMMENTS)
    assert json.loads(request.content)["snippet"] == {
        "parentId": top,
        "textOriginal": "It is back at noon",
    }
    assert request.headers["authorization"] == "Bearer good"
    assert (receipt.native_id, receipt.at) == (made["id"], NOW)
    assert meter.spent(*TODAY) == 50


@pytest.mark.parametrize("answer", [broken, said(503, {}), lambda _r: httpx.Response(200)])
def test_a_lost_answer_is_unknown_and_counted(channel: Channel, answer: Answerer) -> None:
    channel.on("POST", COMMENTS, answer)
    meter = Meter()

    with pytest.raises(OutcomeUnknown):
        YouTube(connection(meter=meter)).send(reply(), now=NOW)

    assert meter.spent(*TODAY) == 50


def test_what_was_sent_is_read_back_and_nothing_else(channel: Channel) -> None:
    top = comment(1, NOW)
    words = {"textDisplay": "It is back at noon"}
    yesterday = stamp(NOW - timedelta(days=1))
    ours = under(top, 4, by=US, **words)
    channel.replies[top["id"]] = [
        under(top, 1, **words),
        under(top, 2, by=US),
        under(top, 3, by=US, **{**words, "publishedAt": yesterday}),
        ours,
    ]
    youtube = YouTube(connection())

    found = youtube.read_back(reply(), now=NOW)

    assert found is not None
    assert found.native_id == ours["id"]
    assert youtube.read_back(reply(text="never said"), now=NOW) is None


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (404, "parentCommentNotFound", Gone),
        (400, "parentCommentNotFound", Gone),
        (403, "commentsDisabled", Refused),
        (403, "rateLimitExceeded", TryAgain),
        (403, "quotaExceeded", TryAgain),
        (500, "backendError", OutcomeUnknown),
    ],
)
def test_a_refusal_means_what_its_reason_says(
    channel: Channel, status: int, reason: str, error: type[Exception]
) -> None:
    channel.on("POST", COMMENTS, failure(status, reason))

    with pytest.raises(error) as refusal:
        YouTube(connection()).send(reply(), now=NOW)

    assert type(refusal.value) is error or error is Refused
    assert reason in str(refusal.value)


def test_units_gone_means_midnight_in_california(channel: Channel) -> None:
    channel.on("POST", COMMENTS, failure(403, "quotaExceeded"))

    with pytest.raises(TryAgain) as again:
        YouTube(connection()).send(reply(), now=NOW)

    assert again.value.at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_answers_go_out_when_polls_have_stopped(channel: Channel) -> None:
    channel.on("POST", COMMENTS, said(200, under(comment(1, NOW), 9, by=US)))
    youtube = YouTube(connection(meter=Meter({TODAY: 9_000})))

    with pytest.raises(TryAgain):
        youtube.poll(Cursor(), now=NOW)
    assert not channel.asked
    assert youtube.send(reply(), now=NOW).native_id


FILM = Media("video", content=b"x" * 9_000_000, content_type="video/mp4")
THUMBNAIL = Media("image", content=b"jpeg", content_type="image/jpeg", alt="a lift")


def publication(**more: Any) -> OutboundMessage:
    plan = Publication(title="How we repair lifts", **more)
    return reply(parent="", parent_kind=None, media=(FILM, THUMBNAIL), publication=plan)


def taking_uploads(channel: Channel) -> list[bytes]:
    parts: list[bytes] = []

    def part(request: httpx.Request) -> httpx.Response:
        parts.append(request.content)
        if sum(map(len, parts)) < len(FILM.content):
            return httpx.Response(308, headers={"range": f"bytes=0-{len(parts[0]) - 1}"})
        made = {"id": VIDEO, "snippet": {"publishedAt": stamp(NOW)}}
        return httpx.Response(200, json=made)

    address = f"https://youtube.test{UPLOAD}?upload_id=1"
    channel.on("POST", UPLOAD, said(200, {}, location=address))
    channel.on("PUT", UPLOAD, part)
    channel.on("POST", "/upload/youtube/v3/thumbnails/set", said(200, {"items": []}))
    return parts


def test_a_video_is_uploaded_in_parts_and_shown_at_its_time(channel: Channel) -> None:
    parts = taking_uploads(channel)
    meter = Meter()
    at = NOW + timedelta(days=2)

    receipt = YouTube(connection(meter=meter)).send(publication(at=at), now=NOW)

    assert b"".join(parts) == FILM.content
    assert len(parts) == 2
    announced = json.loads(channel.sent("POST", UPLOAD)[0].content)
    assert announced["snippet"]["title"] == "How we repair lifts"
    assert announced["status"]["privacyStatus"] == "private"
    assert announced["status"]["publishAt"] == stamp(at)
    assert receipt.native_id == VIDEO
    assert meter.spent("video uploads", "2026-11-22") == 1
    (dressed,) = channel.sent("POST", "/upload/youtube/v3/thumbnails/set")
    assert dressed.url.params["videoId"] == VIDEO


def test_a_thumbnail_refused_leaves_the_video_published(
    channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    taking_uploads(channel)
    channel.on("POST", "/upload/youtube/v3/thumbnails/set", failure(403, "forbidden"))

    assert YouTube(connection()).send(publication(), now=NOW).native_id == VIDEO
    assert VIDEO in caplog.text


def test_an_upload_that_was_only_announced_may_be_tried_again(channel: Channel) -> None:
    taking_uploads(channel)
    channel.on("POST", UPLOAD, broken)
    with pytest.raises(TryAgain):
        YouTube(connection()).send(publication(), now=NOW)

    taking_uploads(channel)
    channel.on("PUT", UPLOAD, broken)
    with pytest.raises(OutcomeUnknown):
        YouTube(connection()).send(publication(), now=NOW)


def test_a_video_is_read_back_by_its_title_since_it_was_queued(channel: Channel) -> None:
    def listed(video: str, title: str, at: datetime) -> dict[str, Any]:
        snippet = {"title": title, "publishedAt": stamp(at), "resourceId": {"videoId": video}}
        return {"snippet": snippet}

    earlier = NOW - timedelta(days=9)
    channel.uploads = [listed("x" * 11, "Other", NOW), listed("y" * 11, "Lifts", earlier)]
    youtube = YouTube(connection())
    message = reply(parent="", publication=Publication(title="Lifts"))

    assert youtube.read_back(message, now=NOW) is None
    channel.uploads.append(listed(VIDEO, "Lifts", NOW))
    found = youtube.read_back(message, now=NOW)
    assert found is not None
    assert found.native_id == VIDEO


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (reply(text="a" * 10_001), "10,000"),
        (reply(text=" "), "nothing"),
        (reply(private=True), "private"),
        (reply(media=(THUMBNAIL,)), "words only"),
        (reply(parent="", publication=Publication()), "one video"),
        (reply(parent="", media=(FILM,), publication=Publication(title="a" * 101)), "100"),
        (reply(parent="", media=(FILM,), publication=Publication(form=Form.STORY)), "story"),
        (reply(parent="", media=(FILM,), publication=Publication(title="a", at=NOW)), "passed"),
    ],
)
def test_what_youtube_would_refuse_is_not_sent(
    channel: Channel, message: OutboundMessage, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        YouTube(connection()).send(message, now=NOW)

    assert not channel.asked


# --- Moderating, listening, tokens ---------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "status", "ban"),
    [
        (Act.HIDE, "heldForReview", None),
        (Act.UNHIDE, "published", None),
        (Act.DELETE, "rejected", None),
        (Act.BLOCK, "rejected", "true"),
    ],
)
def test_acts_are_what_youtube_calls_them(
    channel: Channel, act: Act, status: str, ban: str | None
) -> None:
    path = f"{COMMENTS}/setModerationStatus"
    channel.on("POST", path, lambda _request: httpx.Response(204))
    native_id = comment(1, NOW)["id"]

    YouTube(connection()).moderate(Moderation("1", act, native_id, author=THEM), now=NOW)

    (asked,) = channel.sent("POST", path)
    assert asked.url.params["id"] == native_id
    assert asked.url.params["moderationStatus"] == status
    assert asked.url.params.get("banAuthor") == ban


@pytest.mark.parametrize("act", [Act.UNBLOCK, Act.REPORT])
def test_what_only_people_can_do_says_where(channel: Channel, act: Act) -> None:
    with pytest.raises(Refused, match="YouTube"):
        YouTube(connection()).moderate(
            Moderation("1", act, comment(1, NOW)["id"], author=THEM), now=NOW
        )


def test_the_hub_is_asked_again_well_before_its_lease_ends(channel: Channel) -> None:
    channel.on("POST", "/subscribe", said(202, None))
    hook = Hook("https://desk.example.org/hooks/youtube/y", secret="s3", verify_token="wo rd")

    again = YouTube(connection()).listen(hook, now=NOW)

    (asked,) = channel.sent("POST", "/subscribe")
    form = {name: values[0] for name, values in parse_qs(asked.content.decode()).items()}
    assert form["hub.topic"] == f"https://www.youtube.com/feeds/videos.xml?channel_id={US}"
    assert (form["hub.secret"], form["hub.callback"]) == ("s3", f"{hook.address}?word=wo+rd")
    assert again == NOW + timedelta(days=4)
    assert "authorization" not in asked.headers


def test_of_two_whose_token_ended_one_asks_for_the_next(channel: Channel) -> None:
    def who(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer new":
            return httpx.Response(401, json={"error": {"code": 401}})
        return httpx.Response(200, json={"items": [{"id": US, "snippet": {"title": "Pennvale"}}]})

    channel.on("GET", "/youtube/v3/channels", who)
    channel.on("POST", "/oauth2/token", said(200, {"access_token": "new", "expires_in": 3600}))
    lock, kept = threading.Lock(), {"access_token": "good", "refresh_token": "lasting"}

    def renew(old: Credential, ask: Callable[[Credential], Credential]) -> Credential:
        nonlocal kept
        with lock:
            if dict(old) == kept:
                kept = dict(ask(old))
            return kept

    both = [YouTube(connection(renew=renew)) for _ in range(2)]
    threads = [threading.Thread(target=one.identify, kwargs={"now": NOW}) for one in both]
    for started in threads:
        started.start()
    for started in threads:
        started.join()

    assert len(channel.sent("POST", "/oauth2/token")) == 1
    assert kept["refresh_token"] == "lasting"
    assert all(one.identify(now=NOW).native_id == US for one in both)


def test_a_consent_taken_back_means_a_person_has_to_connect(channel: Channel) -> None:
    channel.on("GET", "/youtube/v3/channels", said(401, {"error": {"code": 401}}))
    channel.on("POST", "/oauth2/token", said(400, {"error": "invalid_grant"}))

    with pytest.raises(Reconnect, match="invalid_grant"):
        YouTube(connection()).identify(now=NOW)


def test_connecting_offers_the_channels_of_the_person(channel: Channel) -> None:
    scope = "https://www.googleapis.com/auth/youtube.force-ssl"
    channel.on(
        "POST",
        "/oauth2/token",
        said(200, {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": scope}),
    )
    shown = {"title": "Pennvale Homes", "customUrl": "@pennvale"}
    channel.on("GET", "/youtube/v3/channels", said(200, {"items": [{"id": US, "snippet": shown}]}))
    registration = Registration("app", "hidden", "https://youtube.test")
    assert platform.oauth is not None

    address = platform.oauth.address(registration, "https://desk.example.org/back", "st", "ch")
    (offer,) = platform.oauth.finish(
        registration, "code", "https://desk.example.org/back", "v", NOW
    )

    assert "access_type=offline" in address
    assert "code_challenge=ch" in address
    assert (offer.native_id, offer.name, offer.handle) == (US, "Pennvale Homes", "pennvale")
    assert offer.credential["refresh_token"] == "r"
    assert offer.scopes == (scope,)
    assert offer.expires_at is None
