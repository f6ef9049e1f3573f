"""Who acts for an office on a day: its holder, a deputy, or the office it falls to. Pure.

Days are half-open: somebody who holds an office until the 1st does not hold it on the 1st.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Held:
    """One person's time in one office."""

    office: str
    person: int
    deputy: bool
    from_on: date
    until_on: date | None = None

    def covers(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@dataclass(frozen=True, slots=True)
class Away:
    """A person who cannot act for a while."""

    person: int
    from_on: date
    until_on: date

    def covers(self, on: date) -> bool:
        return self.from_on <= on < self.until_on


@dataclass(frozen=True, slots=True)
class Acting:
    """Who answers for an office on a day, and why it is they.

    `fell_to` names the office that was reached when holder and deputies could not act. Being told
    in somebody's place lends no power to decide: nothing is ever approved because of it.
    """

    office: str
    people: tuple[int, ...]
    holder: int | None
    vacant: bool
    fell_to: str = ""

    @property
    def is_nobody(self) -> bool:
        return not self.people


def folded(name: str) -> str:
    """Names of offices are compared without case and surplus space."""
    return " ".join(name.split()).casefold()


def overlap(one: Held, others: Iterable[Held]) -> Held | None:
    """A time in the same office, in the same part, that meets this one."""
    for other in others:
        if one.deputy and one.person != other.person:
            continue  # an office may have several deputies
        if other.deputy == one.deputy and _meet(one, other):
            return other
    return None


def _meet(one: Held, other: Held) -> bool:
    starts_before_end = other.until_on is None or one.from_on < other.until_on
    ends_after_start = one.until_on is None or other.from_on < one.until_on
    return starts_before_end and ends_after_start


def acting(
    office: str,
    *,
    held: Collection[Held],
    away: Collection[Away],
    falls_to: Mapping[str, str],
    then: Sequence[str] = (),
    on: date,
) -> Acting:
    """The holder if they can act, else the deputies who can, else whoever acts for the next
    office up; `then` are the offices it falls to after the chain of its own has ended."""
    first = folded(office)
    holder = _holder(first, held, on)
    chain, seen = [first], {first}
    for name in [*_chain(first, falls_to), *map(folded, then)]:
        if name and name not in seen:
            seen.add(name)
            chain.append(name)
    for step, name in enumerate(chain):
        people = _able(name, held, away, on)
        if people:
            return Acting(office, people, holder, holder is None, fell_to=name if step else "")
    return Acting(office, (), holder, holder is None)


def _chain(first: str, falls_to: Mapping[str, str]) -> list[str]:
    chain: list[str] = []
    name = falls_to.get(first, "")
    while name and name not in chain and name != first:
        chain.append(name)
        name = falls_to.get(name, "")
    return chain


def _holder(office: str, held: Iterable[Held], on: date) -> int | None:
    for one in held:
        if one.office == office and not one.deputy and one.covers(on):
            return one.person
    return None


def _able(office: str, held: Iterable[Held], away: Collection[Away], on: date) -> tuple[int, ...]:
    absent = {one.person for one in away if one.covers(on)}
    here = [one for one in held if one.office == office and one.covers(on)]
    holder = tuple(one.person for one in here if not one.deputy and one.person not in absent)
    return holder or tuple(
        sorted({one.person for one in here if one.deputy and one.person not in absent})
    )
