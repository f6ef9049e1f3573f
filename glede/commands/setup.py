"""`glede setup`: a real organisation with its first owner and its brands, without the demo."""

import argparse
import getpass
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from glede.commands import children, embedded, home
from glede.commands.failure import CommandError
from glede.flow import approving
from glede.kit import clock, postgres
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands import queries as known_brands
from glede.rulebook.offices import actions as offices
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import queries as known_policies

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: A page that is connected brings what was written before this day: the first hours and the first
#: policy hold for it too.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("setup", help="make a real organisation")
    parser.add_argument("--organisation", required=True, help="name of the group")
    parser.add_argument("--owner-name", required=True)
    parser.add_argument("--owner-email", required=True)
    parser.add_argument("--owner-post", default="", help="post title")
    parser.add_argument("--password-file", type=Path, help="else the password is asked for")
    parser.add_argument(
        "--brand",
        action="append",
        required=True,
        metavar="NAME:SLUG",
        help="a brand the group speaks under; once per brand",
    )


def run(args: argparse.Namespace) -> int:
    home.prepare()
    named = [_brand(text) for text in args.brand]
    with ExitStack() as stack:
        if embedded.is_used() and not postgres.is_running(folder=embedded.folder()):
            stack.enter_context(home.alone())
            stack.callback(postgres.stop, embedded.start())
        done = subprocess.run(children.glede("database"), env=_owner_environment(), check=False)
        if done.returncode:
            raise CommandError("The database could not be brought up to date; see above.")
        if known := known_brands.organisation():
            raise CommandError(f"This database belongs to {known.name} already.")
        password = _password(args.password_file)
        try:
            _make(args, named, password=password, now=clock.now())
        except (people.PersonRefusedError, brands.BrandTakenError) as error:
            raise CommandError(str(error)) from error
    print(
        "A model policy in Glede's own words is in force until you approve your own. "
        "Working hours are Monday to Friday, 09:00 to 17:30, until you change them."
    )
    print(f"{args.organisation} is set up. Start Glede with `glede run`; sign in as")
    print(f"{args.owner_email} and add a passkey or an authenticator app first.")
    return 0


def _make(
    args: argparse.Namespace,
    named: Sequence[tuple[str, str]],
    *,
    password: str,
    now: datetime,
) -> None:
    with transaction.atomic():
        brands.set_up(name=args.organisation, actor=SYSTEM, now=now)
        for order, (name, slug) in enumerate(named):
            made = brands.create(
                slug=slug, name=name, code=_code(name), actor=SYSTEM, now=now, order=order
            )
            brands.publish_calendar(brand_id=made, effective_at=_EVER, actor=SYSTEM, now=now)
        owner = people.create(
            email=args.owner_email,
            name=args.owner_name,
            post_title=args.owner_post,
            sign_off=args.owner_name.split()[0],
            password=password,
            actor=SYSTEM,
            now=now,
        )
        for role in (Role.OWNER, Role.ADMINISTRATOR):
            people.grant(
                person_id=owner, role=role, brand_id=None, from_at=now, actor=SYSTEM, now=now
            )
        document = known_policies.model_policy()
        held = offices.name(office=document.owner, actor=SYSTEM, now=now)
        offices.name(office=document.reviewer, falls_to=held, order=1, actor=SYSTEM, now=now)
        offices.appoint(office_id=held, person_id=owner, from_on=now.date(), actor=SYSTEM, now=now)
        approving.begin(document=document, approved_by=args.owner_name, effective_at=_EVER, now=now)


def _brand(text: str) -> tuple[str, str]:
    name, _, slug = text.rpartition(":")
    valid = slug.replace("-", "").isalnum() and slug.isascii() and slug == slug.lower()
    if not name.strip() or not valid:
        raise CommandError(
            f"“{text}” should read NAME:SLUG, the slug in small letters: "
            "“Red Kite Homes:red-kite-homes”."
        )
    return name.strip(), slug


def _code(name: str) -> str:
    """Two letters for narrow columns: initials, else the first letters."""
    words = name.split()
    return ("".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]).upper()


def _password(file: Path | None) -> str:
    if file is not None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        return file.read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        raise CommandError("Nobody is here to type a password: give --password-file.")
    password = getpass.getpass("Password of the first owner: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("These were two different passwords.")
    return password


def _owner_environment() -> dict[str, str]:
    return {**os.environ, "GLEDE_DATABASE_ROLE": "owner"}
