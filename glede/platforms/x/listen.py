"""Asks X to call us: one webhook for the app, and for each account a subscription to each kind of
event (https://docs.x.com/x-api/activity/quickstart)."""

from datetime import datetime, timedelta
from typing import Any

from glede.platforms.contract import Hook, Refused
from glede.platforms.untrusted import list_at, object_at, text_at, value_at
from glede.platforms.x.calls import Calls, Denied

type Json = dict[str, Any]

#: What a desk has to hear of.
EVENTS = (
    "post.create",
    "post.delete",
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "dm.received",
    "dm.sent",
)

_WEBHOOKS = "/2/webhooks"
_SUBSCRIPTIONS = "/2/activity/subscriptions"
_MOST_PAGES = 20
_CONFLICT = 409


def listen(
    calls: Calls, account: str, hook: Hook, *, messages: bool, every: timedelta, now: datetime
) -> datetime:
    """Safe to repeat. X stops calling a webhook that failed a day long, so it is looked at again
    and, where it is not valid, asked to be challenged anew."""
    webhook_id = _webhook(calls, hook.address, now=now)
    standing = _subscribed(calls, account, webhook_id, now=now)
    for event in EVENTS:
        if event in standing or (event.startswith("dm.") and not messages):
            continue
        wanted = {
            "event_type": event,
            "filter": {"user_id": account},
            "tag": f"glede {account}",
            "webhook_id": webhook_id,
        }
        try:
            # In the account's name: what is private may be asked for by whom it concerns alone.
            calls.prepare(_SUBSCRIPTIONS, wanted, now=now)
        except Denied as refusal:
            if refusal.status != _CONFLICT:  # else somebody has just asked for the same
                raise
    return now + every


def _webhook(calls: Calls, address: str, *, now: datetime) -> str:
    for one in list_at(calls.as_app("GET", _WEBHOOKS, now=now), "data"):
        webhook_id = text_at(one, "id")
        if text_at(one, "url") != address or not webhook_id:
            continue
        if value_at(one, "valid") is not True:
            calls.as_app("PUT", f"{_WEBHOOKS}/{webhook_id}", now=now)
        return webhook_id
    made = calls.as_app("POST", _WEBHOOKS, {"url": address}, now=now)
    # The specification has it under `data`; X's own examples once had it at the top.
    webhook_id = text_at(object_at(made, "data") or made, "id")
    if not webhook_id:
        raise Refused("X made no webhook for our address.")
    return webhook_id


def _subscribed(calls: Calls, account: str, webhook_id: str, *, now: datetime) -> set[str]:
    found: set[str] = set()
    page = ""
    for _ in range(_MOST_PAGES):
        answer = calls.as_app("GET", f"{_SUBSCRIPTIONS}?max_results=100{page}", now=now)
        for one in list_at(answer, "data"):
            ours = text_at(one, "filter", "user_id") == account
            if ours and text_at(one, "webhook_id") == webhook_id:
                found.add(text_at(one, "event_type"))
        more = text_at(answer, "meta", "next_token")
        if not more:
            break
        page = f"&pagination_token={more}"
    return found
