"""X's filtered stream: everything that names an account, or that it writes, as it is written.

The rules and the one connection belong to the app: each account has a rule with its own tag, and
takes from the stream what carries that tag. A line comes at least every twenty seconds, if only an
empty one (https://docs.x.com/x-api/posts/filtered-stream/introduction).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx

from glede.platforms import http
from glede.platforms.contract import Batch, Connection, Cursor, Refused, TryAgain
from glede.platforms.untrusted import list_at, object_at, text_at
from glede.platforms.x import calls as network
from glede.platforms.x.calls import Calls
from glede.platforms.x.collect import Fields, written

type Json = dict[str, Any]

_RULES = "/2/tweets/search/stream/rules"
_STREAM = "/2/tweets/search/stream"
#: Twice as long without a line as X ever lets pass means that the connection is dead.
_SILENCE_SECONDS = 45.0


def batches(
    calls: Calls,
    connection: Connection,
    cursor: Cursor,
    *,
    fields: Fields,
    stop: Callable[[], bool],
) -> Iterator[Batch]:
    """One batch for each post. The first says `gap` if we were away: a stream has no memory."""
    tag = f"glede {connection.account}"
    _have_rule(calls, handle=connection.handle, tag=tag)
    headers = {"authorization": f"Bearer {calls.app_token()}"}
    away = bool(cursor.value)
    request = calls.http.build_request(
        "GET",
        _STREAM,
        params=dict(fields),
        headers=headers,
        timeout=http.timeouts(_SILENCE_SECONDS),
    )
    try:
        with closing(calls.http.send(request, stream=True)) as response:
            if not response.is_success:
                response.read()
                raise network.meaning(response, write=False, now=network.told_at(response))
            if away:
                yield Batch((), cursor, gap=True)
            for line in response.iter_lines():
                if stop():
                    return
                batch = _batch(line, connection.account, tag, cursor)
                if batch is not None:
                    cursor = batch.cursor
                    yield batch
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    raise TryAgain("X ended the stream.")


def _batch(line: str, account: str, tag: str, cursor: Cursor) -> Batch | None:
    if not line.strip():
        return None
    found = network.decoded(line.encode())
    post = object_at(found, "data")
    if not post:
        said = "; ".join(text_at(one, "detail") for one in list_at(found, "errors"))
        raise TryAgain(f"X ended the stream: {said}" if said else "The stream cannot be read.")
    if tag not in {text_at(rule, "tag") for rule in list_at(found, "matching_rules")}:
        return None
    event = written(account, post, object_at(found, "includes"))
    return Batch((event,), Cursor(text_at(post, "id") or cursor.value))


def _have_rule(calls: Calls, *, handle: str, tag: str) -> None:
    if not handle:
        raise Refused("The account's handle is not known, so its stream cannot be asked for.")
    value = f"(@{handle} OR to:{handle} OR from:{handle}) -is:retweet"
    standing = list_at(calls.as_app("GET", _RULES), "data")
    mine = [one for one in standing if text_at(one, "tag") == tag]
    if any(text_at(one, "value") == value for one in mine):
        return
    if mine:  # the account has another handle now
        old = [text_at(one, "id") for one in mine]
        calls.as_app("POST", _RULES, {"delete": {"ids": old}})
    calls.as_app("POST", _RULES, {"add": [{"value": value, "tag": tag}]})
