"""A platform with everything residents may do and no API: what the town and the pages stand on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.kernel.bus import Happening
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, World


@dataclass
class Village:
    world: World
    slug: str = "village"
    name: str = "Village"
    can: frozenset[str] = frozenset({"comment", "mention", "message", "edit", "delete"})
    items: dict[str, Item] = field(default_factory=dict)
    #: Native id of an item → its page and what it hangs under; a private one hangs under "dm".
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    closed: bool = False

    def routes(self) -> Sequence[BaseRoute]:
        async def ping(_request: Request) -> JSONResponse:
            return JSONResponse({"well": True})

        return [Route("/ping", ping)]

    def pages(self) -> Sequence[Page]:
        return [
            Page(f"{self.slug}-{one.slug}", one.slug, one.name, one.handle) for one in LANDLORDS
        ]

    def posts(self, page: str) -> Sequence[str]:
        found = [one for one in self.items.values() if one.who == page and self._under(one) == ""]
        return [one.native_id for one in reversed(found)]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        tops = [one for one in self.items.values() if self.places[one.native_id] == (page, "")]
        return [self._whole(one) for one in reversed(tops)][:most]

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        place = (page, f"dm {who.key}")
        return [one for one in self.items.values() if self.places[one.native_id] == place]

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        if on not in self.items:
            raise Impossible("What you answer is not there any more.")
        return self._put("commented", who, text, self.places[on][0], on, pictures)

    def mention(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        return self._put("mentioned", who, text, page, "", pictures)

    def message(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        return self._put("messaged", who, text, page, f"dm {who.key}", pictures)

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        self._own(who, of)
        self.items[of] = replace(self.items[of], text=text, edited=True)
        self._tell("edited", of, who.key, text=text)
        return of

    def delete(self, who: Resident, *, of: str) -> None:
        self._own(who, of)
        self.items[of] = replace(self.items[of], text="", deleted=True)
        self._tell("deleted", of, who.key)

    def publish(self, page: str, text: str) -> str:
        return self._put("published", self._page(page), text, page, "", (), by_page=True)

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        under = self.places[to][1]
        private = under.startswith("dm ")
        what, where = ("messaged", under) if private else ("commented", to)
        return self._put(what, self._page(page), text, page, where, (), by_page=True, of=to)

    def hide(self, native_id: str) -> None:
        self.items[native_id] = replace(self.items[native_id], hidden=True)
        self._tell("hidden", native_id, self.places[native_id][0], by_page=True)

    def credentials(self) -> Mapping[str, Any]:
        return {"app": {"id": "village-app", "secret": "a secret"}, "pages": {}}

    def dump(self) -> bytes:
        kept = {
            key: [one.who, one.name, one.text, one.at.isoformat(), one.by_page, self.places[key]]
            for key, one in self.items.items()
        }
        return json.dumps(kept).encode()

    def load(self, dumped: bytes) -> None:
        for key, (who, name, text, at, by_page, place) in json.loads(dumped).items():
            self.items[key] = Item(
                key, who, name, text, type(self.world.now()).fromisoformat(at), by_page
            )
            self.places[key] = (place[0], place[1])

    def close(self) -> None:
        self.closed = True

    def _page(self, native_id: str) -> Resident:
        page = next(page for page in self.pages() if page.native_id == native_id)
        return Resident(page.native_id, page.name, page.handle)

    def _own(self, who: Resident, native_id: str) -> None:
        if native_id not in self.items or self.items[native_id].who != who.key:
            raise Impossible("That is not yours.")

    def _under(self, item: Item) -> str:
        return self.places[item.native_id][1]

    def _whole(self, item: Item) -> Item:
        under = [
            self._whole(one) for one in self.items.values() if self._under(one) == item.native_id
        ]
        return replace(item, replies=tuple(under))

    def _put(
        self,
        what: str,
        who: Resident,
        text: str,
        page: str,
        under: str,
        pictures: Sequence[Picture],
        *,
        by_page: bool = False,
        of: str = "",
    ) -> str:
        native_id = f"{self.slug}:{len(self.items) + 1}"
        shown = tuple(
            self.world.media.address(self.world.media.put(one.content, one.content_type))
            for one in pictures
        )
        self.items[native_id] = Item(
            native_id, who.key, who.name, text, self.world.now(), by_page, shown
        )
        self.places[native_id] = (page, under)
        self._tell(what, native_id, who.key, text=text, by_page=by_page, of=of or under)
        return native_id

    def _tell(
        self,
        what: str,
        native_id: str,
        who: str,
        *,
        text: str = "",
        by_page: bool = False,
        of: str = "",
    ) -> None:
        page, under = self.places[native_id]
        self.world.bus.tell(
            Happening(
                stage=self.slug,
                what=what,
                page=page,
                native_id=native_id,
                at=self.world.now(),
                who=who,
                of=of,
                text=text,
                by_page=by_page,
                private=under.startswith("dm "),
            )
        )
