"""`glede figures`: how well a clause was kept in a period; the same figures as its page.

For the operator of the machine, who sees every brand. Changes nothing.
"""

import argparse
import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from glede.commands.operator import operator
from glede.desk.insight import period as periods
from glede.desk.insight import queries, telling
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.rules import LABELS, ClauseFigures, Measure
from glede.kit import clock

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: The status of a command that was asked for something it cannot answer, as argparse's own.
BAD_INPUT = 2
_USUAL_DAYS = 30


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("figures", help="how well a clause was kept, and by which sum")
    parser.add_argument("--clause", required=True, metavar="NUMBER", help="as printed, such as 6.5")
    parser.add_argument(
        "--from",
        dest="first",
        type=_date,
        metavar="DATE",
        help=f"first day, such as 2026-11-01; without it the last {_USUAL_DAYS} days",
    )
    parser.add_argument(
        "--to", dest="last", type=_date, metavar="DATE", help="last day; else today"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    now = clock.now()
    try:
        asked = _period(args.first, args.last)
    except BadPeriod as error:
        print(f"glede: {error}", file=sys.stderr)
        return BAD_INPUT
    found = queries.clause_figures(args.clause, asked, operator("figures", now=now), now=now)
    if args.json:
        print(json.dumps(telling.as_json(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_lines(found)))
    return 0


def _period(first: date | None, last: date | None) -> Period:
    today = clock.now().astimezone(periods.ZONE).date()
    if first is None and last is None:
        return periods.last_days(_USUAL_DAYS, now=clock.now())
    if first is None:
        raise BadPeriod("Give the first day as well: --from 2026-11-01.")
    return periods.days(first, last or today)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no date; write it as 2026-11-01") from error


def _as_lines(found: ClauseFigures) -> list[str]:
    told: dict[str, Any] = telling.as_json(found)
    lines = [
        f"Clause {found.clause}, {found.period.first_on} to {found.period.last_on}"
        f" ({found.zone}), as of {told['as_of']}",
        f"Brands: {', '.join(found.brands) or 'none'}",
    ]
    for measure in (
        Measure.RECEIVED,
        Measure.KEPT,
        Measure.BREACHED,
        Measure.RUNNING,
        Measure.WITHDRAWN,
        Measure.NOT_NEEDED,
    ):
        lines.append(f"{LABELS[measure]:<22}{getattr(found.whole, measure.value):>8}")
    lines.append("Kept, of those decided:")
    for one in found.readings:
        share = one.tally.attainment
        said = "nothing decided" if share is None else f"{share:.1f} %"
        lines.append(f"  {one.reading.value:<20}{said:>8}{' (in use)' if one.in_use else ''}")
    times = found.first_response
    if times.median is not None and times.p90 is not None:
        lines.append(
            f"First response: median {clock.duration_words(times.median)},"
            f" nine in ten within {clock.duration_words(times.p90)}"
        )
    lines.append(
        f"Reached us more than {clock.duration_words(found.lag_passes)} late: {found.lagged}"
    )
    return lines
