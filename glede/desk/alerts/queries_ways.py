"""How people are reached: their wishes, their addresses, and what was sent where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import QuerySet

from glede.desk.alerts.models import Address, Dispatch, Preference
from glede.desk.alerts.rules import REMOVED, RENEWED, WORDS, Kind, State, Way, Wishes
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


@dataclass(frozen=True, slots=True)
class Place:
    """An address as a page shows it: never the secret."""

    id: int
    way: str
    name: str
    shown: str
    brand: str
    kinds: tuple[str, ...]
    made_at: datetime
    used_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    #: The newest test: what became of it, in words; empty without one.
    tested: str
    tested_at: datetime | None


def places(person_id: int) -> list[Place]:
    """Somebody's browsers and services that stand, and those that ended by themselves."""
    rows = Address.objects.filter(person_id=person_id).exclude(ended_why__in=(REMOVED, RENEWED))
    return _places(rows.order_by("made_at", "pk"))


def team_places() -> list[Place]:
    """The channels of teams."""
    rows = Address.objects.filter(person=None).exclude(ended_why__in=(REMOVED, RENEWED))
    return _places(rows.select_related("brand").order_by("made_at", "pk"))


def _places(rows: QuerySet[Address]) -> list[Place]:
    found = list(rows.defer("secret"))
    tests = {
        row.address_id: row
        for row in Dispatch.objects.filter(address__in=found, alert=None, call=None).order_by("pk")
    }
    return [_place(row, tests.get(row.pk)) for row in found]


def _place(row: Address, test: Dispatch | None) -> Place:
    return Place(
        id=row.pk,
        way=row.way,
        name=row.name,
        shown=row.shown,
        brand=row.brand.name if row.brand is not None else "",
        kinds=tuple(WORDS[Kind(kind)] for kind in row.kinds if kind in Kind),
        made_at=row.made_at,
        used_at=row.used_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        tested=f"{test.state}: {test.outcome}".rstrip(": ") if test is not None else "",
        tested_at=test.made_at if test is not None else None,
    )


def mail_tested(person_id: int) -> tuple[str, datetime | None]:
    """What became of the newest test of somebody's e-mail, and when it was asked for."""
    rows = Dispatch.objects.filter(person_id=person_id, way=Way.MAIL, alert=None, call=None)
    test = rows.order_by("-pk").first()
    if test is None:
        return "", None
    return f"{test.state}: {test.outcome}".rstrip(": "), test.made_at


def address(address_id: int) -> Address | None:
    """One that still stands."""
    return Address.objects.filter(pk=address_id, ended_at=None).first()


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
