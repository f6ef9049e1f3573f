"""Accounts on X, and whom a page does not want to hear from."""

from collections.abc import Iterable
from typing import Any

from sandbox.x.asking import Part, ids
from sandbox.x.calls import Answer, Asked, invalid, missing, not_found
from sandbox.x.state import Account


class People(Part):
    def users_me(self, asked: Asked) -> Answer:
        return self._accounts(asked, [asked.me], one=True)

    def user(self, asked: Asked) -> Answer:
        found = self.network.state.stored.accounts.get(asked.path("id"))
        return self._accounts(
            asked, [found], one=True, errors=[missing("user", "id", asked.path("id"))]
        )

    def user_by(self, asked: Asked) -> Answer:
        name = asked.path("name")
        found = self.network.state.account(name)
        return self._accounts(asked, [found], one=True, errors=[missing("user", "username", name)])

    def users(self, asked: Asked) -> Answer:
        listed = ids(asked)
        accounts = self.network.state.stored.accounts
        errors = [missing("user", "ids", one) for one in listed if one not in accounts]
        return self._accounts(asked, [accounts.get(one) for one in listed], errors=errors)

    def users_by(self, asked: Asked) -> Answer:
        names = [name for name in asked.query.get("usernames", "").split(",") if name]
        found = [self.network.state.account(name) for name in names]
        errors = [
            missing("user", "usernames", name)
            for name, account in zip(names, found, strict=True)
            if account is None
        ]
        return self._accounts(asked, found, errors=errors)

    def muting(self, asked: Asked) -> Answer:
        accounts = self.network.state.stored.accounts
        listed = self.network.state.stored.muted.get(asked.mine().id, [])
        return self._accounts(asked, [accounts.get(one) for one in listed], counted=True)

    def blocking(self, asked: Asked) -> Answer:
        """People block in the app; nobody has here."""
        asked.mine()
        return self._accounts(asked, [], counted=True)

    def mute(self, asked: Asked) -> Answer:
        me, of = asked.mine(), asked.text("target_user_id")
        if of not in self.network.state.stored.accounts:
            raise not_found("user", "target_user_id", of)
        if of == me.id:
            raise invalid("You cannot mute yourself.", parameter="target_user_id", value=of)
        listed = self.network.state.stored.muted.setdefault(me.id, [])
        if of not in listed:
            listed.append(of)
        return {"data": {"muting": True}}

    def unmute(self, asked: Asked) -> Answer:
        listed = self.network.state.stored.muted.get(asked.mine().id, [])
        if asked.path("of") in listed:
            listed.remove(asked.path("of"))
        return {"data": {"muting": False}}

    def dm_block(self, asked: Asked) -> Answer:
        self.network.block_messages(asked.me, self._target(asked), blocked=True)
        return {"data": {"blocked": True}}

    def dm_unblock(self, asked: Asked) -> Answer:
        self.network.block_messages(asked.me, self._target(asked), blocked=False)
        return {"data": {"blocked": False}}

    def _accounts(
        self,
        asked: Asked,
        found: Iterable[Account | None],
        *,
        one: bool = False,
        counted: bool = False,
        errors: list[dict[str, Any]] | None = None,
    ) -> Answer:
        shaper = self.shaper(asked)
        listed = [shaper.user(account) for account in found if account is not None]
        said: dict[str, Any] = {}
        if listed:
            said["data"] = listed[0] if one else listed
        if errors and (not one or not listed):
            said["errors"] = errors
        if counted:
            said["meta"] = {"result_count": len(listed)}
        return said

    def _target(self, asked: Asked) -> Account:
        found = self.account(asked)
        if found.id == asked.me.id:
            raise invalid("You cannot block yourself.", parameter="id", value=found.id)
        return found
