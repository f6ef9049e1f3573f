"""`glede deadline` says when an answer is due, from the same function as the desk's clocks."""

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.commands import deadline
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kite() -> int:
    make.policy_version(number="3")
    return make.brand("Red Kite")


def glede_deadline(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="glede")
    deadline.add(parser.add_subparsers())
    return deadline.run(parser.parse_args(["deadline", *words]))


def told(capsys: pytest.CaptureFixture[str], received: str, *words: str) -> dict[str, Any]:
    status = glede_deadline("--received", received, "--brand", "red-kite", "--json", *words)
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    found: dict[str, Any] = json.loads(printed.out)
    return found


def test_friday_a_minute_before_closing(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "2026-11-27T17:29") == {
        "in_hours": True,
        "due": "2026-11-27T21:29:00+00:00",
        "soft": "2026-11-27T17:30:00+00:00",
        "clause": "6.5",
        "policy_version": "3",
        "calendar_version": 1,
        "reading": "elapsed",
        "steps": [
            {
                "from": "2026-11-27T17:29:00+00:00",
                "to": "2026-11-27T21:29:00+00:00",
                "counted": True,
                "why": "received in opening hours: every hour counts",
            }
        ],
    }


@pytest.mark.parametrize(
    ("reading", "due"),
    [
        ("elapsed", "2026-11-27T21:29:00+00:00"),
        ("working", "2026-11-30T12:59:00+00:00"),
        ("handover", "2026-11-28T05:29:00+00:00"),
    ],
)
def test_another_reading_may_be_asked_for(
    capsys: pytest.CaptureFixture[str], reading: str, due: str
) -> None:
    found = told(capsys, "2026-11-27T17:29", "--reading", reading, "--channel", "dm")

    assert (found["reading"], found["due"]) == (reading, due)


def test_times_are_told_with_the_offset_of_their_own_side_of_the_clock_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = told(capsys, "2026-10-24T22:00")

    assert found["steps"][0]["from"] == "2026-10-24T22:00:00+01:00"
    assert found["due"] == "2026-10-25T09:00:00+00:00"
    assert (found["in_hours"], found["clause"]) == (False, "6.7")


def test_a_second_either_side_of_closing(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "2026-11-27T17:29:59")["due"] == "2026-11-27T21:29:59+00:00"
    assert told(capsys, "2026-11-27T17:30:00")["due"] == "2026-11-28T05:30:00+00:00"


@pytest.mark.parametrize(
    ("received", "says"),
    [
        ("2026-10-25T01:30", "2026-10-25T01:30+01:00 (BST) or 2026-10-25T01:30+00:00 (GMT)"),
        ("2027-03-28T01:30", "2027-03-28T00:30+00:00 (GMT) or 2027-03-28T02:30+01:00 (BST)"),
        ("tomorrow", "write it like 2026-11-27T17:29"),
    ],
)
def test_a_time_that_names_no_instant_is_bad_input(
    capsys: pytest.CaptureFixture[str], received: str, says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        glede_deadline("--received", received, "--brand", "red-kite")

    assert ended.value.code == 2
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--brand", "blue-kite"), "There are: red-kite."),
        (("--brand", "red-kite", "--policy", "9"), "no policy version 9. There are: 3."),
        (("--brand", "red-kite", "--received", "2001-01-01T10:00"), "had no opening hours"),
        (("--brand", "red-kite", "--received", "9999-12-31T10:00"), "not for 9999"),
    ],
)
def test_what_there_is_not_is_bad_input(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert glede_deadline("--received", "2026-11-27T17:29", *words) == 2
    printed = capsys.readouterr()
    assert (printed.out, says in printed.err) == ("", True)


def test_a_policy_that_did_not_hold_yet_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    old = brands.create(slug="old", name="Old", code="OL", actor=SYSTEM, now=make.LONG_AGO)
    early = datetime(2010, 1, 1, tzinfo=UTC)
    brands.publish_calendar(brand_id=old, effective_at=early, actor=SYSTEM, now=make.LONG_AGO)

    assert glede_deadline("--received", "2015-01-05T10:00", "--brand", "old") == 2
    assert "No policy was in force" in capsys.readouterr().err


def test_calendar_and_policy_are_those_in_force_at_receipt(
    capsys: pytest.CaptureFixture[str], kite: int
) -> None:
    change = datetime(2026, 11, 24, 12, tzinfo=UTC)
    make.policy_version(number="4", effective_at=change)
    brands.publish_calendar(
        brand_id=kite,
        effective_at=change,
        week={"tuesday": [["08:00", "12:00"]]},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )

    before, after = (told(capsys, f"2026-11-24T{time}") for time in ("11:59", "12:00"))
    chosen = told(capsys, "2026-11-24T12:00", "--policy", "3")

    assert (before["policy_version"], before["calendar_version"]) == ("3", 1)
    assert (after["policy_version"], after["calendar_version"]) == ("4", 2)
    assert (before["in_hours"], after["in_hours"]) == (True, False)
    assert (chosen["policy_version"], chosen["calendar_version"]) == ("3", 2)


def test_a_promise_in_working_days_is_told_day_by_day(capsys: pytest.CaptureFixture[str]) -> None:
    model = policy_queries.model_policy()
    rules = tuple(
        replace(rule, value={"working_days": 2}) if rule.key == "acknowledge.in_hours" else rule
        for rule in model.rules
    )
    policy.draft(document=replace(model, number="5", rules=rules), actor=SYSTEM, now=make.NOW)

    found = told(capsys, "2026-11-27T10:00", "--policy", "5")

    assert found["due"] == "2026-12-01T17:30:00+00:00"
    assert found["steps"][-1]["why"] == "working day 2 of 2: Tuesday 1 December 2026"


def test_people_read_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--received", "2026-12-24T16:00", "--brand", "red-kite", "--reading", "working")
    assert glede_deadline(*words) == 0

    printed = capsys.readouterr().out
    assert "Received  Thursday 24 December 2026 16:00 GMT, in opening hours" in printed
    assert "Due       Tuesday 29 December 2026 11:30 GMT" in printed
    assert "clause 6.5 of policy version 3, working reading" in printed
    assert "does not count, Christmas Day" in printed
