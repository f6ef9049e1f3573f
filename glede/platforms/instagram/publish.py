"""Answers in public, and publishes through containers: made, finished, and only then shown.

A container is seen by nobody. Of the whole only the last call, media_publish, shows anything, so
everything before it may be lost and begun again. Sources: developers.facebook.com
/docs/instagram-platform/content-publishing and /instagram-graph-api/reference/ig-container
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from glede.platforms.contract import (
    Form,
    Kind,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.graph import chats
from glede.platforms.graph.transport import Graph
from glede.platforms.graph.values import Json, id_of, list_of, object_of, text_of, time_of, web
from glede.platforms.instagram.capabilities import (
    FEWEST_TOGETHER,
    LONGEST_CAPTION,
    LONGEST_TEXT,
    MOST_IMAGE_BYTES,
    MOST_TOGETHER,
    PUBLISHED,
)
from glede.platforms.meter import Meter, Signal

_LIST = 50
_MOST_PAGES = 10
#: Where the quota is spent, it is looked at again after this.
_QUOTA_WAIT = timedelta(hours=1)
#: How often a container is asked whether it is finished before the delivery is left for later.
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Ours:
    """The account that speaks. `page` is the Facebook Page it belongs to, "" if it signed in to
    Instagram itself. `pause` waits so many seconds."""

    native_id: str
    handle: str
    page: str
    meter: Meter
    look_every: float = 3.0
    pause: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds)


# --- Answers -------------------------------------------------------------------------------------


def answer(
    graph: Graph, ours: Ours, message: OutboundMessage, *, automatic: bool, now: datetime
) -> Receipt:
    """`automatic`: the account allows automatic answers in public."""
    if message.automatic and not automatic:
        raise Refused("Automatic answers in public are not switched on for this account.")
    if not message.text.strip():
        raise Refused("There is nothing to send.")
    if len(message.text) > LONGEST_TEXT:
        raise Refused(f"An answer has at most {LONGEST_TEXT:,} characters.")
    if message.media:
        raise Refused("A comment on Instagram takes words only.")
    given: Json = {"message": message.text}
    if message.parent_kind is Kind.MENTION:
        media = message.root or message.parent
        given["media_id"] = media
        given["comment_id"] = message.parent if message.parent != media else None
        edge = f"{ours.native_id}/mentions"
    else:
        edge = f"{message.parent}/{_edge(message)}"
    said = graph.post(edge, given, now=now)
    native_id = id_of(said.data, "id")
    if not native_id:
        raise OutcomeUnknown("Instagram took it but did not say under which id.")
    return Receipt(native_id, said.at)


def _edge(message: OutboundMessage) -> str:
    """A post has comments, a comment has replies."""
    return "comments" if message.parent == message.root else "replies"


def answer_standing(
    graph: Graph, ours: Ours, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """A comment of ours with these words, under what was answered or where Instagram put it: an
    answer to an answer stands under the first comment."""
    if message.parent_kind is Kind.MENTION:
        return _under_mention(graph, ours, message, now=now)
    edge = _edge(message)
    found = _under(graph, ours, f"{message.parent}/{edge}", message, now=now)
    if found is not None or edge == "comments":
        return found
    above = id_of(graph.get(message.parent, {"fields": "parent_id"}, now=now), "parent_id")
    return _under(graph, ours, f"{above}/replies", message, now=now) if above else None


def _under(
    graph: Graph, ours: Ours, edge: str, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    params = {"fields": "id,text,timestamp,username", "limit": _LIST}
    for page in graph.pages(edge, params, now=now, most=_MOST_PAGES):
        if found := _mine(page, ours, message):
            return found
    return None


def _under_mention(
    graph: Graph, ours: Ours, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """Under somebody else's post only what hangs on the comment that names us can be seen."""
    fields = (
        f"mentioned_comment.comment_id({message.parent}){{replies{{id,text,timestamp,username}}}}"
    )
    if message.parent == message.root:
        fields = (
            f"mentioned_media.media_id({message.parent}){{comments{{id,text,timestamp,username}}}}"
        )
    answer = graph.get(ours.native_id, {"fields": fields}, now=now)
    item = object_of(answer, "mentioned_comment") or object_of(answer, "mentioned_media")
    listed = object_of(item, "replies") or object_of(item, "comments")
    return _mine([one for one in list_of(listed, "data") if isinstance(one, dict)], ours, message)


def _mine(listed: list[Json], ours: Ours, message: OutboundMessage) -> Receipt | None:
    since = message.queued_at - chats.TOLERANCE
    for one in listed:
        at = time_of(one, "timestamp")
        if at is None or at < since or text_of(one, "username") != ours.handle:
            continue
        if chats.same_words(text_of(one, "text"), message.text):
            return Receipt(id_of(one, "id"), at)
    return None


# --- Publishing ----------------------------------------------------------------------------------


def publish(
    graph: Graph, ours: Ours, message: OutboundMessage, given: Publication, *, now: datetime
) -> Receipt:
    _check(message, given)
    _within_quota(graph, ours, now=now)
    container = _container(graph, ours, message, given, now=now)
    said = graph.post(f"{ours.native_id}/media_publish", {"creation_id": container}, now=now)
    ours.meter.spend(PUBLISHED, now.date().isoformat(), 1)
    native_id = id_of(said.data, "id")
    if not native_id:
        raise OutcomeUnknown("Instagram took it but did not say under which id.")
    return Receipt(native_id, said.at)


def _check(message: OutboundMessage, given: Publication) -> None:
    if given.at is not None:
        raise Refused(
            "Instagram shows nothing by itself later: let the desk publish when it is due."
        )
    if given.form not in {Form.POST, Form.REEL, Form.STORY}:
        raise Refused(f"Instagram has no {given.form.value}.")
    if given.address:
        raise Refused("Instagram shows no links: put the address into words, or leave it out.")
    if not message.media:
        raise Refused("Instagram publishes pictures and films, never words alone.")
    if len(message.text) > LONGEST_CAPTION:
        raise Refused(f"A caption has at most {LONGEST_CAPTION:,} characters.")
    _check_form(message, given)
    for one in message.media:
        _check_one(one)


def _check_form(message: OutboundMessage, given: Publication) -> None:
    if given.form is Form.STORY and message.text.strip():
        raise Refused("A story has no words beside it: put them into the picture or film.")
    if given.form is not Form.POST and len(message.media) != 1:
        raise Refused(f"A {given.form.value} is one picture or film.")
    if given.form is Form.REEL and message.media[0].kind != "video":
        raise Refused("A reel is a film.")
    if len(message.media) > MOST_TOGETHER:
        raise Refused(f"Instagram shows at most {MOST_TOGETHER} pictures together.")


def _check_one(one: Media) -> None:
    if one.kind not in {"image", "video"} or not (one.content or one.url):
        raise Refused("Instagram publishes pictures and films; one of these is neither.")
    if one.kind == "image" and one.content_type != "image/jpeg":
        raise Refused("Instagram takes pictures as JPEG only.")
    if one.kind == "image" and len(one.content) > MOST_IMAGE_BYTES:
        raise Refused(f"Instagram takes pictures of at most {MOST_IMAGE_BYTES:,} bytes.")


def _within_quota(graph: Graph, ours: Ours, *, now: datetime) -> None:
    answer = graph.get(
        f"{ours.native_id}/content_publishing_limit", {"fields": "quota_usage,config"}, now=now
    )
    for one in list_of(answer, "data"):
        used, total = _count(one, "quota_usage"), _count(object_of(one, "config"), "quota_total")
        if total:
            ours.meter.signal(Signal(PUBLISHED, 100 * used / total, now))
        if total and used >= total:
            raise TryAgain(
                f"Instagram lets us publish {total} times in 24 hours, and all are used.",
                at=now + _QUOTA_WAIT,
            )


def _count(data: object, name: str) -> int:
    found = id_of(data, name)
    return int(found) if found.isdecimal() else 0


def _container(
    graph: Graph, ours: Ours, message: OutboundMessage, given: Publication, *, now: datetime
) -> str:
    """Made and finished, ready to be shown."""
    if len(message.media) >= FEWEST_TOGETHER:
        parts = [
            _made(graph, ours, one, {"is_carousel_item": True}, now=now) for one in message.media
        ]
        for part in parts:
            _finished(graph, ours, part, now=now)
        wanted: Json = {"media_type": "CAROUSEL", "children": ",".join(parts)}
        said = graph.post(
            f"{ours.native_id}/media", {**wanted, "caption": message.text}, now=now, write=False
        )
        container = _id(said.data)
    else:
        more: Json = {"caption": message.text}
        if given.form is Form.STORY:
            more = {"media_type": "STORIES"}
        container = _made(graph, ours, message.media[0], more, now=now)
    _finished(graph, ours, container, now=now)
    return container


def _made(graph: Graph, ours: Ours, one: Media, more: Json, *, now: datetime) -> str:
    edge = f"{ours.native_id}/media"
    if one.kind == "image":
        wanted = {**more, "image_url": one.url or _lent(graph, ours, one, now=now)}
        if "media_type" not in more:
            wanted["alt_text"] = one.alt
        return _id(graph.post(edge, wanted, now=now, write=False).data)
    # A single film in the feed is a reel; within a carousel it is a film.
    kind = "VIDEO" if "is_carousel_item" in more else "REELS"
    wanted = {"media_type": kind, **more}
    if one.url:
        return _id(graph.post(edge, {**wanted, "video_url": one.url}, now=now, write=False).data)
    begun = graph.post(edge, {**wanted, "upload_type": "resumable"}, now=now, write=False).data
    container = _id(begun)
    where = text_of(begun, "uri")
    if not where:
        where = f"https://rupload.facebook.com/ig-api-upload/{graph.version}/{container}"
    headers = {"offset": "0", "file_size": str(len(one.content))}
    graph.upload(where, one.content, headers=headers, now=now)
    return container


def _lent(graph: Graph, ours: Ours, picture: Media, *, now: datetime) -> str:
    """Instagram fetches pictures from a public address. The Page to which the account belongs lends
    one: an unpublished photo, which nobody sees there."""
    if not ours.page:
        raise Refused(
            "Instagram fetches pictures from a public address, and this account has no Page that "
            "could lend one."
        )
    said = graph.post(
        f"{ours.page}/photos",
        {"published": False, "temporary": True},
        files={"source": ("picture.jpg", picture.content, picture.content_type)},
        now=now,
        write=False,
    )
    photo = graph.get(_id(said.data), {"fields": "images"}, now=now)
    for one in list_of(photo, "images"):  # the largest comes first
        if url := web(one.get("source") if isinstance(one, dict) else None):
            return url
    raise TryAgain("The Page took the picture but gave no address for it yet.")


def _id(data: Json) -> str:
    found = id_of(data, "id")
    if not found:
        raise TryAgain("Instagram answered without an id; nothing was shown.")
    return found


def _finished(graph: Graph, ours: Ours, container: str, *, now: datetime) -> None:
    """Wait until the container is ready; nothing is shown before."""
    for look in range(LOOKS):
        if look:
            ours.pause(ours.look_every)
        answer = graph.get(container, {"fields": "status_code,status"}, now=now)
        state = text_of(answer, "status_code")
        if state == "FINISHED":
            return
        if state == "ERROR":
            raise Refused(
                f"Instagram could not use the picture or film: {text_of(answer, 'status')}"
            )
        if state in {"EXPIRED", "PUBLISHED"}:
            raise TryAgain(f"The container is {state.lower()} already; a new one is made.")
    raise TryAgain("Instagram is not finished with the picture or film yet; nothing was shown.")


def standing(
    graph: Graph, ours: Ours, message: OutboundMessage, given: Publication, *, now: datetime
) -> Receipt | None:
    """What stands with these words and since then; a story by its time alone."""
    story = given.form is Form.STORY
    since = message.queued_at - chats.TOLERANCE
    params = {"fields": "id,caption,timestamp,permalink", "limit": _LIST}
    edge = f"{ours.native_id}/{'stories' if story else 'media'}"
    for page in graph.pages(edge, params, now=now, most=_MOST_PAGES):
        for one in page:
            at = time_of(one, "timestamp")
            if at is None or at < since:
                continue
            if story or chats.same_words(text_of(one, "caption"), message.text):
                return Receipt(id_of(one, "id"), at, web(one.get("permalink")))
        if any((time_of(one, "timestamp") or now) < since for one in page):
            break
    return None
