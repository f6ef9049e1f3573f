"""A website refuses what it cannot, with a reason, and conforms where the checks fit it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from glede.platforms.contract import (
    Act,
    Connection,
    Connector,
    Cursor,
    Media,
    Moderation,
    OutboundMessage,
    Refused,
)
from glede.platforms.website.connector import platform

NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)
PICTURE = Media(kind="image", alt="a dot", content=b"GIF89a")


def website(**settings: str) -> Connector:
    return platform.connect(Connection("site", "", {}, settings, handle="redkite.example"))


def answer(
    text: str = "We come at two.",
    *,
    notify: str = "",
    media: tuple[Media, ...] = (),
    private: bool = True,
) -> OutboundMessage:
    return OutboundMessage(
        key="k-1",
        text=text,
        queued_at=NOW,
        notify=notify,
        link="/v/x/",
        media=media,
        private=private,
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda site: site.poll(Cursor(), now=NOW),
        lambda site: site.lookup(["m-1"], now=NOW),
        lambda site: site.stream(Cursor(), stop=lambda: False, watched=frozenset),
        *(lambda site, act=act: site.moderate(Moderation("k", act, "m-1"), now=NOW) for act in Act),
        lambda site: site.send(answer(private=False), now=NOW),
        lambda site: site.send(answer(""), now=NOW),
        lambda site: site.send(answer("m" * 8_001), now=NOW),
        lambda site: site.send(answer(media=(PICTURE,)), now=NOW),
        lambda site: site.send(answer(notify="iris@example.org"), now=NOW),
    ],
)
def test_what_a_website_cannot_is_refused_with_a_reason(ask: Callable[[Connector], object]) -> None:
    with pytest.raises(Refused, match=r"\w+ .+\."):
        ask(website())


@pytest.mark.parametrize("act", Act)
def test_nothing_on_a_website_can_be_moderated(act: Act) -> None:
    with pytest.raises(Refused, match=act):
        website().moderate(Moderation("k", act, "m-1"), now=NOW)


def test_without_an_address_the_page_is_all_there_is_to_do() -> None:
    receipt = website().send(answer(), now=NOW)

    assert (receipt.native_id, receipt.at) == ("answer/k-1", NOW)
    assert website().read_back(answer(), now=NOW) == receipt


def test_whether_a_mail_was_taken_cannot_be_read_back() -> None:
    assert website().read_back(answer(notify="iris@example.org"), now=NOW) is None


def test_a_website_is_itself() -> None:
    assert website().identify(now=NOW).native_id == "site"
