"""`glede account`: connect the accounts of a brand, list them, close them; rotate vault keys."""

import argparse
import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from glede.commands.failure import CommandError
from glede.desk.health import queries as health
from glede.flow import connect, rotating
from glede.kit import clock
from glede.platforms import registry
from glede.platforms.contract import Field, PlatformError
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import queries
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.brands import queries as brands

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("account", help="connect the accounts of a brand")
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    made = acts.add_parser("connect", help="connect an account; what is needed is asked for")
    made.add_argument("platform", help=", ".join(registry.slugs()))
    made.add_argument("--brand", required=True, help="slug of the brand it speaks for")
    made.add_argument("--base-url", default="", help="the platform's address, if not the usual one")
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an answer given beforehand; never a secret: those are asked for, or come from a file",
    )
    made.add_argument(
        "--secret-file",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a file that holds a secret",
    )
    made.set_defaults(do=_connect)

    listed = acts.add_parser("list", help="which accounts there are, and how they are")
    listed.set_defaults(do=_list)

    closed = acts.add_parser("close", help="neither listen nor speak there any more")
    closed.add_argument("id", type=int, help="the number `glede account list` shows")
    closed.set_defaults(do=_close)

    rotated = acts.add_parser(
        "rotate-keys", help="put every secret under the newest vault key, so that the old can go"
    )
    rotated.set_defaults(do=_rotate)


def run(args: argparse.Namespace) -> int:
    try:
        args.do(args, clock.now())
    except (
        PlatformError,
        accounts.AccountRefusedError,
        brands.NoSuchBrandError,
        connect.MissingField,
        queries.UnknownAccount,
        registry.UnknownPlatform,
    ) as error:
        raise CommandError(str(error)) from error
    return 0


def _actor() -> Actor:
    return Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede account")


def _connect(args: argparse.Namespace, now: datetime) -> None:
    platform = registry.get(args.platform)
    given = dict(_pair(text) for text in args.set)
    for name, file in (_pair(text) for text in args.secret_file):
        if not Path(file).is_file():
            raise CommandError(f"There is no file {file}.")
        given[name] = Path(file).read_text(encoding="utf-8").strip()
    given |= _asked([field for field in platform.fields if field.name not in given])
    done = connect.account(
        platform_slug=args.platform,
        brand=brands.brand(args.brand),
        given=given,
        base_url=args.base_url,
        actor=_actor(),
        now=now,
    )
    print(f"{done.handle} on {platform.name} is connected (number {done.account_id}).")
    for name, value in done.settings.items():
        print(f"  {name}: {value}")
    if done.hook:
        print(f"  hook: {settings.GLEDE_BASE_URL}{done.hook}")
        print(f"  its secret, shown this once: {done.secret}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"“{text}” must read NAME=VALUE.")
    return name, value


def _asked(fields: list[Field]) -> dict[str, str]:
    """Ask a person for what is missing; nobody there: the flow says what is needed."""
    if not sys.stdin.isatty():
        return {}
    answers = {}
    for field in fields:
        if field.made:
            continue
        words = f"{field.label}{f' ({field.hint})' if field.hint else ''}"
        words += ": " if field.required else ", or nothing: "
        answers[field.name] = getpass.getpass(words) if field.secret else input(words)
    return answers


def _list(args: argparse.Namespace, now: datetime) -> None:
    del args
    found = health.every(now=now)
    for one in found:
        account = one.account
        heard = f"{account.last_event_at:%Y-%m-%d %H:%M} UTC" if account.last_event_at else "never"
        print(
            f"{account.pk:4}  {account.brand.slug:12}  {account.platform:10}  "
            f"{account.handle:32}  {', '.join(one.words)}  last event {heard}"
        )
        if account.state_reason:
            print(f"      {account.state_reason}")
    if not found:
        print("No account is connected yet: `glede account connect`.")


def _close(args: argparse.Namespace, now: datetime) -> None:
    accounts.close(account_id=args.id, actor=_actor(), now=now)
    print("Closed. Its credential is forgotten; what was said there stays.")


def _rotate(args: argparse.Namespace, now: datetime) -> None:
    del args
    done = rotating.run(actor=_actor(), now=now)
    print(
        f"Under the newest vault key now: {done.apps} apps, {done.accounts} accounts, "
        f"{done.factors} second factors, {done.addresses} addresses for alerts, "
        f"{done.webhooks} webhooks."
    )
    print("Older keys may go once no backup is needed that was taken before.")
