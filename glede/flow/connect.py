"""Connect an account: prove the credential at the platform first, keep it afterwards."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database
from django.db import transaction

from glede.flow import approved_platforms
from glede.platforms import registry
from glede.platforms.contract import Connection, Platform
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import Actor
from glede.rulebook.brands.models import Brand


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


def account(
    *,
    platform_slug: str,
    brand: Brand,
    given: Mapping[str, str],
    base_url: str,
    actor: Actor,
    now: datetime,
) -> Connected:
    """Sign in with what was given, and connect the account it belongs to.

    Raises the contract's errors when the platform does not take it, `MissingField`,
    `registry.UnknownPlatform` and `accounts.AccountRefusedError`. Nothing is kept then.
    """
    platform = registry.get(platform_slug)
    slug = f"{platform.slug}-{brand.slug}"
    approved_platforms.must_be_usable(platform.slug)
    values = _values(platform, given)
    base_url = base_url or platform.base_url
    shown = {
        field.name: values[field.name]
        for field in platform.fields
        if not field.secret and field.name in values
    }
    # The network first, with nothing of ours held.
    database.close()
    connector = platform.connect(
        Connection(account=slug, base_url=base_url, credential=values, settings=shown)
    )
    try:
        who = connector.identify(now=now)
    finally:
        connector.close()
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if platform.door else ""
    with transaction.atomic():
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
    hook = f"/hooks/{platform.slug}/{slug}" if platform.door else ""
    return Connected(account_id, who.handle or who.name, hook, secret, shown)


def _values(platform: Platform, given: Mapping[str, str]) -> dict[str, str]:
    """What was given, with what we make ourselves; nothing missing, nothing unknown."""
    known = {field.name for field in platform.fields if not field.made}
    unknown = sorted(set(given) - known)
    if unknown:
        raise MissingField(
            f"{platform.name} knows no {', '.join(unknown)}. It asks for: "
            f"{', '.join(sorted(known)) or 'nothing'}."
        )
    values = {name: value.strip() for name, value in given.items() if value.strip()}
    for field in platform.fields:
        if field.made:
            values[field.name] = secrets.token_urlsafe(18)
        elif field.required and field.name not in values:
            raise MissingField(f"{platform.name} needs: {field.label}. {field.hint}".strip())
    return values
