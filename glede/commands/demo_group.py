"""The demo group: four brands, their websites, and a colleague in every role. All invented."""

import base64
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from django.conf import settings

from glede.commands import demo_desk
from glede.desk.rota import actions as rota
from glede.desk.rota import queries as rota_queries
from glede.desk.rota import rules as rota_rules
from glede.desk.rota.rules import Duty, Planned
from glede.flow import approving
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import queries as known_accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands import queries as known_brands
from glede.rulebook.offices import actions as offices
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as known_people
from glede.rulebook.people import rules
from glede.rulebook.people.models import Person
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import queries as policies

GROUP = "Red Kite Group"

#: Hours, policy and roles hold since then: the demo shows the days before it was loaded too.
LONG_AGO = datetime(2018, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    post: str
    role: Role
    #: Slugs; none means every brand.
    brands: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{rules.sign_off(self.name).lower()}@redkitegroup.example"


BRANDS = (
    ("red-kite", "Red Kite", "RK"),
    ("twenty11", "Twenty11", "T11"),
    ("pennvale", "Pennvale", "PV"),
    ("edenmead", "Edenmead", "EM"),
)

_ADVISOR = "Relationship Advisor"
COLLEAGUES = (
    Colleague("Priya Nair", "Relationship Pod lead", Role.LEAD),
    Colleague("Sam Okafor", _ADVISOR, Role.ADVISOR),
    Colleague("Meena Joshi", _ADVISOR, Role.ADVISOR, ("red-kite",)),
    Colleague("Tom Whelan", _ADVISOR, Role.ADVISOR, ("red-kite", "twenty11")),
    Colleague("Gwen Prosser", _ADVISOR, Role.ADVISOR, ("twenty11", "pennvale")),
    Colleague("Aisha Karim", _ADVISOR, Role.ADVISOR, ("pennvale", "edenmead")),
    Colleague("Callum Reid", _ADVISOR, Role.ADVISOR, ("edenmead",)),
    Colleague("Beth Lindqvist", "Group Brand Manager", Role.BRAND_MANAGER),
    Colleague("Felix Adeyemi", "Futurologist", Role.REVIEWER),
    Colleague("Noor Hassan", "Head of Relationships", Role.OWNER),
    Colleague("Delia Marsh", "Deputy Chief Executive", Role.DEPUTY_CHIEF_EXECUTIVE),
    Colleague("Ada Kowalska", "Systems administrator", Role.ADMINISTRATOR),
    Colleague("Rae Thornton", "Housing officer", Role.READER),
    Colleague("Stan Bright", "Caretaker", Role.STAFF),
)

#: Offices the policy speaks of, each with the one it falls to and who deputises.
OFFICES = (
    ("Deputy Chief Executive", "", "Beth Lindqvist"),
    ("Head of Relationships", "Deputy Chief Executive", "Priya Nair"),
    ("Futurologist", "Head of Relationships", ""),
    ("Group Brand Manager", "Deputy Chief Executive", ""),
)


def load(*, password: str, now: datetime) -> None:
    """Make the whole group; the caller's transaction holds it together."""
    brands.set_up(name=GROUP, actor=SYSTEM, now=now, demo=True)
    ids = {}
    for order, (slug, name, code) in enumerate(BRANDS):
        ids[slug] = brands.create(
            slug=slug, name=name, code=code, order=order, actor=SYSTEM, now=now
        )
        brands.publish_calendar(brand_id=ids[slug], effective_at=LONG_AGO, actor=SYSTEM, now=now)
        _website(slug, name, brand_id=ids[slug], now=now)
    approving.begin(
        document=policies.model_policy(),
        approved_by="Executive team (demo)",
        effective_at=LONG_AGO,
        now=now,
    )
    for colleague in COLLEAGUES:
        _join(colleague, ids, password=password, now=now)
    _fill_offices(now)
    _write_rota(ids, now)
    demo_desk.furnish(ids, lead=_lead(), now=now)


def _lead() -> Person:
    return next(one for one in known_people.everybody() if one.name == COLLEAGUES[0].name)


#: Who is on duty each morning for every brand, and each afternoon for the brands they know.
_MORNINGS = ("Sam", "Priya", "Sam", "Sam", "Priya")
_AFTERNOONS = (
    ("Tom", ("red-kite", "twenty11")),
    ("Aisha", ("pennvale", "edenmead")),
)
#: Who is on call from Monday to Sunday, first and second.
_ON_CALL = ("Priya", "Priya", "Priya", "Sam", "Sam", "Sam", "Sam")
_SECOND = "Noor"
_OPENS, _NOON, _CLOSES = time(9), time(13), time(17, 30)


def _write_rota(ids: dict[str, int], now: datetime) -> None:
    """This week and the next, without a gap."""
    people_of = {rules.sign_off(one.name): one.pk for one in known_people.everybody()}
    monday = rota_rules.monday_of(now.astimezone(rota_queries.zone()).date())
    # Last week too: whoever starts the demo in the small hours of a Monday meets who is on call.
    for begins in (monday - timedelta(days=7), monday, monday + timedelta(days=7)):
        shifts: list[Planned] = []
        for day in range(7):
            on = begins + timedelta(days=day)
            if day < len(_MORNINGS):
                shifts.append(
                    Planned(
                        person_id=people_of[_MORNINGS[day]],
                        brand_id=None,
                        duty=Duty.HOLDER,
                        on=on,
                        starts=_OPENS,
                        ends=_NOON,
                    )
                )
                shifts += [
                    Planned(
                        person_id=people_of[name],
                        brand_id=ids[slug],
                        duty=Duty.HOLDER,
                        on=on,
                        starts=_NOON,
                        ends=_CLOSES,
                    )
                    for name, slugs in _AFTERNOONS
                    for slug in slugs
                ]
            for duty, name in ((Duty.FIRST, _ON_CALL[day]), (Duty.SECOND, _SECOND)):
                night = Planned(
                    person_id=people_of[name],
                    brand_id=None,
                    duty=duty,
                    on=on,
                    starts=_CLOSES if day < len(_MORNINGS) else _OPENS,
                    ends=_OPENS,
                )
                checks = rota_rules.default_checks(night, rota_queries.usual_checks())
                shifts.append(replace(night, checks=checks))
        rota.save_week(monday=begins, shifts=shifts, seen=0, actor=SYSTEM, now=now)


def _fill_offices(now: datetime) -> None:
    """Each office is held by whoever has it as their post."""
    people_of = {person.name: person.pk for person in known_people.everybody()}
    holders = {colleague.post: colleague.name for colleague in COLLEAGUES}
    made: dict[str, int] = {}
    for order, (name, falls_to, deputy) in enumerate(OFFICES):
        made[name] = offices.name(
            office=name, falls_to=made.get(falls_to), order=order, actor=SYSTEM, now=now
        )
        for person, deputises in ((holders[name], False), (deputy, True)):
            if person:
                offices.appoint(
                    office_id=made[name],
                    person_id=people_of[person],
                    deputy=deputises,
                    from_on=LONG_AGO.date(),
                    actor=SYSTEM,
                    now=now,
                )


def _website(slug: str, name: str, *, brand_id: int, now: datetime) -> None:
    app = accounts.register_app(
        platform="website",
        slug=slug,
        name=f"{name} website",
        secrets=["whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")],
        settings={
            "public_key": f"pk_{secrets.token_urlsafe(18)}",
            "sites": settings.GLEDE_BASE_URL,
        },
        actor=SYSTEM,
        now=now,
    )
    accounts.connect(
        app_id=app,
        brand_id=brand_id,
        native_id=slug,
        handle=f"{name} website",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=now,
    )


def _join(colleague: Colleague, ids: dict[str, int], *, password: str, now: datetime) -> None:
    person = people.create(
        email=colleague.email,
        name=colleague.name,
        post_title=colleague.post,
        sign_off=rules.sign_off(colleague.name),
        password=password,
        actor=SYSTEM,
        now=now,
    )
    held: list[int | None] = [ids[slug] for slug in colleague.brands]
    for brand in held or [None]:
        people.grant(
            person_id=person,
            role=colleague.role,
            brand_id=brand,
            from_at=LONG_AGO,
            actor=SYSTEM,
            now=now,
        )


def suits_everybody(password: str) -> bool:
    return all(
        known_people.may_be_password(password, email=colleague.email, name=colleague.name)
        for colleague in COLLEAGUES
    )


def give_password(*, password: str, now: datetime) -> None:
    """The same password for every colleague of the demo, when the old one was lost."""
    for colleague in COLLEAGUES:
        person = known_people.by_email(colleague.email)
        people.set_password(person_id=person.pk, password=password, actor=SYSTEM, now=now)


def websites() -> list[dict[str, str]]:
    """What the residents' side needs to call our hooks: it runs as a process of its own."""
    known = {brand.slug: brand.name for brand in known_brands.all_brands()}
    return [
        {"slug": found.app.slug, "brand": known[found.app.slug], "secret": found.app.secrets[0]}
        for found in known_accounts.door_apps()
        if found.app.slug in known
    ]
