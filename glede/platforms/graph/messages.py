"""Private messages, of Messenger and of Instagram: as they are called to us, and as lists have
them. Both have one shape, and both make the same values."""

from collections.abc import Iterator
from typing import Any

from glede.platforms.contract import (
    Author,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Media,
    Post,
    Written,
)
from glede.platforms.graph.values import (
    Json,
    clean,
    good_until,
    id_of,
    list_of,
    object_of,
    text_of,
    time_of,
    web,
)

#: A private chat has no id in what is called to us: it is known by whom it is with.
CHAT = "chat/"

_MOST_MEDIA = 20
_KINDS = {"image": "image", "video": "video", "audio": "audio", "file": "file", "reel": "video"}
_SHOWN = {
    "story_mention": "image",
    "ig_reel": "video",
    "ig_post": "image",
    "ig_story": "image",
    "share": "image",
}

#: Items of a chat that ask for no answer; what each is, in words.
_SILENT = {
    "delivery": "It says that our message arrived.",
    "read": "It says that our message was read.",
    "reaction": "It is a reaction to a message.",
    "referral": "It says by which link they came.",
    "optin": "It says that they agreed to be written to.",
    "pass_thread_control": "It hands the chat from one app to another.",
    "take_thread_control": "It hands the chat from one app to another.",
    "request_thread_control": "An app asks for the chat to be handed over.",
    "app_roles": "It says which app does what.",
    "account_linking": "It says that an account was linked.",
}


def called(item: object, account: str, *, stranger: str) -> InboundEvent:
    """One entry of `messaging` or `standby`. `stranger` is what a nameless person is called."""
    if not isinstance(item, dict):
        return Ignored("An item of a chat is no object.")
    message = item.get("message")
    if type(message) is dict:
        return _message(item, message, account, stranger)
    edit = item.get("message_edit")
    if type(edit) is dict:
        return _edit(item, edit, account, stranger)
    if "postback" in item:
        return _postback(item, account, stranger)
    if "policy_enforcement" in item:
        said = object_of(item, "policy_enforcement")
        return Ignored(
            f"The platform enforces its policy: {text_of(said, 'action')} {text_of(said, 'reason')}"
        )
    for name, why in _SILENT.items():
        if name in item:
            return Ignored(why)
    return Ignored("An item of a chat of a kind that is not known here.")


def _message(item: Json, message: Json, account: str, stranger: str) -> InboundEvent:
    mid, at = text_of(message, "mid"), time_of(item, "timestamp")
    sender, recipient = _id(item, "sender"), _id(item, "recipient")
    if not mid or at is None:
        return Ignored("A message without an id or a time.")
    if message.get("is_deleted") is True:
        return Deleted(account, mid, at)
    ours = message.get("is_echo") is True or sender == account
    person = recipient if ours else sender
    if not person:
        return Ignored("A message that does not say who wrote it.")
    attachments = list_of(message, "attachments")
    story = object_of(object_of(message, "reply_to"), "story")
    links = [*_links(attachments), *filter(None, [web(story.get("url"))])]
    return Written(
        Post(
            native_id=mid,
            account=account,
            author=_author(account if ours else person, "", stranger),
            text=text_of(message, "text"),
            at=at,
            kind=Kind.MESSAGE,
            thread=CHAT + person,
            parent=text_of(object_of(message, "reply_to"), "mid"),
            private=True,
            ours=ours,
            media=tuple(_media(attachments)) if attachments else (),
            links=tuple(links),
        )
    )


def _edit(item: Json, edit: Json, account: str, stranger: str) -> InboundEvent:
    mid, at, person = text_of(edit, "mid"), time_of(item, "timestamp"), _id(item, "sender")
    if not mid or at is None or not person:
        return Ignored("An edit without an id, a time or an author.")
    ours = person == account
    other = _id(item, "recipient") if ours else person
    return Edited(
        Post(
            native_id=mid,
            account=account,
            author=_author(person, "", stranger),
            text=text_of(edit, "text"),
            at=at,
            kind=Kind.MESSAGE,
            thread=CHAT + other,
            private=True,
            ours=ours,
        ),
        at,
    )


def _postback(item: Json, account: str, stranger: str) -> InboundEvent:
    """A button was pressed: its words are what the person said."""
    said = object_of(item, "postback")
    mid, at, person = text_of(said, "mid"), time_of(item, "timestamp"), _id(item, "sender")
    title = text_of(said, "title")
    if not mid or at is None or not person or not title:
        return Ignored("A button was pressed that says nothing.")
    return Written(
        Post(
            native_id=mid,
            account=account,
            author=_author(person, "", stranger),
            text=title,
            at=at,
            kind=Kind.MESSAGE,
            thread=CHAT + person,
            private=True,
        )
    )


def listed(body: Json, account: str, *, stranger: str) -> InboundEvent:
    """A message as the conversation's list has it (`chats.py` asks for it)."""
    message = object_of(body, "item")
    native_id, at = text_of(message, "id"), time_of(message, "created_time")
    writer = object_of(message, "from")
    author = id_of(writer, "id")
    person = other_than(account, message)
    if not native_id or at is None or not author or not person:
        return Ignored("A listed message without an id, a time or an author.")
    attachments = list_of(object_of(message, "attachments"), "data")
    story = object_of(object_of(message, "story"), "reply_to")
    links = [web(one.get("link")) for one in _objects(object_of(message, "shares"))]
    links.append(web(story.get("link")))
    post = Post(
        native_id=native_id,
        account=account,
        author=_author(author, text_of(writer, "name") or text_of(writer, "username"), stranger),
        text=text_of(message, "message"),
        at=at,
        kind=Kind.MESSAGE,
        thread=CHAT + person,
        private=True,
        ours=author == account,
        media=tuple(_listed_media(attachments)),
        links=tuple(filter(None, links)),
    )
    seen = time_of(body, "seen")
    return Edited(post, seen) if body.get("changed") is True and seen else Written(post)


def other_than(account: str, message: Json) -> str:
    """The person in a chat, among those it is from and to."""
    found = [id_of(object_of(message, "from"), "id")]
    found += [id_of(one, "id") for one in list_of(object_of(message, "to"), "data")]
    return next((one for one in found if one and one != account), "")


def _author(native_id: str, name: str, stranger: str) -> Author:
    return Author(native_id, name or f"{stranger} {native_id[-4:]}", stand_in=not name)


def _id(item: Json, name: str) -> str:
    return id_of(item.get(name), "id")


def _objects(edge: Json) -> Iterator[Json]:
    return (one for one in list_of(edge, "data") if isinstance(one, dict))


def _media(attachments: list[Any]) -> Iterator[Media]:
    for one in attachments[:_MOST_MEDIA]:
        word = text_of(one, "type")
        kind = _KINDS.get(word) or _SHOWN.get(word)
        url = web(object_of(one, "payload").get("url"))
        if kind and url:
            alt = text_of(object_of(one, "payload"), "title")
            yield Media(kind=kind, alt=alt, url=url, expires_at=good_until(url))


def _links(attachments: list[Any]) -> Iterator[str]:
    """A link that somebody shared comes as an attachment with nothing to show."""
    for one in attachments[:_MOST_MEDIA]:
        if text_of(one, "type") not in _KINDS:
            url = web(object_of(one, "payload").get("url")) or web(_plain(one, "url"))
            if url:
                yield url


def _plain(one: object, name: str) -> str:
    found = one.get(name) if isinstance(one, dict) else None
    return clean(found) if isinstance(found, str) else ""


def _listed_media(attachments: list[Any]) -> Iterator[Media]:
    for one in attachments[:_MOST_MEDIA]:
        word = text_of(one, "mime_type")
        for name, kind in (("image_data", "image"), ("video_data", "video")):
            data = object_of(one, name)
            if url := web(data.get("url")):
                yield Media(
                    kind=kind,
                    url=url,
                    content_type=word,
                    width=_size(data, "width"),
                    height=_size(data, "height"),
                    expires_at=good_until(url),
                )
                break
        else:
            if url := web(_plain(one, "file_url")):
                kind = "audio" if word.startswith("audio/") else "file"
                name = text_of(one, "name")
                yield Media(kind, name, url, content_type=word, expires_at=good_until(url))


def _size(data: Json, name: str) -> int:
    found = data.get(name)
    return found if type(found) is int and 0 < found < 1_000_000 else 0
