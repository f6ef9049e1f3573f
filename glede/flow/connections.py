"""Open connectors, one for each account, kept while the process lives and its credential stands.

A connector is used by one thread at a time: sign-in is costly and limited at the platforms, and a
page speaks with one voice. What it spends is kept after each use, and a credential is renewed by
one asker of all threads and processes.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, InterfaceError, transaction
from django.db import connection as database

from glede.kit import claim, clock
from glede.platforms import registry
from glede.platforms.contract import (
    Connection,
    Connector,
    Credential,
    Reconnect,
    Renew,
    TryAgain,
)
from glede.platforms.meter import Meter
from glede.rulebook.accounts import actions as account_actions
from glede.rulebook.accounts import actions_spending as spending
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts import queries_spending
from glede.rulebook.accounts.rules import State

log = logging.getLogger(__name__)

#: Longer than a platform takes to give a token: three calls of 20 s.
RENEWED_WITHIN_SECONDS = 60


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened_with: Connection | None = None
    connector: Connector | None = None
    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class Own:
    """A connector for a stream; `tell` keeps what was spent until now."""

    connector: Connector
    tell: Callable[[], None]


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
            slot.connector = _open(account_id, platform_slug, connection, slot.meter)
            slot.opened_with = connection
        _learn(account_id, platform_slug, slot.meter)
        try:
            yield slot.connector
        finally:
            _tell(account_id, slot.meter)


@contextmanager
def own(account_id: int) -> Iterator[Own]:
    """A connector of one's own, for a stream that holds it for long."""
    platform_slug, connection = accounts.connection(account_id)
    meter = Meter()
    _learn(account_id, platform_slug, meter)

    def tell() -> None:
        _tell(account_id, meter)
        _learn(account_id, platform_slug, meter)

    connector = _open(account_id, platform_slug, connection, meter)
    try:
        yield Own(connector, tell)
    finally:
        connector.close()
        _tell(account_id, meter)


def close_all() -> None:
    """Close every open connector; at the end of a process."""
    with _slots_lock:
        for slot in _slots.values():
            if slot.connector is not None:
                slot.connector.close()
        _slots.clear()


def _open(account_id: int, slug: str, connection: Connection, meter: Meter) -> Connector:
    ready = replace(connection, meter=meter, renew=_renewer(account_id))
    return registry.get(slug).connect(ready)


# --- What is spent -------------------------------------------------------------------------


def _learn(account_id: int, slug: str, meter: Meter) -> None:
    """What all processes spent until now; asked only where there is something to spend."""
    budgets = registry.get(slug).capabilities.budgets
    if budgets:
        shared = {budget.name for budget in budgets if budget.shared}
        meter.learn(queries_spending.before(account_id, shared=shared, now=clock.now()))


def _tell(account_id: int, meter: Meter) -> None:
    spent, signals = meter.take()
    if not spent and not signals:
        return
    try:
        with transaction.atomic():
            spending.keep(account_id=account_id, spent=spent, signals=signals, now=clock.now())
    except (DatabaseError, InterfaceError) as error:
        # What the platform answered matters more than the count of it, which the next use keeps.
        meter.give_back(spent, signals)
        log.warning("account %s: what it spent waits: %s", account_id, type(error).__name__)


# --- Credentials that are renewed ----------------------------------------------------------


def _renewer(account_id: int) -> Renew:
    def renew(old: Credential, ask: Callable[[Credential], Credential]) -> Credential:
        return _renewed(account_id, old, ask)

    return renew


def _renewed(
    account_id: int, old: Credential, ask: Callable[[Credential], Credential]
) -> Credential:
    """Ask the platform for the next credential, unless somebody did so since.

    The answer is encrypted and committed before anybody uses it: a platform that gives each
    refresh token once would not give it again. A refusal makes the account lapse.
    """
    try:
        with claim.held(f"glede.renew.{account_id}", at_most_seconds=RENEWED_WITHIN_SECONDS):
            state, why, kept = accounts.credential(account_id)
            if kept != dict(old):
                return kept
            if state is State.LAPSED:
                raise Reconnect(why)
            database.close()  # nothing but the right to ask is held while the platform is asked
            return _asked(account_id, old, ask)
    except accounts.UnknownAccount as error:
        raise Reconnect(str(error)) from error
    except claim.StillHeldError as error:
        raise TryAgain("Another process asks the platform for a new token.") from error


def _asked(account_id: int, old: Credential, ask: Callable[[Credential], Credential]) -> Credential:
    try:
        new = ask(old)
    except Reconnect as error:
        with transaction.atomic(durable=True):
            account_actions.lapsed(account_id=account_id, why=str(error), now=clock.now())
        raise
    with transaction.atomic(durable=True):
        account_actions.renewed(account_id=account_id, credential=new)
    return new
