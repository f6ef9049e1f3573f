"""The calls of X's API v2 that a desk makes."""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.x.activity import KNOWN, PRIVATE, Activity, Filtered, Line, describe
from sandbox.x.calls import (
    Answer,
    Asked,
    Gate,
    Refused,
    Way,
    forbidden,
    invalid,
    missing,
    moment,
    not_found,
)
from sandbox.x.network import Network, too_long
from sandbox.x.query import QueryError, parse
from sandbox.x.shape import Shaper, stamp, wanted
from sandbox.x.state import Account, Direct, Medium, Post, Rule, Subscription, Webhook

_ID = re.compile(r"[0-9]{1,19}")
_MB = 1024 * 1024
_MOST_BYTES = {"photo": 5 * _MB, "animated_gif": 15 * _MB, "video": 512 * _MB}
_CATEGORIES = {"tweet_image", "tweet_gif", "tweet_video", "dm_image", "dm_gif", "dm_video"}
_MOST_RULES, _LONGEST_RULE, _LONGEST_QUERY = 1_000, 1_024, 1_024
_MOST_SUBSCRIPTIONS = 1_500
_SEARCHED = timedelta(days=7)
_REMEMBERED = timedelta(days=30)
_MEDIA_HOLDS = timedelta(hours=24)
_CONVERSATION = re.compile(r"conversation_id:(\d+)")


@dataclass(slots=True)
class Settings:
    """What X decides about an app. `summoned_by_reply`: whether answering a post of ours is
    enough to be answered; X does not say, so it is not, unless a test wants it."""

    self_serve: bool = True
    summoned_by_reply: bool = False
    secure_hooks_only: bool = False  # X takes https addresses without a port only
    most_webhooks: int = 5
    video_takes: timedelta = timedelta(seconds=0)


@dataclass(slots=True)
class Api:
    network: Network
    gate: Gate
    activity: Activity
    filtered: Filtered
    settings: Settings = field(default_factory=Settings)

    def ways(self) -> list[Way]:
        read, write = ("tweet.read", "users.read"), ("tweet.read", "tweet.write", "users.read")
        moderate = ("tweet.read", "tweet.moderate.write", "users.read")
        mute, see_mutes = ("users.read", "mute.write"), ("users.read", "mute.read")
        send, messages = ("dm.write", "users.read"), ("dm.read", "users.read")
        media = ("media.write",)
        return [
            Way("GET", "/2/users/me", self.users_me, "user", read, ("users",)),
            Way("GET", "/2/users/by", self.users_by, "any", read, ("users",)),
            Way("GET", "/2/users/by/username/{name}", self.user_by, "any", read, ("users",)),
            Way("GET", "/2/users", self.users, "any", read, ("users",)),
            Way("GET", "/2/users/{id}", self.user, "any", read, ("users",)),
            Way("GET", "/2/users/{id}/mentions", self.mentions, "any", read, ("mentions",)),
            Way("GET", "/2/users/{id}/tweets", self.timeline, "any", read, ("timeline",)),
            Way("GET", "/2/users/{id}/muting", self.muting, "user", see_mutes, ("mute",)),
            Way("POST", "/2/users/{id}/muting", self.mute, "user", mute, ("mute",)),
            Way("DELETE", "/2/users/{id}/muting/{of}", self.unmute, "user", mute, ("mute",)),
            Way("GET", "/2/users/{id}/blocking", self.blocking, "user", ("block.read",)),
            Way("POST", "/2/users/{id}/dm/block", self.dm_block, "user", send, ("dm block",)),
            Way("POST", "/2/users/{id}/dm/unblock", self.dm_unblock, "user", send, ("dm block",)),
            Way("POST", "/2/tweets", self.create, "user", write, ("post", "post by app"), 201),
            Way("GET", "/2/tweets", self.posts, "any", read, ("lookup",)),
            Way("GET", "/2/tweets/search/recent", self.search, "any", read, ("search",)),
            Way("GET", "/2/tweets/search/stream", self.stream, "app", (), ("stream",)),
            Way("GET", "/2/tweets/search/stream/rules", self.rules, "app", (), ("rules",)),
            Way("POST", "/2/tweets/search/stream/rules", self.change_rules, "app", (), ("rules",)),
            Way("GET", "/2/tweets/{id}", self.post, "any", read, ("lookup",)),
            Way("DELETE", "/2/tweets/{id}", self.delete, "user", write, ("delete",)),
            Way("PUT", "/2/tweets/{id}/hidden", self.hide, "user", moderate, ("hide",)),
            Way("GET", "/2/dm_events", self.directs, "user", messages, ("dm events",)),
            Way("GET", "/2/dm_events/{id}", self.direct, "user", messages, ("dm events",)),
            Way("DELETE", "/2/dm_events/{id}", self.forget, "user", send, ("dm",)),
            Way(
                "GET", "/2/dm_conversations/with/{who}/dm_events", self.directs,
                "user", messages, ("dm events",),
            ),
            Way(
                "GET", "/2/dm_conversations/{conversation}/dm_events", self.directs,
                "user", messages, ("dm events",),
            ),
            Way(
                "POST", "/2/dm_conversations/with/{who}/messages", self.send_direct,
                "user", send, ("dm", "dm by day"), 201,
            ),
            Way(
                "POST", "/2/dm_conversations/{conversation}/messages", self.send_direct,
                "user", send, ("dm", "dm by day"), 201,
            ),
            Way("POST", "/2/media/upload", self.upload, "user", media, ("media",)),
            Way("GET", "/2/media/upload", self.upload_status, "user", media, ("media",)),
            Way("POST", "/2/media/upload/initialize", self.initialise, "user", media, ("media",)),
            Way("POST", "/2/media/upload/{id}/append", self.append, "user", media, ("media",)),
            Way("POST", "/2/media/upload/{id}/finalize", self.finish, "user", media, ("media",)),
            Way("POST", "/2/media/metadata", self.describe_media, "user", media, ("media",)),
            Way("GET", "/2/webhooks", self.webhooks, "app", (), ("webhooks",)),
            Way("POST", "/2/webhooks", self.add_webhook, "app", (), ("webhooks",)),
            Way("POST", "/2/webhooks/replay", self.replay, "app", (), ("replay",)),
            Way("PUT", "/2/webhooks/{id}", self.revalidate, "app", (), ("webhooks",)),
            Way("DELETE", "/2/webhooks/{id}", self.remove_webhook, "app", (), ("webhooks",)),
            Way(
                "GET", "/2/activity/subscriptions", self.subscriptions, "any", (),
                ("subscriptions",),
            ),
            Way(
                "POST", "/2/activity/subscriptions", self.subscribe, "any", (), ("subscriptions",)
            ),
            Way(
                "PUT", "/2/activity/subscriptions/{id}", self.change_subscription, "app", (),
                ("subscriptions",),
            ),
            Way(
                "DELETE", "/2/activity/subscriptions/{id}", self.unsubscribe, "app", (),
                ("subscriptions",),
            ),
            Way("GET", "/2/activity/stream", self.activity_stream, "app", (), ("stream",)),
        ]  # fmt: skip

    # -- accounts

    def users_me(self, asked: Asked) -> Answer:
        return self._accounts(asked, [asked.me], one=True)

    def user(self, asked: Asked) -> Answer:
        found = self.network.state.stored.accounts.get(asked.path("id"))
        return self._accounts(
            asked, [found], one=True, errors=[missing("user", "id", asked.path("id"))]
        )

    def user_by(self, asked: Asked) -> Answer:
        name = asked.path("name")
        found = self.network.state.account(name)
        return self._accounts(asked, [found], one=True, errors=[missing("user", "username", name)])

    def users(self, asked: Asked) -> Answer:
        ids = _ids(asked)
        accounts = self.network.state.stored.accounts
        errors = [missing("user", "ids", one) for one in ids if one not in accounts]
        return self._accounts(asked, [accounts.get(one) for one in ids], errors=errors)

    def users_by(self, asked: Asked) -> Answer:
        names = [name for name in asked.query.get("usernames", "").split(",") if name]
        found = [self.network.state.account(name) for name in names]
        errors = [
            missing("user", "usernames", name)
            for name, account in zip(names, found, strict=True)
            if account is None
        ]
        return self._accounts(asked, found, errors=errors)

    def muting(self, asked: Asked) -> Answer:
        accounts = self.network.state.stored.accounts
        listed = self.network.state.stored.muted.get(asked.mine().id, [])
        return self._accounts(asked, [accounts.get(one) for one in listed], counted=True)

    def blocking(self, asked: Asked) -> Answer:
        """People block in the app; nobody has here."""
        asked.mine()
        return self._accounts(asked, [], counted=True)

    def mute(self, asked: Asked) -> Answer:
        me, of = asked.mine(), asked.text("target_user_id")
        if of not in self.network.state.stored.accounts:
            raise not_found("user", "target_user_id", of)
        if of == me.id:
            raise invalid("You cannot mute yourself.", parameter="target_user_id", value=of)
        listed = self.network.state.stored.muted.setdefault(me.id, [])
        if of not in listed:
            listed.append(of)
        return {"data": {"muting": True}}

    def unmute(self, asked: Asked) -> Answer:
        listed = self.network.state.stored.muted.get(asked.mine().id, [])
        if asked.path("of") in listed:
            listed.remove(asked.path("of"))
        return {"data": {"muting": False}}

    def dm_block(self, asked: Asked) -> Answer:
        self.network.block_messages(asked.me, self._target(asked), blocked=True)
        return {"data": {"blocked": True}}

    def dm_unblock(self, asked: Asked) -> Answer:
        self.network.block_messages(asked.me, self._target(asked), blocked=False)
        return {"data": {"blocked": False}}

    # -- posts

    def create(self, asked: Asked) -> Answer:
        text, media = asked.text("text"), self._media(asked)
        reply = _object(asked.body, "reply")
        edit = _object(asked.body, "edit_options")
        if not text and not media:
            raise invalid("One of text or media is needed.", parameter="text")
        if too_long(text):
            raise forbidden("The text of this post is too long.")
        if asked.body.get("quote_tweet_id") and self.settings.self_serve:
            raise forbidden("Quote posts are not available to this app's access level.")
        of = str(reply.get("in_reply_to_tweet_id", ""))
        if of:
            self._summoned(asked.me, of)
        elif "reply" in asked.body:
            raise invalid("$.reply.in_reply_to_tweet_id: is missing.", parameter="reply")
        state = self.network.state
        now = self.network.world.now()
        if text and state.repeated(asked.me.id, text, reply_to=of, now=now):
            raise forbidden("You are not allowed to create a post with duplicate content.")
        if edit:
            post = self.network.edit(asked.me, text, of=str(edit.get("previous_post_id", "")))
        else:
            without = _listed(reply, "exclude_reply_user_ids")
            post = self.network.write(asked.me, text, reply_to=of, media=media, without=without)
        shaper = self._shaper(asked)
        return {"data": shaper.post(post)}

    def delete(self, asked: Asked) -> Answer:
        post = self.network.state.standing(asked.path("id"))
        if post is None:
            # Deleting what is gone succeeds.
            return {"data": {"deleted": True}}
        if post.author != asked.me.id:
            raise forbidden("You are not allowed to delete this post.")
        self.network.remove(asked.me, of=post.id)
        return {"data": {"deleted": True}}

    def hide(self, asked: Asked) -> Answer:
        hidden = asked.body.get("hidden")
        if not isinstance(hidden, bool):
            raise invalid("$.hidden: a boolean is expected.", parameter="hidden")
        post = self.network.state.standing(asked.path("id"))
        if post is None:
            raise not_found("tweet", "id", asked.path("id"))
        root = self.network.state.stored.posts[post.conversation]
        if not post.reply_to or root.author != asked.me.id or post.author == asked.me.id:
            raise forbidden("Only replies of others in a conversation of yours can be hidden.")
        self.network.hide(asked.me, post, hidden=hidden)
        return {"data": {"hidden": hidden}}

    def post(self, asked: Asked) -> Answer:
        post = self.network.state.standing(asked.path("id"))
        if post is None:
            return {"errors": [missing("tweet", "id", asked.path("id"))]}
        shaper = self._shaper(asked)
        said: dict[str, Any] = {"data": shaper.post(post)}
        return said | _beside(shaper)

    def posts(self, asked: Asked) -> Answer:
        """What is gone comes back among the errors, with status 200."""
        shaper, found, errors = self._shaper(asked), [], []
        for one in _ids(asked):
            post = self.network.state.standing(one)
            if post is None:
                errors.append(missing("tweet", "ids", one))
            else:
                found.append(shaper.post(post))
        said: dict[str, Any] = {"data": found} if found else {}
        return said | _beside(shaper) | ({"errors": errors} if errors else {})

    def mentions(self, asked: Asked) -> Answer:
        account = self._account(asked)
        return self._page(asked, reversed(self.network.state.naming[account.id]), least=5)

    def timeline(self, asked: Asked) -> Answer:
        account = self._account(asked)
        return self._page(asked, reversed(self.network.state.by_author[account.id]), least=5)

    def search(self, asked: Asked) -> Answer:
        query = asked.query.get("query", "")
        if not query or len(query) > _LONGEST_QUERY:
            raise invalid("A query of 1 to 1024 letters is needed.", parameter="query", value=query)
        try:
            matches = parse(query, self.network.state)
        except QueryError as error:
            raise invalid(str(error), parameter="query", value=query) from error
        state = self.network.state
        since = self.network.world.now() - _SEARCHED
        only = _CONVERSATION.search(query) if " OR " not in query else None
        among: Iterable[str] = state.threads[only[1]] if only is not None else state.stored.posts
        found = (
            one
            for one in reversed(among)  # type: ignore[call-overload]
            if state.stored.posts[one].at >= since and matches(state.stored.posts[one])
        )
        return self._page(asked, found, least=10)

    # -- the filtered stream

    def rules(self, asked: Asked) -> Answer:
        only = [one for one in asked.query.get("ids", "").split(",") if one]
        listed = [
            _rule(rule)
            for rule in self.network.state.stored.rules.values()
            if not only or rule.id in only
        ]
        meta = {"sent": stamp(self.network.world.now()), "result_count": len(listed)}
        return ({"data": listed} if listed else {}) | {"meta": meta}

    def change_rules(self, asked: Asked) -> Response:
        sent = stamp(self.network.world.now())
        if "delete" in asked.body:
            summary = self._delete_rules(_object(asked.body, "delete"))
            return JSONResponse({"meta": {"sent": sent, "summary": summary}})
        wanted_rules = asked.body.get("add")
        if not isinstance(wanted_rules, list):
            raise invalid("Rules to add or to delete are needed.", parameter="add")
        dry = asked.query.get("dry_run") == "true"
        data, errors = [], []
        for one in wanted_rules:
            value = str(one.get("value", "")) if isinstance(one, dict) else ""
            error = self._rule_error(value)
            if error is not None:
                errors.append(error)
                continue
            made = self.network.state.next_id(self.network.world.now())
            rule = Rule(made, value, str(one.get("tag", "")))
            data.append(_rule(rule))
            if not dry:
                self.network.state.stored.rules[rule.id] = rule
        summary = {
            "created": len(data),
            "not_created": len(errors),
            "valid": len(data),
            "invalid": len(errors),
        }
        said = {"data": data} if data else {}
        said |= {"meta": {"sent": sent, "summary": summary}}  # type: ignore[dict-item]
        return JSONResponse(said | ({"errors": errors} if errors else {}), 201)

    def stream(self, asked: Asked) -> Response:
        minutes = asked.number("backfill_minutes", least=0, most=5, default=0)
        line = Line(wanted(asked.query))
        missed = self.filtered.missed(minutes, line.wanted) if minutes else []
        return self._stream(self.filtered, line, missed)

    # -- direct messages

    def directs(self, asked: Asked) -> Answer:
        me, since = asked.me, self.network.world.now() - _REMEMBERED
        conversation = asked.request.path_params.get("conversation", "")
        if who := asked.request.path_params.get("who", ""):
            conversation = "-".join(sorted((me.id, who), key=int)) if _ID.fullmatch(who) else "-"
        found = [
            one
            for one in reversed(self.network.state.stored.directs.values())
            if me.id in (one.sender, one.to)
            and me.id not in one.gone_for
            and one.at >= since
            and conversation in ("", one.conversation)
        ]
        most = asked.number("max_results", least=1, most=100, default=100)
        before = _token(asked)
        found = [one for one in found if not before or int(one.id) < before]
        shaper = self._shaper(asked)
        page, more = found[:most], found[most:]
        said: dict[str, Any] = {"data": [shaper.direct(one) for one in page]} if page else {}
        meta: dict[str, Any] = {"result_count": len(page)}
        if more:
            meta["next_token"] = _next(page[-1].id)
        return said | _beside(shaper) | {"meta": meta}

    def direct(self, asked: Asked) -> Answer:
        direct = self._own_direct(asked)
        shaper = self._shaper(asked)
        said: dict[str, Any] = {"data": shaper.direct(direct)}
        return said | _beside(shaper)

    def forget(self, asked: Asked) -> Answer:
        """Gone for oneself only; the other side keeps it."""
        self._own_direct(asked).gone_for.append(asked.me.id)
        return {"data": {"deleted": True}}

    def send_direct(self, asked: Asked) -> Answer:
        who = asked.request.path_params.get("who", "")
        if not who:
            parts = asked.path("conversation").split("-")
            who = next((one for one in parts if one != asked.me.id), "")
        to = self.network.state.stored.accounts.get(who)
        if to is None:
            raise not_found("user", "participant_id", who)
        text = asked.text("text")
        attachments = asked.body.get("attachments", [])
        if not isinstance(attachments, list):
            raise invalid("$.attachments: a list is expected.", parameter="attachments")
        media = [str(one.get("media_id", "")) for one in attachments if isinstance(one, dict)]
        self._check_media(asked.me, media)
        if not text and not media:
            raise invalid("One of text or attachments is needed.", parameter="text")
        if not self.network.wrote_to(to.id, asked.me.id):
            raise forbidden("You do not have permission to message one or more participants.")
        direct = self.network.send(asked.me, to, text, media=media)
        return {"data": {"dm_conversation_id": direct.conversation, "dm_event_id": direct.id}}

    # -- media

    def initialise(self, asked: Asked) -> Answer:
        content_type, category = asked.text("media_type"), asked.text("media_category")
        total = asked.body.get("total_bytes")
        if category not in _CATEGORIES or not content_type:
            raise invalid("$.media_category: is not known.", parameter="media_category")
        if not isinstance(total, int) or total <= 0:
            raise invalid("$.total_bytes: a number is expected.", parameter="total_bytes")
        state, now = self.network.state, self.network.world.now()
        medium = Medium(state.next_id(now), asked.me.id, content_type, category, now, total)
        self._check_size(medium, total)
        state.stored.media[medium.id] = medium
        return {"data": self._uploaded(medium)}

    def append(self, asked: Asked) -> Answer:
        medium, content = self._own_medium(asked, asked.path("id")), _content(asked)
        index = asked.body.get("segment_index")
        if not str(index).isdecimal():
            raise invalid("$.segment_index: a number is expected.", parameter="segment_index")
        if medium.digest:
            raise invalid("This upload is finished already.", parameter="id", value=medium.id)
        medium.parts[int(str(index))] = content
        expires = int((medium.at + _MEDIA_HOLDS).timestamp())
        return {"data": {"expires_at": expires}}

    def finish(self, asked: Asked) -> Answer:
        medium = self._own_medium(asked, asked.path("id"))
        content = b"".join(medium.parts[index] for index in sorted(medium.parts))
        if not medium.digest:
            if len(content) != medium.total:
                raise invalid(
                    f"{medium.total} bytes were announced and {len(content)} came.",
                    parameter="id",
                    value=medium.id,
                )
            self._whole(medium, content)
        return {"data": self._uploaded(medium)}

    def upload(self, asked: Asked) -> Answer:
        content, category = _content(asked), asked.text("media_category")
        if category not in _CATEGORIES:
            raise invalid("$.media_category: is not known.", parameter="media_category")
        state, now = self.network.state, self.network.world.now()
        content_type = asked.text("media_type") or ("image/gif" if "gif" in category else "")
        medium = Medium(
            state.next_id(now), asked.me.id, content_type or "image/jpeg", category, now
        )
        self._check_size(medium, len(content))
        medium.total = len(content)
        self._whole(medium, content)
        state.stored.media[medium.id] = medium
        return {"data": self._uploaded(medium)}

    def upload_status(self, asked: Asked) -> Answer:
        return {"data": self._uploaded(self._own_medium(asked, asked.query.get("media_id", "")))}

    def describe_media(self, asked: Asked) -> Answer:
        medium = self._own_medium(asked, asked.text("id"))
        alt = _object(_object(asked.body, "metadata"), "alt_text")
        text = str(alt.get("text", ""))
        if len(text) > 1000:
            raise invalid("An alternative text has at most 1000 letters.", parameter="metadata")
        medium.alt = text
        return {
            "data": {"id": medium.id, "associated_metadata": {"alt_text": {"text": medium.alt}}}
        }

    # -- webhooks and activity

    def webhooks(self, _asked: Asked) -> Answer:
        listed = [_webhook(one) for one in self.network.state.stored.webhooks.values()]
        return ({"data": listed} if listed else {}) | {"meta": {"result_count": len(listed)}}

    async def add_webhook(self, asked: Asked) -> Answer:
        url, stored = asked.text("url"), self.network.state.stored
        wrong = ""
        if not url.startswith(("https://", "http://")) or (
            self.settings.secure_hooks_only and not re.fullmatch(r"https://[^/:]+(/.*)?", url)
        ):
            wrong = "UrlValidationFailed"
        elif any(one.url == url for one in stored.webhooks.values()):
            wrong = "DuplicateUrlFailed"
        elif len(stored.webhooks) >= self.settings.most_webhooks:
            wrong = "WebhookLimitExceeded"
        else:
            wrong = await self.activity.check(url)
        if wrong:
            raise invalid(wrong, parameter="url", value=url)
        now = self.network.world.now()
        webhook = Webhook(self.network.state.next_id(now), url, now, True, now)
        stored.webhooks[webhook.id] = webhook
        return {"data": _webhook(webhook)}

    async def revalidate(self, asked: Asked) -> Answer:
        webhook = self._webhook(asked.path("id"))
        await self.activity.revalidate(webhook)
        return {"data": {"valid": webhook.valid}}

    def remove_webhook(self, asked: Asked) -> Answer:
        stored = self.network.state.stored
        webhook = self._webhook(asked.path("id"))
        del stored.webhooks[webhook.id]
        for one in [one for one in stored.subscriptions.values() if one.webhook_id == webhook.id]:
            del stored.subscriptions[one.id]
        return {"data": {"deleted": True}}

    def replay(self, asked: Asked) -> Answer:
        webhook = self._webhook(asked.text("webhook_id"))
        start, end = _minute(asked, "from_date"), _minute(asked, "to_date")
        now = self.network.world.now()
        if start > end or start < now - timedelta(days=1):
            raise invalid("Only the last 24 hours can be replayed.", parameter="from_date")
        job = self.network.state.next_id(now)
        self.activity.replay(webhook, start, end + timedelta(minutes=1), job)
        return {"data": {"job_id": job, "created_at": stamp(now)}}

    def subscriptions(self, asked: Asked) -> Answer:
        most = asked.number("max_results", least=1, most=1000, default=1000)
        before = _token(asked)
        stored = self.network.state.stored.subscriptions
        found = [one for one in reversed(stored.values()) if not before or int(one.id) < before]
        meta: dict[str, Any] = {"total_subscriptions": len(stored)}
        if len(found) > most:
            meta["next_token"] = _next(found[most - 1].id)
        listed = [describe(one) for one in found[:most]]
        return ({"data": listed} if listed else {}) | {"meta": meta}

    def subscribe(self, asked: Asked) -> Answer:
        stored = self.network.state.stored
        event_type, filtered = asked.text("event_type"), _object(asked.body, "filter")
        if event_type not in KNOWN:
            raise invalid("This event type is not known.", parameter="event_type", value=event_type)
        user_id, keyword = str(filtered.get("user_id", "")), str(filtered.get("keyword", ""))
        if not user_id and not keyword:
            raise invalid("A filter is needed.", parameter="filter")
        if webhook_id := asked.text("webhook_id"):
            self._webhook(webhook_id)
        scope = PRIVATE.get(event_type)
        if scope is not None and not self._allowed(asked, user_id, scope):
            raise forbidden(f"The account {user_id} has not allowed this app {scope}.")
        if len(stored.subscriptions) >= _MOST_SUBSCRIPTIONS:
            raise forbidden("This app has all the subscriptions it may have.")
        if any(
            (one.event_type, one.user_id, one.keyword, one.webhook_id)
            == (event_type, user_id, keyword, webhook_id)
            for one in stored.subscriptions.values()
        ):
            raise Refused(
                409,
                {
                    "title": "Conflict",
                    "detail": "This subscription exists already.",
                    "type": "about:blank",
                    "status": 409,
                },
            )
        now = self.network.world.now()
        made = Subscription(
            self.network.state.next_id(now),
            event_type,
            now,
            now,
            user_id,
            str(filtered.get("direction", "")),
            keyword,
            asked.text("tag"),
            webhook_id,
        )
        stored.subscriptions[made.id] = made
        return {
            "data": {"subscription": describe(made)},
            "meta": {"total_subscriptions": len(stored.subscriptions)},
        }

    def change_subscription(self, asked: Asked) -> Answer:
        found = self._subscription(asked.path("id"))
        if "tag" in asked.body:
            found.tag = asked.text("tag")
        if "webhook_id" in asked.body:
            found.webhook_id = self._webhook(asked.text("webhook_id")).id
        found.updated_at = self.network.world.now()
        total = len(self.network.state.stored.subscriptions)
        return {"data": {"subscription": describe(found), "total_subscriptions": total}}

    def unsubscribe(self, asked: Asked) -> Answer:
        found = self._subscription(asked.path("id"))
        stored = self.network.state.stored
        del stored.subscriptions[found.id]
        return {
            "data": {"deleted": True},
            "meta": {"total_subscriptions": len(stored.subscriptions)},
        }

    def activity_stream(self, asked: Asked) -> Response:
        return self._stream(self.activity, Line(wanted(asked.query)), [])

    # -- what several of them need

    def _shaper(self, asked: Asked) -> Shaper:
        return Shaper(
            self.network.state,
            self.network.world.media,
            wanted(asked.query),
            self.network.edit_window,
        )

    def _accounts(
        self,
        asked: Asked,
        found: Iterable[Account | None],
        *,
        one: bool = False,
        counted: bool = False,
        errors: list[dict[str, Any]] | None = None,
    ) -> Answer:
        shaper = self._shaper(asked)
        listed = [shaper.user(account) for account in found if account is not None]
        said: dict[str, Any] = {}
        if listed:
            said["data"] = listed[0] if one else listed
        if errors and (not one or not listed):
            said["errors"] = errors
        if counted:
            said["meta"] = {"result_count": len(listed)}
        return said

    def _account(self, asked: Asked) -> Account:
        found = self.network.state.stored.accounts.get(asked.path("id"))
        if found is None:
            raise not_found("user", "id", asked.path("id"))
        return found

    def _target(self, asked: Asked) -> Account:
        found = self._account(asked)
        if found.id == asked.me.id:
            raise invalid("You cannot block yourself.", parameter="id", value=found.id)
        return found

    def _page(self, asked: Asked, ids: Iterable[str], *, least: int) -> Answer:
        """Newest first; an edited post stands there once, under its newest id."""
        most = asked.number("max_results", least=least, most=100, default=10)
        since, until = _bound(asked, "since_id"), _bound(asked, "until_id")
        start, end = _time(asked, "start_time"), _time(asked, "end_time")
        before = _token(asked)
        shaper = self._shaper(asked)
        page: list[Post] = []
        more = False
        for one in ids:
            post = self.network.state.stored.posts[one]
            if int(one) <= since or (start is not None and post.at < start):
                break
            if (
                post.deleted
                or post.replaced
                or (until and int(one) >= until)
                or (before and int(one) >= before)
                or (end is not None and post.at >= end)
            ):
                continue
            if len(page) == most:
                more = True
                break
            page.append(post)
        said: dict[str, Any] = {"data": [shaper.post(post) for post in page]} if page else {}
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if more:
            meta["next_token"] = _next(page[-1].id)
        return said | _beside(shaper) | {"meta": meta}

    def _summoned(self, me: Account, of: str) -> None:
        post = self.network.state.standing(of)
        if post is None:
            raise forbidden("You cannot answer a post that is deleted or not visible to you.")
        if self.settings.self_serve and not self.network.state.summoned(
            me, post, by_reply=self.settings.summoned_by_reply
        ):
            raise forbidden(
                "Reply to this conversation is not allowed: its author has neither mentioned"
                " nor quoted you."
            )

    def _media(self, asked: Asked) -> list[str]:
        ids = _listed(_object(asked.body, "media"), "media_ids")
        if len(ids) > 4:
            raise invalid("At most four media stand in a post.", parameter="media")
        self._check_media(asked.me, ids)
        kinds = [self.network.state.stored.media[one].kind for one in ids]
        if len(kinds) > 1 and set(kinds) != {"photo"}:
            raise invalid("A film or an animation stands alone.", parameter="media")
        return ids

    def _check_media(self, me: Account, ids: Iterable[str]) -> None:
        for one in ids:
            medium = self.network.state.stored.media.get(one)
            now = self.network.world.now()
            if (
                medium is None
                or medium.owner != me.id
                or not medium.digest
                or (medium.ready_at is not None and medium.ready_at > now)
                or now > medium.at + _MEDIA_HOLDS
            ):
                raise invalid("Your media ids are invalid.", parameter="media_ids", value=one)

    def _own_medium(self, asked: Asked, medium_id: str) -> Medium:
        medium = self.network.state.stored.media.get(medium_id)
        if medium is None or medium.owner != asked.me.id:
            raise not_found("media", "id", medium_id)
        return medium

    def _check_size(self, medium: Medium, size: int) -> None:
        if size > _MOST_BYTES[medium.kind]:
            raise invalid("The file is too large.", parameter="total_bytes", value=str(size))

    def _whole(self, medium: Medium, content: bytes) -> None:
        medium.digest = self.network.world.media.put(content, medium.content_type)
        medium.size, medium.parts = len(content), {}
        if medium.kind != "photo":
            medium.ready_at = self.network.world.now() + self.settings.video_takes

    def _uploaded(self, medium: Medium) -> dict[str, Any]:
        now = self.network.world.now()
        left = int((medium.at + _MEDIA_HOLDS - now).total_seconds())
        said: dict[str, Any] = {
            "id": medium.id,
            "media_key": medium.key,
            "expires_after_secs": max(left, 0),
        }
        if medium.digest:
            said["size"] = medium.size
        if medium.ready_at is not None:
            info: dict[str, Any] = {"state": "succeeded", "progress_percent": 100}
            if medium.ready_at > now:
                info = {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
            said["processing_info"] = info
        return said

    def _own_direct(self, asked: Asked) -> Direct:
        direct = self.network.state.stored.directs.get(asked.path("id"))
        if (
            direct is None
            or asked.me.id not in (direct.sender, direct.to)
            or asked.me.id in direct.gone_for
        ):
            raise not_found("dm_event", "id", asked.path("id"))
        return direct

    def _delete_rules(self, given: dict[str, Any]) -> dict[str, int]:
        rules = self.network.state.stored.rules
        ids, values = _listed(given, "ids"), _listed(given, "values")
        gone = [rule.id for rule in rules.values() if rule.id in ids or rule.value in values]
        for one in gone:
            del rules[one]
        return {"deleted": len(gone), "not_deleted": len(ids) + len(values) - len(gone)}

    def _rule_error(self, value: str) -> dict[str, Any] | None:
        rules = self.network.state.stored.rules
        title, detail = "", ""
        try:
            parse(value, self.network.state)
        except QueryError as error:
            title, detail = "UnprocessableEntity", str(error)
        if any(rule.value == value for rule in rules.values()):
            title, detail = "DuplicateRule", "There is such a rule."
        elif len(value) > _LONGEST_RULE:
            title, detail = "RuleLength", "A rule has at most 1024 letters."
        elif len(rules) >= _MOST_RULES:
            title, detail = "RulesCapExceeded", "There are as many rules as there may be."
        if not title:
            return None
        return {
            "value": value,
            "title": title,
            "detail": detail,
            "type": "https://api.x.com/2/problems/invalid-request",
        }

    def _webhook(self, webhook_id: str) -> Webhook:
        found = self.network.state.stored.webhooks.get(webhook_id)
        if found is None:
            raise not_found("webhook", "webhook_id", webhook_id)
        return found

    def _subscription(self, subscription_id: str) -> Subscription:
        found = self.network.state.stored.subscriptions.get(subscription_id)
        if found is None:
            raise not_found("subscription", "subscription_id", subscription_id)
        return found

    def _allowed(self, asked: Asked, user_id: str, scope: str) -> bool:
        """The account itself asks, or it allowed this app to."""
        if asked.user is not None:
            return asked.user.id == user_id and scope in asked.token.grant.scopes
        return any(
            token.grant.subject == user_id and scope in token.grant.scopes
            for token in self.gate.authority.tokens.values()
        )

    def _stream(self, into: Activity | Filtered, line: Line, missed: list[bytes]) -> Response:
        if len(into.streams) >= into.most_streams:
            raise Refused(
                429,
                {
                    "title": "ConnectionException",
                    "detail": "This stream has as many connections as it may have.",
                    "connection_issue": "TooManyConnections",
                    "type": "https://api.x.com/2/problems/streaming-connection",
                    "status": 429,
                },
            )
        into.streams.append(line)
        for said in missed:
            line.queue.put_nowait(said)

        async def told() -> AsyncIterator[bytes]:
            try:
                async for said in line.read(into.keep_alive):
                    yield said
            finally:
                into.streams.remove(line)

        return StreamingResponse(told(), media_type="application/json")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise invalid(f"$.{name}: an object is expected.", parameter=name, value=str(found))
    return found


def _listed(given: dict[str, Any], name: str) -> list[str]:
    found = given.get(name, [])
    if not isinstance(found, list):
        raise invalid(f"$.{name}: a list is expected.", parameter=name, value=str(found))
    return [str(one) for one in found]


def _ids(asked: Asked) -> list[str]:
    ids = [one for one in asked.query.get("ids", "").split(",") if one]
    wrong = next((one for one in ids if not _ID.fullmatch(one)), None)
    if not ids or len(ids) > 100 or wrong is not None:
        raise invalid("1 to 100 ids are needed.", parameter="ids", value=wrong or "")
    return ids


def _bound(asked: Asked, name: str) -> int:
    value = asked.query.get(name, "0")
    if not _ID.fullmatch(value):
        raise invalid("This is not an id.", parameter=name, value=value)
    return int(value)


def _time(asked: Asked, name: str) -> datetime | None:
    value = asked.query.get(name, "")
    return moment(value, name) if value else None


def _minute(asked: Asked, name: str) -> datetime:
    try:
        return datetime.strptime(asked.text(name), "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid(
            "A time is written yyyymmddhhmm.", parameter=name, value=asked.text(name)
        ) from error


def _next(last: str) -> str:
    return base64.b32encode(f"before {last}".encode()).decode().lower().rstrip("=")


def _token(asked: Asked) -> int:
    """The id before which the next page starts, or 0."""
    token = asked.query.get("pagination_token") or asked.query.get("next_token") or ""
    if not token:
        return 0
    try:
        word, number = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).decode().split()
        if word == "before":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise invalid("This token is not one of ours.", parameter="pagination_token", value=token)


def _content(asked: Asked) -> bytes:
    media = asked.body.get("media")
    if isinstance(media, bytes):
        return media
    try:
        content = base64.b64decode(str(media or ""), validate=True)
    except (ValueError, binascii.Error) as error:
        raise invalid("$.media: is neither a file nor base64.", parameter="media") from error
    if not content:
        raise invalid("$.media: is empty.", parameter="media")
    return content


def _beside(shaper: Shaper) -> dict[str, Any]:
    includes = shaper.includes()
    return {"includes": includes} if includes else {}


def _rule(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "value": rule.value} | ({"tag": rule.tag} if rule.tag else {})


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "valid": webhook.valid,
        "created_at": stamp(webhook.created_at),
    }
