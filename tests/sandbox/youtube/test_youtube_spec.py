"""Every answer of the sandbox's YouTube is as its discovery document has it, field by field."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import pyyoutube
from googleapiclient.http import MediaIoBaseUpload

from tests.sandbox.shared import lacking, read, shape
from tests.sandbox.youtube.people import ODA, Stand, standing
from tests.sandbox.youtube.spec import Spec

THREADS = "part=id,snippet,replies"


@pytest.fixture(scope="module")
def answers() -> Iterator[list[tuple[str, Any]]]:
    with standing() as youtube:
        yield list(_journey(youtube))


def _journey(youtube: Stand) -> Iterator[tuple[str, Any]]:
    """One of every call: the schema of what it answers, and the answer."""

    def get(schema: str, path: str) -> tuple[str, Any]:
        return schema, youtube.call("GET", path).json()

    video = youtube.video()
    youtube.comment("Before", on=video)
    thread = youtube.comment("Drip\nhttps://example.org/x", on=video)
    for number in range(7):
        youtube.comment(f"Me too {number}", on=thread, who=ODA)
    youtube.comment("You idiot", on=video)
    related = f"commentThreads?{THREADS}&allThreadsRelatedToChannelId={youtube.page}"
    yield get("CommentThreadListResponse", f"{related}&maxResults=1")
    yield get("CommentThreadListResponse", f"{related}&moderationStatus=heldForReview")
    yield get("CommentThreadListResponse", f"commentThreads?{THREADS}&id={thread}")
    yield get("CommentListResponse", f"comments?part=id,snippet&parentId={thread}&maxResults=2")
    body: dict[str, Any] = {"snippet": {"parentId": thread, "textOriginal": "On our way"}}
    made = youtube.call("POST", "comments?part=snippet", json=body).json()
    yield "Comment", made
    body = {"id": made["id"], "snippet": {"textOriginal": "We are there"}}
    yield "Comment", youtube.call("PUT", "comments?part=snippet", json=body).json()
    top = {"snippet": {"textOriginal": "Any more?"}}
    body = {"snippet": {"videoId": video, "topLevelComment": top}}
    yield "CommentThread", youtube.call("POST", "commentThreads?part=snippet", json=body).json()
    parts = "id,snippet,contentDetails,statistics,status"
    yield get("ChannelListResponse", f"channels?part={parts}&mine=true")
    parts = "id,snippet,contentDetails,statistics,status,processingDetails"
    yield get("VideoListResponse", f"videos?part={parts}&id={video}")
    body = {"id": video, "snippet": {"title": "Radiators", "categoryId": "22", "tags": ["heat"]}}
    yield "Video", youtube.call("PUT", "videos?part=snippet,status", json=body).json()
    uploads = f"UU{youtube.page[2:]}"
    parts = "id,snippet,contentDetails,status"
    yield get("PlaylistItemListResponse", f"playlistItems?part={parts}&playlistId={uploads}")
    yield get("SearchListResponse", "search?part=id,snippet&q=radiators")
    client = youtube.google()
    picture = _media(b"\x89PNG", "image/png")
    yield (
        "ThumbnailSetResponse",
        client.thumbnails().set(videoId=video, media_body=picture).execute(),
    )
    status = {"privacyStatus": "private", "publishAt": "2100-01-01T09:00:00Z"}
    body = {"snippet": {"title": "Later"}, "status": status}
    film = _media(b"\x00\x00\x00\x18ftypmp42", "video/mp4")
    yield (
        "Video",
        client.videos().insert(part="snippet,status", body=body, media_body=film).execute(),
    )


def _media(content: bytes, kind: str) -> Any:
    return MediaIoBaseUpload(io.BytesIO(content), mimetype=kind)


def test_every_answer_is_as_documented(answers: list[tuple[str, Any]]) -> None:
    spec = Spec.load()
    assert [line for name, said in answers for line in spec.wrong(name, said)] == []
    assert len(answers) == 14


#: What a desk reads: in which answer it stands, and what python-youtube calls it there.
FIELDS = [
    ("CommentThreadListResponse", name)
    for name in (
        "items", "nextPageToken", "topLevelComment", "snippet", "totalReplyCount", "replies",
        "comments", "textOriginal", "textDisplay", "authorChannelId", "authorDisplayName",
        "publishedAt", "updatedAt", "videoId", "canReply", "isPublic", "id", "etag", "kind",
        "pageInfo", "moderationStatus",
    )
] + [
    ("CommentListResponse", "parentId"),
    ("VideoListResponse", "privacyStatus"),
    ("VideoListResponse", "uploadStatus"),
    ("VideoListResponse", "commentCount"),
    ("ChannelListResponse", "relatedPlaylists"),
    ("ChannelListResponse", "customUrl"),
    ("PlaylistItemListResponse", "resourceId"),
    ("ThumbnailSetResponse", "default"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "name"), FIELDS)
def test_a_renamed_field_is_found_out(
    answers: list[tuple[str, Any]], answer: str, name: str
) -> None:
    said = next(said for one, said in answers if one == answer)
    changed = json.loads(json.dumps(said).replace(f'"{name}":', f'"{name}OfOurs":'))
    assert changed != said
    assert Spec.load().wrong(answer, changed) != []


@pytest.fixture(scope="module")
def youtube() -> Iterator[Stand]:
    with standing() as stand:
        yield stand


def _read(youtube: Stand, video: str, thread: str) -> None:
    """What a desk reads with python-youtube; it fails where something is not there."""
    client = youtube.pyyoutube()
    page = client.commentThreads.list(video_id=video, max_results=1)
    [found] = page.items
    top = found.snippet.topLevelComment.snippet
    assert (found.id, found.snippet.videoId, top.textOriginal) == (thread, video, "It drips")
    assert (found.snippet.canReply, found.snippet.isPublic) == (True, True)
    assert (found.snippet.totalReplyCount, len(found.replies.comments)) == (6, 5)
    assert found.replies.comments[0].snippet.parentId == thread
    assert (top.authorDisplayName, top.textDisplay) == ("@bryntallow", "It drips")
    assert top.authorChannelId.value.startswith("UC")
    assert top.publishedAt <= top.updatedAt
    assert page.nextPageToken
    assert (found.kind, bool(found.etag)) == ("youtube#commentThread", True)
    assert page.pageInfo.resultsPerPage == 1
    held = client.commentThreads.list(video_id=video, moderation_status="heldForReview")
    assert held.items == []
    raw = client.commentThreads.list(video_id=video, return_json=True)["items"][0]["snippet"]
    assert raw["topLevelComment"]["snippet"]["moderationStatus"] == "published"


READ = [name for answer, name in FIELDS if answer == "CommentThreadListResponse"]
#: python-youtube fills what is missing with nothing, so it is the values that fail.
NOTICED = (AssertionError, AttributeError, KeyError, TypeError, pyyoutube.PyYouTubeException)


@pytest.mark.parametrize("name", ["", *READ, "parentId", "value", "resultsPerPage"])
def test_a_missing_field_is_noticed(youtube: Stand, name: str) -> None:
    video = youtube.video(f"A film without {name}")
    youtube.comment("Before", on=video)
    thread = youtube.comment("It drips", on=video)
    for number in range(6):
        youtube.comment(f"Me too {number}", on=thread, who=ODA)
    if not name:
        _read(youtube, video, thread)
        return
    youtube.served.world.faults.order("missing-field", stage="youtube", name=name, times=100)
    try:
        with pytest.raises(NOTICED):
            _read(youtube, video, thread)
    finally:
        youtube.served.world.faults.withdraw()


def test_a_field_nobody_knows_does_not_trouble_a_client(youtube: Stand) -> None:
    video = youtube.video("A film with more than is known")
    youtube.comment("Before", on=video)
    thread = youtube.comment("It drips", on=video)
    for number in range(6):
        youtube.comment(f"Me too {number}", on=thread, who=ODA)
    youtube.served.world.faults.order("unknown-field", stage="youtube", times=100)
    try:
        _read(youtube, video, thread)
    finally:
        youtube.served.world.faults.withdraw()


#: Captured answers are of 2019 and 2022; what they have besides has gone from the document since.
CAPTURED = [
    ("comment_threads_comment_threads_by_video_paged_1", 0),
    ("comments_comments_by_parent_paged_1", 3),
    ("comment_threads_insert_response", 6),
]


@pytest.mark.parametrize(("file", "number"), CAPTURED)
def test_answers_have_the_shape_of_captured_ones(
    answers: list[tuple[str, Any]], file: str, number: int
) -> None:
    captured = read("fixtures", "youtube", f"pyyoutube_{file}.json")
    assert lacking(shape(answers[number][1]), shape(captured)) == []


def test_a_refusal_has_the_shape_of_a_captured_one(youtube: Stand) -> None:
    captured = read("fixtures", "youtube", "pyyoutube_error_permission_resp.json")
    said = youtube.call("DELETE", "comments?id=nothing")
    assert said.status_code == 404
    other = youtube.given["pages"]["pennvale"]["access_token"]
    thread = youtube.comment("Ours", on=youtube.video())
    refused = youtube.call(
        "POST",
        f"comments/setModerationStatus?id={thread}&moderationStatus=rejected",
        headers={"authorization": f"Bearer {other}"},
    )
    assert lacking(shape(refused.json()), shape(captured)) == []
    assert refused.json()["error"]["status"] == captured["error"]["status"]
