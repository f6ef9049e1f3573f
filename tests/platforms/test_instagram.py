"""The Instagram plug-in against the sandbox: the contract's checks, and what goes wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from glede.platforms import conformance
from glede.platforms.contract import (
    Act,
    Connector,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Form,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Reconnect,
    Refused,
    Request,
    TryAgain,
    Written,
)
from glede.platforms.instagram.connector import platform
from sandbox.graph.stages import Facebook
from sandbox.graph.stages import Instagram as Stage
from tests.platforms.meta import RESIDENTS, Desk, now
from tests.sandbox.serving import Served, serving


def jpeg() -> bytes:
    held = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(held, "JPEG")
    return held.getvalue()


PICTURE = Media("image", alt="a square", content=jpeg(), content_type="image/jpeg")
FILM = Media("video", content=b"\0\0\0\x18ftypmp42", content_type="video/mp4")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Facebook, Stage) as served:
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
    """An account, residents, and everything the plug-in says it can do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.account
        self.unknown_id = "17900000009999999"
        self.journeys: Mapping[str, Callable[[], None]] = {
            "receive comments": self.hear_a_comment,
            "receive mentions": self.hear_a_mention,
            "receive messages": self.hear_a_message,
            "receive edits": self.hear_what_no_call_tells,
            "receive deletions": self.hear_what_no_call_tells,
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
            "publish": self.show_a_picture,
        }

    @property
    def samples(self) -> Sequence[bytes]:
        for native_id in (self.desk.comment(), self.desk.message()):
            self.desk.wait(Written, native_id)
        kept = [
            raw.body
            for raw in self.desk.raw()[-20:]
            if any(isinstance(one, Written) for one in platform.parse(raw.body, self.account))
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
        post = self.desk.publish("The new lift")
        native_id = self.desk.comment(post, "is it stuck? 🛗")
        heard = self.desk.wait(Written, native_id).post
        assert (heard.kind, heard.thread, heard.parent) == (Kind.COMMENT, post, post)
        assert (heard.text, heard.ours) == ("is it stuck? 🛗", False)
        assert abs(heard.at - now()) < timedelta(seconds=10)

    def hear_a_mention(self) -> None:
        stage = self.desk.stage
        native_id = str(self.desk.do(stage.mention, RESIDENTS[0], "ask them", page=self.account))
        heard = self.desk.wait(Written, native_id).post
        assert (heard.kind, heard.text) == (Kind.MENTION, "")
        with closing(self.connect()) as connector:
            (event,) = self.desk.parsed(connector.lookup([native_id], now=now()))
        assert isinstance(event, Edited)
        assert "ask them" in event.post.text

    def hear_a_message(self) -> None:
        native_id = self.desk.message("the lift again")
        heard = self.desk.wait(Written, native_id).post
        assert (heard.kind, heard.private, heard.text) == (Kind.MESSAGE, True, "the lift again")
        self.desk.do(self.desk.stage.delete, RESIDENTS[0], of=native_id)
        self.desk.wait(Deleted, native_id)

    def hear_what_no_call_tells(self) -> None:
        post = self.desk.publish()
        edited, gone = self.desk.comment(post), self.desk.comment(post)
        _, cursor = self.desk.poll(Cursor())
        # People cannot edit a comment in the app; the words may change all the same.
        network = self.desk.stage.network
        self.desk.do(lambda: network.edit(network.entry(edited), "other words"))
        self.desk.do(self.desk.stage.delete, RESIDENTS[0], of=gone)
        events, _ = self.desk.poll(cursor)
        words = [one.post.text for one in events if isinstance(one, Edited)]
        assert words == ["other words"]
        assert [one.native_id for one in events if isinstance(one, Deleted)] == [gone]

    def hear_ourselves(self) -> None:
        _, cursor = self.desk.poll(Cursor())
        post = self.desk.publish("News")
        events, _ = self.desk.poll(cursor)
        (found,) = [
            one.post for one in events if isinstance(one, Written) and one.post.native_id == post
        ]
        assert (found.ours, found.text) == (True, "News")

    # --- Sending

    def answer_in_public(self) -> None:
        message = self.desk.answer()
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
        item = self.desk.item(receipt.native_id)
        assert (item.text, item.by_page) == (message.text, True)
        assert abs(item.at - receipt.at) < timedelta(seconds=2)

    def answer_in_private(self) -> None:
        parent = self.desk.message()
        person = self.desk.wait(Written, parent).post.author.native_id
        message = self.desk.private(person, parent)
        aside = self.desk.answer(private=True, to="", heard_at=now())
        with closing(self.connect()) as connector:
            for one in (message, aside):
                receipt = connector.send(one, now=now())
                found = connector.read_back(one, now=now())
                assert found is not None
                assert found.native_id == receipt.native_id
            with pytest.raises(Refused):
                connector.send(replace(aside, key="again", text="once more"), now=now())

    def _published(self, **more: Any) -> tuple[OutboundMessage, Any]:
        given: dict[str, Any] = {"parent_kind": None, "publication": Publication()}
        message = replace(self.desk.answer("none"), parent="", **given | more)
        with closing(self.connect()) as connector:
            receipt = connector.send(message, now=now())
            found = connector.read_back(message, now=now())
        assert found is not None, "What was published is not found again."
        assert found.native_id == receipt.native_id
        return message, receipt

    def show_a_picture(self) -> None:
        message, receipt = self._published(media=(PICTURE,))
        item = self.desk.item(receipt.native_id)
        assert (item.text, len(item.pictures)) == (message.text, 1)
        self._published(media=(PICTURE, PICTURE))

    def show_a_film(self) -> None:
        self._published(media=(FILM,), publication=Publication(form=Form.REEL))

    def show_a_story(self) -> None:
        self._published(text="", media=(PICTURE,), publication=Publication(form=Form.STORY))

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

    def block_and_unblock(self) -> None:
        native_id = self.desk.message(who=RESIDENTS[1])
        author = self.desk.wait(Written, native_id).post.author.native_id
        with closing(self.connect()) as connector:
            for act in (Act.BLOCK, Act.UNBLOCK):
                moderation = Moderation("kit", act, author=author, private=True)
                connector.moderate(moderation, now=now())
            stranger = Moderation("kit", Act.BLOCK, author="17900000000000001", private=True)
            with pytest.raises(Refused):
                connector.moderate(stranger, now=now())


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


def test_a_poll_brings_what_was_not_called_with_its_own_time(desk: Desk) -> None:
    _, cursor = desk.poll(Cursor())
    post = desk.publish("Lift is back")
    comment, message = desk.comment(post, "at last"), desk.message("and my tap?")
    events, _ = desk.poll(cursor)
    posts = {one.post.native_id: one.post for one in events if isinstance(one, Written)}
    assert {post, comment, message} <= set(posts)
    called = desk.wait(Written, comment).post
    for name in ("native_id", "thread", "parent", "text", "kind"):
        assert getattr(called, name) == getattr(posts[comment], name), name
    assert called.author.native_id == posts[comment].author.native_id
    assert abs(called.at - posts[comment].at) < timedelta(seconds=5)
    assert posts[message].thread == desk.wait(Written, message).post.thread


@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_an_answer_whose_answer_is_lost_stands_once(desk: Desk, fault: str) -> None:
    message = desk.answer()
    desk.order(fault, r"/replies$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
    assert found is not None
    assert desk.standing(message.text) == 1


@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_a_post_whose_answer_is_lost_stands_once(desk: Desk, fault: str) -> None:
    message = replace(
        desk.answer("none"),
        parent="",
        parent_kind=None,
        publication=Publication(),
        media=(PICTURE,),
    )
    desk.order(fault, r"/media_publish$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
    assert found is not None
    assert desk.standing(message.text) == 1


def test_a_dead_token_asks_for_a_person(desk: Desk) -> None:
    dead = desk.connect(credential={"access_token": "died"})
    with closing(dead) as connector, pytest.raises(Reconnect):
        connector.poll(Cursor(), now=now())


def test_a_throttle_waits_as_long_as_it_is_told(desk: Desk) -> None:
    error = {"error": {"message": "too many", "type": "OAuthException", "code": 80002}}
    message = desk.answer()
    for path, method in ((r"/replies$", "POST"), ("", "GET")):
        desk.order("body", path, method, status=400, body=error)
    with closing(desk.connect()) as connector:
        with pytest.raises(TryAgain) as sending:
            connector.send(message, now=now())
        with pytest.raises(TryAgain) as polling:
            connector.poll(Cursor(), now=now())
        assert desk.standing(message.text) == 0
        connector.send(message, now=now())
    for later in (sending, polling):
        assert later.value.at is not None
        assert later.value.at > now()
    assert desk.standing(message.text) == 1


def test_whose_token_it_is(desk: Desk) -> None:
    with closing(desk.connect()) as connector:
        who = connector.identify(now=now())
    assert who.native_id == desk.account
    assert who.handle


@pytest.mark.parametrize("fault", ["unknown-field", "missing-field", "new-value"])
def test_an_api_that_drifts_loses_no_comment(desk: Desk, fault: str) -> None:
    _, cursor = desk.poll(Cursor())
    native_id = desk.comment(text="still here?")
    more: dict[str, Any] = {"times": 20}
    if fault == "missing-field":
        more["name"] = "from"
    if fault == "new-value":
        more |= {"name": "media_type", "value": "HOLOGRAM"}
    desk.order(fault, r"/media$", "GET", **more)
    events, _ = desk.poll(cursor)
    found = [one.post for one in events if isinstance(one, Written)]
    assert [one.text for one in found if one.native_id == native_id] == ["still here?"]
