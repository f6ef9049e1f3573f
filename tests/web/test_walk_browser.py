"""Every page there is, furnished and empty, on a wide screen and on a phone, in every theme.

A new address fails the first test until it stands here: as a page that is walked, or as something
that is none. `LOOK_AT=folder` keeps a picture of each page in light and dark.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import TestCase
from playwright.sync_api import Browser, Page, ViewportSize

from glede.kit import clock
from tests import cast, make
from tests.browser import COLOUR_RULES, LAYOUT_RULES, axe, axe_on, opened, wider_than
from tests.web import furnished
from tests.web.serving import Desk, with_real_password
from tests.web.test_access import GATES, ByToken, path_of, signed_in

#: The pages of somebody who holds every role.
PAGES = (
    # First, while the password is fresh: these ask for it again after five minutes.
    "accounts/password/",
    "accounts/2fa/",
    "accounts/2fa/app/add/",
    "accounts/passkeys/",
    "accounts/passkeys/add/",
    "accounts/again/",
    "",
    "?q=owner:nobody-of-this-name",
    "?q=label:none",
    "views/",
    "c/<int:conversation_id>/",
    "c/<int:conversation_id>/print/",
    "c/<int:conversation_id>/hand-over/",
    "c/<int:conversation_id>/timescale/",
    "c/<int:conversation_id>/no-reply/",
    "c/<int:conversation_id>/cases/",
    "c/<int:conversation_id>/alike/",
    "c/<int:conversation_id>/m/<int:message_id>/",
    "mentions/",
    "seconds/",
    "sharing/",
    "sharing/people/",
    "sharing/labels/",
    "people/<int:contact_id>/",
    "blocks/",
    "texts/",
    "texts/new/",
    "texts/<int:text_id>/",
    "texts/voice/<slug:slug>/",
    "texts/mine/",
    "texts/mine/new/",
    "texts/mine/<int:text_id>/",
    "search/",
    "search/?q=stairwell",
    "search/?q=zeppelin",
    "sample/",
    "acknowledgements/",
    "acknowledgements/<slug:slug>/",
    "capture/",
    "capture/<int:capture_id>/",
    "capture/answered/<int:conversation_id>/",
    "alerts/",
    "alerts/preferences/",
    "alerts/ways/",
    "alerts/log/",
    "wall/",
    "rota/",
    "rota/?week=2030-01-07",
    "rota/home/",
    "rota/away/",
    "rota/week/<str:monday>/",
    "rota/shift/<int:shift_id>/",
    "me/",
    "me/keys/",
    "me/sessions/",
    "me/words/",
    "accounts/logout/",
    "tokens/",
    "tokens/mine/",
    "webhooks/",
    "webhooks/<int:endpoint_id>/",
    "api/",
    "intake/",
    "channels/",
    "channels/connect/",
    "channels/connect/<slug:brand>/<slug:platform>/",
    "channels/<int:account_id>/",
    "channels/<int:account_id>/disconnect/",
    "platforms/",
    "platforms/<slug:slug>/",
    "calendars/",
    "calendars/<slug:slug>/",
    "calendars/<slug:slug>/next/",
    "policy/",
    "policy/clauses/<str:number>/",
    "policy/clauses/<str:number>/rows/",
    "policy/rehearsal/",
    "policy/rehearsal/<int:rehearsal_id>/",
    "policy/rehearsal/<int:rehearsal_id>/rows/?change=earlier",
    "policy/versions/",
    "policy/versions/<str:number>/",
    "policy/versions/<str:number>/clauses/<str:clause>/",
    "policy/versions/<str:number>/against/<str:other>/",
    "policy/review/",
    "policy/offices/",
    "policy/registers/",
    "policy/registers/documents/new/",
    "policy/registers/documents/<int:pk>/",
    "policy/registers/law/new/",
    "policy/registers/law/<int:pk>/",
    "policy/read/",
    "policy/read/staff/",
    "policy/import/",
    "policy/import/<int:import_id>/",
    "policy/import/<int:import_id>/version/",
    "nothing/here/",
)
#: What anybody outside sees.
OUTSIDE = ("accounts/login/", "accounts/closed/", "w/<str:key>/", "w/<str:key>/thanks/", "v/x/")
#: What opens once an app gives codes: inside, and between the password and the code.
WITH_AN_APP = (
    "accounts/2fa/",
    "accounts/2fa/again/",
    "accounts/2fa/app/remove/",
    "accounts/2fa/recovery/",
    "accounts/2fa/recovery/new/",
)
AT_THE_DOOR = ("accounts/2fa/code/",)
#: What is no page of its own, and why.
NO_PAGES = {
    "words/<slug:code>.js": "a script",
    "rows/": "the list without the page around it",
    "complete/": "offers for what is typed",
    "c/<int:conversation_id>/why/": "the conversation with its sum open",
    "alerts/<int:alert_id>/": "leads to what it is about",
    "views/<int:view_id>/": "views/ with what was typed wrong, after a POST",
    "c/<int:conversation_id>/live/": "the thread without the page around it",
    "c/<int:conversation_id>/colleagues/": "names for what is typed",
    "c/<int:conversation_id>/texts/": "texts for what is typed",
    "here/": "who looks at what",
    "go/": "what the command bar offers",
    "me/counts/": "figures of the rail",
    "c/<int:conversation_id>/timeline.pdf": "a file",
    "c/<int:conversation_id>/timeline.json": "a file",
    "attachments/<int:attachment_id>/": "a picture",
    "attachments/<int:attachment_id>/small/": "a picture",
    "capture/<int:capture_id>/screenshot/": "a picture",
    "policy/clauses/<str:number>/figures.<str:form>": "a file",
    "policy/clauses/<str:number>/rows.<str:form>": "a file",
    "policy/versions/<str:number>/minute/": "a file",
    "policy/import/<int:import_id>/file/": "a file",
    "accounts/2fa/recovery/file/": "a file",
    "api/v1/openapi.json": "a document for programs",
    "api/v1/<path:rest>": "a problem for programs",
    "health/": "a document for programs",
    "manifest.webmanifest": "a document for programs",
    "robots.txt": "a document for programs",
    "sw.js": "a script",
    "w/<str:key>/embed.js": "a script",
    "v/<str:token>/": "walked in tests/visitor, where a message has one; here as an unknown one",
    "policy/import/<int:import_id>/items/<int:item_id>/": "the import with one item open",
    "channels/back/": "where a platform's consent page leads; refused here",
    "channels/choose/<int:asking_id>/": "after a consent page: walked in test_channel_pages.py",
    "accounts/passkeys/login/": "a challenge for a script",
    "accounts/passkeys/again/": "a challenge for a script",
    "accounts/passkeys/<int:pk>/remove/": "for who has a passkey",
    "accounts/passkeys/<int:pk>/edit/": "for who has a passkey",
    "accounts/password/first/": "leads to accounts/password/ for who has a password",
}
#: Where a sample word of one address means another thing than elsewhere.
_MEANS = {
    "texts/mine/<int:text_id>/": {"text_id": "my_text_id"},
    "policy/versions/<str:number>/": {"number": "4"},
    "policy/versions/<str:number>/against/<str:other>/": {"number": "4", "other": "3"},
    "policy/versions/<str:number>/clauses/<str:clause>/": {"number": "5", "clause": "5.1"},
    "policy/registers/documents/<int:pk>/": {"pk": "document_id"},
    "policy/registers/law/<int:pk>/": {"pk": "law_id"},
    "platforms/<slug:slug>/": {"slug": "bluesky"},
    "c/<int:conversation_id>/alike/": {"conversation_id": "alike_id"},
}


class TestNothingIsForgotten(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.everything = furnished.holds_every_role("Wanda")

    def test_every_address_is_walked_or_no_page(self) -> None:
        walked = {path.partition("?")[0] for path in (*PAGES, *OUTSIDE, *WITH_AN_APP, *AT_THE_DOOR)}
        client = signed_in(self.everything)
        for route, gate in GATES.items():
            if route in walked or route in NO_PAGES or isinstance(gate, ByToken):
                continue
            with self.subTest(route=route):
                assert client.get(path_of(route)).status_code == 405, "Write it into PAGES."

    def test_what_is_named_here_exists(self) -> None:
        assert set(NO_PAGES) <= set(GATES)


def _path(page: str, ids: Mapping[str, object]) -> str:
    means = _MEANS.get(page, {})

    def value(found: re.Match[str]) -> str:
        name = means.get(found[1], found[1])
        return str(ids.get(name, name))

    return "/" + re.sub(r"<\w+:(\w+)>", value, page)


#: Pages that say what went wrong.
_STATUS = {"nothing/here/": 404, "v/x/": 404}
#: Forms, and what belongs to one person: the same in an organisation in which nothing stands.
_NEVER_EMPTY = re.compile(r"accounts/|me/|nothing/|.*new/$")
#: Pages that need a policy, before one is approved.
_WITHOUT_A_POLICY = ("sample/", "acknowledgements/")
#: One heading of the first level, a title, a main landmark, a language.
_BONES = """() => [
    ['h1', [...document.querySelectorAll('h1:not([aria-level="2"])')]
        .filter((one) => one.checkVisibility()).length],
    ['main', document.querySelectorAll('main, [role=main]').length],
    ['title', document.title.trim() ? 1 : 0],
    ['lang', document.documentElement.lang ? 1 : 0],
].filter(([, number]) => number !== 1).map(([name, number]) => `${number} ${name}`)"""
_IN_THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"
#: Every style sheet is there: before that, colours and sizes are not the page's own.
_DRESSED = "[...document.querySelectorAll('link[rel=stylesheet]')].every((one) => one.sheet)"
#: What sticks to the edge of a pane lies over something at every other place.
_TO_THE_TOP = "document.querySelectorAll('.scroll').forEach((one) => { one.scrollTop = 0; })"
_WIDE: ViewportSize = {"width": 1440, "height": 900}
_PHONE: ViewportSize = {"width": 390, "height": 844}
_THEMES = (("dark", "light"), ("contrast", "light"), ("contrast", "dark"))


def _looks(page: Page, name: str) -> Iterator[str]:
    """What is wrong with the page that stands there. It is loaded once and looked at often."""
    page.evaluate(_TO_THE_TOP)
    yield from _bones(page, 1440)
    yield from map(str, axe(page))
    _keep(page, f"{name}-1440-light")
    before = page.evaluate("document.documentElement.dataset.theme")
    for theme, scheme in _THEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(_IN_THEME, theme)
        for one in axe_on(page, COLOUR_RULES):
            yield f"{theme} on {scheme}: {one}"
        if theme == "dark":
            _keep(page, f"{name}-1440-dark")
    page.emulate_media(color_scheme="light")
    page.evaluate(_IN_THEME, before)
    yield from _on_a_phone(page, name)


def _on_a_phone(page: Page, name: str) -> Iterator[str]:
    page.set_viewport_size(_PHONE)
    page.evaluate(_TO_THE_TOP)
    yield from _bones(page, 390)
    for one in axe_on(page, LAYOUT_RULES):
        yield f"at 390: {one}"
    _keep(page, f"{name}-390-light")
    page.set_viewport_size(_WIDE)


def _bones(page: Page, width: int) -> Iterator[str]:
    for one in (*wider_than(page), *page.evaluate(_BONES)):
        yield f"at {width}: {one}"


def _looks_empty(page: Page, name: str) -> Iterator[str]:
    """Its colours are those of the furnished page."""
    yield from _bones(page, 1440)
    yield from map(str, axe(page))
    yield from _on_a_phone(page, f"empty-{name}")


def _keep(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK_AT"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def _walk(
    page: Page,
    paths: Mapping[str, str],
    *,
    looks: Callable[[Page, str], Iterator[str]] = _looks,
    expected: Mapping[str, int] = _STATUS,
) -> list[str]:
    wrong = []
    for route, path in paths.items():
        response = page.goto(path, wait_until="domcontentloaded")
        assert response is not None
        if response.status != expected.get(route, 200):
            wrong.append(f"{path} answers {response.status}")
        page.wait_for_function(_DRESSED)
        name = re.sub(r"\W+", "-", route).strip("-") or "inbox"
        wrong += [f"{path}: {one}" for one in looks(page, name)]
    return wrong


def _types_the_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Work e-mail").fill("wanda@kite.example")
    page.get_by_label("Password").fill(make.PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_page_can_be_used_by_everybody(desk: Desk, browser: Browser) -> None:
    cache.clear()
    town = furnished.furnish(clock.now())
    with_real_password(town.everything)
    inside = {page: _path(page, town.ids) for page in PAGES}
    outside = {page: _path(page, town.ids) for page in OUTSIDE}
    # Two pages are wanted that answer 404, which the console complains of.
    with opened(browser, base_url=desk.url, errors_expected=True) as page:
        wrong = _walk(page, outside)
        # As a person does: some pages open only to who has just typed a password.
        _types_the_password(page)
        wrong += _walk(page, inside)
        furnished.gives_codes(town.everything)
        wrong += _walk(page, {one: f"/{one}" for one in WITH_AN_APP})
        page.context.clear_cookies()
        _types_the_password(page)
        wrong += _walk(page, {one: f"/{one}" for one in AT_THE_DOOR})
    assert not wrong, "\n".join(wrong)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_empty_organisation_is_a_finished_screen_too(desk: Desk, browser: Browser) -> None:
    with transaction.atomic():
        everything = furnished.holds_every_role("Wanda")
    empty = {page: f"/{page}" for page in PAGES if not ("<" in page or _NEVER_EMPTY.match(page))}
    expected = _STATUS | dict.fromkeys(_WITHOUT_A_POLICY, 409)
    with opened(browser, base_url=desk.url, errors_expected=True) as page:
        desk.sign_in(page, everything)
        wrong = _walk(page, empty, looks=_looks_empty, expected=expected)
    assert not wrong, "\n".join(wrong)
