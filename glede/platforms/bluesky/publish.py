"""Sends posts and answers, once each: the record key comes from the message's own key.

The confirmed time is the server's: a write's answer carries the new revision of the repository
(`commit.rev`), a TID the server made from its own clock
(https://atproto.com/specs/repository#commit-objects).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from glede.platforms.bluesky import facets
from glede.platforms.bluesky.capabilities import MOST_IMAGE_BYTES, MOST_IMAGES
from glede.platforms.bluesky.collect import posts, record
from glede.platforms.bluesky.names import POST, Address, address, key_for, time_of
from glede.platforms.bluesky.network import Broken, Denied, Network
from glede.platforms.contract import (
    Form,
    Gone,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.untrusted import object_at, text_at, time_at, value_at

type Json = dict[str, Any]


def send(network: Network, message: OutboundMessage, *, now: datetime) -> Receipt:
    if message.private:
        raise Refused("This plug-in sends no private messages on Bluesky.")
    publication_fitting(message.publication)
    facets.fitting(_words(message))
    pictures_fitting(message.media)
    if not _words(message).strip() and not message.media and not _card(message):
        raise Refused("There is nothing to send.")
    us, _ = network.who(now=now)
    reply = _reply(network, message, now=now) if message.parent else None
    post = _post(network, message, reply, now=now)
    rkey = key_for(message.key, message.queued_at)
    data = {"repo": us, "collection": POST, "rkey": rkey, "validate": True, "record": post}
    try:
        answer = network.procedure("com.atproto.repo.createRecord", data, now=now)
    except (Denied, Broken):
        # The server answers 500 when the key is taken: then an earlier try of ours got there.
        receipt = _after_all(network, us, rkey, message, now=now)
        if receipt is None:
            raise
        return receipt
    return _receipt(answer, us, rkey)


def read_back(network: Network, message: OutboundMessage, *, now: datetime) -> Receipt | None:
    us, _ = network.who(now=now)
    rkey = key_for(message.key, message.queued_at)
    existing = _existing(network, us, rkey, message, now=now)
    return None if existing is None else _confirmed(network, existing, message, now=now)


def publication_fitting(published: Publication | None) -> None:
    if published is None:
        return
    if published.form is not Form.POST:
        raise Refused(f"Bluesky has no {published.form.value}.")
    if published.at is not None:
        raise Refused("Bluesky schedules nothing itself.")
    if published.title and not published.address:
        raise Refused("A post on Bluesky has no title; write it into the text.")


def pictures_fitting(media: Sequence[Media]) -> None:
    if len(media) > MOST_IMAGES:
        raise Refused(f"Bluesky takes {MOST_IMAGES} images; there are {len(media)}.")
    for picture in media:
        if picture.kind != "image" or not picture.content_type.startswith("image/"):
            raise Refused("Only images can be sent to Bluesky for now.")
        if not picture.alt.strip():
            raise Refused("Every image needs a description (alt text).")
        if not picture.content:
            raise Refused("An image has no content.")
        if len(picture.content) > MOST_IMAGE_BYTES:
            raise Refused(
                f"Bluesky takes images of at most {MOST_IMAGE_BYTES:,} bytes; "
                f"one has {len(picture.content):,}."
            )


def _card(message: OutboundMessage) -> Json:
    """A link that is shared, as the network shows one; {} where there is none."""
    published = message.publication
    if published is None or not published.address or message.media:
        return {}
    title = published.title or urlsplit(published.address).netloc
    return {"uri": published.address, "title": title, "description": ""}


def _words(message: OutboundMessage) -> str:
    """A post shows pictures or the card of a link, not both: then the link stands in the words."""
    link = message.publication.address if message.publication else ""
    if not link or _card(message) or link in message.text:
        return message.text
    return f"{message.text}\n\n{link}".strip()


# --- What goes out -------------------------------------------------------------------------


def _post(network: Network, message: OutboundMessage, reply: Json | None, *, now: datetime) -> Json:
    post: Json = {
        "$type": POST,
        "text": _words(message),
        "createdAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [message.language],
    }
    marks = facets.facets(_words(message), resolve=lambda handle: _did(network, handle, now=now))
    if marks:
        post["facets"] = marks
    if reply is not None:
        post["reply"] = reply
    if message.media:
        post["embed"] = {
            "$type": "app.bsky.embed.images",
            "images": [_image(network, picture, now=now) for picture in message.media],
        }
    elif card := _card(message):
        post["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    return post


def _image(network: Network, picture: Media, *, now: datetime) -> Json:
    blob = network.upload(picture.content, picture.content_type, now=now)
    image: Json = {"alt": picture.alt, "image": blob.get("blob")}
    if picture.width > 0 and picture.height > 0:
        image["aspectRatio"] = {"width": picture.width, "height": picture.height}
    return image


def _did(network: Network, handle: str, *, now: datetime) -> str:
    try:
        answer = network.query("com.atproto.identity.resolveHandle", {"handle": handle}, now=now)
    except Denied:
        return ""
    return text_at(answer, "did")


def _reply(network: Network, message: OutboundMessage, *, now: datetime) -> Json:
    """Root and parent as the network wants them; refuses to answer what can't be answered."""
    parent = _parent(network, message.parent, now=now)
    if value_at(parent, "viewer", "replyDisabled") is True:
        raise Refused("The author of this thread allows no answer from us.")
    cid = message.parent_revision or text_at(parent, "cid")
    answered = {"uri": message.parent, "cid": cid}
    root = object_at(parent, "record", "reply", "root")
    if text_at(root, "uri") and text_at(root, "cid"):
        return {"root": {"uri": root["uri"], "cid": root["cid"]}, "parent": answered}
    return {"root": answered, "parent": answered}


def _parent(network: Network, uri: str, *, now: datetime) -> Json:
    where = address(uri)
    if where is None:
        raise Gone("What we answer has no address on Bluesky.")
    view = posts(network, [uri], now=now).get(uri)
    if view is not None:
        return view
    # Not listed is not gone: it may be too new, or its author blocks us. Its repository decides.
    standing = record(network, where, now=now)
    if standing is None:
        raise Gone("What we answer is no longer there.")
    if _blocks_us(network, where.did, now=now):
        raise Refused("The author has blocked us.")
    return {"cid": text_at(standing, "cid"), "record": object_at(standing, "value")}


def _blocks_us(network: Network, did: str, *, now: datetime) -> bool:
    try:
        profile = network.query("app.bsky.actor.getProfile", {"actor": did}, now=now)
    except Denied:
        return False
    return value_at(profile, "viewer", "blockedBy") is True


# --- What stands there ---------------------------------------------------------------------


def _existing(
    network: Network, us: str, rkey: str, message: OutboundMessage, *, now: datetime
) -> Json | None:
    """The record under our key, if it is this message."""
    found = record(network, Address(us, POST, rkey), now=now)
    if found is None:
        return None
    value = object_at(found, "value")
    same = text_at(value, "text") == _words(message)
    if not same or text_at(value, "reply", "parent", "uri") != message.parent:
        raise Refused("Another post already stands under this message's key.")
    return found


def _after_all(
    network: Network, us: str, rkey: str, message: OutboundMessage, *, now: datetime
) -> Receipt | None:
    """Whether a refused write stands there from an earlier try; None also if we cannot find out."""
    try:
        existing = _existing(network, us, rkey, message, now=now)
        return None if existing is None else _confirmed(network, existing, message, now=now)
    except TryAgain:
        return None


def _confirmed(
    network: Network, existing: Json, message: OutboundMessage, *, now: datetime
) -> Receipt:
    """A receipt for a record whose write was not answered.

    A record carries no server time of its own, so: when the AppView listed it, but not before we
    queued it, and not after the repository's newest commit (which is later than or equal to it).
    """
    uri = text_at(existing, "uri")
    where = address(uri)
    newest = _newest_commit(network, where, now=now) if where else None
    if where is None or newest is None:
        raise TryAgain("It stands on Bluesky, but its server gives no time.")
    listed = time_at(posts(network, [uri], now=now).get(uri), "indexedAt")
    at = min(max(listed, message.queued_at), newest) if listed else newest
    return Receipt(native_id=uri, at=at, url=where.page, revision=text_at(existing, "cid"))


def _newest_commit(network: Network, where: Address, *, now: datetime) -> datetime | None:
    answer = network.query("com.atproto.sync.getLatestCommit", {"did": where.did}, now=now)
    return time_of(text_at(answer, "rev"))


def _receipt(answer: Json, us: str, rkey: str) -> Receipt:
    where = Address(us, POST, rkey)
    at = time_of(text_at(answer, "commit", "rev"))
    if at is None or text_at(answer, "uri") != str(where):
        raise OutcomeUnknown("The server took it but did not say when and where.")
    return Receipt(native_id=str(where), at=at, url=where.page, revision=text_at(answer, "cid"))
