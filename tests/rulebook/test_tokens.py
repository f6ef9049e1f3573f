"""A token opens what it was given and its person may, until it ends; only its hash is kept."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from glede.flow import tokens as flow
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Permission, Role, Viewer
from glede.rulebook.tokens import actions, queries
from glede.rulebook.tokens.actions import TokenRefusedError, TooManyCallsError
from glede.rulebook.tokens.models import Token
from glede.rulebook.tokens.queries import BadTokenError
from glede.rulebook.tokens.rules import Allowance, State
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db

READ = [Permission.READ_POLICY, Permission.READ_FIGURES]


def acting(viewer: Viewer) -> Actor:
    return Actor(ActorKind.PERSON, str(viewer.id), viewer.name)


def made(
    person: Viewer,
    *,
    by: Actor = SYSTEM,
    permissions: list[Permission] = READ,
    brand_ids: list[int] | None = None,
    days: int = 30,
) -> tuple[int, str]:
    return flow.make(
        name="Board report",
        person_id=person.id,
        permissions=permissions,
        brand_ids=brand_ids,
        days=days,
        actor=by,
        now=NOW,
    )


def test_a_token_speaks_for_its_person_and_opens_what_it_was_given() -> None:
    beth = make.person("Beth", Role.BRAND_MANAGER)
    token_id, secret = made(beth)

    bearer = queries.bearer(secret, now=NOW)

    assert (bearer.token_id, bearer.viewer.id, bearer.viewer.name) == (token_id, beth.id, "Beth")
    assert bearer.viewer.may(Permission.READ_FIGURES)
    assert not bearer.viewer.may(Permission.READ_CONVERSATIONS), "Beth may; her token may not."
    assert bearer.viewer.brands_for(Permission.READ_CONVERSATIONS) == frozenset()


def test_it_loses_what_its_person_loses() -> None:
    meena = make.person("Meena", Role.LEAD)
    _, secret = made(meena)
    (grant,) = people_queries.grants(meena.id)

    people.revoke(grant_id=grant.pk, actor=SYSTEM, now=NOW)

    later = NOW + timedelta(seconds=1)
    assert not queries.bearer(secret, now=later).viewer.may(Permission.READ_FIGURES)


def test_a_token_for_one_brand_says_nothing_of_another() -> None:
    kite, pennvale = make.brand("Red Kite"), make.brand("Pennvale", order=1)
    noor = make.person("Noor", Role.OWNER)
    given = [Permission.READ_FIGURES, Permission.DRAFT_POLICY]
    _, secret = made(noor, permissions=given, brand_ids=[kite])

    viewer = queries.bearer(secret, now=NOW).viewer

    assert viewer.may(Permission.READ_FIGURES, kite)
    assert not viewer.may(Permission.READ_FIGURES, pennvale)
    assert viewer.brands_for(Permission.READ_FIGURES) == frozenset({kite})
    assert not viewer.may(Permission.DRAFT_POLICY), "The policy is every brand's."


def test_a_brand_the_person_may_not_stays_shut() -> None:
    kite, pennvale = make.brand("Red Kite"), make.brand("Pennvale", order=1)
    meena = make.person("Meena", Role.LEAD, brand_id=kite)
    _, secret = made(meena, brand_ids=[kite, pennvale])

    viewer = queries.bearer(secret, now=NOW).viewer

    assert viewer.brands_for(Permission.READ_FIGURES) == frozenset({kite})
    assert not viewer.may(Permission.READ_FIGURES, pennvale)


def test_only_the_hash_is_kept_and_the_record_holds_no_secret() -> None:
    _, secret = made(make.person("Beth", Role.BRAND_MANAGER))

    kept = " ".join(str(value) for value in Token.objects.values().get().values())
    told = " ".join(f"{entry} {entry.details}" for entry in audit.latest())
    assert secret.startswith("gl_")
    assert len(secret) >= 35
    assert secret not in kept
    assert secret[8:] not in told


@pytest.mark.parametrize("secret", ["", "gl_", "gl_nobody-was-ever-given-this-one", "Bearer", "x"])
def test_an_unknown_secret_opens_nothing(secret: str) -> None:
    made(make.person("Beth", Role.BRAND_MANAGER))

    with pytest.raises(BadTokenError, match="not known"):
        queries.bearer(secret, now=NOW)


def test_a_token_waiting_to_be_taken_cannot_be_used_with_an_empty_secret() -> None:
    ada, beth = make.person("Ada", Role.ADMINISTRATOR), make.person("Beth", Role.BRAND_MANAGER)
    made(beth, by=acting(ada))

    with pytest.raises(BadTokenError):
        queries.bearer("", now=NOW)


def test_it_ends_at_its_last_instant() -> None:
    _, secret = made(make.person("Beth", Role.BRAND_MANAGER), days=1)
    ends = NOW + timedelta(days=1)

    assert queries.bearer(secret, now=ends - timedelta(microseconds=1))
    with pytest.raises(BadTokenError, match="expired on 25 November 2026"):
        queries.bearer(secret, now=ends)


def test_a_revoked_token_opens_nothing_from_that_instant() -> None:
    beth = make.person("Beth", Role.BRAND_MANAGER)
    token_id, secret = made(beth)

    flow.revoke(token_id=token_id, actor=acting(beth), now=NOW)

    with pytest.raises(BadTokenError, match="revoked"):
        queries.bearer(secret, now=NOW)


def test_a_leavers_token_goes_with_them() -> None:
    beth = make.person("Beth", Role.BRAND_MANAGER)
    _, secret = made(beth)

    people.deactivate(person_id=beth.id, actor=SYSTEM, now=NOW)

    with pytest.raises(BadTokenError, match="has left"):
        queries.bearer(secret, now=NOW)


def test_an_administrator_makes_a_token_for_somebody_and_never_sees_its_secret() -> None:
    ada, beth = make.person("Ada", Role.ADMINISTRATOR), make.person("Beth", Role.BRAND_MANAGER)
    token_id, shown = made(beth, by=acting(ada))
    assert shown == ""

    with pytest.raises(TokenRefusedError, match="no token here"):
        flow.take(token_id=token_id, actor=acting(ada), now=NOW)
    secret = flow.take(token_id=token_id, actor=acting(beth), now=NOW)

    assert queries.bearer(secret, now=NOW).viewer.id == beth.id
    with pytest.raises(TokenRefusedError, match="shown once"):
        flow.take(token_id=token_id, actor=acting(beth), now=NOW)


def test_nobody_gets_by_a_token_what_its_person_may_not() -> None:
    ada = make.person("Ada", Role.ADMINISTRATOR)

    with pytest.raises(TokenRefusedError, match="Ada may not"):
        made(ada, by=acting(ada), permissions=[Permission.READ_CONVERSATIONS])


@pytest.mark.parametrize(
    ("permissions", "days", "says"),
    [
        ([Permission.MANAGE_PEOPLE], 30, "No token is given"),
        ([Permission.REPLY], 30, "A program is not given"),
        ([], 30, "at least one"),
        (READ, 0, "1 to 365 days"),
        (READ, 366, "1 to 365 days"),
    ],
)
def test_what_no_token_can_be_is_refused(
    permissions: list[Permission], days: int, says: str
) -> None:
    priya = make.person("Priya", Role.LEAD)

    with pytest.raises(TokenRefusedError, match=says):
        made(priya, permissions=permissions, days=days)


def test_only_who_manages_tokens_makes_one_or_revokes_anothers() -> None:
    sam, beth = make.person("Sam", Role.ADVISOR), make.person("Beth", Role.BRAND_MANAGER)
    token_id, secret = made(beth)

    with pytest.raises(TokenRefusedError, match="Only who manages tokens"):
        made(sam, by=acting(sam), permissions=[Permission.READ_POLICY])
    with pytest.raises(TokenRefusedError, match="Only who manages tokens"):
        flow.revoke(token_id=token_id, actor=acting(sam), now=NOW)
    assert queries.bearer(secret, now=NOW)


def test_a_bucket_of_calls_is_emptied_at_once_and_fills_in_a_minute(settings: LazySettings) -> None:
    settings.GLEDE_API_CALLS_A_MINUTE = 3
    _, secret = made(make.person("Beth", Role.BRAND_MANAGER))

    left = [flow.used(secret, now=NOW)[1].left for _ in range(3)]
    with pytest.raises(TooManyCallsError, match=r"3 times a minute.*15 seconds") as refused:
        flow.used(secret, now=NOW + timedelta(seconds=5))

    assert left == [2, 1, 0]
    assert refused.value.wait == timedelta(seconds=15)
    assert refused.value.allowance == Allowance(most=3, left=0, full_in=55)
    flow.used(secret, now=NOW + timedelta(seconds=20))
    (listed,) = queries.tokens(now=NOW)
    assert listed.last_used_at == NOW + timedelta(seconds=20)
    assert flow.used(secret, now=NOW + timedelta(hours=9))[1].left == 2, "Full, and never more."


def test_one_tokens_calls_do_not_count_against_another(settings: LazySettings) -> None:
    settings.GLEDE_API_CALLS_A_MINUTE = 1
    beth = make.person("Beth", Role.BRAND_MANAGER)
    (_, one), (_, two) = made(beth), made(beth)

    flow.used(one, now=NOW)

    assert flow.used(two, now=NOW)[0].viewer.id == beth.id


def test_the_list_says_how_each_token_stands() -> None:
    ada, beth = make.person("Ada", Role.ADMINISTRATOR), make.person("Beth", Role.BRAND_MANAGER)
    made(beth, days=1)
    made(beth)
    revoked, _ = made(beth)
    made(beth, by=acting(ada))
    actions.revoke(token_id=revoked, actor=SYSTEM, now=NOW)

    listed = queries.tokens(now=NOW + timedelta(days=2))

    states = [State.WAITING, State.REVOKED, State.IN_USE, State.EXPIRED]
    assert [one.state for one in listed] == states
    assert [one.made_by for one in listed] == ["Ada", *["the command line"] * 3]


def test_making_taking_and_revoking_are_on_record() -> None:
    ada, beth = make.person("Ada", Role.ADMINISTRATOR), make.person("Beth", Role.BRAND_MANAGER)
    token_id, _ = made(beth, by=acting(ada))
    flow.take(token_id=token_id, actor=acting(beth), now=NOW)
    flow.revoke(token_id=token_id, actor=acting(ada), now=NOW)

    told = [(entry.actor_name, entry.verb) for entry in reversed(audit.trail("token", token_id))]

    assert told == [
        ("Ada", "token:token:made"),
        ("Beth", "token:token:taken"),
        ("Ada", "token:token:revoked"),
    ]
