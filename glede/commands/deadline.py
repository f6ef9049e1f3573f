"""`glede deadline`: when an answer to something received at a given time is due, and why.

Asks the same function as the desk's own clocks and changes nothing.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.clocks import promising, rules
from glede.desk.clocks.rules import Deadline, Reading
from glede.kit import wall
from glede.kit.hours import HoursError
from glede.rulebook.brands import queries as brands
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: The status of a command that was asked for something it cannot answer, as argparse's own.
BAD_INPUT = 2
CHANNELS = ("comment", "mention", "dm", "review", "form")
_PRIVATE = {"dm", "form"}


class BadInputError(ValueError):
    """What was asked names no version, or nothing the desk knows."""


@dataclass(frozen=True, slots=True)
class _Answer:
    deadline: Deadline
    brand: str
    calendar_version: int
    book: Rulebook
    zone: ZoneInfo


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("deadline", help="when an answer is due, and why")
    parser.add_argument(
        "--received",
        required=True,
        type=_received,
        metavar="TIME",
        help=f"such as 2026-11-27T17:29; without an offset the time in {settings.TIME_ZONE}",
    )
    parser.add_argument("--brand", required=True, metavar="SLUG", help="whose opening hours")
    parser.add_argument("--channel", choices=CHANNELS, help="how it came; no clock depends on it")
    parser.add_argument(
        "--reading", choices=[reading.value for reading in Reading], help="else as the policy says"
    )
    parser.add_argument("--policy", metavar="N", help="a version; else the one in force at receipt")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    try:
        answer = _answer(args)
    except (
        BadInputError,
        HoursError,
        brands.NoSuchBrandError,
        brands.NoCalendarError,
        policy.NoRule,
        promising.BadRule,
    ) as error:
        print(f"glede: {error}", file=sys.stderr)
        return BAD_INPUT
    if args.json:
        print(json.dumps(_as_json(answer), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_lines(answer, args.channel)))
    return 0


def _received(text: str) -> datetime:
    try:
        return wall.instant(text, ZoneInfo(settings.TIME_ZONE))
    except wall.WallTimeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _answer(args: argparse.Namespace) -> _Answer:
    brand = brands.brand(args.brand)
    calendar = brands.calendar_at(brand.pk, args.received)
    book = _book(args.policy) if args.policy else policy.rulebook_at(args.received)
    reading = Reading(args.reading) if args.reading else None
    promise = promising.promise_of(book, reading=reading)
    deadline = rules.deadline(args.received, promise, calendar.calendar)
    return _Answer(deadline, brand.name, calendar.version, book, calendar.calendar.zone)


def _book(number: str) -> Rulebook:
    versions = policy.versions()
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        known = ", ".join(version.number for version in versions) or "none"
        raise BadInputError(f"There is no policy version {number}. There are: {known}.")
    return policy.rulebook(found.pk)


def _as_json(answer: _Answer) -> dict[str, Any]:
    deadline, zone = answer.deadline, answer.zone
    return {
        "in_hours": deadline.in_hours,
        "due": wall.in_zone(deadline.due_at, zone),
        "soft": wall.in_zone(deadline.soft_at, zone),
        "clause": deadline.clause,
        "policy_version": answer.book.version,
        "calendar_version": answer.calendar_version,
        "reading": deadline.reading.value,
        "steps": [
            {
                "from": wall.in_zone(step.from_at, zone),
                "to": wall.in_zone(step.to_at, zone),
                "counted": step.counted,
                "why": step.why,
            }
            for step in deadline.steps
        ],
    }


def _as_lines(answer: _Answer, channel: str | None) -> list[str]:
    deadline = answer.deadline

    def told(at: datetime) -> str:
        return f"{at.astimezone(answer.zone):%A %-d %B %Y %H:%M:%S %Z}".replace(":00 ", " ", 1)

    inside = "in opening hours" if deadline.in_hours else "out of hours"
    calendar = f"{answer.brand}, calendar {answer.calendar_version}"
    lines = [
        f"Received  {told(deadline.received_at)}, {inside} ({calendar})",
        f"Due       {told(deadline.due_at)}",
        f"Aim for   {told(deadline.soft_at)}",
        f"Promise   clause {deadline.clause or 'not named'} of policy version"
        f" {answer.book.version}, {deadline.reading.value} reading",
    ]
    if channel in _PRIVATE and not deadline.in_hours:
        lines.append(
            "          An automatic acknowledgement, where one goes out, keeps this promise."
        )
    lines.append("Because")
    for step in deadline.steps:
        counts = "counts" if step.counted else "does not count"
        lines.append(f"  {told(step.from_at)} to {told(step.to_at)}: {counts}, {step.why}")
    return lines
