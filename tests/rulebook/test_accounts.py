"""Accounts are reached with secrets that nobody sees."""

import logging
from datetime import UTC, datetime

import pytest
from django.db import connection
from pytest_django import Settings

from glede.kit import crypto
from glede.rulebook.accounts import actions, queries
from glede.rulebook.accounts.models import Account, App
from glede.rulebook.accounts.rules import State
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM, Verb
from glede.rulebook.brands import actions as brands

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD, NEW, NEWEST = "whsec_b2xk", "whsec_bmV3", "whsec_bmV3ZXN0"


@pytest.fixture(autouse=True)
def vault(settings: Settings) -> None:
    settings.GLEDE_VAULT_KEYS = crypto.new_vault_key()


@pytest.fixture
def kite() -> int:
    return brands.create(slug="red-kite", name="Red Kite", code="RK", actor=SYSTEM, now=NOW)


def register(slug: str = "red-kite-site", secrets: tuple[str, ...] = (OLD,)) -> int:
    return actions.register_app(
        platform="website",
        slug=slug,
        name="Red Kite's website",
        secrets=secrets,
        settings={"public_key": "pk_1", "sites": ["https://a.example", "https://b.example"]},
        actor=SYSTEM,
        now=NOW,
    )


def connect(app: int, brand: int, native_id: str = "red-kite-site", **more: object) -> int:
    given = {"handle": "redkite.example", "credential": {"password": "hush-hush"}} | more
    return actions.connect(
        app_id=app,
        brand_id=brand,
        native_id=native_id,
        base_url="https://redkite.example/",
        settings={"language": "en"},
        actor=SYSTEM,
        now=NOW,
        **given,  # type: ignore[arg-type] # each test names one keyword
    )


def test_the_door_finds_an_app_with_its_secret_and_settings() -> None:
    app = register()

    found = queries.door_app("website", "red-kite-site")
    assert found is not None
    assert (found.id, found.app.secrets) == (app, (OLD,))
    assert found.app.settings["sites"] == "https://a.example https://b.example"
    assert queries.door_apps() == [found]


def test_the_door_knows_no_app_by_another_platforms_name() -> None:
    register()

    assert queries.door_app("bluesky", "red-kite-site") is None
    assert queries.door_app("website", "other") is None


def test_no_secret_stands_in_the_database_the_log_or_a_representation(
    kite: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        account = connect(register(), kite)
        _, reached = queries.connection(account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text, b::text FROM accounts_app a, accounts_account b")
        rows = str(cursor.fetchall())
    app = queries.door_app("website", "red-kite-site")

    assert reached.credential == {"password": "hush-hush"}
    for secret in ("hush-hush", OLD):
        shown = f"{reached!r} {app!r} {queries.by_id(account)!r} {caplog.text} {rows}"
        assert secret not in shown
        assert secret.encode() not in bytes(App.objects.get().secrets)
        assert secret.encode() not in bytes(Account.objects.get().credential)


def test_a_secret_changes_without_a_moment_in_which_a_call_is_lost() -> None:
    app = register()

    def valid() -> tuple[str, ...]:
        found = queries.door_app("website", "red-kite-site")
        assert found is not None
        return found.app.secrets

    actions.rotate_secret(app_id=app, new=NEW, actor=SYSTEM, now=NOW)
    assert valid() == (NEW, OLD)
    actions.rotate_secret(app_id=app, new=NEWEST, actor=SYSTEM, now=NOW)
    assert valid() == (NEWEST, NEW)
    actions.retire_secret(app_id=app, actor=SYSTEM, now=NOW)
    assert valid() == (NEWEST,)


def test_an_app_whose_key_is_lost_does_not_shut_the_door_for_others(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    register("lost")
    settings.GLEDE_VAULT_KEYS = crypto.new_vault_key()
    register("found")

    assert [known.app.slug for known in queries.door_apps()] == ["found"]
    assert "app lost" in caplog.text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"platform": "myspace"}, "No installed platform is called “myspace”"),
        ({"slug": "Red Kite"}, "cannot be part of an address"),
        ({"secrets": ("a", "b", "c")}, "at most 2"),
        ({"slug": "red-kite-site"}, "is an app “red-kite-site” already"),
    ],
)
def test_an_app_that_cannot_be_is_refused(more: dict[str, object], says: str) -> None:
    register()
    given = {"platform": "website", "slug": "new", "secrets": ()} | more

    with pytest.raises(actions.AccountRefusedError, match=says):
        actions.register_app(name="x", settings={}, actor=SYSTEM, now=NOW, **given)


def test_a_lapsed_account_is_said_once_and_comes_back_when_connected_again(kite: int) -> None:
    app = register()
    account = connect(app, kite)

    for _ in range(2):
        actions.lapsed(account_id=account, why="The password was changed.", now=NOW)
    assert queries.by_id(account).state is State.LAPSED
    verbs = [entry.verb for entry in audit.trail("account", account)]
    assert verbs == [Verb.ACCOUNT_NEEDS_RECONNECT, Verb.ACCOUNT_CONNECTED]

    assert connect(app, kite, credential={"password": "another"}) == account
    assert queries.by_id(account).state is State.CONNECTED
    assert queries.connection(account)[1].credential == {"password": "another"}


def test_an_account_stays_with_its_brand(kite: int) -> None:
    app = register()
    connect(app, kite)
    pennvale = brands.create(slug="pennvale", name="Pennvale", code="PV", actor=SYSTEM, now=NOW)

    with pytest.raises(actions.AccountRefusedError, match="belongs to Red Kite already"):
        connect(app, pennvale)


def test_a_closed_account_is_reached_by_nobody_and_its_credential_is_forgotten(kite: int) -> None:
    app = register()
    account = connect(app, kite)
    actions.close_app(app_id=app, actor=SYSTEM, now=NOW)

    assert queries.door_apps() == []
    assert queries.account_for(app_id=app, native_id="red-kite-site") is None
    assert not Account.objects.get().credential
    with pytest.raises(queries.UnknownAccount):
        queries.connection(account)
    with pytest.raises(actions.AccountRefusedError, match="was closed"):
        connect(app, kite)


def test_an_event_goes_to_the_account_it_names_or_to_the_only_one(kite: int) -> None:
    app = register()
    first = connect(app, kite)

    def goes_to(native_id: str) -> int | None:
        found = queries.account_for(app_id=app, native_id=native_id)
        return found.pk if found else None

    assert goes_to("red-kite-site") == first
    assert goes_to("") == first
    assert goes_to("somebody-else") is None
    connect(app, kite, native_id="second")
    assert goes_to("") is None


def test_a_website_is_neither_polled_nor_streamed_and_a_bluesky_account_is(kite: int) -> None:
    connect(register(), kite)
    app = actions.register_app(
        platform="bluesky",
        slug="bluesky",
        name="Bluesky",
        secrets=(),
        settings={},
        actor=SYSTEM,
        now=NOW,
    )
    account = connect(app, kite, native_id="did:plc:kite")

    assert [known.id for known in queries.listened()] == [account]
    assert "poll" in queries.listened()[0].ways
    assert queries.polled_accounts()[0].poll_every > 0
    actions.lapsed(account_id=account, why="no", now=NOW)
    assert queries.listened() == []


def test_hearing_and_checking_are_remembered(kite: int) -> None:
    account = connect(register(), kite)
    actions.heard(account_id=account, now=NOW)
    actions.checked(account_id=account, now=NOW)

    found = Account.objects.get()
    assert (found.last_event_at, found.last_checked_at) == (NOW, NOW)
