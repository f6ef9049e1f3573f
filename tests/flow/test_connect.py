"""An account is proved at the platform before anything of it is kept."""

from datetime import date

import pytest

from glede.flow import approved_platforms, connect
from glede.kit import clock
from glede.platforms.contract import Reconnect
from glede.rulebook.accounts import queries
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.models import Account, App
from glede.rulebook.accounts.register import Status
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import queries as brands
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def approved(desk: Desk) -> None:
    approved_platforms.begin(now=clock.now())
    for slug in ("pretend", "granting"):
        approve(slug)


def approve(slug: str, status: Status = Status.TRIAL) -> None:
    approved_platforms.decide(
        slug=slug,
        status=status,
        reason="It is tried here.",
        office="Head of Relationships",
        review_on=date(2099, 1, 1),
        actor=SYSTEM,
        now=clock.now(),
    )


def connected(platform: str = "pretend", **given: str) -> connect.Connected:
    return connect.account(
        platform_slug=platform,
        brand=brands.brand("red-kite"),
        given=given,
        base_url="",
        actor=SYSTEM,
        now=clock.now(),
    )


def test_an_account_is_kept_with_its_secrets_encrypted(desk: Desk) -> None:
    done = connected(user="kite", password="heronry")

    slug, opened = queries.connection(done.account_id)
    assert (slug, opened.account, opened.base_url) == (
        "pretend",
        "page-2",
        "https://pretend.example",
    )
    assert opened.credential["password"] == "heronry"
    kept = Account.objects.get(pk=done.account_id)
    assert b"heronry" not in bytes(kept.credential)
    assert "heronry" not in str(kept.app.settings)


def test_a_credential_the_platform_does_not_take_is_not_kept(desk: Desk) -> None:
    before = App.objects.count()

    with pytest.raises(Reconnect, match="not known"):
        connected(user="kite", password="wrong")

    assert App.objects.count() == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"user": "kite"}, "Pretend needs: Password"),
        ({"user": "kite", "password": "x", "colour": "red"}, "Pretend knows no colour"),
    ],
)
def test_what_is_missing_or_unknown_is_said(desk: Desk, given: dict[str, str], says: str) -> None:
    with pytest.raises(connect.MissingField, match=says):
        connected(**given)


def test_a_website_gets_a_hook_with_a_secret_and_a_public_key(desk: Desk) -> None:
    done = connected("website", sites="https://www.redkite.example")

    assert done.hook == "/hooks/website/website-red-kite"
    assert done.secret.startswith("whsec_")
    registered = queries.door_app("website", "website-red-kite")
    assert registered is not None
    assert registered.app.secrets == (done.secret,)
    assert registered.app.settings["sites"] == "https://www.redkite.example"
    assert registered.app.settings["public_key"] == done.settings["public_key"]


@pytest.mark.parametrize("status", [Status.RETIRED, Status.NOT_APPROVED])
def test_a_platform_that_is_not_approved_takes_no_account(desk: Desk, status: Status) -> None:
    approve("pretend", status)
    before = App.objects.count()

    with pytest.raises(AccountRefusedError, match=r"Deputy Chief Executive .*clause 3\.1"):
        connected(user="kite", password="heronry")

    assert App.objects.count() == before
