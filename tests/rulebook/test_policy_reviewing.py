"""When people are reminded of a review, and how late it is said to be."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.policy import registers
from glede.rulebook.policy.reviewing import Cycle, Standing, steps

CYCLE = Cycle(before=(90, 60, 30, 7), again_every=7, escalates_after=30)
DUE = date(2019, 10, 31)


def keys(days: int) -> list[str]:
    return [step.key for step in steps(DUE, DUE + timedelta(days=days), CYCLE)]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-91, []),
        (-90, ["90 days before"]),
        (-61, ["90 days before"]),
        (-60, ["60 days before"]),
        (-30, ["30 days before"]),
        (-7, ["7 days before"]),
        (0, ["7 days before"]),
        (1, ["overdue, week 1"]),
        (7, ["overdue, week 1"]),
        (8, ["overdue, week 2"]),
        (29, ["overdue, week 5"]),
        (30, ["overdue, week 5", "escalated"]),
        (2_579, ["overdue, week 369", "escalated"]),
    ],
)
def test_one_reminder_for_each_step(days: int, found: list[str]) -> None:
    assert keys(days) == found


@given(days=st.lists(st.integers(-120, 400), min_size=1, max_size=30))
def test_however_seldom_anybody_looks_no_step_comes_twice_and_weeks_rise(days: list[int]) -> None:
    told: list[str] = []
    for day in sorted(days):
        told += [key for key in keys(day) if key not in told]

    weeks = [int(key.rpartition(" ")[2]) for key in told if key.startswith("overdue")]
    assert weeks == sorted(set(weeks))
    assert told.count("escalated") == (1 if max(days) >= 30 else 0)


def test_every_day_looked_at_gives_exactly_the_reminders_of_the_rule() -> None:
    told: list[str] = []
    for day in range(-100, 22):
        told += [key for key in keys(day) if key not in told]

    assert told == [
        "90 days before",
        "60 days before",
        "30 days before",
        "7 days before",
        "overdue, week 1",
        "overdue, week 2",
        "overdue, week 3",
    ]


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2019, 10, 31), ""),
        (date(2019, 11, 1), "1 day"),
        (date(2020, 10, 30), "365 days"),
        (date(2020, 10, 31), "366 days (1 year)"),
        (date(2026, 11, 22), "2,579 days (7 years 22 days)"),
        (date(2026, 11, 24), "2,581 days (7 years 24 days)"),
    ],
)
def test_how_late_it_is_in_words(today: date, words: str) -> None:
    standing = Standing(DUE, today)

    assert standing.late_words == words
    assert standing.is_overdue == bool(words)


def test_a_leap_day_has_anniversaries_too() -> None:
    assert Standing(date(2024, 2, 29), date(2025, 3, 1)).late_words == "366 days (1 year)"


# --- Registers -----------------------------------------------------------------------------------


def test_documents_listed_and_documents_only_cited_are_one_register() -> None:
    found = registers.related(
        {
            "related": ["Feedback policy", {"name": "The Bar", "clause": "8"}],
            "cited": [{"name": "feedback  Policy", "clause": "6.8"}, {"name": "Incident policy"}],
        }
    )

    assert found == [("Feedback policy", ["6.8"]), ("The Bar", ["8"]), ("Incident policy", [])]


def test_what_is_amiss_with_a_document_is_said() -> None:
    def amiss(**changes: object) -> tuple[str, ...]:
        known = {
            "location": "https://kite.example/feedback",
            "found": True,
            "owner": "Beth",
            "review_due_on": date(2027, 1, 1),
            "today": date(2026, 11, 24),
        }
        return registers.amiss(**(known | changes))  # type: ignore[arg-type] # each names its own

    assert amiss() == ()
    assert "did not find it" in amiss(found=False)[0]
    assert "missing" in amiss(location="")[0]
    assert "overdue since 1 January 2026" in amiss(review_due_on=date(2026, 1, 1))[0]
