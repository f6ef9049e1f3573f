"""Nodes as the Graph shows them: every field we answer, by the node's type."""

from datetime import datetime
from typing import Any

from sandbox.graph.network import Network
from sandbox.graph.state import Account, Container, Entry, Message, Person, Photo, Upload

_WAITING = {
    "EXPIRED": "Expired: The container was not published within 24 hours.",
    "ERROR": "Error: ",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "PUBLISHED": "Published: Media has been successfully published.",
}
#: Fields that a node has although an answer may be without them.
SOMETIMES = {
    "Comment": {"parent", "attachment", "message_tags", "private_reply_conversation"},
    "PagePost": {"full_picture", "scheduled_publish_time", "message_tags", "story", "picture"},
    "IGComment": {"parent_id", "replies"},
    "IGMedia": {"alt_text", "thumbnail_url", "media_url"},
    "UnifiedThread": {"name"},
    "Page": {"access_token", "about"},
    "Message": {"attachments", "message", "tags", "sticker", "shares", "story"},
}


def when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


class Views:
    def __init__(self, network: Network) -> None:
        self.network = network

    def page(self, one: Account) -> dict[str, Any]:
        return {
            "id": one.id,
            "name": one.name,
            "username": one.handle,
            "link": f"https://www.facebook.com/{one.handle}",
            "category": "Housing association",
            "fan_count": 2011,
            "followers_count": 2042,
            "is_published": True,
            "instagram_business_account": {"id": one.pair},
        }

    def ig_user(self, one: Account) -> dict[str, Any]:
        media = [x for x in self._entries(one) if x.kind == "media"]
        return {
            "id": one.id,
            "ig_id": int(one.id[-10:]),
            "username": one.handle,
            "name": one.name,
            "biography": f"Homes and neighbourhoods of {one.name}",
            "followers_count": 1204,
            "follows_count": 31,
            "media_count": len(media),
            "website": f"https://www.{one.handle}.example/",
        }

    def person(self, one: Person) -> dict[str, Any]:
        first, _, last = one.name.partition(" ")
        return {"id": one.id, "name": one.name, "first_name": first, "last_name": last}

    def entry(self, one: Entry) -> tuple[str, dict[str, Any]]:
        """The node's type, and its fields."""
        instagram = self.network.account(one.account).instagram
        if one.kind == "comment":
            return (
                ("IGComment", self._ig_comment(one))
                if instagram
                else ("Comment", self._comment(one))
            )
        return ("IGMedia", self._ig_media(one)) if instagram else ("PagePost", self._post(one))

    def _entries(self, account: Account) -> list[Entry]:
        entries = self.network.stored.entries.values()
        return [one for one in entries if one.account == account.id and not one.deleted]

    def _from(self, who: str) -> dict[str, str]:
        return {"name": self.network.name(who), "id": who}

    def _comment(self, one: Entry) -> dict[str, Any]:
        ours = one.who == one.account
        under = [x for x in self.network.under(one.id) if not x.deleted]
        post, number = one.post, one.id.rpartition("_")[2]
        page, _, post_number = post.rpartition("_")
        said: dict[str, Any] = {
            "id": one.id,
            "message": one.text,
            "created_time": when(one.at),
            "from": self._from(one.who),
            "object": {"id": post},
            "is_hidden": one.hidden,
            "is_private": False,
            "can_hide": not ours and not one.hidden,
            "can_remove": True,
            "can_comment": True,
            "can_like": True,
            "can_reply_privately": not ours and not one.answered_privately,
            "comment_count": len(under),
            "like_count": len(one.likes),
            "user_likes": one.account in one.likes,
            "permalink_url": (
                f"https://www.facebook.com/{page}/posts/{post_number}/?comment_id={number}"
            ),
        }
        if one.parent != one.post:
            above = self.network.stored.entries[one.parent]
            said["parent"] = {
                "created_time": when(above.at),
                "from": self._from(above.who),
                "message": above.text,
                "id": above.id,
            }
        if one.pictures:
            said["attachment"] = self.attachment(one)
        if one.answered_privately:
            said["private_reply_conversation"] = {"id": f"t_{one.who}"}
        return said

    def attachment(self, one: Entry) -> dict[str, Any]:
        address = self.network.address(one.pictures[0])
        kind = "photo" if self.network.sort(one.pictures[0]) == "image" else "video_inline"
        return {
            "media": {"image": {"height": 720, "src": address, "width": 960}},
            "target": {"id": one.id.rpartition("_")[2], "url": address},
            "type": kind,
            "url": address,
        }

    def _post(self, one: Entry) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": one.id,
            "message": one.text,
            "created_time": when(one.at),
            "updated_time": when(one.edited or one.at),
            "from": self._from(one.who),
            "permalink_url": f"https://www.facebook.com/{one.id.replace('_', '/posts/')}",
            "is_hidden": one.hidden,
            "is_published": one.published,
            "is_expired": False,
            "status_type": one.form or "mobile_status_update",
            "can_reply_privately": one.kind == "visitor" and not one.answered_privately,
        }
        if one.pictures:
            said["full_picture"] = self.network.address(one.pictures[0])
        if one.due is not None:
            said["scheduled_publish_time"] = int(one.due.timestamp())
        return said

    def story(self, one: Entry) -> dict[str, Any]:
        return {
            "post_id": one.id,
            "status": "published",
            "creation_time": str(int(one.at.timestamp())),
            "media_type": self.network.sort(one.pictures[0]) if one.pictures else "",
            "media_id": one.id.rpartition("_")[2],
            "url": f"https://www.facebook.com/stories/{one.id}",
        }

    def rating(self, one: Entry) -> dict[str, Any]:
        return {
            "created_time": when(one.at),
            "recommendation_type": "negative",
            "review_text": one.text,
            "reviewer": self._from(one.who),
            "open_graph_story": {"id": one.id},
        }

    def _ig_media(self, one: Entry) -> dict[str, Any]:
        kind = {"REELS": "VIDEO", "STORIES": "IMAGE"}.get(one.form, one.form or "IMAGE")
        product = {"REELS": "REELS", "STORIES": "STORY"}.get(one.form, "FEED")
        under = [x for x in self.network.under(one.id) if not x.deleted]
        said: dict[str, Any] = {
            "id": one.id,
            "caption": one.text,
            "media_type": kind,
            "media_product_type": product,
            "permalink": f"https://www.instagram.com/p/{one.id[-11:]}/",
            "shortcode": one.id[-11:],
            "timestamp": when(one.at),
            "username": self.network.username(one.who),
            "owner": {"id": one.who},
            "comments_count": len(under),
            "like_count": len(one.likes),
            "is_comment_enabled": not one.closed,
        }
        if one.pictures:
            said["media_url"] = self.network.address(one.pictures[0])
        if one.alt:
            said["alt_text"] = one.alt
        return said

    def _ig_comment(self, one: Entry) -> dict[str, Any]:
        media = self.network.stored.entries[one.post]
        said: dict[str, Any] = {
            "id": one.id,
            "text": one.text,
            "timestamp": when(one.at),
            "username": self.network.username(one.who),
            "from": {"id": one.who, "username": self.network.username(one.who)},
            "hidden": one.hidden,
            "like_count": len(one.likes),
            "media": {
                "id": one.post,
                "media_product_type": self._ig_media(media)["media_product_type"],
            },
        }
        if one.parent != one.post:
            said["parent_id"] = one.parent
        return said

    def thread(self, account: Account, person: str) -> dict[str, Any]:
        chat = self.network.chat(account, person)
        ends = {"data": [self._party(person), self._party(account.id)]}
        unread = 0
        for one in reversed(chat):
            if one.by_page:
                break
            unread += 1
        return {
            "id": f"t_{person}",
            "link": f"/{account.id}/inbox/{person}/",
            "updated_time": when(chat[-1].at),
            "snippet": chat[-1].text[:100],
            "message_count": len(chat),
            "unread_count": unread,
            "can_reply": True,
            "is_subscribed": True,
            "scoped_thread_key": f"t_{person}",
            "participants": ends,
            "senders": ends,
        }

    def _party(self, who: str) -> dict[str, str]:
        return {**self._from(who), "email": f"{who}@facebook.com"}

    def message(self, one: Message) -> dict[str, Any]:
        ends = (one.account, one.person) if one.by_page else (one.person, one.account)
        said: dict[str, Any] = {
            "id": one.id,
            "created_time": when(one.at),
            "from": self._party(ends[0]),
            "to": {"data": [self._party(ends[1])]},
            "message": one.text,
            "tags": {"data": [{"name": "inbox"}, {"name": "source:mobile"}]},
        }
        if one.pictures:
            said["attachments"] = {"data": [self._file(digest) for digest in one.pictures]}
        return said

    def _file(self, digest: str) -> dict[str, Any]:
        content, content_type = self.network.world.media.get(digest)
        number = str(int(digest[:12], 16))
        address = self.network.address(digest)
        said: dict[str, Any] = {
            "id": number,
            "mime_type": content_type,
            "name": f"{self.network.sort(digest)}-{number}",
            "size": len(content),
        }
        match self.network.sort(digest):
            case "image":
                sizes = {"width": 960, "height": 720, "max_width": 960, "max_height": 720}
                said["image_data"] = {**sizes, "url": address, "preview_url": address}
            case "video":
                said["video_data"] = {"width": 960, "height": 544, "url": address}
            case _:
                said["file_url"] = address
        return said

    def container(self, one: Container, now: datetime) -> dict[str, Any]:
        code = standing(one, now)
        return {"id": one.id, "status_code": code, "status": _WAITING[code] + one.error}

    def photo(self, one: Photo) -> dict[str, Any]:
        address = self.network.address(one.digest)
        return {
            "id": one.id,
            "name": one.text,
            "created_time": when(one.at),
            "from": self._from(one.account),
            "link": f"https://www.facebook.com/photo/?fbid={one.id}",
            "images": [{"height": 720, "source": address, "width": 960}],
            "alt_text_custom": one.alt,
            "page_story_id": one.post,
        }

    def video(self, one: Upload) -> dict[str, Any]:
        return {
            "id": one.id,
            "description": one.text,
            "created_time": when(one.at),
            "from": self._from(one.account),
            "permalink_url": f"/{one.account}/videos/{one.id}/",
            "published": one.state == "ready",
            "post_id": one.post,
            "status": {"video_status": one.state},
        }


def standing(one: Container, now: datetime) -> str:
    if one.published:
        return "PUBLISHED"
    if one.error:
        return "ERROR"
    if (now - one.at).total_seconds() > 24 * 3600:
        return "EXPIRED"
    return "FINISHED" if one.ready is not None and one.ready <= now else "IN_PROGRESS"
