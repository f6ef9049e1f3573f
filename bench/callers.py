"""A caller that costs little: prepared requests over kept connections, one answer at a time each.

The server, the database and the callers share two cores, so what the callers use is taken from
what is measured; an HTTP library would take more than the door.
"""

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

_OK = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Called:
    seconds: float
    refused: int
    #: Seconds from sending to the answer, sorted.
    waits: list[float]

    def wait_at(self, share: float) -> float:
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


def as_fast_as_answered(
    requests: Sequence[bytes], *, address: tuple[str, int], connections: int
) -> Called:
    """Every connection sends its next request as soon as it has the answer to the last."""
    poll = select.epoll()
    lines = _lines(address, connections)
    by_number = {line.fileno(): line for line in lines}
    todo = iter(requests)
    sent_at: dict[int, float] = {}
    waits: list[float] = []
    refused = 0
    now = time.perf_counter
    began = now()
    for number, line in by_number.items():
        poll.register(number, select.EPOLLIN)
        request = next(todo, None)
        if request is not None:
            sent_at[number] = now()
            line.sendall(request)
    while sent_at:
        for number, _ in poll.poll():
            line = by_number[number]
            answer = line.recv(4096)
            waits.append(now() - sent_at.pop(number))
            if not answer.startswith(_OK):
                refused += 1
                if not answer:
                    raise ConnectionError("The server closed a connection.")
            request = next(todo, None)
            if request is not None:
                sent_at[number] = now()
                line.sendall(request)
    seconds = now() - began
    _close(lines)
    return Called(seconds, refused, sorted(waits))


def at_a_rate(
    requests: Sequence[bytes], *, address: tuple[str, int], connections: int, per_second: float
) -> Called:
    """Requests leave by the clock, whether or not earlier ones were answered; a request that must
    wait for a free connection has its wait counted."""
    poll = select.epoll()
    lines = _lines(address, connections)
    by_number = {line.fileno(): line for line in lines}
    free = list(by_number)
    for number in free:
        poll.register(number, select.EPOLLIN)
    due_at: dict[int, float] = {}
    waits: list[float] = []
    refused = 0
    began = time.perf_counter()
    sent = 0
    while len(waits) < len(requests):
        now = time.perf_counter()
        while sent < len(requests) and free and began + sent / per_second <= now:
            number = free.pop()
            due_at[number] = began + sent / per_second
            by_number[number].sendall(requests[sent])
            sent += 1
        until = began + sent / per_second - time.perf_counter() if sent < len(requests) else 1
        for number, _ in poll.poll(max(0.0, until)):
            answer = by_number[number].recv(4096)
            waits.append(time.perf_counter() - due_at.pop(number))
            refused += not answer.startswith(_OK)
            free.append(number)
    seconds = time.perf_counter() - began
    _close(lines)
    return Called(seconds, refused, sorted(waits))


def _lines(address: tuple[str, int], connections: int) -> list[socket.socket]:
    lines = [socket.create_connection(address) for _ in range(connections)]
    for line in lines:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return lines


def _close(lines: Sequence[socket.socket]) -> None:
    for line in lines:
        line.close()
