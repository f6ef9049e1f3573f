"""What people and landlords do on YouTube, by whichever way; each deed is told on the bus."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.kernel.bus import Happening
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Impossible, Resident, World
from sandbox.youtube.state import (
    HELD,
    PUBLISHED,
    REJECTED,
    SPAM,
    Channel,
    Comment,
    State,
    Video,
    channel_id,
)

SLUG = "youtube"
_JOINED = datetime(2018, 5, 1, 9, 0, tzinfo=UTC)

type Deed = Literal["published", "changed", "removed"]


@dataclass(slots=True)
class Network:
    """`held_words` and `spam_words` stand for YouTube's own judgement, which it does not explain:
    comments with one of them wait for the owner."""

    world: World
    state: State
    held_words: tuple[str, ...] = ("bastard", "idiot", "moron")
    spam_words: tuple[str, ...] = ("crypto", "free money")
    listeners: list[Callable[[Deed, Video], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for landlord in LANDLORDS:
            self.state.add_channel(
                Channel(
                    channel_id(f"page {landlord.slug}"),
                    landlord.name,
                    landlord.handle,
                    _JOINED,
                    brand=landlord.slug,
                )
            )

    def page(self, native_id: str) -> Channel:
        """Raises `Impossible`."""
        found = self.state.stored.channels.get(native_id)
        if found is None or not found.brand:
            raise Impossible(f"No landlord's channel has the id {native_id}.")
        return found

    def resident(self, who: Resident) -> Channel:
        known = self.state.by_key.get(who.key)
        if known is not None:
            return self.state.stored.channels[known]
        handle, number = who.handle, 1
        while handle.lower() in self.state.by_handle:
            number += 1
            handle = f"{who.handle}{number}"
        made = Channel(channel_id(f"resident {who.key}"), who.name, handle, _JOINED, who.key)
        return self.state.add_channel(made)

    def comment(self, author: Channel, text: str, *, on: str) -> Comment:
        """Under a video, or in answer to a comment; answers hang under the first one of their
        thread. Raises `Impossible`."""
        parent = self.state.comment(on)
        if parent is not None and parent.parent:
            parent = self.state.comment(parent.parent)
        video = self.state.stored.videos.get(parent.video if parent is not None else on)
        if video is None:
            raise Impossible("What this is about does not stand any more.")
        if video.comments_disabled:
            raise Impossible("Comments are turned off under this video.")
        now = self.world.now()
        above = parent.id if parent is not None else ""
        made = Comment(
            self.state.new_id("reply" if above else "thread", above),
            video.id,
            author.id,
            text,
            now,
            now,
            above,
            self._judged(author, video, text, answer=bool(above)),
        )
        self.state.add_comment(made)
        self._told("commented", made, author, of=above or video.id)
        return made

    def edit(self, author: Channel, text: str, *, of: str) -> Comment:
        comment = self._own(author, of)
        comment.text = text
        # Times have seconds only; an edit is later than what it changes all the same.
        comment.updated_at = max(self.world.now(), comment.at + timedelta(seconds=1))
        self._told("edited", comment, author, of=of)
        return comment

    def delete(self, author: Channel, *, of: str) -> None:
        comment = self._own(author, of)
        self._told("deleted", comment, author, of=of)
        comment.deleted = True

    def moderate(self, owner: Channel, comment: Comment, status: str) -> None:
        was, comment.status = comment.status, status
        if (was == PUBLISHED) != (status == PUBLISHED):
            what = "unhidden" if status == PUBLISHED else "hidden"
            self._told(what, comment, owner, of=comment.id)

    def ban(self, owner: Channel, author: str) -> None:
        banned = self.state.stored.banned.setdefault(owner.id, [])
        if author not in banned:
            banned.append(author)
        who = self.state.stored.channels[author]
        self.world.bus.tell(
            Happening(
                SLUG,
                "blocked",
                owner.id,
                author,
                self.world.now(),
                owner.id,
                who.key or who.id,
                by_page=True,
            )
        )

    def add(self, video: Video) -> Video:
        self.state.add_video(video)
        self.come_due()
        return video

    def change(self, video: Video, *, told: bool) -> None:
        """`told`: the title or the description is another, which followers hear of."""
        self.come_due()
        if told and video.published_at is not None:
            for listener in self.listeners:
                listener("changed", video)

    def remove(self, video: Video) -> None:
        self.state.remove_video(video)
        for listener in self.listeners:
            listener("removed", video)

    def come_due(self) -> None:
        """What is scheduled for a time that came is public from now on."""
        now = self.world.now()
        for video in self.state.stored.videos.values():
            if video.publish_at is not None and video.publish_at <= now:
                video.privacy, video.publish_at = "public", None
            if video.privacy == "public" and video.published_at is None:
                video.published_at = now
                self.world.bus.tell(
                    Happening(
                        SLUG,
                        "published",
                        video.channel,
                        video.id,
                        now,
                        video.channel,
                        "",
                        video.title,
                        by_page=True,
                    )
                )
                for listener in self.listeners:
                    listener("published", video)

    def _judged(self, author: Channel, video: Video, text: str, *, answer: bool) -> str:
        """Where a held answer could be read is not documented, so only first comments are held."""
        if author.id == video.channel:
            return PUBLISHED
        if author.id in self.state.stored.banned.get(video.channel, []):
            return REJECTED
        if answer:
            return PUBLISHED
        said = text.lower()
        if any(word in said for word in self.spam_words):
            return SPAM
        return HELD if any(word in said for word in self.held_words) else PUBLISHED

    def _own(self, author: Channel, of: str) -> Comment:
        comment = self.state.comment(of)
        if comment is None or comment.author != author.id:
            raise Impossible("There is no such comment of this account.")
        return comment

    def _told(self, what: str, comment: Comment, by: Channel, *, of: str) -> None:
        self.world.bus.tell(
            Happening(
                SLUG,
                what,
                self.state.stored.videos[comment.video].channel,
                comment.id,
                self.world.now(),
                by.key or by.id,
                of,
                comment.text,
                bool(by.brand),
            )
        )
