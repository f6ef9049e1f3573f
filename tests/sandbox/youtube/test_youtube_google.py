"""Google's own client, unmodified, finds YouTube where the sandbox stands."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from sandbox.youtube.state import REJECTED
from tests.sandbox.youtube.people import BRYN, ODA, Stand

FILM = b"\x00\x00\x00\x18ftypmp42 not much of a film " * 40


def reason(error: HttpError) -> str:
    return str(error.error_details[0]["reason"])


def film() -> MediaIoBaseUpload:
    return MediaIoBaseUpload(io.BytesIO(FILM), mimetype="video/mp4")


def test_a_client_reads_whose_channel_it_is_and_its_uploads(youtube: Stand) -> None:
    video = youtube.video()
    client = youtube.google()
    found = client.channels().list(part="snippet,contentDetails,statistics", mine=True).execute()
    [channel] = found["items"]
    assert (channel["id"], channel["snippet"]["title"]) == (youtube.page, "Red Kite")
    assert channel["statistics"]["videoCount"] == "1"
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    items = client.playlistItems().list(part="snippet,contentDetails", playlistId=uploads)
    assert [one["contentDetails"]["videoId"] for one in items.execute()["items"]] == [video]
    by_handle = client.channels().list(part="id", forHandle="@redkite").execute()
    assert by_handle["items"][0]["id"] == youtube.page


def test_threads_come_newest_first_page_by_page(youtube: Stand) -> None:
    video = youtube.video()
    ids = [youtube.comment(f"Question {number}", on=video) for number in range(7)]
    client = youtube.google()
    request = client.commentThreads().list(
        part="snippet,replies", allThreadsRelatedToChannelId=youtube.page, maxResults=3
    )
    found, sizes = [], []
    while request is not None:
        page = request.execute()
        sizes.append(len(page["items"]))
        found += [one["id"] for one in page["items"]]
        request = client.commentThreads().list_next(request, page)
    assert (found, sizes) == (ids[::-1], [3, 3, 1])


def test_a_thread_shows_five_replies_and_the_rest_is_asked_for(youtube: Stand) -> None:
    thread = youtube.comment("Who bled it?", on=youtube.video())
    replies = [youtube.comment(f"Not me {number}", on=thread, who=ODA) for number in range(7)]
    client = youtube.google()
    [found] = client.commentThreads().list(part="snippet,replies", id=thread).execute()["items"]
    assert found["snippet"]["totalReplyCount"] == 7
    assert len(found["replies"]["comments"]) == 5
    assert "moderationStatus" not in found["snippet"]["topLevelComment"]["snippet"]
    request = client.comments().list(part="snippet", parentId=thread, maxResults=4)
    listed = []
    while request is not None:
        page = request.execute()
        listed += [one["id"] for one in page["items"]]
        request = client.comments().list_next(request, page)
    assert listed == replies[::-1]


def test_a_text_is_answered_as_html_or_plain(youtube: Stand) -> None:
    youtube.comment("Drip & drop\nhttps://example.org/x", on=youtube.video())
    client = youtube.google()

    def shown(**more: Any) -> dict[str, Any]:
        threads = client.commentThreads().list(
            part="snippet", allThreadsRelatedToChannelId=youtube.page, **more
        )
        snippet: dict[str, Any] = threads.execute()["items"][0]["snippet"]
        return dict(snippet["topLevelComment"]["snippet"])

    assert "Drip &amp; drop<br><a href=" in shown()["textDisplay"]
    assert shown(textFormat="plainText")["textDisplay"] == "Drip & drop\nhttps://example.org/x"
    assert shown()["moderationStatus"] == "published"


def test_we_answer_edit_and_delete_what_is_ours_and_nothing_else(youtube: Stand) -> None:
    video = youtube.video()
    thread = youtube.comment("It still drips", on=video)
    client = youtube.google()
    body = {"snippet": {"parentId": thread, "textOriginal": "We are on our way."}}
    made = client.comments().insert(part="snippet", body=body).execute()
    assert made["id"].startswith(f"{thread}.")
    body = {"id": made["id"], "snippet": {"textOriginal": "We are there."}}
    changed = client.comments().update(part="snippet", body=body).execute()["snippet"]
    assert changed["textOriginal"] == "We are there."
    assert changed["updatedAt"] > changed["publishedAt"]
    assert client.comments().delete(id=made["id"]).execute() == ""
    assert client.comments().list(part="id", id=made["id"]).execute()["items"] == []
    with pytest.raises(HttpError) as caught:
        client.comments().delete(id=thread).execute()
    assert (caught.value.status_code, reason(caught.value)) == (403, "forbidden")
    body = {"snippet": {"parentId": made["id"], "textOriginal": "Lost"}}
    with pytest.raises(HttpError) as caught:
        client.comments().insert(part="snippet", body=body).execute()
    assert (caught.value.status_code, reason(caught.value)) == (404, "parentCommentNotFound")
    snippet = {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": "Any more?"}}}
    opened = client.commentThreads().insert(part="snippet", body={"snippet": snippet}).execute()
    assert opened["snippet"]["topLevelComment"]["snippet"]["textOriginal"] == "Any more?"


def test_a_deleted_comment_vanishes_and_an_edited_one_says_when(youtube: Stand) -> None:
    video = youtube.video()
    goes, stays = youtube.comment("One", on=video), youtube.comment("Two", on=video)
    youtube.do(youtube.stage.delete, BRYN, of=goes)
    youtube.do(youtube.stage.edit, BRYN, "Two and a half", of=stays)
    listed = youtube.google().commentThreads().list(part="snippet", videoId=video).execute()
    [found] = listed["items"]
    snippet = found["snippet"]["topLevelComment"]["snippet"]
    assert snippet["textOriginal"] == "Two and a half"
    assert snippet["updatedAt"] > snippet["publishedAt"]


def test_what_is_held_is_published_or_rejected_for_good(youtube: Stand) -> None:
    video = youtube.video()
    held = youtube.comment("You idiot", on=video)
    spam = youtube.comment("free money here", on=video)
    client = youtube.google()

    def listed(status: str) -> list[str]:
        found = client.commentThreads().list(part="snippet", videoId=video, moderationStatus=status)
        return [one["id"] for one in found.execute()["items"]]

    assert (listed("heldForReview"), listed("likelySpam"), listed("published")) == (
        [held], [spam], [],
    )  # fmt: skip
    moderate = client.comments().setModerationStatus
    assert moderate(id=held, moderationStatus="published").execute() == ""
    assert listed("published") == [held]
    moderate(id=f"{held},{spam}", moderationStatus="rejected").execute()
    assert listed("published") == []
    with pytest.raises(HttpError) as caught:
        moderate(id=held, moderationStatus="published").execute()
    assert (caught.value.status_code, reason(caught.value)) == (400, "operationNotSupported")
    other = youtube.google(youtube.given["pages"]["pennvale"]["access_token"])
    with pytest.raises(HttpError) as caught:
        other.commentThreads().list(
            part="snippet", videoId=video, moderationStatus="heldForReview"
        ).execute()
    assert caught.value.status_code == 403


def test_an_author_is_banned_only_with_a_rejection(youtube: Stand) -> None:
    video = youtube.video()
    comment = youtube.comment("Rubbish", on=video)
    moderate = youtube.google().comments().setModerationStatus
    with pytest.raises(HttpError) as caught:
        moderate(id=comment, moderationStatus="heldForReview", banAuthor=True).execute()
    assert reason(caught.value) == "banWithoutReject"
    moderate(id=comment, moderationStatus="rejected", banAuthor=True).execute()
    later = youtube.comment("More rubbish", on=video)
    assert youtube.stage.network.state.stored.comments[later].status == REJECTED
    with pytest.raises(HttpError) as caught:
        moderate(id="Ugnothing", moderationStatus="rejected").execute()
    assert (caught.value.status_code, reason(caught.value)) == (404, "commentNotFound")


def test_a_film_is_put_up_at_once_or_piece_by_piece_and_for_later(youtube: Stand) -> None:
    client = youtube.google()
    later = datetime.now(UTC) + timedelta(days=1)
    body = {
        "snippet": {"title": "Our garden", "description": "In spring", "categoryId": "22"},
        "status": {"privacyStatus": "private", "publishAt": later.isoformat()},
    }
    made = client.videos().insert(part="snippet,status", body=body, media_body=film()).execute()
    assert made["status"]["privacyStatus"] == "private"
    assert made["status"]["publishAt"].startswith(later.date().isoformat())
    assert youtube.do(youtube.stage.posts, youtube.page) == []
    body["status"] = {"privacyStatus": "public"}
    chunks = MediaIoBaseUpload(io.BytesIO(FILM), "video/mp4", chunksize=256, resumable=True)
    request = client.videos().insert(part="snippet,status", body=body, media_body=chunks)
    response, steps = None, 0
    while response is None:
        _, response = request.next_chunk()
        steps += 1
    assert steps == -(-len(FILM) // 256)
    assert youtube.do(youtube.stage.posts, youtube.page) == [response["id"]]
    stored = youtube.stage.network.state.stored.videos[response["id"]]
    assert youtube.served.world.media.get(stored.digest) == (FILM, "video/mp4")
    found = client.videos().list(part="snippet,status,processingDetails", id=response["id"])
    assert found.execute()["items"][0]["status"]["uploadStatus"] == "processed"
    picture = MediaIoBaseUpload(io.BytesIO(b"\x89PNG"), "image/png")
    set_ = client.thumbnails().set(videoId=response["id"], media_body=picture).execute()
    assert set_["items"][0]["default"]["url"].startswith(youtube.served.base)
    body = {"id": response["id"], "snippet": {"title": "Our gardens", "categoryId": "22"}}
    assert client.videos().update(part="snippet", body=body).execute()["snippet"]["title"]
    client.videos().delete(id=response["id"]).execute()
    assert client.videos().list(part="id", id=response["id"]).execute()["items"] == []


def test_a_scheduled_film_is_public_when_its_time_has_come(youtube: Stand) -> None:
    client = youtube.google()
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    status = {"privacyStatus": "private", "publishAt": soon.isoformat()}
    body = {"snippet": {"title": "Soon", "categoryId": "22"}, "status": status}
    made = client.videos().insert(part="snippet,status", body=body, media_body=film()).execute()
    youtube.served.world.now = lambda: soon + timedelta(seconds=1)
    youtube.stage.network.come_due()
    assert youtube.do(youtube.stage.posts, youtube.page) == [made["id"]]
    body = {"id": made["id"], "status": {"privacyStatus": "public", "publishAt": "2040-01-01"}}
    with pytest.raises(HttpError) as caught:
        client.videos().update(part="status", body=body).execute()
    assert reason(caught.value) == "invalidPublishAt"


def test_a_day_has_so_many_units_and_ends_at_midnight_pacific(youtube: Stand) -> None:
    youtube.served.world.now = lambda: datetime(2026, 11, 22, 7, 59, tzinfo=UTC)
    youtube.stage.quota.now = lambda: datetime(2026, 11, 22, 7, 59, tzinfo=UTC)
    youtube.stage.authority.now = youtube.stage.quota.now
    youtube.stage.quota.most["units"] = 51
    thread = youtube.comment("Hm", on=youtube.video())
    client = youtube.google()
    body = {"snippet": {"parentId": thread, "textOriginal": "Hello"}}
    client.comments().insert(part="snippet", body=body).execute()
    client.channels().list(part="id", mine=True).execute()
    with pytest.raises(HttpError) as caught:
        client.channels().list(part="id", mine=True).execute()
    assert (caught.value.status_code, reason(caught.value)) == (403, "quotaExceeded")
    assert client.search().list(part="id", q="radiator").execute()["items"]
    youtube.stage.quota.now = lambda: datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    client.channels().list(part="id", mine=True).execute()
    assert youtube.stage.quota.left("units") == 50
    with pytest.raises(HttpError):
        client.comments().delete(id=thread).execute()
    assert youtube.stage.quota.left("units") == 49


def test_calls_too_fast_wrong_or_without_leave_say_which(youtube: Stand) -> None:
    video = youtube.video()
    client = youtube.google()
    for wrong in ({"part": "nonsense", "id": video}, {"part": "id"}):
        with pytest.raises(HttpError) as caught:
            client.videos().list(**wrong).execute()
        assert caught.value.status_code == 400
    youtube.stage.network.state.stored.videos[video].comments_disabled = True
    with pytest.raises(HttpError) as caught:
        client.commentThreads().list(part="id", videoId=video).execute()
    assert reason(caught.value) == "commentsDisabled"
    youtube.stage.gate.limits.most["per minute"] = (0, timedelta(minutes=1))
    with pytest.raises(HttpError) as caught:
        client.channels().list(part="id", mine=True).execute()
    assert reason(caught.value) == "rateLimitExceeded"


def test_a_token_that_is_over_is_renewed_by_the_client_itself(youtube: Stand) -> None:
    with pytest.raises(RefreshError):
        youtube.google("never issued").channels().list(part="id", mine=True).execute()
    client = youtube.google(
        "over",
        refresh_token=youtube.given["pages"]["red-kite"]["refresh_token"],
        token_uri=f"{youtube.base}/oauth2/token",
        client_id=youtube.given["client_id"],
        client_secret=youtube.given["client_secret"],
    )
    found = client.channels().list(part="id", mine=True).execute()
    assert found["items"][0]["id"] == youtube.page
    youtube.do(youtube.stage.authority.revoke, youtube.page)
    with pytest.raises(RefreshError, match="invalid_grant"):
        client.channels().list(part="id", mine=True).execute()
    refused = youtube.call("GET", "channels?part=id&mine=true")
    assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_an_answer_that_did_not_change_is_not_sent_again(youtube: Stand) -> None:
    video = youtube.video()
    path = f"commentThreads?part=snippet&videoId={video}"
    first = youtube.call("GET", path)
    again = youtube.call("GET", path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    youtube.comment("New", on=video)
    changed = youtube.call("GET", path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


NONSENSE = [
    ("POST", "comments?part=snippet", b"not json"),
    ("POST", "comments?part=snippet", b"[]"),
    ("POST", "comments?part=snippet", b'{"snippet": 5}'),
    ("POST", "comments?part=snippet", b'{"snippet": {"textOriginal": 5, "parentId": "a"}}'),
    ("POST", "commentThreads?part=snippet", b'{"snippet": {"topLevelComment": []}}'),
    ("PUT", "comments?part=snippet", b'{"id": 5, "snippet": {"textOriginal": "a"}}'),
    ("DELETE", "comments", b""),
    ("POST", "comments/setModerationStatus", b""),
    ("POST", "comments/setModerationStatus?id=a&moderationStatus=likelySpam", b""),
    ("GET", "commentThreads?part=snippet", b""),
    ("GET", "commentThreads?part=snippet&channelId=a&videoId=b", b""),
    ("GET", "comments?part=snippet&id=a&textFormat=pdf", b""),
    ("GET", "channels?part=id&mine=true&maxResults=many", b""),
    ("GET", "search?part=id&pageToken=zzz", b""),
    ("PUT", "videos?part=status", b'{"id": "none", "status": {"privacyStatus": "shy"}}'),
    ("GET", "nothing", b""),
]


def test_what_makes_no_sense_is_refused(youtube: Stand) -> None:
    for method, path, body in NONSENSE:
        answer = youtube.call(method, path, content=body)
        assert answer.status_code in (400, 404), (method, path, body, answer.text)
        assert path == "nothing" or answer.json()["error"]["errors"][0]["reason"]
    upload = f"{youtube.base}/upload/youtube/v3/videos?part=snippet&uploadType="
    headers = {"authorization": f"Bearer {youtube.token}"}
    for kind in ("multipart", "media", "resumable"):
        body = b"{" if kind == "resumable" else b""
        answer = httpx.post(upload + kind, content=body, headers=headers, trust_env=False)
        assert answer.status_code == 400, answer.text
    answer = httpx.put(f"{upload}resumable&upload_id=none", headers=headers, trust_env=False)
    assert answer.status_code == 404
