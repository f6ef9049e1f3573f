"""What Facebook and Instagram have in common, against the sandbox's one Graph."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from glede.platforms import registry
from glede.platforms.contract import (
    Cursor,
    PlatformError,
    Refused,
    Registration,
    Written,
)
from sandbox.graph.stages import Facebook, Instagram
from tests.platforms.meta import RESIDENTS, Desk, about, now
from tests.sandbox.serving import Served, serving

BACK = "https://desk.example.org/channels/back"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Facebook, Instagram) as served:
        yield served


@pytest.fixture(params=["facebook", "instagram"])
def desk(served: Served, request: pytest.FixtureRequest) -> Desk:
    return Desk(served, registry.get(request.param))


@pytest.fixture
def turned(desk: Desk) -> Iterator[Desk]:
    """A desk at a Graph that a test may turn; afterwards it is as before."""
    settings, calling = desk.stage.graph.settings, desk.stage.network.calling
    usual, manners = replace(settings), calling.manners
    yield desk
    for name in settings.__dataclass_fields__:
        setattr(settings, name, getattr(usual, name))
    calling.manners, calling.without_changes = manners, False


def registration(desk: Desk, **more: str) -> Registration:
    given = {
        "client_id": str(desk.given["client_id"]),
        "client_secret": desk.secret,
        "base_url": str(desk.given["base_url"]),
    }
    return Registration(**{**given, **more})


def allowed(desk: Desk, *, state: str = "st") -> str:
    """The code that a person's yes brings back."""
    assert desk.platform.oauth is not None
    address = desk.platform.oauth.address(registration(desk), BACK, state, "")
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(address).status_code == 200
        answer = browser.post(address, data={"account": "yes"})
    assert answer.is_redirect, answer.text
    where = answer.headers["location"]
    assert where.startswith(BACK)
    query = parse_qs(urlsplit(where).query)
    assert query["state"] == [state]
    return query["code"][0]


def test_a_persons_yes_offers_accounts_whose_tokens_work(desk: Desk) -> None:
    oauth = desk.platform.oauth
    assert oauth is not None
    offers = oauth.finish(registration(desk), allowed(desk), BACK, "", now())
    offer = next(one for one in offers if one.native_id == desk.account)
    assert len(offers) == 4
    wanted = {scope.name for scope in oauth.scopes if scope.needed}
    assert wanted <= set(offer.scopes)
    settings = dict(offer.settings)
    with closing(desk.connect(credential=offer.credential, settings=settings)) as connector:
        assert connector.identify(now=now()).native_id == desk.account


def test_a_code_is_good_once_and_for_who_has_the_secret(desk: Desk) -> None:
    oauth = desk.platform.oauth
    assert oauth is not None
    code = allowed(desk)
    with pytest.raises(PlatformError):
        oauth.finish(registration(desk, client_secret="guessed"), code, BACK, "", now())
    code = allowed(desk)
    oauth.finish(registration(desk), code, BACK, "", now())
    with pytest.raises(PlatformError):
        oauth.finish(registration(desk), code, BACK, "", now())


def test_a_field_that_is_refused_does_not_cost_the_comment(turned: Desk) -> None:
    native_id = turned.comment(text="still here?")
    turned.stage.graph.settings.refused_fields = {"from", "is_hidden", "parent_id"}
    events, _ = turned.poll(Cursor())
    assert native_id in [about(one) for one in events if isinstance(one, Written)]


def test_an_empty_page_is_not_the_end_of_a_list(turned: Desk) -> None:
    native_id = turned.message("hello?")
    turned.stage.graph.settings.empty_first_page = True
    with closing(turned.connect()) as connector:
        listed = connector.poll(Cursor(), now=now())
    found = turned.parsed(listed.events)
    assert native_id in [about(one) for one in found]


def test_calls_that_come_twice_and_out_of_order_are_the_same_events(turned: Desk) -> None:
    calling = turned.stage.network.calling
    calling.manners = replace(calling.manners, twice=1.0, shuffled=True, gather_seconds=0.05)
    with turned.listening():
        post = turned.publish()
        wanted = [turned.comment(post, who=who) for who in RESIDENTS * 3]
        for native_id in wanted:
            turned.wait(Written, native_id)
        assert turned.receiver is not None
        turned.receiver.wait(2)
        raw = turned.raw()
    comments = [
        one.key for one in raw if any(about(event) in wanted for event in turned.parsed([one]))
    ]
    assert len(comments) >= 2 * len(wanted)
    assert len(set(comments)) == len(wanted)


def test_an_envelope_without_changes_is_understood(turned: Desk) -> None:
    turned.stage.network.calling.without_changes = True
    with turned.listening():
        turned.wait(Written, turned.comment(text="from the other stack"))


def test_a_wrong_proof_of_the_app_is_refused(desk: Desk) -> None:
    app = {"client_id": str(desk.given["client_id"]), "client_secret": "guessed"}
    with closing(desk.connect(app=app)) as connector, pytest.raises(Refused):
        connector.identify(now=now())
