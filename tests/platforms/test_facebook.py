"""The Facebook plug-in against the sandbox: the contract's checks, and what goes wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from glede.platforms import conformance
from glede.platforms.contract import (
    Act,
    Connector,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Form,
    Gone,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Post,
    Publication,
    Reconnect,
    Refused,
    Request,
    TryAgain,
    Written,
)
from glede.platforms.facebook.connector import platform
from sandbox.graph.stages import Facebook as Stage
from sandbox.graph.stages import Instagram
from sandbox.kernel.world import Picture
from tests.platforms.meta import RESIDENTS, Desk, now
from tests.sandbox.mastodon_oracle import PIXEL
from tests.sandbox.serving import Served, serving

PICTURE = Media("image", alt="a pixel", content=PIXEL, content_type="image/png")
FILM = Media("video", content=b"\0\0\0\x18ftypmp42", content_type="video/mp4")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Stage, Instagram) as served:
        yield served


@pytest.fixture(scope="module")
def open_desk(served: Served) -> Iterator[Desk]:
    with Desk(served, platform).listening() as desk:
        yield desk


@pytest.fixture
def desk(open_desk: Desk) -> Iterator[Desk]:
    yield open_desk
    open_desk.do(open_desk.served.world.faults.withdraw)


class Kit:
    """A Page, residents, and everything the plug-in says it can do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.account
        self.unknown_id = "998877_665544"
        self.journeys: Mapping[str, Callable[[], None]] = {
            "receive comments": self.hear_a_comment,
            "receive mentions": self.hear_a_mention,
            "receive messages": self.hear_a_message,
            "receive reviews": self.hear_a_review,
            "receive edits": self.hear_edits,
            "receive deletions": self.hear_a_deletion,
            "receive own_posts": self.hear_ourselves,
            "reply_public": self.answer_in_public,
            "reply_private": self.answer_in_private,
            "image": self.show_a_picture,
            "video": self.show_a_film,
            "story": self.show_a_story,
            "hide": self.hide_and_show,
            "unhide": self.hide_and_show,
            "delete": self.delete,
            "block": self.block_and_unblock,
            "unblock": self.block_and_unblock,
            "publish": self.publish,
        }

    @property
    def samples(self) -> Sequence[bytes]:
        for native_id in (self.desk.comment(), self.desk.message()):
            self.desk.wait(Written, native_id)
        called = [raw.body for raw in self.desk.raw()[-20:]]
        kept = [
            body
            for body in called
            if any(isinstance(one, Written) for one in platform.parse(body, self.account))
        ]
        with closing(self.connect()) as connector:
            listed = connector.lookup([self.desk.comment()], now=now())
        return [*kept[-3:], *(raw.body for raw in listed)]

    def now(self) -> Any:
        return now()

    def connect(self) -> Connector:
        return self.desk.connect()

    def answer(self) -> OutboundMessage:
        return self.desk.answer()

    def standing(self, message: OutboundMessage) -> int:
        return self.desk.standing(message.text)

    def theirs(self, act: Act) -> Moderation:
        return Moderation("kit", act, self.desk.comment())

    def genuine(self) -> tuple[Request, DoorApp]:
        self.desk.wait(Written, self.desk.comment())
        return self.desk.requests()[-1], self.desk.app()

    # --- Receiving

    def hear_a_comment(self) -> None:
        post = self.desk.publish("Bins on Monday.")
        native_id = self.desk.comment(post, "which bins? 🗑 â")
        heard = self.desk.wait(Written, native_id).post
        assert (heard.kind, heard.thread, heard.parent) == (Kind.COMMENT, post, post)
        assert (heard.text, heard.ours) == ("which bins? 🗑 â", False)
        assert abs(heard.at - now()) < timedelta(seconds=10)

    def hear_a_mention(self) -> None:
        stage = self.desk.stage
        for act, kind in ((stage.tag, Kind.MENTION), (stage.mention, Kind.POST)):
            native_id = str(self.desk.do(act, RESIDENTS[0], "no heating", page=self.account))
            heard = self.desk.wait(Written, native_id).post
            assert (heard.kind, heard.text, heard.ours) == (kind, "no heating", False)
            events, _ = self.desk.poll(Cursor())
            listed = [one.post for one in events if isinstance(one, Written)]
            assert [one.kind for one in listed if one.native_id == native_id] == [kind]

    def hear_a_message(self) -> None:
        picture = Picture(PIXEL, "image/png", "a leak")
        native_id = str(
            self.desk.do(
                self.desk.stage.message,
                RESIDENTS[0],
                "look at this",
                page=self.account,
                pictures=[picture],
            )
        )
        heard = self.desk.wait(Written, native_id).post
        assert (heard.kind, heard.private, heard.ours) == (Kind.MESSAGE, True, False)
        shown = [media for post in self._messages() for media in post.media]
        with closing(self.connect()) as connector:
            fetched = connector.fetch(shown[-1], most_bytes=100_000, now=now())
            assert fetched.content == PIXEL
            with pytest.raises(Refused, match="larger"):
                connector.fetch(shown[-1], most_bytes=10, now=now())

    def _messages(self) -> list[Post]:
        called = self.desk.called()
        return [one.post for one in called if isinstance(one, Written) and one.post.private]

    def hear_a_review(self) -> None:
        native_id = self.desk.do(
            self.desk.stage.rate, RESIDENTS[0], "Three weeks", page=self.account
        )
        heard = self.desk.wait(Written, str(native_id)).post
        assert (heard.kind, heard.text) == (Kind.REVIEW, "Three weeks")

    def hear_edits(self) -> None:
        for native_id in (self.desk.comment(), self.desk.message()):
            self.desk.do(self.desk.stage.edit, RESIDENTS[0], "other words", of=native_id)
            event = self.desk.wait(Edited, native_id)
            assert event.post.text == "other words"

    def hear_a_deletion(self) -> None:
        native_id = self.desk.comment()
        self.desk.do(self.desk.stage.delete, RESIDENTS[0], of=native_id)
        self.desk.wait(Deleted, native_id)

    def hear_ourselves(self) -> None:
        stage = self.desk.stage
        for to in (self.desk.comment(), self.desk.message()):
            native_id = str(self.desk.do(stage.answer_in_app, self.account, "Done.", to=to))
            heard = self.desk.wait(Written, native_id).post
            assert (heard.ours, heard.text) == (True, "Done.")
        assert self.desk.wait(Written, self.desk.publish("News")).post.ours

    # --- Sending

    def answer_in_public(self) -> None:
        message = self.desk.answer()
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        item = self.desk.item(receipt.native_id)
        assert (item.text, item.by_page) == (message.text, True)
        assert abs(item.at - receipt.at) < timedelta(seconds=2)
        echo = self.desk.wait(Written, receipt.native_id).post
        assert (echo.ours, echo.parent) == (True, message.parent)

    def answer_in_private(self) -> None:
        parent = self.desk.message()
        person = self.desk.wait(Written, parent).post.author.native_id
        message = self.desk.private(person, parent)
        aside = self.desk.answer(private=True, to="", heard_at=now())
        with closing(self.connect()) as connector:
            for one in (message, aside):
                receipt = connector.send(one, now=now())
                assert self.desk.standing(one.text) == 1
                found = connector.read_back(one, now=now())
                assert found is not None
                assert found.native_id == receipt.native_id
                echo = self.desk.wait(Written, receipt.native_id).post
                assert (echo.ours, echo.private) == (True, True)
            with pytest.raises(Refused):
                connector.send(replace(aside, key="again", text="once more"), now=now())
            shown = self.desk.private(person, parent, media=(PICTURE,))
            connector.send(shown, now=now())
            *_, picture, words = self.desk.do(self.desk.stage.chat, self.account, RESIDENTS[0])
            assert (len(picture.pictures), words.text) == (1, shown.text)

    def show_a_picture(self) -> None:
        message = self.desk.answer(media=(PICTURE,))
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        assert self.desk.item(receipt.native_id).pictures

    def _published(self, **more: Any) -> tuple[OutboundMessage, Any]:
        given: dict[str, Any] = {"parent_kind": None, "publication": Publication()}
        message = replace(self.desk.answer("none"), parent="", **given | more)
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            found = connector.read_back(message, now=now())
        assert found is not None, "What was published is not found again."
        assert found.native_id == receipt.native_id
        return message, receipt

    def show_a_film(self) -> None:
        self._published(media=(FILM,))
        self._published(media=(FILM,), publication=Publication(form=Form.REEL))

    def show_a_story(self) -> None:
        for media in (PICTURE, FILM):
            self._published(text="", media=(media,), publication=Publication(form=Form.STORY))

    def publish(self) -> None:
        message, receipt = self._published(media=(PICTURE, PICTURE))
        item = self.desk.item(receipt.native_id)
        assert (item.text, len(item.pictures)) == (message.text, 2)
        self._published(publication=Publication(address="https://www.example.org/bins"))
        later = Publication(at=now() + timedelta(minutes=30))
        message, _ = self._published(publication=later)
        assert self.desk.standing(message.text) == 0

    # --- Moderating

    def hide_and_show(self) -> None:
        native_id = self.desk.comment()
        with closing(self.connect()) as connector:
            for act, hidden in ((Act.HIDE, True), (Act.UNHIDE, False)):
                connector.moderate(Moderation("kit", act, native_id), now=now())
                assert self.desk.item(native_id).hidden is hidden

    def delete(self) -> None:
        native_id = self.desk.comment()
        with closing(self.connect()) as connector:
            connector.moderate(Moderation("kit", Act.DELETE, native_id), now=now())
            assert native_id not in [one.native_id for one in self.desk.items() if not one.deleted]
            with pytest.raises(Gone):
                connector.moderate(Moderation("kit", Act.DELETE, native_id), now=now())

    def block_and_unblock(self) -> None:
        native_id = self.desk.comment(who=RESIDENTS[1])
        author = self.desk.wait(Written, native_id).post.author.native_id
        with closing(self.connect()) as connector:
            for act, blocked in ((Act.BLOCK, True), (Act.UNBLOCK, False)):
                connector.moderate(Moderation("kit", act, author=author), now=now())
                listed = self.desk.graph(f"{self.account}/blocked")["data"]
                assert (author in [one["id"] for one in listed]) is blocked


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


# --- Hearing what was not called -----------------------------------------------------------


def test_a_poll_brings_what_was_not_called_with_its_own_time(desk: Desk) -> None:
    _, cursor = desk.poll(Cursor())
    post = desk.publish("Lift is back")
    comment, message = desk.comment(post, "at last"), desk.message("and my tap?")
    events, after = desk.poll(cursor)
    posts = {one.post.native_id: one.post for one in events if isinstance(one, Written)}
    assert {post, comment, message} <= set(posts)
    assert posts[post].ours
    assert posts[comment].subject is not None
    assert posts[comment].subject.text == "Lift is back"
    assert (posts[message].private, posts[message].ours) == (True, False)
    assert abs(posts[comment].at - now()) < timedelta(seconds=10)
    called = desk.wait(Written, comment).post
    for name in ("native_id", "thread", "parent", "text", "kind"):
        assert getattr(called, name) == getattr(posts[comment], name), name
    assert called.author.native_id == posts[comment].author.native_id
    assert abs(called.at - posts[comment].at) < timedelta(seconds=2)
    assert posts[message].thread == desk.wait(Written, message).post.thread
    again, _ = desk.poll(after)
    assert comment in {one.post.native_id for one in again if isinstance(one, Written)}


def test_the_same_event_has_one_key_whichever_call_brought_it(desk: Desk) -> None:
    native_id = desk.comment()
    desk.wait(Written, native_id)
    keys = [raw.key for raw in desk.raw() if any(_is(one, native_id) for one in desk.parsed([raw]))]
    assert len(set(keys)) == 1
    with closing(desk.connect()) as connector:
        first = connector.poll(Cursor(), now=now())
        second = connector.poll(Cursor(), now=now())
    assert {raw.key for raw in first.events} == {raw.key for raw in second.events}


def _is(event: object, native_id: str) -> bool:
    return isinstance(event, Written) and event.post.native_id == native_id


def test_after_a_gap_a_look_up_tells_edits_and_deletions(desk: Desk) -> None:
    stays, edited, gone = desk.comment(), desk.comment(), desk.comment()
    message = desk.message()
    desk.do(desk.stage.edit, RESIDENTS[0], "new words", of=edited)
    desk.do(desk.stage.delete, RESIDENTS[0], of=gone)
    with closing(desk.connect()) as connector:
        events = desk.parsed(connector.lookup([stays, edited, gone, message], now=now()))
    words = {one.post.native_id: one.post.text for one in events if isinstance(one, Edited)}
    assert set(words) == {stays, edited, message}
    assert words[edited] == "new words"
    assert [one.native_id for one in events if isinstance(one, Deleted)] == [gone]


# --- What goes wrong -----------------------------------------------------------------------

WRITES = r"/comments$"


@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_an_answer_whose_answer_is_lost_stands_once(desk: Desk, fault: str) -> None:
    message = desk.answer()
    desk.order(fault, WRITES)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
    assert found is not None
    assert desk.item(found.native_id).text == message.text
    assert desk.standing(message.text) == 1


@pytest.mark.parametrize("fault", ["reset-before", "error-before"])
def test_an_answer_that_never_arrived_is_not_found(desk: Desk, fault: str) -> None:
    message = desk.answer()
    desk.order(fault, WRITES)
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        assert connector.read_back(message, now=now()) is None
        connector.send(message, now=now())
    assert desk.standing(message.text) == 1


def test_a_private_message_whose_answer_is_lost_stands_once(desk: Desk) -> None:
    parent = desk.message()
    person = desk.wait(Written, parent).post.author.native_id
    message = desk.private(person, parent)
    desk.order("error-after", r"/messages$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        assert connector.read_back(message, now=now()) is not None
    assert desk.standing(message.text) == 1


def test_a_dead_token_asks_for_a_person(desk: Desk) -> None:
    with closing(desk.connect(credential={"access_token": "died"})) as connector:
        with pytest.raises(Reconnect):
            connector.identify(now=now())
        with pytest.raises(Reconnect):
            connector.send(desk.answer(), now=now())


def test_a_throttle_waits_as_long_as_it_is_told(desk: Desk) -> None:
    error = {"error": {"message": "too many", "type": "OAuthException", "code": 32}}
    desk.order("body", WRITES, status=400, body=error)
    message = desk.answer()
    with closing(desk.connect()) as connector:
        with pytest.raises(TryAgain) as later:
            connector.send(message, now=now())
        assert later.value.at is not None
        assert later.value.at > now()
        connector.send(message, now=now())
    assert desk.standing(message.text) == 1


def test_a_spent_limit_says_when_it_opens_again(desk: Desk) -> None:
    limits = desk.stage.graph.limits.most
    usual = limits["pages"]
    limits["pages"] = (0, timedelta(hours=24))
    try:
        with closing(desk.connect()) as connector, pytest.raises(TryAgain) as later:
            connector.identify(now=now())
    finally:
        limits["pages"] = usual
    assert later.value.at is not None
    assert later.value.at > now() + timedelta(minutes=5)


def test_how_much_of_the_limits_is_used_is_told(desk: Desk) -> None:
    connection = desk.connection()
    with closing(platform.connect(connection)) as connector:
        connector.identify(now=now())
    _, signals = connection.meter.take()
    assert signals


def test_an_answer_to_what_was_taken_away_is_gone(desk: Desk) -> None:
    message = desk.answer()
    desk.do(desk.stage.delete, RESIDENTS[0], of=message.parent)
    with closing(desk.connect()) as connector, pytest.raises(Gone):
        connector.send(message, now=now())


def test_whose_token_it_is(desk: Desk) -> None:
    with closing(desk.connect()) as connector:
        who = connector.identify(now=now())
    assert who.native_id == desk.account
    assert who.name


@pytest.mark.parametrize("fault", ["unknown-field", "missing-field", "new-value"])
def test_an_api_that_drifts_loses_no_comment(desk: Desk, fault: str) -> None:
    _, cursor = desk.poll(Cursor())
    native_id = desk.comment(text="still here?")
    more: dict[str, Any] = {"times": 20}
    if fault == "missing-field":
        more["name"] = "from"
    if fault == "new-value":
        more |= {"name": "is_hidden", "value": "perhaps"}
    desk.order(fault, r"/feed", "GET", **more)
    events, _ = desk.poll(cursor)
    found = [one.post for one in events if isinstance(one, Written)]
    assert [one.text for one in found if one.native_id == native_id] == ["still here?"]
