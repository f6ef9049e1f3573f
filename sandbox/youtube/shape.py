"""How YouTube writes its resources: only the parts that were asked for, each with its etag."""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sandbox.kernel.media import Stock
from sandbox.youtube.state import PUBLISHED, Channel, Comment, State, Video

#: A thread shows so many of its replies; the others are asked for by themselves.
SHOWN_REPLIES = 5
_URL = re.compile(r"https?://[^\s<>\"]+")
_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def marked(said: dict[str, Any]) -> dict[str, Any]:
    """With the etag of what it says."""
    digest = hashlib.sha1(json.dumps(said, sort_keys=True).encode(), usedforsecurity=False)
    return {"kind": said["kind"], "etag": digest.hexdigest()[:27], **said}


def html(text: str) -> str:
    linked = _URL.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(text))
    return linked.replace("\n", "<br>")


@dataclass(frozen=True, slots=True)
class Shaper:
    """`caller` is the channel that asks, empty for an API key; `by_id` leaves out what YouTube
    leaves out then."""

    state: State
    stock: Stock
    parts: Collection[str]
    caller: str = ""
    plain: bool = False
    by_id: bool = False

    def thread(self, comment: Comment) -> dict[str, Any]:
        said: dict[str, Any] = {"kind": "youtube#commentThread", "id": comment.id}
        replies = list(self.state.replies(comment))
        if "snippet" in self.parts:
            said["snippet"] = {
                "channelId": self._channel_of(comment),
                "videoId": comment.video,
                "topLevelComment": self.comment(comment),
                "canReply": bool(self.caller),
                "totalReplyCount": len(replies),
                "isPublic": comment.status == PUBLISHED,
            }
        if "replies" in self.parts and replies:
            said["replies"] = {"comments": [self.comment(one) for one in replies[:SHOWN_REPLIES]]}
        return marked(said)

    def comment(self, comment: Comment) -> dict[str, Any]:
        author = self.state.stored.channels[comment.author]
        said: dict[str, Any] = {"kind": "youtube#comment", "id": comment.id}
        if "snippet" not in self.parts:
            return marked(said)
        snippet: dict[str, Any] = {
            "channelId": self._channel_of(comment),
            "videoId": comment.video,
            "textDisplay": comment.text if self.plain else html(comment.text),
            "textOriginal": comment.text,
            "authorDisplayName": f"@{author.handle}",
            "authorProfileImageUrl": f"{self.stock.base}/youtube/faces/{author.id}.png",
            "authorChannelUrl": f"http://www.youtube.com/@{author.handle}",
            "authorChannelId": {"value": author.id},
            "canRate": bool(self.caller),
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": stamp(comment.at),
            "updatedAt": stamp(comment.updated_at),
        }
        if comment.parent:
            snippet["parentId"] = comment.parent
        if self.caller == snippet["channelId"] and not self.by_id:
            snippet["moderationStatus"] = comment.status
        return marked(said | {"snippet": snippet})

    def channel(self, channel: Channel) -> dict[str, Any]:
        said: dict[str, Any] = {"kind": "youtube#channel", "id": channel.id}
        public = [one for one in self._videos(channel) if one.published_at is not None]
        if "snippet" in self.parts:
            said["snippet"] = {
                "title": channel.title,
                "description": "",
                "customUrl": f"@{channel.handle}",
                "publishedAt": stamp(channel.created_at),
                "thumbnails": self._thumbnails(""),
                "localized": {"title": channel.title, "description": ""},
                "country": "GB",
            }
        if "contentDetails" in self.parts:
            playlists = {"likes": "", "uploads": channel.uploads}
            said["contentDetails"] = {"relatedPlaylists": playlists}
        if "statistics" in self.parts:
            said["statistics"] = {
                "viewCount": "0",
                "subscriberCount": "0",
                "hiddenSubscriberCount": False,
                "videoCount": str(len(public)),
            }
        return marked(said)

    def video(self, video: Video, *, now: datetime) -> dict[str, Any]:
        said: dict[str, Any] = {"kind": "youtube#video", "id": video.id}
        if "snippet" in self.parts:
            said["snippet"] = self._about(video) | {
                "tags": list(video.tags),
                "categoryId": video.category,
                "liveBroadcastContent": "none",
                "localized": {"title": video.title, "description": video.description},
            }
        if "status" in self.parts:
            said["status"] = self._status(video, now)
        if "statistics" in self.parts:
            said["statistics"] = {
                "viewCount": "0",
                "likeCount": "0",
                "favoriteCount": "0",
                "commentCount": str(self._counted(video)),
            }
        if "contentDetails" in self.parts:
            said["contentDetails"] = {
                "duration": "PT10S",
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": False,
                "contentRating": {},
                "projection": "rectangular",
                "hasCustomThumbnail": bool(video.thumbnail),
            }
        if "processingDetails" in self.parts:
            done = video.processed_at is not None and video.processed_at <= now
            status = "succeeded" if done else "processing"
            said["processingDetails"] = {"processingStatus": status}
        return marked(said)

    def playlist_item(self, video: Video, position: int) -> dict[str, Any]:
        channel = self.state.stored.channels[video.channel]
        said: dict[str, Any] = {
            "kind": "youtube#playlistItem",
            "id": hashlib.sha256(f"item {video.id}".encode()).hexdigest()[:40],
        }
        published = stamp(video.published_at or video.uploaded_at)
        if "snippet" in self.parts:
            said["snippet"] = self._about(video) | {
                "playlistId": channel.uploads,
                "position": position,
                "resourceId": {"kind": "youtube#video", "videoId": video.id},
                "videoOwnerChannelTitle": channel.title,
                "videoOwnerChannelId": channel.id,
            }
        if "contentDetails" in self.parts:
            said["contentDetails"] = {"videoId": video.id, "videoPublishedAt": published}
        if "status" in self.parts:
            said["status"] = {"privacyStatus": video.privacy}
        return marked(said)

    def found(self, video: Video) -> dict[str, Any]:
        said: dict[str, Any] = {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#video", "videoId": video.id},
        }
        if "snippet" in self.parts:
            said["snippet"] = self._about(video) | {"liveBroadcastContent": "none"}
        return marked(said)

    def thumbnails_set(self, video: Video) -> dict[str, Any]:
        return marked(
            {
                "kind": "youtube#thumbnailSetResponse",
                "items": [self._thumbnails(video.thumbnail)],
            }
        )

    def _about(self, video: Video) -> dict[str, Any]:
        return {
            "publishedAt": stamp(video.published_at or video.uploaded_at),
            "channelId": video.channel,
            "title": video.title,
            "description": video.description,
            "thumbnails": self._thumbnails(video.thumbnail),
            "channelTitle": self.state.stored.channels[video.channel].title,
        }

    def _status(self, video: Video, now: datetime) -> dict[str, Any]:
        done = video.processed_at is not None and video.processed_at <= now
        said: dict[str, Any] = {
            "uploadStatus": "processed" if done else "uploaded",
            "privacyStatus": video.privacy,
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
            "madeForKids": video.for_kids,
        }
        if self.caller == video.channel:
            said["selfDeclaredMadeForKids"] = video.for_kids
            said["containsSyntheticMedia"] = video.synthetic
        if video.publish_at is not None and self.caller == video.channel:
            said["publishAt"] = stamp(video.publish_at)
        return said

    def _thumbnails(self, digest: str) -> dict[str, Any]:
        url = self.stock.address(digest) if digest else f"{self.stock.base}/youtube/none.jpg"
        return {
            name: {"url": url, "width": width, "height": height}
            for name, (width, height) in _SIZES.items()
        }

    def _videos(self, channel: Channel) -> list[Video]:
        return [self.state.stored.videos[one] for one in self.state.of_channel[channel.id]]

    def _counted(self, video: Video) -> int:
        comments = self.state.stored.comments
        threads = [comments[one] for one in self.state.threads_on[video.id]]
        standing = [one for one in threads if not one.deleted and one.status == PUBLISHED]
        return sum(1 + len(list(self.state.replies(one))) for one in standing)

    def _channel_of(self, comment: Comment) -> str:
        return self.state.stored.videos[comment.video].channel
