"""Fetches what concerns an account from the instance's lists and wraps it for `parse`.

The list of notifications has an item's time as our own instance saw it. The newest page is read
again each time: an item that changed on it was edited, one that is missing from it was deleted
(or its author blocked), which a look at the item itself tells apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from glede.platforms.contract import Batch, Cursor, RawEvent
from glede.platforms.mastodon.network import Network, Page, account_of, pages
from glede.platforms.untrusted import Json, list_at, object_at, text_at, time_at

#: The largest page the instance gives of each list.
_NOTIFICATIONS = "80"
_OWN = "40"
#: A first poll reads this far back; what is older is history nobody waits for.
_FIRST_PAGES = 5
#: A later one reads until it meets what it knows; beyond this many pages it reports a gap.
_MOST_PAGES = 50


def poll(network: Network, cursor: Cursor, *, now: datetime) -> Batch:
    before = _Before.read(cursor)
    types = [("types[]", "mention"), ("types[]", "quote"), ("limit", _NOTIFICATIONS)]
    told_pages = pages(network, "/api/v1/notifications", types, now=now)
    told = _List.read(told_pages, before.told, full=int(_NOTIFICATIONS), new=before.new)
    own_path = f"/api/v1/accounts/{network.us}/statuses"
    own_params = [("exclude_reblogs", "true"), ("limit", _OWN)]
    own_pages = pages(network, own_path, own_params, now=now)
    own = _List.read(own_pages, before.own, full=int(_OWN), new=before.new)
    events = [
        wrapped(network, status, at=text_at(entry, "created_at"), now=now)
        for entry, status in told.news()
    ]
    # A first poll does not bring years of the account's own posts, but notes where they end.
    if not before.new:
        events += [
            wrapped(network, status, at=text_at(status, "created_at"), now=now)
            for _, status in own.news()
        ]
    missing = told.missing() + own.missing()
    if missing:
        standing = network.statuses(missing, now=now)
        events += [deleted(network.us, one, at=now) for one in missing if one not in standing]
    # Oldest first, as it was said.
    events.sort(key=_at)
    after = {"told": told.known(), "own": own.known()}
    cursor = Cursor(msgspec.json.encode(after).decode())
    return Batch(events=tuple(events), cursor=cursor, gap=told.gap or own.gap)


def lookup(network: Network, native_ids: Sequence[str], *, now: datetime) -> list[RawEvent]:
    """Items by id: how they stand now, or that they do not any more."""
    wanted = [one for one in dict.fromkeys(native_ids) if not one.startswith("scheduled/")]
    standing = network.statuses(wanted, now=now)
    return [
        wrapped(network, standing[one], at=text_at(standing[one], "created_at"), now=now)
        if one in standing
        else deleted(network.us, one, at=now)
        for one in wanted
    ]


def wrapped(network: Network, status: Json, *, at: str, now: datetime) -> RawEvent:
    """`at` is when our instance had it. The key names the item and its edit, whichever way it
    came."""
    event: dict[str, Any] = {"at": at, "status": status}
    if root := network.root(status, now=now):
        event["root"] = root
    key = f"status/{text_at(status, 'id')}/{text_at(status, 'edited_at')}"
    return RawEvent(key=key, body=msgspec.json.encode(event), account=network.us)


def deleted(account: str, native_id: str, *, at: datetime) -> RawEvent:
    body = msgspec.json.encode({"at": at.isoformat(), "deleted": native_id})
    return RawEvent(key=f"deleted/{native_id}", body=body, account=account)


def concerns(status: Json, us: str) -> bool:
    """Whether a status is ours, answers us or names us."""
    named = [text_at(one, "id") for one in list_at(status, "mentions")]
    return us in (account_of(status), text_at(status, "in_reply_to_account_id"), *named)


def _at(event: RawEvent) -> tuple[datetime, tuple[int, str]]:
    said = msgspec.json.decode(event.body)
    at = time_at(said, "at") or datetime.max.replace(tzinfo=UTC)
    return at, _order(text_at(said, "status", "id"))


# --- A list, now and at the last poll ------------------------------------------------------

#: What a list held at the last poll: entry → (status, when it was edited).
type Known = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Before:
    told: Known
    own: Known
    new: bool

    @classmethod
    def read(cls, cursor: Cursor) -> "_Before":
        try:
            said = msgspec.json.decode(cursor.value or "{}")
        except (msgspec.DecodeError, RecursionError):
            said = {}
        return cls(_known(said, "told"), _known(said, "own"), new="told" not in said)


def _known(said: object, name: str) -> dict[str, tuple[str, str]]:
    return {
        entry: (str(pair[0]), str(pair[1]))
        for entry, pair in object_at(said, name).items()
        if isinstance(pair, list) and len(pair) == 2
    }


@dataclass(slots=True)
class _List:
    """The first page of a list as it is now, what was new beyond it, and what it was before."""

    page: list[Json]
    beyond: list[Json]
    before: Known
    full: int  # a page of so many is followed by others
    gap: bool = False
    _now: dict[str, tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._now = {}
        for entry in self.page:
            status = _status(entry)
            self._now[text_at(entry, "id")] = (text_at(status, "id"), text_at(status, "edited_at"))

    @classmethod
    def read(cls, page: Page, before: Known, *, full: int, new: bool) -> "_List":
        first = page("")
        newest = max((_order(one) for one in before), default=(0, ""))
        beyond: list[Json] = []
        last, most = first, _FIRST_PAGES if new else _MOST_PAGES
        for _ in range(most):
            if not last or (not new and _reaches(last, newest)):
                return cls(first, beyond, before, full)
            last = page(text_at(last[-1], "id"))
            beyond += [one for one in last if _order(text_at(one, "id")) > newest]
        return cls(first, beyond, before, full, gap=not new)

    def news(self) -> list[tuple[Json, Json]]:
        """Entries with their statuses that are new, or new in their words."""
        found = [(entry, _status(entry)) for entry in [*self.page, *self.beyond]]
        return [
            (entry, status)
            for entry, status in found
            if text_at(status, "id")
            and self.before.get(text_at(entry, "id"))
            != (text_at(status, "id"), text_at(status, "edited_at"))
        ]

    def missing(self) -> list[str]:
        """Statuses that stood on this page before, and should still do so."""
        oldest = min((_order(one) for one in self._now), default=(0, ""))
        if len(self._now) < self.full:
            oldest = (0, "")
        return [
            status
            for entry, (status, _) in self.before.items()
            if entry not in self._now and _order(entry) > oldest
        ]

    def known(self) -> dict[str, tuple[str, str]]:
        return self._now


def _status(entry: Json) -> Json:
    """A notification's status; an entry of an account's list is one itself."""
    return object_at(entry, "status") if "type" in entry else entry


def _order(native_id: str) -> tuple[int, str]:
    """Ids grow with time; longer ones are newer."""
    return len(native_id), native_id


def _reaches(page: Sequence[Json], newest: tuple[int, str]) -> bool:
    return _order(text_at(page[-1], "id")) <= newest
