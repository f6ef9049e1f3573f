"""Which apps and accounts there are, and how to reach a platform with one."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from glede.kit import crypto
from glede.platforms import registry
from glede.platforms.contract import By, Connection, DoorApp
from glede.rulebook.accounts.models import Account, App
from glede.rulebook.accounts.rules import Known, Registered, State, spelt

_log = logging.getLogger(__name__)


class UnknownAccount(LookupError):  # noqa: N818 - reads as a sentence
    """No account, or none that is in use, is meant."""


class UnknownApp(LookupError):  # noqa: N818 - reads as a sentence
    """No app is meant."""


# --- Apps ------------------------------------------------------------------------------------


def door_apps() -> list[Registered]:
    """Every app in use, with its secrets opened."""
    return list(_registered())


def door_app(platform: str, slug: str) -> Registered | None:
    return next(_registered(platform=platform, slug=slug), None)


def _registered(**which: str) -> Iterator[Registered]:
    for app in App.objects.filter(closed_at=None, **which).order_by("pk"):
        try:
            secrets = opened_secrets(app)
            known = DoorApp(slug=app.slug, secrets=secrets, settings=_door_settings(app))
        except crypto.SecretUnreadableError:
            # One app's lost key must not shut the door for the others.
            _log.error("The secrets of app %s open with none of the vault keys.", app.slug)
            continue
        yield Registered(id=app.pk, platform=app.platform, app=known)


def _door_settings(app: App) -> dict[str, str]:
    """What is not secret, and the one secret that a handshake asks for by its name."""
    echoed = opened(app).get("verify_token", "")
    return spelt(app.settings) | ({"verify_token": echoed} if echoed else {})


def opened(app: App) -> dict[str, str]:
    """What our registration holds. Raises `crypto.SecretUnreadableError`."""
    if not app.credential:
        return {}
    found: dict[str, str] = json.loads(crypto.decrypt(bytes(app.credential)))
    return found


def opened_secrets(app: App) -> tuple[str, ...]:
    return tuple(json.loads(crypto.decrypt(bytes(app.secrets)))) if app.secrets else ()


def app(app_id: int) -> App:
    found = App.objects.filter(pk=app_id).first()
    if found is None:
        raise UnknownApp(f"There is no app number {app_id}.")
    return found


def app_called(slug: str) -> App | None:
    """The app in use with this slug."""
    return App.objects.filter(slug=slug, closed_at=None).first()


def app_of(account_id: int) -> App:
    """By which app an account is connected. Raises `UnknownApp`."""
    found = App.objects.filter(accounts=account_id).first()
    if found is None:
        raise UnknownApp(f"There is no account number {account_id}.")
    return found


def slugs() -> frozenset[str]:
    """Every slug that was ever given: a closed app's hook is not given to another."""
    return frozenset(App.objects.values_list("slug", flat=True))


def apps(*, closed: bool = False) -> list[App]:
    found = App.objects.all() if closed else App.objects.filter(closed_at=None)
    return list(found.order_by("platform", "name"))


# --- Accounts --------------------------------------------------------------------------------


def account(platform: str, native_id: str) -> Account:
    """The account a platform calls by this id. Raises `UnknownAccount`."""
    found = _used().filter(platform=platform, native_id=native_id).first()
    if found is None:
        raise UnknownAccount(f"No account “{native_id}” on {platform} is connected.")
    return found


def known(platform: str, native_id: str) -> Account | None:
    """The account a platform calls by this id, closed or not, while its app is in use."""
    return (
        Account.objects.select_related("brand", "app")
        .filter(platform=platform, native_id=native_id, app__closed_at=None)
        .first()
    )


def account_for(*, app_id: int, native_id: str) -> Account | None:
    """The account of an app that an event is for; one that names none is for its only account."""
    used = _used().filter(app_id=app_id)
    if native_id:
        return used.filter(native_id=native_id).first()
    found = list(used[:2])
    return found[0] if len(found) == 1 else None


def by_id(account_id: int) -> Known:
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise UnknownAccount(f"There is no account number {account_id}.")
    return _known(found)


def accounts(*, closed: bool = False) -> list[Account]:
    """For the screen of accounts, by brand and platform."""
    found = Account.objects.select_related("brand", "app") if closed else _used()
    return list(found.order_by("brand__order", "platform", "handle"))


def in_use(account_id: int) -> Account:
    """One account that was not closed, with its brand and app. Raises `UnknownAccount`."""
    found = _used().filter(pk=account_id).first()
    if found is None:
        raise UnknownAccount(f"There is no account number {account_id}, or it was closed.")
    return found


def lapsed_names() -> list[str]:
    """Accounts that a person must connect again."""
    return _names(_used().filter(state=State.LAPSED))


def ending_names(*, before: datetime) -> list[str]:
    """Accounts that a person must connect again by then, because our access ends."""
    return _names(_used().filter(state=State.CONNECTED, ends_at__lte=before))


def _names(found: QuerySet[Account]) -> list[str]:
    return [
        f"{one.handle or one.native_id} ({registry.get(one.platform).name})"
        for one in found.order_by("brand__order", "platform")
    ]


def listened() -> list[Known]:
    """Accounts that we go and ask, or whose stream we hold."""
    known = (_known(found) for found in Account.objects.filter(state=State.CONNECTED))
    return [account for account in known if account.ways]


def polled_accounts() -> list[Known]:
    return [account for account in listened() if "poll" in account.ways]


def connection(account_id: int) -> tuple[str, Connection]:
    """The platform's slug and what its plug-in needs; the credential is opened here and only here.

    Raises `UnknownAccount`, also for a closed one, and `crypto.SecretUnreadableError`.
    """
    found = in_use(account_id)
    return found.platform, Connection(
        account=found.native_id,
        base_url=found.base_url,
        credential=_credential(found),
        settings=spelt({**found.app.settings, **found.settings}),
        handle=found.handle,
        app=opened(found.app),
    )


def credential(account_id: int) -> tuple[State, str, dict[str, str]]:
    """The credential as it is kept now, with the account's state and the reason for it."""
    found = in_use(account_id)
    return State(found.state), found.state_reason, _credential(found)


def _credential(account: Account) -> dict[str, str]:
    if not account.credential:
        return {}
    opened: dict[str, str] = json.loads(crypto.decrypt(bytes(account.credential)))
    return opened


def _used() -> QuerySet[Account]:
    return Account.objects.select_related("brand", "app").exclude(state=State.CLOSED)


def _known(account: Account) -> Known:
    platform = registry.get(account.platform)
    receives = platform.capabilities.receive.values()
    ways = [
        *(["poll"] if platform.poll_every else []),
        *(["stream"] if any(receive.by is By.STREAM for receive in receives) else []),
    ]
    return Known(
        id=account.pk,
        app_id=account.app_id,
        brand_id=account.brand_id,
        platform=account.platform,
        native_id=account.native_id,
        handle=account.handle,
        state=State(account.state),
        state_reason=account.state_reason,
        ways=tuple(ways),
        poll_every=int(account.settings.get("poll_every") or platform.poll_every),
        look_every=int(account.settings.get("look_every") or platform.look_every),
    )
