"""Who is at a conversation, in words: pure."""

from datetime import UTC, datetime, timedelta

import pytest

from glede.desk.presence.rules import Doing, Here, once_each, words

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def here(name: str, doing: Doing = Doing.LOOKING, *, minutes: int = 0, person: int = 0) -> Here:
    return Here(person or sum(map(ord, name)), name, doing, NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], ""),
        ([here("Ana")], "Ana is looking."),
        ([here("Ana"), here("Ben", minutes=1)], "Ana and Ben are looking."),
        (
            [here("Ana"), here("Ben", Doing.PUBLIC)],
            "Ben is writing a public reply. Ana is looking.",
        ),
        (
            [here("Ana", Doing.NOTE), here("Ben", Doing.PRIVATE)],
            "Ben is writing a private reply. Ana is writing a note.",
        ),
        (
            [here("Ana"), here("Ben", minutes=1), here("Cy", minutes=2)],
            "Ana, Ben and Cy are looking.",
        ),
    ],
)
def test_people_are_named_with_what_they_do(found: list[Here], said: str) -> None:
    assert words(once_each(found)) == said


def test_two_screens_of_one_person_are_one_person_who_writes_if_either_does() -> None:
    found = [here("Ana", Doing.PUBLIC, person=7), here("Ana", minutes=5, person=7)]

    assert once_each(found) == (found[0],)
    assert once_each(reversed(found)) == (found[0],)
