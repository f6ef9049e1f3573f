"""How people are reached: their wishes, their addresses, and what was sent where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q

from glede.desk.alerts.models import Address, Dispatch, Preference
from glede.desk.alerts.rules import Kind, State, Way, Wishes
from glede.kit import crypto


def wishes(people: Collection[int]) -> dict[int, Wishes]:
    """What each of them prefers; the defaults where somebody never said."""
    rows = {row.person_id: row for row in Preference.objects.filter(person_id__in=people)}
    return {person: _wishes(rows.get(person)) for person in people}


def wishes_of(person_id: int) -> Wishes:
    return wishes([person_id])[person_id]


def _wishes(row: Preference | None) -> Wishes:
    if row is None:
        return Wishes()
    return Wishes(
        ways={
            Kind(kind): frozenset(map(Way, ways)) for kind, ways in row.ways.items() if kind in Kind
        },
        quiet={
            int(day): (time.fromisoformat(begins), time.fromisoformat(ends))
            for day, (begins, ends) in row.quiet.items()
        },
        quiet_on_duty=row.quiet_on_duty,
        only_on_duty=row.only_on_duty,
    )


def addresses(person_id: int) -> list[Address]:
    """Somebody's browsers and services that stand, and those that ended by themselves."""
    rows = Address.objects.filter(person_id=person_id)
    return list(rows.order_by("ended_at", "made_at", "pk"))


def team_addresses() -> list[Address]:
    rows = Address.objects.filter(person=None, ended_at=None).select_related("brand")
    return list(rows.order_by("made_at", "pk"))


def standing(people: Collection[int]) -> Mapping[int, list[Address]]:
    """The addresses that may be written to, by person."""
    found: dict[int, list[Address]] = {}
    for row in Address.objects.filter(person_id__in=people, ended_at=None).defer("secret"):
        if row.person_id is not None:
            found.setdefault(row.person_id, []).append(row)
    return found


def secret_of(address: Address) -> str:
    """Where to write to. Raises `crypto.SecretUnreadableError`, `crypto.KeyMissingError`."""
    return crypto.decrypt(bytes(address.secret)).decode()


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the log of deliveries."""

    id: int
    who: str
    what: str
    conversation_id: int | None
    way: str
    where: str
    state: str
    made_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    tries: int
    outcome: str


def log(*, person_id: int | None, state: str = "", limit: int = 100) -> list[Logged]:
    """What was sent, newest first: of one person, or of everybody."""
    rows = Dispatch.objects.select_related("alert", "call", "person", "address")
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if state:
        rows = rows.filter(state=state)
    return [_logged(row) for row in rows.order_by("-made_at", "-pk")[:limit]]


def _logged(row: Dispatch) -> Logged:
    alert, call = row.alert, row.call
    about = alert or call
    return Logged(
        id=row.pk,
        who=row.person.name if row.person is not None else "Team",
        what=(about.outward or Kind(about.kind).value) if about is not None else "Test",
        conversation_id=about.conversation_id if about is not None else None,
        way=row.way,
        where=row.address.name if row.address is not None else "",
        state=row.state,
        made_at=row.made_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
        tries=row.tries,
        outcome=row.outcome,
    )


def unsent_mail(*, limit: int = 20) -> list[Dispatch]:
    """E-mails no mail server took, although they were tried often enough; the newest first."""
    rows = Dispatch.objects.filter(way=Way.MAIL, state=State.GIVEN_UP).select_related("person")
    return list(rows.order_by("-made_at")[:limit])


def last_tests(person_id: int) -> dict[int | None, Dispatch]:
    """The newest test by address; None stands for e-mail."""
    rows = Dispatch.objects.filter(Q(person_id=person_id) | Q(person=None), alert=None, call=None)
    return {row.address_id: row for row in rows.order_by("made_at", "pk")}
