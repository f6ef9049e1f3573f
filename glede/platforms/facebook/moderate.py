"""Hides, shows and deletes what stands on our Page; bans people from it and from its chat."""

from datetime import datetime

from glede.platforms.contract import Act, Moderation, OutcomeUnknown, Refused
from glede.platforms.graph.transport import Graph


def moderate(graph: Graph, page: str, moderation: Moderation, *, now: datetime) -> None:
    match moderation.act:
        case Act.HIDE | Act.UNHIDE:
            hidden = moderation.act is Act.HIDE
            _done(graph.post(_item(moderation), {"is_hidden": hidden}, now=now).data)
        case Act.DELETE:
            _done(graph.delete(_item(moderation), now=now).data)
        case Act.BLOCK | Act.UNBLOCK:
            _person(graph, page, moderation, now=now)
        case Act.REPORT:
            raise Refused("Facebook takes reports from people in its own app only.")


def _item(moderation: Moderation) -> str:
    if moderation.private:
        raise Refused("A private message can be hidden or deleted by nobody but its author.")
    if not moderation.native_id:
        raise Refused("No comment or post to act on was named.")
    return moderation.native_id


def _person(graph: Graph, page: str, moderation: Moderation, *, now: datetime) -> None:
    who = moderation.author
    if not who.isdecimal() or who == page:
        raise Refused("Facebook did not say who wrote this, so nobody can be blocked for it.")
    blocks = moderation.act is Act.BLOCK
    if moderation.private:
        action = "BLOCK_USER" if blocks else "UNBLOCK_USER"
        given = {"user_ids": [{"id": who}], "actions": [action]}
        _done(graph.post(f"{page}/moderate_conversations", given, now=now).data)
    elif blocks:
        graph.post(f"{page}/blocked", {"user": [who]}, now=now)
    else:
        _done(graph.delete(f"{page}/blocked", {"user": who}, now=now).data)


def _done(answer: dict[str, object]) -> None:
    """Some of Meta's edges say success as a word, others as a truth."""
    if answer.get("success") in (False, "false"):
        raise Refused("Facebook did not do it and gives no reason.")
    if "success" not in answer and not answer:
        raise OutcomeUnknown("Facebook answered nothing that says whether it is done.")
