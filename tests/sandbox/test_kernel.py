"""What every platform of the sandbox stands on does what the real ones do to a client."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.kernel.hooks import Call, Manners
from sandbox.kernel.oauth import Authority, Client, Denied, Grant, s256
from sandbox.kernel.world import World, utc_now
from tests.sandbox.serving import Served, serving


class Counter:
    """A platform with one call, and one address that takes webhooks."""

    slug, name = "counter", "Counter"

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        self.taken: list[tuple[bytes, str]] = []
        self.refuse = 0

    def routes(self) -> Sequence[BaseRoute]:
        async def add(_request: Request) -> JSONResponse:
            self.count += 1
            return JSONResponse({"count": self.count, "state": "fine", "more": [{"deep": 1}]})

        async def take(request: Request) -> JSONResponse:
            if self.refuse:
                self.refuse -= 1
                return JSONResponse({}, status_code=503)
            self.taken.append((await request.body(), request.headers["signed"]))
            return JSONResponse({})

        return [
            Route("/add", add, methods=["POST"]),
            Route("/take", take, methods=["POST"]),
        ]

    def pages(self) -> Sequence[Any]:
        return ()

    def close(self) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Counter) as served:  # type: ignore[arg-type]
        yield served


def order(served: Served, kind: str, **more: Any) -> None:
    answer = httpx.post(f"{served.base}/_control/faults", json={"kind": kind, **more})
    assert answer.status_code == 200, answer.text


def add(served: Served) -> httpx.Response:
    return httpx.post(f"{served.base}/counter/add", json={})


def count(served: Served) -> int:
    return served.world.stages["counter"].count  # type: ignore[attr-defined,no-any-return]


def test_an_error_before_does_nothing_and_one_after_has_done_it(served: Served) -> None:
    order(served, "error-before", stage="counter", status=502)
    assert (add(served).status_code, count(served)) == (502, 0)
    order(served, "error-after", stage="counter", status=500)
    assert (add(served).status_code, count(served)) == (500, 1)
    assert (add(served).status_code, count(served)) == (200, 2)


def test_a_reset_breaks_the_connection_before_or_after_the_deed(served: Served) -> None:
    for kind, stands in (("reset-before", 0), ("reset-after", 1)):
        order(served, kind, stage="counter")
        with pytest.raises(httpx.TransportError):
            add(served)
        assert count(served) == stands


def test_an_answer_drifts_as_ordered(served: Served) -> None:
    order(served, "unknown-field")
    said = add(served).json()
    assert "never_seen_before" in said
    assert "never_seen_before" in said["more"][0]
    order(served, "missing-field", name="deep")
    assert add(served).json()["more"] == [{}]
    order(served, "new-value", name="state", value="odd")
    assert add(served).json()["state"] == "odd"


def test_a_platform_that_is_down_stays_down_until_it_is_withdrawn(served: Served) -> None:
    order(served, "down", stage="counter")
    for _ in range(3):
        with pytest.raises(httpx.TransportError):
            add(served)
    httpx.delete(f"{served.base}/_control/faults")
    assert add(served).status_code == 200


def test_an_order_that_is_not_understood_says_what_there_is(served: Served) -> None:
    answer = httpx.post(f"{served.base}/_control/faults", json={"kind": "explode"})
    assert answer.status_code == 400
    assert "slow" in answer.json()["kinds"]


def bundle(events: Sequence[object]) -> tuple[bytes, dict[str, str]]:
    return repr(list(events)).encode(), {"signed": str(len(events))}


def give(served: Served, events: Sequence[object], manners: Manners) -> None:
    for event in events:
        call = Call(f"{served.base}/counter/take", event, bundle)
        served.do(served.world.hooks.give, "counter", call, manners)


def taken(served: Served, at_least: int) -> list[tuple[bytes, str]]:
    stage = served.world.stages["counter"]
    for _ in range(200):
        if len(stage.taken) >= at_least:  # type: ignore[attr-defined]
            break
        pause(0.02)
    return list(stage.taken)  # type: ignore[attr-defined]


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_webhooks_are_gathered_into_batches(served: Served) -> None:
    served.do(served.world.hooks.hold)
    give(served, range(5), Manners(most_at_once=3))
    served.do(served.world.hooks.release)
    assert taken(served, 2) == [(b"[0, 1, 2]", "3"), (b"[3, 4]", "2")]


def test_a_refused_webhook_comes_again(served: Served) -> None:
    served.world.stages["counter"].refuse = 2  # type: ignore[attr-defined]
    give(served, ["once"], Manners(tries=(0.01, 0.01)))
    assert taken(served, 1) == [(b"['once']", "1")]


def test_a_webhook_may_come_twice(served: Served) -> None:
    give(served, ["again"], Manners(twice=1.0))
    assert len(taken(served, 2)) == 2


def authority() -> Authority:
    made = Authority(now=utc_now, rotates=True, token_holds=timedelta(hours=2))
    made.clients["desk"] = Client("desk", "hush", "The desk", ("http://here/back",))
    return made


def test_a_code_is_good_once_for_its_redirect_and_challenge() -> None:
    made = authority()
    grant = Grant("desk", "page-1", ("read",))
    code = made.allow(grant, redirect="http://here/back", challenge=s256("a verifier"))
    given: dict[str, Any] = {"client_id": "desk", "client_secret": "hush"}
    with pytest.raises(Denied, match="redirect"):
        made.exchange(code, redirect="http://there", verifier="a verifier", **given)
    code = made.allow(grant, redirect="http://here/back", challenge=s256("a verifier"))
    with pytest.raises(Denied, match="verifier"):
        made.exchange(code, redirect="http://here/back", verifier="another", **given)
    code = made.allow(grant, redirect="http://here/back", challenge=s256("a verifier"))
    token = made.exchange(code, redirect="http://here/back", verifier="a verifier", **given)
    assert made.known(token.value) is token
    with pytest.raises(Denied, match="used"):
        made.exchange(code, redirect="http://here/back", verifier="a verifier", **given)


def test_a_refresh_token_that_rotates_is_good_once_and_dies_with_its_account() -> None:
    made = authority()
    first = made.issue(Grant("desk", "page-1", ()), refreshable=True)
    second = made.renew(first.refresh)
    with pytest.raises(Denied):
        made.renew(first.refresh)
    made.revoke("page-1")
    assert made.known(second.value) is None
    with pytest.raises(Denied):
        made.renew(second.refresh)


def test_an_address_of_a_picture_stops_working_when_it_says(served: Served) -> None:
    stock = served.world.media
    digest = stock.put(b"a picture", "image/png")
    good = stock.address(digest, until=utc_now() + timedelta(minutes=1))
    over = stock.address(digest, until=utc_now() - timedelta(minutes=1))
    assert httpx.get(good).content == b"a picture"
    assert httpx.get(over).status_code == 403
    assert httpx.get(good.replace("sig=", "sig=0")).status_code == 404


def test_every_platforms_webhooks_are_doubled_and_held_to_order(served: Served) -> None:
    address = f"{served.base}/_control/deliveries"
    assert httpx.post(address, json={"twice": 1.0, "held": True}).status_code == 200
    give(served, ["again"], Manners())
    pause(0.1)
    assert taken(served, 0) == []
    assert httpx.post(address, json={"held": False}).status_code == 200
    assert len(taken(served, 2)) == 2
    for wrong in ({"twice": 2}, {"twice": "often"}, []):
        assert httpx.post(address, json=wrong).status_code == 400
