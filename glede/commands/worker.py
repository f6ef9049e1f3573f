"""`glede worker`: the work in the background."""

import argparse
from typing import TYPE_CHECKING

from glede.worker import main

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: "Subparsers") -> None:
    subparsers.add_parser("worker", help="do the work in the background")


def run(_args: argparse.Namespace) -> int:
    return main.run()
