"""One thread for each account that is polled or streamed; accounts come and go while it runs."""

import logging
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from glede.flow import poll
from glede.kit import clock
from glede.platforms.contract import PlatformError
from glede.rulebook.accounts import queries as accounts
from glede.worker.loops import LONGEST_WAIT, SHORTEST_WAIT

log = logging.getLogger(__name__)

#: How often new, closed or reconnected accounts are looked for.
LOOK_EVERY = 10.0


#: A stream that lasted for so long had stood: when it breaks, the silence begins anew.
STOOD = timedelta(seconds=LONGEST_WAIT)


class Keeper:
    """Keeps the right threads running for the accounts there are."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._threads: dict[tuple[int, str], tuple[threading.Thread, threading.Event]] = {}

    def turn(self, now: datetime) -> bool:  # noqa: ARG002 - a loop's turn is given the time
        """Start what is missing, end what is no longer wanted."""
        wanted = {
            (account.id, way): account for account in accounts.listened() for way in account.ways
        }
        for key, (thread, ended) in list(self._threads.items()):
            if key not in wanted or not thread.is_alive():
                ended.set()
                del self._threads[key]
        for key, account in wanted.items():
            if key not in self._threads:
                self._start(key, every=account.poll_every)
        return False

    def _start(self, key: tuple[int, str], *, every: int) -> None:
        ended = threading.Event()
        account_id, way = key
        thread = threading.Thread(
            target=self._poll if way == "poll" else self._follow,
            args=(account_id, every, ended),
            name=f"{way}-{account_id}",
            daemon=True,
        )
        self._threads[key] = (thread, ended)
        thread.start()

    def _over(self, ended: threading.Event) -> bool:
        return self._stop.is_set() or ended.is_set()

    def _poll(self, account_id: int, every: int, ended: threading.Event) -> None:
        while not self._over(ended):
            until = None
            close_old_connections()
            try:
                until = poll.account(account_id=account_id)
            except (DatabaseError, InterfaceError) as error:
                log.warning("poll %s: the database is unwell: %s", account_id, type(error).__name__)
            except Exception:  # one account's fault must not silence it for ever
                log.exception("poll %s failed", account_id)
            asked = (until - clock.now()).total_seconds() if until is not None else 0.0
            ended.wait(max(float(every), asked))
        connections.close_all()

    def _follow(self, account_id: int, every: int, ended: threading.Event) -> None:
        del every  # a stream has no interval
        wait, since = SHORTEST_WAIT, clock.now()
        while not self._over(ended):
            close_old_connections()
            started_at = clock.now()
            try:
                poll.follow(account_id=account_id, stop=lambda: self._over(ended))
                wait = SHORTEST_WAIT
            except PlatformError as error:
                log.warning("stream %s: %s", account_id, error)
                if clock.now() - started_at > STOOD:
                    since, wait = clock.now(), SHORTEST_WAIT
                _told(account_id, since, error)
            except (DatabaseError, InterfaceError) as error:
                log.warning(
                    "stream %s: the database is unwell: %s", account_id, type(error).__name__
                )
            except Exception:  # one account's fault must not silence it for ever
                log.exception("stream %s failed", account_id)
            ended.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        connections.close_all()

    def close(self) -> None:
        for thread, ended in self._threads.values():
            ended.set()
            thread.join(timeout=3)


def _told(account_id: int, since: datetime, error: PlatformError) -> None:
    """Say that the stream failed; where even that fails, the next failure says it."""
    try:
        poll.stream_failed(account_id=account_id, since=since, error=error)
    except (DatabaseError, InterfaceError) as unwell:
        log.warning("stream %s: the database is unwell: %s", account_id, type(unwell).__name__)
