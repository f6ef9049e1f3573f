"""The screens on which accounts are connected and looked after, and platforms decided about."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from glede.desk.intake import actions as intake
from glede.flow import approved_platforms, connections
from glede.kit import clock
from glede.platforms import registry
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import queries, queries_register
from glede.rulebook.accounts.models import Account
from glede.rulebook.accounts.register import Status
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Viewer
from tests import cast
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web.serving import Desk

SCREENS = ((1440, 900, False), (390, 844, True))
WAY = "/channels/connect/red-kite/granting/"
APP = {"act": "register", "app-client_id": "app-1", "app-client_secret": "s3cret"}


@pytest.fixture
def town() -> Iterator[ModuleType]:
    folder = str(Path(__file__).parents[1] / "pretend")
    if folder not in sys.path:
        sys.path.append(folder)
    registry.get.cache_clear()
    registry.slugs.cache_clear()
    found = sys.modules[registry.get("granting").connect.__module__]
    found.grants.reset()
    found.grants.offers = (found.offer(),)
    yield found
    connections.close_all()


@pytest.fixture
def people(town: ModuleType, transactional_db: None) -> cast.Cast:
    with transaction.atomic():
        made = cast.build()
    approved_platforms.begin(now=clock.now())
    approve("granting")
    return made


def approve(slug: str, status: Status = Status.TRIAL) -> None:
    approved_platforms.decide(
        slug=slug,
        status=status,
        reason="It is tried here.",
        office="Head of Relationships",
        review_on=(clock.now() + timedelta(days=90)).date(),
        actor=SYSTEM,
        now=clock.now(),
    )


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def leave(client: Client) -> dict[str, str]:
    """Register our app, press “Go on”, and read where the link goes."""
    client.post(WAY, APP)
    page = client.post(WAY, {"act": "leave"}).content.decode()
    address = page.split('href="https://granting.example/authorise?')[1].split('"')[0]
    query = parse_qs(urlsplit(f"?{address.replace('&amp;', '&')}").query)
    return {name: values[0] for name, values in query.items()}


def there(client: Client, town: ModuleType) -> dict[str, str]:
    asked = leave(client)
    code = town.grants.consent(asked["redirect_uri"], asked["code_challenge"])
    return {"state": asked["state"], "code": code}


def test_there_and_back_connects_a_page(people: cast.Cast, town: ModuleType) -> None:
    ada = client_of(people.ada)
    chosen = ada.get("/channels/back/", there(ada, town), follow=True)
    page = chosen.content.decode()
    assert "Which of these speak for Red Kite?" in page
    assert "Answer in the page&#x27;s name" in page
    assert "not granted: Keep people out" in page

    done = ada.post(chosen.request["PATH_INFO"], {"account": ["page-7"]}, follow=True)
    assert "redkitehomes on Granting is connected" in done.content.decode()
    account = Account.objects.get(platform="granting")
    closely = ada.get(f"/channels/{account.pk}/").content.decode()
    assert "Read what people write to the page" in closely
    for secret in ("s3cret", "a-page-7", "r-1"):
        assert secret not in page + closely + done.content.decode()


def test_a_forged_used_or_foreign_return_connects_nothing(
    people: cast.Cast, town: ModuleType
) -> None:
    ada, other = client_of(people.ada), client_of(people.ada)
    forged = ada.get("/channels/back/", {"state": "forged", "code": "code-1"})
    foreign = other.get("/channels/back/", (came := there(ada, town)))
    after = ada.get("/channels/back/", came)
    came = there(ada, town)
    ada.get("/channels/back/", came)
    used = ada.get("/channels/back/", came)
    denied = ada.get("/channels/back/", {"state": leave(ada)["state"], "error": "access_denied"})

    said = [(page.status_code, page.content.decode()) for page in (forged, foreign, after, used)]
    assert [status for status, _ in said] == [400] * 4
    for (_, page), says in zip(
        said,
        ("Nobody here asked", "Somebody else began this", "used already", "used already"),
        strict=True,
    ):
        assert says in page
    assert denied.status_code == 422
    assert "the person there said no" in denied.content.decode()
    assert not Account.objects.filter(platform="granting").exists()


def test_nobody_chooses_what_was_offered_to_another(people: cast.Cast, town: ModuleType) -> None:
    ada = client_of(people.ada)
    path = ada.get("/channels/back/", there(ada, town))["Location"]

    assert client_of(people.ada).get(path).status_code == 400
    assert client_of(people.ada).post(path, {"account": "page-7"}).status_code == 400
    assert client_of(people.priya).post(path, {"account": "page-7"}).status_code == 403
    assert not Account.objects.filter(platform="granting").exists()


def test_a_missing_permission_is_said_and_refused(people: cast.Cast, town: ModuleType) -> None:
    town.grants.offers = (town.offer(scopes=("read",)),)
    ada = client_of(people.ada)
    path = ada.get("/channels/back/", there(ada, town))["Location"]

    assert "Not granted, and needed: Answer in the page" in ada.get(path).content.decode()
    refused = ada.post(path, {"account": "page-7"})
    assert refused.status_code == 422
    assert "Not granted, and needed" in refused.content.decode()


def test_a_form_that_lacks_something_keeps_what_was_typed(people: cast.Cast) -> None:
    page = client_of(people.ada).post(
        WAY, {"act": "register", "app-client_id": "app-1", "app-base_url": "granting"}
    )

    assert page.status_code == 422
    assert 'value="app-1"' in page.content.decode()
    assert "Write the whole address" in page.content.decode()


def test_a_platform_that_is_not_approved_is_not_offered(people: cast.Cast) -> None:
    approve("granting", Status.RETIRED)
    ada = client_of(people.ada)

    assert "Granting was retired" in ada.get("/channels/connect/").content.decode()
    page = ada.get(WAY).content.decode()
    assert "Deputy Chief Executive" in page
    assert 'value="register"' not in page
    assert ada.post(WAY, APP).status_code == 422
    assert queries.app_called("granting") is None


def test_unknown_names_are_not_there(people: cast.Cast) -> None:
    ada = client_of(people.ada)

    for path in (
        "/channels/connect/none/granting/",
        "/channels/connect/red-kite/friendster/",
        "/channels/777/",
        "/channels/777/disconnect/",
        "/platforms/friendster/",
    ):
        assert ada.get(path).status_code == 404


def test_a_website_shows_its_secret_once(people: cast.Cast) -> None:
    ada = client_of(people.ada)
    form = {"act": "typed", "account-sites": "https://second.example"}
    page = ada.post("/channels/connect/red-kite/website/", form).content.decode()

    assert "whsec_" in page
    assert "/hooks/website/website-red-kite" in page
    account = Account.objects.get(native_id="website-red-kite")
    assert "whsec_" not in ada.get(f"/channels/{account.pk}/").content.decode()


def test_disconnecting_asks_first_and_forgets_the_credential(people: cast.Cast) -> None:
    account = Account.objects.get(native_id="red-kite")
    ada, path = client_of(people.ada), f"/channels/{account.pk}/disconnect/"

    assert "Disconnect red-kite.example on Website?" in ada.get(path).content.decode()
    assert Account.objects.get(pk=account.pk).state == "connected"
    assert "is disconnected" in ada.post(path, follow=True).content.decode()
    assert Account.objects.get(pk=account.pk).state == "closed"
    assert ada.post(path).status_code == 404


def test_a_lapsed_account_is_on_every_page_of_those_who_can_connect_it(people: cast.Cast) -> None:
    account = Account.objects.get(native_id="red-kite")
    accounts.lapsed(account_id=account.pk, why="The password was changed.", now=clock.now())

    says = "red-kite.example (Website) has to be connected again"
    assert says in client_of(people.ada).get("/alerts/").content.decode()
    assert says not in client_of(people.priya).get("/alerts/").content.decode()
    listed = client_of(people.priya).get("/channels/").content.decode()
    assert "The password was changed. Replies wait. Connect it again." in listed


def test_access_that_ends_soon_is_said_to_those_who_can_connect_again(
    people: cast.Cast,
) -> None:
    account, ada = Account.objects.get(native_id="red-kite"), client_of(people.ada)
    for days, said in ((20, False), (13, True)):
        Account.objects.filter(pk=account.pk).update(ends_at=clock.now() + timedelta(days=days))
        page = ada.get("/alerts/").content.decode()
        assert ("Our access to red-kite.example (Website) ends soon" in page) is said
    assert "ends soon" not in client_of(people.priya).get("/alerts/").content.decode()


def test_a_blind_spell_is_told_with_what_was_brought_later(people: cast.Cast) -> None:
    account, now = Account.objects.get(native_id="red-kite"), clock.now()
    begun = now - timedelta(minutes=38)
    with transaction.atomic():
        intake.open_blindness(account_id=account.pk, from_at=begun, why="Down.", now=now)
    priya = client_of(people.priya)
    assert "not heard" in priya.get("/channels/").content.decode()

    with transaction.atomic():
        intake.close_blindness(account_id=account.pk, now=now)
    page = priya.get(f"/channels/{account.pk}/").content.decode()
    assert "Blind from" in page
    assert "0 messages of that time brought later" in page


def test_the_table_says_what_each_platform_can_do_and_where_that_was_read(
    people: cast.Cast,
) -> None:
    sam = client_of(people.sam)
    table = sam.get("/platforms/").content.decode()
    page = sam.get("/platforms/granting/").content.decode()

    for slug in registry.slugs():
        assert f'href="/platforms/{slug}/"' in table
    for says in (
        "on conditions", "Only where the page was named.", "https://granting.example/docs",
        "Private answer: 7 days", "10000 units a day", "for all our accounts there",
    ):  # fmt: skip
        assert says in page
    assert "Decide about it" not in page


def test_a_package_that_cannot_be_loaded_is_named_and_the_others_go_on(
    people: cast.Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "glede_broken.py").write_text("import something_that_is_not_there\n")
    about = tmp_path / "glede_broken-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: glede-broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[glede.platforms]\nbroken = glede_broken:platform\n")
    Account.objects.filter(platform="website").update(platform="broken")
    client = client_of(people.ada)
    with monkeypatch.context() as installed:
        installed.syspath_prepend(str(tmp_path))
        registry.slugs.cache_clear()
        listed, can, start = (
            client.get(path) for path in ("/channels/", "/platforms/", "/channels/connect/")
        )
        account = Account.objects.filter(platform="broken").first()
        assert account is not None
        alone = client.get(f"/channels/{account.pk}/")
    registry.slugs.cache_clear()

    assert [page.status_code for page in (listed, can, start, alone)] == [200, 200, 200, 404]
    why = "something_that_is_not_there"
    assert "is not heard and cannot answer" in listed.text
    assert why in listed.text
    assert "Broken cannot be used" in can.text
    assert why in can.text
    assert "granting" in start.text.casefold()


def test_who_may_decides_about_a_platform(people: cast.Cast) -> None:
    form = {"status": "approved", "office": "Head of Relationships", "review_on": "2099-01-31"}
    for viewer in (people.ada, people.priya, people.beth):
        answer = client_of(viewer).post("/platforms/bluesky/decide/", form | {"reason": "I say."})
        assert answer.status_code == 403
    delia = client_of(people.delia)
    without = delia.post("/platforms/bluesky/decide/", form)
    assert without.status_code == 422
    assert 'value="2099-01-31"' in without.content.decode()
    assert queries_register.entry("bluesky").status is Status.NOT_APPROVED

    done = delia.post(
        "/platforms/bluesky/decide/", form | {"reason": "Business case 12."}, follow=True
    )
    assert "Bluesky: approved." in done.content.decode()
    assert queries_register.entry("bluesky").reason == "Business case 12."


# --- In a browser --------------------------------------------------------------------------


def look_at(page: Page) -> None:
    assert_no_sideways_scroll(page)
    assert_accessible(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_channels_and_platforms_are_used_by_everybody_with_or_without_scripts(
    desk: Desk, browser: Browser
) -> None:
    with transaction.atomic():
        people = cast.build()
    approved_platforms.begin(now=clock.now())
    account = Account.objects.get(native_id="red-kite")
    with transaction.atomic():
        accounts.lapsed(account_id=account.pk, why="The password was changed.", now=clock.now())
        intake.open_blindness(
            account_id=account.pk, from_at=clock.now(), why="It is closed.", now=clock.now()
        )
    for number, (width, height, dark) in enumerate(SCREENS):
        with opened(browser, base_url=desk.url, width=width, height=height, dark=dark) as page:
            journey(desk, page, people, account.pk, number=number, look=True)
    with opened(browser, base_url=desk.url, javascript=False) as page:
        journey(desk, page, people, account.pk, number=9, look=False)


def journey(
    desk: Desk, page: Page, people: cast.Cast, account_id: int, *, number: int, look: bool
) -> None:
    seen = look_at if look else lambda _: None
    desk.sign_in(page, people.ada)
    page.goto("/channels/")
    expect(page.get_by_role("main")).to_contain_text("connect again")
    seen(page)
    page.goto(f"/channels/{account_id}/")
    expect(page.get_by_role("main")).to_contain_text("Replies wait")
    seen(page)
    with page.expect_navigation():
        page.get_by_role("link", name="Disconnect").click()
    seen(page)
    page.goto("/channels/connect/")
    seen(page)
    page.get_by_role("link", name="Website for Pennvale").click()
    page.get_by_role("textbox").first.fill(f"https://site-{number}.example")
    seen(page)
    page.get_by_role("button", name="Connect it").click()
    expect(page.get_by_role("main")).to_contain_text("whsec_")
    seen(page)
    page.goto("/platforms/")
    seen(page)
    page.get_by_role("link", name="Bluesky").first.click()
    expect(page.get_by_role("main")).to_contain_text("Deputy Chief Executive")
    seen(page)
