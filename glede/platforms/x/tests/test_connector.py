"""What the plug-in makes of X's answers, against answers made up here."""

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
    AnswerThere,
    Connection,
    Credential,
    Cursor,
    Deleted,
    Edited,
    Gone,
    Hook,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.platforms.meter import Meter
from glede.platforms.x.connector import X, platform
from glede.platforms.x.names import id_before, moment_of

US = "1500000000000000001"
THEM = "1500000000000000002"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def made_at(at: datetime) -> str:
    """An id that X would make at this time."""
    return str((int(at.timestamp() * 1000) - 1_288_834_974_657) << 22)


POST = made_at(NOW - timedelta(minutes=5))
LATER = made_at(NOW - timedelta(minutes=1))

type Answerer = Callable[[httpx.Request], httpx.Response]


class Network:
    """Answers by method and path; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[tuple[str, str], Answerer | list[Answerer]] = {}

    def on(self, method: str, path: str, *answers: Answerer | dict[str, Any]) -> None:
        made = [one if callable(one) else _json(200, one) for one in answers]
        self.answers[method, path] = made if len(made) > 1 else made[0]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.get((request.method, request.url.path))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is None:
            return httpx.Response(404, json={"title": "Not Found Error"})
        return answer(request)

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.asked if (one.method, one.url.path) == (method, path)]


def _json(status: int, said: Any, **headers: str) -> Answerer:
    headers = {"date": "Sun, 22 Nov 2026 09:30:00 GMT", **headers}
    return lambda _request: httpx.Response(status, json=said, headers=headers)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()

    def client(*, base_url: str, seconds: float = 20.0) -> httpx.Client:
        return httpx.Client(base_url=base_url, transport=httpx.MockTransport(made))

    monkeypatch.setattr(http, "client", client)
    return made


def connection(**more: Any) -> Connection:
    return Connection(
        **{
            "account": US,
            "base_url": "https://x.test",
            "credential": {"access_token": "good", "refresh_token": "once"},
            "handle": "pennvale",
            "app": {"client_id": "app", "client_secret": "hidden", "bearer_token": "app-token"},
            **more,
        }
    )


def reply(**more: Any) -> OutboundMessage:
    return OutboundMessage(
        **{
            "key": "1",
            "text": "We are on our way",
            "queued_at": NOW,
            "parent": POST,
            "parent_kind": Kind.MENTION,
            "to": THEM,
            **more,
        }
    )


def denied(said: str, problem: str = "not-authorized-for-resource") -> Answerer:
    kind = f"https://api.x.com/2/problems/{problem}"
    return _json(403, {"title": "Forbidden", "detail": said, "type": kind, "status": 403})


# --- Answers going out ---------------------------------------------------------------------


def test_an_answer_says_what_it_answers_and_its_receipt_has_x_s_time(net: Network) -> None:
    net.on("POST", "/2/tweets", _json(201, {"data": {"id": LATER, "text": "…"}}))
    meter = Meter()

    receipt = X(connection(meter=meter)).send(reply(), now=NOW)

    (request,) = net.sent("POST", "/2/tweets")
    assert json.loads(request.content) == {
        "text": "We are on our way",
        "reply": {"in_reply_to_tweet_id": POST},
    }
    assert request.headers["authorization"] == "Bearer good"
    assert receipt.native_id == LATER
    assert receipt.at == moment_of(LATER)
    assert meter.take()[0][0].name == "replies"


def test_an_edited_post_is_answered_under_its_newest_id(net: Network) -> None:
    net.on("POST", "/2/tweets", _json(201, {"data": {"id": LATER, "text": "…"}}))

    X(connection()).send(reply(parent_revision=made_at(NOW)), now=NOW)

    (request,) = net.sent("POST", "/2/tweets")
    assert json.loads(request.content)["reply"]["in_reply_to_tweet_id"] == made_at(NOW)


def test_who_did_not_name_us_is_answered_in_x_by_a_person(net: Network) -> None:
    net.on("POST", "/2/tweets", denied("You are not permitted to perform this action."))

    with pytest.raises(AnswerThere, match="Answer it in X") as refusal:
        X(connection()).send(reply(), now=NOW)

    assert refusal.value.url == f"https://x.com/i/status/{POST}"


def test_a_refusal_of_the_app_is_not_a_matter_of_who_answers(net: Network) -> None:
    net.on("POST", "/2/tweets", denied("Your client app is not enrolled.", "client-forbidden"))

    with pytest.raises(Refused) as refusal:
        X(connection()).send(reply(), now=NOW)

    assert not isinstance(refusal.value, AnswerThere)


def test_an_answer_to_what_is_gone_is_gone(net: Network) -> None:
    net.on(
        "POST",
        "/2/tweets",
        denied("You attempted to reply to a Tweet that is deleted or not visible to you."),
    )

    with pytest.raises(Gone):
        X(connection()).send(reply(), now=NOW)


def standing(text: str, parent: str, at: datetime, **more: Any) -> dict[str, Any]:
    refers = [{"type": "replied_to", "id": parent}] if parent else []
    return {
        "id": made_at(at),
        "author_id": US,
        "text": text,
        "created_at": at.isoformat(),
        "referenced_tweets": refers,
        **more,
    }


def test_the_same_words_refused_are_found_where_they_stand(net: Network) -> None:
    net.on(
        "POST", "/2/tweets", denied("You are not allowed to create a Tweet with duplicate content.")
    )
    there = standing("@gwen We are on our way", POST, NOW)
    net.on("GET", f"/2/users/{US}/tweets", {"data": [there]})

    assert X(connection()).send(reply(), now=NOW).native_id == there["id"]


def test_the_same_words_in_another_place_are_refused(net: Network) -> None:
    net.on("POST", "/2/tweets", denied("duplicate content"))
    net.on("GET", f"/2/users/{US}/tweets", {"data": [standing("We are on our way", "7", NOW)]})

    with pytest.raises(Refused, match="twice"):
        X(connection()).send(reply(), now=NOW)


def test_the_same_words_refused_and_not_listed_yet_are_looked_for_later(net: Network) -> None:
    net.on("POST", "/2/tweets", denied("duplicate content"))
    net.on("GET", f"/2/users/{US}/tweets", {"data": [standing("Something else", POST, NOW)]})

    with pytest.raises(TryAgain):
        X(connection()).send(reply(), now=NOW)


@pytest.mark.parametrize("answer", [broken, _json(503, {}), _json(500, {"title": "oops"})])
def test_a_lost_answer_to_a_write_is_unknown_and_counted(net: Network, answer: Answerer) -> None:
    net.on("POST", "/2/tweets", answer)
    meter = Meter()

    with pytest.raises(OutcomeUnknown):
        X(connection(meter=meter)).send(reply(), now=NOW)

    assert meter.spent("replies", "2026-11-22") == 1


def test_what_was_sent_is_read_back_and_nothing_else(net: Network) -> None:
    words = "Read <b> & see https://example.org/visit"
    there = standing(
        "@gwen Read &lt;b&gt; &amp; see https://t.co/a",
        POST,
        NOW,
        entities={"urls": [{"url": "https://t.co/a", "expanded_url": "https://example.org/visit"}]},
    )
    net.on(
        "GET",
        f"/2/users/{US}/tweets",
        {
            "data": [
                standing("Something else", POST, NOW),
                standing(words, "", NOW),
                standing(words, "7", NOW),
                standing(words, POST, NOW - timedelta(days=1)),
                there,
            ]
        },
    )
    x = X(connection())

    found = x.read_back(reply(text=words), now=NOW)

    assert found is not None
    assert found.native_id == there["id"]
    assert found.at == NOW
    assert x.read_back(reply(text="never said"), now=NOW) is None


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (reply(text="a" * 281), "280"),
        (reply(text="漏" * 141), "280"),
        (reply(text=" "), "nothing"),
        (reply(parent="", publication=Publication(at=NOW + timedelta(days=1))), "at once"),
        (reply(media=(Media("image", content=b"x", content_type="image/png"),)), "description"),
        (reply(private=True, to=""), "Nobody"),
        (reply(private=True, automatic=True), "automatic"),
    ],
)
def test_what_x_would_refuse_is_not_sent(net: Network, message: OutboundMessage, why: str) -> None:
    with pytest.raises(Refused, match=why):
        X(connection()).send(message, now=NOW)

    assert not net.asked


def test_a_message_goes_to_the_person_and_is_read_back(net: Network) -> None:
    thread = f"{US}-{THEM}"
    net.on(
        "POST",
        f"/2/dm_conversations/with/{THEM}/messages",
        _json(201, {"data": {"dm_event_id": LATER, "dm_conversation_id": thread}}),
    )
    net.on(
        "GET",
        f"/2/dm_conversations/with/{THEM}/dm_events",
        {
            "data": [
                {"id": "8", "sender_id": THEM, "text": "Hello", "created_at": NOW.isoformat()},
                {"id": LATER, "sender_id": US, "text": "Hello", "created_at": NOW.isoformat()},
            ]
        },
    )
    message = reply(text="Hello", private=True, parent_kind=Kind.MESSAGE)
    x = X(connection())

    assert x.send(message, now=NOW).native_id == f"dm/{LATER}"
    found = x.read_back(message, now=NOW)
    assert found is not None
    assert found.native_id == f"dm/{LATER}"


def test_a_picture_goes_in_parts_with_its_description(net: Network) -> None:
    net.on("POST", "/2/media/upload/initialize", {"data": {"id": "77"}})
    net.on("POST", "/2/media/upload/77/append", {"data": {"expires_at": 1}})
    net.on("POST", "/2/media/upload/77/finalize", {"data": {"id": "77"}})
    net.on("POST", "/2/media/metadata", {"data": {"id": "77"}})
    net.on("POST", "/2/tweets", _json(201, {"data": {"id": LATER, "text": "…"}}))
    picture = Media("image", alt="a lift", content=b"x" * 4_500_000, content_type="image/png")

    X(connection()).send(reply(media=(picture,)), now=NOW)

    assert len(net.sent("POST", "/2/media/upload/77/append")) == 2
    (alt,) = net.sent("POST", "/2/media/metadata")
    assert json.loads(alt.content)["metadata"]["alt_text"]["text"] == "a lift"
    (sent,) = net.sent("POST", "/2/tweets")
    assert json.loads(sent.content)["media"] == {"media_ids": ["77"]}


# --- Tokens, limits, money -----------------------------------------------------------------


def test_a_token_that_ended_is_renewed_once_for_two_who_need_it(net: Network) -> None:
    def who(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer new":
            return httpx.Response(401, json={"title": "Unauthorized"})
        return httpx.Response(200, json={"data": {"id": US, "username": "pennvale"}})

    net.on("GET", "/2/users/me", who)
    net.on(
        "POST",
        "/2/oauth2/token",
        {"access_token": "new", "refresh_token": "twice", "expires_in": 7200, "scope": "dm.read"},
        _json(400, {"error": "invalid_grant"}),
    )
    lock, kept = threading.Lock(), {"access_token": "good", "refresh_token": "once"}

    def renew(old: Credential, ask: Callable[[Credential], Credential]) -> Credential:
        nonlocal kept
        with lock:
            if dict(old) == kept:
                kept = dict(ask(old))
            return kept

    both = [X(connection(renew=renew)) for _ in range(2)]
    threads = [threading.Thread(target=one.identify, kwargs={"now": NOW}) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (asked,) = net.sent("POST", "/2/oauth2/token")
    assert parse_qs(asked.content.decode())["refresh_token"] == ["once"]
    assert asked.headers["authorization"].startswith("Basic ")
    assert kept["refresh_token"] == "twice"
    assert kept["expires_at"] == (NOW + timedelta(hours=2)).isoformat()
    assert all(one.identify(now=NOW).native_id == US for one in both)


def test_a_token_about_to_end_is_renewed_before_it_is_used(net: Network) -> None:
    net.on("GET", "/2/users/me", {"data": {"id": US, "username": "pennvale"}})
    net.on("POST", "/2/oauth2/token", {"access_token": "new", "expires_in": 7200})
    ending = {"access_token": "a", "refresh_token": "b", "expires_at": NOW.isoformat()}

    X(connection(credential=ending)).identify(now=NOW)

    (asked,) = net.sent("GET", "/2/users/me")
    assert asked.headers["authorization"] == "Bearer new"


@pytest.mark.parametrize("credential", [{}, {"access_token": "dead"}])
def test_without_a_token_that_holds_a_person_has_to_connect(
    net: Network, credential: dict[str, str]
) -> None:
    net.on("GET", "/2/users/me", _json(401, {"title": "Unauthorized"}))

    with pytest.raises(Reconnect):
        X(connection(credential=credential)).identify(now=NOW)


def test_a_refused_renewal_ends_it(net: Network) -> None:
    net.on("GET", "/2/users/me", _json(401, {"title": "Unauthorized"}))
    net.on("POST", "/2/oauth2/token", _json(400, {"error": "invalid_grant"}))

    with pytest.raises(Reconnect):
        X(connection()).identify(now=NOW)


@pytest.mark.parametrize(
    "said",
    [
        {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
        {"title": "Too Many Requests", "type": "https://api.x.com/2/problems/rate-limit-exceeded"},
        {},
    ],
)
@pytest.mark.parametrize("status", [429])
def test_both_shapes_of_a_rate_limit_say_when_to_come_back(
    net: Network, said: dict[str, Any], status: int
) -> None:
    reset = NOW + timedelta(minutes=7)
    limits = {
        "x-rate-limit-limit": "300",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int(reset.timestamp())),
    }
    net.on("GET", f"/2/users/{US}/mentions", _json(status, said, **limits))
    meter = Meter()

    with pytest.raises(TryAgain) as again:
        X(connection(meter=meter)).poll(Cursor(), now=NOW)

    assert again.value.at == reset
    (signal,) = meter.take()[1]
    assert (signal.used_percent, signal.until) == (100.0, reset)
    assert US not in signal.name


def test_the_month_s_allowance_used_up_is_no_refusal(net: Network) -> None:
    kind = "https://api.x.com/2/problems/usage-capped"
    net.on("POST", "/2/tweets", _json(403, {"title": "UsageCapExceeded", "type": kind}))

    with pytest.raises(TryAgain) as again:
        X(connection()).send(reply(), now=NOW)

    assert again.value.at is not None


def test_what_is_read_is_paid_for_by_the_piece(net: Network) -> None:
    net.on("GET", f"/2/users/{US}/mentions", {"data": [theirs(POST), theirs(LATER)]})
    net.on("GET", f"/2/users/{US}/tweets", {})
    net.on("GET", "/2/dm_events", {"data": [{"id": "1", "sender_id": THEM}]})
    meter = Meter()

    X(connection(meter=meter)).poll(Cursor(), now=NOW)

    spent = {one.name: (one.units, one.micros) for one in meter.take()[0]}
    assert spent == {"posts read": (2, 10_000), "messages read": (1, 10_000)}


# --- What comes in -------------------------------------------------------------------------


def theirs(native_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": native_id,
        "author_id": THEM,
        "text": "@pennvale hello",
        "created_at": (moment_of(native_id) or NOW).isoformat(),
        "conversation_id": native_id,
        "edit_history_tweet_ids": [native_id],
        **more,
    }


def test_a_poll_goes_on_with_overlap_and_brings_nothing_twice(net: Network) -> None:
    net.on("GET", f"/2/users/{US}/mentions", {"data": [theirs(LATER), theirs(POST)]})
    net.on("GET", f"/2/users/{US}/tweets", {})
    net.on("GET", "/2/dm_events", {})
    x = X(connection())

    first = x.poll(Cursor(), now=NOW)
    second = x.poll(first.cursor, now=NOW)

    assert [event.account for event in first.events] == [US, US]
    assert second.events == ()
    assert not second.gap
    asked = net.sent("GET", f"/2/users/{US}/mentions")[-1]
    assert asked.url.params["since_id"] == id_before(LATER, timedelta(minutes=10))
    assert asked.url.params["max_results"] == "100"


def test_more_than_can_be_read_is_a_gap(net: Network) -> None:
    net.on("GET", f"/2/users/{US}/tweets", {})
    net.on("GET", "/2/dm_events", {})
    net.on("GET", f"/2/users/{US}/mentions", {"data": [theirs(POST)]})
    x = X(connection())
    cursor = x.poll(Cursor(), now=NOW).cursor
    endless = {"data": [theirs(LATER)], "meta": {"next_token": "more"}}
    net.on("GET", f"/2/users/{US}/mentions", endless)

    assert x.poll(cursor, now=NOW).gap


def test_messages_are_left_alone_where_we_may_not_read_them(net: Network) -> None:
    net.on("GET", f"/2/users/{US}/mentions", {})
    net.on("GET", f"/2/users/{US}/tweets", {})

    X(connection(settings={"messages": "no"})).poll(Cursor(), now=NOW)

    assert not net.sent("GET", "/2/dm_events")


def test_a_look_up_finds_what_was_edited_and_what_is_gone(net: Network) -> None:
    newest = made_at(NOW)
    history = {"edit_history_tweet_ids": [POST, newest]}
    gone, unseen = made_at(NOW - timedelta(hours=1)), made_at(NOW - timedelta(hours=2))
    missing = {
        "type": "https://api.x.com/2/problems/resource-not-found",
        "resource_id": gone,
        "title": "Not Found Error",
    }
    hidden = {
        "type": "https://api.x.com/2/problems/not-authorized-for-resource",
        "resource_id": unseen,
    }
    net.on(
        "GET",
        "/2/tweets",
        {"data": [theirs(POST, **history)], "errors": [missing, hidden]},
        {"data": [theirs(newest, text="@pennvale all good", **history)]},
    )

    events = X(connection()).lookup([POST, gone, unseen, "dm/5", "never an id"], now=NOW)
    found = [one for raw in events for one in platform.parse(raw.body, US)]

    edited, deleted, impossible = found
    assert isinstance(edited, Edited)
    assert (edited.post.native_id, edited.post.text) == (POST, "@pennvale all good")
    assert deleted == Deleted(US, gone, NOW)
    assert impossible == Deleted(US, "never an id", NOW)


def test_a_stream_takes_what_carries_our_mark_and_ends_with_a_reason(net: Network) -> None:
    lines = [
        {"data": theirs(POST), "matching_rules": [{"tag": f"glede {US}"}]},
        {"data": theirs(LATER), "matching_rules": [{"tag": "glede another"}]},
        {"errors": [{"detail": "This stream is closing."}]},
    ]
    body = b"\r\n\r\n" + b"\r\n".join(json.dumps(line).encode() for line in lines) + b"\r\n"
    net.on("GET", "/2/tweets/search/stream/rules", {})
    net.on("POST", "/2/tweets/search/stream/rules", {})
    net.on("GET", "/2/tweets/search/stream", lambda _request: httpx.Response(200, content=body))
    stream = X(connection()).stream(Cursor(POST), stop=lambda: False, watched=frozenset)

    away = next(stream)
    brought = next(stream)

    assert away.gap
    assert [event.key for event in brought.events] == [f"{US} post {POST}"]
    assert brought.cursor == Cursor(POST)
    with pytest.raises(TryAgain, match="closing"):
        next(stream)
    (rule,) = net.sent("POST", "/2/tweets/search/stream/rules")
    assert "@pennvale" in json.loads(rule.content)["add"][0]["value"]
    assert rule.headers["authorization"] == "Bearer app-token"


# --- Moderating, listening, fetching -------------------------------------------------------


def test_a_block_mutes_and_stops_messages(net: Network) -> None:
    net.on("POST", f"/2/users/{US}/muting", {"data": {"muting": True}})
    net.on("POST", f"/2/users/{THEM}/dm/block", {"data": {"blocked": True}})

    X(connection()).moderate(Moderation("1", Act.BLOCK, author=THEM), now=NOW)

    (mute,) = net.sent("POST", f"/2/users/{US}/muting")
    assert json.loads(mute.content) == {"target_user_id": THEM}
    assert net.sent("POST", f"/2/users/{THEM}/dm/block")


def test_a_webhook_that_stands_is_made_valid_again_and_only_what_lacks_is_asked_for(
    net: Network,
) -> None:
    hook = Hook("https://desk.example.org/hooks/x/x")
    net.on("GET", "/2/webhooks", {"data": [{"id": "9", "url": hook.address, "valid": False}]})
    net.on("PUT", "/2/webhooks/9", {"data": {"valid": True}})
    there = [
        {"event_type": "post.create", "filter": {"user_id": US}, "webhook_id": "9"},
        {"event_type": "post.delete", "filter": {"user_id": THEM}, "webhook_id": "9"},
    ]
    net.on("GET", "/2/activity/subscriptions", {"data": there})
    net.on("POST", "/2/activity/subscriptions", {"data": {}})

    again = X(connection(settings={"messages": "no"})).listen(hook, now=NOW)

    assert again == NOW + timedelta(hours=6)
    assert not net.sent("POST", "/2/webhooks")
    assert net.sent("PUT", "/2/webhooks/9")
    asked = [json.loads(one.content) for one in net.sent("POST", "/2/activity/subscriptions")]
    assert [one["event_type"] for one in asked] == [
        "post.delete",
        "post.mention.create",
        "post.reply.create",
        "post.quote.create",
    ]
    assert all(one["filter"] == {"user_id": US} for one in asked)


def test_attachments_come_from_x_alone_and_not_too_large(net: Network) -> None:
    net.on("GET", "/media/a.png", lambda _r: httpx.Response(200, content=b"x" * 100))
    x = X(connection())
    ours = Media("image", url="https://pbs.twimg.com/media/a.png")

    assert x.fetch(ours, most_bytes=100, now=NOW).content == b"x" * 100
    assert "authorization" not in net.asked[-1].headers
    with pytest.raises(Refused, match="larger"):
        x.fetch(ours, most_bytes=99, now=NOW)
    with pytest.raises(Refused, match="no address"):
        x.fetch(Media("image", url="https://intranet.test/a.png"), most_bytes=100, now=NOW)


def test_a_private_message_s_attachment_comes_by_the_api_with_our_token(net: Network) -> None:
    path = "/2/dm_conversations/media/11/22/a-b.jpg"
    net.on("GET", path, _json(401, {}), lambda _r: httpx.Response(200, content=b"jpeg"))
    net.on("POST", "/2/oauth2/token", {"access_token": "new", "expires_in": 7200})
    meter = Meter()
    media = Media("image", url="https://ton.twitter.com/1.1/ton/data/dm/11/22/a-b.jpg")

    found = X(connection(meter=meter)).fetch(media, most_bytes=100, now=NOW)

    assert found.content == b"jpeg"
    first, second = (one.headers["authorization"] for one in net.sent("GET", path))
    assert (first, second) == ("Bearer good", "Bearer new")
    assert meter.spent("private attachments read", "2026-11-22") == 1


def test_secrets_are_in_no_words_of_the_plug_in(net: Network) -> None:
    net.on("GET", "/2/users/me", _json(401, {"title": "Unauthorized"}))
    x = X(connection(credential={"access_token": "very-secret"}))

    with pytest.raises(Reconnect) as refusal:
        x.identify(now=NOW)

    assert "very-secret" not in f"{refusal.value} {x!r}"
