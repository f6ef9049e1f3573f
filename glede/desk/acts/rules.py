"""What an act changed, and whether it can still be taken back. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.kit.rows import Rows
from glede.kit.words import say


class Deed(StrEnum):
    """What somebody did with one conversation or with many; the words are what the record says."""

    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOT_NEEDED = "no reply needed"
    LABELLED = "labelled"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    HANDED_OVER = "handed over"
    GAVE_BACK = "gave back"
    ASKED_A_COLLEAGUE = "waits for a colleague"
    MERGED = "merged"
    SPLIT = "split"
    MOVED = "moved"
    LINKED = "linked"
    NOTED = "kept a note"
    SECOND_ANSWERED = "answered about a colleague’s reply"


class CannotUndo(ValueError):  # noqa: N818 - reads as a sentence
    """It stays as it is, and the words say why."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The columns that an act changed, as they stood before it and after it."""

    before: Rows
    after: Rows

    def __bool__(self) -> bool:
        return bool(self.after)


def changed(before: Rows, after: Rows) -> Changed:
    """What differs between two looks at the same rows. A row that one of them lacks is left out:
    putting columns back neither makes a row nor takes one away."""
    names = {
        key: [column for column in was if was[column] != after[key][column]]
        for key, was in before.items()
        if key in after
    }
    return Changed(
        {key: {one: before[key][one] for one in found} for key, found in names.items() if found},
        {key: {one: after[key][one] for one in found} for key, found in names.items() if found},
    )


#: What moves by itself, without anybody having changed the thing.
_BY_ITSELF = frozenset({"look_at"})

_WORDS = {
    "owner_id": say("its owner"),
    "state": say("its state"),
    "labels": say("its labels"),
    "snoozed_until": say("its snooze"),
    "brand_id": say("its brand"),
    "duplicate_of_id": say("what it is linked to"),
}


def meddled(after: Rows, now: Rows, *, of: Collection[str] | None = None) -> str:
    """What somebody changed since, in words; empty where everything stands as the act left it."""
    for key, left in after.items():
        if of is not None and key not in of:
            continue
        for column, value in left.items():
            if column not in _BY_ITSELF and now.get(key, {}).get(column) != value:
                return _WORDS.get(column, say("what it waits for"))
    return ""


def check(*, until_at: datetime, undone_at: datetime | None, seconds: int, now: datetime) -> None:
    """Raises `CannotUndo` for an act that is over or undone already."""
    if undone_at is not None:
        raise CannotUndo(say("It is undone already."))
    if now > until_at:
        raise CannotUndo(
            say(
                "It is more than %(seconds)s seconds ago, so it stands. Do the opposite by hand.",
                seconds=seconds,
            )
        )
