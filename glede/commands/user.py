"""`glede user`: make, list and change people from the machine itself."""

import argparse
import getpass
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from glede.commands.failure import CommandError
from glede.kit import clock
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries, rules
from glede.rulebook.people.models import Person
from glede.rulebook.people.rules import Role

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_ROLES = ", ".join(role.value for role in Role)


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("user", help="make, list and change people")
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    made = acts.add_parser("add", help="a new person; they may do nothing until a role is granted")
    made.add_argument("email")
    made.add_argument("--name", required=True)
    made.add_argument("--post", default="", help="post title")
    made.add_argument("--sign-off", help="how replies are signed; the first name if left out")
    made.add_argument("--password-file", type=Path, help="else the password is asked for")
    made.set_defaults(do=_add)

    granted = acts.add_parser("grant", help="give a role")
    _names_role(granted)
    granted.add_argument("--until", type=_day, help="last day, such as 2027-03-31")
    granted.set_defaults(do=_grant)

    revoked = acts.add_parser("revoke", help="end a role now")
    _names_role(revoked)
    revoked.set_defaults(do=_revoke)

    listed = acts.add_parser("list", help="who there is, and which roles they hold")
    listed.add_argument("--left", action="store_true", help="also who has left")
    listed.set_defaults(do=_list)

    left = acts.add_parser("deactivate", help="somebody leaves: roles and sessions end now")
    left.add_argument("email")
    left.set_defaults(do=_deactivate)

    sessions = acts.add_parser("sessions", help="where somebody is signed in")
    sessions.add_argument("email")
    sessions.add_argument("--end", action="store_true", help="sign them out everywhere")
    sessions.set_defaults(do=_sessions)

    password = acts.add_parser("password", help="set a new password; ends all sessions")
    password.add_argument("email")
    password.add_argument("--password-file", type=Path, help="else the password is asked for")
    password.set_defaults(do=_password)


def _names_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email")
    parser.add_argument("role", help=_ROLES)
    parser.add_argument("--brand", help="slug of one brand; for all brands if left out")


def _day(text: str) -> datetime:
    """The end of that day where the desk is."""
    after = date.fromisoformat(text) + timedelta(days=1)
    return datetime.combine(after, time(), tzinfo=ZoneInfo(settings.TIME_ZONE))


def run(args: argparse.Namespace) -> int:
    now = clock.now()
    try:
        with transaction.atomic():
            args.do(args, now)
    except (
        people.PersonRefusedError,
        queries.NoSuchPersonError,
        brands.NoSuchBrandError,
    ) as error:
        raise CommandError(str(error)) from error
    return 0


def _actor() -> Actor:
    """Whoever runs commands on this machine; the record names their account there."""
    return Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede user")


def _add(args: argparse.Namespace, now: datetime) -> None:
    people.create(
        email=args.email,
        name=args.name,
        post_title=args.post,
        sign_off=rules.sign_off(args.name) if args.sign_off is None else args.sign_off,
        password=_new_password(args.password_file),
        actor=_actor(),
        now=now,
    )
    print(f"{args.name} can sign in as {args.email}. Grant a role next: `glede user grant`.")


def _grant(args: argparse.Namespace, now: datetime) -> None:
    person = queries.by_email(args.email)
    role, brand_id = _role(args), _brand_id(args)
    people.grant(
        person_id=person.pk,
        role=role,
        brand_id=brand_id,
        from_at=now,
        until_at=args.until,
        actor=_actor(),
        now=now,
    )
    print(f"{person.name} is {role.value} for {args.brand or 'all brands'} now.")


def _revoke(args: argparse.Namespace, now: datetime) -> None:
    person = queries.by_email(args.email)
    role, brand_id = _role(args), _brand_id(args)
    held = [
        grant
        for grant in queries.grants(person.pk)
        if grant.role == role and grant.brand_id == brand_id
        if grant.until_at is None or grant.until_at > now
    ]
    if not held:
        raise CommandError(f"{person.name} is not {role.value} for {args.brand or 'all brands'}.")
    for grant in held:
        people.revoke(grant_id=grant.pk, actor=_actor(), now=now)
    print(f"{person.name} is no longer {role.value} for {args.brand or 'all brands'}.")


def _list(args: argparse.Namespace, now: datetime) -> None:
    named = {brand.pk: brand.slug for brand in brands.all_brands(archived=True)}
    for person in queries.everybody(left=args.left):
        viewer = queries.viewer_of(person, now=now)
        roles = [
            grant.role.value + (f" ({named[grant.brand]})" if grant.brand is not None else "")
            for grant in viewer.grants
        ]
        held = ", ".join(roles) or ("no role" if person.is_active else "has left")
        print(f"{person.email:36}  {person.name:24}  {held}")


def _deactivate(args: argparse.Namespace, now: datetime) -> None:
    person = queries.by_email(args.email)
    people.deactivate(person_id=person.pk, actor=_actor(), now=now)
    print(f"{person.name} is signed out everywhere and can do nothing any more.")


def _sessions(args: argparse.Namespace, now: datetime) -> None:
    person = queries.by_email(args.email)
    if args.end:
        ended = people.end_sessions(person_id=person.pk, actor=_actor(), now=now)
        print(f"{person.name} was signed out of {ended} sessions.")
        return
    found = queries.sessions(person.pk)
    for session in found:
        print(f"{session.last_seen_at:%Y-%m-%d %H:%M} UTC  {session.ip:24}  {session.device}")
    if not found:
        print(f"{person.name} is signed in nowhere.")


def _password(args: argparse.Namespace, now: datetime) -> None:
    person: Person = queries.by_email(args.email)
    password = _new_password(args.password_file)
    people.set_password(person_id=person.pk, password=password, actor=_actor(), now=now)
    print(f"{person.name} signs in with the new password from now on.")


def _role(args: argparse.Namespace) -> Role:
    try:
        return Role(args.role.strip().lower())
    except ValueError as error:
        raise CommandError(f"There is no role “{args.role}”. There are: {_ROLES}.") from error


def _brand_id(args: argparse.Namespace) -> int | None:
    return brands.brand(args.brand).pk if args.brand else None


def _new_password(file: Path | None) -> str:
    if file is not None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        return file.read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        raise CommandError("Nobody is here to type a password: give --password-file.")
    password = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("These were two different passwords.")
    return password
