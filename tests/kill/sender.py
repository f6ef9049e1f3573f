"""The customer's server: sends signed events and sends again whatever was not answered 200."""

import contextlib
import http.client
import json
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from glede.platforms.website import hook

_TIMEOUT_SECONDS = 20
_PAUSE_SECONDS = (0.05, 0.25)
_MOST_TRIES = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """A resident's message on the customer's own form; `id` stays the same for every try."""

    id: str
    body: bytes


def event(number: int) -> Event:
    """Residents write ten times each."""
    resident = number // 10
    body = {
        "type": "message.created",
        "timestamp": datetime.now(UTC).isoformat(),
        "data": {
            "id": f"message-{number}",
            "thread": f"thread-{resident}",
            "author": {"id": f"resident-{resident}", "name": f"Resident {resident}"},
            "text": f"Message number {number}: the water is cold.",
        },
    }
    return Event(f"event-{number}", json.dumps(body).encode())


@dataclass(slots=True)
class Sender:
    """Many connections; events go out in bursts when released, as they do when a form is busy."""

    port: int
    path: str
    secret: str
    connections: int
    seed: int
    until: float
    kept: set[str] = field(default_factory=set)
    #: How many calls ended how: a status, or the kind of failure.
    answers: Counter[str] = field(default_factory=Counter)
    again: int = 0
    gave_up: list[str] = field(default_factory=list)
    _waiting: queue.SimpleQueue[Event | None] = field(default_factory=queue.SimpleQueue)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [
            threading.Thread(target=self._run, args=(self._chance(n),), daemon=True)
            for n in range(self.connections)
        ]
        for thread in self._threads:
            thread.start()

    def _chance(self, number: int) -> random.Random:
        return random.Random(self.seed + number)  # noqa: S311 - repeatable, not secret

    def release(self, events: Sequence[Event]) -> None:
        for one in events:
            self._waiting.put(one)

    def finish(self) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=max(1.0, self.until - time.monotonic()))

    def _run(self, chance: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        while (one := self._waiting.get()) is not None:
            self._send(connection, one, chance)
        connection.close()

    def _send(
        self, connection: http.client.HTTPConnection, one: Event, chance: random.Random
    ) -> None:
        for tries in range(_MOST_TRIES):
            if time.monotonic() > self.until:
                break
            answer = self._try(connection, one)
            with self._guard:
                self.answers[answer] += 1
                self.again += tries > 0
                if answer == "200":
                    self.kept.add(one.id)
                    return
            time.sleep(chance.uniform(*_PAUSE_SECONDS))
        with self._guard:
            self.gave_up.append(one.id)

    def _try(self, connection: http.client.HTTPConnection, one: Event) -> str:
        stamp = int(time.time())
        signature = hook.sign(secret=self.secret, event_id=one.id, stamp=stamp, body=one.body)
        headers = {
            "host": "localhost",
            "content-type": "application/json",
            "webhook-id": one.id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature,
        }
        try:
            connection.request("POST", self.path, body=one.body, headers=headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            with contextlib.suppress(OSError):
                connection.close()
            return type(error).__name__
        return str(answer.status)
