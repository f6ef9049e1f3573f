"""Facebook and Instagram as residents meet them. Both stand on one Graph, as Meta's do."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from sandbox.graph.api import Graph
from sandbox.graph.errors import GraphError
from sandbox.graph.network import APP_ID, Network
from sandbox.graph.state import Account, Entry, Message, Stored
from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, World


class _Meta:
    slug = ""
    name = ""
    instagram = False
    can = frozenset({"comment", "mention", "message", "edit", "delete"})

    def __init__(self, world: World) -> None:
        self.world = world
        beside = [one for one in world.stages.values() if isinstance(one, _Meta)]
        #: Whoever stood first keeps what both share.
        self.keeps = not beside
        self.graph: Graph = (
            beside[0].graph if beside else _graph(world, Stored(secrets.token_hex(16)))
        )

    @property
    def network(self) -> Network:
        return self.graph.network

    def routes(self) -> Sequence[BaseRoute]:
        return self.graph.routes()

    def pages(self) -> Sequence[Page]:
        return [Page(one.id, one.brand, one.name, one.handle) for one in self._accounts()]

    def _accounts(self) -> list[Account]:
        accounts = self.network.stored.accounts.values()
        return [one for one in accounts if one.instagram == self.instagram]

    # -- what is to be seen

    def posts(self, page: str) -> Sequence[str]:
        return [
            one.id
            for one in reversed(self.network.stored.entries.values())
            if one.account == page
            and one.kind in ("post", "media")
            and one.published
            and not one.deleted
        ]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        found = [
            self._item(one)
            for one in reversed(self.network.stored.entries.values())
            if one.account == page and one.kind != "comment" and one.published
        ]
        return [one for one in found if not one.deleted or one.replies][:most]

    def _item(self, one: Entry) -> Item:
        network = self.network
        under = [x for x in network.under(one.id) if x.parent == one.id]
        return Item(
            one.id,
            network.key(one.who),
            network.name(one.who),
            "" if one.deleted else one.text,
            one.at,
            by_page=one.who == one.account,
            pictures=() if one.deleted else tuple(map(network.address, one.pictures)),
            hidden=one.hidden,
            deleted=one.deleted,
            edited=one.edited is not None,
            replies=tuple(self._item(x) for x in under),
        )

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        account = self.network.account(page)
        person = self.network.person(account, who)
        return [
            Item(
                one.id,
                account.id if one.by_page else who.key,
                account.name if one.by_page else who.name,
                one.text,
                one.at,
                by_page=one.by_page,
                pictures=tuple(map(self.network.address, one.pictures)),
                deleted=one.deleted,
                edited=one.edits > 0,
            )
            for one in self.network.chat(account, person.id)
        ]

    # -- what residents do

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        above = self._entry(on)
        account = self._for(above.account, who)
        if above.closed:
            raise Impossible("Comments are turned off here.")
        person = self.network.person(account, who)
        kept = self.network.keep(pictures)
        return self.network.comment(account, person.id, text, on=above, pictures=kept).id

    def mention(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        """On Facebook a post on the Page's wall; `tag` is the one elsewhere."""
        return self._posted(who, text, page, "foreign" if self.instagram else "visitor", pictures)

    def _posted(
        self, who: Resident, text: str, page: str, kind: str, pictures: Sequence[Picture]
    ) -> str:
        account = self._for(page, who)
        person = self.network.person(account, who)
        kept = self.network.keep(pictures)
        return self.network.post(account, person.id, text, kind=kind, pictures=kept).id

    def message(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        account = self._for(page, who)
        person = self.network.person(account, who)
        kept = self.network.keep(pictures)
        return self.network.message(account, person, text, by_page=False, pictures=kept).id

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        message = self.network.stored.messages.get(of)
        if message is not None:
            self._own(who, message.person)
            self.network.rewrite(message, text)
            return of
        entry = self._entry(of)
        self._own(who, entry.who)
        if self.instagram and entry.kind == "comment":
            raise Impossible("A comment on Instagram cannot be edited.")
        self.network.edit(entry, text)
        return of

    def delete(self, who: Resident, *, of: str) -> None:
        message = self.network.stored.messages.get(of)
        if message is not None:
            self._own(who, message.person)
            self.network.unsend(message)
            return
        entry = self._entry(of)
        self._own(who, entry.who)
        self.network.delete(entry)

    def read(self, who: Resident, *, page: str) -> None:
        """The resident opens the chat with the page."""
        account = self.network.account(page)
        self.network.read(account, self.network.person(account, who))

    def _entry(self, native_id: str) -> Entry:
        try:
            return self.network.entry(native_id)
        except GraphError as error:
            raise Impossible("This is no longer there.") from error

    def _for(self, page: str, who: Resident) -> Account:
        account = self.network.account(page)
        person = self.network.person(account, who)
        if person.id in self.network.stored.blocked.get(account.id, []):
            raise Impossible(f"{account.name} has blocked {who.name}.")
        return account

    def _own(self, who: Resident, author: str) -> None:
        if self.network.key(author) != who.key:
            raise Impossible(f"{who.name} did not write this.")

    # -- what the page does in the app

    def publish(self, page: str, text: str) -> str:
        account = self.network.account(page)
        return self.network.post(
            account, account.id, text, kind="media" if self.instagram else "post"
        ).id

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        account = self.network.account(page)
        message: Message | None = self.network.stored.messages.get(to)
        if message is not None:
            person = self.network.stored.people[message.person]
            return self.network.message(account, person, text, by_page=True).id
        return self.network.comment(account, account.id, text, on=self._entry(to)).id

    # -- for the operator

    def credentials(self) -> Mapping[str, Any]:
        secret = self.network.stored.app_secret
        return {
            "base_url": f"{self.world.base}/{self.slug}",
            "client_id": APP_ID,
            "client_secret": secret,
            "app_token": self.graph.tokens.app_token,
            "pages": [self._credential(one) for one in self._accounts()],
        }

    def _credential(self, one: Account) -> Mapping[str, str]:
        page = one.pair if self.instagram else one.id
        return {
            "brand": one.brand,
            "native_id": one.id,
            "handle": one.handle,
            "page": page,
            "instagram": one.id if self.instagram else one.pair,
            "access_token": self.graph.tokens.of_page(page).value,
        }

    def dump(self) -> bytes:
        return msgspec.json.encode(self.network.stored) if self.keeps else b""

    def load(self, dumped: bytes) -> None:
        """Onto the objects that both stages hold."""
        if not dumped or not self.keeps:
            return
        held, new = self.network.stored, msgspec.json.decode(dumped, type=Stored)
        for name in Stored.__struct_fields__:
            setattr(held, name, getattr(new, name))
        self.graph.tokens.register()

    def close(self) -> None:
        """Nothing is open."""


class Facebook(_Meta):
    slug = "facebook"
    name = "Facebook"

    def tag(self, who: Resident, text: str, *, page: str) -> str:
        """A post of the resident's own, elsewhere, that names the Page."""
        return self._posted(who, text, page, "tagged", ())

    def rate(self, who: Resident, text: str, *, page: str) -> str:
        """A review that does not recommend the Page."""
        return self._posted(who, text, page, "rating", ())


class Instagram(_Meta):
    slug = "instagram"
    name = "Instagram"
    instagram = True
    can = frozenset({"comment", "mention", "message", "delete"})


def _graph(world: World, stored: Stored) -> Graph:
    return Graph(Network(world, stored))
