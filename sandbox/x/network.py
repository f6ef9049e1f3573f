"""What people and landlords do on X, by whichever way; each deed is told to whoever listens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.kernel.bus import Happening
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Impossible, Picture, Resident, World
from sandbox.x.shape import weight
from sandbox.x.state import EDITS, Account, Direct, Medium, Post, State, account_id

SLUG = "x"
MOST_LETTERS = 280
_JOINED = datetime(2019, 3, 1, 9, 0, tzinfo=UTC)

type Deed = Literal["post", "delete", "direct"]


@dataclass(slots=True)
class Network:
    """`edit_window`: X's documentation says 30 minutes, its samples show 60."""

    world: World
    state: State = field(default_factory=State)
    edit_window: timedelta = timedelta(minutes=30)
    listeners: list[Callable[[Deed, Post | Direct], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for landlord in LANDLORDS:
            self.state.add_account(
                Account(
                    account_id(f"page {landlord.slug}"),
                    landlord.name,
                    landlord.handle,
                    _JOINED,
                    brand=landlord.slug,
                )
            )

    def page(self, native_id: str) -> Account:
        """Raises `Impossible`."""
        found = self.state.stored.accounts.get(native_id)
        if found is None or not found.brand:
            raise Impossible(f"No landlord's account has the id {native_id}.")
        return found

    def resident(self, who: Resident) -> Account:
        known = self.state.by_key.get(who.key)
        if known is not None:
            return self.state.stored.accounts[known]
        username, number = who.handle[:15], 1
        while self.state.account(username) is not None:
            number += 1
            username = f"{who.handle[: 15 - len(str(number))]}{number}"
        return self.state.add_account(
            Account(
                account_id(f"resident {who.key}"),
                who.name,
                username,
                _JOINED,
                key=who.key,
                language=who.language,
            )
        )

    def write(
        self,
        author: Account,
        text: str,
        *,
        reply_to: str = "",
        media: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> Post:
        """`without`: ids of accounts that are not to be named in front of a reply."""
        now = self.world.now()
        parent = self.state.standing(reply_to) if reply_to else None
        if reply_to and parent is None:
            raise Impossible("What this answers does not stand any more.")
        made = self.state.next_id(now)
        post = Post(
            made,
            author.id,
            text,
            now,
            parent.conversation if parent is not None else made,
            reply_to,
            self._in_front(author, parent, text, without) if parent is not None else [],
            list(media),
            [],
            author.language,
        )
        self.state.add_post(post)
        what = "commented" if reply_to else ("published" if author.brand else "mentioned")
        self._told(what, post, author)
        for listener in self.listeners:
            listener("post", post)
        return post

    def edit(self, author: Account, text: str, *, of: str) -> Post:
        """A new post with an id of its own; answers to others cannot be edited."""
        now = self.world.now()
        post = self.state.standing(of)
        if post is None or post.author != author.id:
            raise Impossible("There is no such post of this account.")
        post = self.state.latest(post)
        if post.reply_to:
            raise Impossible("On X an answer to somebody cannot be edited.")
        if now > self.state.first(post).at + self.edit_window or len(post.versions) > EDITS:
            raise Impossible("On X a post can be edited five times, and only for a while.")
        made = Post(
            self.state.next_id(now),
            author.id,
            text,
            now,
            post.conversation,
            media=list(post.media),
            versions=list(post.versions),
            language=post.language,
        )
        post.replaced = made.id
        self.state.add_post(made)
        self._told("edited", made, author, of=of)
        return made

    def remove(self, author: Account, *, of: str) -> Post:
        post = self.state.standing(of)
        if post is None or post.author != author.id:
            raise Impossible("There is no such post of this account.")
        post = self.state.latest(post)
        post.deleted = True
        self._told("deleted", post, author, of=of)
        for listener in self.listeners:
            listener("delete", post)
        return post

    def hide(self, page: Account, post: Post, *, hidden: bool) -> None:
        post.hidden = hidden
        self._told("hidden" if hidden else "unhidden", post, page, of=post.id)

    def send(self, sender: Account, to: Account, text: str, *, media: Sequence[str] = ()) -> Direct:
        now = self.world.now()
        if sender.id in self.state.stored.dm_blocked.get(to.id, []):
            raise Impossible(f"{to.name} takes no messages from this account.")
        direct = Direct(self.state.next_id(now), sender.id, to.id, text, now, list(media))
        self.state.stored.directs[direct.id] = direct
        page = sender if sender.brand else to
        self.world.bus.tell(
            Happening(
                SLUG, "messaged", page.id, direct.id, now, sender.key or sender.id, "", text,
                bool(sender.brand), private=True,
            )
        )  # fmt: skip
        for listener in self.listeners:
            listener("direct", direct)
        return direct

    def wrote_to(self, who: str, page: str) -> bool:
        return any(
            one.sender == who and one.to == page for one in self.state.stored.directs.values()
        )

    def block_messages(self, page: Account, who: Account, *, blocked: bool) -> None:
        listed = self.state.stored.dm_blocked.setdefault(page.id, [])
        if blocked and who.id not in listed:
            listed.append(who.id)
        elif not blocked and who.id in listed:
            listed.remove(who.id)
        self.world.bus.tell(
            Happening(
                SLUG, "blocked" if blocked else "unblocked", page.id, who.id, self.world.now(),
                page.id, who.key or who.id, by_page=True, private=True,
            )
        )  # fmt: skip

    def show(self, owner: Account, pictures: Sequence[Picture], *, category: str) -> list[str]:
        """Media of a resident, whole at once."""
        return [
            self.add_medium(
                owner, one.content, content_type=one.content_type, category=category, alt=one.alt
            ).id
            for one in pictures
        ]

    def add_medium(
        self,
        owner: Account,
        content: bytes,
        *,
        content_type: str,
        category: str,
        alt: str = "",
    ) -> Medium:
        now = self.world.now()
        medium = Medium(
            self.state.next_id(now),
            owner.id,
            content_type,
            category,
            now,
            len(content),
            digest=self.world.media.put(content, content_type),
            size=len(content),
            alt=alt,
        )
        self.state.stored.media[medium.id] = medium
        return medium

    def pages_of(self, post: Post) -> list[Account]:
        """The landlords whom a post concerns: its author, whom it names, whose thread it is in."""
        found = {post.author: None}
        found |= {one.id: None for one in self.state.named(post.whole)}
        above: Post | None = post
        while above is not None and above.reply_to:
            above = self.state.stored.posts.get(above.reply_to)
            if above is not None:
                found[above.author] = None
        accounts = (self.state.stored.accounts[one] for one in found)
        return [account for account in accounts if account.brand]

    def _in_front(
        self, author: Account, parent: Post, text: str, without: Sequence[str]
    ) -> list[str]:
        already = {one.id for one in self.state.named(text.split(" ", 1)[0])}
        names = [self.state.stored.accounts[parent.author].username, *parent.to]
        found = (self.state.account(name) for name in dict.fromkeys(names))
        return [
            one.username
            for one in found
            if one is not None and one.id not in {author.id, *already, *without}
        ]

    def _told(self, what: str, post: Post, author: Account, *, of: str = "") -> None:
        for page in self.pages_of(post) or []:
            self.world.bus.tell(
                Happening(
                    SLUG, what, page.id, post.id, self.world.now(), author.key or author.id,
                    of or post.reply_to, post.text, bool(author.brand),
                )
            )  # fmt: skip


def too_long(text: str) -> bool:
    return weight(text) > MOST_LETTERS
