"""What the Graph shows: nodes with the fields that were asked for, and lists in pages."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.graph.asking import Asked, Settings, moment
from sandbox.graph.errors import GraphError, missing
from sandbox.graph.fields import Field, kept, selected
from sandbox.graph.network import APP_ID, Network
from sandbox.graph.state import Account, Entry
from sandbox.graph.views import SOMETIMES, Views

_DEFAULT = {
    "Comment": ("created_time", "from", "message", "id"),
    "PagePost": ("created_time", "message", "story", "id"),
    "IGComment": ("timestamp", "text", "id"),
    "IGMedia": ("id",),
    "IGUser": ("id",),
    "Page": ("name", "id"),
    "User": ("name", "id"),
    "UnifiedThread": ("id", "updated_time", "link"),
    "Message": ("id", "created_time"),
    "IGContainer": ("id",),
    "Photo": ("created_time", "name", "id"),
    "AdVideo": ("updated_time", "description", "id"),
    "ContentPublishingLimitResponse": ("quota_usage",),
}
_MOST = 100
_USUAL = 25

type Node = tuple[str, dict[str, Any]]


class Reading:
    def __init__(self, network: Network, settings: Settings) -> None:
        self.network = network
        self.views = Views(network)
        self.settings = settings
        self._edges: dict[str, Callable[[Asked, str, Field], list[Node]]] = {
            "comments": self._comments,
            "replies": self._comments,
            "likes": self._likes,
            "feed": self._posts("post", "visitor"),
            "posts": self._posts("post"),
            "published_posts": self._posts("post"),
            "visitor_posts": self._posts("visitor"),
            "tagged": self._posts("tagged"),
            "tags": self._posts("foreign"),
            "media": self._posts("media"),
            "stories": self._stories,
            "scheduled_posts": self._scheduled,
            "ratings": self._ratings,
            "conversations": self._conversations,
            "messages": self._messages,
            "attachments": self._attachments,
            "photos": self._photos,
            "videos": self._videos,
            "video_reels": self._videos,
            "blocked": self._blocked,
            "subscribed_apps": self._subscribed,
            "content_publishing_limit": self._limit,
        }

    # -- nodes

    def node(self, asked: Asked, native_id: str) -> dict[str, Any]:
        return self._shown(asked, self._find(asked, native_id), selected(asked.text("fields")))

    def _find(self, asked: Asked, native_id: str) -> Node:
        stored = self.network.stored
        if native_id in stored.accounts:
            account = stored.accounts[native_id]
            if account.instagram:
                return "IGUser", self.views.ig_user(account)
            return "Page", {**self.views.page(account), **self._page_token(asked, native_id)}
        if native_id in stored.people:
            return "User", self.views.person(stored.people[native_id])
        if native_id.startswith("t_"):
            return "UnifiedThread", self._thread(native_id)
        if native_id in stored.messages and not stored.messages[native_id].deleted:
            return "Message", self.views.message(stored.messages[native_id])
        if native_id in stored.containers:
            return "IGContainer", self.views.container(stored.containers[native_id], asked.now)
        if native_id in stored.photos:
            return "Photo", self.views.photo(stored.photos[native_id])
        if native_id in stored.uploads:
            return "AdVideo", self.views.video(stored.uploads[native_id])
        return self.views.entry(self.network.entry(native_id))

    def _page_token(self, asked: Asked, page: str) -> dict[str, str]:
        """A token for the Page, for a user who runs it, or itself."""
        token = asked.token
        if token is None:
            return {}
        tokens = self.network.stored.tokens.values()
        mine = [one for one in tokens if one.kind == "PAGE" and one.page == page]
        if token.kind == "PAGE" and token.page != page:
            return {}
        return {"access_token": token.value if token.kind == "PAGE" else mine[0].value}

    def _thread(self, native_id: str) -> dict[str, Any]:
        person = self.network.stored.people.get(native_id.removeprefix("t_"))
        if person is None:
            raise missing(native_id)
        account = self.network.account(person.account)
        if not self.network.chat(account, person.id):
            raise missing(native_id)
        return self.views.thread(account, person.id)

    def _shown(self, asked: Asked, node: Node, fields: list[Field]) -> dict[str, Any]:
        """Raises `GraphError`: one field that is refused or unknown fails the whole call."""
        kind, said = node
        if not fields:
            usual = _DEFAULT.get(kind)
            return {name: said[name] for name in usual if name in said} if usual else said
        shown: dict[str, Any] = {}
        for one in fields:
            if one.name in self.settings.refused_fields:
                raise GraphError(
                    10, f"This call needs a permission for the field {one.name}.", status=403
                )
            if one.name.startswith("mentioned_") and kind == "IGUser":
                shown[one.name] = self._mention(asked, said["id"], one)
            elif one.name in said:
                shown[one.name] = kept(said[one.name], one.inner)
            elif one.name in self._edges:
                shown[one.name] = self._list(asked, said["id"], one)
            elif one.name not in SOMETIMES.get(kind, ()):
                raise GraphError(
                    100, f"Tried accessing nonexistent field ({one.name}) on node type ({kind})"
                )
        if "id" in said:
            shown["id"] = said["id"]
        return shown

    def _mention(self, asked: Asked, account: str, one: Field) -> dict[str, Any]:
        name = "comment_id" if one.name == "mentioned_comment" else "media_id"
        entry = self.network.entry(one.arguments.get(name, ""))
        if entry.account != account:
            raise missing(entry.id)
        return self._shown(asked, self.views.entry(entry), one.inner)

    # -- lists

    def edge(self, asked: Asked, native_id: str, name: str) -> dict[str, Any]:
        if name not in self._edges:
            raise GraphError(2500, f"Unknown path components: /{name}", status=400)
        return self._list(
            asked, native_id, Field(name, dict(asked.given), selected(asked.text("fields")))
        )

    def _list(self, asked: Asked, native_id: str, one: Field) -> dict[str, Any]:
        found = self._edges[one.name](asked, native_id, one)
        page, paging = self._page(asked, native_id, one, found)
        said: dict[str, Any] = {"data": [self._shown(asked, node, one.inner) for node in page]}
        if paging:
            said["paging"] = paging
        if one.arguments.get("summary", "").lower() in ("true", "1", "total_count"):
            order = one.arguments.get("order", "chronological")
            said["summary"] = {"order": order, "total_count": len(found), "can_comment": True}
        return said

    def _page(
        self, asked: Asked, native_id: str, one: Field, found: list[Node]
    ) -> tuple[list[Node], dict[str, Any]]:
        limit = one.arguments.get("limit", "")
        most = max(1, min(int(limit), _MOST)) if limit.isdecimal() else _USUAL
        after, before = one.arguments.get("after", ""), one.arguments.get("before", "")
        if before:
            end = _position(before)
            start = max(end - most, 0)
        else:
            start = _position(after) if after else 0
            end = start if self.settings.empty_first_page and not after else start + most
        page = found[start:end]
        if not page and start >= len(found):
            return [], {}
        paging: dict[str, Any] = {"cursors": {"before": _mark(start), "after": _mark(end)}}
        address = f"{asked.base}/{native_id}/{one.name}?"
        given = {
            name: value
            for name, value in one.arguments.items()
            if name not in ("after", "before", "appsecret_proof")
        }
        given.setdefault("access_token", asked.text("access_token"))
        if "fields" not in given and one.inner:
            given["fields"] = _written(one.inner)
        if end < len(found):
            paging["next"] = address + urlencode({**given, "after": _mark(end)})
        if start > 0:
            paging["previous"] = address + urlencode({**given, "before": _mark(start)})
        return page, paging

    def _account(self, asked: Asked, native_id: str, *, own: bool = True) -> Account:
        account = self.network.account(native_id)
        if own:
            asked.acting(account)
        return account

    def _entries(self, one: Field, entries: Sequence[Entry], *, newest: bool) -> list[Node]:
        since = moment(one.arguments.get("since", ""))
        until = moment(one.arguments.get("until", ""))
        found = [
            x
            for x in entries
            if not x.deleted
            and (since is None or int(x.at.timestamp()) >= since.timestamp())
            and (until is None or int(x.at.timestamp()) < until.timestamp())
        ]
        found.sort(key=lambda x: x.at, reverse=newest)
        return [self.views.entry(x) for x in found]

    def _comments(self, asked: Asked, native_id: str, one: Field) -> list[Node]:
        """Of a post: those straight under it, or with filter=stream all of them."""
        above = self.network.entry(native_id)
        account = self._account(asked, above.account)
        stream = one.arguments.get("filter") == "stream" and above.kind != "comment"
        found = [x for x in self.network.under(native_id) if stream or x.parent == native_id]
        order = one.arguments.get("order", "")
        newest = (account.instagram and above.kind != "comment") or order == "reverse_chronological"
        return self._entries(one, found, newest=newest)

    def _posts(self, *kinds: str, form: str = "") -> Callable[[Asked, str, Field], list[Node]]:
        def found(asked: Asked, native_id: str, one: Field) -> list[Node]:
            account = self._account(asked, native_id)
            entries = [
                x
                for x in self.network.stored.entries.values()
                if x.account == account.id
                and x.kind in kinds
                and x.published
                and (x.form == form if form else x.form != "STORIES")
            ]
            return self._entries(one, entries, newest=True)

        return found

    def _stories(self, asked: Asked, native_id: str, one: Field) -> list[Node]:
        """An account's are media; a Page's are nodes of their own that name the post."""
        account = self._account(asked, native_id)
        found = self._posts("media" if account.instagram else "post", form="STORIES")
        nodes = found(asked, native_id, one)
        if account.instagram:
            return nodes
        entries = (self.network.entry(said["id"]) for _, said in nodes)
        return [("Stories", self.views.story(x)) for x in entries]

    def _scheduled(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        return [
            self.views.entry(x)
            for x in self.network.stored.entries.values()
            if x.account == account.id and x.due is not None and not x.deleted
        ]

    def _ratings(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        return [
            ("Recommendation", self.views.rating(x))
            for x in reversed(self.network.stored.entries.values())
            if x.account == account.id and x.kind == "rating" and not x.deleted
        ]

    def _likes(self, _asked: Asked, native_id: str, _one: Field) -> list[Node]:
        entry = self.network.entry(native_id)
        return [("Profile", {"id": x, "name": self.network.name(x)}) for x in entry.likes]

    def _conversations(self, asked: Asked, native_id: str, one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        if one.arguments.get("platform", "").upper() == "INSTAGRAM" and not account.instagram:
            account = self.network.account(account.pair)
        wanted = one.arguments.get("user_id", "")
        last = {
            x.person: x.at
            for x in self.network.stored.messages.values()
            if x.account == account.id and wanted in ("", x.person)
        }
        return [
            ("UnifiedThread", self.views.thread(account, person))
            for person in sorted(last, key=lambda person: last[person], reverse=True)
        ]

    def _messages(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        self._thread(native_id)
        person = self.network.stored.people[native_id.removeprefix("t_")]
        account = self._account(asked, person.account)
        chat = self.network.chat(account, person.id)
        return [("Message", self.views.message(x)) for x in reversed(chat) if not x.deleted]

    def _attachments(self, _asked: Asked, native_id: str, _one: Field) -> list[Node]:
        message = self.network.stored.messages.get(native_id)
        if message is not None:
            listed = self.views.message(message).get("attachments", {"data": []})["data"]
            return [("Attachment", x) for x in listed]
        entry = self.network.entry(native_id)
        return [("StoryAttachment", self.views.attachment(entry))] if entry.pictures else []

    def _photos(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        photos = self.network.stored.photos.values()
        return [("Photo", self.views.photo(x)) for x in photos if x.account == account.id]

    def _videos(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        films = self.network.stored.uploads.values()
        return [("AdVideo", self.views.video(x)) for x in films if x.account == account.id]

    def _blocked(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        return [
            ("Profile", {"id": x, "name": self.network.name(x)})
            for x in self.network.stored.blocked.get(account.id, [])
        ]

    def _subscribed(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        if not account.fields:
            return []
        app = {"id": APP_ID, "name": "The landlord's desk", "subscribed_fields": account.fields}
        return [("Application", app)]

    def _limit(self, asked: Asked, native_id: str, _one: Field) -> list[Node]:
        account = self._account(asked, native_id)
        day = asked.now.timestamp() - 86400
        used = [x for x in self.network.stored.published.get(account.id, []) if x.timestamp() > day]
        config = {"quota_total": self.settings.posts_a_day, "quota_duration": 86400}
        said = {"quota_usage": len(used), "config": config}
        return [("ContentPublishingLimitResponse", said)]


def _mark(position: int) -> str:
    return base64.urlsafe_b64encode(f"at {position}".encode()).decode().rstrip("=")


def _position(mark: str) -> int:
    try:
        text = base64.urlsafe_b64decode(mark + "==").decode()
        return int(text.removeprefix("at "))
    except (ValueError, binascii.Error) as error:
        raise GraphError(100, "Invalid parameter: the cursor is not valid.") from error


def _written(fields: list[Field]) -> str:
    def one(x: Field) -> str:
        arguments = "".join(f".{name}({value})" for name, value in x.arguments.items())
        return x.name + arguments + (f"{{{_written(x.inner)}}}" if x.inner else "")

    return ",".join(one(x) for x in fields)
