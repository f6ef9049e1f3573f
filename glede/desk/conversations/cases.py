"""Whether two conversations are one matter, and what becomes of their enquiries. Pure.

Clause 6.2 as `clauses.md` reads it: everything one person says on one matter is one case, and the
first post nobody answered holds its clock; a new matter gets a clock of its own. The desk suggests,
a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.kit.words import say

#: The clause that says what one matter is, and what a new one.
CLAUSE = "6.2"


class Refused(ValueError):  # noqa: N818 - reads as a sentence
    """These conversations cannot be brought together, taken apart or moved; the words say why."""


class Kind(StrEnum):
    """How a regrouping came about."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two conversations that may be one matter."""

    id: int
    brand_id: int
    contact_id: int
    private: bool
    #: It went on in another one already.
    is_merged: bool
    #: A date was written down or agreed, and is not over.
    has_date: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """An enquiry, as far as its place among others goes."""

    id: int
    opened_at: datetime
    waits: bool


def check_merge(source: Side, target: Side, *, why: str) -> None:
    """Raises `Refused` unless `source` may go on in `target`."""
    if source.id == target.id:
        raise Refused(say("That is this conversation itself. Choose another one."))
    if source.is_merged or target.is_merged:
        raise Refused(say("One of them went on in another conversation already. Open that one."))
    if source.brand_id != target.brand_id:
        raise Refused(
            say(
                "They belong to two brands. Link them as the same matter, or move one of"
                " them first."
            )
        )
    if target.private and not source.private:
        raise Refused(
            say(
                "What was asked in public goes on in public (clause 6.3). Open the public"
                " conversation and merge this one into it."
            )
        )
    if source.has_date:
        raise Refused(
            say(
                "A date was told or written down in the one that would go. Merge the other"
                " one into it, or settle the date first."
            )
        )
    if source.contact_id != target.contact_id and not why.strip():
        raise Refused(say("Two different people wrote them. Say why it is the same matter."))


def in_order(enquiries: Iterable[Opened]) -> Sequence[int]:
    """Ids of the enquiries of one matter in the order in which they were opened."""
    return [one.id for one in sorted(enquiries, key=lambda one: (one.opened_at, one.id))]


def kept_and_joined(enquiries: Iterable[Opened]) -> tuple[int, int] | None:
    """Of two that wait, the one that goes on and the one that joins it: the first unanswered post
    holds the clock. None where at most one waits."""
    waiting = in_order(one for one in enquiries if one.waits)
    return (waiting[0], waiting[1]) if len(waiting) > 1 else None


def check_split(*, chosen: int, theirs_chosen: int, theirs_left: int) -> None:
    """Raises `Refused` unless something of theirs moves and something of theirs stays."""
    if not chosen:
        raise Refused(say("Choose the messages that are a new matter."))
    if not theirs_chosen:
        raise Refused(
            say("Choose at least one message of theirs: a matter begins with what they say.")
        )
    if not theirs_left:
        raise Refused(say("Leave at least one message of theirs here: otherwise nothing is split."))
