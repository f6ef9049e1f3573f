"""`glede timeline`: what happened in one conversation, as one page of evidence or as JSON."""

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from glede.commands.failure import CommandError
from glede.desk.conversations.queries import NotVisible
from glede.desk.insight import timeline as timelines
from glede.kit import clock
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Verb
from glede.rulebook.people.rules import Granted, Role, Viewer
from glede.web.exports import timeline

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("timeline", help="the evidence of one conversation")
    parser.add_argument("id", type=int, help="the conversation's number, as its address shows it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a PDF there, or JSON")
    parser.add_argument("--json", action="store_true", help="JSON instead of a PDF")


def run(args: argparse.Namespace) -> int:
    now = clock.now()
    if args.out is None and not args.json:
        raise CommandError("Say where the PDF goes, --out FILE, or ask for --json.")
    try:
        found = timelines.of(_whoever_runs_this(), args.id, now=now)
    except NotVisible as error:
        raise CommandError(f"There is no conversation number {args.id}.") from error
    told = json.dumps(timeline.as_json(found), ensure_ascii=False, indent=2) + "\n"
    audit.record(
        actor=Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede timeline"),
        verb=Verb.TIMELINE_EXPORTED,
        object_kind="timeline",
        object_id=args.id,
        brand=found.brand_slug,
        now=now,
        details={"form": "json" if args.json else "pdf", "sha256": found.record.sha256},
    )
    if args.out is None:
        sys.stdout.write(told)
    else:
        args.out.write_bytes(told.encode() if args.json else timeline.as_pdf(found))
        print(f"Wrote {args.out}.", file=sys.stderr)
    return 0


def _whoever_runs_this() -> Viewer:
    """Who runs commands on this machine holds the database: they may read what is in it."""
    held = Granted(Role.READER, None, clock.now())
    return Viewer(id=0, name="glede timeline", sign_off="", grants=(held,))
