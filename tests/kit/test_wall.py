"""Times as people write them: one instant, or a refusal that names both it could be."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from glede.kit import wall

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27T17:29", datetime(2026, 11, 27, 17, 29, tzinfo=UTC)),
        ("2026-07-01T09:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01 09:00:30", datetime(2026, 7, 1, 8, 0, 30, tzinfo=UTC)),
        ("2026-10-25T01:30+01:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T01:30Z", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-11-27t17:29:59.5z", datetime(2026, 11, 27, 17, 29, 59, 500_000, tzinfo=UTC)),
        ("2026-11-27T12:29-05:00", datetime(2026, 11, 27, 17, 29, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_the_instant_it_names(text: str, expected: datetime) -> None:
    assert wall.instant(text, LONDON) == expected


def test_a_time_that_comes_twice_is_refused_naming_both() -> None:
    with pytest.raises(wall.WallTimeError) as refused:
        wall.instant("2026-10-25T01:30", LONDON)

    says = str(refused.value)
    assert "comes twice" in says
    assert "2026-10-25T01:30+01:00 (BST) or 2026-10-25T01:30+00:00 (GMT)" in says


def test_a_time_that_never_comes_is_refused_naming_both() -> None:
    with pytest.raises(wall.WallTimeError) as refused:
        wall.instant("2027-03-28T01:30", LONDON)

    says = str(refused.value)
    assert "does not come at all" in says
    assert "2027-03-28T00:30+00:00 (GMT) or 2027-03-28T02:30+01:00 (BST)" in says


def test_the_choices_a_refusal_names_can_be_written() -> None:
    for text in (
        *("2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00"),
        *("2027-03-28T00:30+00:00", "2027-03-28T02:30+01:00"),
    ):
        assert wall.in_zone(wall.instant(text, LONDON), LONDON) == f"{text[:16]}:00{text[16:]}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-11-27", "17:29", "2026-11-27T17", "2026-13-01T10:00"),
        *("2026-02-29T10:00", "2026-11-27T25:00", "2026-11-27T17:29:60", "2026-11-27T17:29+1"),
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(wall.WallTimeError, match="is no time"):
        wall.instant(text, LONDON)
