"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

Three shapes are kept. What X's Activity API brings stands under `hook`, as it came, beside when we
had it (`verify` writes that); a post from a list, a stream or a look-up stands under `post`, and a
private message from a list under `message`, each with those of the answer's `includes` that belong
to it (`collect` writes these).

An edit makes a new post with a new id. To the desk it stays the item it was: a post is called by
the first id of its history, and the newest is its revision.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from glede.platforms.contract import (
    Author,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Media,
    Post,
    Subject,
    Veil,
    Written,
)
from glede.platforms.untrusted import (
    list_at,
    number_at,
    object_at,
    text_at,
    time_at,
    value_at,
)
from glede.platforms.x import names, text

type Json = dict[str, Any]

_MOST_LINKS = 50
_MOST_MEDIA = 10

_POSTS = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})
_MESSAGES = frozenset({"dm.received", "dm.sent"})


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return (Ignored(f"The event is no JSON: {error}"),)
    if not isinstance(data, dict):
        return (Ignored("The event is no JSON object."),)
    if "hook" in data or "data" in data:
        hook = object_at(data, "hook") or data
        return tuple(_activity(object_at(hook, "data"), account, heard=time_at(data, "at")))
    if "deleted" in data:
        return (_deletion(text_at(data, "deleted"), account, at=time_at(data, "at")),)
    if "message" in data:
        found = object_at(data, "message")
        return (_listed_message(found, object_at(data, "includes"), account),)
    return (_writing(object_at(data, "post"), object_at(data, "includes"), account),)


# --- What the Activity API brings ----------------------------------------------------------


def _activity(event: Json, account: str, *, heard: datetime | None) -> Iterator[InboundEvent]:
    kind = text_at(event, "event_type")
    account = text_at(event, "filter", "user_id") or account
    payload = object_at(event, "payload")
    if kind in _POSTS:
        yield _writing(payload, object_at(event, "includes"), account)
    elif kind == "post.delete":
        yield _deletion(text_at(payload, "id"), account, at=heard)
    elif kind in _MESSAGES:
        yield from _messages(payload, account)
    else:
        yield Ignored(f"“{kind}” is nothing to answer." if kind else "The event says no type.")


def _deletion(native_id: str, account: str, *, at: datetime | None) -> InboundEvent:
    if not native_id:
        return Ignored("The event does not say what was deleted.")
    if at is None:
        return Ignored("The event does not say when it was deleted.")
    return Deleted(account=account, native_id=native_id, at=at)


def _messages(payload: Json, account: str) -> Iterator[InboundEvent]:
    people = object_at(payload, "users")
    written = list_at(payload, "direct_message_events")
    if not written:
        yield Ignored("The event holds no message.")
    for event in written:
        said = object_at(event, "message_create")
        sender = text_at(said, "sender_id")
        other = text_at(said, "target", "recipient_id")
        words = object_at(said, "message_data")
        yield _message(
            native_id=text_at(event, "id"),
            thread=names.chat(sender, other),
            author=_person(people.get(sender), sender),
            words=words,
            pictures=_attached(words),
            at=_from_milliseconds(text_at(event, "created_timestamp")),
            account=account,
        )


# --- What the lists bring ------------------------------------------------------------------


def _listed_message(event: Json, includes: Json, account: str) -> InboundEvent:
    if text_at(event, "event_type") not in ("", "MessageCreate"):
        return Ignored("Somebody came to a chat or left it.")
    sender = text_at(event, "sender_id")
    with_whom = [one for one in list_at(event, "participant_ids") if isinstance(one, str)]
    thread = text_at(event, "dm_conversation_id")
    if not thread and len(with_whom) == 2:
        thread = names.chat(*with_whom)
    return _message(
        native_id=text_at(event, "id"),
        thread=thread,
        author=_person(_included(includes, "users", sender), sender),
        words=event,
        pictures=_media(event, includes),
        at=time_at(event, "created_at"),
        account=account,
    )


def _message(
    *,
    native_id: str,
    thread: str,
    author: Author,
    words: Json,
    pictures: tuple[Media, ...],
    at: datetime | None,
    account: str,
) -> InboundEvent:
    if not native_id or not thread or not author.native_id:
        return Ignored("The message has no id, no chat or no sender.")
    at = at or names.moment_of(native_id)
    if at is None:
        return Ignored("The message says no time.")
    entities = object_at(words, "entities")
    return Written(
        Post(
            native_id=names.message_id(native_id),
            account=account,
            author=author,
            text=_in_full(text_at(words, "text"), entities),
            at=at,
            kind=Kind.MESSAGE,
            thread=thread,
            private=True,
            ours=author.native_id == account,
            url=names.chat_url(thread),
            media=pictures,
            links=_links(entities),
        )
    )


def _writing(post: Json, includes: Json, account: str) -> InboundEvent:
    newest = text_at(post, "id")
    author = text_at(post, "author_id")
    made_at = time_at(post, "created_at") or names.moment_of(newest)
    if not newest or not author or made_at is None:
        return Ignored("The event holds no post with an id, an author and a time.")
    referred = _referred(post)
    if "retweeted" in referred:
        return Ignored("Somebody passed a post on without a word of their own.")
    first = _history(post, newest)[0]
    written = Post(
        native_id=first,
        account=account,
        author=_person(_included(includes, "users", author), author),
        text=_words(post),
        at=_first_made(first, made_at) if first != newest else made_at,
        kind=_kind(post, referred, includes, account),
        thread=text_at(post, "conversation_id") or first,
        parent=referred.get("replied_to", ""),
        ours=author == account,
        url=names.post_url(newest),
        revision=newest,
        language=_language(post),
        media=_media(post, includes),
        links=_links(object_at(post, "entities")),
        subject=_subject(post, referred, includes, account),
        veil=_veil(post),
    )
    return Edited(post=written, at=made_at) if first != newest else Written(post=written)


def _veil(post: Json) -> Veil | None:
    """X marks the post where what is attached to it may not be for everybody."""
    if value_at(post, "possibly_sensitive") is not True:
        return None
    return Veil("marked as possibly sensitive on X")


def _history(post: Json, newest: str) -> list[str]:
    """Oldest first. The specification and X's own examples spell the name differently."""
    known = list_at(post, "edit_history_post_ids") or list_at(post, "edit_history_tweet_ids")
    found = sorted({one for one in known if isinstance(one, str) and names.is_id(one)}, key=int)
    return found if newest in found else [newest]


def newest_of(post: Json) -> str:
    """The id under which the newest words of this post stand."""
    return _history(post, text_at(post, "id"))[-1]


def _first_made(first: str, made_at: datetime) -> datetime:
    """An edit carries its own time; the first one's is in its id."""
    found = names.moment_of(first)
    return found if found is not None and found <= made_at else made_at


def _referred(post: Json) -> dict[str, str]:
    known = list_at(post, "referenced_posts") or list_at(post, "referenced_tweets")
    pairs = ((text_at(one, "type"), text_at(one, "id")) for one in known)
    return {kind: native_id for kind, native_id in pairs if native_id}


def _kind(post: Json, referred: dict[str, str], includes: Json, account: str) -> Kind:
    """From the post alone, so that webhook, list and look-up agree on one item."""
    replied = "replied_to" in referred
    if text_at(post, "author_id") == account:
        return Kind.COMMENT if replied else Kind.POST
    if text_at(post, "in_reply_to_user_id") == account:
        return Kind.COMMENT
    quoted = _included(includes, "posts", referred.get("quoted", ""))
    if text_at(quoted, "author_id") == account:
        return Kind.QUOTE
    named = list_at(post, "entities", "mentions")
    if any(text_at(one, "id") == account for one in named):
        return Kind.MENTION
    return Kind.COMMENT if replied else Kind.MENTION


def _subject(post: Json, referred: dict[str, str], includes: Json, account: str) -> Subject | None:
    """The quoted post, or the answered one where it began the conversation."""
    wanted = referred.get("quoted", "")
    if referred.get("replied_to", "") == text_at(post, "conversation_id"):
        wanted = referred.get("replied_to", wanted)
    about = _included(includes, "posts", wanted)
    at = time_at(about, "created_at") or names.moment_of(wanted)
    author = text_at(about, "author_id")
    if not about or at is None or not author:
        return None
    return Subject(
        native_id=wanted,
        author=_person(_included(includes, "users", author), author),
        text=_words(about),
        at=at,
        url=names.post_url(wanted),
        ours=author == account,
        media=_media(about, includes),
        veil=_veil(about),
    )


# --- Words, people, pictures ---------------------------------------------------------------


def _words(post: Json) -> str:
    # A long post stands whole in a note beside its beginning.
    note = object_at(post, "note_post") or object_at(post, "note_tweet")
    whole = note if text_at(note, "text") else post
    return _in_full(text_at(whole, "text"), object_at(whole, "entities"))


def _in_full(said: str, entities: Json) -> str:
    """The words as they were written: escapes undone, shortened links in full, and without the
    address that X puts at the end for a picture."""
    for url in list_at(entities, "urls"):
        short, full = text_at(url, "url"), text_at(url, "expanded_url")
        if short:
            said = said.replace(short, "" if text_at(url, "media_key") else full or short)
    return text.plain(said).strip()


def _links(entities: Json) -> tuple[str, ...]:
    pictures = {
        text_at(url, "url") for url in list_at(entities, "urls") if text_at(url, "media_key")
    }
    found = (full for short, full in text.links(entities) if short not in pictures)
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]


def _language(post: Json) -> str:
    said = text_at(post, "lang")
    # X's own words for “not known”: https://docs.x.com/x-api/fundamentals/metrics
    return "" if said in {"und", "zxx", "qme", "qst", "qht", "qam", "qct", "art"} else said[:20]


def _person(found: object, native_id: str) -> Author:
    """Items of `users` are sometimes wrapped in `data`."""
    person = object_at(found, "data") or object_at(found)
    handle = text_at(person, "username")
    return Author(
        native_id=native_id,
        name=text_at(person, "name").strip() or handle or native_id,
        handle=handle,
        url=names.profile_url(handle, native_id),
    )


def _included(includes: Json, kind: str, native_id: str) -> Json:
    """One of the answer's `includes`; posts are also spelt tweets there."""
    if not native_id:
        return {}
    listed = list_at(includes, kind)
    if kind == "posts":
        listed = listed or list_at(includes, "tweets")
    for one in listed:
        inner = object_at(one, "data") or object_at(one)
        if text_at(inner, "id") == native_id:
            return inner
    return {}


def _media(item: Json, includes: Json) -> tuple[Media, ...]:
    keys = list_at(item, "attachments", "media_keys")
    by_key = {text_at(one, "media_key"): one for one in list_at(includes, "media")}
    found = (_picture(by_key[key]) for key in keys if isinstance(key, str) and key in by_key)
    return tuple(found)[:_MOST_MEDIA]


def _picture(one: Json) -> Media:
    moving = text_at(one, "type") in {"video", "animated_gif"}
    url, content_type = text_at(one, "url"), ""
    if moving:
        url, content_type = _best(list_at(one, "variants"))
    return Media(
        kind="video" if moving else "image",
        alt=text_at(one, "alt_text"),
        url=_web(url or text_at(one, "preview_image_url")),
        content_type=content_type,
        width=number_at(one, "width"),
        height=number_at(one, "height"),
    )


def _best(variants: list[Any]) -> tuple[str, str]:
    """Of a film's variants the finest one that is a file."""
    films = [one for one in variants if text_at(one, "content_type") == "video/mp4"]
    if not films:
        return "", ""
    finest = max(films, key=_rate)
    return text_at(finest, "url"), "video/mp4"


def _rate(variant: object) -> int:
    # Posts and messages spell it differently.
    rate = value_at(variant, "bit_rate") or value_at(variant, "bitrate")
    return rate if isinstance(rate, int) else 0


def _attached(words: Json) -> tuple[Media, ...]:
    """The one attachment of a message, as the Activity API spells it."""
    one = object_at(words, "attachment", "media")
    if not one:
        return ()
    moving = text_at(one, "type") not in ("", "photo")
    address, content_type = _best(list_at(one, "video_info", "variants"))
    address = address or text_at(one, "media_url_https") or text_at(one, "url")
    return (
        Media(
            kind="video" if moving else "image",
            alt=text_at(one, "ext_alt_text"),
            url=_web(address),
            content_type=content_type,
        ),
    )


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _from_milliseconds(value: str) -> datetime | None:
    if not (value.isascii() and value.isdecimal() and len(value) <= 14):
        return None
    return datetime.fromtimestamp(int(value) / 1000, tz=UTC)
