"""What a Page may do to what is public: comment, answer, change, hide, delete, ban."""

from datetime import timedelta
from typing import Any

from sandbox.graph.asking import Asked, Settings
from sandbox.graph.errors import GraphError, missing
from sandbox.graph.network import Network
from sandbox.graph.state import Account, Entry

#: The same words again so soon after are a duplicate.
_DUPLICATE = timedelta(minutes=10)


class Writing:
    def __init__(self, network: Network, settings: Settings) -> None:
        self.network = network
        self.settings = settings

    def account(self, asked: Asked, native_id: str) -> Account:
        """The account, if it may write. Raises `GraphError`."""
        account = self.network.account(native_id)
        asked.acting(account)
        if account.id in self.settings.held_back:
            raise GraphError(
                368,
                "The action attempted has been deemed abusive or is otherwise disallowed",
                subcode=1390008,
            )
        return account

    def comment(self, asked: Asked, native_id: str) -> dict[str, Any]:
        above = self.network.entry(native_id)
        account = self.account(asked, above.account)
        pictures = [self.network.world.media.put(*one) for one in asked.files.values()]
        if held := asked.text("attachment_id"):
            photo = self.network.stored.photos.get(held)
            if photo is None or photo.account != account.id:
                raise missing(held)
            pictures.append(photo.digest)
        text = asked.text("message")
        if not text and not pictures:
            raise GraphError(100, "The parameter message is required.")
        if above.closed:
            raise GraphError(10, "Comments are turned off for this media.", status=403)
        self.not_again(account, text, above.id)
        made = self.network.comment(account, account.id, text, on=above, pictures=pictures)
        return {"id": made.id}

    def not_again(self, account: Account, text: str, parent: str) -> None:
        mine = [
            one
            for one in self.network.stored.entries.values()
            if one.account == account.id and one.who == account.id and one.parent == parent
        ]
        last = mine[-1] if mine else None
        if (
            last is not None
            and not last.deleted
            and text
            and last.text == text
            and self.network.world.now() - last.at < _DUPLICATE
        ):
            raise GraphError(506, "Duplicate status message")

    def mention(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """Answer where somebody else named us."""
        account = self.account(asked, native_id)
        on = self.network.entry(asked.text("comment_id") or asked.needed("media_id"))
        if on.account != account.id:
            raise missing(on.id)
        made = self.network.comment(account, account.id, asked.needed("message"), on=on)
        return {"id": made.id}

    def update(self, asked: Asked, native_id: str) -> dict[str, Any]:
        entry = self.network.entry(native_id)
        account = self.account(asked, entry.account)
        hidden = asked.text("hide") if account.instagram else asked.text("is_hidden")
        if hidden:
            if entry.who == account.id and entry.kind == "comment":
                raise GraphError(100, "You cannot hide your own comment.")
            self.network.hide(entry, asked.flag("hide" if account.instagram else "is_hidden", True))
        if asked.text("comment_enabled"):
            entry.closed = not asked.flag("comment_enabled", True)
        if asked.text("message"):
            if entry.who != account.id or account.instagram:
                raise GraphError(200, "You can only change what your Page wrote.", status=403)
            self.network.edit(entry, asked.text("message"))
        if not entry.published and asked.flag("is_published", False):
            self.network.publish(entry)
        return {"success": True}

    def delete(self, asked: Asked, native_id: str) -> dict[str, Any]:
        entry = self.network.entry(native_id)
        self.account(asked, entry.account)
        self.network.delete(entry)
        return {"success": True}

    def like(self, asked: Asked, native_id: str) -> dict[str, Any]:
        entry: Entry = self.network.entry(native_id)
        account = self.account(asked, entry.account)
        if asked.method == "DELETE":
            entry.likes = [one for one in entry.likes if one != account.id]
        elif account.id not in entry.likes:
            entry.likes.append(account.id)
        return {"success": True}

    def ban(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.account(asked, native_id)
        people = [one for name in ("user", "psid", "uid", "asid") for one in asked.words(name)]
        if not people:
            raise GraphError(100, "Name at least one user.")
        self.set_blocked(account, people, asked.method != "DELETE")
        if asked.method == "DELETE":
            return {"success": True}
        return dict.fromkeys(people, True)

    def set_blocked(self, account: Account, people: list[str], blocked: bool) -> None:
        for one in people:
            person = self.network.stored.people.get(one)
            if person is None or person.account != account.id:
                raise GraphError(100, f"User {one} is not known to this account.")
        listed = self.network.stored.blocked.setdefault(account.id, [])
        listed[:] = [one for one in listed if one not in people] + (people if blocked else [])

    def moderate(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """People of a conversation, by their ids there; Instagram's ids go through either."""
        account = self.account(asked, native_id)
        actions = [one.upper() for one in asked.words("actions")]
        ids = [str(one["id"]) for one in asked.object("user_ids") or []]
        if not ids or len(ids) > 10 or not actions or len(actions) > 2:
            raise GraphError(100, "Give one to ten user_ids and one or two actions.")
        first = self.network.stored.people.get(ids[0])
        if first is not None and first.account == account.pair:
            account = self.network.account(account.pair)
        known = {"BLOCK_USER", "UNBLOCK_USER", "MOVE_TO_SPAM"}
        known |= set() if account.instagram else {"BAN_USER", "UNBAN_USER"}
        if unknown := [one for one in actions if one not in known]:
            raise GraphError(100, f"Unknown action {unknown[0]}.")
        if {"BLOCK_USER", "UNBLOCK_USER"} <= set(actions):
            raise GraphError(100, "A user cannot be blocked and unblocked at once.")
        if any(not self.network.chat(account, one) for one in ids):
            raise GraphError(100, "There is no conversation with this user.")
        for action in actions:
            if action != "MOVE_TO_SPAM":
                self.set_blocked(account, ids, action in ("BLOCK_USER", "BAN_USER"))
        return {"success": "true" if account.instagram else True}
