"""Open connectors, one for each account, kept while the process lives and its credential stands.

A connector is used by one thread at a time: sign-in is costly and limited at the platforms, and a
page speaks with one voice.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from glede.platforms import registry
from glede.platforms.contract import Connection, Connector
from glede.rulebook.accounts import queries as accounts


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened_with: Connection | None = None
    connector: Connector | None = None


_slots: dict[int, _Slot] = {}
_slots_lock = threading.Lock()


@contextmanager
def of(account_id: int) -> Iterator[Connector]:
    """The account's connector, for this thread alone until the block ends.

    Raises the contract's errors, and `accounts.UnknownAccount` where there is none.
    """
    platform_slug, connection = accounts.connection(account_id)
    with _slots_lock:
        slot = _slots.setdefault(account_id, _Slot())
    with slot.lock:
        if slot.connector is None or slot.opened_with != connection:
            if slot.connector is not None:
                slot.connector.close()
            slot.connector = registry.get(platform_slug).connect(connection)
            slot.opened_with = connection
        yield slot.connector


def own(account_id: int) -> Connector:
    """A connector of one's own, for a stream that holds it for long; the caller closes it."""
    platform_slug, connection = accounts.connection(account_id)
    return registry.get(platform_slug).connect(connection)


def close_all() -> None:
    """Close every open connector; at the end of a process."""
    with _slots_lock:
        for slot in _slots.values():
            if slot.connector is not None:
                slot.connector.close()
        _slots.clear()
