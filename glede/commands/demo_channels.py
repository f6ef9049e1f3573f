"""Connect the demo brands' accounts on the sandbox's platforms, as a person would on the screens.

Which platforms there are, where, and by which app we are known there, the sandbox itself says (a
file beside its state). The way in is the desk's own: our registration, the platform's page that
asks, the code, the choice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup, Tag

from glede.commands import demo_group
from glede.flow import approved_platforms, connect
from glede.platforms import registry
from glede.platforms.contract import Field, Platform, PlatformError
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts import queries_register as register
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.actions_asking import ReturnRefusedError
from glede.rulebook.accounts.models import Account
from glede.rulebook.accounts.register import Status
from glede.rulebook.accounts.rules import State
from glede.rulebook.audit.rules import Actor
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.models import Brand
from glede.rulebook.people import queries as people
from glede.rulebook.people.models import Person
from glede.rulebook.people.rules import Role

_SESSION = "demo"
#: A page that asks may lead on to another a few times.
_MOST_PAGES = 6
_TRIAL = timedelta(days=90)
_TRIAL_BECAUSE = "The demo shows it: a trial without residents of ours."
#: What a plug-in asks for, and what the platform's own screens call it.
_ALSO_CALLED = {"webhook_secret": "consumer_secret"}


class NotLetInError(Exception):
    """The platform's pages did not lead back to us; the message says where they ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """One platform of the sandbox, by its credentials file."""

    slug: str
    name: str
    base_url: str
    app: Mapping[str, Any]
    pages: tuple[Mapping[str, str], ...]


def places(file: Path) -> list[Place]:
    listed = json.loads(file.read_text(encoding="utf-8"))
    return [
        Place(slug, one["name"], one["base_url"], one["app"], tuple(one["pages"]))
        for slug, one in listed.items()
    ]


def links(file: Path) -> list[str]:
    """Where to look at each platform and play a resident."""
    return [
        f"  {place.name}: {place.base_url}/see/{place.pages[0]['native_id']}"
        for place in places(file)
        if place.pages
    ]


def connect_all(file: Path, *, now: datetime) -> Iterator[str]:
    """Connect what is not connected yet; a line for each platform, also for what did not work."""
    for place in places(file):
        if place.slug not in registry.slugs():
            yield f"{place.name}: the desk has no plug-in for it."
            continue
        try:
            made = sum(_connect(place, page, now=now) for page in place.pages)
        except (
            PlatformError,
            AccountRefusedError,
            ReturnRefusedError,
            NotLetInError,
            connect.MissingField,
            httpx.HTTPError,
        ) as error:
            yield f"{place.name} is not connected: {error}"
        else:
            if made:
                yield f"{place.name}: {made} accounts connected."


def _connect(place: Place, page: Mapping[str, str], *, now: datetime) -> bool:
    """False: it is connected already, or a person closed it."""
    brand = brands.brand(page["brand"])
    platform = registry.get(place.slug)
    if any(_settled(one, place) for one in _known(platform, brand)):
        return False
    _put_on_trial(place, now=now)
    person = next(one for one in demo_group.COLLEAGUES if one.role is Role.ADMINISTRATOR)
    who = people.by_email(person.email)
    actor = people.viewer_of(who, now=now).actor
    if platform.oauth is None:
        connect.account(
            platform_slug=place.slug,
            brand=brand,
            given=_given(platform.fields, {**_of_page(place, page), **page}),
            base_url=place.base_url,
            actor=actor,
            now=now,
        )
        return True
    connect.register(
        platform_slug=place.slug,
        brand=brand,
        given=_given(platform.app_fields, place.app),
        base_url=place.base_url,
        actor=actor,
        now=now,
    )
    _let_in(place, page, brand, who=who, actor=actor, now=now)
    return True


def _known(platform: Platform, brand: Brand) -> list[Account]:
    return [
        one
        for one in accounts.accounts(closed=True)
        if one.platform == platform.slug and one.brand_id == brand.pk
    ]


def _settled(account: Account, place: Place) -> bool:
    here = account.base_url == place.base_url
    return account.state == State.CLOSED or (here and account.state == State.CONNECTED)


def _put_on_trial(place: Place, *, now: datetime) -> None:
    if not register.entry(place.slug).refusal():
        return
    deputy = next(one for one in demo_group.COLLEAGUES if one.role is Role.DEPUTY_CHIEF_EXECUTIVE)
    approved_platforms.decide(
        slug=place.slug,
        status=Status.TRIAL,
        reason=_TRIAL_BECAUSE,
        office="Futurologist",
        review_on=(now + _TRIAL).date(),
        actor=people.viewer_of(people.by_email(deputy.email), now=now).actor,
        now=now,
    )


def _given(fields: tuple[Field, ...], known: Mapping[str, Any]) -> dict[str, str]:
    """What these fields ask for, by their names; what is missing the desk says itself."""
    given = {}
    for field in fields:
        found = known.get(field.name) or known.get(_ALSO_CALLED.get(field.name, ""))
        if isinstance(found, str) and found and not field.made:
            given[field.name] = found
    return given


def _of_page(place: Place, page: Mapping[str, str]) -> dict[str, str]:
    """What the platform gave for this page alone, such as its token."""
    listed = place.app.get("pages", {})
    if isinstance(listed, Mapping):
        return dict(listed.get(page["brand"], {}))
    return next((dict(one) for one in listed if one.get("brand") == page["brand"]), {})


# --- As a person with a browser --------------------------------------------------------------


def _let_in(
    place: Place,
    page: Mapping[str, str],
    brand: Brand,
    *,
    who: Person,
    actor: Actor,
    now: datetime,
) -> None:
    address = connect.leave(
        platform_slug=place.slug,
        brand=brand,
        person_id=who.pk,
        session=_SESSION,
        actor=actor,
        now=now,
    )
    back = parse_qs(urlsplit(_allow(address, page)).query)
    asking = connect.returned(
        state=back.get("state", [""])[0],
        code=back.get("code", [""])[0],
        error=back.get("error", [""])[0],
        session=_SESSION,
        person_id=who.pk,
        now=now,
    )
    _, _, offered = connect.choices(asking_id=asking, session=_SESSION, person_id=who.pk, now=now)
    wanted = [one.offer for one in offered if _same(one.offer.native_id, one.offer.name, page)]
    if not wanted:
        names = ", ".join(one.offer.name for one in offered)
        raise NotLetInError(f"{page['name']} is not among what was offered ({names}).")
    connect.choose(
        asking_id=asking,
        native_ids=[wanted[0].native_id],
        session=_SESSION,
        person_id=who.pk,
        actor=actor,
        now=now,
    )


def _same(native_id: str, name: str, page: Mapping[str, str]) -> bool:
    return native_id == page["native_id"] or name == page["name"]


def _allow(address: str, page: Mapping[str, str]) -> str:
    """Say yes on the platform's pages for this page of ours; the address that leads back to us."""
    back = connect.back_address()
    with httpx.Client(timeout=20, trust_env=False) as browser:
        answer = browser.get(address)
        for _ in range(_MOST_PAGES):
            if answer.is_redirect:
                leads = urljoin(str(answer.url), answer.headers["location"])
                if leads.startswith(back):
                    return leads
                answer = browser.get(leads)
                continue
            action, given = _filled(answer.text, page)
            answer = browser.post(urljoin(str(answer.url), action), data=given)
    raise NotLetInError(f"its pages ended at {answer.url.path} (status {answer.status_code}).")


def _filled(text: str, page: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The form of a page that asks: everything it holds, our page chosen, and its yes pressed."""
    form = BeautifulSoup(text, "html.parser").find("form")
    if not isinstance(form, Tag):
        said = BeautifulSoup(text, "html.parser").get_text(" ", strip=True)
        raise NotLetInError(f"it asked nothing, and said: {said[:200]}")
    given = {
        str(one["name"]): str(one.get("value", ""))
        for one in form.find_all("input", attrs={"name": True})
        if one.get("type") not in ("checkbox", "radio") or one.has_attr("checked")
    }
    for one in form.find_all("select", attrs={"name": True}):
        given[str(one["name"])] = page["native_id"]
    buttons = form.find_all("button", attrs={"name": True})
    ours = [one for one in buttons if one.get("value") == page["native_id"]]
    for one in (ours or buttons)[:1]:
        given[str(one["name"])] = str(one.get("value", ""))
    return str(form.get("action") or ""), given
