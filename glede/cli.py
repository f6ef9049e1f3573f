"""The `glede` command: one module in `glede/commands` per subcommand."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from glede.commands import embedded
from glede.commands.failure import CommandError
from glede.kit.crypto import KeyMissingError, SecretUnreadableError
from glede.kit.postgres import PostgresError


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A module `glede.commands.<name>` with `add(subparsers)` and `run(args) -> int`."""

    help: str
    #: Reads or writes through Django's models: costs a second at the start.
    django: bool = True
    #: Starts the embedded PostgreSQL for the time of the command if it does not run.
    database: bool = True
    #: Connects as the role that owns the tables.
    owner: bool = False


SUBCOMMANDS = {
    "run": Subcommand("start everything: database, web, worker", django=False, database=False),
    "web": Subcommand("serve pages, webhooks and live screens", django=False, database=False),
    "worker": Subcommand("do the work in the background", database=False),
    "demo": Subcommand("load the demo group"),
    "setup": Subcommand("make a real organisation with its owner and brands", database=False),
    "user": Subcommand("make, list and change people"),
    "account": Subcommand("connect the accounts of a brand; list and close them"),
    "platforms": Subcommand("what each platform lets a desk do", database=False),
    "timeline": Subcommand("the evidence of one conversation, as one page or as JSON"),
    "token": Subcommand("make, list and revoke tokens by which programs ask"),
    "database": Subcommand("bring the database to this version (a backup first)", owner=True),
    "backup": Subcommand("write database, files and keys to one archive", owner=True),
    "restore": Subcommand("put an archive back", owner=True, database=False),
    "policy": Subcommand("read a policy in; list and show its versions", database=False),
    "deadline": Subcommand("when an answer is due, and why"),
    "figures": Subcommand("how well a clause was kept"),
    "rehearse": Subcommand("play past traffic under another version of the policy"),
    "doctor": Subcommand("say what is wrong"),
}


def _module(name: str) -> ModuleType:
    if SUBCOMMANDS[name].owner:
        os.environ["GLEDE_DATABASE_ROLE"] = "owner"
    if SUBCOMMANDS[name].django:
        django.setup()
    return importlib.import_module(f"glede.commands.{name}")


def _parse(arguments: Sequence[str]) -> tuple[str, ModuleType, argparse.Namespace]:
    """Only the module of the command asked for is loaded, so that `--help` answers at once."""
    parser = argparse.ArgumentParser(
        prog="glede", description="A social-media desk with the policy built in."
    )
    parser.add_argument("--version", action="version", version=metadata.version("glede"))
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    asked = next((word for word in arguments if not word.startswith("-")), "")
    module = None
    for name, subcommand in SUBCOMMANDS.items():
        if name == asked:
            module = _module(name)
            module.add(subparsers)
        else:
            subparsers.add_parser(name, help=subcommand.help)
    args = parser.parse_args(arguments)
    return args.command, module or _module(args.command), args


def main(arguments: Sequence[str] | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glede.settings")
    try:
        name, module, args = _parse(sys.argv[1:] if arguments is None else arguments)
        with ExitStack() as stack:
            if SUBCOMMANDS[name].database:
                stack.enter_context(embedded.reachable())
            return int(module.run(args))
    except (CommandError, ImproperlyConfigured, KeyMissingError, SecretUnreadableError) as error:
        print(f"glede: {error}", file=sys.stderr)
    except (PostgresError, psycopg.Error, DatabaseError) as error:
        print(f"glede: the database says: {error}".rstrip(), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
