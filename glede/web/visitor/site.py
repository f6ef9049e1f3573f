"""A website of ours as its visitors meet it: whose it is, who may frame it, what we promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_duration
from django.utils.translation import gettext, ngettext

from glede.rulebook.accounts import queries as accounts
from glede.rulebook.policy import queries as policy


@dataclass(frozen=True, slots=True)
class Site:
    slug: str
    key: str
    name: str
    brand: str
    #: Origins whose pages may frame ours.
    origins: tuple[str, ...]
    takes_email: bool
    open_for: timedelta


@dataclass(frozen=True, slots=True)
class Promise:
    """How soon we aim to answer, in words."""

    in_hours: str
    out_of_hours: str


#: Ours, unless the app's settings say otherwise: a page left open overnight still sends.
FORM_OPEN_HOURS = "24"


def by_key(key: str) -> Site | None:
    """The website whose public key this is."""
    found = (app for app in accounts.apps() if key and app.settings.get("public_key") == key)
    return next((_site(app.pk, app.slug, app.settings) for app in found), None)


def by_slug(slug: str) -> Site | None:
    found = (app for app in accounts.apps() if app.slug == slug)
    return next((_site(app.pk, app.slug, app.settings) for app in found), None)


def app_ids() -> list[int]:
    """Of every website with a public form."""
    return [app.pk for app in accounts.apps() if app.settings.get("public_key")]


def slug_of(app_id: int) -> str:
    return accounts.app(app_id).slug


def _site(app_id: int, slug: str, settings: Mapping[str, Any]) -> Site | None:
    account = accounts.account_for(app_id=app_id, native_id=slug)
    if account is None:
        return None
    return Site(
        slug=slug,
        key=settings.get("public_key", ""),
        name=account.brand.name,
        brand=account.brand.slug,
        origins=_origins(settings.get("sites", "")),
        takes_email=bool(settings.get("smtp_host")),
        open_for=timedelta(hours=float(settings.get("form_open_hours", FORM_OPEN_HOURS))),
    )


def _origins(given: str | list[str]) -> tuple[str, ...]:
    """Only whole origins reach the header: a stray word there could let anybody frame us."""
    listed = given.split() if isinstance(given, str) else given
    return tuple(one.rstrip("/") for one in listed if _is_origin(one.rstrip("/")))


def _is_origin(given: str) -> bool:
    try:
        parts = urlsplit(given)
        host = parts.hostname
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"https", "http"} or not host:
        return False
    return given == f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def promise(*, at: datetime) -> Promise | None:
    """Nothing while no policy is in force: we promise nothing that nobody decided."""
    try:
        book = policy.rulebook_at(at)
        inside = _words(book.rule("acknowledge.in_hours").value)
        outside = _words(book.rule("acknowledge.out_of_hours").value)
    except policy.NoRule:
        return None
    return Promise(inside, outside) if inside and outside else None


def _words(value: object) -> str:
    """“4 hours”, “1 working day”, “the day”: every way in which the rule may allow time."""
    match value:
        case {"working_days": int(number)}:
            return ngettext("%(n)d working day", "%(n)d working days", number) % {"n": number}
        case "same_day":
            return gettext("the day")
        case str() if duration := parse_duration(value):
            minutes = round(duration.total_seconds() / 60)
            if minutes % 60:
                return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
            hours = minutes // 60
            return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
        case _:
            return ""
