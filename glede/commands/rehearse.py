"""`glede rehearse`: past traffic played again under a draft, live beside rehearsed.

Plays at once, without the worker, and is kept like one asked for on the page.
"""

import argparse
import getpass
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from glede.commands.operator import operator
from glede.desk.clocks.promising import BadRule
from glede.desk.insight import period as periods
from glede.desk.insight import rehearsals, telling
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.rehearsals import Rehearsed
from glede.desk.insight.replay import HoursFrom, State
from glede.flow import rehearsing
from glede.flow.rehearsing import Wanted
from glede.kit import clock
from glede.kit.hours import HoursError
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.queries import NoRule

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: The status of a command that was asked for something it cannot answer, as argparse's own.
BAD_INPUT = 2
_MOST_DAYS = 366


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("rehearse", help="play past traffic under another version")
    parser.add_argument("--version", required=True, metavar="N", help="its number, a draft's too")
    parser.add_argument("--days", type=int, default=90, help="days of past traffic (90)")
    parser.add_argument(
        "--hours",
        choices=[HoursFrom.RECEIPT.value, HoursFrom.VERSION.value],
        default=HoursFrom.RECEIPT.value,
        help="opening hours as they were at receipt, or as the version states them",
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    now = clock.now()
    try:
        wanted = Wanted(
            _days(args.days, now=now),
            _version(args.version),
            HoursFrom(args.hours),
        )
        played = rehearsing.play_now(wanted=wanted, actor=_actor(), now=now)
    except (NoRule, BadRule, HoursError, BadPeriod) as error:
        print(f"glede: {error}", file=sys.stderr)
        return BAD_INPUT
    found = rehearsals.rehearsed(played.pk, operator("rehearse", now=now))
    if found is None or found.state != State.DONE:
        print(f"glede: {played.says}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_lines(found)))
    return 0


def _actor() -> Actor:
    return Actor(ActorKind.SYSTEM, f"command:{getpass.getuser()}", "glede rehearse")


def _days(number: int, *, now: datetime) -> Period:
    if not 1 <= number <= _MOST_DAYS:
        raise BadPeriod(f"Choose from 1 to {_MOST_DAYS} days.")
    return periods.last_days(number, now=now)


def _version(number: str) -> int:
    for version in policy.versions():
        if version.number == number:
            return version.pk
    known = ", ".join(version.number for version in policy.versions()) or "none"
    raise NoRule(f"There is no policy version “{number}”. There are: {known}.")


def _as_json(found: Rehearsed) -> dict[str, Any]:
    return {
        "rehearsal": found.id,
        "version": found.version_number,
        "hours": found.hours_from.value,
        "from": found.period.first_on.isoformat(),
        "to": found.period.last_on.isoformat(),
        "zone": periods.ZONE_NAME,
        "brands": list(found.brands),
        "enquiries": found.done,
        **telling.counts(found.counts),
    }


def _as_lines(found: Rehearsed) -> list[str]:
    counts = found.counts
    lines = [
        f"Version {found.version_number}, {found.period.first_on} to {found.period.last_on}"
        f" ({periods.ZONE_NAME}), {found.done} enquiries",
        f"{'':<22}{'live':>8}{'rehearsed':>12}",
    ]
    for name in counts.live.as_dict():
        live, rehearsed = getattr(counts.live, name), getattr(counts.rehearsed, name)
        lines.append(f"{name.replace('_', ' '):<22}{live:>8}{rehearsed:>12}")
    for tally, side in ((counts.live, "live"), (counts.rehearsed, "rehearsed")):
        share = tally.attainment
        said = "nothing decided" if share is None else f"{share:.1f} %"
        lines.append(f"Kept, of those decided, {side}: {said}")
    lines += [
        f"{str(change).replace('_', ' ').capitalize()}: {number}"
        for change, number in counts.changes.items()
    ]
    return lines
