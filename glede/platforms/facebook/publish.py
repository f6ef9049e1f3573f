"""Answers in public and publishes, once each; what the platform may have done twice is looked for.

Pictures are brought first and unpublished: nobody sees them, so that one call alone shows
everything or nothing. Sources: developers.facebook.com/docs/pages-api/posts, /docs/video-api/guides
/publishing and /reels-publishing, /docs/page-stories-api.
"""

import logging
from datetime import datetime

from glede.platforms.contract import (
    Form,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.facebook.capabilities import (
    EARLIEST,
    LATEST,
    LONGEST_COMMENT,
    LONGEST_POST,
    MOST_IMAGE_BYTES,
)
from glede.platforms.graph import chats
from glede.platforms.graph.errors import Denied
from glede.platforms.graph.transport import Graph, Said
from glede.platforms.graph.values import Json, id_of, object_of, text_of, time_of, web

log = logging.getLogger(__name__)

_LIST = 50
_MOST_PAGES = 10
_ANSWER_FIELDS = "id,created_time,permalink_url"


# --- Answers -------------------------------------------------------------------------------------


def answer(
    graph: Graph, page: str, message: OutboundMessage, *, automatic: bool, now: datetime
) -> Receipt:
    """`automatic`: the account allows automatic answers in public."""
    if message.automatic and not automatic:
        raise Refused("Automatic answers in public are not switched on for this Page.")
    _fits(message, LONGEST_COMMENT)
    if len(message.media) > 1 or any(one.kind != "image" for one in message.media):
        raise Refused("A comment on Facebook takes one picture.")
    given: Json = {"message": message.text, "fields": _ANSWER_FIELDS}
    if message.media:
        given["attachment_id"] = _photo(graph, page, message.media[0], now=now)
    return _receipt(graph.post(f"{message.parent}/comments", given, now=now))


def answer_standing(
    graph: Graph, page: str, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """A comment of ours with these words, under what was answered or where Facebook put it: an
    answer to an answer stands under the first comment."""
    found = _under(graph, page, message.parent, message, now=now)
    if found is not None or message.parent.startswith(f"{page}_"):
        return found
    try:
        above = graph.get(message.parent, {"fields": "parent{id}"}, now=now)
    except Denied as refusal:
        log.warning("what stands above a comment may not be read: %s", refusal)
        return None
    parent = id_of(object_of(above, "parent"), "id")
    return _under(graph, page, parent, message, now=now) if parent else None


def _under(
    graph: Graph, page: str, parent: str, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    params = {
        "filter": "stream",
        "order": "reverse_chronological",
        "limit": _LIST,
        "fields": "id,message,from,created_time,permalink_url",
    }
    since = message.queued_at - chats.TOLERANCE
    for some in graph.pages(f"{parent}/comments", params, now=now, most=_MOST_PAGES):
        for one in some:
            at = time_of(one, "created_time")
            if at is None or at < since:
                continue
            ours = id_of(object_of(one, "from"), "id") == page
            if ours and chats.same_words(text_of(one, "message"), message.text):
                return _found(one, at)
    return None


# --- Publishing ----------------------------------------------------------------------------------


def publish(
    graph: Graph, page: str, message: OutboundMessage, given: Publication, *, now: datetime
) -> Receipt:
    _check(message, given, now=now)
    films = [one for one in message.media if one.kind == "video"]
    match given.form:
        case Form.POST if films:
            return _film(graph, page, message, given, films[0], now=now)
        case Form.POST:
            return _post(graph, page, message, given, now=now)
        case Form.REEL:
            return _in_phases(graph, page, "video_reels", message, given, now=now)
        case Form.STORY if films:
            return _in_phases(graph, page, "video_stories", message, given, now=now)
        case Form.STORY:
            photo = _photo(graph, page, message.media[0], now=now)
            said = graph.post(f"{page}/photo_stories", {"photo_id": photo}, now=now)
            return _story(said, photo)
    raise Refused(f"Facebook has no {given.form.value}.")


def _check(message: OutboundMessage, given: Publication, *, now: datetime) -> None:
    _fits(message, LONGEST_POST, address=given.address)
    kinds = [one.kind for one in message.media]
    for kind in kinds:
        if kind not in {"image", "video"}:
            raise Refused("Facebook publishes pictures and films only.")
    if "video" in kinds and len(kinds) > 1:
        raise Refused("Facebook takes one film or several pictures, not both.")
    if given.form is Form.REEL and kinds != ["video"]:
        raise Refused("A reel is one film.")
    if given.form is Form.STORY and len(kinds) != 1:
        raise Refused("A story is one picture or one film.")
    if given.form is Form.STORY and message.text.strip():
        raise Refused("A story has no words beside it: put them into the picture or film.")
    if given.at is None:
        return
    if given.form is Form.STORY:
        raise Refused("Facebook does not schedule stories; let the desk publish it when it is due.")
    wait = given.at - now
    if not EARLIEST <= wait <= LATEST:
        raise Refused(
            "Facebook itself shows a post between 10 minutes and 30 days from now; for another "
            "time let the desk publish it when it is due."
        )


def _fits(message: OutboundMessage, most: int, *, address: str = "") -> None:
    if not message.text.strip() and not message.media and not address:
        raise Refused("There is nothing to send.")
    if len(message.text) > most:
        raise Refused(f"At most {most:,} characters fit here; this has {len(message.text):,}.")
    for one in message.media:
        if not one.content:
            raise Refused("A picture or film has no content.")
        if one.kind == "image" and len(one.content) > MOST_IMAGE_BYTES:
            raise Refused(
                f"Facebook takes pictures of at most {MOST_IMAGE_BYTES:,} bytes; "
                f"one has {len(one.content):,}."
            )


def _timed(given: Publication) -> Json:
    if given.at is None:
        return {}
    return {
        "published": False,
        "unpublished_content_type": "SCHEDULED",
        "scheduled_publish_time": int(given.at.timestamp()),
    }


def _post(
    graph: Graph, page: str, message: OutboundMessage, given: Publication, *, now: datetime
) -> Receipt:
    photos = [
        _photo(graph, page, one, now=now, temporary=given.at is not None) for one in message.media
    ]
    wanted: Json = {"message": message.text, "link": given.address, **_timed(given)}
    if photos:
        wanted["attached_media"] = [{"media_fbid": photo} for photo in photos]
    said = graph.post(f"{page}/feed", {**wanted, "fields": _ANSWER_FIELDS}, now=now)
    return _receipt(said)


def _photo(
    graph: Graph, node: str, picture: Media, *, now: datetime, temporary: bool = False
) -> str:
    said = graph.post(
        f"{node}/photos",
        {
            "published": False,
            "temporary": temporary or None,
            "alt_text_custom": picture.alt,
        },
        files={"source": ("picture", picture.content, picture.content_type)},
        now=now,
        write=False,
    )
    photo = id_of(said.data, "id")
    if not photo:
        raise TryAgain("Facebook took the picture but gave it no id.")
    return photo


def _film(
    graph: Graph,
    page: str,
    message: OutboundMessage,
    given: Publication,
    film: Media,
    *,
    now: datetime,
) -> Receipt:
    said = graph.post(
        f"{page}/videos",
        {"description": message.text, "title": given.title, **_timed(given)},
        files={"source": ("film", film.content, film.content_type)},
        now=now,
    )
    video = id_of(said.data, "id")
    if not video:
        raise OutcomeUnknown("Facebook took the film but gave it no id.")
    return _film_receipt(graph, page, video, said, now=now)


def _film_receipt(graph: Graph, page: str, video: str, said: Said, *, now: datetime) -> Receipt:
    """The film stands; the id of its post is what comments come under, where it is told yet."""
    post = id_of(said.data, "post_id")
    url = ""
    if not post:
        try:
            known = graph.get(video, {"fields": "post_id,permalink_url"}, now=now)
        except (Refused, TryAgain) as error:
            log.warning("a film stands, but its post is not told: %s", error)
            known = {}
        post, url = id_of(known, "post_id"), web(known.get("permalink_url"))
    if post and "_" not in post:
        post = f"{page}_{post}"
    native_id = post or video
    return Receipt(native_id, said.at, url or f"https://www.facebook.com/{native_id}")


def _in_phases(
    graph: Graph,
    page: str,
    edge: str,
    message: OutboundMessage,
    given: Publication,
    *,
    now: datetime,
) -> Receipt:
    film = message.media[0]
    begun = graph.post(f"{page}/{edge}", {"upload_phase": "start"}, now=now, write=False).data
    video, where = id_of(begun, "video_id"), text_of(begun, "upload_url")
    if not video or not where:
        raise TryAgain("Facebook did not say where to bring the film.")
    headers = {"offset": "0", "file_size": str(len(film.content))}
    graph.upload(where, film.content, headers=headers, now=now)
    wanted: Json = {"upload_phase": "finish", "video_id": video}
    if given.form is Form.REEL:
        wanted |= {"description": message.text, "title": given.title}
        wanted["video_state"] = "SCHEDULED" if given.at else "PUBLISHED"
        if given.at is not None:
            wanted["scheduled_publish_time"] = int(given.at.timestamp())
    said = graph.post(f"{page}/{edge}", wanted, now=now)
    if given.form is Form.STORY:
        return _story(said, video)
    return _film_receipt(graph, page, video, said, now=now)


def _story(said: Said, media: str) -> Receipt:
    native_id = id_of(said.data, "post_id") or media
    return Receipt(native_id, said.at)


def _receipt(said: Said) -> Receipt:
    native_id = id_of(said.data, "id")
    if not native_id:
        raise OutcomeUnknown("Facebook took it but did not say under which id.")
    return _found(said.data, time_of(said.data, "created_time") or said.at)


def _found(data: Json, at: datetime) -> Receipt:
    native_id = id_of(data, "id")
    url = web(data.get("permalink_url")) or f"https://www.facebook.com/{native_id}"
    return Receipt(native_id, at, url)


def standing(
    graph: Graph, page: str, message: OutboundMessage, given: Publication, *, now: datetime
) -> Receipt | None:
    """What stands on the Page, or waits there for its time, with these words and since then."""
    films = any(one.kind == "video" for one in message.media)
    fields = "id,message,created_time,permalink_url"
    if given.form is Form.STORY:
        edge, words, fields = "stories", "", "post_id,creation_time,url"
    elif given.form is Form.REEL or films:
        edge, words = ("video_reels" if given.form is Form.REEL else "videos"), "description"
        fields = "id,description,created_time,permalink_url,post_id"
    else:
        edge, words = ("scheduled_posts" if given.at else "published_posts"), "message"
    since = message.queued_at - chats.TOLERANCE
    params = {"fields": fields, "limit": _LIST}
    for some in graph.pages(f"{page}/{edge}", params, now=now, most=_MOST_PAGES):
        for one in some:
            at = time_of(one, "created_time") or time_of(one, "creation_time")
            if at is None or at < since:
                continue
            if words and not chats.same_words(text_of(one, words), message.text):
                continue
            return _as_published(one, page, at)
    return None


def _as_published(one: Json, page: str, at: datetime) -> Receipt:
    post = id_of(one, "post_id")
    if post and "_" not in post:
        post = f"{page}_{post}"
    native_id = post or id_of(one, "id")
    url = web(one.get("permalink_url")) or web(one.get("url"))
    return Receipt(native_id, at, url or f"https://www.facebook.com/{native_id}")
