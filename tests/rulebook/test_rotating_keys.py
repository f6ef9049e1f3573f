"""Every secret goes under the newest vault key; then the old one can go."""

import json
from datetime import UTC, datetime

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from pytest_django import Settings

from glede.cli import main
from glede.flow import rotating
from glede.kit import crypto
from glede.rulebook.accounts import actions, queries
from glede.rulebook.accounts.models import Account, App
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM, Verb
from glede.rulebook.brands import actions as brands
from glede.rulebook.people.rules import Role
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def account(settings: Settings) -> int:
    settings.GLEDE_VAULT_KEYS = OLD
    kite = brands.create(slug="red-kite", name="Red Kite", code="RK", actor=SYSTEM, now=NOW)
    app = actions.register_app(
        platform="website",
        slug="site",
        name="Site",
        secrets=["whsec_b2xk"],
        settings={},
        credential={"client_secret": "s3cret"},
        actor=SYSTEM,
        now=NOW,
    )
    sam = make.person("Sam", Role.ADVISOR)
    for kind, data in (
        (Authenticator.Type.TOTP, {"secret": get_adapter().encrypt("TOTPSECRET")}),
        (Authenticator.Type.RECOVERY_CODES, {"seed": get_adapter().encrypt("seed")}),
        (Authenticator.Type.WEBAUTHN, {"name": "My key"}),
    ):
        Authenticator.objects.create(user_id=sam.id, type=kind, data=data)
    return actions.connect(
        app_id=app,
        brand_id=kite,
        native_id="site",
        handle="",
        base_url="",
        credential={"access": "a-1"},
        settings={},
        actor=SYSTEM,
        now=NOW,
    )


def opened(account: int) -> tuple[object, ...]:
    factors = {row.type: row.data for row in Authenticator.objects.all()}
    app = App.objects.get()
    return (
        queries.credential(account)[2],
        queries.opened_secrets(app),
        queries.opened(app),
        get_adapter().decrypt(factors["totp"]["secret"]),
        get_adapter().decrypt(factors["recovery_codes"]["seed"]),
    )


def test_after_rotating_the_old_key_is_not_needed(account: int, settings: Settings) -> None:
    before = opened(account)
    settings.GLEDE_VAULT_KEYS = f"{NEW},{OLD}"
    assert rotating.run(actor=SYSTEM, now=NOW) == rotating.Rotated(
        apps=1, accounts=1, factors=2, addresses=0, webhooks=0
    )

    settings.GLEDE_VAULT_KEYS = NEW
    assert opened(account) == before
    settings.GLEDE_VAULT_KEYS = OLD
    with pytest.raises(crypto.SecretUnreadableError):
        queries.credential(account)
    assert audit.latest(limit=1)[0].verb == Verb.VAULT_ROTATED


def test_with_a_secret_that_opens_no_more_nothing_is_changed(
    account: int, settings: Settings
) -> None:
    settings.GLEDE_VAULT_KEYS = NEW
    lost = bytes(Account.objects.get().credential)
    App.objects.update(secrets=crypto.encrypt(json.dumps(["x"]).encode()), credential=b"")
    kept = bytes(App.objects.get().secrets)

    with pytest.raises(crypto.SecretUnreadableError):
        rotating.run(actor=SYSTEM, now=NOW)
    assert bytes(Account.objects.get().credential) == lost
    assert bytes(App.objects.get().secrets) == kept


def test_the_command_says_what_it_did(
    account: int, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.GLEDE_VAULT_KEYS = f"{NEW},{OLD}"

    assert main(["account", "rotate-keys"]) == 0
    assert "1 apps, 1 accounts, 2 second factors" in capsys.readouterr().out
