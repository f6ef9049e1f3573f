"""Who holds which office, and who acts for it on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from glede.rulebook.offices import rules
from glede.rulebook.offices.models import Absence, Holding, Office
from glede.rulebook.offices.rules import Acting, Away, Held


@dataclass(frozen=True, slots=True)
class Standing:
    """One office as the page shows it."""

    office: Office
    acting: Acting
    now: tuple[Holding, ...]
    later: tuple[Holding, ...]
    earlier: tuple[Holding, ...]

    @property
    def has_deputy(self) -> bool:
        return any(holding.deputy for holding in self.now)


def by_name(name: str) -> Office | None:
    return Office.objects.filter(name__iexact=" ".join(name.split())).first()


def all_offices() -> list[Office]:
    return list(Office.objects.select_related("falls_to"))


def held(*, office_id: int | None = None) -> list[Held]:
    """Every holding of somebody still here; of one office if asked."""
    rows = Holding.objects.select_related("office").filter(person__is_active=True)
    if office_id is not None:
        rows = rows.filter(office_id=office_id)
    return [
        Held(rules.folded(row.office.name), row.person_id, row.deputy, row.from_on, row.until_on)
        for row in rows
    ]


def away() -> list[Away]:
    return [Away(row.person_id, row.from_on, row.until_on) for row in Absence.objects.all()]


def absences(*, on: date) -> list[Absence]:
    """Who is away now or will be."""
    return list(Absence.objects.filter(until_on__gt=on).select_related("person"))


def acting(name: str, *, on: date, then: Sequence[str] = ()) -> Acting:
    """Who answers for an office; an office nobody set up is a vacant one. `then` are the offices
    it falls to after those it falls to by itself."""
    return rules.acting(name, held=held(), away=away(), falls_to=_falls_to(), then=then, on=on)


def holder(name: str, *, on: date) -> int | None:
    """Whoever holds the office, away or not; a deputy does not hold it."""
    return acting(name, on=on).holder


def vacant_since(name: str, *, on: date) -> date | None:
    """The day since when nobody holds it; `None` where nobody ever did."""
    ended = []
    rows = Holding.objects.filter(office__name__iexact=" ".join(name.split()), deputy=False)
    for row in rows.select_related("person"):
        left_on = row.person.left_at.date() if row.person.left_at else None
        ended += [day for day in (row.until_on, left_on) if day is not None and day <= on]
    return max(ended, default=None)


def standings(*, on: date) -> list[Standing]:
    """Every office with who holds it, who will and who did."""
    people, absent, chain = held(), away(), _falls_to()
    rows = list(Holding.objects.select_related("person", "office"))
    return [
        Standing(
            office=office,
            acting=rules.acting(office.name, held=people, away=absent, falls_to=chain, on=on),
            now=tuple(row for row in rows if row.office_id == office.pk and _covers(row, on)),
            later=tuple(row for row in rows if row.office_id == office.pk and row.from_on > on),
            earlier=tuple(
                row
                for row in rows
                if row.office_id == office.pk and row.until_on is not None and row.until_on <= on
            ),
        )
        for office in all_offices()
    ]


def _covers(row: Holding, on: date) -> bool:
    here = row.person.is_active
    return here and row.from_on <= on and (row.until_on is None or on < row.until_on)


def _falls_to() -> dict[str, str]:
    return {
        rules.folded(office.name): rules.folded(office.falls_to.name)
        for office in all_offices()
        if office.falls_to is not None
    }
