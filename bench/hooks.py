"""Events kept per second on each platform that calls us: `python -m bench.hooks`.

As `bench.intake` for the website: the same connections, the same yardstick in the same minute.
Meta may put up to a thousand items into one call; what a call of ten brings is said beside.
"""

import base64
import hashlib
import hmac
import json
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from cryptography.fernet import Fernet, MultiFernet

from bench import callers, intake, report
from glede.kit import postgres

ROUNDS = 3
A_ROUND = 30_000
SECRET = secrets.token_hex(16)
TEXT = "The heating has been off since last night and it is cold. " * 4


@dataclass(frozen=True, slots=True)
class Caller:
    """A platform's calls: how many items each brings, and how it is made."""

    what: str
    platform: str
    items: int
    request: Callable[[int], bytes]


def main() -> None:
    with intake.opened() as server:
        intake.prepare(server)
        _register(server)
        with intake.web(server) as address:
            for caller in CALLERS:
                _measure(server, address, caller)


def _register(server: postgres.Server) -> None:
    sealed = MultiFernet([Fernet(intake.VAULT)]).encrypt(json.dumps([SECRET]).encode())
    with psycopg.connect(server.url(database="glede")) as connection:
        for platform in {caller.platform for caller in CALLERS}:
            connection.execute(intake.REGISTER, [platform, f"bench-{platform}", sealed])


def _measure(server: postgres.Server, address: tuple[str, int], caller: Caller) -> None:
    calls = A_ROUND // caller.items
    warm = [caller.request(caller.items) for _ in range(calls // 10)]
    callers.as_fast_as_answered(warm, address=address, connections=intake.CONNECTIONS)
    pgbench, ours = [intake.pgbench(server)], []
    for _ in range(ROUNDS):
        before = intake.rows(server)
        requests = [caller.request(caller.items) for _ in range(calls)]
        called = callers.as_fast_as_answered(
            requests, address=address, connections=intake.CONNECTIONS
        )
        kept = intake.rows(server) - before
        if called.refused or kept != calls * caller.items:
            raise SystemExit(f"{called.refused} refused, {kept} of {calls * caller.items} kept.")
        ours.append(kept / called.seconds)
        pgbench.append(intake.pgbench(server))
    report.say(
        figure=f"{caller.what} kept over HTTP, {intake.CONNECTIONS} connections",
        value=statistics.median(ours),
        unit="per second",
        yardstick=report.Yardstick(
            what=f"pgbench, {intake.CONNECTIONS} clients, one durable row per transaction",
            value=statistics.median(pgbench),
            unit="per second",
        ),
    )


# --- Their calls -----------------------------------------------------------------------------


def _facebook(items: int) -> bytes:
    now = int(time.time())
    changes = [
        {
            "field": "feed",
            "value": {
                "item": "comment",
                "verb": "add",
                "comment_id": f"{secrets.randbits(50)}_{secrets.randbits(50)}",
                "post_id": f"1020_{secrets.randbits(50)}",
                "created_time": now,
                "message": TEXT,
                "from": {"id": str(secrets.randbits(50)), "name": "Iris Blandford"},
            },
        }
        for _ in range(items)
    ]
    return _meta("facebook", {"id": "1020", "time": now, "changes": changes}, of="page")


def _instagram(items: int) -> bytes:
    now = int(time.time())
    changes = [
        {
            "field": "comments",
            "value": {
                "id": str(secrets.randbits(60)),
                "text": TEXT,
                "from": {"id": str(secrets.randbits(50)), "username": "iris.blandford"},
                "media": {"id": "1789", "media_product_type": "FEED"},
            },
        }
        for _ in range(items)
    ]
    return _meta("instagram", {"id": "1784", "time": now, "changes": changes}, of="instagram")


def _meta(platform: str, entry: dict[str, object], *, of: str) -> bytes:
    body = json.dumps({"object": of, "entry": [entry]}).encode()
    mark = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return _call(platform, body, f"X-Hub-Signature-256: sha256={mark}")


def _x(_items: int) -> bytes:
    native = str(secrets.randbits(60))
    payload = {"id": native, "text": f"@redkite {TEXT}", "author_id": "77"}
    event = {
        "event_uuid": native,
        "filter": {"user_id": "2244"},
        "event_type": "post.mention.create",
        "payload": payload,
    }
    body = json.dumps({"data": event}).encode()
    mark = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    return _call("x", body, f"x-twitter-webhooks-signature: sha256={mark}")


def _call(platform: str, body: bytes, signed: str) -> bytes:
    head = (
        f"POST /hooks/{platform}/bench-{platform} HTTP/1.1\r\nHost: bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{signed}\r\n\r\n"
    )
    return head.encode() + body


CALLERS = (
    Caller("Facebook events, one in a call,", "facebook", 1, _facebook),
    Caller("Facebook events, ten in a call,", "facebook", 10, _facebook),
    Caller("Instagram events, one in a call,", "instagram", 1, _instagram),
    Caller("X events, one in a call,", "x", 1, _x),
)


if __name__ == "__main__":
    main()
