"""Bluesky is a platform by the same checks as anybody's: all of them on the real servers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from atproto import models

from glede.platforms import conformance
from glede.platforms.bluesky.connector import Bluesky, platform
from glede.platforms.contract import (
    Act,
    Connector,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Gone,
    InboundEvent,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    Publication,
    Refused,
    Request,
    Written,
)
from tests.real.network import Account, Network, now_text, wait_for
from tests.real.test_bluesky import (
    PIXEL,
    connection,
    indexed,
    mentioning,
    now,
    parsed,
    replace,
    standing,
    strong,
    under,
)

pytestmark = pytest.mark.network

PAYLOADS = Path(platform.parse.__code__.co_filename).parent / "tests" / "payloads"


class BlueskyKit:
    """A landlord, a resident and everything the desk says it can do on Bluesky."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.landlord = network.create_account("twenty11")
        self.resident = network.create_account("tenant")
        self.owner: Any = network.client(self.landlord)
        self.asking: Any = network.client(self.resident)
        self.account = self.landlord.did
        self.unknown_id = f"at://{self.resident.did}/app.bsky.feed.post/3aaaaaaaaaaaa"
        self.samples: Sequence[bytes] = [
            path.read_bytes().replace(b"did:plc:landlord", self.account.encode())
            for path in sorted(PAYLOADS.glob("*.json"))
        ]
        self._numbers = count(1)
        self.journeys: Mapping[str, Callable[[], None]] = {
            "receive comments": self.hear_a_comment,
            "receive mentions": self.hear_a_mention,
            "receive quotes": self.hear_a_quote,
            "receive edits": self.hear_an_edit,
            "receive deletions": self.hear_a_deletion,
            "receive own_posts": self.hear_ourselves,
            "reply_public": self.answer_in_the_thread,
            "image": self.show_a_picture,
            "hide": self.hide_a_reply,
            "unhide": self.show_it_again,
            "block": self.block_somebody,
            "unblock": self.let_them_back,
            "report": self.report_somebody,
            "publish": self.post_something,
        }

    def now(self) -> datetime:
        return now()

    def connect(self) -> Connector:
        return Bluesky(connection(self.network, self.landlord))

    def asked(self) -> Any:
        words = f"question {next(self._numbers)}"
        record = mentioning(self.landlord, words)
        return self.asking.app.bsky.feed.post.create(self.resident.did, record)

    def answer(self) -> OutboundMessage:
        number = next(self._numbers)
        return OutboundMessage(
            key=f"kit {number}", text=f"answer {number}", queued_at=now(), parent=self.asked().uri
        )

    def standing(self, message: OutboundMessage) -> int:
        return standing(self.network, self.landlord).count(message.text)

    def theirs(self, act: Act) -> Moderation:
        post = self.asked()
        return Moderation(
            key="kit", act=act, native_id=post.uri, root=post.uri, author=self.resident.did
        )

    def genuine(self) -> tuple[Request, DoorApp]:
        raise AssertionError("Bluesky calls nobody.")

    # --- Receiving -------------------------------------------------------------------------

    def heard[T: InboundEvent](
        self, act: Callable[[], str], wanted: type[T], *, watched: bool = False
    ) -> T:
        """What the stream, read from its start, brings of the item that `act` says it touched."""
        touched = act()
        people = frozenset({self.resident.did} if watched else ())
        give_up_at = now() + timedelta(seconds=20)
        with closing(self.connect()) as desk:
            for batch in desk.stream(
                Cursor("0"), stop=lambda: now() > give_up_at, watched=lambda: people
            ):
                for event in parsed(batch.events, self.account):
                    native_id = event.native_id if isinstance(event, Deleted) else ""
                    if isinstance(event, Written | Edited):
                        native_id = event.post.native_id
                    if isinstance(event, wanted) and native_id == touched:
                        return event
        raise AssertionError(f"The stream brought no {wanted.__name__} of {touched}.")

    def hear_a_comment(self) -> None:
        root = self.owner.send_post("Bins are collected on Monday")
        heard = self.heard(
            lambda: str(self.asking.send_post("Which bins?", reply_to=under(root)).uri), Written
        )
        assert heard.post.kind is Kind.COMMENT
        assert heard.post.thread == root.uri

    def hear_a_mention(self) -> None:
        heard = self.heard(lambda: str(self.asked().uri), Written)
        assert heard.post.kind is Kind.MENTION

    def hear_a_quote(self) -> None:
        root = self.owner.send_post("Bins are collected on Tuesday")
        embed = models.AppBskyEmbedRecord.Main(record=strong(root))
        heard = self.heard(lambda: str(self.asking.send_post("Ha", embed=embed).uri), Written)
        assert heard.post.kind is Kind.QUOTE

    def hear_an_edit(self) -> None:
        post = self.asked()

        def edit() -> str:
            replace(self.network, self.resident, post.uri, "in other words")
            return str(post.uri)

        assert self.heard(edit, Edited, watched=True).post.text == "in other words"

    def hear_a_deletion(self) -> None:
        post = self.asked()

        def delete() -> str:
            self.asking.delete_post(post.uri)
            return str(post.uri)

        self.heard(delete, Deleted, watched=True)

    def hear_ourselves(self) -> None:
        post = self.asked()
        heard = self.heard(
            lambda: str(self.owner.send_post("typed in the app", reply_to=under(post)).uri),
            Written,
        )
        assert heard.post.ours

    # --- Acting ----------------------------------------------------------------------------

    def answer_in_the_thread(self) -> None:
        message = self.answer()
        with closing(self.connect()) as desk:
            desk.send(message, now=now())

        def replies() -> list[str]:
            thread = self.network.look().get_post_thread(message.parent).thread
            return [reply.post.record.text for reply in thread.replies or []]

        assert wait_for(replies, what="the answer in the thread") == [message.text]

    def show_a_picture(self) -> None:
        picture = Media(kind="image", alt="a lift", content=PIXEL, content_type="image/png")
        with closing(self.connect()) as desk:
            receipt = desk.send(replaced(self.answer(), media=(picture,)), now=now())
        assert indexed(self.network, receipt.native_id).embed.images[0].alt == "a lift"

    def post_something(self) -> None:
        with closing(self.connect()) as desk:
            receipt = desk.send(replaced(self.answer(), parent=""), now=now())
            link = Publication(address="https://www.example.org/bins", title="New bins")
            message = replaced(self.answer(), parent="", publication=link)
            shared = desk.send(message, now=now())
            picture = Media("image", alt="a dot", content=PIXEL, content_type="image/png")
            message = replaced(message, key=f"{message.key} again", media=(picture,))
            pictured = desk.send(message, now=now())
            later = replaced(message, publication=Publication(at=now() + timedelta(hours=1)))
            with pytest.raises(Refused, match="schedules nothing"):
                desk.send(later, now=now())
        assert indexed(self.network, receipt.native_id).record.reply is None
        card = indexed(self.network, shared.native_id).record.embed.external
        assert (card.uri, card.title) == ("https://www.example.org/bins", "New bins")
        words = indexed(self.network, pictured.native_id).record.text
        assert words.endswith("https://www.example.org/bins")

    def hidden(self) -> tuple[Moderation, Callable[[], list[str]]]:
        root = self.owner.send_post("Tea on Thursday")
        reply = self.asking.send_post("rude", reply_to=under(root))
        gate = self.owner.app.bsky.feed.threadgate
        key = root.uri.rpartition("/")[2]
        hide = Moderation(key="kit", act=Act.HIDE, native_id=reply.uri, root=root.uri)
        with closing(self.connect()) as desk:
            desk.moderate(hide, now=now())
        return hide, lambda: list(gate.get(self.account, key).value.hidden_replies)

    def hide_a_reply(self) -> None:
        hide, hidden = self.hidden()
        assert hidden() == [hide.native_id]

    def show_it_again(self) -> None:
        hide, hidden = self.hidden()
        with closing(self.connect()) as desk:
            desk.moderate(replaced(hide, act=Act.UNHIDE), now=now())
        assert hidden() == []

    def blocked(self, account: Account) -> bool:
        found = self.owner.app.bsky.graph.block.list(self.account).records.values()
        return any(record.subject == account.did for record in found)

    def block_somebody(self) -> None:
        pest = self.network.create_account("kitpest")
        with closing(self.connect()) as desk:
            desk.moderate(Moderation(key="", act=Act.BLOCK, author=pest.did), now=now())
        assert self.blocked(pest)

    def report_somebody(self) -> None:
        """The moderation service numbers what it takes; no answer without a number is taken."""
        act = replaced(self.theirs(Act.REPORT), reason="threatens a caretaker")
        with closing(self.connect()) as desk:

            def taken() -> bool:
                try:
                    desk.moderate(act, now=now())
                except Gone:  # just written, and not indexed yet
                    return False
                return True

            wait_for(taken, what="the post to be known where reports are taken")
            desk.moderate(replaced(act, native_id=""), now=now())
            with pytest.raises(Refused):
                desk.moderate(replaced(act, native_id="", author=""), now=now())

    def let_them_back(self) -> None:
        guest = self.network.create_account("kitguest")
        by_hand = models.AppBskyGraphBlock.Record(subject=guest.did, created_at=now_text())
        self.owner.app.bsky.graph.block.create(self.account, by_hand)
        wait_for(
            lambda: self.owner.get_profile(guest.did).viewer.blocking, what="the block to be known"
        )
        with closing(self.connect()) as desk:
            desk.moderate(Moderation(key="", act=Act.UNBLOCK, author=guest.did), now=now())
        assert not self.blocked(guest)


@pytest.fixture(scope="module")
def kit(network: Network) -> BlueskyKit:
    return BlueskyKit(network)


@pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
def test_bluesky_is_a_platform(check: conformance.Check, kit: BlueskyKit) -> None:
    check.run(kit)
