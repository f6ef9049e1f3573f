"""`glede token`: make, list and revoke the tokens by which programs ask the API."""

import argparse
import getpass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from glede.commands.failure import CommandError
from glede.flow import tokens
from glede.kit import clock
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import queries, rules
from glede.rulebook.tokens.actions import TokenRefusedError
from glede.rulebook.tokens.rules import Kind

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_OFFERED = ", ".join(one.value for one in rules.OFFERED)


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("token", help="make, list and revoke tokens")
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    made = acts.add_parser("create", help="a new token; its secret is printed this once")
    made.add_argument("name", help="what it is for")
    made.add_argument("--for", dest="email", required=True, help="whom it acts for, by e-mail")
    made.add_argument(
        "--may", action="append", required=True, metavar="PERMISSION", help=f"one of {_OFFERED}"
    )
    made.add_argument(
        "--own",
        action="store_true",
        help="the person’s own: it may also reply and moderate, under their name",
    )
    made.add_argument(
        "--brand", action="append", metavar="SLUG", help="every brand they may see if left out"
    )
    made.add_argument("--days", type=int, default=settings.GLEDE_TOKEN_DAYS)
    made.set_defaults(do=_create)

    listed = acts.add_parser("list", help="which tokens there are, and how they stand")
    listed.set_defaults(do=_list)

    revoked = acts.add_parser("revoke", help="it opens nothing any more")
    revoked.add_argument("id", type=int, help="the number `glede token list` shows")
    revoked.set_defaults(do=_revoke)


def run(args: argparse.Namespace) -> int:
    try:
        args.do(args, clock.now())
    except (TokenRefusedError, people.NoSuchPersonError, brands.NoSuchBrandError) as error:
        raise CommandError(str(error)) from error
    return 0


def _actor() -> Actor:
    return Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede token")


def _create(args: argparse.Namespace, now: datetime) -> None:
    person = people.by_email(args.email)
    number, secret = tokens.make(
        name=args.name,
        person_id=person.pk,
        permissions=[_permission(text) for text in args.may],
        brand_ids=[brands.brand(slug).pk for slug in args.brand] if args.brand else None,
        days=args.days,
        kind=Kind.PERSON if args.own else Kind.PROGRAM,
        actor=_actor(),
        now=now,
    )
    print(f"Token {number} acts for {person.name} for {args.days} days. Shown this once:")
    print(secret)


def _permission(text: str) -> Permission:
    try:
        return Permission(text.strip())
    except ValueError as error:
        raise CommandError(f"There is no permission “{text}”. There are: {_OFFERED}.") from error


def _list(args: argparse.Namespace, now: datetime) -> None:
    del args
    found = queries.tokens(now=now)
    for one in found:
        used = f"{one.last_used_at:%Y-%m-%d %H:%M} UTC" if one.last_used_at else "never"
        print(
            f"{one.id:4}  {one.begins or '(not taken)':12}  {one.state.value:8}  {one.name:28}"
            f"  {one.person:24}  until {one.expires_at:%Y-%m-%d}  last used {used}"
        )
        print(f"      {', '.join(permission.value for permission in one.permissions)}")
    if not found:
        print("There is no token yet: `glede token create`.")


def _revoke(args: argparse.Namespace, now: datetime) -> None:
    tokens.revoke(token_id=args.id, actor=_actor(), now=now)
    print("Revoked. It opens nothing any more.")
