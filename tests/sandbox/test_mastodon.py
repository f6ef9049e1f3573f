"""The sandbox's Mastodon, asked by a client and held against entities that others wrote.

Mastodon.py runs as it is; only the address is another. The same round of calls goes to a server of
somebody else's (`mastodon_mock`), and the answers agree in shape.
"""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import mastodon
import pytest

from sandbox.kernel.bus import Happening
from sandbox.kernel.world import Impossible, Picture, Resident
from sandbox.mastodon.stage import Mastodon as Stage
from tests.sandbox import mastodon_oracle as oracle
from tests.sandbox.mastodon_oracle import CALLS, Ear, Round
from tests.sandbox.serving import Served, serving

MAIR = Resident("mair", "Mair Ellis", "mair_ellis")
TOM = Resident("tom", "Tom Brack", "tom_brack")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Stage) as served:
        yield served


def stage_of(served: Served) -> Stage:
    stage = served.world.stages["mastodon"]
    assert isinstance(stage, Stage)
    return stage


@dataclass(slots=True)
class Town:
    """A resident of the sandbox, who names one landlord."""

    served: Served
    page: str
    who: Resident

    def mention(self, text: str) -> str:
        return self.served.do(stage_of(self.served).mention, self.who, text, page=self.page)

    def message(self, text: str) -> str:
        return self.served.do(stage_of(self.served).message, self.who, text, page=self.page)

    def reply(self, text: str, *, to: str) -> str:
        return self.served.do(stage_of(self.served).comment, self.who, text, on=to)

    def edit(self, status_id: str, text: str) -> None:
        self.served.do(stage_of(self.served).edit, self.who, text, of=status_id)

    def delete(self, status_id: str) -> None:
        self.served.do(stage_of(self.served).delete, self.who, of=status_id)


@dataclass(slots=True)
class Bob:
    """Somebody on the other server, with a client of their own."""

    api: mastodon.Mastodon
    page: str

    def mention(self, text: str) -> str:
        return str(self.api.status_post(f"@{self.page} {text}").id)

    def message(self, text: str) -> str:
        return str(self.api.status_post(f"@{self.page} {text}", visibility="direct").id)

    def reply(self, text: str, *, to: str) -> str:
        return str(self.api.status_post(f"@{self.page} {text}", in_reply_to_id=to).id)

    def edit(self, status_id: str, text: str) -> None:
        self.api.status_update(status_id, f"@{self.page} {text}")

    def delete(self, status_id: str) -> None:
        self.api.status_delete(status_id)


def landlord(served: Served, brand: str = "red-kite") -> dict[str, Any]:
    credentials = served.do(stage_of(served).credentials)
    page = next(one for one in credentials["pages"] if one["brand"] == brand)
    return {**page, "base_url": credentials["base_url"]}


def client_of(served: Served, brand: str = "red-kite") -> tuple[mastodon.Mastodon, Ear]:
    page = landlord(served, brand)
    return oracle.client(page["base_url"], page["access_token"])


def round_here(served: Served) -> tuple[Round, Ear]:
    """On a sandbox of one's own: a round expects nobody else's posts between its own."""
    api, ear = client_of(served)
    return Round(api, Town(served, landlord(served)["native_id"], MAIR)), ear


@pytest.fixture(scope="module")
def ours() -> Iterator[dict[str, Any]]:
    """A whole round on the sandbox: what each call was answered, or how it failed."""
    with serving(Stage) as served:
        at, ear = round_here(served)
        with oracle.closing(at.api):
            yield heard(at, ear)


@pytest.fixture(scope="module")
def theirs() -> Iterator[dict[str, Any]]:
    """The same round on a server of somebody else's."""
    with warnings.catch_warnings():
        # Its framework and database layer warn of their own making, which is not ours to judge.
        warnings.simplefilter("ignore")
        from mastodon_mock.testing.server import MockServer  # noqa: PLC0415 - under the silence

        with MockServer(log_level="critical") as server:
            api, ear = oracle.client(server.base_url, "alice_token")
            other = oracle.client(server.base_url, "bob_token")[0]
            with oracle.closing(api), oracle.closing(other):
                yield heard(Round(api, Bob(other, "alice")), ear)


def heard(at: Round, ear: Ear) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, call in CALLS.items():
        before = len(ear.heard)
        try:
            call(at)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - raised by its own test
            found[name] = error
        else:
            found[name] = ear.heard[before:]
    return found


# --- The client, and a second server --------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_the_client_is_answered_as_by_an_instance(ours: dict[str, Any], name: str) -> None:
    if isinstance(ours[name], BaseException):
        raise ours[name]


@pytest.mark.parametrize("name", CALLS)
def test_every_answer_is_as_documented(ours: dict[str, Any], name: str) -> None:
    assert [line for said in ours[name] for line in oracle.undocumented(said)] == []


@pytest.mark.parametrize("name", CALLS)
def test_another_server_is_answered_alike(
    ours: dict[str, Any], theirs: dict[str, Any], name: str
) -> None:
    if isinstance(theirs[name], BaseException):
        raise theirs[name]
    by_call: dict[tuple[str, str, int], object] = {}
    for said in theirs[name]:
        by_call[said.method, pathless(said.path), said.status] = oracle.shape(said.body)
    compared = 0
    for said in ours[name]:
        other = by_call.get((said.method, pathless(said.path), said.status))
        if other is not None:
            compared += 1
            assert oracle.differ(oracle.shape(said.body), other) == []
    assert compared


def pathless(path: str) -> str:
    """The path without ids."""
    return "/".join("*" if part.isdecimal() else part for part in path.split("/"))


#: Fields a desk lives on. Without any one of them a client or the documentation has to object.
FIELDS = (
    *("id", "type", "created_at", "account", "status", "content", "visibility", "acct"),
    *("in_reply_to_id", "in_reply_to_account_id", "edited_at", "mentions", "media_attachments"),
    *("url", "display_name", "spoiler_text", "language", "description", "text", "ancestors"),
    *("scheduled_at", "params", "blocking", "comment", "max_characters", "last_status", "error"),
)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_left_out_is_missed(name: str) -> None:
    with serving(Stage) as served:
        served.do(served.world.faults.order, "missing-field", name=name, times=10_000)
        at, ear = round_here(served)
        with oracle.closing(at.api):
            assert any(objection(call, at, ear) for call in CALLS.values())


def objection(call: Callable[[Round], None], at: Round, ear: Ear) -> bool:
    """Whether the client fails at this call, or an answer is not as documented."""
    before = len(ear.heard)
    try:
        call(at)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever it stumbles over
        return True
    return any(oracle.undocumented(said) for said in ear.heard[before:])


# --- Streams -------------------------------------------------------------------------------


@dataclass
class Listener(mastodon.StreamListener):  # type: ignore[misc]
    heard: list[tuple[str, str]] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def on_update(self, status: Any) -> None:
        self._note("update", status.id)

    def on_notification(self, notification: Any) -> None:
        self._note(f"notification {notification.type}", notification.status.id)

    def on_status_update(self, status: Any) -> None:
        self._note("status.update", status.id)

    def on_delete(self, status_id: Any) -> None:
        self._note("delete", status_id)

    def handle_heartbeat(self) -> None:
        self.ready.set()

    def _note(self, what: str, native_id: Any) -> None:
        self.heard.append((what, str(native_id)))


def until(done: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        threading.Event().wait(0.01)
    return done()


def test_a_stream_tells_what_concerns_the_account_and_no_more(served: Served) -> None:
    stage = stage_of(served)
    stage.streams.thump_seconds = 0.1
    api, _ = client_of(served, "pennvale")
    page = landlord(served, "pennvale")["native_id"]
    listener = Listener()
    assert api.stream_healthy()
    with oracle.closing(api):
        handle = api.stream_user(listener, run_async=True)
        try:
            assert until(lambda: bool(stage.instance.streams.get(page)))
            mention = served.do(stage.mention, TOM, "who is the manager here?", page=page)
            served.do(stage.edit, TOM, "who is the manager there?", of=mention)
            own = str(api.status_post("The lift is back.").id)
            api.status_update(own, "Both lifts are back.")
            served.do(stage.delete, TOM, of=mention)
            served.do(stage.mention, TOM, "not for you", page=landlord(served)["native_id"])
            expected = [
                ("notification mention", mention),
                ("update", own),
                ("status.update", own),
                ("delete", mention),
            ]
            assert until(lambda: len(listener.heard) >= len(expected))
            # An edit of somebody we do not follow reaches nobody's stream, as on the network.
            assert listener.heard == expected
        finally:
            handle.close()


def test_a_follower_hears_of_an_edit(served: Served) -> None:
    stage = stage_of(served)
    stage.streams.thump_seconds = 0.1
    api, _ = client_of(served, "edenmead")
    page = landlord(served, "edenmead")["native_id"]
    mention = served.do(stage.mention, TOM, "hello", page=page)
    listener = Listener()
    with oracle.closing(api):
        api.account_follow(api.status(mention).account.id)
        handle = api.stream_user(listener, run_async=True)
        try:
            assert until(lambda: bool(stage.instance.streams.get(page)))
            served.do(stage.edit, TOM, "hello again", of=mention)
            assert until(lambda: ("status.update", mention) in listener.heard)
        finally:
            handle.close()


# --- Being let in, limits, refusals --------------------------------------------------------


def test_an_app_is_registered_and_let_in(served: Served) -> None:
    base = landlord(served)["base_url"]
    back = "http://127.0.0.1/back"
    client_id, client_secret = mastodon.Mastodon.create_app(
        "A desk", scopes=["read", "write"], redirect_uris=back, api_base_url=base
    )
    api = mastodon.Mastodon(client_id, client_secret, api_base_url=base)
    with oracle.closing(api):
        address = api.auth_request_url(
            redirect_uris=back, scopes=["read", "write"], state="here again", allow_http=True
        )
        query = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
        shown = httpx.get(address)
        assert "A desk would like to" in shown.text
        choice = {**query, "account": landlord(served)["native_id"]}
        gone = httpx.post(f"{base}/oauth/authorize", data=choice)
        assert gone.status_code == 302
        carried = parse_qs(urlsplit(gone.headers["location"]).query)
        assert carried["state"] == ["here again"]
        given: dict[str, Any] = {"redirect_uri": back, "scopes": ["read", "write"]}
        api.log_in(code=carried["code"][0], allow_http=True, **given)
        assert api.me().id == landlord(served)["native_id"]
        assert api.app_verify_credentials().name == "A desk"
        api.revoke_access_token(allow_http=True)


def test_who_denies_is_sent_back_without_a_code(served: Served) -> None:
    page = landlord(served)
    client_id = served.do(stage_of(served).credentials)["client_id"]
    form = {"client_id": client_id, "redirect_uri": "http://127.0.0.1/back", "account": ""}
    gone = httpx.post(f"{page['base_url']}/oauth/authorize", data={**form, "state": "s"})
    assert parse_qs(urlsplit(gone.headers["location"]).query) == {
        "error": ["access_denied"],
        "state": ["s"],
    }


def test_a_token_that_is_revoked_or_too_narrow_is_refused(served: Served) -> None:
    stage = stage_of(served)
    page = landlord(served, "twenty11")
    wrong, _ = oracle.client(page["base_url"], "not a token")
    with oracle.closing(wrong), pytest.raises(mastodon.MastodonUnauthorizedError):
        wrong.me()
    held = stage.authority.tokens[page["access_token"]]
    narrow = served.do(stage.authority.issue, replace(held.grant, scopes=("read:accounts",)))
    api, _ = oracle.client(page["base_url"], narrow.value)
    with oracle.closing(api):
        assert api.me().acct == "twenty11"
        with pytest.raises(mastodon.MastodonAPIError, match="outside the authorized scopes"):
            api.status_post("hello")


def test_a_limit_is_told_and_kept(served: Served) -> None:
    stage = stage_of(served)
    api, _ = client_of(served, "edenmead")
    told: list[str] = []
    api.session.hooks["response"].append(
        lambda answer, **_more: told.append(answer.headers["X-RateLimit-Reset"])
    )
    with oracle.closing(api):
        asked = datetime.now(UTC)
        api.me()
        assert api.ratelimit_limit == 300
        # As the server says it. What the client makes of it is moved by the age of the server's
        # Date, which is in whole seconds and made anew once a second.
        assert asked < datetime.fromisoformat(told[0]) <= datetime.now(UTC) + timedelta(minutes=5)
        assert api.ratelimit_reset > time.time()
        before = dict(stage.api.limits.most)
        try:
            stage.api.limits.most["account"] = (1, timedelta(minutes=5))
            with pytest.raises(mastodon.MastodonRatelimitError):
                api.me()
        finally:
            stage.api.limits.most.update(before)


def test_a_film_takes_its_time(served: Served) -> None:
    stage = stage_of(served)
    api, ear = client_of(served, "twenty11")
    with oracle.closing(api):
        stage.instance.processing = timedelta(seconds=30)
        film = api.media_post(b"\0\0\0\x18ftypmp42" + bytes(64), mime_type="video/mp4")
        assert (film.url, ear.heard[-1].status) == (None, 202)
        api.media(film.id)
        assert ear.heard[-1].status == 206
        with pytest.raises(mastodon.MastodonAPIError, match="finished processing"):
            api.status_post("A film.", media_ids=[film.id])
        stage.instance.state.media[str(film.id)].ready_at = served.world.now()
        assert api.media(film.id).url
        assert api.status_post("A film.", media_ids=[film.id]).media_attachments[0].type == "video"


# --- Residents, and what outlives a restart ------------------------------------------------


def test_residents_act_and_everybody_is_told(served: Served) -> None:
    stage = stage_of(served)
    page = landlord(served)["native_id"]
    told: list[Happening] = []
    end = served.world.bus.call(told.append)
    try:
        post = served.do(stage.publish, page, "Fire drill at ten.")
        picture = Picture(oracle.PIXEL, "image/png", "smoke")
        comment = served.do(stage.comment, MAIR, "again?", on=post, pictures=[picture])
        answer = served.do(stage.answer_in_app, page, "Yes, sorry.", to=comment)
        private = served.do(stage.message, MAIR, "call me", page=page)
        served.do(stage.delete, MAIR, of=comment)
    finally:
        end()
    assert [(one.what, one.who, one.by_page, one.of) for one in told] == [
        ("published", page, True, ""),
        ("commented", "mair", False, post),
        ("commented", page, True, comment),
        ("messaged", "mair", False, ""),
        ("deleted", "mair", False, comment),
    ]
    assert told[1].text == "again?"
    assert {one.page for one in told} == {page}
    wall = served.do(stage.wall, page)
    shown = next(one for one in wall if one.native_id == post)
    assert (shown.replies[0].deleted, shown.replies[0].replies[0].native_id) == (True, answer)
    assert len(shown.replies[0].pictures) == 1
    assert [one.native_id for one in served.do(stage.chat, page, MAIR)] == [private]
    assert post in served.do(stage.posts, page)
    with pytest.raises(Impossible):
        served.do(stage.comment, MAIR, "hm", on=comment)
    with pytest.raises(Impossible, match="limit"):
        served.do(stage.mention, MAIR, "a" * 600, page=page)


def test_a_restart_changes_nothing(served: Served) -> None:
    stage = stage_of(served)
    page = landlord(served)
    mention = served.do(stage.mention, TOM, "still there?", page=page["native_id"])
    dumped = served.do(stage.dump)
    with serving(Stage) as second:
        other = stage_of(second)
        second.do(other.load, dumped)
        assert second.do(other.dump) == dumped
        api, _ = oracle.client(f"{second.base}/mastodon", page["access_token"])
        with oracle.closing(api):
            assert "still there" in api.status(mention).content
