"""What stands on YouTube: channels, videos, comments, uploads under way and who follows what."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

PUBLISHED, HELD, SPAM, REJECTED = "published", "heldForReview", "likelySpam", "rejected"


class Channel(msgspec.Struct):
    """`key` is the resident's, empty for a landlord's channel; `brand` only for a landlord's."""

    id: str
    title: str
    handle: str
    created_at: datetime
    key: str = ""
    brand: str = ""

    @property
    def uploads(self) -> str:
        return "UU" + self.id[2:]


class Video(msgspec.Struct):
    id: str
    channel: str
    title: str
    description: str
    uploaded_at: datetime
    privacy: str = "public"
    published_at: datetime | None = None
    publish_at: datetime | None = None
    tags: list[str] = []
    category: str = "22"
    for_kids: bool = False
    synthetic: bool = False
    comments_disabled: bool = False
    digest: str = ""
    size: int = 0
    thumbnail: str = ""
    processed_at: datetime | None = None


class Comment(msgspec.Struct):
    """`parent` is empty for the first one of a thread."""

    id: str
    video: str
    author: str
    text: str
    at: datetime
    updated_at: datetime
    parent: str = ""
    status: str = PUBLISHED
    deleted: bool = False


class Upload(msgspec.Struct):
    id: str
    channel: str
    metadata: dict[str, object]
    content_type: str
    video: str = ""  # for a thumbnail
    content: bytes = b""


class Follower(msgspec.Struct):
    """A subscription at the hub."""

    topic: str
    channel: str
    callback: str
    until: datetime
    secret: str = ""


class Stored(msgspec.Struct):
    """Everything that has to outlive a restart."""

    made: int = 0
    channels: dict[str, Channel] = {}
    videos: dict[str, Video] = {}
    comments: dict[str, Comment] = {}
    followers: dict[str, Follower] = {}
    banned: dict[str, list[str]] = {}
    used: dict[str, int] = {}
    used_on: str = ""


def _letters(of: str, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(of.encode()).digest()).decode()[:length]


def channel_id(of: str) -> str:
    """The same channel under the same id in every sandbox."""
    return "UC" + _letters(f"youtube {of}", 22)


@dataclass(slots=True)
class State:
    seed: int
    stored: Stored = field(default_factory=Stored)
    by_key: dict[str, str] = field(default_factory=dict)
    by_handle: dict[str, str] = field(default_factory=dict)
    of_channel: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    threads_on: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    threads_of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    under: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def index(self) -> None:
        for channel in self.stored.channels.values():
            self._index_channel(channel)
        for video in self.stored.videos.values():
            self.of_channel[video.channel].append(video.id)
        for comment in self.stored.comments.values():
            self._index_comment(comment)

    def add_channel(self, channel: Channel) -> Channel:
        self.stored.channels[channel.id] = channel
        self._index_channel(channel)
        return channel

    def add_video(self, video: Video) -> Video:
        self.stored.videos[video.id] = video
        self.of_channel[video.channel].append(video.id)
        return video

    def add_comment(self, comment: Comment) -> Comment:
        self.stored.comments[comment.id] = comment
        self._index_comment(comment)
        return comment

    def remove_video(self, video: Video) -> None:
        del self.stored.videos[video.id]
        self.of_channel[video.channel].remove(video.id)
        for one in self.threads_on.pop(video.id, []):
            self.stored.comments[one].deleted = True

    def new_id(self, kind: str, parent: str = "") -> str:
        self.stored.made += 1
        of = f"{self.seed} {kind} {self.stored.made}"
        match kind:
            case "video" | "upload":
                return _letters(of, 11)
            case "thread":
                return "Ug" + _letters(of, 17) + "4AaABAg"
            case _:
                return f"{parent}.{_letters(of, 22)}"

    def comment(self, comment_id: str) -> Comment | None:
        """Unless its author deleted it, or what it hung under."""
        found = self.stored.comments.get(comment_id)
        if found is None or found.deleted:
            return None
        above = self.stored.comments.get(found.parent)
        return None if above is not None and above.deleted else found

    def replies(self, comment: Comment, *, status: str = PUBLISHED) -> Iterator[Comment]:
        """Newest first."""
        for one in reversed(self.under[comment.id]):
            reply = self.stored.comments[one]
            if not reply.deleted and reply.status == status:
                yield reply

    def _index_channel(self, channel: Channel) -> None:
        self.by_handle[channel.handle.lower()] = channel.id
        if channel.key:
            self.by_key[channel.key] = channel.id

    def _index_comment(self, comment: Comment) -> None:
        if comment.parent:
            self.under[comment.parent].append(comment.id)
            return
        self.threads_on[comment.video].append(comment.id)
        video = self.stored.videos.get(comment.video)
        if video is not None:
            self.threads_of[video.channel].append(comment.id)
