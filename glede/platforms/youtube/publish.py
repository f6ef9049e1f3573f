"""Sends answers and videos. YouTube has no key of ours, so what stands there is read back."""

import io
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from googleapiclient.http import MediaIoBaseUpload

from glede.platforms.contract import (
    Form,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    PlatformError,
    Publication,
    Receipt,
    Refused,
)
from glede.platforms.untrusted import list_at, text_at, time_at
from glede.platforms.youtube import collect, names
from glede.platforms.youtube.api import Api
from glede.platforms.youtube.capabilities import (
    MOST_DESCRIPTION_BYTES,
    MOST_TEXT,
    MOST_THUMBNAIL_BYTES,
    MOST_TITLE,
)

type Json = dict[str, Any]

log = logging.getLogger(__name__)

#: YouTube's clock and ours may differ by so much.
_SKEW = timedelta(minutes=1)

#: Parts of an upload; a multiple of 256 KiB
#: (https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol).
_PART_BYTES = 8 * 1024 * 1024

_THUMBNAILS = frozenset({"image/jpeg", "image/png"})


def send(api: Api, message: OutboundMessage, *, now: datetime) -> Receipt:
    if message.private:
        raise Refused("YouTube has no private messages.")
    if message.parent:
        return _answer(api, message, now=now)
    return _video(api, message, now=now)


def read_back(api: Api, us: str, message: OutboundMessage, *, now: datetime) -> Receipt | None:
    since = message.queued_at - _SKEW
    if message.parent:
        return _standing(api, us, message, since=since, now=now)
    title = _title(message)
    for item in list_at(collect.uploads(api, us, now=now), "items"):
        at = time_at(item, "snippet", "publishedAt")
        if text_at(item, "snippet", "title") == title and at is not None and at >= since:
            video = text_at(item, "snippet", "resourceId", "videoId")
            return Receipt(video, at, url=names.video_url(video))
    return None


# --- Answers -------------------------------------------------------------------------------


def _answer(api: Api, message: OutboundMessage, *, now: datetime) -> Receipt:
    if message.media:
        raise Refused("A comment on YouTube has words only, no pictures.")
    if not message.text.strip():
        raise Refused("There is nothing to send.")
    if len(message.text) > MOST_TEXT:
        raise Refused(f"YouTube takes {MOST_TEXT:,} characters; this has {len(message.text):,}.")
    if not names.is_comment(message.parent):
        raise Refused("What we answer is no comment on YouTube.")
    # Whoever a reply answers, it hangs under the comment that began the thread.
    snippet = {"parentId": names.top(message.parent), "textOriginal": message.text}
    call = api.service.comments().insert(part="snippet", body={"snippet": snippet})
    made = api.write(call, now=now)
    receipt = _receipt(made)
    if receipt is None:
        raise OutcomeUnknown("YouTube took it but did not say when and where.")
    return receipt


def _standing(
    api: Api, us: str, message: OutboundMessage, *, since: datetime, now: datetime
) -> Receipt | None:
    """Our own words under this comment, said since the message was queued."""
    wanted = _essence(message.text)
    for reply in collect.replies(api, names.top(message.parent), now=now):
        said = text_at(reply, "snippet", "textOriginal") or text_at(reply, "snippet", "textDisplay")
        receipt = _receipt(reply)
        ours = text_at(reply, "snippet", "authorChannelId", "value") == us
        if ours and receipt is not None and receipt.at >= since and _essence(said) == wanted:
            return receipt
    return None


def _receipt(comment: Json) -> Receipt | None:
    native_id, at = text_at(comment, "id"), time_at(comment, "snippet", "publishedAt")
    if not native_id or at is None:
        return None
    video = text_at(comment, "snippet", "videoId")
    return Receipt(
        native_id,
        at,
        url=names.comment_url(video, native_id) if video else "",
        revision=text_at(comment, "snippet", "updatedAt"),
    )


def _essence(said: str) -> str:
    return " ".join(said.split())


# --- Videos --------------------------------------------------------------------------------


def _video(api: Api, message: OutboundMessage, *, now: datetime) -> Receipt:
    plan = message.publication or Publication()
    film, thumbnail = _fitting(message, plan, now=now)
    status: Json = {"privacyStatus": "public", "selfDeclaredMadeForKids": False}
    if plan.at is not None:
        shown_at = plan.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status |= {"privacyStatus": "private", "publishAt": shown_at}
    call = api.service.videos().insert(
        part="snippet,status",
        body={
            "snippet": {
                "title": _title(message),
                "description": _description(message),
                "defaultLanguage": message.language,
            },
            "status": status,
        },
        media_body=_upload(film),
    )
    made = api.publish(call, now=now)
    video, at = text_at(made, "id"), time_at(made, "snippet", "publishedAt")
    if not video or at is None:
        raise OutcomeUnknown("YouTube took the video but did not say when and where.")
    if thumbnail is not None:
        _dress(api, video, thumbnail, now=now)
    return Receipt(video, at, url=names.video_url(video))


def _dress(api: Api, video: str, thumbnail: Media, *, now: datetime) -> None:
    """The video stands already: without its thumbnail it is still what was to be published."""
    call = api.service.thumbnails().set(videoId=video, media_body=_upload(thumbnail))
    try:
        api.write(call, now=now)
    except PlatformError as error:
        log.warning("video %s has YouTube's own thumbnail, not ours: %s", video, error)


def _fitting(
    message: OutboundMessage, plan: Publication, *, now: datetime
) -> tuple[Media, Media | None]:
    """The film and the thumbnail; refuses what YouTube would refuse."""
    if plan.form not in (Form.POST, Form.REEL):
        raise Refused(f"YouTube has no {plan.form.value}; publish it as a video.")
    films = [one for one in message.media if one.kind == "video"]
    images = [one for one in message.media if one.kind == "image"]
    if len(films) != 1 or len(images) > 1 or len(films) + len(images) != len(message.media):
        raise Refused("YouTube publishes one video, with at most one image as its thumbnail.")
    film, thumbnail = films[0], images[0] if images else None
    if not film.content or not film.content_type.startswith("video/"):
        raise Refused("The video has no content.")
    title = _title(message)
    if not title:
        raise Refused("A video needs a title.")
    if len(title) > MOST_TITLE or "<" in title or ">" in title:
        raise Refused(f"A title has at most {MOST_TITLE} characters, and neither < nor >.")
    if len(_description(message).encode()) > MOST_DESCRIPTION_BYTES:
        raise Refused(f"A description has at most {MOST_DESCRIPTION_BYTES:,} bytes.")
    if plan.at is not None and plan.at <= now:
        raise Refused("The time to publish at has passed.")
    if thumbnail is not None and (
        thumbnail.content_type not in _THUMBNAILS
        or not 0 < len(thumbnail.content) <= MOST_THUMBNAIL_BYTES
    ):
        raise Refused(f"A thumbnail is a JPEG or PNG of at most {MOST_THUMBNAIL_BYTES:,} bytes.")
    return film, thumbnail


def _title(message: OutboundMessage) -> str:
    given = message.publication.title if message.publication else ""
    return (given or message.text.strip().partition("\n")[0]).strip()


def _description(message: OutboundMessage) -> str:
    address = message.publication.address if message.publication else ""
    return f"{message.text}\n\n{address}".strip() if address else message.text


def _upload(media: Media) -> MediaIoBaseUpload:
    return MediaIoBaseUpload(
        io.BytesIO(media.content),
        mimetype=media.content_type,
        chunksize=_PART_BYTES,
        resumable=media.kind == "video",
    )
