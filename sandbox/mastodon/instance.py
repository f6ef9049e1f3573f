"""What people do on the instance, whether through the API or in the app: post, edit, delete, block.

Everything that happens is told on the bus and given to the streams of those it concerns.
"""

import asyncio
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

from sandbox.kernel.bus import Happening
from sandbox.kernel.world import World
from sandbox.mastodon import words
from sandbox.mastodon.entities import (
    FILMS,
    IMAGES,
    MOST_CHARACTERS,
    MOST_DESCRIPTION,
    MOST_IMAGE_BYTES,
    MOST_MEDIA,
    MOST_VIDEO_BYTES,
    SOUNDS,
    Entities,
)
from sandbox.mastodon.state import (
    KEY_HOLDS,
    Account,
    Invalid,
    Medium,
    Notice,
    Report,
    Scheduled,
    State,
    Status,
    Used,
    Version,
)

SLUG = "mastodon"
VISIBILITIES = ("public", "unlisted", "private", "direct")
#: A status can be scheduled no sooner than this.
SOONEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Draft:
    """A status as somebody writes it."""

    text: str
    visibility: str = "public"
    spoiler: str = ""
    language: str = ""
    sensitive: bool = False
    in_reply_to: str = ""
    media: Sequence[str] = ()
    quote: str = ""
    app: str = ""
    lead: str = ""


@dataclass(slots=True)
class Instance:
    """`processing` is how long a film takes until it can be shown."""

    world: World
    state: State = field(default_factory=State)
    processing: timedelta = timedelta(seconds=1)
    entities: Entities = field(init=False)
    streams: dict[str, list[asyncio.Queue[tuple[str, str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = f"{self.world.base}/{SLUG}"
        domain = urlsplit(base).netloc
        self.entities = Entities(self.state, base, domain, self.world.media)

    def replace(self, state: State) -> None:
        self.state = self.entities.state = state

    def now(self) -> datetime:
        return self.world.now()

    # --- Statuses --------------------------------------------------------------------------

    def post(self, author: Account, draft: Draft, *, key: str = "") -> Status:
        """Raises `Invalid`. The same key within the hour is the same status."""
        now = self.now()
        used = self._used(author.id, key, now) if key else None
        if used is not None and used.id in self.state.statuses:
            return self.state.statuses[used.id]
        self._check(author, draft, now)
        status = Status(
            id=self.state.next_id(now),
            account=author.id,
            text=draft.text,
            visibility=draft.visibility,
            at=now,
            spoiler=draft.spoiler,
            language=draft.language or author.language,
            sensitive=draft.sensitive or bool(draft.spoiler),
            in_reply_to=draft.in_reply_to,
            mentions=self._named(draft.text, author),
            media=list(draft.media),
            quote=draft.quote,
            app=draft.app,
            lead=draft.lead,
        )
        self.state.keep(status)
        if key:
            self.state.used.append(Used(author.id, key, status.id, now))
        self._spread(author, status, now)
        return status

    def _used(self, account: str, key: str, now: datetime) -> Used | None:
        self.state.used = [one for one in self.state.used if now - one.at < KEY_HOLDS]
        return next(
            (one for one in self.state.used if (one.account, one.key) == (account, key)), None
        )

    def _check(self, author: Account, draft: Draft, now: datetime) -> None:
        if not draft.text.strip() and not draft.media:
            raise Invalid("Validation failed: Text can't be blank")
        if words.length(draft.text) + len(draft.spoiler) > MOST_CHARACTERS:
            raise Invalid(f"Validation failed: Text character limit of {MOST_CHARACTERS} exceeded")
        if draft.visibility not in VISIBILITIES:
            raise Invalid("Validation failed: Visibility is not included in the list")
        if draft.in_reply_to:
            parent = self.state.statuses.get(draft.in_reply_to)
            if parent is None or not self.state.sees(author.id, parent):
                raise Invalid("The post you are trying to reply to does not appear to exist.", 404)
        if draft.quote and not self.state.sees(author.id, self.state.standing(draft.quote)):
            raise Invalid("Record not found", 404)
        self._check_media(author, draft.media, now)

    def _check_media(self, author: Account, media: Sequence[str], now: datetime) -> None:
        if len(media) > MOST_MEDIA:
            raise Invalid(f"Cannot attach more than {MOST_MEDIA} files")
        found = [self.state.media.get(one) for one in media]
        if any(one is None or one.owner != author.id for one in found):
            raise Invalid("Record not found", 404)
        held = [one for one in found if one is not None]
        if len(held) > 1 and any(one.kind in ("video", "audio") for one in held):
            raise Invalid("Cannot attach a video to a post that already contains images")
        if any(one.ready_at > now for one in held):
            raise Invalid(
                "Cannot attach files that have not finished processing. Try again in a moment!"
            )

    def _named(self, text: str, author: Account) -> list[str]:
        found = [self.state.by_acct(one, self.entities.domain) for one in words.named(text)]
        ids = [one.id for one in found if one is not None and one.id != author.id]
        return list(dict.fromkeys(ids))

    def _spread(self, author: Account, status: Status, now: datetime) -> None:
        if author.brand:
            self.push(author.id, "update", self.entities.status(status, viewer=author.id))
        told: set[str] = set()
        for one in status.mentions:
            told.add(one)
            self._notify("mention", one, author, status, now)
        quoted = self.state.statuses.get(status.quote)
        if quoted is not None and quoted.account not in {author.id, *told}:
            self._notify("quote", quoted.account, author, status, now)
        for follower in self._followers_here(author):
            self.push(follower, "update", self.entities.status(status, viewer=follower))
        self._tell(author, status, self._deed(author, status), of=status.in_reply_to)

    def _followers_here(self, author: Account) -> list[str]:
        return [
            by
            for by, of in self.state.follows
            if of == author.id and by != author.id and self.state.accounts[by].brand
        ]

    def _notify(
        self, kind: str, whose: str, author: Account, status: Status, now: datetime
    ) -> None:
        if not self.state.accounts[whose].brand:
            return  # what residents are told of, their app shows
        pair = (whose, author.id)
        if pair in self.state.blocks or pair in self.state.mutes:
            return
        if (whose, self.state.root(status).id) in self.state.quiet:
            return
        notice = Notice(self.state.next_id(now), kind, whose, author.id, status.id, now)
        self.state.notices.setdefault(whose, []).append(notice)
        self.push(whose, "notification", self.entities.notification(notice))

    @staticmethod
    def _deed(author: Account, status: Status) -> str:
        if status.visibility == "direct":
            return "messaged"
        if status.in_reply_to:
            return "commented"
        return "published" if author.brand else "mentioned"

    def edit(
        self, author: Account, status_id: str, *, text: str, spoiler: str, media: Sequence[str]
    ) -> Status:
        status = self._own(author, status_id)
        now = self.now()
        draft = Draft(text, status.visibility, spoiler, media=media)
        self._check(author, draft, now)
        if (text, spoiler, list(media)) == (status.text, status.spoiler, status.media):
            return status
        then = status.edited_at or status.at
        status.history.append(Version(status.text, status.spoiler, then))
        status.text, status.spoiler, status.media = text, spoiler, list(media)
        status.edited_at = now
        before = set(status.mentions)
        status.mentions = self._named(text, author)
        # The edit goes to the author and to followers; who is named for the first time is told.
        # (Whoever was named before and does not follow the author hears nothing.)
        for one in [author.id, *self._followers_here(author)]:
            if self.state.accounts[one].brand:
                self.push(one, "status.update", self.entities.status(status, viewer=one))
        for one in status.mentions:
            if one not in before:
                self._notify("mention", one, author, status, now)
        self._tell(author, status, "edited", of=status.id)
        return status

    def delete(self, author: Account, status_id: str) -> Status:
        status = self._own(author, status_id)
        status.deleted = True
        self.state.own[author.id].remove(status.id)
        for one in {author.id, *status.mentions, *self._followers_here(author)}:
            if self.state.accounts[one].brand:
                self.push(one, "delete", status.id)
        for whose, notices in self.state.notices.items():
            self.state.notices[whose] = [one for one in notices if one.status != status.id]
        if status.quote:
            self.state.quoted[status.quote] -= 1
        self._tell(author, status, "deleted", of=status.id)
        return status

    def _own(self, author: Account, status_id: str) -> Status:
        status = self.state.standing(status_id)
        if status.account != author.id:
            raise Invalid("This action is not allowed", 403)
        return status

    # --- Later -----------------------------------------------------------------------------

    def schedule(self, author: Account, draft: Draft, at: datetime, *, key: str) -> Scheduled:
        now = self.now()
        used = self._used(author.id, key, now) if key else None
        if used is not None and used.id in self.state.scheduled:
            return self.state.scheduled[used.id]
        if at < now + SOONEST:
            raise Invalid(
                "Validation failed: Scheduled at The scheduled date must be in the future"
            )
        self._check(author, draft, now)
        one = Scheduled(
            id=self.state.next_id(now),
            account=author.id,
            at=at,
            text=draft.text,
            visibility=draft.visibility,
            spoiler=draft.spoiler,
            language=draft.language,
            in_reply_to=draft.in_reply_to,
            media=list(draft.media),
            key=key,
        )
        self.state.scheduled[one.id] = one
        if key:
            self.state.used.append(Used(author.id, key, one.id, now))
        return one

    def publish_due(self) -> None:
        """What was scheduled for now or earlier appears."""
        now = self.now()
        for one in [one for one in self.state.scheduled.values() if one.at <= now]:
            del self.state.scheduled[one.id]
            author = self.state.accounts[one.account]
            self.post(
                author,
                Draft(
                    text=one.text,
                    visibility=one.visibility,
                    spoiler=one.spoiler,
                    language=one.language,
                    in_reply_to=one.in_reply_to,
                    media=one.media,
                ),
            )

    # --- Media -----------------------------------------------------------------------------

    def upload(self, owner: Account, content: bytes, content_type: str, alt: str) -> Medium:
        kind = _kind(content_type)
        most = MOST_IMAGE_BYTES if kind == "image" else MOST_VIDEO_BYTES
        if len(content) > most:
            raise Invalid(f"Validation failed: File must be less than {most // 1048576} MB")
        if len(alt) > MOST_DESCRIPTION:
            raise Invalid(
                f"Validation failed: Description is too long (maximum is {MOST_DESCRIPTION} "
                "characters)"
            )
        width = height = 0
        if kind == "image":
            try:
                width, height = Image.open(io.BytesIO(content)).size
            except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
                raise Invalid("Validation failed: File contents are invalid") from error
        now = self.now()
        medium = Medium(
            id=self.state.next_id(now),
            owner=owner.id,
            digest=self.world.media.put(content, content_type),
            kind=kind,
            content_type=content_type,
            ready_at=now if kind == "image" else now + self.processing,
            alt=alt,
            width=width,
            height=height,
        )
        self.state.media[medium.id] = medium
        return medium

    # --- People ----------------------------------------------------------------------------

    def relate(self, viewer: Account, of: str, act: str) -> None:
        other = self.state.account(of)
        if other.id == viewer.id:
            raise Invalid("This action is not allowed", 403)
        pair = (viewer.id, other.id)
        if act == "follow" and pair not in self.state.follows:
            self.state.follows.add(pair)
            self.state.followers[other.id] = self.state.followers.get(other.id, 0) + 1
        elif act == "unfollow":
            self._unfollow(*pair)
        elif act == "block":
            self.state.blocks.add(pair)
            self._unfollow(*pair)
            self._unfollow(*reversed(pair))
        elif act == "unblock":
            self.state.blocks.discard(pair)
        elif act == "mute":
            self.state.mutes.add(pair)
        elif act == "unmute":
            self.state.mutes.discard(pair)
        if act in ("block", "unblock"):
            self.world.bus.tell(
                Happening(
                    SLUG,
                    f"{act}ed",
                    viewer.id,
                    other.id,
                    self.now(),
                    viewer.id,
                    of=other.who,
                    by_page=bool(viewer.brand),
                )
            )

    def _unfollow(self, by: str, of: str) -> None:
        if (by, of) in self.state.follows:
            self.state.follows.discard((by, of))
            self.state.followers[of] -= 1

    def report(
        self,
        by: Account,
        of: str,
        *,
        statuses: list[str],
        comment: str,
        category: str,
        forwarded: bool,
    ) -> Report:
        target = self.state.account(of)
        if len(comment) > 1000:
            raise Invalid("Validation failed: Comment is too long (maximum is 1000 characters)")
        if category not in ("spam", "legal", "violation", "other"):
            raise Invalid("Validation failed: Category is not included in the list")
        if any(self.state.standing(one).account != of for one in statuses):
            raise Invalid("Record not found", 404)
        now = self.now()
        report = Report(
            self.state.next_id(now), by.id, of, statuses, comment, category, forwarded, now
        )
        self.state.reports.append(report)
        self.world.bus.tell(
            Happening(
                SLUG,
                "reported",
                by.id,
                report.id,
                now,
                by.id,
                of=statuses[0] if statuses else target.who,
                text=comment,
                by_page=bool(by.brand),
            )
        )
        return report

    # --- Who is told -----------------------------------------------------------------------

    def push(self, account: str, event: str, payload: Any) -> None:
        """To everybody who has this account's stream open."""
        open_ones = self.streams.get(account, ())
        if not open_ones:
            return
        said = payload if isinstance(payload, str) else json.dumps(payload)
        for queue in open_ones:
            queue.put_nowait((event, said))

    def _tell(self, author: Account, status: Status, what: str, *, of: str) -> None:
        page = author.id if author.brand else self._page_of(status)
        self.world.bus.tell(
            Happening(
                stage=SLUG,
                what=what,
                page=page,
                native_id=status.id,
                at=self.now() if what in ("edited", "deleted") else status.at,
                who=author.who,
                of=of,
                text=status.text.removeprefix(status.lead),
                by_page=bool(author.brand),
                private=status.visibility == "direct",
            )
        )

    def _page_of(self, status: Status) -> str:
        root = self.state.root(status)
        concerned = [*status.mentions, root.account]
        return next((one for one in concerned if self.state.accounts[one].brand), "")


def _kind(content_type: str) -> str:
    for kind, types in (("image", IMAGES), ("video", FILMS), ("audio", SOUNDS)):
        if content_type in types:
            return kind
    raise Invalid("Validation failed: File content type is invalid, File is invalid")
