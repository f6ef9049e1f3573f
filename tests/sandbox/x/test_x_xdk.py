"""X's own client library, unmodified, finds X where the sandbox stands."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
import xdk
from xdk import schemas
from xdk.streaming import StreamConfig

from sandbox.x.network import too_long
from tests.sandbox.receiver import receiving
from tests.sandbox.x.people import BRYN, ODA, PICTURE, Stand
from tests.sandbox.x.test_x_activity import challenge

REDIRECT = "http://127.0.0.1/back"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's OAuth library wants https, and its tokens come through the environment's proxy
    unless told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def client(x: Stand, **more: Any) -> xdk.Client:
    made = xdk.Client(base_url=x.base, authorization_base_url=f"{x.base}/i", **more)
    made.session.trust_env = False
    return made


def user(x: Stand) -> xdk.Client:
    return client(x, access_token=x.token)


def app(x: Stand) -> xdk.Client:
    return client(x, bearer_token=x.given["bearer_token"])


def test_a_code_becomes_tokens_and_each_refresh_token_is_good_once(x: Stand) -> None:
    ours = client(
        x,
        client_id=x.given["client_id"],
        client_secret=x.given["client_secret"],
        redirect_uri=REDIRECT,
        scope="tweet.read users.read offline.access",
    )
    address = ours.get_authorization_url(state="a state")
    page = httpx.get(address, trust_env=False)
    assert "Red Kite" in page.text
    sent = httpx.post(address, data={"account": x.page}, trust_env=False)
    carried = parse_qs(urlsplit(sent.headers["location"]).query)
    assert carried["state"] == parse_qs(urlsplit(address).query)["state"]
    token = dict(ours.exchange_code(carried["code"][0]))
    assert token["expires_in"] == 7200
    assert ours.users.get_me().data.username == "redkite"
    with pytest.raises(ValueError, match="invalid_grant"):
        ours.exchange_code(carried["code"][0])
    assert ours.refresh_token()["access_token"] != token["access_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    again = httpx.post(f"{x.base}/2/oauth2/token", data=form, trust_env=False)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    x.stage.authority.now = lambda: datetime.now(UTC) + timedelta(hours=2, seconds=1)
    late = httpx.get(
        f"{x.base}/2/users/me",
        headers={"authorization": f"Bearer {ours.access_token}"},
        trust_env=False,
    )
    assert late.status_code == 401


def test_a_code_is_too_old_after_half_a_minute(x: Stand) -> None:
    ours = client(
        x,
        client_id=x.given["client_id"],
        client_secret=x.given["client_secret"],
        redirect_uri=REDIRECT,
        scope="tweet.read",
    )
    address = ours.get_authorization_url()
    sent = httpx.post(address, data={"account": x.page}, trust_env=False)
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    x.stage.authority.now = lambda: datetime.now(UTC) + timedelta(seconds=31)
    with pytest.raises(ValueError, match="too old"):
        ours.exchange_code(code)
    refused = httpx.post(address, data={"account": ""}, trust_env=False)
    assert "error=access_denied" in refused.headers["location"]


def test_posts_are_read_and_written(x: Stand) -> None:
    ids = [x.mention(f"@redkite a drip, number {number}") for number in range(7)]
    ours = user(x)
    pages = list(
        ours.users.get_mentions(
            x.page, max_results=5, post_fields=["created_at"], expansions=["author_id"]
        )
    )
    assert [one.id for page in pages for one in page.data] == ids[::-1]
    assert pages[0].includes.users[0].username == "bryntallow"
    assert pages[0].data[0].edit_history_post_ids == [ids[-1]]
    request = schemas.CreatePostsRequest(text="On our way", reply={"in_reply_to_tweet_id": ids[0]})
    made = ours.posts.create(request).data.id
    found = ours.posts.get_by_ids([made, "5"], post_fields=["id"], expansions=["referenced_posts"])
    assert (found.data[0].id, found.errors[0].resource_id) == (made, "5")
    assert found.includes.posts[0].id == ids[0]
    assert ours.posts.get_by_id(made).data.text == "@bryntallow On our way"
    searched = next(iter(ours.posts.search_recent(f"conversation_id:{ids[0]}")))
    assert {one.id for one in searched.data} == {made, ids[0]}
    root = x.do(x.stage.publish, x.page, "We are open.")
    under = x.do(x.stage.comment, ODA, "Nonsense", on=root)
    hide = schemas.HidePostsReplyRequest(hidden=True)
    assert ours.posts.hide_reply(under, hide).data.hidden is True
    assert ours.posts.delete(made).data.deleted is True
    assert [one.id for one in next(iter(ours.users.get_posts(x.page, max_results=5))).data] == [
        root
    ]
    with pytest.raises(requests.HTTPError, match="403"):
        ours.posts.create(schemas.CreatePostsRequest(text="We are open."))


def test_people_are_found_muted_and_written_to(x: Stand) -> None:
    x.mention()
    ours = user(x)
    bryn = ours.users.get_by_username("bryntallow").data.id
    assert ours.users.get_me(user_fields=["verified_type"]).data.verified_type == "business"
    assert ours.users.get_by_id(bryn).data.name == "Bryn Tallow"
    assert len(ours.users.get_by_ids([bryn, x.page]).data) == 2
    assert ours.users.get_by_usernames(["redkite"]).data[0].id == x.page
    mute = schemas.MuteUserRequest(target_user_id=bryn)
    assert ours.users.mute_user(x.page, mute).data.muting is True
    assert next(iter(ours.users.get_muting(x.page))).data[0].id == bryn
    assert ours.users.unmute_user(x.page, bryn).data.muting is False
    assert ours.users.block_dms(bryn).data.blocked is True
    assert ours.users.unblock_dms(bryn).data.blocked is False
    x.do(x.stage.message, BRYN, "My number is 5", page=x.page)
    request = schemas.CreateDirectMessagesByParticipantIdRequest(text="Thank you")
    sent = ours.direct_messages.create_by_participant_id(bryn, request).data
    events = next(iter(ours.direct_messages.get_events(dm_event_fields=["created_at"])))
    assert [one.text for one in events.data] == ["Thank you", "My number is 5"]
    one = ours.direct_messages.get_events_by_id(sent.dm_event_id, dm_event_fields=["text"])
    assert one.data.text == "Thank you"
    assert ours.direct_messages.delete_events(sent.dm_event_id).data.deleted is True


def test_media_are_put_up_in_pieces_and_described(x: Stand) -> None:
    ours = user(x)
    request = schemas.InitializeMediaUploadRequest(
        media_category="tweet_image", media_type="image/png", total_bytes=len(PICTURE.content)
    )
    medium = ours.media.initialize_upload(request).data
    for index, part in enumerate((PICTURE.content[:40], PICTURE.content[40:])):
        request = schemas.AppendMediaUploadRequest(
            media=base64.b64encode(part).decode(), segment_index=index
        )
        ours.media.append_upload(medium.id, request)
    assert ours.media.finalize_upload(medium.id).data.size == len(PICTURE.content)
    assert ours.media.get_upload_status(medium.id).data.media_key == medium.media_key
    metadata = {"alt_text": {"text": "A puddle"}}
    ours.media.create_metadata(schemas.CreateMediaMetadataRequest(id=medium.id, metadata=metadata))
    request = schemas.CreatePostsRequest(text="Look", media={"media_ids": [medium.id]})
    made = ours.posts.create(request).data.id
    found = ours.posts.get_by_id(
        made,
        post_fields=["attachments"],
        expansions=["attachments.media_keys"],
        media_fields=["alt_text", "url"],
    )
    assert found.includes.media[0].alt_text == "A puddle"
    assert httpx.get(found.includes.media[0].url, trust_env=False).content == PICTURE.content
    request = schemas.InitializeMediaUploadRequest(
        media_category="tweet_image", media_type="image/png", total_bytes=6 * 1024 * 1024
    )
    with pytest.raises(requests.HTTPError, match="400"):
        ours.media.initialize_upload(request)


def test_a_film_is_ready_only_after_a_while(x: Stand) -> None:
    x.stage.settings.video_takes = timedelta(seconds=5)
    ours, film = user(x), b"not much of a film"
    request = schemas.InitializeMediaUploadRequest(
        media_category="tweet_video", media_type="video/mp4", total_bytes=len(film)
    )
    medium = ours.media.initialize_upload(request).data.id
    request = schemas.AppendMediaUploadRequest(
        media=base64.b64encode(film).decode(), segment_index=0
    )
    ours.media.append_upload(medium, request)
    assert ours.media.finalize_upload(medium).data.processing_info.state == "in_progress"
    post = schemas.CreatePostsRequest(text="Look", media={"media_ids": [medium]})
    with pytest.raises(requests.HTTPError, match="400"):
        ours.posts.create(post)
    x.served.world.now = lambda: datetime.now(UTC) + timedelta(seconds=6)
    assert ours.media.get_upload_status(medium).data.processing_info.state == "succeeded"
    ours.posts.create(post)


def test_webhooks_subscriptions_and_rules_are_kept(x: Stand) -> None:
    ours = app(x)
    with receiving(challenge(x.given["consumer_secret"])) as desk:
        made = ours.webhooks.create(schemas.CreateWebhooksRequest(url=desk.address)).data
        assert made.valid is True
        assert ours.webhooks.get().data[0].url == desk.address
        assert ours.webhooks.validate(made.id).data.valid is True
        request = schemas.CreateActivitySubscriptionRequest(
            event_type="post.mention.create", filter={"user_id": x.page}, webhook_id=made.id
        )
        subscription = ours.activity.create_subscription(request).data.subscription
        [page] = list(ours.activity.get_subscriptions())
        assert page.data[0].subscription_id == subscription.subscription_id
        x.mention()
        assert len(desk.wait(1)) == 1
        now = datetime.now(UTC)
        replay = schemas.CreateWebhookReplayJobRequest(
            webhook_id=made.id,
            from_date=(now - timedelta(minutes=1)).strftime("%Y%m%d%H%M"),
            to_date=now.strftime("%Y%m%d%H%M"),
        )
        assert ours.webhooks.create_webhook_replay_job(replay).data.job_id
        assert len(desk.wait(3)) == 3
        done = ours.activity.delete_subscription(subscription.subscription_id)
        assert done.data.deleted is True
        assert ours.webhooks.delete(made.id).data.deleted is True
    request = schemas.UpdateRulesRequest(add=[{"value": "@redkite listened", "tag": "us"}])
    rule = ours.stream.update_rules(request).data[0]
    [page] = list(ours.stream.get_rules())
    assert (page.data[0].id, page.data[0].tag) == (rule.id, "us")
    early = x.mention("@redkite before we listened")
    config = StreamConfig(max_retries=0, timeout=10)
    stream = ours.stream.posts(backfill_minutes=1, stream_config=config)
    try:
        assert next(stream).data.id == early
    finally:
        x.do(x.stage.filtered.end)
        stream.close()


def test_a_picture_is_sent_in_a_message(x: Stand) -> None:
    x.do(x.stage.message, BRYN, "Which meter?", page=x.page)
    content = base64.b64encode(PICTURE.content).decode()
    body = {"media": content, "media_category": "dm_image", "media_type": "image/png"}
    medium = x.call("POST", "/2/media/upload", json=body).json()["data"]["id"]
    bryn = user(x).users.get_by_username("bryntallow").data.id
    request = schemas.CreateDirectMessagesByParticipantIdRequest(
        text="This one", attachments=[{"media_id": medium}]
    )
    user(x).direct_messages.create_by_participant_id(bryn, request)
    sent = x.do(x.stage.chat, x.page, BRYN)[-1]
    assert (sent.text, sent.by_page) == ("This one", True)
    assert httpx.get(sent.pictures[0], trust_env=False).content == PICTURE.content
    request = schemas.CreateDirectMessagesByParticipantIdRequest(
        text="And this", attachments=[{"media_id": "5"}]
    )
    with pytest.raises(requests.HTTPError, match="400"):
        user(x).direct_messages.create_by_participant_id(bryn, request)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("a" * 280, True),
        ("ŵ" * 280, True),
        ("😀" * 140, True),
        ("😀" * 141, False),
        ("https://example.org/" + "a" * 400 + " " + "b" * 256, True),
        ("https://example.org/" + "a" * 400 + " " + "b" * 257, False),
    ],
)
def test_letters_are_weighed_as_x_does(text: str, *, taken: bool) -> None:
    assert too_long(text) is not taken
