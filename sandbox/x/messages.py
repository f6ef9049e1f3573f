"""Direct messages on X."""

from datetime import timedelta
from typing import Any

from sandbox.x.asking import ID, Part, beside, next_token, page_token
from sandbox.x.calls import Answer, Asked, forbidden, invalid, not_found
from sandbox.x.state import Direct
from sandbox.x.uploads import check_media

_REMEMBERED = timedelta(days=30)


class Messages(Part):
    def directs(self, asked: Asked) -> Answer:
        me, since = asked.me, self.network.world.now() - _REMEMBERED
        conversation = asked.request.path_params.get("conversation", "")
        if who := asked.request.path_params.get("who", ""):
            conversation = "-".join(sorted((me.id, who), key=int)) if ID.fullmatch(who) else "-"
        found = [
            one
            for one in reversed(self.network.state.stored.directs.values())
            if me.id in (one.sender, one.to)
            and me.id not in one.gone_for
            and one.at >= since
            and conversation in ("", one.conversation)
        ]
        most = asked.number("max_results", least=1, most=100, default=100)
        before = page_token(asked)
        found = [one for one in found if not before or int(one.id) < before]
        shaper = self.shaper(asked)
        page, more = found[:most], found[most:]
        said: dict[str, Any] = {"data": [shaper.direct(one) for one in page]} if page else {}
        meta: dict[str, Any] = {"result_count": len(page)}
        if more:
            meta["next_token"] = next_token(page[-1].id)
        return said | beside(shaper) | {"meta": meta}

    def direct(self, asked: Asked) -> Answer:
        direct = self._own_direct(asked)
        shaper = self.shaper(asked)
        said: dict[str, Any] = {"data": shaper.direct(direct)}
        return said | beside(shaper)

    def forget(self, asked: Asked) -> Answer:
        """Gone for oneself only; the other side keeps it."""
        self._own_direct(asked).gone_for.append(asked.me.id)
        return {"data": {"deleted": True}}

    def send_direct(self, asked: Asked) -> Answer:
        who = asked.request.path_params.get("who", "")
        if not who:
            parts = asked.path("conversation").split("-")
            who = next((one for one in parts if one != asked.me.id), "")
        to = self.network.state.stored.accounts.get(who)
        if to is None:
            raise not_found("user", "participant_id", who)
        text = asked.text("text")
        attachments = asked.body.get("attachments", [])
        if not isinstance(attachments, list):
            raise invalid("$.attachments: a list is expected.", parameter="attachments")
        media = [str(one.get("media_id", "")) for one in attachments if isinstance(one, dict)]
        check_media(self.network, asked.me, media)
        if not text and not media:
            raise invalid("One of text or attachments is needed.", parameter="text")
        if not self.network.wrote_to(to.id, asked.me.id):
            raise forbidden("You do not have permission to message one or more participants.")
        direct = self.network.send(asked.me, to, text, media=media)
        return {"data": {"dm_conversation_id": direct.conversation, "dm_event_id": direct.id}}

    def _own_direct(self, asked: Asked) -> Direct:
        direct = self.network.state.stored.directs.get(asked.path("id"))
        if (
            direct is None
            or asked.me.id not in (direct.sender, direct.to)
            or asked.me.id in direct.gone_for
        ):
            raise not_found("dm_event", "id", asked.path("id"))
        return direct
