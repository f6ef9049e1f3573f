"""What happens on Facebook and Instagram, whoever does it: kept, told on the bus, called out."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.graph.calling import Calling
from sandbox.graph.errors import missing
from sandbox.graph.state import Account, Entry, Message, Person, Stored, digits
from sandbox.kernel.bus import Happening
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Impossible, Picture, Resident, World

APP_ID = digits("app", "desk", length=16, first="7")


class Network:
    def __init__(self, world: World, stored: Stored) -> None:
        self.world = world
        self.stored = stored
        self.calling = Calling(world, stored)
        for one in LANDLORDS:
            page = digits("page", one.slug, length=15, first="1")
            instagram = digits("ig", one.slug, length=17, first="1784140")
            for native_id, pair, ours in ((page, instagram, False), (instagram, page, True)):
                stored.accounts.setdefault(
                    native_id, Account(native_id, one.slug, one.name, one.handle, ours, pair)
                )

    # -- ids and people

    def number(self, first: str) -> str:
        """A new number; later ones are greater."""
        self.stored.counter += 1
        return f"{first}{self.stored.counter:012d}"

    def account(self, native_id: str) -> Account:
        """Raises `GraphError`."""
        found = self.stored.accounts.get(native_id)
        if found is None:
            raise missing(native_id)
        return found

    def person(self, account: Account, who: Resident) -> Person:
        native_id = digits("person", account.id, who.key, length=16, first="2")
        return self.stored.people.setdefault(
            native_id, Person(native_id, who.key, who.name, who.handle, account.id)
        )

    def key(self, who: str) -> str:
        """Whom the town knows by this id: a resident's key, or the account's id itself."""
        found = self.stored.people.get(who)
        return found.key if found else who

    def name(self, who: str) -> str:
        found = self.stored.people.get(who) or self.stored.accounts[who]
        return found.name

    def keep(self, pictures: Sequence[Picture]) -> list[str]:
        return [self.world.media.put(one.content, one.content_type) for one in pictures]

    def entry(self, native_id: str) -> Entry:
        """Raises `GraphError`."""
        found = self.stored.entries.get(native_id)
        if found is None or found.deleted:
            raise missing(native_id)
        return found

    # -- public

    def post(
        self, account: Account, who: str, text: str, *, kind: str = "post", **more: Any
    ) -> Entry:
        number = self.number("122" if not account.instagram else "17900")
        native_id = number if account.instagram else f"{account.id}_{number}"
        entry = Entry(native_id, account.id, kind, who, text, self.world.now(), **more)
        self.stored.entries[native_id] = entry
        if entry.published:
            self._posted(account, entry)
        return entry

    def publish(self, entry: Entry) -> None:
        """A post that waited stands now."""
        entry.published, entry.due, entry.at = True, None, self.world.now()
        self._posted(self.account(entry.account), entry)

    def _posted(self, account: Account, entry: Entry) -> None:
        what = "mentioned" if entry.who != account.id else "published"
        self._tell(account, what, entry)
        if entry.kind in ("tagged", "foreign"):
            self._mentioned(account, entry)
        elif entry.kind == "rating":
            value = {
                "item": "rating",
                "verb": "add",
                "reviewer_id": entry.who,
                "reviewer_name": self.name(entry.who),
                "review_text": entry.text,
                "recommendation_type": "NEGATIVE",
                "open_graph_story_id": entry.id,
                "created_time": int(entry.at.timestamp()),
            }
            self.calling.changed(account, "ratings", value)
        elif not account.instagram:
            self._feed(account, entry, "add")

    def comment(
        self, account: Account, who: str, text: str, *, on: Entry, pictures: list[str] | None = None
    ) -> Entry:
        """Replies to a reply land in the thread above, as on both platforms."""
        above = self.entry(on.parent) if on.kind == "comment" else on
        parent = on if on.kind != "comment" or above.kind != "comment" else above
        post = parent.post or parent.id
        number = self.number("122" if not account.instagram else "17850")
        native_id = number if account.instagram else f"{post.rpartition('_')[2]}_{number}"
        entry = Entry(
            native_id,
            account.id,
            "comment",
            who,
            text,
            self.world.now(),
            parent=parent.id,
            post=post,
            pictures=pictures or [],
        )
        self.stored.entries[native_id] = entry
        self._tell(account, "commented", entry, of=parent.id)
        if not account.instagram:
            self._feed(account, entry, "add")
        elif self.entry(post).kind == "foreign":
            self._mentioned(account, entry)
        else:
            self.calling.changed(account, "comments", self._instagram_comment(entry))
        return entry

    def edit(self, entry: Entry, text: str) -> None:
        """Instagram sends no webhook for it."""
        account = self.account(entry.account)
        entry.text, entry.edited = text, self.world.now()
        self._tell(account, "edited", entry)
        if not account.instagram:
            self._feed(account, entry, "edited")

    def delete(self, entry: Entry) -> None:
        """With everything under it. Instagram sends no webhook for it."""
        account = self.account(entry.account)
        under = [one for one in self.under(entry.id) if not one.deleted]
        for one in [*under, entry]:
            one.deleted = True
        self._tell(account, "deleted", entry)
        if not account.instagram:
            self._feed(account, entry, "remove")

    def hide(self, entry: Entry, hidden: bool) -> None:
        if entry.hidden == hidden:
            return
        account = self.account(entry.account)
        entry.hidden = hidden
        self._tell(account, "hidden" if hidden else "unhidden", entry, by_page=True)
        if not account.instagram:
            self._feed(account, entry, "hide" if hidden else "unhide")

    def under(self, native_id: str) -> list[Entry]:
        """Every comment of a post, or every answer to a comment."""
        return [
            one
            for one in self.stored.entries.values()
            if one.kind == "comment" and native_id in (one.post, one.parent)
        ]

    # -- private

    def message(
        self,
        account: Account,
        person: Person,
        text: str,
        *,
        by_page: bool,
        pictures: list[str] | None = None,
        app: str = "",
    ) -> Message:
        number = self.number("")
        made = hashlib.sha256(f"{account.id} {person.id} {number}".encode()).digest()
        native_id = ("aWdf" if account.instagram else "m_") + base64.urlsafe_b64encode(
            made
        ).decode().rstrip("=")
        message = Message(
            native_id,
            account.id,
            person.id,
            by_page,
            text,
            self.world.now(),
            pictures=pictures or [],
            app=app,
        )
        self.stored.messages[native_id] = message
        self.world.bus.tell(
            Happening(
                account.slug,
                "messaged",
                account.id,
                native_id,
                message.at,
                who=account.id if by_page else person.key,
                of=person.key if by_page else "",
                text=text,
                by_page=by_page,
                private=True,
            )
        )
        said: dict[str, Any] = {"mid": native_id}
        if text:
            said["text"] = text
        if message.pictures:
            said["attachments"] = [
                {"type": self.sort(one), "payload": {"url": self.address(one)}}
                for one in message.pictures
            ]
        if by_page:
            said |= {"is_echo": True, **({"app_id": int(app)} if app else {})}
        field = "message_echoes" if by_page else "messages"
        self.calling.messaging(account, field, {**self.between(message), "message": said})
        return message

    def unsend(self, message: Message) -> None:
        account = self.account(message.account)
        if not account.instagram:
            raise Impossible("A message on Messenger is not taken back from the Page's inbox.")
        message.deleted, message.text, message.pictures = True, "", []
        self._tell_message(account, "deleted", message)
        said = {"mid": message.id, "is_deleted": True}
        self.calling.messaging(account, "messages", {**self.between(message), "message": said})

    def rewrite(self, message: Message, text: str) -> None:
        """Messenger lets five edits be; Instagram none that its API would tell of."""
        account = self.account(message.account)
        if account.instagram or message.edits == 5:
            raise Impossible("This message cannot be edited (any more).")
        message.text, message.edits = text, message.edits + 1
        self._tell_message(account, "edited", message)
        edit = {"mid": message.id, "text": text, "num_edit": message.edits}
        self.calling.messaging(
            account, "message_edits", {**self.between(message), "message_edit": edit}
        )

    def read(self, account: Account, person: Person) -> None:
        """The resident has seen everything up to now."""
        chat = self.chat(account, person.id)
        if not chat:
            return
        read = {"watermark": int(self.world.now().timestamp() * 1000)}
        field, said = (
            ("messaging_seen", {"mid": chat[-1].id})
            if account.instagram
            else ("message_reads", read)
        )
        event = {
            "sender": {"id": person.id},
            "recipient": {"id": account.id},
            "timestamp": read["watermark"],
            "read": said,
        }
        self.calling.messaging(account, field, event)

    def between(self, message: Message) -> dict[str, Any]:
        ends = (message.account, message.person)
        sender, recipient = ends if message.by_page else ends[::-1]
        return {
            "sender": {"id": sender},
            "recipient": {"id": recipient},
            "timestamp": int(message.at.timestamp() * 1000),
        }

    def chat(self, account: Account, person: str) -> list[Message]:
        """Oldest first."""
        return [
            one
            for one in self.stored.messages.values()
            if one.account == account.id and one.person == person
        ]

    def heard_at(self, account: Account, person: str) -> datetime | None:
        """When they last wrote to us in private."""
        times = [one.at for one in self.chat(account, person) if not one.by_page]
        return times[-1] if times else None

    def sort(self, digest: str) -> str:
        kind = self.world.media.get(digest)[1].partition("/")[0]
        return kind if kind in ("image", "video", "audio") else "file"

    def address(self, digest: str) -> str:
        return self.world.media.address(digest)

    # -- telling

    def _tell(
        self, account: Account, what: str, entry: Entry, *, of: str = "", by_page: bool = False
    ) -> None:
        self.world.bus.tell(
            Happening(
                account.slug,
                what,
                account.id,
                entry.id,
                self.world.now(),
                who=account.id if by_page else self.key(entry.who),
                of=of,
                text=entry.text,
                by_page=by_page or entry.who == account.id,
            )
        )

    def _tell_message(self, account: Account, what: str, message: Message) -> None:
        who = account.id if message.by_page else self.key(message.person)
        told = Happening(
            account.slug,
            what,
            account.id,
            message.id,
            self.world.now(),
            who=who,
            text=message.text,
            by_page=message.by_page,
            private=True,
        )
        self.world.bus.tell(told)

    def _feed(self, account: Account, entry: Entry, verb: str) -> None:
        photo = entry.pictures and self.sort(entry.pictures[0]) == "image"
        value: dict[str, Any] = {
            "from": {"id": entry.who, "name": self.name(entry.who)},
            "post_id": entry.post or entry.id,
            "created_time": int((entry.edited or entry.at).timestamp()),
            "verb": verb,
        }
        if entry.kind == "comment":
            value |= {"item": "comment", "comment_id": entry.id, "parent_id": entry.parent}
            post = self.stored.entries[entry.post]
            value["post"] = {
                "id": post.id,
                "status_type": post.form or "mobile_status_update",
                "is_published": post.published,
                "permalink_url": f"https://www.facebook.com/{post.id}",
            }
        else:
            value["item"] = "photo" if photo else "post" if entry.who != account.id else "status"
        if verb != "remove":
            value["message"] = entry.text
            if photo:
                value["photo"] = self.address(entry.pictures[0])
        self.calling.changed(account, "feed", value)

    def _instagram_comment(self, entry: Entry) -> dict[str, Any]:
        media = self.stored.entries[entry.post]
        form = media.form if media.form in ("REELS", "STORIES") else "FEED"
        value: dict[str, Any] = {
            "id": entry.id,
            "from": {"id": entry.who, "username": self.username(entry.who)},
            "text": entry.text,
            "media": {
                "id": media.id,
                "media_product_type": "STORY" if form == "STORIES" else form,
            },
        }
        if entry.parent != entry.post:
            value["parent_id"] = entry.parent
        return value

    def username(self, who: str) -> str:
        found = self.stored.people.get(who) or self.stored.accounts[who]
        return found.handle

    def _mentioned(self, account: Account, entry: Entry) -> None:
        if account.instagram:
            value: dict[str, Any] = {"media_id": entry.post or entry.id}
            if entry.kind == "comment":
                value["comment_id"] = entry.id
            self.calling.changed(account, "mentions", value)
            return
        value = {
            "sender_id": entry.who,
            "sender_name": self.name(entry.who),
            "item": "post",
            "post_id": entry.id,
            "verb": "add",
            "message": entry.text,
            "permalink_url": f"https://www.facebook.com/{entry.id}",
            "created_time": int(entry.at.timestamp()),
        }
        self.calling.changed(account, "mention", value)
