"""`glede web`: pages, webhooks and live screens on one port of this machine."""

import argparse
import importlib
import signal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from glede.commands import ports
from glede.kit import process

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: Connections the kernel may queue while we are busy.
_BACKLOG = 2048


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("web", help="serve pages, webhooks and live screens")
    parser.add_argument("--port", type=int, default=settings.GLEDE_PORT)
    parser.add_argument("--processes", type=int, default=settings.GLEDE_WEB_PROCESSES)


def _load(target: str) -> Any:
    # The server's own process may be killed before it can stop this one.
    process.die_with_parent(signal.SIGTERM)
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def run(args: argparse.Namespace) -> int:
    ports.refuse_taken(args.port)
    Server(
        "glede.asgi:application",
        address=ports.LOOPBACK,
        port=args.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        backlog=_BACKLOG,
        workers=args.processes,
        log_level=LogLevels.warning,
        websockets=False,
        workers_kill_timeout=3,
    ).serve(target_loader=_load)
    return 0
