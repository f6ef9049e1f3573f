"""Hides replies under our own posts and blocks people, without losing what stands there already."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from glede.platforms.bluesky.capabilities import MOST_HIDDEN
from glede.platforms.bluesky.collect import record
from glede.platforms.bluesky.names import BLOCK, POST, THREADGATE, Address, address, key_for_block
from glede.platforms.bluesky.network import Denied, Network
from glede.platforms.bluesky.untrusted import list_at, object_at, text_at
from glede.platforms.contract import Act, Moderation, OutcomeUnknown, Refused, TryAgain

type Json = dict[str, Any]

#: Somebody may write the same gate in the native app between our reading and writing.
_TRIES = 3


def moderate(network: Network, moderation: Moderation, *, now: datetime) -> None:
    match moderation.act:
        case Act.HIDE:
            _regate(network, moderation, _with(moderation.native_id), now=now)
        case Act.UNHIDE:
            _regate(network, moderation, _without(moderation.native_id), now=now)
        case Act.BLOCK:
            _block(network, moderation.author, now=now)
        case Act.UNBLOCK:
            _unblock(network, moderation.author, now=now)
        case Act.DELETE:
            _delete(network, moderation.native_id, now=now)


def _regate(
    network: Network,
    moderation: Moderation,
    change: Callable[[list[str]], list[str]],
    *,
    now: datetime,
) -> None:
    us, _ = network.who(now=now)
    root = address(moderation.root)
    if root is None or root.collection != POST or root.did != us:
        raise Refused("Bluesky lets us hide replies only under our own posts.")
    reply = address(moderation.native_id)
    if reply is None or reply.collection != POST or reply == root:
        raise Refused("Only a reply can be hidden.")
    gate = Address(us, THREADGATE, root.rkey)
    for _ in range(_TRIES):
        standing = record(network, gate, now=now)
        before = [uri for uri in list_at(standing, "value", "hiddenReplies") if uri]
        after = change(before)
        if after == before:
            return
        if len(after) > MOST_HIDDEN:
            raise Refused(f"Bluesky hides at most {MOST_HIDDEN} replies under one post.")
        if _write(network, gate, _gate(standing, str(root), after, now=now), standing, now=now):
            return
    raise TryAgain("Somebody else keeps changing who may answer this post.")


def _with(uri: str) -> Callable[[list[str]], list[str]]:
    return lambda hidden: hidden if uri in hidden else [*hidden, uri]


def _without(uri: str) -> Callable[[list[str]], list[str]]:
    return lambda hidden: [one for one in hidden if one != uri]


def _gate(standing: Json | None, root: str, hidden: list[str], *, now: datetime) -> Json:
    """The gate as it stands, rules and all, with other hidden replies."""
    value = object_at(standing, "value") or {
        "$type": THREADGATE,
        "post": root,
        "createdAt": _stamp(now),
    }
    return {**value, "hiddenReplies": hidden}


def _write(
    network: Network, where: Address, gate: Json, standing: Json | None, *, now: datetime
) -> bool:
    """False if the record is no longer what we read."""
    data: Json = {
        "repo": where.did,
        "collection": where.collection,
        "rkey": where.rkey,
        "record": gate,
    }
    try:
        if standing is None:
            network.procedure("com.atproto.repo.createRecord", data, now=now)
        else:
            data["swapRecord"] = text_at(standing, "cid")
            network.procedure("com.atproto.repo.putRecord", data, now=now)
    except Denied as refusal:
        if refusal.name == "InvalidSwap":
            return False
        raise
    except OutcomeUnknown:
        # Reading it again tells: either it is done, or (500) somebody else made the gate first.
        return False
    return True


def _block(network: Network, did: str, *, now: datetime) -> None:
    us, _ = network.who(now=now)
    if not did.startswith("did:") or did == us:
        raise Refused("Nobody to block was named.")
    if _standing_block(network, did, now=now):
        return
    data = {
        "repo": us,
        "collection": BLOCK,
        "rkey": key_for_block(did),
        "record": {"$type": BLOCK, "subject": did, "createdAt": _stamp(now)},
    }
    network.procedure("com.atproto.repo.putRecord", data, now=now)


def _unblock(network: Network, did: str, *, now: datetime) -> None:
    us, _ = network.who(now=now)
    if not did.startswith("did:"):
        raise Refused("Nobody to unblock was named.")
    # A block made in the native app has a key of its own.
    native = address(_standing_block(network, did, now=now))
    keys = {key_for_block(did), *([native.rkey] if native and native.did == us else [])}
    for rkey in sorted(keys):
        _remove(network, Address(us, BLOCK, rkey), now=now)


def _standing_block(network: Network, did: str, *, now: datetime) -> str:
    try:
        profile = network.query("app.bsky.actor.getProfile", {"actor": did}, now=now)
    except Denied:
        return ""  # the person left the network
    return text_at(profile, "viewer", "blocking")


def _delete(network: Network, uri: str, *, now: datetime) -> None:
    us, _ = network.who(now=now)
    where = address(uri)
    if where is None or where.did != us or where.collection != POST:
        raise Refused("Bluesky lets nobody delete other people's posts.")
    _remove(network, where, now=now)


def _remove(network: Network, where: Address, *, now: datetime) -> None:
    """Removing what is not there is no error on the network."""
    data = {"repo": where.did, "collection": where.collection, "rkey": where.rkey}
    network.procedure("com.atproto.repo.deleteRecord", data, now=now)


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
