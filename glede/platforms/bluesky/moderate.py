"""Hides replies under our own posts, blocks and reports, without losing what stands there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from glede.platforms.bluesky.capabilities import MOST_HIDDEN, MOST_REASON
from glede.platforms.bluesky.collect import posts, record
from glede.platforms.bluesky.facets import count
from glede.platforms.bluesky.names import BLOCK, POST, THREADGATE, Address, address, key_for_block
from glede.platforms.bluesky.network import Denied, Network
from glede.platforms.contract import (
    Act,
    Gone,
    Moderation,
    OutcomeUnknown,
    Refused,
    TryAgain,
)
from glede.platforms.untrusted import list_at, object_at, text_at, value_at

type Json = dict[str, Any]

_STRONG_REF = "com.atproto.repo.strongRef"
_REPO_REF = "com.atproto.admin.defs#repoRef"
#: What it is about is said in words; the network's own categories are for its own rules.
_OTHER = "com.atproto.moderation.defs#reasonOther"

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
        case Act.REPORT:
            _report(network, moderation, now=now)


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


def _report(network: Network, moderation: Moderation, *, now: datetime) -> None:
    """To the moderation service of our own server: the post as it stands, or else the account."""
    if count(moderation.reason) > MOST_REASON:
        raise Refused(f"Bluesky takes a reason of at most {MOST_REASON} characters.")
    if moderation.native_id:
        view = posts(network, [moderation.native_id], now=now).get(moderation.native_id)
        if view is None:
            raise Gone("The post is no longer on Bluesky.")
        subject = {"$type": _STRONG_REF, "uri": text_at(view, "uri"), "cid": text_at(view, "cid")}
    elif moderation.author.startswith("did:"):
        subject = {"$type": _REPO_REF, "did": moderation.author}
    else:
        raise Refused("Nobody and nothing to report was named.")
    data = {"reasonType": _OTHER, "reason": moderation.reason, "subject": subject}
    answer = network.procedure("com.atproto.moderation.createReport", data, now=now)
    if value_at(answer, "id") is None:
        raise OutcomeUnknown("The moderation service took the report but gave it no number.")


def _remove(network: Network, where: Address, *, now: datetime) -> None:
    """Removing what is not there is no error on the network."""
    data = {"repo": where.did, "collection": where.collection, "rkey": where.rkey}
    network.procedure("com.atproto.repo.deleteRecord", data, now=now)


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
