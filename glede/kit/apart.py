"""Run a function in a process of its own, with a limit on time and on memory.

For work on what strangers made: what ends the process, or never ends, costs that process alone. The
function is named, not given, so that only that process loads what it needs. What comes back is
JSON, which cannot do anything to who reads it.
"""

import contextlib
import importlib
import json
import multiprocessing
import os
import resource
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

#: How often we look whether the process still lives, and tell whoever waits.
_LOOK_EVERY = 0.25

_spawn = multiprocessing.get_context("spawn")


class ApartError(Exception):
    """The process did not bring a result; the message says how it ended, for the log."""


class TooLongError(ApartError):
    """It was ended because its time was over."""


class TooMuchMemoryError(ApartError):
    """It asked for more memory than it may have."""


class DiedError(ApartError):
    """It ended without a word: killed, or brought down by what it read."""


class FaultError(ApartError):
    """The function raised: a fault of ours; the message is the traceback."""


def run(
    name: str,
    *arguments: Any,
    seconds: float,
    megabytes: int,
    told: Callable[[Any], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Any:
    """Call `module:function` with the arguments and, last, a function that tells JSON back.

    `told` gets each thing it tells, `waiting` is called several times a second meanwhile. Returns
    what the function returned, which must be JSON too. Raises an `ApartError`.
    """
    ours, theirs = _spawn.Pipe(duplex=False)
    process = _spawn.Process(
        target=_work, args=(theirs, name, arguments, seconds, megabytes, os.getpid()), daemon=True
    )
    process.start()
    theirs.close()
    try:
        return _listen(ours, until=time.monotonic() + seconds, told=told, waiting=waiting)
    except EOFError as error:
        process.join()
        raise DiedError(f"{name} ended with {process.exitcode}.") from error
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()


def _listen(
    pipe: Connection, *, until: float, told: Callable[[Any], None], waiting: Callable[[], None]
) -> Any:
    while time.monotonic() < until:
        waiting()
        if not pipe.poll(_LOOK_EVERY):
            continue
        kind, value = json.loads(pipe.recv_bytes())
        if kind == "told":
            told(value)
        elif kind == "done":
            return value
        elif kind == "memory":
            raise TooMuchMemoryError(value)
        else:
            raise FaultError(value)
    raise TooLongError("Its time was over.")


def _work(
    pipe: Connection,
    name: str,
    arguments: tuple[Any, ...],
    seconds: float,
    megabytes: int,
    parent: int,
) -> None:
    """In the process of its own."""
    most = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # Whoever started us may be killed: then nobody else ends us.
    spent = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()

    def tell(kind: str, value: Any) -> None:
        pipe.send_bytes(json.dumps([kind, value]).encode())

    with contextlib.suppress(BrokenPipeError):  # nobody listens any more
        try:
            module, _, function = name.partition(":")
            done = getattr(importlib.import_module(module), function)
            tell("done", done(*arguments, lambda value: tell("told", value)))
        except MemoryError:
            tell("memory", "It asked for more memory than it may have.")
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, who waits must hear of it
            tell("fault", traceback.format_exc())


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)
