"""`glede demo`: a group to look around in. Refuses a database that belongs to a real one."""

import argparse
import contextlib
import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from glede.commands import demo_channels, demo_group, demo_talk, home
from glede.commands.failure import CommandError
from glede.kit import clock
from glede.rulebook.brands import queries as brands

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_WORDS = """amber beacon bramble cedar copper dapple ember fallow garnet hazel heron indigo juniper
kestrel lantern linden marble meadow nettle osprey pebble quarry rowan saffron tawny thistle umber
velvet willow yarrow"""


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("demo", help="load the demo group")
    parser.add_argument("--sign-ins", action="store_true", help="print who can sign in, and how")
    parser.add_argument(
        "--connect", action="store_true", help="connect its accounts on the sandbox's platforms"
    )


def run(args: argparse.Namespace) -> int:
    known = brands.organisation()
    if known is not None and not known.demo:
        raise CommandError(
            f"This database belongs to {known.name}: the demo is loaded into an empty one only."
        )
    if args.sign_ins:
        if known is None:
            raise CommandError("The demo is not loaded: `glede demo` does that.")
        print(_sign_ins())
        return 0
    now = clock.now()
    if args.connect:
        return _connect(loaded=known is not None, now=now)
    if known is None:
        password = _kept_password() or _new_password()
        with transaction.atomic():
            demo_group.load(password=password, now=now)
    elif not _kept_password():
        with transaction.atomic():
            demo_group.give_password(password=_new_password(), now=now)
    told = demo_talk.tell(now=now)
    _write(home.demo_websites(), json.dumps({"apps": demo_group.websites()}, indent=2) + "\n")
    if known is None or told:
        print(f"The demo group is loaded, with {told} messages of the last week.")
    else:
        print("The demo group is loaded already.")
    return 0


def _connect(*, loaded: bool, now: datetime) -> int:
    """What did not work is said, and no reason to stop: the desk opens with the others."""
    file = home.demo_sandbox() / "credentials.json"
    if not loaded or not file.exists():
        raise CommandError("There is no demo with a sandbox here: `glede run` starts both.")
    for line in demo_channels.connect_all(file, now=now):
        print(line)
    print("\n".join(["Play a resident, or look at what anybody sees:", *demo_channels.links(file)]))
    return 0


def _password_file() -> Path:
    return Path(settings.GLEDE_HOME) / "demo" / "password"


def _kept_password() -> str:
    with contextlib.suppress(FileNotFoundError):
        return _password_file().read_text(encoding="utf-8").strip()
    return ""


def _new_password() -> str:
    """Easily typed, and different in every home: a demo may stand on a network by mistake."""
    chosen = _drawn()
    # By chance the words may hold the letters of somebody's address, which is refused.
    while not demo_group.suits_everybody(chosen):
        chosen = _drawn()
    _write(_password_file(), chosen + "\n")
    return chosen


def _drawn() -> str:
    words = "-".join(secrets.choice(_WORDS.split()) for _ in range(4))
    return f"{words}-{secrets.randbelow(90) + 10}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def _sign_ins() -> str:
    width = max(len(colleague.email) for colleague in demo_group.COLLEAGUES)
    named = {slug: name for slug, name, _ in demo_group.BRANDS}
    rows = []
    for colleague in demo_group.COLLEAGUES:
        held = " and ".join(named[slug] for slug in colleague.brands) or "every brand"
        rows.append(
            f"  {colleague.email:{width}}  {colleague.name}, {colleague.post}"
            f" ({colleague.role.value}, {held})"
        )
    password = _kept_password() or "(lost: run `glede demo` for a new one)"
    return "\n".join(["Sign in as one of these; all are invented:", *rows,
                      f"Everybody's password: {password}"])  # fmt: skip
