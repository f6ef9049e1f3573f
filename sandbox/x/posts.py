"""Posts on X: written, looked up, found and hidden."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.x.asking import Part, beside, bound, ids, inner, next_token, page_token, strings, time
from sandbox.x.calls import Answer, Asked, forbidden, invalid, missing, not_found
from sandbox.x.network import too_long
from sandbox.x.query import QueryError, parse
from sandbox.x.settings import Settings
from sandbox.x.state import Account, Post
from sandbox.x.uploads import check_media

_LONGEST_QUERY = 1_024
_SEARCHED = timedelta(days=7)
_CONVERSATION = re.compile(r"conversation_id:(\d+)")


@dataclass(slots=True)
class Posts(Part):
    settings: Settings

    def create(self, asked: Asked) -> Answer:
        text, media = asked.text("text"), self._media(asked)
        reply = inner(asked.body, "reply")
        edit = inner(asked.body, "edit_options")
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
            without = strings(reply, "exclude_reply_user_ids")
            post = self.network.write(asked.me, text, reply_to=of, media=media, without=without)
        shaper = self.shaper(asked)
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
        shaper = self.shaper(asked)
        said: dict[str, Any] = {"data": shaper.post(post)}
        return said | beside(shaper)

    def posts(self, asked: Asked) -> Answer:
        """What is gone comes back among the errors, with status 200."""
        shaper, found, errors = self.shaper(asked), [], []
        for one in ids(asked):
            post = self.network.state.standing(one)
            if post is None:
                errors.append(missing("tweet", "ids", one))
            else:
                found.append(shaper.post(post))
        said: dict[str, Any] = {"data": found} if found else {}
        return said | beside(shaper) | ({"errors": errors} if errors else {})

    def mentions(self, asked: Asked) -> Answer:
        account = self.account(asked)
        return self._page(asked, reversed(self.network.state.naming[account.id]), least=5)

    def timeline(self, asked: Asked) -> Answer:
        account = self.account(asked)
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

    def _page(self, asked: Asked, ids: Iterable[str], *, least: int) -> Answer:
        """Newest first; an edited post stands there once, under its newest id."""
        most = asked.number("max_results", least=least, most=100, default=10)
        since, until = bound(asked, "since_id"), bound(asked, "until_id")
        start, end = time(asked, "start_time"), time(asked, "end_time")
        before = page_token(asked)
        shaper = self.shaper(asked)
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
            meta["next_token"] = next_token(page[-1].id)
        return said | beside(shaper) | {"meta": meta}

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
        media = strings(inner(asked.body, "media"), "media_ids")
        if len(media) > 4:
            raise invalid("At most four media stand in a post.", parameter="media")
        check_media(self.network, asked.me, media)
        kinds = [self.network.state.stored.media[one].kind for one in media]
        if len(kinds) > 1 and set(kinds) != {"photo"}:
            raise invalid("A film or an animation stands alone.", parameter="media")
        return media
