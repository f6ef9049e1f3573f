"""How X writes its objects: only the fields that were asked for, and what they point at beside.

Two vocabularies are in use: the older one says tweets (`tweet.fields`, `includes.tweets`), the
specification of late 2026 says posts (`post.fields`, `includes.posts`). Who asks with the newer
words is answered with them.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel.media import Stock
from sandbox.x.state import EDITS, NAMED, Account, Direct, Medium, Post, State

_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_SHORT = re.compile(r"https://t\.co/\w{10}")
_HASHTAG = re.compile(r"(?<!\w)#(\w*[^\W\d]\w*)")

#: The newer word for an older one.
NEWER = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "referenced_tweets.id": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
    "most_recent_tweet_id": "most_recent_post_id",
    "pinned_tweet_id": "pinned_post_id",
}
_OLDER = {new: old for old, new in NEWER.items() if old != "referenced_tweets"}


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FIELDS = {
    "post": _words(
        "attachments author_id card_uri community_id context_annotations conversation_id"
        " created_at display_text_range edit_controls edit_history_tweet_ids entities geo id"
        " in_reply_to_user_id lang non_public_metrics note_tweet organic_metrics paid_partnership"
        " possibly_sensitive promoted_metrics public_metrics referenced_tweets reply_settings"
        " scopes source text withheld article media_metadata note_post suggested_source_links"
        " article_title matched_media_notes note_request_suggestions display_text_range"
        " suggested_source_links_with_counts"
    ),
    "user": _words(
        "affiliation confirmed_email connection_status created_at description entities id"
        " is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id"
        " profile_banner_url profile_image_url protected public_metrics receives_your_dm"
        " subscription subscription_type subscribes_to_you url username verified"
        " verified_followers_count verified_type withheld"
    ),
    "media": _words(
        "alt_text duration_ms height media_key non_public_metrics organic_metrics"
        " preview_image_url promoted_metrics public_metrics type url variants width"
    ),
    "dm_event": _words(
        "attachments created_at dm_conversation_id entities event_type id participant_ids"
        " referenced_tweets sender_id text"
    ),
}
EXPANSIONS = _words(
    "article.cover_media article.media_entities attachments.media_keys"
    " attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids"
    " entities.mentions.username geo.place_id in_reply_to_user_id referenced_tweets.id"
    " referenced_tweets.id.author_id referenced_tweets.id.attachments.media_keys username"
    " affiliation most_recent_tweet_id pinned_tweet_id participant_ids sender_id"
    " entities.note.mentions.username"
)
#: What an expansion asks for in the object itself.
_FIELD_OF = {
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "attachments.media_keys": "attachments",
    "referenced_tweets.id": "referenced_tweets",
    "referenced_tweets.id.author_id": "referenced_tweets",
    "entities.mentions.username": "entities",
    "sender_id": "sender_id",
    "participant_ids": "participant_ids",
}


class UnknownField(ValueError):  # noqa: N818 - reads as a state
    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(f"The `{parameter}` query parameter value [{value}] is not valid.")
        self.parameter = parameter
        self.value = value


@dataclass(frozen=True, slots=True)
class Wanted:
    post: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    dm_event: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    newer: bool = False

    def word(self, older: str) -> str:
        return NEWER.get(older, older) if self.newer else older


def wanted(query: Mapping[str, str]) -> Wanted:
    """Raises `UnknownField`."""
    asked: dict[str, frozenset[str]] = {}
    newer = "post.fields" in query
    for parameter, kind in (
        ("tweet.fields", "post"),
        ("post.fields", "post"),
        ("user.fields", "user"),
        ("media.fields", "media"),
        ("dm_event.fields", "dm_event"),
    ):
        names = _listed(query.get(parameter, ""))
        newer = newer or any(name in _OLDER for name in names)
        asked[kind] = asked.get(kind, frozenset()) | _checked(parameter, names, FIELDS[kind])
    listed = _listed(query.get("expansions", ""))
    newer = newer or any(name in _OLDER for name in listed)
    expansions = _checked("expansions", listed, EXPANSIONS)
    return Wanted(**asked, expansions=expansions, newer=newer)


def everything() -> Wanted:
    """As the activity events carry it, which nobody can choose the fields of."""
    return Wanted(
        post=_words(
            "attachments author_id conversation_id created_at display_text_range edit_controls"
            " entities in_reply_to_user_id lang paid_partnership possibly_sensitive"
            " public_metrics referenced_tweets reply_settings"
        ),
        user=_words(
            "created_at description is_identity_verified profile_banner_url profile_image_url"
            " protected public_metrics url verified verified_type most_recent_tweet_id"
        ),
        media=frozenset({"url", "alt_text"}),
        expansions=frozenset({"author_id", "entities.mentions.username", "attachments.media_keys"}),
    )


def _listed(value: str) -> list[str]:
    return [name for name in value.split(",") if name]


def _checked(parameter: str, names: Iterable[str], known: frozenset[str]) -> frozenset[str]:
    older = frozenset(_OLDER.get(name, name) for name in names)
    for name in older - known:
        raise UnknownField(parameter, name)
    return older


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def short(url: str) -> str:
    return "https://t.co/" + hashlib.sha256(url.encode()).hexdigest()[:10]


def weight(text: str) -> int:
    """X counts a link as 23 and what is beyond the common alphabets as two."""
    rest, links = _URL.subn("", text)
    return 23 * links + sum(1 if _light(letter) else 2 for letter in rest)


def _light(letter: str) -> bool:
    code = ord(letter)
    return code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is answered: links shortened, three characters escaped."""

    text: str
    shown: tuple[int, int]
    urls: tuple[tuple[str, str], ...]  # short and whole


def written(text: str, *, to: Iterable[str] = (), pictures: str = "") -> Text:
    urls = tuple((short(found), found) for found in _URL.findall(text))
    body = _escaped(_URL.sub(lambda match: short(match[0]), text))
    before = "".join(f"@{name} " for name in to)
    end = len(before) + len(body)
    after = ""
    if pictures:
        after = (" " if body else "") + short(pictures)
        urls += ((short(pictures), pictures),)
    return Text(before + body + after, (len(before), end), urls)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(slots=True)
class Shaper:
    """Writes one answer: its objects, and beside them what they point at."""

    state: State
    stock: Stock
    wanted: Wanted
    edit_window: timedelta
    _users: dict[str, dict[str, Any]] = field(default_factory=dict)
    _posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _media: dict[str, dict[str, Any]] = field(default_factory=dict)

    def includes(self) -> dict[str, Any]:
        found = {
            "users": list(self._users.values()),
            self.wanted.word("tweets"): list(self._posts.values()),
            "media": list(self._media.values()),
        }
        return {name: listed for name, listed in found.items() if listed}

    def post(self, post: Post, *, deep: bool = True) -> dict[str, Any]:
        fields = self.wanted.post | {
            _FIELD_OF[name] for name in self.wanted.expansions if name in _FIELD_OF
        }
        text = self.text(post)
        said: dict[str, Any] = {
            "id": post.id,
            "text": text.text,
            self.wanted.word("edit_history_tweet_ids"): list(self.state.latest(post).versions),
        }
        makers: dict[str, Callable[[], Any]] = {
            "author_id": lambda: post.author,
            "conversation_id": lambda: post.conversation,
            "created_at": lambda: stamp(post.at),
            "display_text_range": lambda: list(text.shown),
            "lang": lambda: post.language,
            "paid_partnership": lambda: False,
            "possibly_sensitive": lambda: False,
            "reply_settings": lambda: "everyone",
            "in_reply_to_user_id": lambda: self._answered(post),
            "attachments": lambda: self._attachments(post.media),
            "entities": lambda: self._entities(post, text),
            "referenced_tweets": lambda: self._references(post),
            "edit_controls": lambda: self._edit_controls(post),
            "public_metrics": lambda: self._post_metrics(post),
        }
        for name, make in makers.items():
            if name in fields and (value := make()) is not None:
                said[self.wanted.word(name)] = value
        if deep:
            self._point(post)
        return said

    def text(self, post: Post) -> Text:
        pictures = ""
        if post.media:
            author = self.state.stored.accounts[post.author].username
            pictures = f"https://x.com/{author}/status/{post.id}/photo/1"
        return written(post.text, to=post.to, pictures=pictures)

    def user(self, account: Account) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": account.id,
            "name": account.name,
            "username": account.username,
        }
        posts = self.state.by_author[account.id]
        makers: dict[str, Callable[[], Any]] = {
            "created_at": lambda: stamp(account.created_at),
            "description": lambda: "",
            "is_identity_verified": lambda: False,
            "profile_banner_url": lambda: "",
            "profile_image_url": lambda: f"{self.stock.base}/x/faces/{account.id}.png",
            "protected": lambda: False,
            "url": lambda: "",
            "verified": lambda: bool(account.brand),
            "verified_type": lambda: "business" if account.brand else "none",
            "most_recent_tweet_id": lambda: posts[-1] if posts else None,
            "receives_your_dm": lambda: True,
            "public_metrics": lambda: {
                "followers_count": 0,
                "following_count": 0,
                self.wanted.word("tweet_count"): len(posts),
                "listed_count": 0,
                "like_count": 0,
                "media_count": 0,
            },
        }
        for name, make in makers.items():
            if name in self.wanted.user and (value := make()) is not None:
                said[self.wanted.word(name)] = value
        return said

    def medium(self, medium: Medium) -> dict[str, Any]:
        said: dict[str, Any] = {"media_key": medium.key, "type": medium.kind}
        address = self.stock.address(medium.digest)
        if "url" in self.wanted.media and medium.kind == "photo":
            said["url"] = address
        if "preview_image_url" in self.wanted.media and medium.kind != "photo":
            said["preview_image_url"] = address
        if "variants" in self.wanted.media and medium.kind != "photo":
            said["variants"] = [{"content_type": medium.content_type, "url": address}]
        if "alt_text" in self.wanted.media and medium.alt:
            said["alt_text"] = medium.alt
        return said

    def direct(self, direct: Direct) -> dict[str, Any]:
        fields = self.wanted.dm_event | {
            _FIELD_OF[name] for name in self.wanted.expansions if name in _FIELD_OF
        }
        text = written(direct.text)
        said: dict[str, Any] = {
            "id": direct.id,
            "event_type": "MessageCreate",
            "text": text.text,
        }
        makers: dict[str, Callable[[], Any]] = {
            "created_at": lambda: stamp(direct.at),
            "dm_conversation_id": lambda: direct.conversation,
            "sender_id": lambda: direct.sender,
            "participant_ids": lambda: [direct.sender, direct.to],
            "attachments": lambda: self._attachments(direct.media),
        }
        for name, make in makers.items():
            if name in fields and (value := make()) is not None:
                said[name] = value
        if "sender_id" in self.wanted.expansions:
            self._include_user(direct.sender)
        if "participant_ids" in self.wanted.expansions:
            self._include_user(direct.to)
        if "attachments.media_keys" in self.wanted.expansions:
            self._include_media(direct.media)
        return said

    def _point(self, post: Post) -> None:
        asked = self.wanted.expansions
        if "author_id" in asked:
            self._include_user(post.author)
        if "in_reply_to_user_id" in asked and (answered := self._answered(post)):
            self._include_user(answered)
        if "entities.mentions.username" in asked:
            for account in self._named(post):
                self._include_user(account.id)
        if "attachments.media_keys" in asked:
            self._include_media(post.media)
        if asked & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
            parent = self.state.standing(post.reply_to)
            if parent is not None:
                self._posts[parent.id] = self.post(parent, deep=False)
                if asked & {"referenced_tweets.id.author_id", "author_id"}:
                    self._include_user(parent.author)

    def _include_user(self, account_id: str) -> None:
        self._users.setdefault(account_id, self.user(self.state.stored.accounts[account_id]))

    def _include_media(self, media: Iterable[str]) -> None:
        for one in media:
            medium = self.state.stored.media[one]
            self._media.setdefault(medium.key, self.medium(medium))

    def _answered(self, post: Post) -> str | None:
        parent = self.state.stored.posts.get(post.reply_to)
        return parent.author if parent is not None else None

    def _attachments(self, media: Iterable[str]) -> dict[str, Any] | None:
        keys = [self.state.stored.media[one].key for one in media]
        return {"media_keys": keys} if keys else None

    def _references(self, post: Post) -> list[dict[str, str]] | None:
        return [{"type": "replied_to", "id": post.reply_to}] if post.reply_to else None

    def _named(self, post: Post) -> list[Account]:
        return self.state.named(post.whole)

    def _entities(self, post: Post, text: Text) -> dict[str, Any] | None:
        known = {account.username.lower(): account for account in self._named(post)}
        mentions = [
            {
                "start": match.start(),
                "end": match.end(),
                "username": known[match[1].lower()].username,
                "id": known[match[1].lower()].id,
            }
            for match in NAMED.finditer(text.text)
            if match[1].lower() in known
        ]
        whole = dict(text.urls)
        urls = [
            {
                "start": match.start(),
                "end": match.end(),
                "url": match[0],
                "expanded_url": whole[match[0]],
                "display_url": whole[match[0]].split("://", 1)[1],
            }
            for match in _SHORT.finditer(text.text)
            if match[0] in whole
        ]
        hashtags = [
            {"start": match.start(), "end": match.end(), "tag": match[1]}
            for match in _HASHTAG.finditer(text.text)
        ]
        found = {"mentions": mentions, "urls": urls, "hashtags": hashtags}
        return {name: listed for name, listed in found.items() if listed} or None

    def _edit_controls(self, post: Post) -> dict[str, Any]:
        first = self.state.first(post)
        return {
            "edits_remaining": EDITS - (len(self.state.latest(post).versions) - 1),
            "is_edit_eligible": not post.reply_to,
            "editable_until": stamp(first.at + self.edit_window),
        }

    def _post_metrics(self, post: Post) -> dict[str, Any]:
        return {
            self.wanted.word("retweet_count"): 0,
            "reply_count": sum(1 for one in self.state.replies(post) if not one.deleted),
            "like_count": 0,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 0,
        }
