"""Sends posts, answers and private messages; X has no key of ours, so what stands is read back.

The confirmed time is X's: it is in the id that X made.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from glede.platforms.contract import (
    AnswerThere,
    Form,
    Gone,
    Kind,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.untrusted import list_at, object_at, text_at, time_at, value_at
from glede.platforms.x import names, text
from glede.platforms.x.calls import Calls, Denied
from glede.platforms.x.capabilities import (
    LONGEST_ALT,
    MESSAGE,
    MESSAGE_READ,
    MOST_BYTES,
    MOST_IMAGES,
    MOST_IN_MESSAGE,
    OWN_READ,
    POST,
    POST_WITH_LINK,
    REPLY,
)
from glede.platforms.x.collect import Fields

type Json = dict[str, Any]

#: X's clock and ours may differ by so much.
_SKEW = timedelta(minutes=1)
#: How far back an answer of ours is looked for, in pages of a hundred.
_MOST_PAGES = 3
#: An id whose time is further from ours than this was not made by X's scheme.
_BELIEVED = timedelta(days=1)

#: X takes parts of a file of at most this size
#: (https://docs.x.com/x-api/media/quickstart/media-upload-chunked).
_PART_BYTES = 4 * 1024 * 1024
_MOST_LOOKS = 60

_SCHEDULE = "X publishes at once. The desk itself sends what is planned when it is due."


def send(
    calls: Calls, us: str, message: OutboundMessage, *, fields: Fields, now: datetime
) -> Receipt:
    said = words(message)
    if message.private:
        return _message(calls, message, said, now=now)
    fitting(message, said)
    media_ids = [_upload(calls, one, "tweet", now=now) for one in message.media]
    data: Json = {"text": said} if said else {}
    if media_ids:
        data["media"] = {"media_ids": media_ids}
    if message.parent:
        data["reply"] = {"in_reply_to_tweet_id": message.parent_revision or message.parent}
    price = POST_WITH_LINK if text.has_link(said) else REPLY if message.parent else POST
    try:
        answer = calls.write("POST", "/2/tweets", data, now=now, price=price)
    except Denied as refusal:
        return _denied(calls, us, message, refusal, fields=fields, now=now)
    native_id = text_at(answer, "data", "id")
    if not native_id:
        raise OutcomeUnknown("X took it but did not say under which id.")
    return _receipt(native_id, now=now)


def read_back(
    calls: Calls, us: str, message: OutboundMessage, *, fields: Fields, now: datetime
) -> Receipt | None:
    said = words(message)
    if message.private:
        return _sent_message(calls, us, message, said, now=now)
    return _standing(calls, us, message, said, fields=fields, now=now)


def words(message: OutboundMessage) -> str:
    address = message.publication.address if message.publication else ""
    return f"{message.text}\n{address}".strip() if address else message.text


def fitting(message: OutboundMessage, said: str) -> None:
    """Refuses what X would refuse."""
    plan = message.publication
    if plan is not None and plan.form is not Form.POST:
        raise Refused(f"X has no {plan.form.value}; publish it as a post.")
    if plan is not None and plan.at is not None:
        raise Refused(_SCHEDULE)
    if not said.strip() and not message.media:
        raise Refused("There is nothing to send.")
    weight = text.count(said)
    if weight > text.MOST:
        raise Refused(f"X takes {text.MOST} characters as it counts them; this has {weight}.")
    media_fitting(message.media)


def media_fitting(media: Sequence[Media]) -> None:
    films = [one for one in media if one.kind == "video" or one.content_type == "image/gif"]
    if films and len(media) > 1:
        raise Refused("X takes one film or moving picture in a post, and nothing beside it.")
    if len(media) > MOST_IMAGES:
        raise Refused(f"X takes {MOST_IMAGES} images; there are {len(media)}.")
    for one in media:
        family = one.content_type.partition("/")[0]
        if one.kind not in ("image", "video") or family != one.kind:
            raise Refused("X takes images and films only.")
        if one.kind == "image" and not one.alt.strip():
            raise Refused("Every image needs a description (alt text).")
        if len(one.alt) > LONGEST_ALT:
            raise Refused(f"X takes descriptions of at most {LONGEST_ALT} characters.")
        most = MOST_BYTES.get(one.content_type) or MOST_BYTES[family]
        if not one.content:
            raise Refused("An image or film has no content.")
        if len(one.content) > most:
            raise Refused(f"X takes at most {most:,} bytes; one has {len(one.content):,}.")


# --- Posts and answers ---------------------------------------------------------------------


def _denied(
    calls: Calls,
    us: str,
    message: OutboundMessage,
    refusal: Denied,
    *,
    fields: Fields,
    now: datetime,
) -> Receipt:
    """What X's “no” to a post means; its words are the only thing that tells one from another."""
    said = refusal.said.lower()
    if "duplicate" in said:
        return _twice(calls, us, message, refusal, fields=fields, now=now)
    if message.parent and ("deleted" in said or "not visible" in said):
        raise Gone("What we answer is no longer there, or not visible to us.") from refusal
    if message.parent and refusal.status == _FORBIDDEN and "client" not in refusal.problem:
        url = names.post_url(message.parent_revision or message.parent)
        raise AnswerThere(
            f"X lets programs answer only people who named us or quoted us. Answer it in X: {url} "
            f"({refusal.said})",
            url=url,
        ) from refusal
    raise refusal


_FORBIDDEN = 403


def _twice(
    calls: Calls,
    us: str,
    message: OutboundMessage,
    refusal: Denied,
    *,
    fields: Fields,
    now: datetime,
) -> Receipt:
    """Words of ours stand there already: from an earlier try of this delivery, or another's."""
    said = words(message)
    standing = _standing(calls, us, message, said, fields=fields, now=now)
    if standing is not None:
        return standing
    wanted = {**fields, "max_results": "100"}
    answer = calls.get(f"/2/users/{us}/tweets", wanted, now=now, price=OWN_READ)
    if any(_same(post, said) for post in list_at(answer, "data")):
        raise Refused(f"X refuses the same words twice. {refusal}") from refusal
    # X's own list may lag behind what it took.
    raise TryAgain("X says that these words stand already, and does not list them yet.")


def _standing(
    calls: Calls, us: str, message: OutboundMessage, said: str, *, fields: Fields, now: datetime
) -> Receipt | None:
    """Our own post with these words in this place, made since the message was queued."""
    since = message.queued_at - _SKEW
    wanted = {
        **fields,
        "max_results": "100",
        "start_time": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    page: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        answer = calls.get(f"/2/users/{us}/tweets", {**wanted, **page}, now=now, price=OWN_READ)
        for post in list_at(answer, "data"):
            at = time_at(post, "created_at")
            late = at is None or at >= since
            if late and _in_place(post, message) and _same(post, said):
                return _receipt(text_at(post, "id"), now=now, at=at)
        more = text_at(answer, "meta", "next_token")
        if not more:
            return None
        page = {"pagination_token": more}
    raise TryAgain("We wrote too much since then to find it among our posts.")


def _in_place(post: Json, message: OutboundMessage) -> bool:
    """It answers what the message answers, by either of its ids, or like it answers nothing."""
    answered = _answered(post)
    if not message.parent:
        return not answered
    return bool(answered & {message.parent, message.parent_revision})


def _answered(post: Json) -> set[str]:
    known = list_at(post, "referenced_posts") or list_at(post, "referenced_tweets")
    return {text_at(one, "id") for one in known if text_at(one, "type") == "replied_to"}


def _same(item: Json, said: str) -> bool:
    stands = text.essence(text_at(item, "text"), object_at(item, "entities"))
    return stands == text.bare(said)


def _receipt(native_id: str, *, now: datetime, at: datetime | None = None) -> Receipt:
    made = at or names.moment_of(native_id)
    if made is None or abs(made - now) > _BELIEVED:
        made = at or now
    return Receipt(native_id, made, url=names.post_url(native_id), revision=native_id)


# --- Private messages ----------------------------------------------------------------------


def _message(calls: Calls, message: OutboundMessage, said: str, *, now: datetime) -> Receipt:
    if not message.to:
        raise Refused("Nobody to write to in private was named.")
    if message.automatic and message.parent_kind is not Kind.MESSAGE:
        raise Refused("X allows automatic messages only to people who wrote to us in private.")
    if not said.strip() and not message.media:
        raise Refused("There is nothing to send.")
    if len(said) > MOST_IN_MESSAGE:
        raise Refused(f"X takes messages of {MOST_IN_MESSAGE:,} characters.")
    media_fitting(message.media)
    if len(message.media) > 1:
        raise Refused("X takes one image or film in a private message.")
    data: Json = {"text": said} if said else {}
    if message.media:
        media_id = _upload(calls, message.media[0], "dm", now=now)
        data["attachments"] = [{"media_id": media_id}]
    path = f"/2/dm_conversations/with/{message.to}/messages"
    answer = calls.write("POST", path, data, now=now, price=MESSAGE)
    event = text_at(answer, "data", "dm_event_id")
    if not event:
        raise OutcomeUnknown("X took the message but did not say under which id.")
    thread = text_at(answer, "data", "dm_conversation_id")
    return _message_receipt(event, thread, now=now)


def _sent_message(
    calls: Calls, us: str, message: OutboundMessage, said: str, *, now: datetime
) -> Receipt | None:
    if not message.to:
        return None
    since = message.queued_at - _SKEW
    wanted = {
        "max_results": "100",
        "event_types": "MessageCreate",
        "dm_event.fields": "created_at,dm_conversation_id,entities,id,text",
        "expansions": "sender_id",
    }
    path = f"/2/dm_conversations/with/{message.to}/dm_events"
    answer = calls.get(path, wanted, now=now, price=MESSAGE_READ)
    for event in list_at(answer, "data"):
        at = time_at(event, "created_at")
        if text_at(event, "sender_id") != us or at is None or at < since:
            continue
        if _same(event, said):
            thread = text_at(event, "dm_conversation_id")
            return _message_receipt(text_at(event, "id"), thread, now=now, at=at)
    return None


def _message_receipt(
    event: str, thread: str, *, now: datetime, at: datetime | None = None
) -> Receipt:
    made = _receipt(event, now=now, at=at)
    return Receipt(names.message_id(event), made.at, url=names.chat_url(thread) if thread else "")


# --- Images and films ----------------------------------------------------------------------


def _upload(calls: Calls, one: Media, place: str, *, now: datetime) -> str:
    """The media id; nobody sees a file before a post shows it, so a lost answer costs nothing."""
    kind = "video" if one.kind == "video" else "image"
    kind = "gif" if one.content_type == "image/gif" else kind
    begun = calls.prepare(
        "/2/media/upload/initialize",
        {
            "media_category": f"{place}_{kind}",
            "media_type": one.content_type,
            "total_bytes": len(one.content),
        },
        now=now,
    )
    media_id = text_at(begun, "data", "id")
    if not names.is_id(media_id) or not media_id:
        raise TryAgain("X gave the upload no id.")
    for number, start in enumerate(range(0, len(one.content), _PART_BYTES)):
        part = one.content[start : start + _PART_BYTES]
        calls.upload(f"/2/media/upload/{media_id}/append", part, number, now=now)
    done = calls.prepare(f"/2/media/upload/{media_id}/finalize", now=now)
    _processed(calls, media_id, object_at(done, "data", "processing_info"), now=now)
    if one.alt.strip():
        alt = {"id": media_id, "metadata": {"alt_text": {"text": one.alt}}}
        calls.prepare("/2/media/metadata", alt, now=now)
    return media_id


def _processed(calls: Calls, media_id: str, state: Json, *, now: datetime) -> None:
    """Films are made ready by X first, which says how long to wait before asking."""
    for _ in range(_MOST_LOOKS):
        match text_at(state, "state"):
            case "" | "succeeded":
                return
            case "failed":
                why = text_at(state, "error", "message")
                raise Refused(f"X could not use the image or film. {why}".strip())
        wait = value_at(state, "check_after_secs")
        time.sleep(min(wait, 10) if isinstance(wait, int) and wait > 0 else 1)
        answer = calls.get("/2/media/upload", {"media_id": media_id, "command": "STATUS"}, now=now)
        state = object_at(answer, "data", "processing_info")
    raise TryAgain("X is still making the film ready.")
