"""Register apps, connect accounts, change secrets. Secrets are encrypted before they are kept."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from glede.kit import claim, crypto
from glede.kit.words import say
from glede.platforms import registry
from glede.rulebook.accounts import queries, rules
from glede.rulebook.accounts.models import Account, App
from glede.rulebook.accounts.rules import MOST_SECRETS, State
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Verb
from glede.rulebook.brands import queries as brands

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class AccountRefusedError(Exception):
    """What was asked of an app or account is not possible; the message says why."""


def register_app(  # noqa: PLR0913 - a registration is made of all of these
    *,
    platform: str,
    slug: str,
    name: str,
    secrets: Sequence[str],
    settings: Mapping[str, Any],
    credential: Mapping[str, str] | None = None,
    base_url: str = "",
    actor: Actor,
    now: datetime,
) -> int:
    """Our registration at a platform, or one website; its hook is /hooks/<platform>/<slug>.

    `credential` is what the registration itself has: client_id, client_secret.
    """
    if platform not in registry.slugs():
        raise AccountRefusedError(
            say(
                "No installed platform is called “%(platform)s”: %(names)s.",
                platform=platform,
                names=", ".join(registry.slugs()),
            )
        )
    if not _SLUG.fullmatch(slug):
        raise AccountRefusedError(
            say("“%(slug)s” cannot be part of an address: use a-z, 0-9 and -.", slug=slug)
        )
    if len(secrets) > MOST_SECRETS:
        raise AccountRefusedError(
            say(
                "An app has at most %(most)s valid secrets at once.",
                most=MOST_SECRETS,
            )
        )
    if App.objects.filter(slug=slug).exists():
        raise AccountRefusedError(say("There is an app “%(slug)s” already.", slug=slug))
    made = App.objects.create(
        platform=platform,
        slug=slug,
        name=name,
        secrets=crypto.encrypt(rules.pack(secrets)),
        credential=crypto.encrypt(rules.pack(credential)) if credential else b"",
        base_url=base_url.rstrip("/"),
        settings=dict(settings),
        created_at=now,
    )
    _record_app(made, Verb.APP_REGISTERED, actor, now)
    return made.pk


def change_app(
    *,
    app_id: int,
    secrets: Sequence[str],
    settings: Mapping[str, Any],
    credential: Mapping[str, str],
    base_url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Another registration, or other settings, under the same hook. Of the secrets, the one in use
    until now stays valid beside a new one until it is retired."""
    app = _locked(app_id)
    if app.closed_at is not None:
        raise AccountRefusedError(say("The app “%(slug)s” was closed.", slug=app.slug))
    kept = queries.opened_secrets(app)
    for secret in secrets:
        kept = rules.after_rotation(kept, secret)
    app.secrets = crypto.encrypt(rules.pack(kept))
    app.credential = crypto.encrypt(rules.pack(credential)) if credential else b""
    app.settings, app.base_url = dict(settings), base_url.rstrip("/")
    app.save(update_fields=["secrets", "credential", "settings", "base_url"])
    _record_app(app, Verb.APP_CHANGED, actor, now)


def rotate_secret(*, app_id: int, new: str, actor: Actor, now: datetime) -> None:
    """The new secret holds at once and the one before stays valid until it is retired."""
    app = _locked(app_id)
    kept = rules.after_rotation(queries.opened_secrets(app), new)
    app.secrets = crypto.encrypt(rules.pack(kept))
    app.save(update_fields=["secrets"])
    _record_app(app, Verb.SECRET_ROTATED, actor, now)


def retire_secret(*, app_id: int, actor: Actor, now: datetime) -> None:
    """Only the newest secret stays valid."""
    app = _locked(app_id)
    app.secrets = crypto.encrypt(rules.pack(queries.opened_secrets(app)[:1]))
    app.save(update_fields=["secrets"])
    _record_app(app, Verb.SECRET_ROTATED, actor, now)


def close_app(*, app_id: int, actor: Actor, now: datetime) -> None:
    """The door no longer knows it, and its accounts are closed."""
    app = _locked(app_id)
    if app.closed_at is not None:
        return
    for account in Account.objects.filter(app=app).exclude(state=State.CLOSED):
        close(account_id=account.pk, actor=actor, now=now)
    app.closed_at = now
    app.save(update_fields=["closed_at"])
    _record_app(app, Verb.APP_CLOSED, actor, now)


def connect(  # noqa: PLR0913 - an account is named by all of these
    *,
    app_id: int,
    brand_id: int,
    native_id: str,
    handle: str,
    base_url: str,
    credential: Mapping[str, str],
    settings: Mapping[str, Any],
    scopes: Sequence[str] = (),
    ends_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Connect an account, or connect it again with another credential. Its brand stays.

    A platform that can call us is asked to do so from now on.
    """
    app, brand = queries.app(app_id), brands.by_id(brand_id)
    if app.closed_at is not None:
        raise AccountRefusedError(say("The app “%(slug)s” was closed.", slug=app.slug))
    account = Account.objects.filter(platform=app.platform, native_id=native_id).first()
    if account is None:
        account = Account(platform=app.platform, native_id=native_id, brand=brand, app=app)
    elif (account.brand_id, account.app_id) != (brand_id, app_id):
        raise AccountRefusedError(
            say(
                "“%(native_id)s” on %(platform)s belongs to %(brand)s already.",
                native_id=native_id,
                platform=app.platform,
                brand=account.brand.name,
            )
        )
    account.handle, account.base_url = handle, base_url.rstrip("/")
    account.credential = crypto.encrypt(rules.pack(credential)) if credential else b""
    account.settings = dict(settings)
    account.scopes, account.ends_at = list(scopes), ends_at
    account.state, account.state_reason, account.connected_at = State.CONNECTED, "", now
    account.listen_at = now if registry.get(app.platform).door else None
    account.listen_error = ""
    account.save()
    _record(account, Verb.ACCOUNT_CONNECTED, actor, now)
    return account.pk


def lapsed(*, account_id: int, why: str, now: datetime) -> None:
    """The platform no longer takes the credential; said once, until it is connected again."""
    changed = Account.objects.filter(pk=account_id, state=State.CONNECTED).update(
        state=State.LAPSED, state_reason=why
    )
    if changed:
        account = Account.objects.select_related("brand").get(pk=account_id)
        _record(account, Verb.ACCOUNT_NEEDS_RECONNECT, SYSTEM, now)


def close(*, account_id: int, actor: Actor, now: datetime) -> None:
    """We neither listen nor speak there any more; the credential is forgotten."""
    account = Account.objects.select_related("brand").filter(pk=account_id).first()
    if account is None:
        raise queries.UnknownAccount(
            say("There is no account number %(number)s.", number=account_id)
        )
    if account.state == State.CLOSED:
        return
    account.state, account.state_reason, account.credential = State.CLOSED, "", b""
    account.ends_at = account.listen_at = None
    account.save(update_fields=["state", "state_reason", "credential", "ends_at", "listen_at"])
    _record(account, Verb.ACCOUNT_CLOSED, actor, now)


def renewed(*, account_id: int, credential: Mapping[str, str]) -> None:
    """The next credential of the same grant, instead of the one before. Not recorded: nobody was
    granted anything."""
    Account.objects.filter(pk=account_id).update(credential=crypto.encrypt(rules.pack(credential)))


def rotate_app_secrets() -> int:
    """The same secrets under the newest vault key; returns of how many apps."""
    apps = list(App.objects.select_for_update())
    for app in apps:
        app.secrets, app.credential = _rotated(app.secrets), _rotated(app.credential)
        app.save(update_fields=["secrets", "credential"])
    return len(apps)


def rotate_credentials() -> int:
    """The same credentials under the newest vault key; returns of how many accounts."""
    found = list(Account.objects.select_for_update().exclude(credential=b""))
    for account in found:
        account.credential = _rotated(account.credential)
        account.save(update_fields=["credential"])
    return len(found)


def _rotated(secret: bytes | memoryview) -> bytes:
    return crypto.rotate(bytes(secret)) if secret else b""


def take_to_listen(*, lease: timedelta, limit: int, now: datetime) -> list[int]:
    """Accounts whose platform is due to be asked to call us; claimed for a while, so that whoever
    dies with one leaves it to the next."""
    due = Account.objects.filter(state=State.CONNECTED, listen_at__lte=now).order_by("listen_at")
    taken = [account.pk for account in claim.claim(due, limit=limit)]
    Account.objects.filter(pk__in=taken).update(listen_at=now + lease)
    return taken


def listening(*, account_id: int, again_at: datetime | None, error: str = "") -> None:
    """The platform calls us, or says why not; when to ask again. Health, not recorded."""
    Account.objects.filter(pk=account_id).update(listen_at=again_at, listen_error=error[:500])


def heard(*, account_id: int, now: datetime) -> None:
    """Something came in for it; not recorded, the event is."""
    Account.objects.filter(pk=account_id).update(last_event_at=now)


def checked(*, account_id: int, now: datetime) -> None:
    """The platform answered when we asked, whether or not there was news."""
    Account.objects.filter(pk=account_id).update(last_checked_at=now)


def _locked(app_id: int) -> App:
    app = App.objects.select_for_update().filter(pk=app_id).first()
    if app is None:
        raise queries.UnknownApp(say("There is no app number %(number)s.", number=app_id))
    return app


def _record_app(app: App, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="app",
        object_id=app.pk,
        now=now,
        details={"platform": app.platform, "slug": app.slug},
    )


def _record(account: Account, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="account",
        object_id=account.pk,
        now=now,
        brand=account.brand.slug,
        details={"platform": account.platform},
    )
