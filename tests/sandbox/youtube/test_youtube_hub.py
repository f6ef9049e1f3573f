"""The hub asks before it tells, tells of films and never of comments, and signs what it says."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.youtube.people import Stand

ATOM = "{http://www.w3.org/2005/Atom}"
YT = "{http://www.youtube.com/xml/schemas/2015}"


@pytest.fixture
def desk() -> Iterator[Receiver]:
    with receiving(lambda query: query["hub.challenge"].encode()) as receiver:
        yield receiver


def subscribe(youtube: Stand, desk: Receiver, **more: str) -> httpx.Response:
    form = {
        "hub.mode": "subscribe",
        "hub.callback": desk.address,
        "hub.topic": f"https://www.youtube.com/feeds/videos.xml?channel_id={youtube.page}",
        "hub.verify": "sync",
        "hub.secret": "hush",
    }
    form |= {f"hub.{name}": value for name, value in more.items()}
    return httpx.post(f"{youtube.base}/subscribe", data=form, trust_env=False)


def test_an_upload_is_told_and_signed_and_a_comment_is_not(youtube: Stand, desk: Receiver) -> None:
    assert subscribe(youtube, desk, lease_seconds="3600").status_code == 204
    [question] = desk.questions
    assert question["hub.mode"] == "subscribe"
    assert 3590 < int(question["hub.lease_seconds"]) <= 3600
    video = youtube.video("Bins & boilers")
    youtube.comment("First!", on=video)
    [(body, headers)] = desk.wait(1)
    mark = hmac.new(b"hush", body, hashlib.sha1).hexdigest()
    assert headers["x-hub-signature"] == f"sha1={mark}"
    entry = ET.fromstring(body).find(f"{ATOM}entry")  # noqa: S314 - the sandbox's own
    assert entry is not None
    assert entry.findtext(f"{YT}videoId") == video
    assert entry.findtext(f"{YT}channelId") == youtube.page
    assert entry.findtext(f"{ATOM}title") == "Bins & boilers"
    assert len(desk.wait(2, seconds=0.2)) == 1


def test_a_new_title_is_told_and_new_tags_are_not(youtube: Stand, desk: Receiver) -> None:
    video = youtube.video()
    subscribe(youtube, desk)
    snippet = {"title": "How to bleed a radiator", "description": "How to bleed a radiator"}
    body = {"id": video, "snippet": snippet | {"tags": ["heat"], "categoryId": "22"}}
    assert youtube.call("PUT", "videos?part=snippet", json=body).status_code == 200
    assert desk.wait(1, seconds=0.2) == []
    body["snippet"] = snippet | {"title": "Radiators", "categoryId": "22"}
    youtube.call("PUT", "videos?part=snippet", json=body)
    youtube.call("DELETE", f"videos?id={video}")
    (changed, _), (removed, _) = desk.wait(2)
    assert b"<title>Radiators</title>" in changed
    assert f'ref="yt:video:{video}"'.encode() in removed


def test_who_does_not_say_the_challenge_back_is_not_told(youtube: Stand) -> None:
    with receiving(lambda _query: b"something else") as desk:
        assert subscribe(youtube, desk).status_code == 409
        assert subscribe(youtube, desk, mode="nonsense").status_code == 400
        assert subscribe(youtube, desk, topic="https://example.org/").status_code == 400
        youtube.video()
        assert desk.wait(1, seconds=0.2) == []


def test_a_lease_ends_and_a_subscriber_may_leave_before(youtube: Stand, desk: Receiver) -> None:
    client = youtube.pyyoutube()
    assert client.subscribe_push_notification(youtube.page, desk.address, lease_seconds=60)
    for _ in range(200):
        if youtube.stage.network.state.stored.followers:
            break
        desk.wait(1, seconds=0.01)
    youtube.video("One")
    [(_, headers)] = desk.wait(1)
    assert "x-hub-signature" not in headers
    youtube.served.world.now = lambda: datetime.now(UTC) + timedelta(seconds=61)
    youtube.video("Two")
    youtube.served.world.now = lambda: datetime.now(UTC)
    subscribe(youtube, desk)
    assert subscribe(youtube, desk, mode="unsubscribe").status_code == 204
    youtube.video("Three")
    assert len(desk.wait(2, seconds=0.2)) == 1
