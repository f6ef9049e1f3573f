"""The form's page: framed only by the brand's sites, no cookie, no session, a ticket instead."""

from dataclasses import replace
from unittest import mock

import pytest
from django.conf import settings
from django.test import Client

from glede.kit import clock
from glede.rulebook.accounts.models import App
from glede.rulebook.policy import queries as policy
from tests.visitor.conftest import Visitor


def test_only_the_brands_sites_may_frame_the_form_and_it_sets_no_cookie(visitor: Visitor) -> None:
    answer = visitor.get(f"/w/{visitor.key}/")

    assert answer.status_code == 200
    assert f"frame-ancestors https://{visitor.slug}.example" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers


def test_signed_in_staff_are_nobody_in_particular_here(visitor: Visitor) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"

    answer = client.get(f"/w/{visitor.key}/")

    assert answer.status_code == 200
    assert "csrf" not in answer.content.decode().lower()
    assert "Sam" not in answer.content.decode()


@pytest.mark.parametrize(
    "sites", ["", "red-kite.example", "*", "https://red-kite.example; script-src *", "data:"]
)
def test_what_is_no_origin_may_not_frame_it(visitor: Visitor, sites: str) -> None:
    App.objects.update(settings={"public_key": visitor.key, "sites": sites})

    answer = visitor.get(f"/w/{visitor.key}/")

    policy = answer["Content-Security-Policy"]
    assert "*" not in policy
    allowed = policy.partition("frame-ancestors ")[2].partition(";")[0]
    assert allowed in {"'none'", "https://red-kite.example"}
    if allowed == "'none'":
        assert answer["X-Frame-Options"] == "DENY"


def test_the_promise_is_the_policys(visitor: Visitor) -> None:
    page = visitor.get(f"/w/{visitor.key}/").content.decode()

    assert "within 4 hours in working hours, and within 12 hours at other times" in page


@pytest.mark.parametrize(
    ("value", "words"),
    [({"working_days": 1}, "1 working day"), ({"working_days": 2}, "2 working days"),
     ("same_day", "the day"), ("PT90M", "90 minutes")],
)  # fmt: skip
def test_the_promise_is_said_however_it_is_counted(
    visitor: Visitor, value: object, words: str
) -> None:
    book = policy.rulebook_at(clock.now())
    promised = replace(book.rules["acknowledge.in_hours"], value=value)
    counted_so = replace(book, rules={**book.rules, "acknowledge.in_hours": promised})

    with mock.patch.object(policy, "rulebook_at", return_value=counted_so):
        page = visitor.get(f"/w/{visitor.key}/").content.decode()

    assert f"within {words} in working hours" in page


def test_it_asks_for_an_address_only_where_mail_can_be_sent(
    visitor: Visitor, request: pytest.FixtureRequest
) -> None:
    assert 'name="email"' not in visitor.get(f"/w/{visitor.key}/").content.decode()

    request.getfixturevalue("mailbox")

    assert 'name="email"' in visitor.get(f"/w/{visitor.key}/").content.decode()


def test_the_script_puts_a_titled_frame_into_the_page(visitor: Visitor) -> None:
    answer = visitor.get(f"/w/{visitor.key}/embed.js")

    script = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert f'"{settings.GLEDE_BASE_URL}/w/{visitor.key}/"' in script
    assert '"Write to Red Kite"' in script
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/w/pk_other/", "/w/pk_other/thanks/", "/v/nothing/"])
def test_an_unknown_address_is_a_friendly_404(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert answer["X-Robots-Tag"].startswith("noindex")


def test_an_unknown_key_has_no_script(visitor: Visitor) -> None:
    assert visitor.get("/w/pk_other/embed.js").status_code == 404


def test_nothing_is_posted_to_a_page(visitor: Visitor) -> None:
    for path in (f"/w/{visitor.key}/", f"/w/{visitor.key}/embed.js", "/v/nothing/"):
        assert Client().post(path, {"message": "x"}).status_code == 405
