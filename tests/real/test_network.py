"""The network and its fault proxy do what the other tests of this folder rely on."""

import threading
import time

import httpx
import pytest
from atproto import models
from atproto_client.exceptions import (
    BadRequestError,
    InvokeTimeoutError,
    RequestErrorBase,
)
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.real.fault_proxy import Forward, Reply, Request
from tests.real.network import Account, Network, now_text, wait_for

pytestmark = pytest.mark.network

CREATE = "com.atproto.repo.createRecord"


@pytest.fixture(scope="module")
def resident(network: Network) -> Account:
    return network.create_account("resident")


@pytest.fixture(scope="module")
def landlord(network: Network) -> Account:
    return network.create_account("landlord")


def mention_of(account: Account, *, text: str) -> models.AppBskyFeedPost.Record:
    handle = f"@{account.handle}"
    start = text.index(handle)
    place = models.AppBskyRichtextFacet.ByteSlice(
        byte_start=start, byte_end=start + len(handle.encode())
    )
    facet = models.AppBskyRichtextFacet.Main(
        features=[models.AppBskyRichtextFacet.Mention(did=account.did)], index=place
    )
    return models.AppBskyFeedPost.Record(text=text, facets=[facet], created_at=now_text())


def posts_of(network: Network, account: Account) -> list[str]:
    """What stands in the account's own repository, seen past the proxy."""
    found = network.connect(network.pds_itself).com.atproto.repo.list_records(
        models.ComAtprotoRepoListRecords.Params(
            repo=account.did, collection="app.bsky.feed.post", limit=100
        )
    )
    return [record.value["text"] for record in found.records]


def read_on(stream: ClientConnection) -> None:
    while True:
        stream.recv(timeout=10)


def test_a_mention_reaches_the_mentioned_account_and_the_reply_stands_in_the_thread(
    network: Network, resident: Account, landlord: Account
) -> None:
    asking, answering = network.client(resident), network.client(landlord)

    text = f"@{landlord.handle} the lift is out again"
    post = asking.app.bsky.feed.post.create(resident.did, mention_of(landlord, text=text))

    def mention() -> models.AppBskyNotificationListNotifications.Notification | None:
        listed = answering.app.bsky.notification.list_notifications()
        return next((one for one in listed.notifications if one.uri == post.uri), None)

    seen = wait_for(mention, what="the mention's notification")
    assert seen.reason == "mention"
    assert seen.author.did == resident.did

    parent = models.ComAtprotoRepoStrongRef.Main(uri=seen.uri, cid=seen.cid)
    answering.send_post(
        "An engineer is on the way.",
        reply_to=models.AppBskyFeedPost.ReplyRef(parent=parent, root=parent),
    )

    def replies() -> list[str]:
        thread = network.look().get_post_thread(post.uri).thread
        return [reply.post.record.text for reply in thread.replies or []]

    assert wait_for(replies, what="the reply in the thread") == ["An engineer is on the way."]


def test_an_app_password_signs_in_and_the_session_leads_through_the_proxy(
    network: Network, landlord: Account
) -> None:
    watched = network.faults.before("com.atproto.server.getSession", lambda _request: None)

    client = network.connect(network.pds_itself)
    client.login(landlord.handle, landlord.app_password)
    client.com.atproto.server.get_session()

    watched.wait(within_seconds=1)


def test_a_taken_down_account_cannot_sign_in(network: Network) -> None:
    account = network.create_account("gone")

    network.take_down(account)

    with pytest.raises(RequestErrorBase) as refused:
        network.client(account)
    assert refused.value.response is not None
    assert refused.value.response.content.error == "AccountTakedown"

    network.take_down(account, applied=False)
    network.client(account)


def test_a_rate_limit_is_answered_as_often_as_asked_and_then_no_more(
    network: Network, resident: Account
) -> None:
    client = network.client(resident)
    fault = network.faults.limit_rate(CREATE, reset_at=int(time.time()) + 60, times=2)

    for _ in range(2):
        with pytest.raises(RequestErrorBase) as refused:
            client.send_post("Too much, too fast.")
        assert refused.value.response is not None
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["ratelimit-remaining"] == "0"
    client.send_post("Slower now.")

    assert len(fault.seen) == 2
    assert "Too much, too fast." not in posts_of(network, resident)
    assert "Slower now." in posts_of(network, resident)


def test_an_expired_session_is_told_as_the_server_tells_it(
    network: Network, resident: Account
) -> None:
    client = network.client(resident)
    network.faults.refuse("app.bsky.notification.*", status=400, error="ExpiredToken")

    with pytest.raises(BadRequestError) as refused:
        client.app.bsky.notification.list_notifications()

    assert refused.value.response is not None
    assert refused.value.response.content.error == "ExpiredToken"


def test_a_held_call_times_out_and_never_reaches_the_server(
    network: Network, resident: Account
) -> None:
    client = network.client(resident, timeout_seconds=0.5)
    network.faults.hold(CREATE)

    with pytest.raises(InvokeTimeoutError):
        client.send_post("Into the silence.")

    assert "Into the silence." not in posts_of(network, resident)


def test_a_lost_answer_leaves_the_post_standing(network: Network, resident: Account) -> None:
    client = network.client(resident)
    network.faults.lose_answer(CREATE)

    with pytest.raises(httpx.RemoteProtocolError):
        client.send_post("Did you hear me?")

    assert posts_of(network, resident).count("Did you hear me?") == 1


def test_a_spoilt_answer_leaves_the_post_standing(network: Network, resident: Account) -> None:
    client = network.client(resident)
    network.faults.spoil_answer(CREATE, status=502)

    with pytest.raises(RequestErrorBase) as refused:
        client.send_post("Heard, but told otherwise.")

    assert refused.value.response is not None
    assert refused.value.response.status_code == 502
    assert posts_of(network, resident).count("Heard, but told otherwise.") == 1


def test_a_test_may_act_between_the_request_the_server_and_the_answer(
    network: Network, resident: Account
) -> None:
    client = network.client(resident)
    stood: dict[str, bool] = {}

    def look(when: str) -> None:
        stood[when] = "Watched closely." in posts_of(network, resident)

    def watch(_request: Request, forward: Forward) -> Reply:
        look("before")
        reply = forward()
        look("after")
        return reply

    network.faults.set(CREATE, watch, only=lambda request: b"Watched closely." in request.body)
    client.send_post("Not this one.")
    client.send_post("Watched closely.")

    assert stood == {"before": False, "after": True}


def test_a_callback_after_the_server_sees_the_request_that_was_made(
    network: Network, resident: Account
) -> None:
    client = network.client(resident)
    seen: list[Request] = []
    network.faults.after(CREATE, seen.append)

    client.send_post("Once.")

    content = seen[0].json()
    assert isinstance(content, dict)
    assert content["repo"] == resident.did
    assert (
        seen[0].header(
            "authorization",
        )
        is not None
    )


def test_the_repository_stream_passes_through_and_can_be_cut(
    network: Network, resident: Account
) -> None:
    address = network.pds.replace("http://", "ws://")
    url = f"{address}/xrpc/com.atproto.sync.subscribeRepos"
    with connect(url) as stream:
        network.client(resident).send_post("On the stream.")
        frame = stream.recv(timeout=10)
        assert isinstance(frame, bytes)
        assert b"#commit" in frame

        assert network.faults.cut_streams() == 1
        with pytest.raises(ConnectionClosed):
            read_on(stream)


def test_a_held_call_is_hung_up_when_the_fault_ends(network: Network) -> None:
    fault = network.faults.hold("com.atproto.server.describeServer")
    ended: list[type[Exception]] = []

    def call() -> None:
        try:
            httpx.get(f"{network.pds}/xrpc/com.atproto.server.describeServer")
        except httpx.HTTPError as error:
            ended.append(type(error))

    caller = threading.Thread(target=call)
    caller.start()
    fault.wait()
    fault.end()
    caller.join(timeout=10)

    assert ended == [httpx.RemoteProtocolError]
