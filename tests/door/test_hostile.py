"""Ten thousand calls nobody may make: a clear answer to each, no error, and no trace of any."""

import base64
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glede.desk.intake.models import RawEvent, Usage
from glede.door import app as door
from glede.rulebook.accounts.models import App
from tests.door import loop
from tests.door.caller import KEY, ORIGIN, SLUG, created, filled, signed
from tests.door.loop import Loop

pytestmark = pytest.mark.exhaustive

RICH = settings(
    max_examples=1_000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SPOILED = settings(RICH, max_examples=8_000)

BODY = created()
GOOD = signed("evt_hostile", BODY)
SIGNING = sorted(GOOD)
FORM = "application/x-www-form-urlencoded"
OTHERS = ["accept", "content-length", "x-forwarded-for"]
#: What a field of a request may carry: latin-1, as HTTP has it.
latin = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60)
paths = st.one_of(
    st.just(f"/hooks/website/{SLUG}"),
    st.sampled_from(["/hooks", "/hooks/", "/hooks/website", "/hooks/bluesky/x", "//", "/hooks//"]),
    st.text(max_size=40).map(lambda text: f"/hooks/website/{text}"),
    st.text(max_size=40).map(lambda text: f"/hooks/{text}/{SLUG}"),
)
methods = st.sampled_from(["POST"] * 8 + ["GET", "PUT", "OPTIONS", "BREW"])
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
bodies = st.one_of(
    st.just(BODY),
    st.binary(max_size=200),
    json_like.map(lambda value: json.dumps(value).encode()),
)


@st.composite
def forged_hooks(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """At least one of the signed things is not as it was signed."""
    headers = dict(GOOD)
    body = draw(bodies)
    changed = draw(st.sets(st.sampled_from(SIGNING), min_size=0 if body != BODY else 1))
    changed -= {"content-type"}
    if body == BODY and not changed:
        changed = {"webhook-signature"}
    for name in changed:
        value = draw(st.none() | latin.filter(lambda text: text.strip() != ""))
        headers.pop(name)
        if value is not None and value != GOOD[name]:
            headers[name] = value
    return headers, body


marks = st.binary(min_size=0, max_size=40).map(lambda raw: base64.b64encode(raw).decode())


@st.composite
def guessed_signatures(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    listed = draw(st.lists(st.tuples(st.sampled_from(["v1", "v1a", "v2", ""]), marks), max_size=12))
    signature = " ".join(f"{scheme},{mark}" for scheme, mark in listed)
    return {**GOOD, "webhook-signature": signature}, draw(bodies)


@st.composite
def forged_forms(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """Every field may be right except the ticket, which nobody else can make."""
    fields: dict[str, str] = {**filled(), "ticket": draw(st.text(max_size=60))}
    if draw(st.booleans()):
        nonce, expires, mark = filled()["ticket"].split(".")
        wrong = draw(st.text(string.ascii_letters + string.digits + "-_", min_size=32, max_size=32))
        fields["ticket"] = ".".join(
            (nonce, str(int(expires) + 1), draw(st.just(mark) | st.just(wrong)))
        )
    for name in draw(st.sets(st.sampled_from(sorted(set(fields) - {"ticket"})))):
        fields[name] = draw(st.text(max_size=50))
    body = draw(st.just(urlencode(fields, errors="replace").encode()) | st.binary(max_size=100))
    origin = draw(st.sampled_from([ORIGIN, "null", "https://evil.example", ""]))
    content_type = draw(
        st.sampled_from(["", "; charset=utf-8", "; charset=nonsense", ";"]).map(
            lambda more: FORM + more
        )
    )
    return {"content-type": content_type, "origin": origin, "host": "glede.test"}, body


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes


async def _call(method: str, path: str, headers: dict[str, str], body: bytes) -> Answered:
    sent: list[dict[str, Any]] = []
    parts = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
        ],
        "client": ("192.0.2.9", 4711),
    }
    await door.application(scope, receive, send)
    return Answered(sent[0]["status"], sent[1]["body"])


@pytest.fixture
def running(website: App) -> Iterator[Loop]:
    with loop.running() as door_loop:
        door_loop.run(door.startup())
        yield door_loop
        door_loop.run(door.shutdown())


def test_nothing_unsigned_is_kept_and_nothing_breaks(running: Loop) -> None:
    @RICH
    @given(
        method=methods,
        path=paths,
        call=st.one_of(forged_hooks(), guessed_signatures(), forged_forms()),
        more=st.dictionaries(
            st.sampled_from(["accept", "content-length", "x-forwarded-for"]), latin
        ),
    )
    def forged(
        method: str, path: str, call: tuple[dict[str, str], bytes], more: dict[str, str]
    ) -> None:
        headers, body = call
        answered = running.run(_call(method, path, {**headers, **more}, body))
        assert 400 <= answered.status < 500, answered
        assert answered.body.startswith((b'{"error": "', b"<!doctype html>")), answered

    forged()

    assert not RawEvent.objects.exists()
    assert not Usage.objects.exists()


def _spoiled(dice: random.Random, given: bytes) -> bytes:
    """The same with a few bytes changed, taken out, doubled or put in."""
    spoiled = bytearray(given)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(spoiled) + 1)
        what = dice.randrange(4)
        if what == 0:
            spoiled[at:at] = dice.randbytes(dice.randint(1, 5))
        elif what == 1:
            del spoiled[at : at + dice.randint(1, 5)]
        elif what == 2:
            spoiled[at:at] = spoiled[at : at + 20]
        elif at < len(spoiled):
            spoiled[at] ^= 1 << dice.randrange(8)
    return bytes(spoiled)


def test_a_genuine_call_spoiled_anywhere_is_refused(running: Loop) -> None:
    """Cheap cases, so that there can be many: hypothesis only throws the dice."""
    form = filled()
    form_headers = {"content-type": FORM, "origin": ORIGIN, "host": "glede.test"}

    @SPOILED
    @given(seed=st.integers(min_value=0))
    def spoiled(seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - throws cases, keeps no secret
        if dice.randrange(2):
            headers, body = dict(GOOD), BODY
            name = dice.choice(["webhook-id", "webhook-signature", "body"])
        else:
            headers, body = dict(form_headers), b""
            name = "ticket"
        if name == "ticket":
            ticket = _spoiled(dice, form["ticket"].encode()).decode("latin-1")
            body = urlencode({**form, "ticket": ticket}).encode()
            # A form's fields are read without NUL and without white space around them.
            same = ticket.replace("\0", "").strip() == form["ticket"]
        elif name == "body":
            body = _spoiled(dice, BODY)
            same = body == BODY
        else:
            headers[name] = _spoiled(dice, GOOD[name].encode()).decode("latin-1")
            # Further signatures beside the right one are allowed, and so are spaces.
            same = GOOD[name] in headers[name].split(" ") or headers[name] == GOOD[name]
        if same:
            return
        answered = running.run(_call("POST", f"/hooks/website/{SLUG}", headers, body))
        assert answered.status == 401, (answered, headers, body)

    spoiled()

    assert not RawEvent.objects.exists()


def test_the_open_pages_answer_whatever_they_are_asked(website: App) -> None:
    client = Client(raise_request_exception=True)
    pieces = st.one_of(st.text(max_size=30), st.sampled_from([KEY, "thanks", "embed.js", "%00"]))

    @RICH
    @given(
        first=st.sampled_from(["w", "v"]),
        rest=st.lists(pieces, min_size=1, max_size=3),
        query=st.dictionaries(st.sampled_from(["m", "in", "page"]), st.text(max_size=40)),
    )
    def asked(first: str, rest: list[str], query: dict[str, str]) -> None:
        path = "/".join(["", first, *(quote(one, safe="%", errors="replace") for one in rest), ""])
        encoded = urlencode(query, errors="replace")
        answer = client.get(path, query_string=encoded)
        assert answer.status_code in {200, 301, 404}, (path, encoded)
        assert not answer.cookies

    asked()

    assert not RawEvent.objects.exists()
