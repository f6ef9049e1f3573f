"""The YouTube plug-in against the sandbox: the contract's checks, and what goes wrong."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from glede.platforms import conformance
from glede.platforms.contract import (
    Act,
    Batch,
    Connection,
    Connector,
    Credential,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Gone,
    Hook,
    InboundEvent,
    Kind,
    Media,
    Moderated,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    RawEvent,
    Receipt,
    Reconnect,
    Refused,
    Registration,
    Request,
    TryAgain,
    Written,
)
from glede.platforms.meter import Meter
from glede.platforms.youtube import quota
from glede.platforms.youtube.capabilities import QUOTA
from glede.platforms.youtube.connector import YouTube, platform
from glede.platforms.youtube.verify import DOOR
from sandbox.kernel.hooks import Manners
from sandbox.kernel.oauth import s256
from sandbox.kernel.world import Resident
from sandbox.youtube.quota import MOST
from sandbox.youtube.stage import YouTube as Stage
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.serving import Served, serving

ANN = Resident("ann", "Ann Pryce", "annpryce")
LU = Resident("lu", "Lu Fenn", "lufenn")
NUMBERS = count(1)
NOWHERE = "UgxNeverWritten00000000000"
SECRET, WORD = "the hub's secret", "our word"
FILM = Media("video", content=b"\0\0\0\x18ftyp" * 1000, content_type="video/mp4")
THUMBNAIL = Media("image", alt="a lift", content=b"\xff\xd8\xff", content_type="image/jpeg")


def now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """One landlord's channel, and residents on the other side."""

    def __init__(self, served: Served, brand: str = "red-kite") -> None:
        self.served = served
        found = served.world.stages["youtube"]
        assert isinstance(found, Stage)
        self.stage = found
        given = served.do(found.credentials)
        self.page: Mapping[str, str] = given["pages"][brand]
        self.account = self.page["id"]
        self.base = f"{served.base}/youtube"
        self.app = {name: given[name] for name in ("client_id", "client_secret")}
        self.meter = Meter()
        self.video = self.publish("How we repair lifts")

    def connection(self, **more: Any) -> Connection:
        names = ("access_token", "refresh_token")
        return Connection(
            **{
                "account": self.account,
                "base_url": self.base,
                "credential": {name: self.page[name] for name in names},
                "app": self.app,
                "meter": self.meter,
                "settings": {"apart_every": "0"},
                **more,
            }
        )

    def connect(self, **more: Any) -> YouTube:
        return YouTube(self.connection(**more))

    def do(self, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def publish(self, title: str) -> str:
        return str(self.do(self.stage.publish, self.account, title))

    def comment(self, text: str = "", *, on: str = "", who: Resident = ANN) -> str:
        text = text or f"question {next(NUMBERS)}"
        return str(self.do(self.stage.comment, who, text, on=on or self.video))

    def person(self, who: Resident) -> str:
        return str(self.do(self.stage.network.resident, who).id)

    def stored(self, native_id: str) -> Any:
        return self.stage.network.state.stored.comments[native_id]

    def answer(self, **more: Any) -> OutboundMessage:
        number = next(NUMBERS)
        parent = more.pop("parent", None)
        return OutboundMessage(
            key=f"key {number}",
            text=more.pop("text", f"answer no. {number} <b> & more"),
            queued_at=now(),
            parent=self.comment() if parent is None else parent,
            parent_kind=Kind.COMMENT,
            to=self.person(ANN),
            **more,
        )

    def film(self, **more: Any) -> OutboundMessage:
        title = f"Film no. {next(NUMBERS)}"
        plan = Publication(title=title, **more)
        return replace(
            self.answer(parent="", text=f"About {title}", media=(FILM, THUMBNAIL)),
            publication=plan,
        )

    def standing(self, text: str) -> int:
        comments = self.stage.network.state.stored.comments.values()
        return [one.text for one in comments if not one.deleted].count(text)

    def order(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        self.do(self.served.world.faults.order, kind, path=path, method=method, **more)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Stage) as served:
        found = served.world.stages["youtube"]
        assert isinstance(found, Stage)
        # A module of tests calls oftener than a desk.
        found.quota.most.update(dict.fromkeys(MOST, 10_000_000))
        yield served


@pytest.fixture
def desk(served: Served) -> Iterator[Desk]:
    yield Desk(served)
    served.do(served.world.faults.withdraw)


def parsed(events: Sequence[RawEvent], account: str) -> list[InboundEvent]:
    return [event for raw in events for event in platform.parse(raw.body, account)]


def polled(desk: Desk, cursor: Cursor = Cursor()) -> tuple[list[InboundEvent], Batch]:  # noqa: B008
    with closing(desk.connect()) as connector:
        batch = connector.poll(cursor, now=now())
    return parsed(batch.events, desk.account), batch


def looked_up(desk: Desk, *native_ids: str) -> list[InboundEvent]:
    with closing(desk.connect()) as connector:
        return parsed(connector.lookup(native_ids, now=now()), desk.account)


def written(events: Sequence[InboundEvent]) -> list[str]:
    return [one.post.native_id for one in events if isinstance(one, Written)]


# --- The door ------------------------------------------------------------------------------


class Doorway:
    """Our own door at an address that the hub can call."""

    app = DoorApp("youtube", (SECRET,), {"verify_token": WORD})

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._receiving = receiving(self._asked)
        self.receiver: Receiver

    def _asked(self, query: Mapping[str, str]) -> bytes | None:
        asked = Request("GET", "/hooks/youtube/y", urlencode(query).encode(), {}, b"")
        DOOR.verify(asked, self.app, now())
        assert DOOR.answer is not None
        return DOOR.answer(asked, self.app).body

    def listen(self) -> datetime | None:
        hook = Hook(self.receiver.address, secret=SECRET, verify_token=WORD)
        before = self._followed()
        with closing(self.desk.connect()) as connector:
            again = connector.listen(hook, now=now())
        # The hub follows only after it has asked: what it wrote down for an earlier asking, or for
        # another test's address, is not it.
        end = time.monotonic() + 30
        while self._followed() is before:
            assert time.monotonic() < end, "The hub never followed."
            time.sleep(0.01)
        return again

    def _followed(self) -> object:
        ours = self.receiver.address
        followers = list(self.followers().values())
        return next((one for one in followers if one.callback.startswith(ours)), None)

    def followers(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.desk.stage.network.state.stored.followers
        return found

    def heard(self, at_least: int) -> list[RawEvent]:
        events: list[RawEvent] = []
        for body, headers in self.receiver.wait(at_least):
            request = Request("POST", "/hooks/youtube/y", b"", headers, body)
            DOOR.verify(request, self.app, now())
            events += DOOR.split(request, self.app, now())
        return events

    def __enter__(self) -> "Doorway":
        self.receiver = self._receiving.__enter__()
        self.listen()
        return self

    def __exit__(self, *error: Any) -> None:
        self.desk.do(self.desk.stage.network.state.stored.followers.clear)
        self.desk.stage.hub.manners = Manners()
        self._receiving.__exit__(*error)


# --- The contract's own checks -------------------------------------------------------------


class Kit:
    """A landlord, residents, and everything the plug-in says it can do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.account
        self.unknown_id = NOWHERE
        self.journeys: Mapping[str, Callable[[], None]] = {
            "receive comments": self.hear_a_comment,
            "receive edits": self.hear_an_edit,
            "receive deletions": self.hear_a_deletion,
            "receive own_posts": self.hear_ourselves,
            "reply_public": self.answer_in_public,
            "video": self.publish,
            "publish": self.publish,
            "hide": self.hide_and_unhide,
            "unhide": self.hide_and_unhide,
            "delete": self.reject,
            "block": self.reject_and_ban,
        }

    @property
    def samples(self) -> Sequence[bytes]:
        desk = self.desk
        edited = desk.comment()
        desk.do(desk.stage.edit, ANN, "which lift?", of=edited)
        desk.comment("this moron again")
        with closing(desk.connect()) as connector:
            found = [event.body for event in connector.poll(Cursor(), now=now()).events][:5]
            found += [e.body for e in connector.lookup([edited, NOWHERE], now=now())]
        with Doorway(desk) as doorway:
            desk.publish("Winter checks & boilers")
            return found + [event.body for event in doorway.heard(1)]

    def now(self) -> datetime:
        return now()

    def connect(self) -> Connector:
        return self.desk.connect()

    def answer(self) -> OutboundMessage:
        return self.desk.answer()

    def standing(self, message: OutboundMessage) -> int:
        return self.desk.standing(message.text)

    def theirs(self, act: Act) -> Moderation:
        return Moderation("kit", act, self.desk.comment(), author=self.desk.person(ANN))

    def genuine(self) -> tuple[Request, DoorApp]:
        body = b"<feed/>"
        mark = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        headers = {"x-hub-signature": f"sha1={mark}"}
        return Request("POST", "/hooks/youtube/y", b"", headers, body), Doorway.app

    # --- Receiving

    def hear_a_comment(self) -> None:
        _, before = polled(self.desk)
        top = self.desk.comment("when is the lift back?")
        reply = self.desk.comment("mine too", on=top, who=LU)
        events, _ = polled(self.desk, before.cursor)
        first, second = [event.post for event in events if isinstance(event, Written)]
        assert (first.native_id, first.thread, first.kind) == (top, top, Kind.COMMENT)
        assert (second.native_id, second.thread, second.parent) == (reply, top, top)
        assert first.author.native_id == self.desk.person(ANN)
        assert first.subject is not None
        assert (first.subject.text, first.subject.ours) == ("How we repair lifts", True)
        assert abs(first.at - self.desk.stored(top).at) <= timedelta(seconds=1)

    def hear_an_edit(self) -> None:
        native_id = self.desk.comment("when is the lift back?")
        _, before = polled(self.desk)
        self.desk.do(self.desk.stage.edit, ANN, "never mind", of=native_id)
        events, _ = polled(self.desk, before.cursor)
        (event,) = events
        assert isinstance(event, Edited)
        assert (event.post.native_id, event.post.text) == (native_id, "never mind")
        assert event.at > event.post.at

    def hear_a_deletion(self) -> None:
        native_id = self.desk.comment()
        self.desk.do(self.desk.stage.delete, ANN, of=native_id)
        (event,) = looked_up(self.desk, native_id)
        assert isinstance(event, Deleted)
        assert event.native_id == native_id

    def hear_ourselves(self) -> None:
        _, before = polled(self.desk)
        with Doorway(self.desk) as doorway:
            video = self.desk.publish("Gas safety week")
            (raw,) = doorway.heard(1)
        (event,) = parsed([raw], self.account)
        assert raw.account == self.account
        assert isinstance(event, Written)
        assert event.post.ours
        assert (event.post.native_id, event.post.text) == (video, "Gas safety week")
        typed = self.desk.do(
            self.desk.stage.answer_in_app, self.account, "Typed there.", to=self.desk.comment()
        )
        events, _ = polled(self.desk, before.cursor)
        ours = [one.post.native_id for one in events if isinstance(one, Written) and one.post.ours]
        assert ours == [video, typed]

    # --- Sending

    def answer_in_public(self) -> None:
        top = self.desk.comment()
        reply = self.desk.comment("and mine", on=top, who=LU)
        message = self.desk.answer(parent=reply)
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        stored = self.desk.stored(receipt.native_id)
        assert (stored.text, stored.parent) == (message.text, top)
        assert abs(receipt.at - stored.at) <= timedelta(seconds=1)
        assert self.desk.meter.spent(QUOTA, quota.day(now())) >= 50

    def publish(self) -> None:
        message = self.desk.film()
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            again = connector.read_back(message, now=now())
        video = self.desk.stage.network.state.stored.videos[receipt.native_id]
        assert (video.title, video.privacy) == (message.publication.title, "public")  # type: ignore[union-attr]
        assert video.size == len(FILM.content)
        assert video.thumbnail
        assert again is not None
        assert again.native_id == receipt.native_id

    # --- Moderating

    def hide_and_unhide(self) -> None:
        native_id = self.desk.comment()
        with closing(self.connect()) as connector:
            for act, status in ((Act.HIDE, "heldForReview"), (Act.UNHIDE, "published")):
                connector.moderate(Moderation("kit", act, native_id), now=now())
                assert self.desk.stored(native_id).status == status

    def reject(self) -> None:
        act = self.theirs(Act.DELETE)
        with closing(self.connect()) as connector:
            connector.moderate(act, now=now())
            with pytest.raises(Refused):
                connector.moderate(replace(act, act=Act.UNHIDE), now=now())
        assert self.desk.stored(act.native_id).status == "rejected"
        assert isinstance(looked_up(self.desk, act.native_id)[0], Deleted)

    def reject_and_ban(self) -> None:
        troll = Resident("troll", "A Troll", f"troll{next(NUMBERS)}")
        native_id = self.desk.comment(who=troll)
        person = self.desk.person(troll)
        with closing(self.connect()) as connector:
            connector.moderate(Moderation("kit", Act.BLOCK, native_id, author=person), now=now())
        assert person in self.desk.stage.network.state.stored.banned[self.account]
        assert self.desk.stored(native_id).status == "rejected"


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


# --- Receiving, when things go wrong -------------------------------------------------------


def test_a_poll_brings_what_is_new_once(desk: Desk) -> None:
    _, before = polled(desk)
    wanted = [desk.comment() for _ in range(3)]

    events, after = polled(desk, before.cursor)

    assert sorted(written(events)) == sorted(wanted)
    assert polled(desk, after.cursor)[0] == []
    assert not after.gap


def test_a_poll_reads_on_until_it_meets_what_it_knows(desk: Desk) -> None:
    desk.comment()
    _, before = polled(desk)
    wanted = [desk.comment() for _ in range(130)]

    events, after = polled(desk, before.cursor)

    assert sorted(written(events)) == sorted(wanted)
    assert not after.gap


def test_replies_beyond_those_the_list_shows_are_all_heard(desk: Desk) -> None:
    top = desk.comment("who else?")
    _, before = polled(desk)
    wanted = [desk.comment(f"me {number}", on=top, who=LU) for number in range(12)]

    events, after = polled(desk, before.cursor)

    assert sorted(written(events)) == sorted(wanted)
    assert polled(desk, after.cursor)[0] == []


def test_what_youtube_holds_back_comes_hidden_and_is_shown_when_let_through(desk: Desk) -> None:
    _, before = polled(desk)
    held, spam = desk.comment("what a moron"), desk.comment("free money here")

    events, after = polled(desk, before.cursor)
    page = desk.stage.network.page(desk.account)
    desk.do(desk.stage.network.moderate, page, desk.stored(held), "published")
    later, _ = polled(desk, after.cursor)

    posts = [one.post for one in events if isinstance(one, Written)]
    assert {post.native_id: post.hidden for post in posts} == {held: True, spam: True}
    assert [(one.native_id, one.act) for one in later if isinstance(one, Moderated)] == [
        (held, Act.UNHIDE)
    ]


def test_the_hub_s_call_doubled_is_one_event(desk: Desk) -> None:
    with Doorway(desk) as doorway:
        desk.stage.hub.manners = Manners(twice=1.0)
        video = desk.publish("Said twice")
        events = doorway.heard(2)

    assert len(events) == 2
    assert len({event.key for event in events}) == 1
    assert written(parsed(events, desk.account)) == [video, video]


def test_a_video_taken_down_is_told_for_its_channel(desk: Desk) -> None:
    with Doorway(desk) as doorway:
        stored = desk.stage.network.state.stored.videos[desk.video]
        desk.do(desk.stage.network.remove, stored)
        (raw,) = doorway.heard(1)

    assert raw.account == desk.account
    (event,) = parsed([raw], desk.account)
    assert isinstance(event, Deleted)
    assert event.native_id == desk.video


def test_the_hub_is_asked_again_before_its_lease_ends(desk: Desk) -> None:
    with Doorway(desk) as doorway:
        again = doorway.listen()
        (follower,) = doorway.followers().values()

    assert again is not None
    assert now() + timedelta(days=3) < again < follower.until


def test_nobody_else_can_unsubscribe_us(desk: Desk) -> None:
    with Doorway(desk) as doorway:
        asked = {
            "hub.mode": "unsubscribe",
            "hub.topic": "x",
            "hub.challenge": "y",
            "word": WORD,
        }
        request = Request("GET", "/hooks/youtube/y", urlencode(asked).encode(), {}, b"")
        with pytest.raises(Exception, match="never against"):
            DOOR.verify(request, doorway.app, now())


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("unknown-field", {}),
        ("missing-field", {"name": "authorProfileImageUrl"}),
        ("missing-field", {"name": "updatedAt"}),
        ("missing-field", {"name": "replies"}),
        ("missing-field", {"name": "totalReplyCount"}),
        ("new-value", {"name": "viewerRating", "value": "hologram"}),
    ],
)
def test_a_drifting_schema_loses_nothing(desk: Desk, kind: str, more: dict[str, Any]) -> None:
    _, before = polled(desk)
    native_id = desk.comment()
    desk.order(kind, "commentThreads", "GET", **more)

    events, _ = polled(desk, before.cursor)

    assert native_id in written(events)


# --- Sending, when things go wrong ---------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset-after", "error-after"])
def test_an_answer_that_arrived_unheard_is_found(desk: Desk, kind: str) -> None:
    message = desk.answer()
    desk.order(kind, "/v3/comments$", status=503)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())

    assert found is not None
    assert desk.standing(message.text) == 1


@pytest.mark.parametrize("kind", ["reset-before", "error-before"])
def test_an_answer_that_never_arrived_is_not_found(desk: Desk, kind: str) -> None:
    message = desk.answer()
    desk.order(kind, "/v3/comments$", status=500)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        assert connector.read_back(message, now=now()) is None
        connector.send(message, now=now())

    assert desk.standing(message.text) == 1


def test_an_upload_that_arrived_unheard_is_found(desk: Desk) -> None:
    message = desk.film()
    desk.order("reset-after", "/upload/youtube/v3/videos$", "PUT")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())

    assert found is not None
    assert found.native_id in desk.stage.network.state.stored.videos


def test_a_film_is_private_until_its_time(desk: Desk) -> None:
    at = now().replace(microsecond=0) + timedelta(days=1)
    with closing(desk.connect()) as connector:
        receipt: Receipt = connector.send(desk.film(at=at), now=now())

    video = desk.stage.network.state.stored.videos[receipt.native_id]
    assert (video.privacy, video.publish_at) == ("private", at)


def test_what_was_answered_may_be_gone(desk: Desk) -> None:
    message = desk.answer()
    desk.do(desk.stage.delete, ANN, of=message.parent)

    with closing(desk.connect()) as connector, pytest.raises(Gone):
        connector.send(message, now=now())


def test_comments_turned_off_is_a_refusal_that_says_so(desk: Desk) -> None:
    message = desk.answer()
    desk.stage.network.state.stored.videos[desk.video].comments_disabled = True

    with closing(desk.connect()) as connector, pytest.raises(Refused, match="commentsDisabled"):
        connector.send(message, now=now())


# --- Units and tokens ----------------------------------------------------------------------


def test_units_gone_at_youtube_mean_midnight_in_california(desk: Desk) -> None:
    most = desk.stage.quota.most
    before = most["units"]
    message = desk.answer()
    most["units"] = 0
    try:
        with closing(desk.connect()) as connector, pytest.raises(TryAgain) as again:
            connector.send(message, now=now())
    finally:
        most["units"] = before
    assert again.value.at == quota.next_day(now())


def test_we_count_as_youtube_does(desk: Desk) -> None:
    stored = desk.stage.network.state.stored
    desk.answer()
    before = stored.used.get("units", 0)
    with closing(desk.connect()) as connector:
        batch = connector.poll(Cursor(), now=now())
        connector.send(desk.answer(), now=now())
        connector.poll(batch.cursor, now=now())
        connector.lookup([NOWHERE], now=now())

    assert desk.meter.spent(QUOTA, quota.day(now())) == stored.used["units"] - before


def test_when_polls_have_stopped_answers_and_acts_still_go_out(desk: Desk) -> None:
    meter = Meter({(QUOTA, quota.day(now())): 9_500})
    message = desk.answer()
    with closing(desk.connect(meter=meter)) as connector:
        with pytest.raises(TryAgain):
            connector.poll(Cursor(), now=now())
        connector.send(message, now=now())
        connector.moderate(Moderation("1", Act.HIDE, message.parent), now=now())

    assert desk.standing(message.text) == 1


def test_of_two_connectors_whose_token_ended_one_asks_for_the_next(served: Served) -> None:
    desk = Desk(served, "edenmead")
    old = {name: desk.page[name] for name in ("access_token", "refresh_token")}
    kept, lock, asked = dict(old), threading.Lock(), []

    def renew(before: Credential, ask: Callable[[Credential], Credential]) -> Credential:
        with lock:
            if before["access_token"] == kept["access_token"]:
                asked.append(before)
                kept.update(ask(before))
            return dict(kept)

    desk.do(desk.stage.authority.tokens.pop, desk.page["access_token"])
    both = [desk.connect(renew=renew) for _ in range(2)]
    named: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: named.append(one.identify(now=now()).native_id))
        for one in both
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in both:
        one.close()

    assert named == [desk.account, desk.account]
    assert len(asked) == 1
    assert kept["access_token"] != old["access_token"]


def test_a_token_that_dies_while_sending_is_renewed_and_the_answer_stands_once(
    served: Served,
) -> None:
    desk = Desk(served, "twenty11")
    message = desk.answer()
    desk.do(desk.stage.authority.tokens.pop, desk.page["access_token"])

    with closing(desk.connect()) as connector:
        connector.send(message, now=now())

    assert desk.standing(message.text) == 1


def test_a_consent_taken_back_has_to_be_given_again(served: Served) -> None:
    desk = Desk(served, "pennvale")
    desk.do(desk.stage.authority.revoke, desk.account)

    with closing(desk.connect()) as connector, pytest.raises(Reconnect):
        connector.poll(Cursor(), now=now())


def test_a_person_connects_a_channel(desk: Desk) -> None:
    registration = Registration(desk.app["client_id"], desk.app["client_secret"], desk.base)
    back, verifier = "https://desk.example.org/back", "v" * 64
    assert platform.oauth is not None
    address = platform.oauth.address(registration, back, "state", s256(verifier))
    answered = httpx.post(address, data={"account": desk.account}, trust_env=False)
    given = parse_qs(urlsplit(answered.headers["location"]).query)
    (offer,) = platform.oauth.finish(registration, given["code"][0], back, verifier, now())

    assert given["state"] == ["state"]
    assert offer.native_id == desk.account
    assert offer.credential["refresh_token"]
    with closing(desk.connect(credential=offer.credential)) as connector:
        assert connector.identify(now=now()).native_id == desk.account
    with pytest.raises(Reconnect):
        platform.oauth.finish(registration, given["code"][0], back, verifier, now())
