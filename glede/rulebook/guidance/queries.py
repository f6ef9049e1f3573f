"""Who has read the policy in force, and who has not."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.dateparse import parse_duration

from glede.rulebook.guidance import rules
from glede.rulebook.guidance.models import Receipt
from glede.rulebook.guidance.rules import Reading
from glede.rulebook.people import queries as people
from glede.rulebook.people.models import Person
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.models import Version
from glede.rulebook.policy.rules import NoRule

#: A year of rules is counted in months of this many days: a receipt is no matter of a day.
_MONTH = timedelta(days=365) / 12


@dataclass(frozen=True, slots=True)
class Reader:
    """One member of staff and how they stand."""

    person: Person
    reading: Reading
    due_at: datetime
    is_late: bool


def asked_of_staff(*, at: datetime) -> Version | None:
    """The version staff are asked to read: the one in force."""
    try:
        return policy.version_at(at)
    except NoRule:
        return None


def of_person(person_id: int, *, version: Version, now: datetime) -> Reading:
    receipts = Receipt.objects.filter(person_id=person_id, version=version).order_by("turn")
    given = list(receipts.values_list("read_at", flat=True))
    return _reading(people.person(person_id), version, given, now)


def within(*, at: datetime) -> timedelta:
    """How long staff have, as the policy in force at `at` says."""
    return parse_duration(policy.rule("reading.within", at=at).value) or timedelta(days=1)


def staff(*, version: Version, now: datetime) -> list[Reader]:
    """Everybody who is asked, by name."""
    receipts: dict[int, list[datetime]] = defaultdict(list)
    rows = Receipt.objects.filter(version=version).order_by("turn")
    for person_id, read_at in rows.values_list("person_id", "read_at"):
        receipts[person_id].append(read_at)
    asked = {
        viewer.id for viewer in people.who_may(Permission.READ_GUIDANCE, brand_id=None, now=now)
    }
    allowed = within(at=now)
    found = []
    for person in people.everybody():
        if person.pk not in asked:
            continue
        reading = _reading(person, version, receipts[person.pk], now)
        late = reading.is_late(now=now, within=allowed)
        found.append(Reader(person, reading, reading.due_at(allowed), late))
    return found


def _reading(person: Person, version: Version, receipts: list[datetime], now: datetime) -> Reading:
    months = int(policy.rule("reading.again_after", at=now).value)
    return rules.reading(
        effective_at=version.effective_at or now,
        joined_at=person.created_at,
        receipts=receipts,
        again_after=months * _MONTH,
        now=now,
    )
