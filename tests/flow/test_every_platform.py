"""The same journeys on every platform the sandbox plays, through the whole desk: what comes late,
twice, in the wrong order or after the platform was down is kept once, with its own time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from glede.desk.conversations.models import Message
from glede.desk.intake import actions as intake
from glede.desk.intake.models import Blindness
from glede.desk.intake.rules import Way
from glede.flow import connections, inbound, poll
from glede.kit import clock
from glede.platforms import registry
from glede.platforms.contract import By, Cursor, RawEvent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from sandbox.kernel.world import Resident
from sandbox.stages import STAGES
from tests.flow.conftest import LONG_AGO, Desk
from tests.sandbox.serving import Served, serving

#: Real commits: nothing of ours may be held open while a platform is spoken to.
pytestmark = pytest.mark.django_db(transaction=True)

ANN = Resident("ann", "Ann Pryce", "ann_pryce")
#: Those whom residents write to: Snapchat tells nobody what they say.
SPOKEN_TO = ("facebook", "instagram", "mastodon", "x", "youtube")
#: Residents speak to a page by naming it; elsewhere they comment under what it posted.
NAMED = ("mastodon", "x")
#: Facebook's times are whole seconds.
_ABOUT = timedelta(seconds=2)


@dataclass
class Page:
    """Our page on one platform of the sandbox, as the desk holds it, and a resident beside it."""

    served: Served
    platform: str
    native_id: str
    app_id: int
    account_id: int
    post: str = ""
    #: When each item was said, by the platform's own clock.
    said: dict[str, datetime] = field(default_factory=dict)

    @property
    def stage(self) -> Any:
        return self.served.world.stages[self.platform]

    def ago(self, minutes: int, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Act as if so many minutes ago, by the platform's own clock."""
        world, real = self.served.world, self.served.world.now

        def then() -> Any:
            world.now = lambda: real() - timedelta(minutes=minutes)
            try:
                return act(*given, **named)
            finally:
                world.now = real

        return self.served.do(then)

    def says(self, text: str, *, ago: int) -> str:
        at = clock.now() - timedelta(minutes=ago)
        if self.platform in NAMED:
            made = self.ago(ago, self.stage.mention, ANN, text, page=self.native_id)
        else:
            made = self.ago(ago, self.stage.comment, ANN, text, on=self.post)
        self.said[str(made)] = at
        return str(made)

    def came_at_its_time(self, native_id: str) -> bool:
        return abs(message(native_id).received_at - self.said[native_id]) < _ABOUT

    def changes(self, native_id: str, text: str, *, ago: int) -> None:
        if self.platform == "instagram":
            # The app lets nobody edit a comment; its words may change all the same.
            network = self.stage.network
            self.ago(ago, lambda: network.edit(network.entry(native_id), text))
            return
        self.ago(ago, self.stage.edit, ANN, text, of=native_id)

    def takes_back(self, native_id: str, *, ago: int) -> None:
        self.ago(ago, self.stage.delete, ANN, of=native_id)

    def hears(self, *, ago: int = 0) -> datetime:
        """A poll, and what it brought understood, by a clock of ours that stood so long ago."""
        real = clock.now
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(clock, "now", lambda: real() - timedelta(minutes=ago))
            at = clock.now()
            poll.account(account_id=self.account_id)
            inbound.drain(now=clock.now())
        return at

    def keeps(self, events: Iterable[RawEvent], *, way: Way) -> None:
        """Events come in one at a time, and each is understood before the next."""
        for event in events:
            with transaction.atomic():
                intake.keep(app_id=self.app_id, events=[event], now=clock.now(), way=way)
            inbound.drain(now=clock.now())

    def fetched(self, *native_ids: str) -> list[RawEvent]:
        """What the platform's own list holds, or of these items what it knows."""
        with connections.of(self.account_id) as connector:
            if native_ids:
                return list(connector.lookup(native_ids, now=clock.now()))
            return list(connector.poll(Cursor(), now=clock.now()).events)


@pytest.fixture(params=SPOKEN_TO)
def page(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Page]:
    platform: str = request.param
    wanted = {platform, "facebook"} if platform == "instagram" else {platform}
    with serving(*(STAGES[one] for one in STAGES if one in wanted)) as served:
        made = _connected(desk, served, platform)
        if platform not in NAMED:
            made.post = str(made.ago(90, made.stage.publish, made.native_id, "How we repair lifts"))
        yield made
        connections.close_all()


def _connected(desk: Desk, served: Served, platform: str) -> Page:
    given: Any = served.do(served.world.stages[platform].credentials)
    pages = given["pages"]
    mine = (
        pages["red-kite"]
        if isinstance(pages, dict)
        else next(one for one in pages if one["brand"] == "red-kite")
    )
    native_id = str(mine.get("native_id") or mine["id"])
    base = str(given.get("base_url") or f"{served.base}/{platform}")
    names = ("client_id", "client_secret", "bearer_token")
    tokens = ("access_token", "refresh_token")
    with transaction.atomic():
        app_id = accounts.register_app(
            platform=platform,
            slug=f"{platform}-1",
            name=platform,
            secrets=[],
            settings={},
            credential={name: str(given[name]) for name in names if name in given},
            base_url=base,
            actor=SYSTEM,
            now=LONG_AGO,
        )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=desk.brand_id,
            native_id=native_id,
            handle=str(mine.get("handle") or mine.get("username") or ""),
            base_url=base,
            credential={name: str(mine[name]) for name in tokens if mine.get(name)},
            settings={"page_id": str(mine["page"])} if mine.get("page") else {},
            actor=SYSTEM,
            now=LONG_AGO,
        )
    return Page(served, platform, native_id, app_id, account_id)


def called(platform: str) -> bool:
    return registry.get(platform).capabilities.receive["comments"].by is By.WEBHOOK


def message(native_id: str) -> Message:
    return Message.objects.get(native_id=native_id)


def words(native_id: str) -> str:
    """The newest words, without the name they begin with on some platforms."""
    text: str = message(native_id).versions.order_by("-number")[0].text
    return text.rpartition("redkite ")[2]


def test_a_platform_that_was_down_is_a_blind_spell_filled_with_the_original_times(
    page: Page,
) -> None:
    changed, gone = page.says("Is it repaired?", ago=29), page.says("Never mind", ago=28)
    heard_at = page.hears(ago=27)

    page.served.do(page.served.world.faults.order, "down", stage=page.platform)
    page.hears(ago=5)
    spell = Blindness.objects.get(account_id=page.account_id)
    assert heard_at <= spell.from_at < heard_at + timedelta(minutes=1)
    assert spell.until_at is None
    missed = [page.says(f"Hello {number}?", ago=20 - number) for number in range(2)]
    page.changes(changed, "Is the lift repaired?", ago=15)
    page.takes_back(gone, ago=14)
    page.hears(ago=3)
    assert not Message.objects.filter(native_id__in=missed).exists()

    page.served.do(page.served.world.faults.withdraw)
    page.hears()

    spell.refresh_from_db()
    assert spell.until_at is not None
    assert Account.objects.get(pk=page.account_id).state == "connected"
    assert all(page.came_at_its_time(one) for one in (changed, *missed))
    assert words(changed) == "Is the lift repaired?"
    assert message(gone).deleted_at is not None


def test_what_comes_twice_and_backwards_is_kept_once_as_it_is_now(page: Page) -> None:
    plain, changed, gone = (page.says(f"Question {one}?", ago=30 - one) for one in range(3))
    before = page.fetched()
    page.changes(changed, "Other words", ago=10)
    page.takes_back(gone, ago=9)
    after = page.fetched(plain, changed, gone)

    if called(page.platform):  # calls come in any order
        page.keeps(reversed([*before, *after]), way=Way.WEBHOOK)
    else:  # a list holds what is true when it is asked
        page.keeps([*reversed(before), *reversed(after)], way=Way.POLL)
    page.keeps([*before, *after], way=Way.WEBHOOK)

    assert Message.objects.filter(native_id__in=(plain, changed, gone)).count() == 3
    assert all(page.came_at_its_time(one) for one in (plain, changed))
    assert words(plain) == "Question 0?"
    assert words(changed) == "Other words"
    assert message(gone).deleted_at is not None
    if called(page.platform):  # the deletion came first: what came later brought no words back
        assert not any(one.text for one in message(gone).versions.all())
