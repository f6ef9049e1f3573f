"""Webhooks as Meta sends them: only for an app that subscribed to the object and an account that
subscribed to the app; signed over the raw bytes, everything beyond ASCII escaped."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.graph.state import Account, Stored
from sandbox.kernel.hooks import Call, Manners
from sandbox.kernel.world import World

#: At once, then less and less often, for 36 hours.
TRIES = (1.0, 60.0, 300.0, 1800.0, 7200.0, 14400.0, 28800.0, 77000.0)
MOST_AT_ONCE = 1000


class Calling:
    def __init__(self, world: World, stored: Stored) -> None:
        self.world = world
        self.stored = stored
        self.manners = Manners(most_at_once=MOST_AT_ONCE, tries=TRIES)
        #: The webhook samples of Instagram Login put field and value straight into the entry.
        self.without_changes = False

    def changed(self, account: Account, field: str, value: Mapping[str, Any]) -> None:
        said = {"field": field, "value": value}
        if account.instagram and self.without_changes:
            self._give(account, field, said)
        else:
            self._give(account, field, {"changes": [said]})

    def messaging(self, account: Account, field: str, event: Mapping[str, Any]) -> None:
        self._give(account, field, {"messaging": [event]}, milliseconds=True)

    def _give(
        self, account: Account, field: str, what: Mapping[str, Any], *, milliseconds: bool = False
    ) -> None:
        kind = "instagram" if account.instagram else "page"
        subscription = self.stored.subscriptions.get(kind)
        # Echoes on Instagram come with the messages; there is no field of their own.
        heard = "messages" if account.instagram and field == "message_echoes" else field
        if subscription is None or heard not in subscription.fields or not account.fields:
            return
        if not account.instagram and heard not in account.fields:
            return
        sent = self.world.now().timestamp()
        time = int(sent * 1000) if milliseconds else int(sent)
        entry = {"id": account.id, "time": time, **what}

        def bundle(entries: Sequence[object]) -> tuple[bytes, Mapping[str, str]]:
            body = json.dumps({"object": kind, "entry": list(entries)}, separators=(",", ":"))
            return body.encode(), signed(self.stored.app_secret, body.encode())

        call = Call(subscription.callback, entry, bundle)
        self.world.hooks.give(account.slug, call, self.manners)


def signed(secret: str, body: bytes) -> Mapping[str, str]:
    key = secret.encode()
    return {
        "Content-Type": "application/json",
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }
