"""Nothing is lost and nothing is said twice, whatever is killed and whenever."""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from atproto import models

from glede.kit import postgres
from tests.kill.sender import Sender, event
from tests.kill.wire import Place, Shot, Wire
from tests.make import SECRET
from tests.real.fault_proxy import Fault, Forward, Reply, Request
from tests.real.network import Account, Network, now_text
from tests.real.processes import DatabaseAwayError, Desk, prepared
from tests.real.shared import TOLD

pytestmark = [pytest.mark.kill, pytest.mark.network, pytest.mark.process]

SEED = 20_261_122
EVENTS = 5_000
REPLIES = 25
CONNECTIONS = 24
BURST = 24
BURST_EVERY = 0.12
#: A commit that holds at least so many events is one of a group.
GROUP = 4
#: For the whole story, and for one turn of it.
ALL_WITHIN = 540.0
TURN_WITHIN = 60.0
DATABASE_EVERY = 0.2
#: What costs a new connection each time it is asked is asked no more often.
ASKED_EVERY = 1.0
CREATE = "com.atproto.repo.createRecord"

type Tell = Callable[[str, object], None]


class Blow(StrEnum):
    COMMIT_UNSEEN = f"web, inside a group commit, {Place.UNSEEN}"
    COMMIT_UNDERWAY = f"web, inside a group commit, {Place.UNDERWAY}"
    COMMIT_DONE = f"web, inside a group commit, {Place.COMMITTED}"
    SENDING_NEVER = "worker, sending, the call never arrives"
    SENDING_BEFORE = "worker, sending, before the platform acts"
    SENDING_AFTER = "worker, sending, after the platform acted"
    WEB = "web, at any moment"
    WORKER = "worker, at any moment"
    DATABASE = "PostgreSQL"


PLACES = {
    Blow.COMMIT_UNSEEN: Place.UNSEEN,
    Blow.COMMIT_UNDERWAY: Place.UNDERWAY,
    Blow.COMMIT_DONE: Place.COMMITTED,
}
SENDING = (Blow.SENDING_NEVER, Blow.SENDING_BEFORE, Blow.SENDING_AFTER)
PLAN = {
    Blow.COMMIT_UNSEEN: 2,
    Blow.COMMIT_UNDERWAY: 2,
    Blow.COMMIT_DONE: 2,
    Blow.SENDING_NEVER: 2,
    Blow.SENDING_BEFORE: 2,
    Blow.SENDING_AFTER: 2,
    Blow.WEB: 4,
    Blow.WORKER: 4,
    Blow.DATABASE: 2,
}


@dataclass(slots=True)
class House:
    """What runs, and our own watch over it: whatever falls is started again at once."""

    desk: Desk
    wire: Wire
    server: postgres.Server
    until: float
    look_at: float = 0.0
    fell: Counter[str] = field(default_factory=Counter)
    blows: Counter[Blow] = field(default_factory=Counter)

    def tend(self) -> None:
        """Only from the main thread: processes are bound to the thread that started them."""
        if time.monotonic() >= self.look_at:
            self._tend_database()
            self.look_at = time.monotonic() + DATABASE_EVERY
        for name, running in list(self.desk.running.items()):
            if running.poll() is not None:
                self.fell[name] += 1
                self.desk.start(name)

    def _tend_database(self) -> None:
        if postgres.is_running(folder=self.server.folder):
            return
        # While the old server's children hold on it refuses: then again at the next look.
        with contextlib.suppress(postgres.PostgresError):
            self.server = postgres.start(folder=self.server.folder)
            self.fell["PostgreSQL"] += 1

    def wait_for(
        self,
        found: Callable[[], Any],
        *,
        what: str,
        within_seconds: float = TURN_WITHIN,
        every: float = 0.02,
    ) -> Any:
        until = min(time.monotonic() + within_seconds, self.until)
        while not (answer := found()):
            if time.monotonic() > until:
                raise AssertionError(f"It did not come in time: {what}.\n{self.desk.logs()}")
            self.tend()
            time.sleep(every)
        return answer

    def killed(self, name: str, blow: Blow) -> bool:
        """SIGKILL; whether there was something to kill."""
        if self.desk.kill(name) is None:
            return False
        self.blows[blow] += 1
        return True


@dataclass(frozen=True, slots=True)
class Question:
    conversation: int
    uri: str
    text: str


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    server = postgres.start(folder=tmp_path / "postgres")
    try:
        postgres.make_database(server, name="glede")
        with Wire(str(server.socket / f".s.PGSQL.{server.port}")) as wire:
            url = server.url(database="glede", user=postgres.RUNNING)
            owner_url = server.url(database="glede")
            with prepared(
                tmp_path / "home",
                {"GLEDE_DATABASE_URL": url, "GLEDE_DATABASE_OWNER_URL": owner_url},
                look_at=owner_url,
                apart={
                    "web": {
                        "GLEDE_DATABASE_URL": (
                            f"postgresql://{postgres.RUNNING}@127.0.0.1:{wire.port}/glede"
                        )
                    }
                },
                GLEDE_UNDO_SECONDS="1",
                GLEDE_SENDING_LOST_SECONDS="8",
            ) as desk:
                yield House(desk, wire, server, until=time.monotonic() + ALL_WITHIN)
    finally:
        if running := postgres.find(folder=tmp_path / "postgres"):
            postgres.stop(running)


@pytest.mark.timeout(720)
def test_every_event_is_one_message_and_every_reply_stands_once(
    house: House, network: Network, record_property: Tell
) -> None:
    desk = house.desk
    chance = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    page = network.create_account("redkiteundersiege")
    desk.connect(network, page, timeout_seconds="3", poll_every="10")
    desk.start("web")
    desk.start("worker")
    desk.wait_until_well()
    questions = asked(house, network, page)
    sender = Sender(
        port=desk.port,
        path="/hooks/website/red-kite",
        secret=SECRET,
        connections=CONNECTIONS,
        seed=SEED,
        until=house.until,
    )
    sender.start()
    blows = [blow for blow, times in PLAN.items() for _ in range(times)]
    chance.shuffle(blows)
    story = Story(house, network, page, sender, chance, questions)
    begun = time.monotonic()

    try:
        for turn, blow in enumerate(blows, start=1):
            story.turn(
                blow,
                events_until=EVENTS * turn // len(blows),
                replies_until=REPLIES * turn // len(blows),
            )
        house.wait_for(
            lambda: len(sender.kept) + len(sender.gave_up) == EVENTS, what="a 200 for every event"
        )
        sender.finish()
        record_property(TOLD, f"every event answered after {time.monotonic() - begun:.0f} s")
        house.wait_for(
            lambda: not story.underway(),
            what="every event understood, every reply sent",
            within_seconds=ALL_WITHIN,
            every=ASKED_EVERY,
        )
        record_property(TOLD, f"everything done after {time.monotonic() - begun:.0f} s")
    finally:
        tell(record_property, story)

    assert house.blows == PLAN
    assert sum(times for blow, times in house.blows.items() if blow != Blow.DATABASE) >= 20
    assert min(story.cut_off) >= GROUP
    assert not sender.gave_up
    everything_came(desk)
    everything_left(house, network, page, questions)
    checked = desk.command("doctor", "--audit")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@dataclass(slots=True)
class Story:
    """One blow after the other, each in the middle of traffic."""

    house: House
    network: Network
    page: Account
    sender: Sender
    chance: random.Random
    questions: list[Question]
    released: int = 0
    replied: int = 0
    #: How many events each commit held in which web was killed.
    cut_off: list[int] = field(default_factory=list)

    def turn(self, blow: Blow, *, events_until: int, replies_until: int) -> None:
        acts: dict[Blow, Callable[[], None]] = {
            Blow.WEB: lambda: self._at_any_moment("web", blow, events_until),
            Blow.WORKER: lambda: self._at_any_moment("worker", blow, events_until),
            Blow.DATABASE: lambda: self._database(events_until),
        }
        fault = self._in_sending(blow) if blow in SENDING else None
        while self.replied < replies_until:
            self._reply(self.questions[self.replied])
            self.replied += 1
        if blow in PLACES:
            self._in_commit(blow, events_until)
        elif fault is not None:
            self._release(events_until)
            self.house.wait_for(
                lambda: not fault.left and self.house.blows[blow], what=f"a call for {blow}"
            )
            fault.end()
        else:
            acts[blow]()
        self.house.tend()

    def _release(self, until: int) -> None:
        """In bursts, so that calls wait for each other's commit."""
        while self.released < until:
            some = range(self.released, min(self.released + BURST, until))
            self.sender.release([event(number) for number in some])
            self.released = some.stop
            self.house.tend()
            time.sleep(BURST_EVERY)

    def _part_of(self, until: int) -> int:
        """A moment in this turn, as a number of events released."""
        return self.released + self.chance.randrange(max(1, until - self.released))

    def _in_commit(self, blow: Blow, events_until: int) -> None:
        self._answers_again()
        died = []
        shot = Shot(
            PLACES[blow],
            lambda: died.append(self.house.killed("web", blow)),
            after=self.chance.randrange(3),
            least=GROUP,
        )
        self.house.wire.set(shot)
        self._release(events_until)
        self.house.wait_for(shot.fired.is_set, what=f"a commit for {blow}")
        assert died == [True]
        self.cut_off.append(shot.events)

    def _in_sending(self, blow: Blow) -> Fault:
        def act(_request: Request, forward: Forward) -> Reply | None:
            if blow is Blow.SENDING_AFTER:
                forward()
            self.house.killed("worker", blow)
            if blow is Blow.SENDING_BEFORE:
                forward()
            return None

        return self.network.faults.set(CREATE, act, only=self._is_ours)

    def _is_ours(self, request: Request) -> bool:
        content = request.json()
        return isinstance(content, dict) and content["repo"] == self.page.did

    def _at_any_moment(self, name: str, blow: Blow, events_until: int) -> None:
        """Once it works again: to kill what only begins is no blow."""
        if name == "web":
            self._answers_again()
        else:
            self.house.wait_for(self._worker_is_up, what="the worker to be up", every=0.2)
        self._release(self._part_of(events_until))
        time.sleep(self.chance.uniform(0, BURST_EVERY))
        self.house.wait_for(lambda: self.house.killed(name, blow), what=f"{name} to be alive")
        self._release(events_until)

    def _database(self, events_until: int) -> None:
        self._answers_again()
        self._release(self._part_of(events_until))
        time.sleep(self.chance.uniform(0, BURST_EVERY))
        server = self.house.server
        postmaster = psutil.Process(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        self.house.blows[Blow.DATABASE] += 1
        self.house.wait_for(
            lambda: not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE,
            what="the end of PostgreSQL",
        )
        self._release(events_until)

    def _answers_again(self) -> None:
        """Web is up and has taken what was held back while it was down."""
        self.house.wait_for(
            lambda: len(self.sender.kept) >= self.released, what="web to answer again"
        )

    def _worker_is_up(self) -> bool:
        """By its sign of life, which says who gave it."""
        try:
            given = self.house.desk.rows("SELECT details FROM kit_beat WHERE part = 'worker'")
        except psycopg.OperationalError:
            return False
        return bool(given) and given[0]["details"]["pid"] == self.house.desk.running["worker"].pid

    def _reply(self, question: Question) -> None:
        """Queued exactly once: after a doubt the database is asked before it is done again."""
        known = "SELECT 1 FROM outbox_delivery WHERE conversation_id = %s"

        def queued() -> bool:
            try:
                if not self.house.desk.rows(known, question.conversation):
                    self.house.desk.do(
                        "reply",
                        person="sam@kite.example",
                        conversation=question.conversation,
                        text=question.text,
                    )
            except (DatabaseAwayError, psycopg.OperationalError):
                return False
            return True

        self.house.wait_for(queued, what="a reply to be queued", every=0.2)

    def underway(self) -> int:
        try:
            return int(
                self.house.desk.rows(
                    """
                    SELECT (SELECT count(*) FROM intake_rawevent WHERE state = 'waiting')
                        + (SELECT count(*) FROM outbox_delivery WHERE state NOT IN
                            ('sent', 'failed', 'taken back')) AS number
                    """
                )[0]["number"]
            )
        except psycopg.OperationalError:
            return 1


def asked(house: House, network: Network, page: Account) -> list[Question]:
    """Residents on Bluesky who wait for an answer."""
    resident = network.create_account("patience")
    client = network.client(resident)
    uris = []
    for number in range(REPLIES):
        words = f"@{page.handle} question number {number}"
        facet = models.AppBskyRichtextFacet.Main(
            features=[models.AppBskyRichtextFacet.Mention(did=page.did)],
            index=models.AppBskyRichtextFacet.ByteSlice(
                byte_start=0, byte_end=len(page.handle) + 1
            ),
        )
        record = models.AppBskyFeedPost.Record(text=words, facets=[facet], created_at=now_text())
        uris.append(client.app.bsky.feed.post.create(resident.did, record).uri)

    def arrived() -> bool:
        return all(house.desk.conversation_of(uri) for uri in uris)

    house.wait_for(arrived, what="the questions at the desk", every=ASKED_EVERY)
    return [
        Question(found["id"], uri, f"Answer number {number}.")
        for number, uri in enumerate(uris)
        if (found := house.desk.conversation_of(uri))
    ]


def everything_came(desk: Desk) -> None:
    kept = desk.rows(
        """
        SELECT event.state, count(*) AS number, count(DISTINCT event.key) AS keys
        FROM intake_rawevent AS event JOIN accounts_app AS app ON app.id = event.app_id
        WHERE app.platform = 'website' GROUP BY event.state
        """
    )
    assert kept == [{"state": "done", "number": EVENTS, "keys": EVENTS}]
    messages = desk.rows(
        """
        SELECT count(*) AS messages, count(DISTINCT native_id) AS different,
            (SELECT count(*) FROM conversations_messageversion AS version
             JOIN conversations_message AS of ON of.id = version.message_id
             WHERE of.platform = 'website' AND of.direction = 'in') AS versions
        FROM conversations_message WHERE platform = 'website' AND direction = 'in'
        """
    )
    assert messages == [{"messages": EVENTS, "different": EVENTS, "versions": EVENTS}]


def everything_left(
    house: House, network: Network, page: Account, questions: list[Question]
) -> None:
    wanted = {f"{question.text} ^Sam" for question in questions}
    deliveries = house.desk.rows(
        "SELECT state, count(*) AS number FROM outbox_delivery WHERE NOT automatic GROUP BY 1"
    )
    assert deliveries == [{"state": "sent", "number": REPLIES}]
    acknowledged_once(house)

    # In our own repository, in the feed anybody sees, and under each question: once.
    standing = network.connect(network.pds_itself).com.atproto.repo.list_records(
        models.ComAtprotoRepoListRecords.Params(
            repo=page.did, collection="app.bsky.feed.post", limit=100
        )
    )
    assert Counter(record.value["text"] for record in standing.records) == Counter(wanted)
    eyes = network.look()

    def feed() -> Counter[str]:
        found = eyes.get_author_feed(page.did, filter="posts_with_replies", limit=100).feed
        return Counter(one.post.record.text for one in found if one.post.author.did == page.did)

    house.wait_for(
        lambda: sum(feed().values()) >= REPLIES, what="the replies in the feed", every=ASKED_EVERY
    )
    assert feed() == Counter(wanted)
    for question in questions:
        thread = eyes.get_post_thread(question.uri).thread
        assert [reply.post.record.text for reply in thread.replies or []] == [
            f"{question.text} ^Sam"
        ]
        found = house.desk.conversation_of(question.uri)
        assert found is not None
        assert found["clock"] == "stopped"


def acknowledged_once(house: House) -> None:
    """Out of hours the desk acknowledges what came by the website: each such text stands once."""

    def settled() -> bool:
        waiting = house.desk.rows(
            "SELECT 1 FROM outbox_delivery WHERE automatic AND state NOT IN ('sent', 'taken back')"
        )
        return not waiting

    house.wait_for(settled, what="the automatic acknowledgements", every=ASKED_EVERY)
    [counted] = house.desk.rows(
        """
        SELECT (SELECT count(*) FROM outbox_delivery WHERE automatic AND state = 'sent') AS sent,
            (SELECT count(*) FROM conversations_message
             WHERE platform = 'website' AND direction = 'out') AS standing,
            (SELECT count(DISTINCT conversation_id) FROM outbox_delivery
             WHERE automatic AND state = 'sent') AS conversations
        """
    )
    assert counted["standing"] == counted["sent"] == counted["conversations"]


def tell(told: Tell, story: Story) -> None:
    """For whoever reads the run: a kill test that kills nothing proves nothing."""
    for blow, times in sorted(story.house.blows.items()):
        told(TOLD, f"{times} x {blow}")
    told(TOLD, f"events in the commits cut off: {story.cut_off}")
    told(TOLD, f"started again: {dict(story.house.fell)}")
    sender = story.sender
    told(TOLD, f"calls: {dict(sender.answers)}; {sender.again} of them again")
