"""A post on a real network becomes a promise, kept: by running processes, in a real browser."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from atproto import models
from playwright.sync_api import Browser, Page, expect

from glede.desk.clocks import rules
from glede.desk.clocks.rules import Reading
from glede.kit import hours
from glede.platforms.bluesky.names import time_of
from tests import databases
from tests.browser import opened
from tests.make import PASSWORD
from tests.real.fault_proxy import Reply, Request
from tests.real.network import Account, Network, now_text, wait_for
from tests.real.processes import Desk, prepared

pytestmark = [pytest.mark.network, pytest.mark.browser, pytest.mark.process]

LONDON = ZoneInfo("Europe/London")
OPEN = (hours.span("09:00", "17:30"),)
OFFICE = hours.Calendar(
    version="office", zone=LONDON, week=(OPEN,) * 5 + ((), ()), bank_holidays="ENG"
)
PROMISE = rules.Promise(
    in_hours=timedelta(hours=4),
    in_hours_clause="6.5",
    out_of_hours=timedelta(hours=12),
    out_of_hours_clause="6.7",
    reading=Reading.ELAPSED,
    soft_after_opening=timedelta(hours=4),
)
UNDO_SECONDS = 2
POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Town:
    """The desk and the pages it keeps on the network."""

    desk: Desk
    network: Network
    red_kite: Account
    #: Its credential is spoilt and renewed by one test.
    twenty11: Account

    def resident(self, name: str) -> "Resident":
        return Resident(self, self.network.create_account(name))


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody in the same network, in their own app."""

    town: Town
    account: Account

    def asks(self, words: str, *, of: Account) -> "Asked":
        client = self.town.network.client(self.account)
        made = client.app.bsky.feed.post.create(self.account.did, mention(of, words))
        return Asked(self, made.uri, made.cid)


@dataclass(frozen=True, slots=True)
class Asked:
    """A resident's post."""

    by: Resident
    uri: str
    cid: str

    @property
    def rkey(self) -> str:
        return self.uri.rpartition("/")[2]

    def reaches_the_desk(self) -> dict[str, Any]:
        desk = self.by.town.desk
        return desk.wait_for(lambda: desk.conversation_of(self.uri), what="the post at the desk")

    def now(self) -> dict[str, Any]:
        found = self.by.town.desk.conversation_of(self.uri)
        assert found is not None
        return found

    def comes_to(self, is_so: Callable[[dict[str, Any]], bool], *, what: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.by.town.desk.conversation_of(self.uri)
            return found if found is not None and is_so(found) else None

        return self.by.town.desk.wait_for(look, what=what)

    def answers(self) -> list[Any]:
        """What stands under it, as anybody sees it."""
        thread = self.by.town.network.look().get_post_thread(self.uri).thread
        return [reply.post for reply in thread.replies or []]

    def is_answered(self, *, within_seconds: float = 60) -> Any:
        return wait_for(
            self.answers,
            what="the answer to stand under the post",
            within_seconds=within_seconds,
        )[0]


def mention(of: Account, words: str) -> models.AppBskyFeedPost.Record:
    handle = f"@{of.handle}"
    facet = models.AppBskyRichtextFacet.Main(
        features=[models.AppBskyRichtextFacet.Mention(did=of.did)],
        index=models.AppBskyRichtextFacet.ByteSlice(byte_start=0, byte_end=len(handle)),
    )
    return models.AppBskyFeedPost.Record(
        text=f"{handle} {words}", facets=[facet], created_at=now_text()
    )


@pytest.fixture(scope="module")
def town(
    network: Network,
    new_desks_database: Callable[[], databases.Database],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    database = new_desks_database()
    with prepared(
        tmp_path_factory.mktemp("desk") / "home",
        database.settings(),
        look_at=database.owner_url,
        GLEDE_UNDO_SECONDS=str(UNDO_SECONDS),
        GLEDE_SENDING_LOST_SECONDS="20",
    ) as desk:
        red_kite = network.create_account("redkitehomes")
        twenty11 = network.create_account("twenty11homes")
        desk.connect(network, red_kite)
        desk.connect(network, twenty11, brand="twenty11")
        desk.start("web")
        desk.start("worker")
        desk.wait_until_well()
        yield Town(desk, network, red_kite, twenty11)


@pytest.fixture
def page(browser: Browser, town: Town) -> Iterator[Page]:
    with opened(browser, base_url=town.desk.url) as page:
        page.goto("/")
        page.get_by_label("Work e-mail").fill("sam@kite.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        yield page


def answer_in(page: Page, asked: Asked, words: str) -> None:
    """What an advisor does: open it from the list, type, send."""
    page.get_by_role("link", name=re.compile(asked.by.account.handle)).first.click()
    box = page.get_by_role("textbox", name=re.compile("Public reply as"))
    box.fill(words)
    page.get_by_role("button", name=re.compile("Send in public")).click()


def trail(desk: Desk, conversation_id: int) -> list[dict[str, Any]]:
    return desk.rows(
        """
        SELECT verb, actor_name, clause, policy_version, details FROM audit_entry
        WHERE object_kind = 'conversation' AND object_id = %s ORDER BY id
        """,
        str(conversation_id),
    )


def test_a_post_becomes_a_promise_and_the_promise_is_kept(town: Town, page: Page) -> None:
    asked_at = datetime.now(UTC)
    asked = town.resident("mabel").asks("the lift is out again", of=town.red_kite)

    # It appears on the open screen, with the promise of the hours in which it came in. Where
    # others wait already, the list stays as it is and says that there is something new.
    found = asked.reaches_the_desk()
    row = page.get_by_role("listitem").filter(has_text=asked.by.account.handle)
    fresh = page.locator("#fresh")
    expect(row.or_(fresh).filter(visible=True)).to_be_visible(timeout=30_000)
    if fresh.is_visible():
        expect(fresh).to_contain_text("1 new")
        page.keyboard.press(".")
    expect(row).to_be_visible()
    assert asked_at - timedelta(seconds=2) <= found["received_at"] <= datetime.now(UTC)
    promised = rules.deadline(found["received_at"], PROMISE, OFFICE)
    assert found["clock"] == "running"
    assert found["started_at"] == found["received_at"]
    assert (found["clock_due_at"], found["clause"]) == (promised.due_at, promised.clause)
    chip = row.locator(".due")
    if found["due_kind"] == "acknowledge":
        assert (found["due_at"], found["due_clause"]) == (promised.due_at, promised.clause)
    else:  # early in the morning the same working day ends before twelve hours are over
        assert found["due_kind"] == "resolve"
        assert found["due_at"] < promised.due_at
    expect(chip).to_contain_text(f"{found['due_at'].astimezone(LONDON):%H:%M}")
    expect(chip).to_contain_text(re.compile(r"\d+ (h|min)"))

    # The advisor answers; within the undo window nothing has left.
    words = "We are sorry. An engineer will be with you by six."
    answer_in(page, asked, words)
    expect(page.get_by_text(re.compile("Going out"))).not_to_have_count(0)

    # The resident reads it in their own thread, signed by name.
    answer = asked.is_answered()
    assert answer.author.did == town.red_kite.did
    assert answer.record.text == f"{words} ^Sam"
    assert answer.record.reply.parent.uri == answer.record.reply.root.uri == asked.uri
    assert answer.record.reply.parent.cid == asked.cid

    # The desk says so, and the clock stands at the platform's time.
    expect(page.locator(".outcome.sent")).to_be_visible(timeout=30_000)
    expect(page.locator(".outcome.sent")).to_contain_text("Sent")
    stopped = asked.comes_to(lambda now: now["clock"] == "stopped", what="the clock to stop")
    head = town.network.connect(town.network.pds_itself).com.atproto.sync.get_latest_commit(
        models.ComAtprotoSyncGetLatestCommit.Params(did=town.red_kite.did)
    )
    assert stopped["stopped_at"] == time_of(head.rev)
    # The first answer is given; what is due now is that the matter is settled.
    assert stopped["due_kind"] == "resolve"

    # The trail names clause and version of the policy that was in force.
    entries = trail(town.desk, found["id"])
    # The clock that settles the matter has a clause of its own.
    told = {
        entry["verb"]: entry
        for entry in entries
        if entry["details"].get("kind", "acknowledge") == "acknowledge"
    }
    serves = {
        "clock:clock:started": promised.clause,
        # A reply serves what was due when it was written.
        "reply:delivery:sent": found["due_clause"],
        "clock:clock:stopped": promised.clause,
    }
    for verb, clause in serves.items():
        assert (told[verb]["clause"], told[verb]["policy_version"]) == (clause, "1"), verb
    assert told["reply:delivery:sent"]["actor_name"] == "Sam"
    assert words not in str(entries)
    started = f"Clock started, clause {promised.clause}"
    expect(page.locator("#panel")).to_contain_text(started)


def test_an_edit_is_kept_beside_the_first_words(town: Town, page: Page) -> None:
    asked = town.resident("edwin").asks("the lift is brokn", of=town.red_kite)
    found = asked.reaches_the_desk()
    page.goto(f"/c/{found['id']}/")

    client = town.network.client(asked.by.account)
    client.com.atproto.repo.put_record(
        models.ComAtprotoRepoPutRecord.Data(
            repo=asked.by.account.did,
            collection=POST,
            rkey=asked.rkey,
            record=mention(town.red_kite, "the lift is broken"),
        )
    )

    edited = page.get_by_text(re.compile("Edited .*, see what changed"))
    expect(edited).to_be_visible(timeout=60_000)
    edited.click()
    expect(page.locator("del")).to_contain_text("brokn")
    expect(page.locator("ins")).to_contain_text("broken")
    assert asked.now()["clock_due_at"] == found["clock_due_at"]
    assert asked.now()["clock"] == "running"


def test_a_deleted_question_is_withdrawn(town: Town, page: Page) -> None:
    asked = town.resident("della").asks("never mind me", of=town.red_kite)
    found = asked.reaches_the_desk()
    page.goto(f"/c/{found['id']}/")

    town.network.client(asked.by.account).delete_post(asked.uri)

    asked.comes_to(lambda now: now["clock"] == "withdrawn", what="the clock to be withdrawn")
    expect(page.get_by_text(re.compile("deleted this at"))).to_be_visible(timeout=30_000)


def test_an_answer_typed_in_the_platforms_own_app_stops_the_clock_until_it_is_deleted(
    town: Town, page: Page
) -> None:
    asked = town.resident("nadia").asks("is the office open today?", of=town.red_kite)
    found = asked.reaches_the_desk()
    strong = models.ComAtprotoRepoStrongRef.Main(uri=asked.uri, cid=asked.cid)
    ours = town.network.client(town.red_kite)

    answer = ours.send_post(
        "Until half past five.",
        reply_to=models.AppBskyFeedPost.ReplyRef(parent=strong, root=strong),
    )

    asked.comes_to(lambda now: now["clock"] == "stopped", what="the clock to stop")
    page.goto(f"/c/{found['id']}/")
    expect(page.get_by_text("Written in Bluesky itself")).to_be_visible()

    ours.delete_post(answer.uri)

    again = asked.comes_to(lambda now: now["clock"] == "running", what="the clock to run again")
    assert again["clock_due_at"] == found["clock_due_at"]
    assert again["due_at"] == found["due_at"]


def test_a_reply_of_ours_that_is_deleted_there_leaves_the_promise_open(
    town: Town, page: Page
) -> None:
    asked = town.resident("piotr").asks("when is the bin day?", of=town.red_kite)
    found = asked.reaches_the_desk()
    page.reload()
    answer_in(page, asked, "Every Monday.")
    answer = asked.is_answered()
    asked.comes_to(lambda now: now["clock"] == "stopped", what="the clock to stop")

    town.network.client(town.red_kite).delete_post(answer.uri)

    again = asked.comes_to(lambda now: now["clock"] == "running", what="the clock to run again")
    assert again["clock_due_at"] == found["clock_due_at"]
    # It was sent, and it stays sent: nobody sends it again by themselves.
    deliveries = town.desk.rows(
        "SELECT state FROM outbox_delivery WHERE conversation_id = %s", found["id"]
    )
    assert deliveries == [{"state": "sent"}]


def test_a_reply_waits_while_the_page_has_to_be_connected_again(town: Town, page: Page) -> None:
    asked = town.resident("rosa").asks("my key does not turn", of=town.twenty11)
    found = asked.reaches_the_desk()
    passwords = town.network.client(town.twenty11).com.atproto.server

    passwords.revoke_app_password(models.ComAtprotoServerRevokeAppPassword.Data(name="desk"))
    # A session outlives its app password on this server; when it ends, no other can be made.
    town.network.faults.set(
        "*",
        lambda _request, _forward: Reply.of_json(
            400, {"error": "ExpiredToken", "message": "Token has expired"}
        ),
        times=None,
        only=lambda request: is_of(request, town.twenty11),
    )
    state = "SELECT state, state_reason FROM accounts_account WHERE native_id = %s"
    town.desk.wait_for(
        lambda: town.desk.rows(state, town.twenty11.did)[0]["state"] == "lapsed",
        what="the account to lapse",
    )
    town.network.faults.clear()

    page.reload()
    answer_in(page, asked, "A locksmith is on the way.")
    # Told first, sent when it can be.
    page.get_by_role("button", name=re.compile("Send anyway")).click()
    waiting = "SELECT id, state FROM outbox_delivery WHERE conversation_id = %s"
    town.desk.wait_for(
        lambda: [row["state"] for row in town.desk.rows(waiting, found["id"])] == ["retry"],
        what="the reply to wait",
    )
    assert asked.answers() == []
    assert asked.now()["clock"] == "running"

    new = passwords.create_app_password(
        models.ComAtprotoServerCreateAppPassword.Data(name="desk again")
    )
    renewed = Account(town.twenty11.did, town.twenty11.handle, town.twenty11.password, new.password)
    town.desk.connect(town.network, renewed, brand="twenty11")

    assert asked.is_answered().record.text == "A locksmith is on the way. ^Sam"
    asked.comes_to(lambda now: now["clock"] == "stopped", what="the clock to stop")
    assert len(asked.answers()) == 1
    verbs = town.desk.rows("SELECT verb FROM audit_entry WHERE object_kind = 'account' ORDER BY id")
    assert {"verb": "account:account:lapsed"} in verbs


def is_of(request: Request, account: Account) -> bool:
    """A call with a token of this account: a JWT whose subject is its DID."""
    token = (request.header("authorization") or "").removeprefix("Bearer ")
    payload = token.partition(".")[2].partition(".")[0]
    content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) or b"{}")
    return content.get("sub") == account.did and "createSession" not in request.name


def test_what_happened_while_the_network_was_silent_is_not_lost(town: Town, page: Page) -> None:
    before = town.resident("ugo").asks("please ignore this one", of=town.red_kite)
    before.reaches_the_desk()
    blind = """
        SELECT blindness.from_at, blindness.until_at FROM intake_blindness AS blindness
        JOIN accounts_account AS account ON account.id = blindness.account_id
        WHERE account.native_id = %s ORDER BY blindness.id DESC LIMIT 1
    """

    # Our side of the network falls silent; the other side goes on talking.
    silent_from = datetime.now(UTC)
    unavailable = Reply(status=503, headers=(("retry-after", "1"),), body=b"")
    for name in ("app.bsky.*", "com.atproto.*"):
        town.network.faults.answer(name, unavailable, times=None)
    town.network.faults.cut_streams()
    aside = town.network.connect(town.network.pds_itself)
    owner = before.by.account
    aside.login(owner.handle, owner.password, fetch_bsky_profile=False)
    aside.update_base_url(town.network.pds_itself)
    aside.delete_post(before.uri)
    made = aside.app.bsky.feed.post.create(owner.did, mention(town.red_kite, "the roof leaks"))
    later = Asked(before.by, made.uri, made.cid)
    town.desk.wait_for(
        lambda: [row for row in town.desk.rows(blind, town.red_kite.did) if not row["until_at"]],
        what="the blindness to be recorded",
        within_seconds=90,
    )
    assert town.desk.conversation_of(later.uri) is None

    town.network.faults.clear()

    later.reaches_the_desk()
    before.comes_to(lambda now: now["clock"] == "withdrawn", what="the deletion to be seen")
    over = town.desk.wait_for(
        lambda: [row for row in town.desk.rows(blind, town.red_kite.did) if row["until_at"]],
        what="the blindness to end",
    )[0]
    assert over["from_at"] <= silent_from + timedelta(seconds=10)
    assert over["until_at"] > silent_from
