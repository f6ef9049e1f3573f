"""The Mastodon plug-in against the sandbox: the contract's checks, and what goes wrong."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from glede.platforms import conformance
from glede.platforms.contract import (
    Act,
    Batch,
    Connection,
    Connector,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Form,
    Gone,
    InboundEvent,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Post,
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
from glede.platforms.mastodon.connector import Mastodon, platform
from sandbox.kernel.oauth import s256
from sandbox.kernel.world import Picture, Resident
from sandbox.mastodon.instance import Draft
from sandbox.mastodon.stage import Mastodon as Stage
from tests.sandbox import mastodon_oracle as oracle
from tests.sandbox.serving import Served, serving

#: One of them is from another instance, the other is not.
RESIDENTS = (Resident("ann", "Ann Pryce", "ann_pryce"), Resident("lu", "Lu Fenn", "lu_fenn"))
NUMBERS = count(1)
DRIFTING = ("unknown-field", "missing-field", "new-value")


def now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """One landlord's connection, and residents on the other side."""

    def __init__(self, served: Served, brand: str = "red-kite") -> None:
        self.served = served
        found = served.world.stages["mastodon"]
        assert isinstance(found, Stage)
        self.stage = found
        given = served.do(found.credentials)
        page = next(one for one in given["pages"] if one["brand"] == brand)
        self.given: Mapping[str, Any] = {**given, **page}
        self.account = str(page["native_id"])

    def connect(self) -> Mastodon:
        return Mastodon(self.connection())

    def connection(self) -> Connection:
        credential = {"access_token": str(self.given["access_token"])}
        return Connection(self.account, str(self.given["base_url"]), credential)

    def do(self, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def mention(self, text: str = "", who: Resident = RESIDENTS[0], **more: Any) -> str:
        text = text or f"question {next(NUMBERS)}"
        return str(self.do(self.stage.mention, who, text, page=self.account, **more))

    def comment(self, on: str, text: str = "so?", who: Resident = RESIDENTS[0]) -> str:
        return str(self.do(self.stage.comment, who, text, on=on))

    def message(self, text: str, who: Resident = RESIDENTS[0]) -> str:
        return str(self.do(self.stage.message, who, text, page=self.account))

    def author_of(self, native_id: str) -> str:
        return str(self.stage.instance.state.statuses[native_id].account)

    def answer(self, **more: Any) -> OutboundMessage:
        number = next(NUMBERS)
        parent = more.pop("parent", None)
        return OutboundMessage(
            key=f"key {number}",
            text=more.pop("text", f"answer no. {number}"),
            queued_at=now(),
            parent=self.mention() if parent is None else parent,
            **more,
        )

    def standing(self, text: str) -> int:
        own = self.do(self.stage.instance.state.own_of, self.account)
        return [one.text.endswith(text) for one in own].count(True)

    def order(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        self.do(self.served.world.faults.order, kind, path=path, method=method, **more)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Stage) as served:
        found = served.world.stages["mastodon"]
        assert isinstance(found, Stage)
        found.streams.thump_seconds = 0.1
        # A module of tests calls oftener than a desk.
        found.api.limits.most["account"] = (100_000, timedelta(minutes=5))
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


# --- The contract's own checks -------------------------------------------------------------


class Kit:
    """A landlord, residents, and everything the plug-in says it can do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.account
        self.unknown_id = "1234567890"
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
            "block": self.block_and_unblock,
            "unblock": self.block_and_unblock,
            "report": self.report_somebody,
            "publish": self.publish,
        }

    @property
    def samples(self) -> Sequence[bytes]:
        desk = self.desk
        post = str(desk.do(desk.stage.publish, desk.account, "Bins on Monday."))
        edited = desk.comment(post)
        desk.do(desk.stage.edit, RESIDENTS[0], "which?", of=edited)
        wanted = [desk.mention(), edited, desk.message("in private"), self.unknown_id]
        with closing(desk.connect()) as connector:
            return [event.body for event in connector.lookup(wanted, now=now())]

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
        raise AssertionError("Mastodon calls nobody.")

    # --- Receiving: by the stream, with a poll beside it

    def heard[T: InboundEvent](self, act: Callable[[], str], wanted: type[T]) -> T:
        """What the stream brings of the item that `act` says it touched."""
        stop = threading.Event()
        touched = ""
        give_up_at = now() + timedelta(seconds=15)
        with closing(self.connect()) as connector:
            batches = connector.stream(
                Cursor(), stop=lambda: stop.is_set() or now() > give_up_at, watched=frozenset
            )
            for batch in batches:
                if not touched and batch.gap:
                    touched = act()
                for event in parsed(batch.events, self.account):
                    native_id = event.native_id if isinstance(event, Deleted) else ""
                    if isinstance(event, Written | Edited):
                        native_id = event.post.native_id
                    if isinstance(event, wanted) and native_id == touched:
                        stop.set()
                        return event
        raise AssertionError(f"The stream brought no {wanted.__name__} of {touched}.")

    def hear_a_comment(self) -> None:
        post = self.desk.do(self.desk.stage.publish, self.account, "Bins on Monday.")
        heard = self.heard(lambda: self.desk.comment(post, "which bins?"), Written).post
        assert (heard.kind, heard.thread, heard.parent) == (Kind.COMMENT, post, post)
        assert heard.subject is not None
        assert (heard.subject.text, heard.subject.ours) == ("Bins on Monday.", True)

    def hear_a_mention(self) -> None:
        heard = self.heard(lambda: self.desk.mention("no heating"), Written).post
        assert (heard.kind, heard.text) == (Kind.MENTION, "@redkite no heating")
        assert not heard.private

    def hear_a_quote(self) -> None:
        post = self.desk.do(self.desk.stage.publish, self.account, "Bins on Monday.")

        def quote() -> str:
            stage = self.desk.stage
            author = self.desk.do(stage._resident, RESIDENTS[1])
            return str(self.desk.do(stage.instance.post, author, Draft("ha", quote=post)).id)

        heard = self.heard(quote, Written).post
        assert heard.kind is Kind.QUOTE
        assert heard.subject is not None
        assert heard.subject.native_id == post

    def hear_a_message(self) -> None:
        heard = self.heard(lambda: self.desk.message("my number is 01234"), Written).post
        assert (heard.kind, heard.private) == (Kind.MESSAGE, True)
        assert heard.thread == f"direct/{heard.author.native_id}"

    def hear_an_edit(self) -> None:
        native_id = self.desk.mention("no heating")
        _, before = polled(self.desk)
        self.desk.do(self.desk.stage.edit, RESIDENTS[0], "no hot water", of=native_id)
        [event], _ = polled(self.desk, before.cursor)
        assert isinstance(event, Edited)
        assert (event.post.native_id, event.post.text) == (native_id, "@redkite no hot water")
        assert event.at > event.post.at

    def hear_a_deletion(self) -> None:
        native_id = self.desk.mention("no heating")

        def delete() -> str:
            self.desk.do(self.desk.stage.delete, RESIDENTS[0], of=native_id)
            return native_id

        self.heard(delete, Deleted)

    def hear_ourselves(self) -> None:
        to = self.desk.mention()
        stage = self.desk.stage
        heard = self.heard(
            lambda: str(self.desk.do(stage.answer_in_app, self.account, "Done.", to=to)), Written
        ).post
        assert (heard.ours, heard.parent, heard.thread) == (True, to, to)

    # --- Sending

    def sent(self, message: OutboundMessage) -> tuple[Receipt, Any]:
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        return receipt, self.desk.stage.instance.state.statuses[receipt.native_id]

    def answer_in_public(self) -> None:
        for who in RESIDENTS:
            parent = self.desk.mention(who=who)
            receipt, status = self.sent(self.desk.answer(parent=parent))
            assert (status.in_reply_to, status.visibility) == (parent, "public")
            assert status.mentions == [self.desk.author_of(parent)]
            # The platform's own precision is a millisecond.
            assert timedelta(0) <= status.at - receipt.at < timedelta(milliseconds=1)
            assert receipt.url.startswith(str(self.desk.given["base_url"]))

    def answer_in_private(self) -> None:
        for parent in (self.desk.message("call me"), self.desk.mention()):
            _, status = self.sent(self.desk.answer(parent=parent, private=True))
            assert (status.visibility, status.in_reply_to) == ("direct", parent)
            assert status.mentions == [self.desk.author_of(parent)]
        stranger = self.desk.author_of(self.desk.mention(who=RESIDENTS[1]))
        _, status = self.sent(self.desk.answer(parent="", private=True, to=stranger))
        assert status.mentions == [stranger]

    def show_a_picture(self) -> None:
        picture = Media("image", alt="a pixel", content=oracle.PIXEL, content_type="image/png")
        _, status = self.sent(self.desk.answer(media=(picture,)))
        [medium] = [self.desk.stage.instance.state.media[one] for one in status.media]
        assert (medium.alt, medium.kind) == ("a pixel", "image")

    def show_a_film(self) -> None:
        self.desk.stage.instance.processing = timedelta(seconds=0.2)
        film = Media("video", alt="smoke", content=b"\0\0\0\x18ftyp", content_type="video/mp4")
        _, status = self.sent(self.desk.answer(media=(film,)))
        assert self.desk.stage.instance.state.media[status.media[0]].kind == "video"

    def publish(self) -> None:
        shared = Publication(address="https://www.example.org/bins")
        message = self.desk.answer(parent="", publication=shared)
        _, status = self.sent(message)
        assert status.text == f"{message.text}\n\nhttps://www.example.org/bins"
        assert (status.visibility, status.in_reply_to) == ("public", "")

    # --- Moderating

    def block_and_unblock(self) -> None:
        author = self.desk.author_of(self.desk.mention())
        pair = (self.account, author)
        with closing(self.connect()) as connector:
            for act, blocked in ((Act.BLOCK, True), (Act.UNBLOCK, False)):
                connector.moderate(Moderation("kit", act, author=author), now=now())
                assert (pair in self.desk.stage.instance.state.blocks) is blocked

    def report_somebody(self) -> None:
        native_id = self.desk.mention("I know where the caretaker lives")
        author = self.desk.author_of(native_id)
        act = Moderation("kit", Act.REPORT, native_id, native_id, author, reason="a threat")
        with closing(self.connect()) as connector:
            connector.moderate(act, now=now())
        report = self.desk.stage.instance.state.reports[-1]
        assert (report.of, report.statuses, report.comment) == (author, [native_id], "a threat")


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


# --- Polling -------------------------------------------------------------------------------


def test_a_poll_brings_what_is_new_once_with_our_instances_time(desk: Desk) -> None:
    _, before = polled(desk)
    mention, private = desk.mention(), desk.message("in private", RESIDENTS[1])
    answer = str(desk.do(desk.stage.answer_in_app, desk.account, "Yes.", to=mention))
    events, after = polled(desk, before.cursor)
    posts = [event.post for event in events if isinstance(event, Written)]
    assert [one.native_id for one in posts] == [mention, private, answer]
    assert posts[2].ours
    notices = {one.status: one.at for one in desk.stage.instance.state.notices[desk.account]}
    difference = notices[mention] - posts[0].at
    assert timedelta(0) <= difference < timedelta(milliseconds=1)
    assert polled(desk, after.cursor)[0] == []


def test_a_poll_sees_what_was_deleted_and_not_who_was_blocked(desk: Desk) -> None:
    gone, stays = desk.mention(), desk.mention(who=RESIDENTS[1])
    own = str(desk.do(desk.stage.publish, desk.account, "A mistake."))
    _, before = polled(desk)
    _, before = polled(desk, before.cursor)
    desk.do(desk.stage.delete, RESIDENTS[0], of=gone)
    notices = desk.stage.instance.state.notices
    notices[desk.account] = [one for one in notices[desk.account] if one.status != stays]
    account = desk.stage.instance.state.accounts[desk.account]
    desk.do(desk.stage.instance.delete, account, own)
    events, _ = polled(desk, before.cursor)
    assert {one.native_id for one in events if isinstance(one, Deleted)} == {gone, own}


def test_a_poll_reads_on_until_it_meets_what_it_knows(served: Served) -> None:
    desk = Desk(served, "twenty11")
    desk.mention()
    _, before = polled(desk)
    wanted = [desk.mention() for _ in range(100)]
    events, after = polled(desk, before.cursor)
    assert [one.post.native_id for one in events if isinstance(one, Written)] == wanted
    assert not after.gap


def test_the_way_it_came_makes_no_second_event(desk: Desk) -> None:
    stop = threading.Event()
    with closing(desk.connect()) as connector:
        _, before = polled(desk)
        native_id = ""
        streamed: list[RawEvent] = []
        for batch in connector.stream(Cursor(), stop=stop.is_set, watched=frozenset):
            native_id = native_id or desk.mention()
            streamed += batch.events
            if streamed:
                stop.set()
        listed = connector.poll(before.cursor, now=now()).events
    assert [event.key for event in listed] == [event.key for event in streamed]
    assert parsed(listed, desk.account) == parsed(streamed, desk.account)


def test_a_stream_that_breaks_comes_back_with_a_gap(desk: Desk) -> None:
    stop, gaps = threading.Event(), 0
    give_up_at = now() + timedelta(seconds=15)
    with closing(desk.connect()) as connector:
        for batch in connector.stream(
            Cursor(), stop=lambda: stop.is_set() or now() > give_up_at, watched=frozenset
        ):
            gaps += batch.gap
            if batch.gap and gaps == 1:
                desk.do(desk.stage.streams.cut)
            if gaps == 2:
                stop.set()
    assert gaps == 2


def test_a_spoilt_cursor_begins_anew(desk: Desk) -> None:
    native_id = desk.mention()
    events, _ = polled(desk, Cursor("{nonsense"))
    assert native_id in {one.post.native_id for one in events if isinstance(one, Written)}


# --- What goes wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_a_time_out_after_success_leaves_one_status(desk: Desk, fault: str) -> None:
    message = desk.answer()
    desk.order(fault, "/api/v1/statuses$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
        assert found is not None
        assert connector.send(message, now=now()).native_id == found.native_id
    assert desk.standing(message.text) == 1


@pytest.mark.parametrize("fault", ["reset-before", "error-before"])
def test_what_was_not_done_is_not_found_and_can_be_sent(desk: Desk, fault: str) -> None:
    message = desk.answer()
    desk.order(fault, "/api/v1/statuses$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        assert connector.read_back(message, now=now()) is None
        connector.send(message, now=now())
    assert desk.standing(message.text) == 1


def test_a_dead_token_asks_for_a_person(desk: Desk) -> None:
    dead = replace(desk.connection(), credential={"access_token": "revoked"})
    with closing(Mastodon(dead)) as connector:
        with pytest.raises(Reconnect):
            connector.identify(now=now())
        with pytest.raises(Reconnect):
            connector.poll(Cursor(), now=now())
        with pytest.raises(Reconnect):
            connector.send(desk.answer(), now=now())
        with pytest.raises(Reconnect):
            next(connector.stream(Cursor(), stop=lambda: False, watched=frozenset))


def test_a_limit_says_when_to_come_back_and_is_metered(desk: Desk) -> None:
    limits = desk.stage.api.limits
    before = limits.most["account"]
    connection = desk.connection()
    with closing(Mastodon(connection)) as connector:
        connector.poll(Cursor(), now=now())
        _, [signal] = connection.meter.take()
        assert 0 <= signal.used_percent < 100
        assert signal.until is not None
        try:
            limits.most["account"] = (1, before[1])
            with pytest.raises(TryAgain) as told:
                connector.poll(Cursor(), now=now())
        finally:
            limits.most["account"] = before
    assert told.value.at is not None
    assert abs(told.value.at - signal.until) < timedelta(seconds=1)


def test_an_answer_to_what_is_gone_is_gone(desk: Desk) -> None:
    message = desk.answer()
    desk.do(desk.stage.delete, RESIDENTS[0], of=message.parent)
    with closing(desk.connect()) as connector, pytest.raises(Gone):
        connector.send(message, now=now())


def test_a_private_word_is_never_answered_in_public(desk: Desk) -> None:
    message = desk.answer(parent=desk.message("my rent is late"))
    with closing(desk.connect()) as connector, pytest.raises(Refused, match="private"):
        connector.send(message, now=now())
    assert desk.standing(message.text) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"text": " "}, "nothing"),
        ({"publication": Publication(form=Form.STORY), "parent": ""}, "story"),
        ({"publication": Publication(title="News"), "parent": ""}, "title"),
        ({"private": True, "parent": ""}, "name the person"),
        ({"media": (Media("image", content=b"x"),) * 5}, "at most 4"),
        ({"media": (Media("image", content=b"x"), Media("video", content=b"x"))}, "alone"),
        ({"media": (Media("image", content=b"no picture", content_type="image/png"),)}, "invalid"),
        ({"media": (Media("image", alt="a" * 1501, content=b"x"),)}, "description"),
    ],
    ids=["empty", "story", "title", "nobody", "many", "mixed", "no picture", "long description"],
)
def test_what_cannot_be_is_refused_before_it_stands(
    desk: Desk, more: dict[str, Any], why: str
) -> None:
    before = len(desk.stage.instance.state.own_of(desk.account))
    with closing(desk.connect()) as connector, pytest.raises(Refused, match=why):
        connector.send(desk.answer(**more), now=now())
    assert len(desk.stage.instance.state.own_of(desk.account)) == before


def test_a_post_is_scheduled_once_and_found_again(desk: Desk) -> None:
    at = (now() + timedelta(hours=1)).replace(microsecond=0)
    message = desk.answer(parent="", publication=Publication(at=at))
    desk.order("reset-after", "/api/v1/statuses$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
        assert found is not None
        assert found.at == at
        assert connector.send(message, now=now()) == found
        soon = replace(message, publication=Publication(at=now() + timedelta(minutes=1)))
        with pytest.raises(Refused, match="five minutes"):
            connector.send(soon, now=now())
    held = desk.stage.instance.state.scheduled
    assert [one.text for one in held.values() if one.account == desk.account] == [message.text]


def test_our_own_words_can_be_taken_back(desk: Desk) -> None:
    with closing(desk.connect()) as connector:
        receipt = connector.send(desk.answer(), now=now())
        act = Moderation("k", Act.DELETE, native_id=receipt.native_id)
        connector.moderate(act, now=now())
        connector.moderate(act, now=now())
    assert desk.stage.instance.state.statuses[receipt.native_id].deleted


@pytest.mark.parametrize("kind", DRIFTING)
@pytest.mark.parametrize("name", ["display_name", "visibility", "edited_at", "mentions"])
def test_answers_that_drift_break_nothing(desk: Desk, kind: str, name: str) -> None:
    native_id = desk.mention("still here")
    more = {} if kind == "unknown-field" else {"name": name}
    if kind == "new-value":
        more["value"] = "never seen"
    desk.order(kind, "notifications", "GET", **more)
    events, _ = polled(desk)
    found = [one.post for one in events if isinstance(one, Written | Edited)]
    assert any(one.native_id == native_id and "still here" in one.text for one in found)


def test_a_picture_is_fetched_from_the_instance_and_no_inner_host(desk: Desk) -> None:
    native_id = desk.mention("smoke!", pictures=[Picture(oracle.PIXEL, "image/png", "smoke")])
    with closing(desk.connect()) as connector:
        [event] = parsed(connector.lookup([native_id], now=now()), desk.account)
        assert isinstance(event, Written)
        [media] = event.post.media
        assert (media.kind, media.alt, media.width) == ("image", "smoke", 1)
        fetched = connector.fetch(media, most_bytes=1000, now=now())
        assert (fetched.content, fetched.content_type) == (oracle.PIXEL, "image/png")
        with pytest.raises(Refused, match="larger"):
            connector.fetch(media, most_bytes=10, now=now())
        spoilt = replace(media, url=media.url.replace("sig=", "sig=0"))
        with pytest.raises(Gone):
            connector.fetch(spoilt, most_bytes=1000, now=now())
        for url in (
            "http://10.0.0.1/x",
            "https://127.0.0.1/x",
            "https://db.internal/x",
            "file:///x",
        ):
            with pytest.raises(Refused, match="public"):
                connector.fetch(replace(media, url=url), most_bytes=1000, now=now())


# --- Being let in --------------------------------------------------------------------------


def allowed(desk: Desk, verifier: str) -> tuple[Registration, str]:
    """A person says yes in their browser; returns the code it carries back."""
    registration = Registration(
        str(desk.given["client_id"]), str(desk.given["client_secret"]), str(desk.given["base_url"])
    )
    assert platform.oauth is not None
    address = platform.oauth.address(registration, "http://desk/back", "s", s256(verifier))
    assert httpx.get(address).status_code == 200
    asked = {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
    form = {**asked, "account": desk.account}
    gone = httpx.post(address.partition("?")[0], data=form)
    return registration, parse_qs(urlsplit(gone.headers["location"]).query)["code"][0]


def test_a_person_lets_us_in_and_every_call_fits_the_scopes(desk: Desk) -> None:
    assert platform.oauth is not None
    registration, code = allowed(desk, "a verifier of some length")
    [offer] = platform.oauth.finish(
        registration, code, "http://desk/back", "a verifier of some length", now()
    )
    assert (offer.native_id, offer.name) == (desk.account, "Red Kite")
    assert offer.handle.startswith("redkite@")
    assert set(offer.scopes) == {scope.name for scope in platform.oauth.scopes}
    connection = replace(desk.connection(), credential=offer.credential)
    with closing(Mastodon(connection)) as connector:
        assert connector.identify(now=now()).native_id == desk.account
        connector.poll(Cursor(), now=now())
        receipt = connector.send(desk.answer(), now=now())
        assert connector.read_back(desk.answer(), now=now()) is None
        connector.moderate(Moderation("k", Act.DELETE, native_id=receipt.native_id), now=now())
        author = desk.author_of(desk.mention())
        for act in (Act.BLOCK, Act.UNBLOCK, Act.REPORT):
            connector.moderate(Moderation("k", act, author=author, reason="x"), now=now())
        assert next(connector.stream(Cursor(), stop=lambda: False, watched=frozenset)) is not None


def test_a_code_with_another_verifier_is_refused(desk: Desk) -> None:
    assert platform.oauth is not None
    registration, code = allowed(desk, "a verifier of some length")
    with pytest.raises(Refused):
        platform.oauth.finish(registration, code, "http://desk/back", "another one", now())


# --- What others recorded ------------------------------------------------------------------


def recorded(name: str) -> list[Any]:
    """The answers of a real instance, as JSON."""
    path = oracle.shared("fixtures", "mastodon", f"mastodonpy_test_{name}.yaml")
    turns = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    return [json.loads(turn["response"]["body"]["string"]) for turn in turns]


def understood(status: dict[str, Any], account: str, **more: Any) -> Post:
    body = json.dumps({"at": status["created_at"], "status": status, **more}).encode()
    [event] = platform.parse(body, account)
    assert isinstance(event, Written | Edited)
    return event.post


def plain(post: Post, names: Mapping[str, str]) -> dict[str, Any]:
    """What does not hang on who and when: ids by the parts they play."""

    def part(native_id: str) -> str:
        return names.get(native_id, native_id and "?")

    return {
        "id": part(post.native_id),
        "text": post.text,
        "kind": post.kind,
        "thread": part(post.thread),
        "parent": part(post.parent),
        "private": post.private,
        "ours": post.ours,
        "edited": bool(post.revision),
        "by": part(post.author.native_id),
        "links": post.links,
        "media": post.media,
        "remark": post.remark_at is not None,
        "subject": (part(post.subject.native_id), post.subject.text) if post.subject else None,
    }


def test_a_recorded_thread_is_understood_as_the_sandboxs(desk: Desk) -> None:
    root, me, reply, *_ = recorded("status_reply")
    theirs = [
        plain(
            understood(status, root["account"]["id"], **more),
            {
                root["id"]: "root",
                reply["id"]: "reply",
                root["account"]["id"]: "us",
                me["id"]: "ann",
            },
        )
        for status, more in ((root, {}), (reply, {"root": root}))
    ]
    post = str(desk.do(desk.stage.publish, desk.account, "Toot, finally!"))
    comment = desk.comment(post, "same!")
    with closing(desk.connect()) as connector:
        events = parsed(connector.lookup([post, comment], now=now()), desk.account)
    names = {post: "root", comment: "reply", desk.account: "us", desk.author_of(comment): "ann"}
    ours = [plain(event.post, names) for event in events if isinstance(event, Written)]
    for one in theirs:
        one["text"] = one["text"].replace("@mastodonpy_test_2", "@redkite")
    assert ours == theirs


def test_a_recorded_mention_and_edit_are_understood_as_the_sandboxs(desk: Desk) -> None:
    _, listed, notice, *_ = recorded("notifications_mentions_only")
    assert notice["id"] in {one["id"] for one in listed}
    status = notice["status"]
    us = status["mentions"][0]["id"]
    theirs = plain(
        understood(status, us), {status["id"]: "it", us: "us", status["account"]["id"]: "ann"}
    )
    mention = desk.mention("hello!")
    names = {mention: "it", desk.account: "us", desk.author_of(mention): "ann"}
    with closing(desk.connect()) as connector:
        [event] = parsed(connector.lookup([mention], now=now()), desk.account)
    assert isinstance(event, Written)
    mine = plain(event.post, names)
    theirs["text"] = theirs["text"].replace(f"@{status['mentions'][0]['username']}", "@redkite")
    assert mine == theirs

    edited = recorded("status_edit")[3]
    by = edited["account"]["id"]
    theirs = plain(understood(edited, by), {edited["id"]: "it", by: "us"})
    own = str(desk.do(desk.stage.publish, desk.account, "first"))
    account = desk.stage.instance.state.accounts[desk.account]
    words = theirs["text"]
    desk.do(desk.stage.instance.edit, account, own, text=words, spoiler="", media=())
    with closing(desk.connect()) as connector:
        [event] = parsed(connector.lookup([own], now=now()), desk.account)
    assert isinstance(event, Edited)
    assert plain(event.post, {own: "it", desk.account: "us"}) == theirs
