"""The X plug-in against the sandbox: the contract's checks, and what goes wrong."""

import json
import threading
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
    AnswerThere,
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
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Post,
    Publication,
    RawEvent,
    Reconnect,
    Refused,
    Registration,
    Request,
    TryAgain,
    Written,
)
from glede.platforms.meter import Meter
from glede.platforms.x.connector import X, platform
from glede.platforms.x.verify import DOOR, sign
from sandbox.kernel.hooks import Manners
from sandbox.kernel.oauth import s256
from sandbox.kernel.world import Picture, Resident
from sandbox.x.calls import LIMITS
from sandbox.x.stage import X as Stage
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.serving import Served, serving

ANN = Resident("ann", "Ann Pryce", "ann_pryce")
LU = Resident("lu", "Lu Fenn", "lu_fenn")
NUMBERS = count(1)
NOWHERE = "1234567890"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """One landlord's connection, and residents on the other side."""

    def __init__(self, served: Served, brand: str = "red-kite") -> None:
        self.served = served
        found = served.world.stages["x"]
        assert isinstance(found, Stage)
        self.stage = found
        self.given = served.do(found.credentials)
        self.page: Mapping[str, str] = self.given["pages"][brand]
        self.account = self.page["id"]
        self.base = f"{served.base}/x"
        self.app = {name: self.given[name] for name in ("client_id", "client_secret")}
        self.app["bearer_token"] = self.given["bearer_token"]
        self.meter = Meter()

    def connection(self, **more: Any) -> Connection:
        names = ("access_token", "refresh_token")
        return Connection(
            **{
                "account": self.account,
                "base_url": self.base,
                "credential": {name: self.page[name] for name in names},
                "handle": self.page["username"],
                "app": self.app,
                "meter": self.meter,
                **more,
            }
        )

    def connect(self, **more: Any) -> X:
        return X(self.connection(**more))

    def do(self, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def mention(self, text: str = "", who: Resident = ANN, **more: Any) -> str:
        text = text or f"question {next(NUMBERS)}"
        return str(self.do(self.stage.mention, who, text, page=self.account, **more))

    def comment(self, on: str, text: str = "", who: Resident = ANN) -> str:
        return str(self.do(self.stage.comment, who, text or f"so {next(NUMBERS)}?", on=on))

    def message(self, text: str, who: Resident = ANN) -> str:
        return str(self.do(self.stage.message, who, text, page=self.account))

    def publish(self, text: str = "") -> str:
        text = text or f"Bins on Monday {next(NUMBERS)}."
        return str(self.do(self.stage.publish, self.account, text))

    def author_of(self, native_id: str) -> str:
        return str(self.stage.network.state.stored.posts[native_id].author)

    def person(self, who: Resident) -> str:
        return str(self.do(self.stage.network.resident, who).id)

    def answer(self, **more: Any) -> OutboundMessage:
        number = next(NUMBERS)
        parent = more.pop("parent", None)
        return OutboundMessage(
            key=f"key {number}",
            text=more.pop("text", f"answer no. {number} & more"),
            queued_at=now(),
            parent=self.mention() if parent is None else parent,
            to=more.pop("to", self.person(ANN)),
            parent_kind=more.pop("parent_kind", Kind.MENTION),
            **more,
        )

    def standing(self, text: str) -> int:
        stored = self.stage.network.state.stored
        said = [post.text for post in stored.posts.values() if not post.deleted]
        said += [direct.text for direct in stored.directs.values()]
        return said.count(text)

    def order(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        self.do(self.served.world.faults.order, kind, path=path, method=method, **more)

    def door_app(self) -> DoorApp:
        return DoorApp("x", (str(self.given["consumer_secret"]),))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Stage) as served:
        found = served.world.stages["x"]
        assert isinstance(found, Stage)
        found.filtered.keep_alive = 0.1
        # A module of tests calls oftener than a desk.
        found.limits.most.update({name: (100_000, timedelta(days=1)) for name in LIMITS})
        yield served


@pytest.fixture
def desk(served: Served) -> Iterator[Desk]:
    made = Desk(served)
    yield made
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


# --- The door ------------------------------------------------------------------------------


class Doorway:
    """Our own door at an address that X can call."""

    def __init__(self, desk: Desk, receiver: Receiver) -> None:
        self.desk = desk
        self.receiver = receiver

    def listen(self) -> datetime | None:
        with closing(self.desk.connect()) as connector:
            return connector.listen(Hook(self.receiver.address), now=now())

    def heard(self, at_least: int) -> list[RawEvent]:
        app = self.desk.door_app()
        events: list[RawEvent] = []
        for body, headers in self.receiver.wait(at_least):
            request = Request("POST", "/hooks/x/x", b"", headers, body)
            DOOR.verify(request, app, now())
            events += DOOR.split(request, app, now())
        return events

    def written(self, native_id: str) -> Post:
        for number in range(1, 20):
            for event in parsed(self.heard(number), self.desk.account):
                post = event.post if isinstance(event, Written | Edited) else None
                if post is not None and post.native_id == native_id:
                    return post
        raise AssertionError(f"X did not call about {native_id}.")


@pytest.fixture
def doorway(desk: Desk) -> Iterator[Doorway]:
    with opened(desk) as made:
        yield made


class opened:  # noqa: N801 - reads as a state: with opened(desk)
    """The door, subscribed for this account, until the block ends."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._receiving = receiving(self._challenged)

    def _challenged(self, query: Mapping[str, str]) -> bytes | None:
        asked = Request("GET", "/hooks/x/x", urlencode(query).encode(), {}, b"")
        DOOR.verify(asked, self.desk.door_app(), now())
        assert DOOR.answer is not None
        return DOOR.answer(asked, self.desk.door_app()).body

    def __enter__(self) -> Doorway:
        made = Doorway(self.desk, self._receiving.__enter__())
        made.listen()
        return made

    def __exit__(self, *error: Any) -> None:
        stored = self.desk.stage.network.state.stored
        self.desk.do(stored.webhooks.clear)
        self.desk.do(stored.subscriptions.clear)
        self.desk.stage.activity.manners = Manners()
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
            "receive mentions": self.hear_a_mention,
            "receive quotes": self.hear_a_quote,
            "receive messages": self.hear_a_message,
            "receive edits": self.hear_an_edit,
            "receive deletions": self.hear_a_deletion,
            "receive own_posts": self.hear_ourselves,
            "reply_public": self.answer_in_public,
            "reply_private": self.answer_in_private,
            "image": self.show_a_picture,
            "video": self.show_a_film,
            "hide": self.hide_and_unhide,
            "unhide": self.hide_and_unhide,
            "block": self.block_and_unblock,
            "unblock": self.block_and_unblock,
            "publish": self.publish,
        }

    @property
    def samples(self) -> Sequence[bytes]:
        desk = self.desk
        edited = desk.mention()
        desk.do(desk.stage.edit, ANN, "@redkite which?", of=edited)
        wanted = [desk.mention(), desk.comment(desk.publish()), edited, NOWHERE]
        with closing(desk.connect()) as connector:
            found = [event.body for event in connector.lookup(wanted, now=now())]
        with opened(desk) as doorway:
            desk.message("in private")
            desk.mention()
            return found + [event.body for event in doorway.heard(2)]

    def now(self) -> datetime:
        return now()

    def connect(self) -> Connector:
        return self.desk.connect()

    def answer(self) -> OutboundMessage:
        return self.desk.answer()

    def standing(self, message: OutboundMessage) -> int:
        return self.desk.standing(message.text)

    def theirs(self, act: Act) -> Moderation:
        native_id = self.desk.mention()
        return Moderation("kit", act, native_id, native_id, self.desk.author_of(native_id))

    def genuine(self) -> tuple[Request, DoorApp]:
        app = self.desk.door_app()
        body = json.dumps({"data": {"event_uuid": "1", "filter": {"user_id": "2"}}}).encode()
        headers = {"x-twitter-webhooks-signature": sign(app.secrets[0], body)}
        return Request("POST", "/hooks/x/x", b"", headers, body), app

    # --- Receiving

    def hear_a_comment(self) -> None:
        post = self.desk.publish("Gas checks begin.")
        with opened(self.desk) as doorway:
            heard = doorway.written(self.desk.comment(post, "which street?"))
        assert (heard.kind, heard.thread, heard.parent) == (Kind.COMMENT, post, post)
        assert heard.author.handle == ANN.handle

    def hear_a_mention(self) -> None:
        with opened(self.desk) as doorway:
            heard = doorway.written(self.desk.mention("the lift is broken"))
        assert heard.kind is Kind.MENTION
        assert heard.text.endswith("the lift is broken")
        assert not heard.private
        assert abs(heard.at - now()) < timedelta(seconds=10)

    def hear_a_quote(self) -> None:
        """The sandbox's residents quote nobody: a call in X's words, by X's hook and signature."""
        ours = self.desk.publish()
        post = {
            "id": "77",
            "author_id": "5",
            "text": "look at this",
            "created_at": now().isoformat(),
            "referenced_tweets": [{"type": "quoted", "id": ours}],
        }
        about = {"id": ours, "author_id": self.account, "text": "Bins", "created_at": str(now())}
        event = {
            "data": {
                "event_uuid": "-77",
                "filter": {"user_id": self.account},
                "event_type": "post.quote.create",
                "payload": post,
                "includes": {"tweets": [about]},
            }
        }
        stage = self.desk.stage
        with opened(self.desk) as doorway:
            webhook = next(iter(stage.network.state.stored.webhooks.values()))
            self.desk.do(stage.activity._deliver, webhook, event)
            heard = doorway.written("77")
        assert heard.kind is Kind.QUOTE
        assert heard.subject is not None
        assert heard.subject.ours

    def hear_a_message(self) -> None:
        with opened(self.desk) as doorway:
            native_id = self.desk.message("my number is 01234")
            heard = doorway.written(f"dm/{native_id}")
        assert (heard.kind, heard.private) == (Kind.MESSAGE, True)
        assert heard.text == "my number is 01234"
        events, _ = polled(self.desk)
        listed = next(
            event.post
            for event in events
            if isinstance(event, Written) and event.post.native_id == heard.native_id
        )
        assert (listed.thread, listed.author) == (heard.thread, heard.author)

    def hear_an_edit(self) -> None:
        native_id = self.desk.mention("no heating")
        self.desk.do(self.desk.stage.edit, ANN, "@redkite no hot water", of=native_id)
        [event] = looked_up(self.desk, native_id)
        assert isinstance(event, Edited)
        assert (event.post.native_id, event.post.text) == (native_id, "@redkite no hot water")
        assert event.post.revision != native_id

    def hear_a_deletion(self) -> None:
        native_id = self.desk.mention()
        self.desk.do(self.desk.stage.delete, ANN, of=native_id)
        [event] = looked_up(self.desk, native_id)
        assert isinstance(event, Deleted)
        assert event.native_id == native_id

    def hear_ourselves(self) -> None:
        to = self.desk.mention()
        with opened(self.desk) as doorway:
            native_id = self.desk.do(
                self.desk.stage.answer_in_app, self.account, "Typed in X.", to=to
            )
            heard = doorway.written(native_id)
        assert heard.ours
        assert heard.parent == to
        events, _ = polled(self.desk)
        assert native_id in [event.post.native_id for event in events if _ours(event)]

    # --- Sending

    def answer_in_public(self) -> None:
        message = self.desk.answer()
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        [event] = looked_up(self.desk, receipt.native_id)
        assert isinstance(event, Written)
        assert event.post.ours
        assert event.post.parent == message.parent
        assert event.post.text.endswith(message.text)
        assert abs(event.post.at - receipt.at) < timedelta(seconds=1)

    def answer_in_private(self) -> None:
        self.desk.message("in private please")
        message = self.desk.answer(private=True, parent_kind=Kind.MESSAGE)
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            again = connector.read_back(message, now=now())
        assert again is not None
        assert again.native_id == receipt.native_id
        assert self.desk.standing(message.text) == 1

    def show_a_picture(self) -> None:
        picture = Media("image", alt="a puddle", content=PIXEL, content_type="image/png")
        self._shown(self.desk.answer(media=(picture,)), "a puddle", "image")

    def show_a_film(self) -> None:
        film = Media("video", content=b"\0" * 5_000_000, content_type="video/mp4")
        self._shown(self.desk.answer(media=(film,)), "", "video")

    def _shown(self, message: OutboundMessage, alt: str, kind: str) -> None:
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            [event] = parsed(connector.lookup([receipt.native_id], now=now()), self.account)
            assert isinstance(event, Written)
            (media,) = event.post.media
            content = message.media[0].content
            fetched = connector.fetch(media, most_bytes=len(content), now=now())
        assert (media.alt, media.kind) == (alt, kind)
        assert fetched.content == content

    def publish(self) -> None:
        plan = Publication(address="https://example.org/repairs")
        message = self.desk.answer(parent="", publication=plan)
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            again = connector.read_back(message, now=now())
        assert receipt.native_id in self.desk.do(self.desk.stage.posts, self.account)
        assert again is not None
        assert again.native_id == receipt.native_id
        assert "posts with a link" in {one.name for one in self.desk.meter.take()[0]}

    # --- Moderating

    def hide_and_unhide(self) -> None:
        root = self.desk.publish()
        native_id = self.desk.comment(root)
        posts = self.desk.stage.network.state.stored.posts
        with closing(self.connect()) as connector:
            for act, hidden in ((Act.HIDE, True), (Act.UNHIDE, False)):
                connector.moderate(Moderation("kit", act, native_id, root), now=now())
                assert posts[native_id].hidden is hidden

    def block_and_unblock(self) -> None:
        person, stored = self.desk.person(LU), self.desk.stage.network.state.stored
        with closing(self.connect()) as connector:
            connector.moderate(Moderation("kit", Act.BLOCK, author=person), now=now())
            assert person in stored.muted[self.account]
            assert person in stored.dm_blocked[self.account]
            connector.moderate(Moderation("kit", Act.UNBLOCK, author=person), now=now())
            assert person not in stored.muted[self.account]
            assert person not in stored.dm_blocked[self.account]


def _ours(event: InboundEvent) -> bool:
    return isinstance(event, Written) and event.post.ours


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


# --- Receiving, when things go wrong -------------------------------------------------------


def test_what_comes_twice_and_out_of_order_is_kept_once(desk: Desk, doorway: Doorway) -> None:
    desk.stage.activity.manners = Manners(twice=1.0, shuffled=True)
    wanted = {desk.mention() for _ in range(4)}

    events = doorway.heard(8)

    assert len(events) == 8
    assert len({event.key for event in events}) == 4
    found = parsed(events, desk.account)
    assert {one.post.native_id for one in found if isinstance(one, Written)} == wanted


def test_one_post_that_names_two_of_ours_is_an_event_for_each(desk: Desk, served: Served) -> None:
    other = Desk(served, "pennvale")
    with opened(desk) as doorway:
        with closing(other.connect()) as connector:
            connector.listen(Hook(doorway.receiver.address), now=now())
        desk.mention(f"@{desk.page['username']} and @{other.page['username']}, who is it?")
        events = doorway.heard(2)

    assert len({event.key for event in events}) == 2
    assert {event.account for event in events} == {desk.account, other.account}


def test_listening_twice_subscribes_once(desk: Desk, doorway: Doorway) -> None:
    before = len(desk.stage.network.state.stored.subscriptions)

    again = doorway.listen()

    assert before == 7
    assert len(desk.stage.network.state.stored.subscriptions) == before
    assert again is not None
    assert again > now()


def test_a_webhook_that_became_invalid_is_challenged_anew(desk: Desk, doorway: Doorway) -> None:
    webhook = next(iter(desk.stage.network.state.stored.webhooks.values()))
    webhook.valid = False

    doorway.listen()

    assert webhook.valid


def test_our_own_deletion_is_told(desk: Desk, doorway: Doorway) -> None:
    native_id = desk.publish()
    page = desk.stage.network.page(desk.account)
    desk.do(desk.stage.network.remove, page, of=native_id)

    found = parsed(doorway.heard(2), desk.account)

    assert native_id in [one.native_id for one in found if isinstance(one, Deleted)]


def test_a_poll_fills_the_gap_with_the_original_times(desk: Desk) -> None:
    _, before = polled(desk)
    said = [desk.mention() for _ in range(3)]
    desk.message("and in private")

    events, after = polled(desk, before.cursor)

    posts = [event.post for event in events if isinstance(event, Written)]
    assert [post.native_id for post in posts if not post.private] == said
    assert [post.text for post in posts if post.private] == ["and in private"]
    stored = desk.stage.network.state.stored.posts
    for post in posts:
        if not post.private:
            assert abs(post.at - stored[post.native_id].at) < timedelta(milliseconds=2)
    assert polled(desk, after.cursor)[0] == []
    assert not after.gap


def test_a_poll_reads_on_until_it_meets_what_it_knows(desk: Desk, served: Served) -> None:
    other = Desk(served, "twenty11")
    other.mention()
    _, before = polled(other)
    wanted = [other.mention() for _ in range(130)]

    events, after = polled(other, before.cursor)

    assert [one.post.native_id for one in events if isinstance(one, Written)] == wanted
    assert not after.gap


def test_the_older_spelling_brings_the_same(desk: Desk) -> None:
    post = desk.publish()
    wanted = [desk.comment(post), desk.mention()]
    found = []
    for spelling in ("post", "tweet"):
        with closing(desk.connect(settings={"spelling": spelling})) as connector:
            found.append(parsed(connector.lookup(wanted, now=now()), desk.account))

    assert found[0] == found[1]
    assert isinstance(found[0][0], Written)
    assert found[0][0].post.kind is Kind.COMMENT
    assert found[0][0].post.subject is not None


def test_the_stream_brings_what_names_us(desk: Desk) -> None:
    stop = threading.Event()
    with closing(desk.connect()) as connector:
        stream = connector.stream(Cursor(), stop=stop.is_set, watched=frozenset)
        found: list[Batch] = []
        reader = threading.Thread(target=lambda: found.append(next(stream)))
        reader.start()
        while not desk.stage.filtered.streams:
            reader.join(0.01)
        native_id = desk.mention("a flood in the cellar")
        reader.join(10)
        stop.set()
        assert list(stream) == []

    (event,) = parsed(found[0].events, desk.account)
    assert isinstance(event, Written)
    assert event.post.native_id == native_id
    assert found[0].cursor.value == native_id


def test_pictures_come_with_their_descriptions(desk: Desk) -> None:
    native_id = desk.mention(pictures=(Picture(PIXEL, "image/png", "a damp wall"),))

    [event] = looked_up(desk, native_id)

    assert isinstance(event, Written)
    (media,) = event.post.media
    assert media.alt == "a damp wall"
    with closing(desk.connect()) as connector:
        assert connector.fetch(media, most_bytes=1000, now=now()).content == PIXEL


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("unknown-field", {}),
        ("missing-field", {"name": "lang"}),
        ("missing-field", {"name": "entities"}),
        ("missing-field", {"name": "includes"}),
        ("new-value", {"name": "type", "value": "hologram"}),
    ],
)
def test_a_drifting_schema_loses_nothing(desk: Desk, kind: str, more: dict[str, Any]) -> None:
    _, before = polled(desk)
    native_id = desk.mention()
    desk.order(kind, "mentions", "GET", **more)

    events, _ = polled(desk, before.cursor)

    assert native_id in [one.post.native_id for one in events if isinstance(one, Written)]


# --- Sending, when things go wrong ---------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset-after", "error-after"])
def test_an_answer_that_arrived_unheard_is_found_and_not_sent_again(desk: Desk, kind: str) -> None:
    message = desk.answer()
    desk.order(kind, "/2/tweets$", status=503)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
        # And were it sent again all the same, X itself refuses, and it is found once more.
        again = connector.send(message, now=now())

    assert found is not None
    assert again.native_id == found.native_id
    assert desk.standing(message.text) == 1


@pytest.mark.parametrize("kind", ["reset-before", "error-before"])
def test_an_answer_that_never_arrived_is_not_found(desk: Desk, kind: str) -> None:
    message = desk.answer()
    desk.order(kind, "/2/tweets$", status=500)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        assert connector.read_back(message, now=now()) is None
        connector.send(message, now=now())

    assert desk.standing(message.text) == 1


def test_who_only_answered_us_is_answered_in_x_and_the_answer_comes_in(desk: Desk) -> None:
    native_id = desk.comment(desk.publish())
    message = desk.answer(parent=native_id, parent_kind=Kind.COMMENT)
    _, before = polled(desk)
    with closing(desk.connect()) as connector, pytest.raises(AnswerThere) as refusal:
        connector.send(message, now=now())
    typed = desk.do(desk.stage.answer_in_app, desk.account, message.text, to=native_id)
    events, _ = polled(desk, before.cursor)

    assert refusal.value.url.endswith(native_id)
    assert refusal.value.url in str(refusal.value)
    (ours,) = [one.post for one in events if isinstance(one, Written) and one.post.ours]
    assert (ours.native_id, ours.parent) == (typed, native_id)


def test_what_was_answered_may_be_gone(desk: Desk) -> None:
    message = desk.answer()
    desk.do(desk.stage.delete, ANN, of=message.parent)

    with closing(desk.connect()) as connector, pytest.raises(Gone):
        connector.send(message, now=now())


def test_who_never_wrote_in_private_cannot_be_written_to(desk: Desk) -> None:
    stranger = desk.person(Resident("sol", "Sol Barr", "sol_barr"))
    message = desk.answer(private=True, to=stranger)

    with closing(desk.connect()) as connector, pytest.raises(Refused):
        connector.send(message, now=now())


# --- Tokens and limits ---------------------------------------------------------------------


def test_of_two_connectors_whose_token_ended_one_asks_for_the_next(served: Served) -> None:
    desk = Desk(served, "edenmead")
    old = {name: desk.page[name] for name in ("access_token", "refresh_token")}
    kept, lock, asked = dict(old), threading.Lock(), []

    def renew(before: Credential, ask: Callable[[Credential], Credential]) -> Credential:
        with lock:
            if dict(before) == {name: kept[name] for name in before}:
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
    assert kept["refresh_token"] != old["refresh_token"]


def test_a_token_that_dies_while_sending_is_renewed_and_the_answer_stands_once(
    served: Served,
) -> None:
    desk = Desk(served, "twenty11")
    message = desk.answer()
    desk.do(desk.stage.authority.tokens.pop, desk.page["access_token"])

    with closing(desk.connect()) as connector:
        connector.send(message, now=now())

    assert desk.standing(message.text) == 1


def test_an_account_revoked_at_x_has_to_be_connected_again(served: Served) -> None:
    desk = Desk(served, "pennvale")
    desk.do(desk.stage.authority.revoke, desk.account)

    with closing(desk.connect()) as connector, pytest.raises(Reconnect):
        connector.poll(Cursor(), now=now())


def test_both_shapes_of_a_rate_limit_are_waited_out(desk: Desk) -> None:
    most = desk.stage.limits.most
    before = most["mentions"]
    polled(desk)
    most["mentions"] = (1, timedelta(minutes=15))
    try:
        for _ in range(2):
            with closing(desk.connect()) as connector, pytest.raises(TryAgain) as again:
                connector.poll(Cursor(), now=now())
            assert again.value.at is not None
            assert now() < again.value.at <= now() + timedelta(days=1)
    finally:
        most["mentions"] = before
    assert any(one.used_percent == 100 for one in desk.meter.take()[1])


def test_a_person_connects_an_account(desk: Desk) -> None:
    registration = Registration(desk.app["client_id"], desk.app["client_secret"], desk.base)
    back, verifier = "https://desk.example.org/back", "v" * 64
    assert platform.oauth is not None
    address = platform.oauth.address(registration, back, "state", s256(verifier))
    answered = httpx.post(address, data={"account": desk.account}, trust_env=False)
    given = parse_qs(urlsplit(answered.headers["location"]).query)
    (offer,) = platform.oauth.finish(registration, given["code"][0], back, verifier, now())

    assert given["state"] == ["state"]
    assert (offer.native_id, offer.handle) == (desk.account, desk.page["username"])
    assert offer.settings == {"messages": "yes"}
    connection = replace(desk.connection(), credential=offer.credential)
    with closing(X(connection)) as connector:
        assert connector.identify(now=now()).native_id == desk.account
    with pytest.raises(Reconnect):
        platform.oauth.finish(registration, given["code"][0], back, verifier, now())
