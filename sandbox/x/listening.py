"""How a desk hears of X: webhooks, activity subscriptions, the two streams and their rules."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.kernel.oauth import Authority
from sandbox.x.activity import KNOWN, PRIVATE, Activity, Filtered, Line, describe
from sandbox.x.asking import Part, inner, minute, next_token, page_token, strings
from sandbox.x.calls import Answer, Asked, Refused, forbidden, invalid, not_found
from sandbox.x.query import QueryError, parse
from sandbox.x.settings import Settings
from sandbox.x.shape import stamp, wanted
from sandbox.x.state import Rule, Subscription, Webhook

_MOST_RULES, _LONGEST_RULE = 1_000, 1_024
_MOST_SUBSCRIPTIONS = 1_500


@dataclass(slots=True)
class Listening(Part):
    authority: Authority
    activity: Activity
    filtered: Filtered
    settings: Settings

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
            summary = self._delete_rules(inner(asked.body, "delete"))
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
        start, end = minute(asked, "from_date"), minute(asked, "to_date")
        now = self.network.world.now()
        if start > end or start < now - timedelta(days=1):
            raise invalid("Only the last 24 hours can be replayed.", parameter="from_date")
        job = self.network.state.next_id(now)
        self.activity.replay(webhook, start, end + timedelta(minutes=1), job)
        return {"data": {"job_id": job, "created_at": stamp(now)}}

    def subscriptions(self, asked: Asked) -> Answer:
        most = asked.number("max_results", least=1, most=1000, default=1000)
        before = page_token(asked)
        stored = self.network.state.stored.subscriptions
        found = [one for one in reversed(stored.values()) if not before or int(one.id) < before]
        meta: dict[str, Any] = {"total_subscriptions": len(stored)}
        if len(found) > most:
            meta["next_token"] = next_token(found[most - 1].id)
        listed = [describe(one) for one in found[:most]]
        return ({"data": listed} if listed else {}) | {"meta": meta}

    def subscribe(self, asked: Asked) -> Answer:
        stored = self.network.state.stored
        event_type, filtered = asked.text("event_type"), inner(asked.body, "filter")
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

    def _delete_rules(self, given: dict[str, Any]) -> dict[str, int]:
        rules = self.network.state.stored.rules
        ids, values = strings(given, "ids"), strings(given, "values")
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
            for token in self.authority.tokens.values()
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


def _rule(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "value": rule.value} | ({"tag": rule.tag} if rule.tag else {})


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "valid": webhook.valid,
        "created_at": stamp(webhook.created_at),
    }
