"""What stands on X: accounts, posts with their versions, direct messages, media and webhooks."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

#: X counts ids in milliseconds from here, with 22 bits below them.
_EPOCH_MS = 1288834974657
_BELOW = 22
NAMED = re.compile(r"(?<![\w@/])@(\w{1,15})\b")
EDITS = 5


class Account(msgspec.Struct):
    """`key` is the resident's, empty for a landlord's page; `brand` only for a page."""

    id: str
    name: str
    username: str
    created_at: datetime
    key: str = ""
    brand: str = ""
    language: str = "en"


class Post(msgspec.Struct):
    """`text` as it was typed; `to` are the handles X puts in front of a reply. Every edit is a
    post of its own: `versions` lists the ids of all of them that were known when it was made."""

    id: str
    author: str
    text: str
    at: datetime
    conversation: str
    reply_to: str = ""
    to: list[str] = []
    media: list[str] = []
    versions: list[str] = []
    language: str = "en"
    hidden: bool = False
    deleted: bool = False
    replaced: str = ""

    @property
    def whole(self) -> str:
        """With the handles in front."""
        return " ".join([*(f"@{name}" for name in self.to), self.text])


class Direct(msgspec.Struct):
    id: str
    sender: str
    to: str
    text: str
    at: datetime
    media: list[str] = []
    gone_for: list[str] = []

    @property
    def conversation(self) -> str:
        return "-".join(sorted((self.sender, self.to), key=int))


class Medium(msgspec.Struct):
    """Something uploaded; `digest` stands once it is whole."""

    id: str
    owner: str
    content_type: str
    category: str
    at: datetime
    total: int = 0
    parts: dict[int, bytes] = {}
    digest: str = ""
    size: int = 0
    alt: str = ""
    ready_at: datetime | None = None

    @property
    def key(self) -> str:
        kind = {"photo": "3", "animated_gif": "16", "video": "7"}[self.kind]
        return f"{kind}_{self.id}"

    @property
    def kind(self) -> str:
        if self.content_type == "image/gif":
            return "animated_gif"
        return "video" if self.content_type.startswith("video/") else "photo"


class Webhook(msgspec.Struct):
    id: str
    url: str
    created_at: datetime
    valid: bool
    checked_at: datetime


class Subscription(msgspec.Struct):
    id: str
    event_type: str
    created_at: datetime
    updated_at: datetime
    user_id: str = ""
    direction: str = ""
    keyword: str = ""
    tag: str = ""
    webhook_id: str = ""


class Rule(msgspec.Struct):
    id: str
    value: str
    tag: str = ""


class Stored(msgspec.Struct):
    """Everything that has to outlive a restart."""

    last_id: int = 0
    accounts: dict[str, Account] = {}
    posts: dict[str, Post] = {}
    directs: dict[str, Direct] = {}
    media: dict[str, Medium] = {}
    webhooks: dict[str, Webhook] = {}
    subscriptions: dict[str, Subscription] = {}
    rules: dict[str, Rule] = {}
    muted: dict[str, list[str]] = {}
    dm_blocked: dict[str, list[str]] = {}


def account_id(of: str) -> str:
    """The same account under the same id in every sandbox."""
    return str(10**17 + int.from_bytes(hashlib.sha256(f"x {of}".encode()).digest()[:7]))


@dataclass(slots=True)
class State:
    """The posts and what finds them; all writing goes through here."""

    stored: Stored = field(default_factory=Stored)
    by_username: dict[str, str] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    by_author: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    naming: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    under: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    threads: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def index(self) -> None:
        for account in self.stored.accounts.values():
            self._index_account(account)
        for post in self.stored.posts.values():
            self._index_post(post)

    def next_id(self, now: datetime) -> str:
        made = (int(now.timestamp() * 1000) - _EPOCH_MS) << _BELOW
        self.stored.last_id = max(made, self.stored.last_id + 1)
        return str(self.stored.last_id)

    def add_account(self, account: Account) -> Account:
        self.stored.accounts[account.id] = account
        self._index_account(account)
        return account

    def add_post(self, post: Post) -> Post:
        post.versions.append(post.id)
        self.stored.posts[post.id] = post
        self._index_post(post)
        return post

    def account(self, username: str) -> Account | None:
        found = self.by_username.get(username.lower())
        return self.stored.accounts[found] if found is not None else None

    def named(self, text: str) -> list[Account]:
        """Whom this text names, each once, in its order."""
        found = (self.account(match[1]) for match in NAMED.finditer(text))
        return list({one.id: one for one in found if one is not None}.values())

    def standing(self, post_id: str) -> Post | None:
        """The post, unless it was deleted; of an edited one the version that was asked for."""
        post = self.stored.posts.get(post_id)
        return None if post is None or self.latest(post).deleted else post

    def latest(self, post: Post) -> Post:
        while post.replaced:
            post = self.stored.posts[post.replaced]
        return post

    def first(self, post: Post) -> Post:
        return self.stored.posts[post.versions[0]]

    def replies(self, post: Post) -> Iterator[Post]:
        """What hangs directly under any version of this post, oldest first."""
        for one in self.under[post.versions[0]]:
            yield self.latest(self.stored.posts[one])

    def summoned(self, page: Account, post: Post, *, by_reply: bool) -> bool:
        """Whether the author of this post turned to the page: named it in the body, not only by
        answering it. Whether an answer alone counts is not documented."""
        names = {one.id for one in self.named(post.text)}
        return (
            post.author == page.id
            or page.id in names
            or (by_reply and page.username.lower() in (name.lower() for name in post.to))
        )

    def repeated(self, author: str, text: str, *, reply_to: str, now: datetime) -> bool:
        """Whether this account said just this a short while ago and it still stands."""
        for one in reversed(self.by_author[author][-50:]):
            post = self.stored.posts[one]
            if now - post.at > timedelta(days=1):
                return False
            if post.text == text and post.reply_to == reply_to and self.standing(one) is not None:
                return True
        return False

    def _index_account(self, account: Account) -> None:
        self.by_username[account.username.lower()] = account.id
        if account.key:
            self.by_key[account.key] = account.id

    def _index_post(self, post: Post) -> None:
        self.by_author[post.author].append(post.id)
        for account in self.named(post.whole):
            if account.id != post.author:
                self.naming[account.id].append(post.id)
        self.threads[post.conversation].append(post.id)
        if post.reply_to and post.versions[0] == post.id:
            parent = self.stored.posts[post.reply_to]
            self.under[parent.versions[0]].append(post.id)
