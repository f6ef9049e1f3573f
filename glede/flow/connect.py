"""Connect an account: prove the credential at the platform first, keep it afterwards.

Two ways in. Where `fields` are typed or pasted, the platform is asked whose credential it is. Where
a person lets us in at the platform (RFC 6749 with PKCE, RFC 7636), they leave with a state that is
good once, for their session, for some minutes, and choose afterwards what we may use.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.flow import approved_platforms
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import (
    Connection,
    Field,
    Offer,
    Platform,
    Refused,
    Registration,
    Scope,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import actions_asking as asking
from glede.rulebook.accounts import queries as account_queries
from glede.rulebook.accounts import rules
from glede.rulebook.accounts.actions_asking import Offered, ReturnRefusedError
from glede.rulebook.accounts.models import App
from glede.rulebook.audit.rules import Actor
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.models import Brand

#: Where a person comes back to, under our public address; registered at every platform.
BACK = "/channels/back/"


class MissingField(ValueError):  # noqa: N818 - reads as a sentence
    """Something the platform needs was not given."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What to show the person once: the hook and its secret are for the other side."""

    account_id: int
    handle: str
    hook: str
    secret: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer in words: what was granted, and what is missing for which we need it."""

    offer: Offer
    granted: tuple[Scope, ...]
    missing: tuple[Scope, ...]

    @property
    def refusal(self) -> str:
        needed = [scope.words for scope in self.missing if scope.needed]
        return f"Not granted, and needed: {'; '.join(needed)}." if needed else ""


# --- Typed or pasted -----------------------------------------------------------------------


def account(
    *,
    platform_slug: str,
    brand: Brand,
    given: Mapping[str, str],
    base_url: str,
    actor: Actor,
    now: datetime,
) -> Connected:
    """Sign in with what was given, and connect the account it belongs to, or connect it again.

    Raises the contract's errors when the platform does not take it, `MissingField`,
    `registry.UnknownPlatform` and `accounts.AccountRefusedError`. Nothing is kept then.
    """
    platform = registry.get(platform_slug)
    approved_platforms.must_be_usable(platform.slug)
    if platform.oauth is not None and not platform.fields:
        raise Refused(
            say(
                "%(platform)s lets people in by its own pages: connect it at"
                " %(glede_base_url)s/channels/connect/.",
                platform=platform.name,
                glede_base_url=settings.GLEDE_BASE_URL,
            )
        )
    values = _values(platform, platform.fields, given)
    base_url = base_url or platform.base_url
    shown = _shown(platform.fields, values)
    slug = _free_slug(platform, brand)
    # The network first, with nothing of ours held.
    database.close()
    connector = platform.connect(
        Connection(account=slug, base_url=base_url, credential=values, settings=shown)
    )
    try:
        who = connector.identify(now=now)
    finally:
        connector.close()
    with transaction.atomic():
        known = account_queries.known(platform.slug, who.native_id)
        if known is not None and known.brand_id == brand.pk:
            slug, secret, app_id = known.app.slug, "", known.app_id
            if not platform.app_fields:
                _change(known.app, settings=shown, actor=actor, now=now)
        else:
            secret = _hook_secret() if platform.door else ""
            app_id = accounts.register_app(
                platform=platform.slug,
                slug=slug,
                name=f"{brand.name} on {platform.name}",
                secrets=[secret] if secret else [],
                settings=shown,
                actor=actor,
                now=now,
            )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=brand.pk,
            native_id=who.native_id,
            handle=who.handle or who.name,
            base_url=base_url,
            credential=values,
            settings={},
            actor=actor,
            now=now,
        )
    hook = hook_path(platform.slug, slug) if platform.door else ""
    return Connected(account_id, who.handle or who.name, hook, secret, shown)


def _hook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def hook_path(platform_slug: str, app_slug: str) -> str:
    return f"/hooks/{platform_slug}/{app_slug}"


def _free_slug(platform: Platform, brand: Brand) -> str:
    """A second website of a brand is another app, because its hook and settings are its own."""
    slug = f"{platform.slug}-{brand.slug}"
    taken, number = account_queries.slugs(), 1
    while slug in taken:
        number += 1
        slug = f"{platform.slug}-{brand.slug}-{number}"
    return slug


def _values(
    platform: Platform, fields: Sequence[Field], given: Mapping[str, str]
) -> dict[str, str]:
    """What was given, with what we make ourselves; nothing missing, nothing unknown."""
    known = {field.name for field in fields if not field.made}
    unknown = sorted(set(given) - known)
    if unknown:
        raise MissingField(
            say(
                "%(platform)s knows no %(unknown)s. It asks for: %(known)s.",
                platform=platform.name,
                unknown=", ".join(unknown),
                known=", ".join(sorted(known)) or say("nothing"),
            )
        )
    values = {name: value.strip() for name, value in given.items() if value.strip()}
    for field in fields:
        if field.made:
            values[field.name] = secrets.token_urlsafe(18)
        elif field.required and field.name not in values:
            raise MissingField(f"{platform.name} needs: {field.label}. {field.hint}".strip())
    return values


def _shown(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, str]:
    return {
        field.name: values[field.name]
        for field in fields
        if not field.secret and field.name in values
    }


# --- Our registration at a platform --------------------------------------------------------


def registration(platform_slug: str, brand: Brand) -> App | None:
    """Our app there, by which this brand connects; one for the group where the platform allows."""
    platform = registry.get(platform_slug)
    return account_queries.app_called(_registration_slug(platform, brand))


def register(
    *,
    platform_slug: str,
    brand: Brand,
    given: Mapping[str, str],
    base_url: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep our registration at a platform, or another one in its place; returns the app.

    Its `webhook_secret`, or else its client secret, is what the door verifies with.
    Raises `MissingField`, `registry.UnknownPlatform` and `accounts.AccountRefusedError`.
    """
    platform = registry.get(platform_slug)
    approved_platforms.must_be_usable(platform.slug)
    values = _values(platform, platform.app_fields, given)
    known = registration(platform_slug, brand)
    if known is not None:
        before = account_queries.opened(known)
        # What we made ourselves is known to the platform already.
        values |= {
            field.name: before[field.name]
            for field in platform.app_fields
            if field.made and field.name in before
        }
    shown = _shown(platform.app_fields, values)
    signed_with = values.get("webhook_secret") or values.get("client_secret") or ""
    keys = [signed_with] if platform.door and signed_with else []
    with transaction.atomic():
        if known is not None:
            accounts.change_app(
                app_id=known.pk,
                secrets=keys,
                settings=shown,
                credential=values,
                base_url=base_url,
                actor=actor,
                now=now,
            )
            return known.pk
        whose = "" if platform.shared_app else f"{brand.name} on "
        return accounts.register_app(
            platform=platform.slug,
            slug=_registration_slug(platform, brand),
            name=f"{whose}{platform.name}",
            secrets=keys,
            settings=shown,
            credential=values,
            base_url=base_url,
            actor=actor,
            now=now,
        )


def _registration_slug(platform: Platform, brand: Brand) -> str:
    return platform.slug if platform.shared_app else f"{platform.slug}-{brand.slug}"


def _change(app: App, *, settings: Mapping[str, str], actor: Actor, now: datetime) -> None:
    accounts.change_app(
        app_id=app.pk,
        secrets=[],
        settings={**app.settings, **settings},
        credential=account_queries.opened(app),
        base_url=app.base_url,
        actor=actor,
        now=now,
    )


# --- Let in at the platform ----------------------------------------------------------------


def leave(
    *, platform_slug: str, brand: Brand, person_id: int, session: str, actor: Actor, now: datetime
) -> str:
    """The address at the platform to which this person goes, from this session, within minutes.

    Raises `Refused` where the platform lets nobody in this way, `MissingField` without a
    registration, and `accounts.AccountRefusedError`.
    """
    platform = registry.get(platform_slug)
    approved_platforms.must_be_usable(platform.slug)
    if platform.oauth is None:
        raise Refused(say("%(platform)s lets nobody in by its own pages.", platform=platform.name))
    app = registration(platform_slug, brand)
    if app is None and platform.app_fields:
        raise MissingField(
            say("%(platform)s knows no app of ours yet: register it first.", platform=platform.name)
        )
    app_id = (
        app.pk
        if app
        else register(
            platform_slug=platform_slug, brand=brand, given={}, base_url="", actor=actor, now=now
        )
    )
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with transaction.atomic():
        asking.begin(
            app_id=app_id,
            brand_id=brand.pk,
            person_id=person_id,
            session=session,
            state=state,
            verifier=verifier,
            ends_at=now + _asked_within(),
            now=now,
        )
    challenge = _challenge(verifier) if platform.oauth.pkce else ""
    return platform.oauth.address(_registration(app_id), back_address(), state, challenge)


def returned(
    *, state: str, code: str, error: str, session: str, person_id: int, now: datetime
) -> int:
    """Somebody came back: exchange the code and keep what is offered until they choose.

    Returns what `choices` asks for. Raises `ReturnRefusedError`, `Refused` where the person or the
    platform said no, and the contract's other errors. The state is used up in every case.
    """
    with transaction.atomic(durable=True):
        back = asking.come_back(state=state, session=session, person_id=person_id, now=now)
    if back.refusal:
        raise ReturnRefusedError(back.refusal)
    app = account_queries.app(back.app_id)
    platform = registry.get(app.platform)
    if platform.oauth is None:
        raise Refused(say("%(platform)s lets nobody in by its own pages.", platform=platform.name))
    if error or not code:
        raise Refused(
            say(
                "%(platform)s was not allowed to let us in: %(said)s.",
                platform=platform.name,
                said=_said(error),
            )
        )
    registered = _registration(app.pk)
    database.close()
    verifier = back.verifier if platform.oauth.pkce else ""
    offers = platform.oauth.finish(registered, code, back_address(), verifier, now)
    if not offers:
        raise Refused(
            say("%(platform)s names no account that you may let us use.", platform=platform.name)
        )
    with transaction.atomic():
        asking.keep_offers(asking_id=back.asking_id, offers=offers, until=now + _asked_within())
    return back.asking_id


def _said(error: str) -> str:
    """The platform's word, as far as it is one: it comes by an address anybody can type."""
    known = {"access_denied": "the person there said no", "": "it gave no reason"}
    return known.get(error, "it gave a reason we do not know")


def choices(
    *, asking_id: int, session: str, person_id: int, now: datetime
) -> tuple[Platform, Brand, tuple[Choice, ...]]:
    """What the person may choose from. Raises `ReturnRefusedError`."""
    found = _offered(asking_id, session, person_id, now)
    platform = registry.get(account_queries.app(found.app_id).platform)
    offered = tuple(choice(platform, offer) for offer in found.offers)
    return platform, brands.by_id(found.brand_id), offered


def _offered(asking_id: int, session: str, person_id: int, now: datetime) -> Offered:
    return asking.offered(asking_id=asking_id, session=session, person_id=person_id, now=now)


def choice(platform: Platform, offer: Offer) -> Choice:
    """A platform that tells no scopes granted what was asked for (RFC 6749, section 5.1)."""
    asked = platform.oauth.scopes if platform.oauth else ()
    granted = tuple(scope for scope in asked if not offer.scopes or scope.name in offer.scopes)
    return Choice(offer, granted, tuple(scope for scope in asked if scope not in granted))


def choose(
    *,
    asking_id: int,
    native_ids: Sequence[str],
    session: str,
    person_id: int,
    actor: Actor,
    now: datetime,
) -> tuple[Connected, ...]:
    """Connect what the person chose; all of it or nothing.

    Raises `ReturnRefusedError`, `Refused` and `accounts.AccountRefusedError`.
    """
    found = _offered(asking_id, session, person_id, now)
    chosen = [offer for offer in found.offers if offer.native_id in native_ids]
    if not chosen:
        raise Refused(say("Choose at least one account."))
    with transaction.atomic():
        connected = keep(
            app_id=found.app_id, brand_id=found.brand_id, offers=chosen, actor=actor, now=now
        )
        asking.finish(asking_id=asking_id)
    return connected


def keep(
    *, app_id: int, brand_id: int, offers: Sequence[Offer], actor: Actor, now: datetime
) -> tuple[Connected, ...]:
    """Connect accounts that the platform lets us use; all of them or none.

    Raises `Refused` where a permission we need is missing, and `accounts.AccountRefusedError`.
    """
    app = account_queries.app(app_id)
    platform = registry.get(app.platform)
    approved_platforms.must_be_usable(platform.slug)
    for offer in offers:
        refusal = choice(platform, offer).refusal
        if refusal:
            raise Refused(
                say(
                    "%(offer)s: %(refusal)s Connect again and allow it.",
                    offer=offer.name,
                    refusal=refusal,
                )
            )
    hook = hook_path(platform.slug, app.slug) if platform.door else ""
    with transaction.atomic():
        return tuple(
            Connected(
                accounts.connect(
                    app_id=app_id,
                    brand_id=brand_id,
                    native_id=offer.native_id,
                    handle=offer.handle or offer.name,
                    base_url=app.base_url or platform.base_url,
                    credential=offer.credential,
                    settings=offer.settings,
                    scopes=offer.scopes,
                    ends_at=offer.expires_at,
                    actor=actor,
                    now=now,
                ),
                offer.handle or offer.name,
                hook,
                "",
                {},
            )
            for offer in offers
        )


def back_address() -> str:
    return f"{settings.GLEDE_BASE_URL}{BACK}"


def _asked_within() -> timedelta:
    return timedelta(minutes=settings.GLEDE_CONNECT_MINUTES)


def _challenge(verifier: str) -> str:
    """RFC 7636, section 4.2: S256."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _registration(app_id: int) -> Registration:
    app = account_queries.app(app_id)
    known = account_queries.opened(app)
    return Registration(
        client_id=known.get("client_id", ""),
        client_secret=known.get("client_secret", ""),
        base_url=app.base_url or registry.get(app.platform).base_url,
        settings=rules.spelt(app.settings) | known,
    )


# --- Disconnect ----------------------------------------------------------------------------


def disconnect(*, account_id: int, actor: Actor, now: datetime) -> None:
    """We neither listen nor speak there any more. Raises `account_queries.UnknownAccount`."""
    with transaction.atomic():
        accounts.close(account_id=account_id, actor=actor, now=now)
