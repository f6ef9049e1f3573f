"""`glede policy`: read a policy from its file, and look at the versions there are.

Approval is no command: a decision is recorded and confirmed by two people who are signed in.
"""

import argparse
import getpass
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.commands import embedded
from glede.flow import drafting
from glede.kit import clock
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.policy import importing, life, queries, queries_life, registry, rules
from glede.rulebook.policy.actions import PolicyRefusedError
from glede.rulebook.policy.importing import Imported, UnreadableError
from glede.rulebook.policy.models import Version

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: The status of a command that was given something it cannot use, as argparse's own.
BAD_INPUT = 2
_REFUSED = (UnreadableError, PolicyRefusedError, rules.BadDocument, registry.BadValue)


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("policy", help="read a policy in; list and show its versions")
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")

    brought = acts.add_parser("import", help="read .docx, .pdf, .html, .md or .txt into a draft")
    brought.add_argument("file", type=Path)
    brought.add_argument("--dry-run", action="store_true", help="only say what was found")
    brought.add_argument("--number", default="", help="of the version; else as the file says")
    brought.add_argument("--json", action="store_true", help="for programs")
    brought.set_defaults(do=_import)

    listed = acts.add_parser("list", help="the versions, the newest first")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(do=_list)

    shown = acts.add_parser("show", help="one version: its clauses and rules")
    shown.add_argument("number", help="as the list gives it")
    shown.add_argument("--json", action="store_true", help="for programs")
    shown.set_defaults(do=_show)

    compared = acts.add_parser("diff", help="what one version says otherwise than another")
    compared.add_argument("before")
    compared.add_argument("after")
    compared.add_argument("--json", action="store_true", help="for programs")
    compared.set_defaults(do=_diff)


def run(args: argparse.Namespace) -> int:
    try:
        return int(args.do(args, clock.now()))
    except _REFUSED as error:
        print(f"glede: {error}", file=sys.stderr)
        return BAD_INPUT


# -- import -------------------------------------------------------------------------------------


def _import(args: argparse.Namespace, now: datetime) -> int:
    imported = _read(args.file, today=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date())
    said = importing.as_json(imported)
    if not args.dry_run:
        document = importing.to_document(imported, number=args.number)
        with embedded.reachable():
            version = drafting.draft(document=document, actor=_actor(), now=now)
        said |= {"drafted": {"id": version, "number": document.number}}
    _tell(said, _summary(imported, said), as_json=args.json)
    return 0


def _read(file: Path, *, today: date) -> Imported:
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError(f"There is no file {file}.") from error
    except OSError as error:
        raise UnreadableError(f"The file {file} cannot be opened: {error.strerror}.") from error
    return importing.read(data, file.name, today=today, progress=_progress())


def _progress() -> importing.Progress | None:
    """A counter for whoever watches; a program that listens hears nothing."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, total: int, what: str) -> None:
        end = "\n" if done == total else "\r"
        print(f"{done} of {total} {what}", end=end, file=sys.stderr, flush=True)

    return tell


def _summary(imported: Imported, said: dict[str, Any]) -> list[str]:
    outline, findings = imported.outline, imported.findings
    lines = [
        " ".join(filter(None, (outline.title, outline.version and f"(version {outline.version})"))),
        f"{len(outline.sections)} sections, {len(outline.clauses)} clauses,"
        f" {len(outline.definitions)} definitions, {len(outline.duties)} duties.",
    ]
    for rule in findings.rules:
        lines.append(f"  rule      {rule.clause:8} {rule.key} = {json.dumps(rule.value)}")
    for gap in findings.gaps:
        lines.append(f"  question  {gap.clause:8} {gap.question}")
    for flag in findings.flags:
        lines.append(f"  flag      {flag.clause:8} {flag.says}")
    if drafted := said.get("drafted"):
        lines.append(f"Drafted as version {drafted['number']}; it binds nobody until approved.")
    else:
        lines.append("Nothing was kept: this was a dry run.")
    return lines


# -- list and show ------------------------------------------------------------------------------


def _list(args: argparse.Namespace, now: datetime) -> int:
    with embedded.reachable():
        versions = queries.versions()
    states = _states(versions, now)
    said = [_version(version, states[version.pk]) for version in versions]
    lines = [f"{one['number']:8} {one['state']:12} {one['title']}" for one in said]
    _tell(said, lines or ["There is no policy yet."], as_json=args.json)
    return 0


def _numbered(versions: list[Version], number: str) -> Version:
    found = next((v for v in versions if life.same_number(v.number, number)), None)
    if found is None:
        known = ", ".join(version.number for version in versions) or "none"
        raise PolicyRefusedError(f"There is no version {number}. There are: {known}.")
    return found


def _diff(args: argparse.Namespace, now: datetime) -> int:  # noqa: ARG001 - every act has both
    with embedded.reachable():
        versions = queries.versions()
        before, after = _numbered(versions, args.before), _numbered(versions, args.after)
        found = queries_life.diff(before.pk, after.pk)
    said = {
        "before": before.number,
        "after": after.number,
        "clauses": [
            {
                "change": one.change.value,
                "before": one.before,
                "after": one.after,
                "pieces": [[piece.change.value, piece.words] for piece in one.pieces],
            }
            for one in found.changed
        ],
        "rules": [
            {"key": r.key, "change": r.change.value, "before": r.before, "after": r.after}
            for r in found.rules
        ],
    }
    lines = [f"{one.change.value:8} {one.after or one.before}" for one in found.changed]
    lines += [
        f"  rule  {r.key}: {json.dumps(r.before)} -> {json.dumps(r.after)}" for r in found.rules
    ]
    _tell(said, lines or ["They say the same."], as_json=args.json)
    return 0


def _show(args: argparse.Namespace, now: datetime) -> int:
    with embedded.reachable():
        versions = queries.versions()
        found = _numbered(versions, args.number)
        clauses, held = queries.clauses(found.pk), queries.rules_of(found.pk)
    said = dict(found.outline) | _version(found, _states(versions, now)[found.pk])
    said["clauses"] = [
        {"number": c.number, "heading": c.heading, "section": c.section, "text": c.text}
        for c in clauses
    ]
    said["rules"] = [
        {"key": r.key, "value": r.value, "clause": r.clause, "quote": r.quote, "status": r.status}
        for r in held
    ]
    lines = [f"{said['title']} (version {said['number']}, {said['state']})"]
    lines += [f"{clause.number:8} {clause.text}" for clause in clauses]
    lines += [f"  rule  {r.clause:8} {r.key} = {json.dumps(r.value)} ({r.status})" for r in held]
    _tell(said, lines, as_json=args.json)
    return 0


def _version(version: Version, state: life.State) -> dict[str, Any]:
    effective = version.effective_at
    return {
        "number": version.number,
        "title": version.title,
        "state": state.value,
        "approved_by": version.approved_by,
        "effective_at": effective.isoformat() if effective else None,
        "source_hash": version.source_hash,
    }


def _states(versions: list[Version], now: datetime) -> dict[int, life.State]:
    lives = [
        life.Life(
            id=version.pk,
            submitted=version.submitted_at is not None,
            approved=version.approved_at is not None,
            effective_at=version.effective_at,
        )
        for version in versions
    ]
    return {one.id: life.state(one, among=lives, at=now) for one in lives}


# -- saying it ----------------------------------------------------------------------------------


def _tell(said: object, lines: list[str], *, as_json: bool) -> None:
    """With --json standard output holds JSON and nothing else."""
    if as_json:
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))


def _actor() -> Actor:
    """Whoever runs commands on this machine; the record names their account there."""
    return Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede policy")
