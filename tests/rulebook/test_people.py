"""Staff hold roles for brands and times; everything else is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind, Verb
from glede.rulebook.brands import actions as brands
from glede.rulebook.people import actions, queries
from glede.rulebook.people.rules import Permission, Preferences, Role

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "Wing-loading 17 kestrels"


def join(name: str, *, role: Role | None = None, brand: int | None = None) -> int:
    person = actions.create(
        email=f"{name}@kite.example",
        name=name,
        post_title="Relationship Advisor",
        sign_off=name,
        password=PASSWORD,
        actor=SYSTEM,
        now=NOW,
    )
    if role:
        grant(person, role, brand)
    return person


def grant(
    person: int, role: Role, brand: int | None = None, *, actor: Actor = SYSTEM, **times: datetime
) -> int:
    times = {"from_at": NOW} | times
    return actions.grant(person_id=person, role=role, brand_id=brand, actor=actor, now=NOW, **times)


def acting(person: int) -> Actor:
    return Actor(ActorKind.PERSON, str(person), queries.person(person).name)


@pytest.fixture
def kite() -> int:
    return brands.create(slug="red-kite", name="Red Kite", code="RK", actor=SYSTEM, now=NOW)


@pytest.fixture
def pennvale() -> int:
    return brands.create(slug="pennvale", name="Pennvale", code="PV", actor=SYSTEM, now=NOW)


def test_a_new_person_may_do_nothing() -> None:
    viewer = queries.viewer(join("Sam"), now=NOW)

    assert not any(viewer.may(permission) for permission in Permission)


def test_a_role_for_one_brand_says_nothing_of_another(kite: int, pennvale: int) -> None:
    meena = queries.viewer(join("Meena", role=Role.ADVISOR, brand=kite), now=NOW)

    assert meena.may(Permission.REPLY, kite)
    assert not meena.may(Permission.REPLY, pennvale)
    assert meena.brands_for(Permission.REPLY) == {kite}


def test_a_role_holds_from_its_first_to_before_its_last_instant() -> None:
    sam = join("Sam")
    until = NOW + timedelta(days=7)
    grant(sam, Role.ADVISOR, from_at=NOW + timedelta(days=1), until_at=until)

    def may(at: datetime) -> bool:
        return queries.viewer(sam, now=at).may(Permission.REPLY)

    assert not may(NOW)
    assert may(NOW + timedelta(days=1))
    assert not may(until)


def test_who_may_names_everybody_for_the_brand_and_nobody_else(kite: int, pennvale: int) -> None:
    join("Sam", role=Role.ADVISOR)
    join("Meena", role=Role.ADVISOR, brand=kite)
    join("Rae", role=Role.READER)

    def names(brand: int) -> list[str]:
        found = queries.who_may(Permission.REPLY, brand_id=brand, now=NOW)
        return [viewer.name for viewer in found]

    assert names(kite) == ["Meena", "Sam"]
    assert names(pennvale) == ["Sam"]


def test_nobody_grants_a_role_to_themselves() -> None:
    noor = join("Noor", role=Role.OWNER)

    with pytest.raises(actions.NotAllowedError, match="Nobody grants a role to themselves"):
        grant(noor, Role.ADMINISTRATOR, actor=acting(noor))


def test_an_advisor_manages_nobody(kite: int) -> None:
    sam = join("Sam", role=Role.ADVISOR)
    rae = join("Rae")
    held = grant(rae, Role.READER)

    for attempt in (
        lambda: grant(rae, Role.OWNER, actor=acting(sam)),
        lambda: actions.revoke(grant_id=held, actor=acting(sam), now=NOW),
        lambda: actions.deactivate(person_id=rae, actor=acting(sam), now=NOW),
        lambda: actions.end_sessions(person_id=rae, actor=acting(sam), now=NOW),
        lambda: actions.set_password(
            person_id=rae, password=PASSWORD + "!", actor=acting(sam), now=NOW
        ),
    ):
        with pytest.raises(actions.NotAllowedError, match="Sam may not manage people"):
            attempt()


def test_an_owner_grants_and_revokes() -> None:
    noor, rae = join("Noor", role=Role.OWNER), join("Rae")
    held = grant(rae, Role.READER, actor=acting(noor))
    assert queries.viewer(rae, now=NOW).may(Permission.READ_CONVERSATIONS)

    later = NOW + timedelta(minutes=1)
    actions.revoke(grant_id=held, actor=acting(noor), now=later)

    assert not queries.viewer(rae, now=later).may(Permission.READ_CONVERSATIONS)
    verbs = [entry.verb for entry in audit.trail("person", rae)]
    assert verbs == [Verb.ROLE_REVOKED, Verb.ROLE_GRANTED, Verb.PERSON_CREATED]


def test_a_role_that_has_not_begun_can_be_taken_back() -> None:
    sam = join("Sam")
    held = grant(sam, Role.ADVISOR, from_at=NOW + timedelta(days=1))

    actions.revoke(grant_id=held, actor=SYSTEM, now=NOW)

    assert not queries.viewer(sam, now=NOW + timedelta(days=2)).may(Permission.REPLY)


def signed_in(person: int) -> str:
    session = SessionStore()
    session.create()
    UserSession.objects.create(
        user_id=person, ip="127.0.0.1", session_key=session.session_key, user_agent="Firefox"
    )
    return str(session.session_key)


def test_a_leaver_loses_roles_sessions_second_factors_and_the_way_in() -> None:
    sam = join("Sam", role=Role.ADVISOR)
    key = signed_in(sam)
    Authenticator.objects.create(user_id=sam, type=Authenticator.Type.TOTP, data={})
    later = NOW + timedelta(hours=1)

    actions.deactivate(person_id=sam, actor=SYSTEM, now=later)

    assert not queries.viewer(sam, now=later).may(Permission.REPLY)
    assert queries.who_may(Permission.REPLY, brand_id=None, now=later) == []
    assert not SessionStore().exists(key)
    assert not Authenticator.objects.filter(user_id=sam).exists()
    assert queries.person(sam).left_at == later
    request = RequestFactory().post("/")
    assert authenticate(request, email="sam@kite.example", password=PASSWORD) is None
    with pytest.raises(actions.PersonRefusedError, match="has left"):
        grant(sam, Role.ADVISOR)


def test_nobody_ends_their_own_access() -> None:
    noor = join("Noor", role=Role.OWNER)

    with pytest.raises(actions.NotAllowedError, match="Nobody ends their own access"):
        actions.deactivate(person_id=noor, actor=acting(noor), now=NOW)


def test_sign_out_everywhere_ends_every_session() -> None:
    sam = join("Sam", role=Role.ADVISOR)
    keys = [signed_in(sam), signed_in(sam)]

    assert actions.end_sessions(person_id=sam, actor=acting(sam), now=NOW) == 2
    assert not any(SessionStore().exists(key) for key in keys)


def test_a_new_password_works_and_the_old_one_does_not() -> None:
    sam = join("Sam")

    actions.set_password(person_id=sam, password="Five gliding buzzards", actor=SYSTEM, now=NOW)

    assert queries.person(sam).check_password("Five gliding buzzards")
    assert not queries.person(sam).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"email": "sam@kite.example"}, "signs in with sam@kite.example already"),
        ({"email": "SAM@Kite.example"}, "signs in with sam@kite.example already"),
        ({"email": "sam at kite"}, "not an e-mail address"),
        ({"sign_off": "^sam"}, "signs with “\\^sam” already"),
        ({"password": "short"}, "at least 12 characters"),
        ({"name": " "}, "needs a name"),
    ],
)
def test_a_person_who_cannot_be_is_refused_with_a_sentence(
    change: dict[str, str], says: str
) -> None:
    join("Sam")
    person = {
        "email": "kim@kite.example",
        "name": "Kim",
        "post_title": "",
        "sign_off": "Kim",
        "password": PASSWORD,
    }

    with pytest.raises(actions.PersonRefusedError, match=says):
        actions.create(**(person | change), actor=SYSTEM, now=NOW)


def test_an_administrator_reads_no_residents_words() -> None:
    viewer = queries.viewer(join("Ada", role=Role.ADMINISTRATOR), now=NOW)

    assert viewer.may(Permission.MANAGE_PEOPLE)
    assert not viewer.may(Permission.READ_CONVERSATIONS)


def test_preferences_are_kept_and_unknown_ones_refused() -> None:
    sam = join("Sam")
    actions.prefer(person_id=sam, preferences=Preferences(theme="dark", single_keys=False))

    assert (queries.person(sam).theme, queries.person(sam).single_keys) == ("dark", False)
    with pytest.raises(actions.PersonRefusedError):
        actions.prefer(person_id=sam, preferences=Preferences(theme="pink"))


def test_an_unknown_person_is_said_to_be_unknown() -> None:
    with pytest.raises(queries.NoSuchPersonError, match=r"Nobody signs in with no@kite\.example"):
        queries.by_email("no@kite.example")
