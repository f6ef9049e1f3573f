"""A person lets us in at the platform: good once, for their session, for some minutes."""

import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from glede.flow import approved_platforms, connect, connections, listening
from glede.flow.connect import BACK, MissingField
from glede.kit import clock
from glede.platforms import registry
from glede.platforms.contract import Reconnect, Refused, TryAgain
from glede.rulebook.accounts import actions, queries
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.actions_asking import ReturnRefusedError
from glede.rulebook.accounts.models import Account, App, Asking
from glede.rulebook.accounts.register import Status
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Viewer
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

SESSION = "a-session"


@pytest.fixture
def granting(desk: Desk) -> Iterator[ModuleType]:
    """The platform that lets us in, on trial, with our registration there."""
    town = sys.modules[registry.get("granting").connect.__module__]
    town.grants.reset()
    town.grants.offers = (town.offer(),)
    decide(Status.TRIAL)
    register()
    yield town
    connections.close_all()


def decide(status: Status) -> None:
    approved_platforms.decide(
        slug="granting",
        status=status,
        reason="It is tried here.",
        office="Head of Relationships",
        review_on=date(2099, 1, 1),
        actor=SYSTEM,
        now=clock.now(),
    )


def register(**changes: str) -> int:
    return connect.register(
        platform_slug="granting",
        brand=brands.brand("red-kite"),
        given={"client_id": "app-1", "client_secret": "s3cret"} | changes,
        base_url="",
        actor=SYSTEM,
        now=clock.now(),
    )


def leave(viewer: Viewer, *, session: str = SESSION, now: datetime | None = None) -> dict[str, str]:
    address = connect.leave(
        platform_slug="granting",
        brand=brands.brand("red-kite"),
        person_id=viewer.id,
        session=session,
        actor=SYSTEM,
        now=now or clock.now(),
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith("https://granting.example/authorise?")
    return query


def come_back(
    viewer: Viewer,
    state: str,
    code: str = "code-1",
    *,
    error: str = "",
    session: str = SESSION,
    now: datetime | None = None,
) -> int:
    return connect.returned(
        state=state,
        code=code,
        error=error,
        session=session,
        person_id=viewer.id,
        now=now or clock.now(),
    )


def gone_and_back(desk: Desk, town: ModuleType) -> int:
    asked = leave(desk.lead)
    town.grants.consent(asked["redirect_uri"], asked["code_challenge"])
    return come_back(desk.lead, asked["state"])


def choose(desk: Desk, asking_id: int, *native_ids: str) -> tuple[connect.Connected, ...]:
    return connect.choose(
        asking_id=asking_id,
        native_ids=native_ids,
        session=SESSION,
        person_id=desk.lead.id,
        actor=SYSTEM,
        now=clock.now(),
    )


def test_there_and_back_connects_what_was_chosen(desk: Desk, granting: ModuleType) -> None:
    ends = clock.now() + timedelta(days=60)
    granting.grants.offers = (granting.offer(expires_at=ends), granting.offer("page-8"))
    asked = leave(desk.lead)
    assert asked["redirect_uri"] == f"{settings.GLEDE_BASE_URL}{BACK}"
    assert asked["code_challenge_method"] == "S256"

    granting.grants.consent(asked["redirect_uri"], asked["code_challenge"])
    asking_id = come_back(desk.lead, asked["state"])
    platform, brand, offered = connect.choices(
        asking_id=asking_id, session=SESSION, person_id=desk.lead.id, now=clock.now()
    )
    assert (platform.slug, brand.slug) == ("granting", "red-kite")
    assert [[scope.name for scope in choice.granted] for choice in offered] == [
        ["read", "write"]
    ] * 2
    assert [choice.refusal for choice in offered] == ["", ""]
    (done,) = choose(desk, asking_id, "page-7")

    kept = Account.objects.get(pk=done.account_id)
    assert (kept.native_id, kept.ends_at, kept.scopes) == ("page-7", ends, ["read", "write"])
    assert queries.credential(kept.pk)[2] == {"access": "a-page-7", "refresh": "r-1"}
    assert queries.connection(kept.pk)[1].app["client_secret"] == "s3cret"
    assert not Asking.objects.exists()
    assert not Account.objects.filter(native_id="page-8").exists()


def test_nothing_that_opens_anything_is_kept_in_clear(desk: Desk, granting: ModuleType) -> None:
    asked = leave(desk.lead)
    granting.grants.consent(asked["redirect_uri"], asked["code_challenge"])
    come_back(desk.lead, asked["state"])

    row = Asking.objects.get()
    assert asked["state"] not in row.state_hash
    assert b"a-page-7" not in bytes(row.offers)
    assert not row.verifier
    assert b"s3cret" not in bytes(App.objects.get(slug="granting").credential)


def test_an_answer_is_good_once(desk: Desk, granting: ModuleType) -> None:
    asked = leave(desk.lead)
    granting.grants.consent(asked["redirect_uri"], asked["code_challenge"])
    come_back(desk.lead, asked["state"])

    with pytest.raises(ReturnRefusedError, match="used already"):
        come_back(desk.lead, asked["state"])


def test_a_state_we_never_gave_is_refused(desk: Desk, granting: ModuleType) -> None:
    leave(desk.lead)

    for state in ("", "forged", "x" * 5_000):
        with pytest.raises(ReturnRefusedError, match="Nobody here asked"):
            come_back(desk.lead, state)


def test_another_session_or_person_gets_nothing_and_burns_the_state(
    desk: Desk, granting: ModuleType
) -> None:
    for viewer, session in ((desk.lead, "another-session"), (desk.sam, SESSION)):
        asked = leave(desk.lead)
        granting.grants.consent(asked["redirect_uri"], asked["code_challenge"])
        with pytest.raises(ReturnRefusedError, match="Somebody else began this"):
            come_back(viewer, asked["state"], session=session)
        with pytest.raises(ReturnRefusedError, match="used already"):
            come_back(desk.lead, asked["state"])


def test_nobody_else_chooses_from_what_was_offered(desk: Desk, granting: ModuleType) -> None:
    asking_id = gone_and_back(desk, granting)

    for viewer, session in ((desk.sam, SESSION), (desk.lead, "another-session")):
        with pytest.raises(ReturnRefusedError, match="Nothing waits"):
            connect.choices(
                asking_id=asking_id, session=session, person_id=viewer.id, now=clock.now()
            )


def test_ten_minutes_are_enough_and_not_more(desk: Desk, granting: ModuleType) -> None:
    now = clock.now()
    late = now + timedelta(minutes=settings.GLEDE_CONNECT_MINUTES, seconds=1)
    with pytest.raises(ReturnRefusedError, match="time limit"):
        come_back(desk.lead, leave(desk.lead, now=now)["state"], now=late)

    gone_and_back(desk, granting)
    listening.run(now=clock.now() + timedelta(minutes=11))
    assert not Asking.objects.exists()  # with the credential nobody chose


def test_consent_that_was_denied_is_said_and_nothing_is_exchanged(
    desk: Desk, granting: ModuleType
) -> None:
    state = leave(desk.lead)["state"]
    with pytest.raises(Refused, match="the person there said no"):
        come_back(desk.lead, state, code="", error="access_denied")
    with pytest.raises(ReturnRefusedError, match="used already"):
        come_back(desk.lead, state)

    with pytest.raises(Refused, match="a reason we do not know"):
        come_back(desk.lead, leave(desk.lead)["state"], error="<script>")


def test_a_code_for_another_verifier_is_refused_by_the_platform(
    desk: Desk, granting: ModuleType
) -> None:
    stolen = leave(desk.lead)
    granting.grants.consent(stolen["redirect_uri"], stolen["code_challenge"])

    with pytest.raises(Refused, match="not known"):
        come_back(desk.lead, leave(desk.lead)["state"])


def test_a_needed_permission_that_is_missing_is_named_and_refused(
    desk: Desk, granting: ModuleType
) -> None:
    granting.grants.offers = (granting.offer(scopes=("read",)),)
    asking_id = gone_and_back(desk, granting)

    _, _, (choice,) = connect.choices(
        asking_id=asking_id, session=SESSION, person_id=desk.lead.id, now=clock.now()
    )
    assert [scope.name for scope in choice.missing] == ["write", "ban"]
    with pytest.raises(Refused, match="Answer in the page's name"):
        choose(desk, asking_id, "page-7")
    assert not Account.objects.filter(native_id="page-7").exists()


def test_a_platform_that_names_no_scopes_granted_what_was_asked(
    desk: Desk, granting: ModuleType
) -> None:
    granting.grants.offers = (granting.offer(scopes=()),)

    assert choose(desk, gone_and_back(desk, granting), "page-7")


def test_several_are_chosen_together_or_not_at_all(desk: Desk, granting: ModuleType) -> None:
    granting.grants.offers = (granting.offer(), granting.offer("page-8", scopes=("read",)))
    asking_id = gone_and_back(desk, granting)

    with pytest.raises(Refused):
        choose(desk, asking_id, "page-7", "page-8")
    assert not Account.objects.filter(platform="granting").exists()
    with pytest.raises(Refused, match="Choose at least one"):
        choose(desk, asking_id, "page-99")


def test_whoever_has_no_page_is_told_so(desk: Desk, granting: ModuleType) -> None:
    granting.grants.offers = ()

    with pytest.raises(Refused, match="names no account"):
        gone_and_back(desk, granting)


def test_a_platform_retired_meanwhile_takes_nobody(desk: Desk, granting: ModuleType) -> None:
    asking_id = gone_and_back(desk, granting)
    decide(Status.RETIRED)

    with pytest.raises(AccountRefusedError, match="was retired"):
        choose(desk, asking_id, "page-7")
    with pytest.raises(AccountRefusedError, match="was retired"):
        leave(desk.lead)


def test_without_a_registration_nobody_is_sent_away(desk: Desk) -> None:
    decide(Status.TRIAL)

    with pytest.raises(MissingField, match="register it first"):
        leave(desk.lead)


def test_our_registration_serves_every_brand_and_can_be_changed(
    desk: Desk, granting: ModuleType
) -> None:
    token = queries.opened(App.objects.get(slug="granting"))["verify_token"]
    app_id = register(client_secret="s4cret")

    found = queries.door_app("granting", "granting")
    assert found is not None
    assert found.id == app_id
    assert found.app.secrets == ("s4cret", "s3cret")
    # The platform echoes the token it was told: another one would end its calls.
    assert found.app.settings == {"client_id": "app-1", "verify_token": token}


def test_a_lapsed_account_comes_back_by_the_same_way(desk: Desk, granting: ModuleType) -> None:
    (first,) = choose(desk, gone_and_back(desk, granting), "page-7")
    actions.lapsed(account_id=first.account_id, why="Revoked.", now=clock.now())
    (again,) = choose(desk, gone_and_back(desk, granting), "page-7")

    assert again.account_id == first.account_id
    assert Account.objects.get(pk=first.account_id).state == "connected"


# --- The platform is asked to call us -------------------------------------------------------


@pytest.fixture
def connected(desk: Desk, granting: ModuleType) -> int:
    return choose(desk, gone_and_back(desk, granting), "page-7")[0].account_id


def test_after_connecting_the_platform_is_asked_to_call_us(
    connected: int, granting: ModuleType
) -> None:
    now = clock.now()
    assert listening.run(now=now) == 1
    assert listening.run(now=now) == 0

    (hook,) = granting.grants.listening
    assert hook.address == f"{settings.GLEDE_BASE_URL}/hooks/granting/granting"
    assert hook.secret == "s3cret"
    assert hook.verify_token
    again_at = Account.objects.get(pk=connected).listen_at
    assert again_at is not None
    assert timedelta(days=3) < again_at - now < granting.LEASE
    assert listening.run(now=again_at) == 1


def test_a_platform_that_cannot_be_asked_now_is_asked_again(
    connected: int, granting: ModuleType
) -> None:
    granting.grants.fail_with = [TryAgain("Busy."), Refused("The address cannot be reached.")]
    now = clock.now()
    for says in ("Busy.", "The address cannot be reached.", ""):
        assert listening.run(now=now) == 1
        now += timedelta(minutes=11)
        assert Account.objects.get(pk=connected).listen_error == says

    assert len(granting.grants.listening) == 1


def test_a_credential_that_is_dead_by_then_makes_the_account_lapse(
    connected: int, granting: ModuleType
) -> None:
    granting.grants.fail_with = [Reconnect("The token was revoked.")]
    listening.run(now=clock.now())

    kept = Account.objects.get(pk=connected)
    assert (kept.state, kept.state_reason) == ("lapsed", "The token was revoked.")
    assert listening.run(now=clock.now() + timedelta(days=30)) == 0
