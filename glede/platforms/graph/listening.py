"""Asks Meta to call us: the app for all its Pages, and each Page for the app.

Sources: developers.facebook.com/docs/graph-api/reference/application/subscriptions and
/docs/graph-api/reference/page/subscribed_apps.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from glede.platforms.contract import Connection, Hook, Refused
from glede.platforms.graph.transport import Graph
from glede.platforms.graph.values import id_of, list_of

#: A subscription does not end by time, but Meta drops those whose calls fail for long.
AGAIN_AFTER = timedelta(hours=12)


def listen(
    graph: Graph,
    connection: Connection,
    hook: Hook,
    *,
    what: str,
    fields: Sequence[str],
    edges: Mapping[str, Sequence[str]],
    now: datetime,
) -> datetime:
    """`what` is called to us with `fields`; `edges` are the nodes that let the app listen."""
    client_id = connection.app.get("client_id", "")
    client_secret = connection.app.get("client_secret", "")
    if not client_id or not client_secret:
        raise Refused("Our app's id and secret at Meta are missing: fill in its registration.")
    if not hook.verify_token:
        raise Refused("Our app's verify token is missing: fill in its registration.")
    graph.post(
        f"{client_id}/subscriptions",
        {
            "object": what,
            "callback_url": hook.address,
            "fields": ",".join(fields),
            "verify_token": hook.verify_token,
            "include_values": True,
        },
        now=now,
        write=False,
        token=f"{client_id}|{client_secret}",
    )
    for node, wanted in edges.items():
        _subscribe(graph, node, client_id, wanted, now=now)
    return now + AGAIN_AFTER


def _subscribe(
    graph: Graph, node: str, client_id: str, wanted: Sequence[str], *, now: datetime
) -> None:
    """A new list takes the place of the one that stands, and another plug-in may have asked the
    same Page for other fields: what stands is asked for again with ours."""
    path = f"{node}/subscribed_apps"
    standing = [
        field
        for some in graph.pages(path, {}, now=now)
        for one in some
        if id_of(one, "id") == client_id
        for field in list_of(one, "subscribed_fields")
        if isinstance(field, str)
    ]
    fields = ",".join(dict.fromkeys([*standing, *wanted]))
    graph.post(path, {"subscribed_fields": fields}, now=now, write=False)
