"""The Snapchat plug-in against the sandbox, which decrypts what it is sent."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from glede.platforms import captured, conformance
from glede.platforms.captured import Captured
from glede.platforms.contract import (
    Act,
    Connection,
    Connector,
    DoorApp,
    Form,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    OutcomeUnknown,
    Publication,
    Receipt,
    Reconnect,
    Refused,
    Registration,
    Request,
    TryAgain,
)
from glede.platforms.snapchat import publish
from glede.platforms.snapchat.connector import Snapchat, platform
from sandbox.snapchat.stage import Snapchat as Stage
from tests.sandbox.serving import Served, serving

FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
NUMBERS = count(1)


def now() -> datetime:
    return datetime.now(UTC)


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (9, 16), "gold").save(target, "PNG")
    return target.getvalue()


PICTURE = Media("image", content=png(), content_type="image/png")
CLIP = Media("video", content=FILM, content_type="video/mp4")


class Desk:
    def __init__(self, served: Served) -> None:
        self.served = served
        found = served.world.stages["snapchat"]
        assert isinstance(found, Stage)
        self.stage = found
        given: Any = served.do(found.credentials)
        self.app = {name: given[name] for name in ("client_id", "client_secret")}
        self.page: Mapping[str, str] = given["pages"]["red-kite"]
        self.account = self.page["id"]

    def connection(self, **credential: str) -> Connection:
        held = {name: self.page[name] for name in ("access_token", "refresh_token")}
        base = f"{self.served.base}/snapchat"
        return Connection(self.account, base, {**held, **credential}, app=self.app)

    def connect(self) -> Snapchat:
        return Snapchat(self.connection())

    def message(self, form: Form, text: str, *media: Media, **more: Any) -> OutboundMessage:
        published = Publication(form=form, **more)
        key = f"key {next(NUMBERS)}"
        return OutboundMessage(key, text, now(), media=media, publication=published)

    def spotlight(self) -> OutboundMessage:
        return self.message(Form.REEL, f"Clip no. {next(NUMBERS)}", CLIP)

    def sent(self, message: OutboundMessage) -> Receipt:
        with closing(self.connect()) as connector:
            return connector.send(message, now=now())

    def shown(self) -> list[Any]:
        return list(self.served.do(self.stage.api.shown, self.account))

    def content(self, native_id: str) -> bytes:
        posted = next(one for one in self.shown() if one.id == native_id)
        digest = self.stage.api.stored.media[posted.medium].digest
        return self.served.world.media.get(digest)[0]

    def order(self, kind: str, path: str, **more: Any) -> None:
        self.served.do(self.served.world.faults.order, kind, path=path, method="POST", **more)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with serving(Stage) as served:
        yield Desk(served)


class Kit:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.account
        self.unknown_id = "captured/unknown"
        item = Captured(desk.account, "Ola", "ola", "hi", now(), Kind.COMMENT, private=False)
        self.samples: Sequence[bytes] = [captured.event(item).body]
        self.journeys: Mapping[str, Callable[[], None]] = {
            "image": self.show_a_picture,
            "video": self.show_a_film,
            "story": self.show_a_picture,
            "publish": self.keep_a_story,
        }

    def now(self) -> datetime:
        return now()

    def connect(self) -> Connector:
        return self.desk.connect()

    def answer(self) -> OutboundMessage:
        """Snapchat takes no answers; what it takes is a post."""
        return self.desk.spotlight()

    def standing(self, message: OutboundMessage) -> int:
        return [one.text for one in self.desk.shown()].count(message.text)

    def theirs(self, act: Act) -> Moderation:
        return Moderation("kit", act, "captured/1", author="captured/ola")

    def genuine(self) -> tuple[Request, DoorApp]:
        raise AssertionError("Snapchat calls nobody.")

    def show_a_picture(self) -> None:
        receipt = self.desk.sent(self.desk.message(Form.STORY, "", PICTURE))
        assert self.desk.content(receipt.native_id) == PICTURE.content
        assert abs(now() - receipt.at) < timedelta(seconds=30)

    def show_a_film(self) -> None:
        message = self.desk.spotlight()
        receipt = self.desk.sent(message)
        assert self.desk.content(receipt.native_id) == FILM
        assert self.desk.shown()[0].text == message.text

    def keep_a_story(self) -> None:
        receipt = self.desk.sent(self.desk.message(Form.SAVED_STORY, "Open day", PICTURE))
        posted = next(one for one in self.desk.shown() if one.id == receipt.native_id)
        assert (posted.where, posted.text) == ("saved_stories", "Open day")


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_it_is_a_platform(check: conformance.Check, desk: Desk) -> None:
    check.run(Kit(desk))


def test_a_large_file_goes_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "PART_BYTES", 1000)
    receipt = desk.sent(desk.spotlight())
    assert desk.content(receipt.native_id) == FILM


@pytest.mark.parametrize("form", [Form.REEL, Form.SAVED_STORY, Form.STORY])
@pytest.mark.parametrize("fault", ["reset-after", "error-after"])
def test_a_time_out_after_success_is_found_again(desk: Desk, form: Form, fault: str) -> None:
    text = "" if form is Form.STORY else "Open day"
    message = desk.message(form, text, CLIP)
    desk.order(fault, "(spotlights|stories)$")
    with closing(desk.connect()) as connector:
        with pytest.raises(OutcomeUnknown):
            connector.send(message, now=now())
        found = connector.read_back(message, now=now())
    assert found is not None
    assert [one.id for one in desk.shown()] == [found.native_id]


def test_of_two_stories_neither_is_believed(desk: Desk) -> None:
    message = desk.message(Form.STORY, "", PICTURE)
    with closing(desk.connect()) as connector:
        assert connector.read_back(message, now=now()) is None
        connector.send(message, now=now())
        connector.send(desk.message(Form.STORY, "", PICTURE), now=now())
        with pytest.raises(OutcomeUnknown, match="look which"):
            connector.read_back(message, now=now())


def test_an_upload_that_breaks_posts_nothing_and_can_be_tried_again(desk: Desk) -> None:
    message = desk.spotlight()
    desk.order("reset-before", "multipart-upload")
    with closing(desk.connect()) as connector:
        with pytest.raises(TryAgain):
            connector.send(message, now=now())
        assert desk.shown() == []
        connector.send(message, now=now())
    assert len(desk.shown()) == 1


def test_a_token_is_renewed_before_it_ends_and_after_it_was_refused(desk: Desk) -> None:
    for credential in (
        {"expires_at": (now() + timedelta(seconds=30)).isoformat()},
        {"access_token": "over"},
    ):
        kept: list[Any] = []
        fresh: Any = desk.served.do(desk.stage.credentials)["pages"]["red-kite"]
        connection = replace(
            desk.connection(**{"refresh_token": fresh["refresh_token"], **credential}),
            renew=lambda old, ask: kept.append(ask(old)) or kept[-1],  # noqa: B023 - called at once
        )
        desk.stage._tokens.clear()
        with closing(Snapchat(connection)) as connector:
            assert connector.identify(now=now()).native_id == desk.account
        assert kept[0]["access_token"] not in ("over", fresh["access_token"])
        assert datetime.fromisoformat(kept[0]["expires_at"]) > now() + timedelta(minutes=20)


def test_a_token_that_cannot_be_renewed_asks_for_a_person(desk: Desk) -> None:
    for refresh in ("", "used up"):
        connection = desk.connection(access_token="over", refresh_token=refresh)
        with closing(Snapchat(connection)) as connector, pytest.raises(Reconnect):
            connector.send(desk.spotlight(), now=now())


def test_a_throttle_is_waited_for_and_posts_nothing(desk: Desk) -> None:
    message = desk.spotlight()
    desk.order("body", "spotlights$", status=429, body={"request_status": "ERROR"})
    with closing(desk.connect()) as connector:
        with pytest.raises(TryAgain) as later:
            connector.send(message, now=now())
        assert desk.shown() == []
        connector.send(message, now=now())
    assert later.value.at is not None
    assert later.value.at > now()
    assert len(desk.shown()) == 1


def test_an_app_that_is_not_allow_listed_is_refused_in_words(desk: Desk) -> None:
    desk.stage.api.allow_listed = False
    with closing(desk.connect()) as connector, pytest.raises(Refused, match="may not use"):
        connector.send(desk.spotlight(), now=now())


@pytest.mark.parametrize(
    ("form", "text", "media", "more", "why"),
    [
        (Form.POST, "x", (PICTURE,), {}, "a story"),
        (Form.STORY, "words", (PICTURE,), {}, "no words"),
        (Form.STORY, "", (), {}, "one picture"),
        (Form.STORY, "", (PICTURE, PICTURE), {}, "one picture"),
        (Form.STORY, "", (Media("audio", content=b"x"),), {}, "one picture"),
        (Form.STORY, "", (Media("image"),), {}, "empty"),
        (Form.STORY, "", (Media("image", content=b"no picture"),), {}, "no IMAGE"),
        (Form.REEL, "x", (PICTURE,), {}, "is a film"),
        (Form.REEL, "x" * 161, (CLIP,), {}, "160"),
        (Form.SAVED_STORY, "x" * 46, (PICTURE,), {}, "45"),
        (Form.SAVED_STORY, "", (PICTURE,), {}, "title"),
        (Form.REEL, "x", (CLIP,), {"at": datetime(2030, 1, 1, tzinfo=UTC)}, "schedules"),
    ],
)
def test_what_snapchat_does_not_take_is_refused_with_a_sentence(
    desk: Desk,
    form: Form,
    text: str,
    media: tuple[Media, ...],
    more: dict[str, Any],
    why: str,
) -> None:
    with closing(desk.connect()) as connector, pytest.raises(Refused, match=why):
        connector.send(desk.message(form, text, *media, **more), now=now())
    assert desk.shown() == []


def test_a_person_lets_us_in(desk: Desk) -> None:
    assert platform.oauth is not None
    base = f"{desk.served.base}/snapchat"
    registration = Registration(desk.app["client_id"], desk.app["client_secret"], base)
    address = platform.oauth.address(registration, "http://desk/back", "s", "")
    assert httpx.get(address).status_code == 200
    gone = httpx.post(address, data={"account": desk.account})
    code = parse_qs(urlsplit(gone.headers["location"]).query)["code"][0]
    [offer] = platform.oauth.finish(registration, code, "http://desk/back", "", now())
    assert (offer.native_id, offer.name, offer.handle) == (desk.account, "Red Kite", "redkite")
    assert offer.scopes == ("snapchat-profile-api",)
    with pytest.raises(Reconnect):
        platform.oauth.finish(registration, code, "http://desk/back", "", now())
