"""A Mastodon instance on which the landlords have accounts and the town lives.

A third of the residents are from another instance, as on the open network.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.oauth import Authority, Client, Grant, Token
from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, World
from sandbox.mastodon.access import SCOPES, Access
from sandbox.mastodon.api import Api
from sandbox.mastodon.instance import SLUG, Draft, Instance
from sandbox.mastodon.state import Account, Invalid, State, Status
from sandbox.mastodon.stream import Streams

#: Where residents from elsewhere are at home.
OTHER_INSTANCE = "social.example"


class Mastodon:
    slug = SLUG
    name = "Mastodon"
    can = frozenset({"comment", "mention", "message", "edit", "delete"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.instance = Instance(world)
        self.authority = Authority(now=world.now)
        self.api = Api(self.instance, self.authority)
        self.streams = Streams(self.instance, self.api)
        self._found()

    def _found(self) -> None:
        """The landlords' accounts, our app and a token for each, as an operator would make them."""
        state = self.instance.state
        draw = self.world.rng
        state.client_id = f"{draw.getrandbits(256):064x}"
        state.client_secret = f"{draw.getrandbits(256):064x}"
        for landlord in LANDLORDS:
            account = self._account(landlord.handle, landlord.name, brand=landlord.slug)
            state.tokens[account.id] = f"{draw.getrandbits(256):064x}"
        self._let_in()

    def _let_in(self) -> None:
        state = self.instance.state
        self.authority.clients[state.client_id] = Client(
            state.client_id, state.client_secret, "The desk"
        )
        for account, value in state.tokens.items():
            grant = Grant(state.client_id, account, SCOPES)
            self.authority.tokens[value] = Token(value, grant)

    def _account(self, username: str, name: str, **more: str) -> Account:
        state, now = self.instance.state, self.world.now()
        domain = more.pop("domain", "")
        acct = f"{username}@{domain}" if domain else username
        account = Account(state.next_id(now), username, acct, name, now, **more)
        state.meet(account)
        return account

    # --- The platform's side ---------------------------------------------------------------

    def routes(self) -> Sequence[BaseRoute]:
        access = Access(self.instance, self.authority, self.api)
        return [*self.streams.routes(), *access.routes(), *self.api.routes()]

    def credentials(self) -> Mapping[str, Any]:
        state = self.instance.state
        return {
            "base_url": self.instance.entities.base,
            "client_id": state.client_id,
            "client_secret": state.client_secret,
            "pages": [
                {
                    "brand": page.brand,
                    "native_id": page.native_id,
                    "handle": page.handle,
                    "access_token": state.tokens[page.native_id],
                }
                for page in self.pages()
            ],
        }

    def dump(self) -> bytes:
        return msgspec.json.encode(
            {"state": self.instance.state, "authority": self.authority.dump()}
        )

    def load(self, dumped: bytes) -> None:
        found = msgspec.json.decode(dumped)
        self.instance.replace(msgspec.convert(found["state"], State, strict=False))
        self.authority.load(found["authority"])
        self._let_in()

    def close(self) -> None:
        self.streams.close()

    # --- What is to be seen ----------------------------------------------------------------

    def pages(self) -> Sequence[Page]:
        return [
            Page(one.id, one.brand, one.name, one.username)
            for one in self.instance.state.accounts.values()
            if one.brand
        ]

    def posts(self, page: str) -> Sequence[str]:
        return [
            one.id
            for one in self.instance.state.own_of(page)
            if not one.in_reply_to and one.visibility in ("public", "unlisted")
        ]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        found = [
            one
            for one in reversed(self.instance.state.statuses.values())
            if not one.in_reply_to
            and one.visibility in ("public", "unlisted")
            and (one.account == page or page in one.mentions)
        ]
        return [self._item(one) for one in found[:most]]

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        other = self._resident(who).id
        pair = {page, other}
        return [
            self._item(one, deep=False)
            for one in self.instance.state.statuses.values()
            if one.visibility == "direct"
            and one.account in pair
            and pair <= {one.account, *one.mentions}
        ]

    def _item(self, status: Status, *, deep: bool = True) -> Item:
        state = self.instance.state
        author = state.accounts[status.account]
        under = [one for one in state.children(status.id) if one.visibility != "direct"]
        pictures = [state.media[one].digest for one in status.media]
        return Item(
            native_id=status.id,
            who=author.who,
            name=author.name,
            text=status.text.removeprefix(status.lead),
            at=status.at,
            by_page=bool(author.brand),
            pictures=tuple(self.world.media.address(one) for one in pictures),
            deleted=status.deleted,
            edited=status.edited_at is not None,
            replies=tuple(self._item(one) for one in under) if deep else (),
        )

    # --- Residents -------------------------------------------------------------------------

    def _resident(self, who: Resident) -> Account:
        digest = zlib.crc32(who.key.encode())
        domain = OTHER_INSTANCE if digest % 3 == 0 else ""
        username = "".join(
            one for one in who.handle if one.isascii() and (one.isalnum() or one == "_")
        )
        acct = f"{username}@{domain}" if domain else username
        found = self.instance.state.by_acct(acct, self.instance.entities.domain)
        if found is not None and found.resident == who.key:
            return found
        if found is not None:
            username = f"{username}_{digest:x}"
            acct = f"{username}@{domain}" if domain else username
            found = self.instance.state.by_acct(acct, self.instance.entities.domain)
            if found is not None:
                return found
        return self._account(
            username, who.name, resident=who.key, language=who.language, domain=domain
        )

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        author, parent = self._resident(who), self._standing(on)
        state = self.instance.state
        # As the app does: it names who is answered, and who was named there.
        named = [parent.account, state.root(parent).account, *parent.mentions]
        lead = self._lead([one for one in named if one != author.id])
        visibility = parent.visibility
        return self._post(
            author, lead + text, pictures, in_reply_to=on, visibility=visibility, lead=lead
        )

    def mention(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        lead = self._lead([page])
        return self._post(self._resident(who), lead + text, pictures, lead=lead)

    def message(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        lead = self._lead([page])
        author = self._resident(who)
        before = self.chat(page, who)
        return self._post(
            author,
            lead + text,
            pictures,
            visibility="direct",
            in_reply_to=before[-1].native_id if before and not before[-1].deleted else "",
            lead=lead,
        )

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        author, status = self._resident(who), self._standing(of)
        try:
            self.instance.edit(
                author, of, text=status.lead + text, spoiler=status.spoiler, media=status.media
            )
        except Invalid as refusal:
            raise Impossible(str(refusal)) from refusal
        return of

    def delete(self, who: Resident, *, of: str) -> None:
        try:
            self.instance.delete(self._resident(who), of)
        except Invalid as refusal:
            raise Impossible(str(refusal)) from refusal

    # --- The landlord, in the app ----------------------------------------------------------

    def publish(self, page: str, text: str) -> str:
        return self._post(self.instance.state.accounts[page], text, ())

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        parent = self._standing(to)
        lead = self._lead([parent.account])
        return self._post(
            self.instance.state.accounts[page],
            lead + text,
            (),
            in_reply_to=to,
            visibility=parent.visibility,
            lead=lead,
        )

    def _standing(self, status_id: str) -> Status:
        try:
            return self.instance.state.standing(status_id)
        except Invalid as refusal:
            raise Impossible("That is not there (any more).") from refusal

    def _lead(self, accounts: Sequence[str]) -> str:
        known = self.instance.state.accounts
        return "".join(f"@{known[one].acct} " for one in dict.fromkeys(accounts))

    def _post(self, author: Account, text: str, pictures: Sequence[Picture], **more: str) -> str:
        try:
            media = [
                self.instance.upload(author, one.content, one.content_type, one.alt).id
                for one in pictures
            ]
            return self.instance.post(author, Draft(text=text, media=media, **more)).id  # type: ignore[arg-type]
        except Invalid as refusal:
            raise Impossible(str(refusal)) from refusal
