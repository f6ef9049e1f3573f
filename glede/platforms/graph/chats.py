"""Private messages over the Graph: the list of conversations, and what we may send when.

Sources: developers.facebook.com/docs/messenger-platform with /reference/send-api,
/policy/policy-overview, /discovery/private-replies and /instagram/features.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from glede.platforms.contract import (
    Kind,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    RawEvent,
    Receipt,
    Refused,
)
from glede.platforms.graph import events
from glede.platforms.graph.errors import Denied
from glede.platforms.graph.messages import CHAT
from glede.platforms.graph.transport import Graph, Said, fewer
from glede.platforms.graph.values import (
    Json,
    id_of,
    list_of,
    object_of,
    text_of,
    time_of,
)

MESSAGE = "message"

#: How long after a person's last word anybody, and a person of ours, may still write to them.
ANYBODY = timedelta(hours=24)
A_PERSON = timedelta(days=7)
#: How long after a public item one private reply may be made to it.
PRIVATE_REPLY = timedelta(days=7)

#: The platform's clock and ours may differ so much, and it rounds to seconds.
TOLERANCE = timedelta(seconds=30)

_MESSAGE_FIELDS = (
    "id,created_time,from,to,message,"
    "attachments{id,mime_type,name,image_data,video_data,file_url},shares{link},story",
    "id,created_time,from,to,message,attachments{id,mime_type,name,image_data,video_data,file_url}",
    "id,created_time,from,to,message",
)
_AT_ONCE = 20
_MOST_PAGES = 20
#: Ids of public items are numbers; those of messages never are.
_PUBLIC = re.compile(r"\d+(_\d+)?")


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between Messenger and Instagram. `node` is the Page, or the account itself."""

    platform: str
    node: str
    account: str
    most: int
    counted_in: str  # characters | bytes


# --- Coming in -----------------------------------------------------------------------------------


def recent(
    graph: Graph, manner: Manner, *, since: datetime, now: datetime, most: int = _MOST_PAGES
) -> list[RawEvent]:
    """Messages written since, oldest first."""
    path = f"{manner.node}/conversations"
    params = {"platform": manner.platform, "limit": _AT_ONCE}
    choices = [_with_messages(fields) for fields in _MESSAGE_FIELDS]
    first, fields = fewer(graph, path, choices, params, now=now)
    found: list[Json] = []
    params = {**params, "fields": fields}
    for page in graph.pages(path, params, now=now, first=first, most=most):
        for conversation in page:
            updated = time_of(conversation, "updated_time")
            if updated is None or updated >= since:
                found += _since(graph, conversation, since=since, now=now)
        if page and (_oldest(page, "updated_time") or since) < since:
            break
    found.sort(key=lambda one: text_of(one, "created_time"))
    return [as_event(manner.account, one, now=now) for one in found]


def _with_messages(fields: str) -> str:
    return f"id,updated_time,messages.limit({_AT_ONCE}){{{fields}}}"


def _since(graph: Graph, conversation: Json, *, since: datetime, now: datetime) -> Iterator[Json]:
    conversation_id = text_of(conversation, "id")
    first = object_of(conversation, "messages")
    params = {"fields": _MESSAGE_FIELDS[-2], "limit": _AT_ONCE}
    edge = f"{conversation_id}/messages"
    for page in graph.pages(edge, params, now=now, first=first, most=_MOST_PAGES):
        for message in page:
            at = time_of(message, "created_time")
            if at is not None and at >= since:
                yield message
        if (_oldest(page, "created_time") or now) < since:
            return


def as_event(account: str, message: Json, *, now: datetime, changed: bool = False) -> RawEvent:
    state = [text_of(message, "message"), len(list_of(object_of(message, "attachments"), "data"))]
    return events.seen(account, MESSAGE, message, now=now, changed=changed, state=state)


def one(graph: Graph, native_id: str, *, now: datetime) -> Json:
    found, _ = fewer(graph, native_id, _MESSAGE_FIELDS, {}, now=now)
    return found


def _oldest(page: Sequence[Json], name: str) -> datetime | None:
    return min(filter(None, (time_of(one, name) for one in page)), default=None)


# --- Going out -----------------------------------------------------------------------------------


def is_private_reply(message: OutboundMessage) -> bool:
    """Private, and in answer to something public: the one private reply that it may have."""
    if message.parent_kind is not None:
        return message.parent_kind is not Kind.MESSAGE
    return _PUBLIC.fullmatch(message.parent) is not None


def send(graph: Graph, manner: Manner, message: OutboundMessage, *, now: datetime) -> Receipt:
    _fitting(manner, message)
    if is_private_reply(message):
        return _private_reply(graph, manner, message, now=now)
    person = _person(message)
    if not person:
        raise Refused("It is not known to whom this message would go.")
    terms = _terms(message, now=now)
    held = [_attach(graph, manner, one, now=now) for one in message.media]
    sent: Receipt | None = None
    contents: list[Json] = [
        {"attachment": {"type": kind, "payload": {"attachment_id": attachment}}}
        for kind, attachment in held
    ]
    if message.text:
        contents.append({"text": message.text})
    for content in contents:
        try:
            sent = _say(graph, manner, {"id": person}, content, terms, message, now=now)
        except Refused as refusal:
            if sent is not None:
                raise Refused(f"A picture or film went, the rest did not. {refusal}") from refusal
            raise
    if sent is None:
        raise Refused("There is nothing to send.")
    return sent


def _say(
    graph: Graph,
    manner: Manner,
    recipient: Json,
    content: Json,
    terms: Json,
    message: OutboundMessage,
    *,
    now: datetime,
) -> Receipt:
    given: Json = {"recipient": recipient, "message": content, **terms}
    path = f"{manner.node}/messages"
    try:
        said = graph.post(path, given, now=now)
    except Denied as refusal:
        # We were not told when they last wrote: the platform knows, and a person may answer longer.
        again = refusal.outside_window and message.heard_at is None and not message.automatic
        if not again or "id" not in recipient:
            raise
        said = graph.post(path, {**given, **_HUMAN}, now=now)
    return _receipt(said)


_HUMAN: Json = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
_RESPONSE: Json = {"messaging_type": "RESPONSE"}


def _terms(message: OutboundMessage, *, now: datetime) -> Json:
    """In which window we are. The tag for people is never used by a machine."""
    if message.heard_at is None or now - message.heard_at < ANYBODY:
        return _RESPONSE
    if message.automatic:
        raise Refused(
            "They last wrote more than 24 hours ago: after that only a person may write to them."
        )
    if now - message.heard_at < A_PERSON:
        return _HUMAN
    raise Refused(
        "They last wrote more than 7 days ago: a private message can no longer be sent. Answer in "
        "public, or wait until they write again."
    )


def _private_reply(
    graph: Graph, manner: Manner, message: OutboundMessage, *, now: datetime
) -> Receipt:
    if message.automatic:
        raise Refused(
            "There is one private reply to a public comment, and it is kept for a person's answer."
        )
    if message.heard_at is not None and now - message.heard_at >= PRIVATE_REPLY:
        raise Refused(
            "A private reply can be made for 7 days. Answer in public, and ask them to write to us."
        )
    if message.media:
        raise Refused("A private reply to a comment takes words only.")
    named = "post_id" if message.parent_kind is Kind.POST else "comment_id"
    return _say(
        graph, manner, {named: message.parent}, {"text": message.text}, {}, message, now=now
    )


def _attach(graph: Graph, manner: Manner, media: Media, *, now: datetime) -> tuple[str, str]:
    """Brought to the platform first, where nobody sees it until it is sent."""
    kind = media.kind if media.kind in {"image", "video", "audio"} else "file"
    if not media.content:
        raise Refused("A picture or film to send has no content.")
    wanted = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
    said = graph.post(
        f"{manner.node}/message_attachments",
        {"message": wanted, "platform": manner.platform},
        files={"filedata": ("attachment", media.content, media.content_type)},
        now=now,
        write=False,
    )
    attachment = id_of(said.data, "attachment_id")
    if not attachment:
        raise Refused("The platform took the picture or film but gave it no id.")
    return kind, attachment


def _fitting(manner: Manner, message: OutboundMessage) -> None:
    if not message.text.strip() and not message.media:
        raise Refused("There is nothing to send.")
    long = len(message.text.encode()) if manner.counted_in == "bytes" else len(message.text)
    if long > manner.most:
        raise Refused(
            f"A private message has at most {manner.most:,} {manner.counted_in}; this has {long:,}."
        )


def _person(message: OutboundMessage) -> str:
    if message.to:
        return message.to
    return message.root.removeprefix(CHAT) if message.root.startswith(CHAT) else ""


def _receipt(said: Said) -> Receipt:
    native_id = text_of(said.data, "message_id")
    if not native_id:
        raise OutcomeUnknown("The platform took it but did not say under which id.")
    return Receipt(native_id=native_id, at=said.at)


# --- What stands there ---------------------------------------------------------------------------


def read_back(
    graph: Graph, manner: Manner, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """The message of ours with these words, sent since it was queued."""
    since = message.queued_at - TOLERANCE
    person = "" if is_private_reply(message) else _person(message)
    path = f"{manner.node}/conversations"
    params = {
        "platform": manner.platform,
        "limit": _AT_ONCE,
        "user_id": person,
        "fields": _with_messages(_MESSAGE_FIELDS[-1]),
    }
    for page in graph.pages(path, params, now=now, most=_MOST_PAGES):
        for conversation in page:
            for found in _since(graph, conversation, since=since, now=now):
                if _is_ours(found, manner, message):
                    at = time_of(found, "created_time") or now
                    return Receipt(native_id=text_of(found, "id"), at=at)
        if page and (_oldest(page, "updated_time") or now) < since:
            break
    return None


def _is_ours(found: Json, manner: Manner, message: OutboundMessage) -> bool:
    author = id_of(object_of(found, "from"), "id")
    return author == manner.account and same_words(text_of(found, "message"), message.text)


def same_words(one: str, other: str) -> bool:
    """The platforms trim and fold white space."""
    return one.split() == other.split()
