"""python-youtube, unmodified, finds YouTube where the sandbox stands."""

import io
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pyyoutube
from pyyoutube.media import Media

from tests.sandbox.youtube.people import BRYN, ODA, Stand

REDIRECT = "https://localhost/"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's OAuth library wants https, and its tokens come through the environment's proxy
    unless told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_code_becomes_tokens_that_are_renewed_and_revoked(youtube: Stand) -> None:
    client = youtube.pyyoutube(
        client_id=youtube.given["client_id"], client_secret=youtube.given["client_secret"]
    )
    scope = ["https://www.googleapis.com/auth/youtube.force-ssl"]
    address, _ = client.get_authorize_url(redirect_uri=REDIRECT, scope=scope, state="s")
    assert "Red Kite" in httpx.get(address, trust_env=False).text
    sent = httpx.post(address, data={"account": youtube.page}, trust_env=False)
    carried = parse_qs(urlsplit(sent.headers["location"]).query)
    assert carried["state"] == ["s"]
    token = client.generate_access_token(
        code=carried["code"][0], redirect_uri=REDIRECT, scope=scope
    )
    assert token.expires_in == 3599
    assert token.refresh_token
    renewed = client.refresh_access_token(token.refresh_token)
    assert renewed.access_token != token.access_token
    mine = youtube.pyyoutube(access_token=renewed.access_token)
    assert mine.channels.list(mine=True).items[0].id == youtube.page
    assert client.revoke_access_token(token=renewed.access_token) is True
    with pytest.raises(pyyoutube.PyYouTubeException) as caught:
        mine.channels.list(mine=True)
    assert caught.value.status_code == 401


def test_comments_are_read_answered_and_moderated(youtube: Stand) -> None:
    video = youtube.video()
    ids = [youtube.comment(f"Question {number}", on=video) for number in range(3)]
    client = youtube.pyyoutube()
    page = client.commentThreads.list(all_threads_related_to_channel_id=youtube.page, max_results=2)
    assert [one.id for one in page.items] == [ids[2], ids[1]]
    rest = client.commentThreads.list(
        all_threads_related_to_channel_id=youtube.page,
        max_results=2,
        page_token=page.nextPageToken,
    )
    assert [one.id for one in rest.items] == [ids[0]]
    assert rest.nextPageToken is None
    snippet = page.items[0].snippet.topLevelComment.snippet
    assert (snippet.textOriginal, snippet.authorDisplayName) == ("Question 2", "@bryntallow")
    assert client.commentThreads.list(video_id=video, order="time").items[0].id == ids[2]
    body = {"snippet": {"parentId": ids[0], "textOriginal": "An answer"}}
    made = client.comments.insert(body=body, parts="snippet")
    assert client.comments.list(parent_id=ids[0]).items[0].id == made.id
    assert client.comments.list(comment_id=made.id).items[0].snippet.parentId == ids[0]
    body = {"id": made.id, "snippet": {"textOriginal": "A better answer"}}
    assert client.comments.update(body=body, parts="snippet").snippet.textOriginal == (
        "A better answer"
    )
    assert client.comments.delete(comment_id=made.id) is True
    assert client.comments.set_moderation_status(ids[1], "rejected", ban_author=True) is True
    assert [one.id for one in client.commentThreads.list(video_id=video).items] == [ids[2], ids[0]]
    thread = {"snippet": {"textOriginal": "Ask us"}}
    body = {"snippet": {"videoId": video, "topLevelComment": thread}}
    opened = client.commentThreads.insert(body=body, parts="snippet")
    assert opened.snippet.topLevelComment.snippet.textOriginal == "Ask us"


def test_channels_uploads_and_films_are_found(youtube: Stand) -> None:
    video = youtube.video()
    client = youtube.pyyoutube(api_key=youtube.given["api_key"])
    channel = client.channels.list(channel_id=youtube.page).items[0]
    assert channel.snippet.title == "Red Kite"
    uploads = channel.contentDetails.relatedPlaylists.uploads
    listed = client.playlistItems.list(playlist_id=uploads)
    assert listed.items[0].contentDetails.videoId == video
    found = client.videos.list(video_id=[video])
    assert found.items[0].snippet.channelId == youtube.page
    assert found.items[0].statistics.commentCount == 0
    searched = client.search.list(q="radiator", search_type="video", channel_id=youtube.page)
    assert searched.items[0].id.videoId == video
    assert client.playlistItems.list(playlist_id=uploads).pageInfo.totalResults == 1


def test_a_film_and_its_thumbnail_are_put_up(youtube: Stand) -> None:
    client = youtube.pyyoutube()
    body = pyyoutube.Video(
        snippet=pyyoutube.VideoSnippet(title="Our garden", categoryId="22"),
        status=pyyoutube.VideoStatus(privacyStatus="public"),
    )
    film = b"\x00\x00\x00\x18ftypmp42" * 50_000
    media = Media(io.BytesIO(film), mimetype="video/mp4", chunk_size=256 * 1024)
    upload = client.videos.insert(body=body, media=media, parts=["snippet", "status"])
    response = None
    while response is None:
        _, response = upload.next_chunk()
    assert youtube.do(youtube.stage.posts, youtube.page) == [response["id"]]
    picture = client.thumbnails.set(
        video_id=response["id"], media=Media(io.BytesIO(b"\x89PNG"), mimetype="image/png")
    )
    said = None
    while said is None:
        _, said = picture.next_chunk()
    assert said["items"][0]["high"]["width"] == 480
    body = pyyoutube.Video(
        id=response["id"], snippet=pyyoutube.VideoSnippet(title="Our gardens", categoryId="22")
    )
    assert client.videos.update(body=body, parts="snippet").snippet.title == "Our gardens"
    assert client.videos.delete(response["id"]) is True


def test_refusals_carry_their_reason(youtube: Stand) -> None:
    thread = youtube.comment("Hm", on=youtube.video())
    stranger = youtube.pyyoutube(access_token=youtube.given["pages"]["pennvale"]["access_token"])
    with pytest.raises(pyyoutube.PyYouTubeException) as caught:
        stranger.comments.set_moderation_status(thread, "rejected")
    assert caught.value.status_code == 403
    with pytest.raises(pyyoutube.PyYouTubeException) as caught:
        stranger.commentThreads.list(video_id="no such film")
    assert caught.value.status_code == 404
    wrong = youtube.pyyoutube(api_key="wrong")
    with pytest.raises(pyyoutube.PyYouTubeException) as caught:
        wrong.channels.list(channel_id=youtube.page)
    assert caught.value.status_code == 400
    keyed = youtube.pyyoutube(api_key=youtube.given["api_key"])
    with pytest.raises(pyyoutube.PyYouTubeException) as caught:
        keyed.channels.list(mine=True)
    assert caught.value.status_code == 401
    youtube.stage.quota.most["search"] = 0
    with pytest.raises(pyyoutube.PyYouTubeException, match="quota") as caught:
        keyed.search.list(q="radiator")
    assert caught.value.status_code == 403


def test_what_stands_outlives_a_restart(youtube: Stand) -> None:
    video = youtube.video()
    thread = youtube.comment("Hm", on=video)
    youtube.comment("Indeed", on=thread, who=ODA)
    dumped, wall = youtube.do(youtube.stage.dump), youtube.do(youtube.stage.wall, youtube.page)
    youtube.do(youtube.stage.delete, BRYN, of=thread)
    youtube.do(youtube.stage.authority.revoke, youtube.page)
    youtube.do(youtube.stage.load, dumped)
    assert youtube.do(youtube.stage.wall, youtube.page) == wall
    assert youtube.pyyoutube().comments.list(parent_id=thread).items[0].snippet.textOriginal == (
        "Indeed"
    )
    later = youtube.comment("Still here", on=video)
    assert youtube.pyyoutube().commentThreads.list(video_id=video).items[0].id == later
