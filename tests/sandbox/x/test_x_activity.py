"""X tells a desk what happened: webhooks that are challenged and signed, streams, replays."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.kernel.hooks import Manners
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.x.people import BRYN, ODA, PICTURE, Stand


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def challenge(secret: str) -> Callable[[Mapping[str, str]], bytes]:
    def answer(query: Mapping[str, str]) -> bytes:
        mark = signed(secret, query["crc_token"].encode())
        return json.dumps({"response_token": f"sha256={mark}"}).encode()

    return answer


@pytest.fixture
def desk(x: Stand) -> Iterator[Receiver]:
    with receiving(challenge(x.given["consumer_secret"])) as receiver:
        yield receiver


def subscribe(x: Stand, kind: str, webhook_id: str = "", **more: Any) -> httpx.Response:
    body = {"event_type": kind, "filter": {"user_id": x.page}, "tag": f"our {kind}", **more}
    if webhook_id:
        body["webhook_id"] = webhook_id
    return x.call("POST", "/2/activity/subscriptions", app=True, json=body)


def register(x: Stand, desk: Receiver, *kinds: str) -> str:
    made = x.call("POST", "/2/webhooks", app=True, json={"url": desk.address})
    assert made.status_code == 200, made.text
    webhook_id = str(made.json()["data"]["id"])
    for kind in kinds:
        assert subscribe(x, kind, webhook_id).status_code == 200
    return webhook_id


def test_a_mention_arrives_signed_and_whole(x: Stand, desk: Receiver) -> None:
    register(x, desk, "post.mention.create")
    assert set(desk.questions[0]) == {"crc_token", "nonce"}
    made = x.mention(pictures=[PICTURE])
    [(body, headers)] = desk.wait(1)
    mark = signed(x.given["consumer_secret"], body)
    assert headers["x-twitter-webhooks-signature"] == f"sha256={mark}"
    data = json.loads(body)["data"]
    assert data["event_type"] == "post.mention.create"
    assert data["filter"] == {"user_id": x.page}
    assert data["tag"] == "our post.mention.create"
    assert data["event_uuid"] == data["payload"]["id"] == made
    assert data["payload"]["public_metrics"]["like_count_str"] == "0"
    assert {one["username"] for one in data["includes"]["users"]} == {"bryntallow", "redkite"}
    assert data["includes"]["tweets"][0] == data["payload"]


def test_an_answer_to_us_and_a_name_in_the_text_are_two_kinds(x: Stand, desk: Receiver) -> None:
    register(x, desk, "post.mention.create", "post.reply.create")
    ours = x.do(x.stage.publish, x.page, "Our office is open.")
    x.do(x.stage.comment, ODA, "Only an answer", on=ours)
    x.do(x.stage.comment, ODA, "An answer, @redkite", on=ours)
    kinds = [json.loads(body)["data"]["event_type"] for body, _ in desk.wait(3)]
    assert sorted(kinds) == ["post.mention.create", "post.reply.create", "post.reply.create"]


def test_messages_arrive_in_the_older_shape(x: Stand, desk: Receiver) -> None:
    register(x, desk, "dm.received", "dm.sent")
    made = x.do(x.stage.message, BRYN, "My number is 5", page=x.page, pictures=[PICTURE])
    sent = x.do(x.stage.answer_in_app, x.page, "Thank you", to=made)
    taken = [json.loads(body)["data"] for body, _ in desk.wait(2)]
    received, echo = sorted(taken, key=lambda one: one["event_type"])
    [event] = received["payload"]["direct_message_events"]
    author = event["message_create"]["sender_id"]
    assert event["id"] == made
    assert event["message_create"]["target"]["recipient_id"] == x.page
    assert received["payload"]["users"][author]["data"]["username"] == "bryntallow"
    picture = event["message_create"]["message_data"]["attachment"]["media"]
    assert httpx.get(picture["media_url_https"], trust_env=False).content == PICTURE.content
    assert echo["payload"]["direct_message_events"][0]["id"] == sent


def test_only_our_own_deletions_are_told(x: Stand, desk: Receiver) -> None:
    register(x, desk, "post.delete", "post.mention.create")
    theirs = x.mention()
    ours = x.do(x.stage.publish, x.page, "Wrong date, sorry.")
    x.do(x.stage.delete, BRYN, of=theirs)
    assert x.call("DELETE", f"/2/tweets/{ours}").json() == {"data": {"deleted": True}}
    taken = {
        data["event_type"]: data for data in (json.loads(body)["data"] for body, _ in desk.wait(2))
    }
    assert taken["post.delete"]["payload"] == {"id": ours, "author_id": x.page}
    assert taken["post.delete"]["includes"]["users"][0]["data"]["username"] == "redkite"
    assert len(desk.wait(3, seconds=0.2)) == 2


def test_a_webhook_is_refused_for_its_challenge_its_double_and_its_address(
    x: Stand, desk: Receiver
) -> None:
    def add(url: str) -> str:
        said = x.call("POST", "/2/webhooks", app=True, json={"url": url})
        return str(said.json().get("detail", ""))

    with receiving(challenge("another secret")) as stranger:
        assert add(stranger.address) == "CrcValidationFailed"
    assert add(desk.address) == ""
    assert add(desk.address) == "DuplicateUrlFailed"
    assert add("ftp://nowhere") == "UrlValidationFailed"
    x.stage.settings.secure_hooks_only = True
    assert add(f"{desk.address}/other") == "UrlValidationFailed"
    x.stage.settings.secure_hooks_only = False
    x.stage.settings.most_webhooks = 1
    assert add(f"{desk.address}/other") == "WebhookLimitExceeded"


def test_what_was_missed_while_a_webhook_was_invalid_is_replayed(x: Stand, desk: Receiver) -> None:
    webhook = register(x, desk, "post.mention.create")
    good, desk.asked = desk.asked, lambda _query: None
    x.call("PUT", f"/2/webhooks/{webhook}", app=True)
    assert x.call("GET", "/2/webhooks", app=True).json()["data"][0]["valid"] is False
    x.mention("@redkite nobody hears this yet")
    desk.asked = good
    said = x.call("PUT", f"/2/webhooks/{webhook}", app=True)
    assert said.json() == {"data": {"valid": True}}
    assert desk.wait(1, seconds=0.2) == []
    now = datetime.now(UTC)
    body = {
        "webhook_id": webhook,
        "from_date": (now - timedelta(minutes=2)).strftime("%Y%m%d%H%M"),
        "to_date": now.strftime("%Y%m%d%H%M"),
    }
    job = x.call("POST", "/2/webhooks/replay", app=True, json=body).json()["data"]["job_id"]
    event, done = (json.loads(body) for body, _ in desk.wait(2))
    assert event["data"]["payload"]["text"] == "@redkite nobody hears this yet"
    assert done["replay_job_status"]["job_id"] == job


def test_an_address_keeps_its_own_query_when_it_is_challenged(x: Stand, desk: Receiver) -> None:
    desk.address += "?channel=7"
    register(x, desk)
    assert desk.questions[0]["channel"] == "7"


def test_a_webhook_is_challenged_again_from_time_to_time(x: Stand, desk: Receiver) -> None:
    webhook = register(x, desk, "post.mention.create")
    x.mention("@redkite while it is valid")
    x.stage.activity.check_every = timedelta(0)
    desk.asked = lambda _query: None
    x.mention("@redkite and this makes X look again")
    assert len(desk.wait(2)) == 2
    for _ in range(200):
        if not x.stage.network.state.stored.webhooks[webhook].valid:
            break
        desk.wait(3, seconds=0.01)
    x.mention("@redkite nobody hears this")
    assert len(desk.wait(3, seconds=0.2)) == 2


def test_our_own_post_is_edited_under_a_new_id(x: Stand) -> None:
    made = x.call("POST", "/2/tweets", json={"text": "Open form nine"}).json()["data"]["id"]
    edit = {"text": "Open from nine", "edit_options": {"previous_post_id": made}}
    data = x.call("POST", "/2/tweets", json=edit).json()["data"]
    assert data["edit_history_tweet_ids"] == [made, data["id"]]
    assert x.do(x.stage.posts, x.page) == [data["id"]]
    [item] = x.do(x.stage.wall, x.page)
    assert (item.text, item.edited) == ("Open from nine", True)


NONSENSE = [
    ("POST", "/2/tweets", b"not json"),
    ("POST", "/2/tweets", b"[]"),
    ("POST", "/2/tweets", b'{"text": 5}'),
    ("POST", "/2/tweets", b'{"text": "a", "reply": "b"}'),
    ("POST", "/2/tweets", b'{"text": "a", "reply": {}}'),
    ("POST", "/2/tweets", b'{"text": "a", "media": {"media_ids": 5}}'),
    ("POST", "/2/tweets", b'{"text": "a", "media": {"media_ids": ["5"]}}'),
    ("PUT", "/2/tweets/1/hidden", b'{"hidden": "yes"}'),
    ("POST", "/2/media/upload/initialize", b'{"media_type": "image/png"}'),
    ("POST", "/2/media/upload/1/append", b'{"segment_index": "a"}'),
    ("POST", "/2/media/metadata", b'{"id": 5}'),
    ("GET", "/2/tweets?ids=a,b", b""),
    ("GET", "/2/tweets/search/recent?query=((", b""),
    ("GET", "/2/dm_events?max_results=0", b""),
    ("GET", "/2/dm_events?pagination_token=zz", b""),
    ("POST", "/2/nothing/here", b""),
    ("PUT", "/2/activity/subscriptions/5", b'{"tag": 7}'),
    ("POST", "/2/tweets/search/stream/rules", b'{"add": "all"}'),
    ("POST", "/2/tweets/search/stream/rules", b'{"delete": {"ids": 5}}'),
    ("POST", "/2/activity/subscriptions", b'{"event_type": "post.create"}'),
    ("POST", "/2/webhooks", b'{"url": "http://[nowhere"}'),
    ("POST", "/2/webhooks/replay", b'{"webhook_id": "5", "from_date": "yesterday"}'),
]


def test_what_makes_no_sense_is_refused(x: Stand) -> None:
    for method, path, body in NONSENSE:
        app = any(part in path for part in ("webhooks", "activity", "stream"))
        answer = x.call(method, path, content=body, app=app)
        assert answer.status_code in (400, 404), (method, path, body, answer.text)


def test_a_webhook_that_failed_is_tried_again(x: Stand, desk: Receiver) -> None:
    x.stage.activity.manners = Manners(tries=(0.05, 0.05, 0.05, 0.05))
    register(x, desk, "post.mention.create")
    desk.status = 503
    x.mention()
    assert desk.wait(1, seconds=0.1) == []
    desk.status = 200
    assert len(desk.wait(1)) == 1


def test_private_events_need_the_leave_of_the_account(x: Stand, desk: Receiver) -> None:
    webhook = register(x, desk)
    x.do(x.stage.authority.revoke, x.page)
    assert subscribe(x, "post.mention.create", webhook).status_code == 403
    made = subscribe(x, "post.create", webhook)
    assert subscribe(x, "post.create", webhook).status_code == 409
    assert subscribe(x, "no.such.event", webhook).status_code == 400
    subscription = made.json()["data"]["subscription"]["subscription_id"]
    path = f"/2/activity/subscriptions/{subscription}"
    changed = x.call("PUT", path, app=True, json={"tag": "new"}).json()
    assert changed["data"]["subscription"]["tag"] == "new"
    listed = x.call("GET", "/2/activity/subscriptions", app=True).json()
    assert listed["meta"]["total_subscriptions"] == 1
    assert x.call("DELETE", path, app=True).json()["data"]["deleted"] is True
    assert x.call("DELETE", path, app=True).status_code == 404


def test_events_without_a_webhook_go_to_the_stream(x: Stand) -> None:
    x.stage.activity.keep_alive = 0.1
    assert subscribe(x, "post.mention.create").status_code == 200
    headers = {"authorization": f"Bearer {x.given['bearer_token']}"}
    with httpx.stream(
        "GET", f"{x.base}/2/activity/stream", headers=headers, trust_env=False
    ) as stream:
        made, alive = "", False
        for line in stream.iter_lines():
            if not line and not made:
                alive, made = True, x.mention()
            elif line:
                assert json.loads(line)["data"]["payload"]["id"] == made
                break
        assert alive
        x.do(x.stage.activity.end)


def test_what_stands_outlives_a_restart(x: Stand, desk: Receiver) -> None:
    register(x, desk, "post.mention.create")
    called = x.mention(pictures=[PICTURE])
    x.do(x.stage.message, BRYN, "Hello", page=x.page)
    dumped = x.do(x.stage.dump)
    walls = x.do(x.stage.wall, x.page), x.do(x.stage.chat, x.page, BRYN)
    x.do(x.stage.delete, BRYN, of=called)
    x.do(x.stage.authority.revoke, x.page)
    x.do(x.stage.load, dumped)
    assert (x.do(x.stage.wall, x.page), x.do(x.stage.chat, x.page, BRYN)) == walls
    found = x.call("GET", f"/2/users/{x.page}/mentions").json()
    assert [one["id"] for one in found["data"]] == [called]
    desk.taken.clear()
    x.mention("@redkite and again")
    assert len(desk.wait(1)) == 1
