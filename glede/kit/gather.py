"""Writes that nobody waits for: gathered while a block runs, and made with one statement each.

A record of an act, an event for open screens, a job: none of them is read again by the flow that
writes it. One statement for many costs little more than one for one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

type Write[T] = Callable[[Sequence[T]], None]

_gathered: ContextVar[dict[Write[Any], list[Any]] | None] = ContextVar("gathered", default=None)


def later[T](write: Write[T], item: T) -> None:
    """`write` gets this item with others of its kind when the block ends; outside of one, now."""
    gathered = _gathered.get()
    if gathered is None:
        write([item])
    else:
        gathered.setdefault(write, []).append(item)


@contextmanager
def together() -> Iterator[None]:
    """Write at the end what the block gave to `later`, in the block's own transaction.

    A block within a block hands what it gathered to the outer one, and nothing if it fails: what
    its savepoint undid was not to be told. The order of each kind is the order in which it came.
    """
    outer = _gathered.get()
    ours: dict[Write[Any], list[Any]] = {}
    token = _gathered.set(ours)
    try:
        yield
    finally:
        _gathered.reset(token)
    if outer is not None:
        for write, items in ours.items():
            outer.setdefault(write, []).extend(items)
        return
    for write, items in ours.items():
        write(items)
