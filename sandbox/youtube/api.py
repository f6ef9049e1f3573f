"""The calls of YouTube's Data API v3 that a desk makes."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from sandbox.youtube.calls import (
    WRITERS,
    Asked,
    Gate,
    Handler,
    Refused,
    Way,
    bad,
    forbidden,
    inner,
    missing,
)
from sandbox.youtube.network import Network
from sandbox.youtube.shape import Shaper, marked
from sandbox.youtube.state import HELD, PUBLISHED, REJECTED, SPAM, Comment, Video

_LONGEST_COMMENT = 10_000
_MOST_MODERATED = 50
_THREADS, _COMMENTS = "youtube.commentThread", "youtube.comment"
#: Every part there is; what the sandbox has nothing to say about is left out of an answer.
VIDEO_PARTS = (
    "id", "snippet", "status", "statistics", "contentDetails", "processingDetails", "fileDetails",
    "liveStreamingDetails", "localizations", "player", "paidProductPlacementDetails",
    "recordingDetails", "suggestions", "topicDetails",
)  # fmt: skip
CHANNEL_PARTS = (
    "id", "snippet", "contentDetails", "statistics", "auditDetails", "brandingSettings",
    "contentOwnerDetails", "localizations", "status", "topicDetails",
)  # fmt: skip


@dataclass(slots=True)
class Api:
    network: Network
    gate: Gate

    def ways(self) -> list[Way]:
        return [
            _look("commentThreads", self.threads),
            _write("POST", "commentThreads", self.open_thread),
            _look("comments", self.comments),
            _write("POST", "comments", self.reply),
            _write("PUT", "comments", self.edit),
            _write("DELETE", "comments", self.delete),
            _write("POST", "comments/setModerationStatus", self.moderate),
            _look("channels", self.channels),
            _look("videos", self.videos),
            _write("PUT", "videos", self.change_video),
            _write("DELETE", "videos", self.remove_video),
            _look("playlistItems", self.uploads),
            _look("search", self.search, bucket="search"),
        ]

    # -- comments

    def threads(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet", "replies")
        state, status = self.network.state, asked.query.get("moderationStatus", PUBLISHED)
        name, value = self._filter(
            asked, "allThreadsRelatedToChannelId", "channelId", "videoId", "id"
        )
        if status not in (PUBLISHED, HELD, SPAM, REJECTED):
            raise bad("moderationStatus", f"Invalid value '{status}'.")
        if asked.query.get("order", "time") not in ("time", "relevance", "orderUnspecified"):
            raise bad("order", "Invalid value for order.")
        shaper = self._shaper(asked, parts, by_id=name == "id")
        if name == "id":
            found = [state.comment(one) for one in value.split(",")]
            listed = [
                one
                for one in found
                if one is not None and not one.parent and one.status != REJECTED
            ]
            return self._listed(asked, "commentThread", listed, shaper.thread, most=100)
        owner = self._owner_of(name, value)
        if status != PUBLISHED and (asked.caller is None or asked.caller.id != owner):
            raise forbidden("Only the owner's token sees what is held.", domain=_THREADS)
        ids = state.threads_on[value] if name == "videoId" else state.threads_of[owner]
        terms = asked.query.get("searchTerms", "").lower()
        listed = [
            one
            for one in (state.comment(comment_id) for comment_id in reversed(ids))
            if one is not None and one.status == status and terms in one.text.lower()
        ]
        return self._listed(asked, "commentThread", listed, shaper.thread, most=100)

    def open_thread(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet", "replies")
        snippet = inner(asked.body, "snippet")
        text = self._text(inner(snippet, "topLevelComment", "snippet"), _THREADS)
        video = self._commentable(str(snippet.get("videoId", "")))
        made = self.network.comment(asked.me, text, on=video.id)
        return self._shaper(asked, parts).thread(made)

    def comments(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet")
        name, value = self._filter(asked, "parentId", "id")
        state = self.network.state
        shaper = self._shaper(asked, parts, by_id=name == "id")
        if name == "id":
            found = (state.comment(one) for one in value.split(","))
            listed = [one for one in found if one is not None and one.status != REJECTED]
        else:
            parent = state.comment(value)
            if parent is None or parent.status == REJECTED:
                raise missing("comment", "The parent was not found.", parameter="parentId")
            listed = list(state.replies(parent))
        said = self._listed(asked, "comment", listed, shaper.comment, most=100)
        del said["pageInfo"]["totalResults"]
        return marked({name: value for name, value in said.items() if name != "etag"})

    def reply(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet")
        snippet = inner(asked.body, "snippet")
        text = self._text(snippet, _COMMENTS)
        parent = self.network.state.comment(str(snippet.get("parentId", "")))
        if parent is None or parent.status == REJECTED:
            raise Refused(
                404,
                "parentCommentNotFound",
                "The parent comment was not found.",
                domain=_COMMENTS,
                location="body.snippet.parentId",
                place="other",
            )
        if parent.parent:
            raise Refused(
                400,
                "operationNotSupported",
                "Answers hang under the first comment of a thread.",
                domain=_COMMENTS,
            )
        self._commentable(parent.video)
        made = self.network.comment(asked.me, text, on=parent.id)
        return self._shaper(asked, parts).comment(made)

    def edit(self, asked: Asked) -> dict[str, Any]:
        parts, body = asked.parts("id", "snippet"), asked.body
        text = self._text(inner(body, "snippet"), _COMMENTS)
        comment = self._comment(str(body.get("id", "")))
        self._mine(asked, comment)
        self.network.edit(asked.me, text, of=comment.id)
        return self._shaper(asked, parts).comment(comment)

    def delete(self, asked: Asked) -> Response:
        comment = self._comment(asked.query.get("id", ""))
        self._mine(asked, comment)
        self.network.delete(asked.me, of=comment.id)
        return Response(status_code=204)

    def moderate(self, asked: Asked) -> Response:
        status, ban = asked.query.get("moderationStatus", ""), asked.truth("banAuthor")
        ids = [one for one in asked.query.get("id", "").split(",") if one]
        if status not in (PUBLISHED, HELD, REJECTED):
            raise bad("moderationStatus", f"Invalid value '{status}'.")
        if not ids or len(ids) > _MOST_MODERATED:
            raise bad("id", f"1 to {_MOST_MODERATED} comments are needed.")
        if ban and status != REJECTED:
            raise Refused(
                400,
                "banWithoutReject",
                "An author is banned only together with rejecting their comment.",
                domain=_COMMENTS,
                location="banAuthor",
            )
        comments = [self._comment(one) for one in ids]
        for comment in comments:
            if self.network.state.stored.videos[comment.video].channel != asked.me.id:
                raise forbidden("Only the owner of the channel moderates.", domain=_COMMENTS)
            if comment.status == REJECTED and status != REJECTED:
                raise Refused(
                    400,
                    "operationNotSupported",
                    "A rejected comment cannot come back.",
                    domain=_COMMENTS,
                    location="id",
                )
        for comment in comments:
            self.network.moderate(asked.me, comment, status)
            if ban:
                self.network.ban(asked.me, comment.author)
        return Response(status_code=204)

    # -- channels and videos

    def channels(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts(*CHANNEL_PARTS)
        state = self.network.state
        name, value = self._filter(asked, "mine", "id", "forHandle", "forUsername")
        if name == "mine":
            ids = [asked.me.id] if asked.truth("mine") else []
        elif name == "id":
            ids = value.split(",")
        else:
            ids = [state.by_handle.get(value.removeprefix("@").lower(), "")]
        found = [state.stored.channels[one] for one in ids if one in state.stored.channels]
        shaper = self._shaper(asked, parts)
        return self._listed(asked, "channel", found, shaper.channel, most=50, least=0, default=5)

    def videos(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts(*VIDEO_PARTS)
        _, value = self._filter(asked, "id")
        stored, now = self.network.state.stored.videos, self.network.world.now()
        ids = value.split(",")
        if len(ids) > 50:
            raise bad("id", "At most 50 videos can be asked for.")
        found = [stored[one] for one in ids if one in stored and self._seen(asked, stored[one])]
        shaper = self._shaper(asked, parts)
        return self._listed(
            asked, "video", found, lambda one: shaper.video(one, now=now), most=50, default=50
        )

    def change_video(self, asked: Asked) -> dict[str, Any]:
        """What a part leaves out is emptied, as YouTube does it."""
        parts, body = asked.parts(*VIDEO_PARTS), asked.body
        video = self._video(str(body.get("id", "")))
        if video.channel != asked.me.id:
            raise forbidden("This video belongs to another channel.", domain="youtube.video")
        was = (video.title, video.description)
        now = self.network.world.now()
        describe(
            video,
            {name: value for name, value in body.items() if name in parts},
            now=now,
        )
        self.network.change(video, told=(video.title, video.description) != was)
        return self._shaper(asked, parts).video(video, now=now)

    def remove_video(self, asked: Asked) -> Response:
        video = self._video(asked.query.get("id", ""))
        if video.channel != asked.me.id:
            raise forbidden("This video belongs to another channel.", domain="youtube.video")
        self.network.remove(video)
        return Response(status_code=204)

    def uploads(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet", "contentDetails", "status")
        _, value = self._filter(asked, "playlistId")
        state = self.network.state
        channel = state.stored.channels.get(f"UC{value[2:]}")
        if channel is None or not value.startswith("UU"):
            raise missing(
                "playlist",
                "The playlist was not found.",
                parameter="playlistId",
                domain="youtube.playlistItem",
            )
        shaper = self._shaper(asked, parts)
        videos = [state.stored.videos[one] for one in reversed(state.of_channel[channel.id])]
        seen = [one for one in videos if self._seen(asked, one)]
        places = {video.id: place for place, video in enumerate(seen)}
        return self._listed(
            asked,
            "playlistItem",
            seen,
            lambda one: shaper.playlist_item(one, places[one.id]),
            most=50,
            default=5,
        )

    def search(self, asked: Asked) -> dict[str, Any]:
        parts = asked.parts("id", "snippet")
        words = asked.query.get("q", "").lower().split()
        only = asked.me.id if asked.truth("forMine") else asked.query.get("channelId", "")
        found = [
            one
            for one in reversed(self.network.state.stored.videos.values())
            if one.privacy == "public"
            and only in ("", one.channel)
            and all(word in f"{one.title} {one.description}".lower() for word in words)
        ]
        shaper = self._shaper(asked, parts)
        said = self._listed(asked, "searchResult", found, shaper.found, most=50, least=0, default=5)
        said["kind"] = "youtube#searchListResponse"
        return said | {"regionCode": "GB"}

    # -- what several of them need

    def _shaper(self, asked: Asked, parts: frozenset[str], *, by_id: bool = False) -> Shaper:
        text_format = asked.query.get("textFormat", "html")
        if text_format not in ("html", "plainText", "textFormatUnspecified"):
            raise bad("textFormat", f"Invalid value '{text_format}'.")
        return Shaper(
            self.network.state,
            self.network.world.media,
            parts,
            asked.caller.id if asked.caller is not None else "",
            plain=text_format == "plainText",
            by_id=by_id,
        )

    def _filter(self, asked: Asked, *names: str) -> tuple[str, str]:
        given = [(name, asked.query[name]) for name in names if asked.query.get(name)]
        if len(given) != 1:
            reason = "incompatibleParameters" if given else "missingRequiredParameter"
            raise bad(names[0], f"Exactly one of {', '.join(names)} is needed.", reason=reason)
        return given[0]

    def _owner_of(self, name: str, value: str) -> str:
        state = self.network.state
        if name == "videoId":
            video = self._video(value, parameter="videoId", domain=_THREADS)
            if video.comments_disabled:
                raise _disabled()
            return video.channel
        if value not in state.stored.channels:
            raise missing("channel", "The channel was not found.", parameter=name, domain=_THREADS)
        return value

    def _listed[T: Any](
        self,
        asked: Asked,
        kind: str,
        found: Sequence[T],
        shape: Any,
        *,
        most: int,
        least: int = 1,
        default: int = 20,
    ) -> dict[str, Any]:
        """A page, which begins after the resource that the token names."""
        size = asked.number("maxResults", least=least, most=most, default=default)
        after = _token(asked)
        start = 0
        if after:
            places = [place for place, one in enumerate(found) if one.id == after]
            start = places[0] + 1 if places else len(found)
        page = found[start : start + size]
        said: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse"}
        if start + size < len(found) and page:
            said["nextPageToken"] = _next(page[-1].id)
        counted = len(page) if kind == "commentThread" else len(found)
        said["pageInfo"] = {"totalResults": counted, "resultsPerPage": size}
        return marked(said | {"items": [shape(one) for one in page]})

    def _seen(self, asked: Asked, video: Video) -> bool:
        own = asked.caller is not None and asked.caller.id == video.channel
        return own or video.privacy != "private"

    def _text(self, snippet: dict[str, Any], domain: str) -> str:
        text = snippet.get("textOriginal")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "commentTextRequired", "A text is needed.", domain=domain)
        if len(text) > _LONGEST_COMMENT:
            raise Refused(400, "commentTextTooLong", "The text is too long.", domain=domain)
        return text

    def _commentable(self, video_id: str) -> Video:
        video = self._video(video_id, parameter="videoId", domain=_THREADS)
        if video.comments_disabled:
            raise _disabled()
        return video

    def _comment(self, comment_id: str) -> Comment:
        comment = self.network.state.comment(comment_id)
        if comment is None:
            raise missing("comment", "One of the comments was not found.")
        return comment

    def _mine(self, asked: Asked, comment: Comment) -> None:
        if comment.author != asked.me.id:
            raise forbidden("Only its author changes a comment.", domain=_COMMENTS)

    def _video(
        self, video_id: str, *, parameter: str = "id", domain: str = "youtube.video"
    ) -> Video:
        video = self.network.state.stored.videos.get(video_id)
        if video is None:
            raise missing("video", "The video was not found.", parameter=parameter, domain=domain)
        return video


def _look(path: str, handler: Handler, *, bucket: str = "units") -> Way:
    return Way("GET", f"/youtube/v3/{path}", handler, bucket=bucket, public=True)


def _write(method: str, path: str, handler: Handler) -> Way:
    return Way(method, f"/youtube/v3/{path}", handler, cost=50, scopes=WRITERS)


def describe(video: Video, body: dict[str, Any], *, now: datetime) -> None:
    """Set what `snippet` and `status` say."""
    if "snippet" in body:
        snippet = inner(body, "snippet")
        title = str(snippet.get("title", ""))
        if not title or len(title) > 100 or "<" in title or ">" in title:
            raise _wrong("invalidTitle", "snippet.title")
        description = str(snippet.get("description", ""))
        if len(description.encode()) > 5_000:
            raise _wrong("invalidDescription", "snippet.description")
        video.title, video.description = title, description
        video.category = str(snippet.get("categoryId") or video.category)
        video.tags = _strings(snippet.get("tags", []))
    if "status" in body:
        status = inner(body, "status")
        privacy = status.get("privacyStatus", video.privacy)
        if privacy not in ("public", "unlisted", "private"):
            raise _wrong("invalidVideoMetadata", "status.privacyStatus")
        publish_at = _moment(status.get("publishAt"))
        if publish_at is not None and (privacy != "private" or video.published_at is not None):
            raise _wrong("invalidPublishAt", "status.publishAt")
        video.privacy = privacy
        video.publish_at = publish_at
        video.for_kids = bool(status.get("selfDeclaredMadeForKids", False))
        video.synthetic = bool(status.get("containsSyntheticMedia", False))
    if video.privacy == "unlisted" and video.published_at is None:
        video.published_at = now


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong("invalidPublishAt", "status.publishAt") from error
    if found.tzinfo is None:
        raise _wrong("invalidPublishAt", "status.publishAt")
    return found


def _strings(value: Iterable[object]) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _wrong(reason: str, where: str) -> Refused:
    return Refused(
        400,
        reason,
        f"The request metadata is invalid: {where}.",
        domain="youtube.video",
        location=f"body.{where}",
        place="other",
    )


def _disabled() -> Refused:
    return Refused(
        403,
        "commentsDisabled",
        "The video has disabled comments.",
        domain=_THREADS,
        location="videoId",
    )


def _next(last: str) -> str:
    return base64.urlsafe_b64encode(f"after {last}".encode()).decode().rstrip("=")


def _token(asked: Asked) -> str:
    token = asked.query.get("pageToken", "")
    if not token:
        return ""
    try:
        said = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        word, last = said.split(" ", 1)
        if word == "after":
            return last
    except (ValueError, binascii.Error):
        pass
    raise Refused(
        400,
        "invalidPageToken",
        "The request specifies an invalid page token.",
        domain="youtube.common",
        location="pageToken",
    )
