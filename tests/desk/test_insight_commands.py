"""`glede figures` and `glede rehearse` say what the pages say."""

import argparse
import json
from datetime import UTC, datetime, timedelta

import pytest

from glede.commands import figures, rehearse
from glede.desk.clocks.rules import ClockState
from glede.desk.insight import period as periods
from glede.desk.insight import queries
from glede.desk.insight.models import Rehearsal
from glede.kit import clock
from tests import cast
from tests.desk import past
from tests.desk.past import Told

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
#: Tuesday 3 November 2026, 10:00 in London.
TUESDAY = datetime(2026, 11, 3, 10, tzinfo=UTC)


def glede(module: object, *words: str) -> int:
    parser = argparse.ArgumentParser()
    module.add(parser.add_subparsers())  # type: ignore[attr-defined]
    return int(module.run(parser.parse_args(words)))  # type: ignore[attr-defined]


@pytest.fixture
def people() -> cast.Cast:
    people = cast.build()
    past.tell(Told(people.red_kite, TUESDAY, ClockState.STOPPED, HOUR))
    past.tell(Told(people.pennvale, TUESDAY, ClockState.STOPPED, 6 * HOUR))
    return people


NOVEMBER = ("--clause", "6.5", "--from", "2026-11-01", "--to", "2026-11-30")


def test_figures_for_programs_are_those_of_the_page(
    people: cast.Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    assert glede(figures, "figures", *NOVEMBER, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    page = queries.clause_figures(
        "6.5",
        periods.days(TUESDAY.date().replace(day=1), TUESDAY.date().replace(day=30)),
        people.noor,
        now=clock.now(),
    )
    assert told["whole"] == {
        "received": 2,
        **page.whole.as_dict(),
        "attainment": page.whole.attainment,
    }
    assert told["zone"] == "Europe/London"
    assert told["brands"] == ["Red Kite", "Pennvale"]
    assert told["first_response"]["median"] == 3600.0
    assert set(told["readings"]) == {"elapsed", "working", "handover"}
    assert told["definitions"]["kept"]


def test_figures_in_words_name_the_period_and_the_zone(
    people: cast.Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    assert glede(figures, "figures", *NOVEMBER) == 0

    said = capsys.readouterr().out
    assert "Clause 6.5, 2026-11-01 to 2026-11-30 (Europe/London)" in said
    assert "elapsed               50.0 % (in use)" in said
    assert "median 1 h, nine in ten within 6 h" in said


def test_a_period_that_makes_no_sense_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("figures", "--clause", "6.5", "--from", "2026-11-02", "--to", "2026-11-01")

    assert glede(figures, *words) == 2
    assert "ends before it begins" in capsys.readouterr().err
    assert glede(figures, "figures", "--clause", "6.5", "--to", "2026-11-01") == 2
    assert "--from 2026-11-01" in capsys.readouterr().err


def test_a_rehearsal_is_played_kept_and_told(
    people: cast.Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    days = str((clock.now() - TUESDAY).days + 2)

    assert glede(rehearse, "rehearse", "--version", "1", "--days", days, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert told["enquiries"] == 2
    assert told["live"] == told["rehearsed"]
    assert told["changes"] == {"now_late": 0, "now_kept": 0, "earlier": 0, "later": 0}
    assert Rehearsal.objects.get().pk == told["rehearsal"]


def test_a_version_that_is_not_there_is_refused_and_names_those_that_are(
    people: cast.Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    assert glede(rehearse, "rehearse", "--version", "9") == 2

    assert "There are: 1." in capsys.readouterr().err
    assert glede(rehearse, "rehearse", "--version", "1", "--days", "0") == 2
    assert not Rehearsal.objects.exists()
