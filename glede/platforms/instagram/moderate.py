"""Hides, shows and deletes comments under our posts; blocks people in our chats."""

from datetime import datetime

from glede.platforms.contract import Act, Moderation, Refused
from glede.platforms.graph.transport import Graph


def moderate(
    graph: Graph, node: str, account: str, moderation: Moderation, *, now: datetime
) -> None:
    """`node` is where messages are sent from: the Page, or the account itself."""
    match moderation.act:
        case Act.HIDE | Act.UNHIDE:
            hidden = moderation.act is Act.HIDE
            _done(graph.post(_comment(moderation), {"hide": hidden}, now=now).data)
        case Act.DELETE:
            _done(graph.delete(_comment(moderation), now=now).data)
        case Act.BLOCK | Act.UNBLOCK:
            who = moderation.author
            if not who.isdecimal() or who == account:
                raise Refused("Instagram did not say who wrote this, so nobody can be blocked.")
            blocks = moderation.act is Act.BLOCK
            given = {
                "user_ids": [{"id": who}],
                "actions": ["BLOCK_USER" if blocks else "UNBLOCK_USER"],
            }
            _done(graph.post(f"{node}/moderate_conversations", given, now=now).data)
        case Act.REPORT:
            raise Refused("Instagram takes reports from people in its own app only.")


def _comment(moderation: Moderation) -> str:
    if moderation.private:
        raise Refused("A private message can be unsent by nobody but its author.")
    if not moderation.native_id:
        raise Refused("No comment to act on was named.")
    return moderation.native_id


def _done(answer: dict[str, object]) -> None:
    """Instagram says success as a word on some edges, and as a truth on others."""
    if answer.get("success") in (False, "false"):
        raise Refused("Instagram did not do it and gives no reason.")
