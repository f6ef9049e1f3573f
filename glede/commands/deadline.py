"""`glede deadline`: when an answer to something received at a given time is due, and why.

Asks the same function as the desk's own clocks and changes nothing.
"""

import argparse
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.clocks import asking
from glede.desk.clocks.asking import CHANNELS, Answer
from glede.desk.clocks.rules import Reading
from glede.kit import wall

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: The status of a command that was asked for something it cannot answer, as argparse's own.
BAD_INPUT = 2
_PRIVATE = {"dm", "form"}


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
    except asking.UNANSWERABLE as error:
        print(f"glede: {error}", file=sys.stderr)
        return BAD_INPUT
    if args.json:
        print(json.dumps(asking.as_json(answer), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_lines(answer, args.channel)))
    return 0


def _received(text: str) -> datetime:
    try:
        return wall.instant(text, ZoneInfo(settings.TIME_ZONE))
    except wall.WallTimeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _answer(args: argparse.Namespace) -> Answer:
    return asking.ask(
        args.received,
        brand=args.brand,
        reading=Reading(args.reading) if args.reading else None,
        version=args.policy,
    )


def _as_lines(answer: Answer, channel: str | None) -> list[str]:
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
