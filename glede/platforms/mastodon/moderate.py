"""Blocks and reports people; only what the account wrote itself can be deleted."""

from datetime import datetime

from glede.platforms.contract import Act, Gone, Moderation, Refused
from glede.platforms.mastodon.capabilities import MOST_COMMENT
from glede.platforms.mastodon.network import Network, account_of, segment


def moderate(network: Network, moderation: Moderation, *, now: datetime) -> None:
    match moderation.act:
        case Act.BLOCK | Act.UNBLOCK:
            _person(moderation)
            path = f"/api/v1/accounts/{segment(moderation.author)}/{moderation.act.value}"
            network.post(path, {}, now=now)
        case Act.REPORT:
            _report(network, moderation, now=now)
        case Act.DELETE:
            _delete(network, moderation.native_id, now=now)
        case Act.HIDE | Act.UNHIDE:
            raise Refused("Mastodon hides no answers; the person who wrote it can be blocked.")


def _person(moderation: Moderation) -> None:
    if not moderation.author:
        raise Refused("Mastodon has to be told whose account it is.")


def _report(network: Network, moderation: Moderation, *, now: datetime) -> None:
    _person(moderation)
    if len(moderation.reason) > MOST_COMMENT:
        raise Refused(f"Mastodon takes {MOST_COMMENT} characters of reason for a report.")
    statuses = [segment(moderation.native_id)] if moderation.native_id else []
    data = {
        "account_id": moderation.author,
        "status_ids": statuses,
        "comment": moderation.reason,
        "category": "other",
    }
    network.post("/api/v1/reports", data, now=now)


def _delete(network: Network, native_id: str, *, now: datetime) -> None:
    try:
        status = network.status(native_id, now=now)
    except Gone:
        return  # as it was asked for
    if account_of(status) != network.us:
        raise Refused("On Mastodon only its author or the instance's moderators delete a post.")
    network.delete(f"/api/v1/statuses/{segment(native_id)}", now=now)
