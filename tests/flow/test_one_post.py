"""No second public post, ever: whole desk, real plug-ins, a platform that does its worst.

On one of the platforms a key of ours keeps a second try from becoming a second post; on the other
nothing does but looking first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message
from glede.desk.moderation.models import Deed
from glede.desk.moderation.rules import Reason
from glede.desk.outbox.models import Delivery
from glede.flow import connections, inbound, moderating, outbound, poll
from glede.flow.moderating import Asked
from glede.flow.outbound import Queued
from glede.kit import clock
from glede.platforms.contract import Act, Connector, OutboundMessage
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from sandbox.kernel.world import Resident
from sandbox.mastodon.stage import Mastodon
from sandbox.x.stage import X
from tests.flow.conftest import LONG_AGO, Desk
from tests.sandbox.serving import Served, serving

pytestmark = pytest.mark.django_db(transaction=True)

ANN = Resident("ann", "Ann Pryce", "ann_pryce")
WORDS = "A roofer comes tomorrow."


@dataclass
class Page:
    """Our page on a platform of the sandbox, as the desk holds it, and what stands there."""

    desk: Desk
    served: Served
    platform: str
    #: The call that posts, and one that looks.
    posts: str
    looks: str
    native_id: str
    credential: dict[str, str]
    standing: Callable[[str], int]

    def order(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        faults = self.served.world.faults
        self.served.do(faults.order, kind, path=path, method=method, **more)

    def withdraw(self) -> None:
        self.served.do(self.served.world.faults.withdraw)

    def connected(self) -> None:
        Account.objects.filter(pk=self.desk.account_id).update(state="connected")

    def asked(self) -> Conversation:
        """A resident mentions the page, and the desk hears of it by its own poll."""
        stage: Any = self.served.world.stages[self.platform]
        at = datetime.now(UTC).isoformat()
        native = str(
            self.served.do(stage.mention, ANN, f"Is anyone coming? {at}", page=self.native_id)
        )
        poll.account(account_id=self.desk.account_id)
        inbound.drain(now=clock.now())
        return Conversation.objects.get(messages__native_id=native)


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(X, Mastodon) as served:
        yield served


def x(desk: Desk, served: Served) -> Page:
    stage: Any = served.world.stages["x"]
    given = served.do(stage.credentials)
    page = given["pages"]["red-kite"]

    def standing(text: str) -> int:
        posts = stage.network.state.stored.posts.values()
        # A reply on X shows whom it answers before its own words.
        return sum(WORDS in one.text and not one.deleted for one in posts)

    found = Page(
        desk,
        served,
        "x",
        r"/2/tweets$",
        r"/2/users/.*/tweets|/2/tweets/search",
        page["id"],
        {name: page[name] for name in ("access_token", "refresh_token")},
        standing,
    )
    app = {name: given[name] for name in ("client_id", "client_secret", "bearer_token")}
    return _connected(found, base=f"{served.base}/x", handle=page["username"], app=app)


def mastodon(desk: Desk, served: Served) -> Page:
    stage: Any = served.world.stages["mastodon"]
    page = next(one for one in served.do(stage.credentials)["pages"] if one["brand"] == "red-kite")
    base = served.do(stage.credentials)["base_url"]

    def standing(text: str) -> int:
        own = served.do(stage.instance.state.own_of, str(page["native_id"]))
        return sum(WORDS in one.text for one in own)

    found = Page(
        desk,
        served,
        "mastodon",
        r"/api/v1/statuses$",
        r"/api/v1/accounts/.*/statuses",
        str(page["native_id"]),
        {"access_token": str(page["access_token"])},
        standing,
    )
    return _connected(found, base=str(base), handle="redkite", app={})


def _connected(page: Page, *, base: str, handle: str, app: dict[str, str]) -> Page:
    with transaction.atomic():
        app_id = accounts.register_app(
            platform=page.platform,
            slug=f"{page.platform}-1",
            name=page.platform,
            secrets=[],
            settings={},
            credential=app,
            base_url=base,
            actor=SYSTEM,
            now=LONG_AGO,
        )
        account_id = accounts.connect(
            app_id=app_id,
            brand_id=page.desk.brand_id,
            native_id=page.native_id,
            handle=handle,
            base_url=base,
            credential=page.credential,
            settings={},
            actor=SYSTEM,
            now=LONG_AGO,
        )
    page.desk = replace(page.desk, app_id=app_id, account_id=account_id)
    return page


@pytest.fixture(params=[x, mastodon], ids=["x", "mastodon"])
def page(
    request: pytest.FixtureRequest, desk: Desk, served: Served, settings: Settings
) -> Iterator[Page]:
    # Time is not waited for: what is looked for and not found has settled at once.
    settings.GLEDE_READ_BACK_SETTLES_SECONDS = 0
    made: Page = request.param(desk, served)
    yield made
    made.withdraw()
    connections.close_all()


def queued(page: Page, conversation: Conversation, text: str) -> Delivery:
    conversation.refresh_from_db()
    result = outbound.queue_reply(
        viewer=page.desk.sam,
        conversation_id=conversation.pk,
        text=text,
        seen_revision=conversation.revision,
        now=clock.now(),
    )
    assert isinstance(result, Queued), result
    return Delivery.objects.get(pk=result.delivery_id)


def go_on(delivery: Delivery) -> str:
    """The next step, whenever it would be due."""
    Delivery.objects.filter(pk=delivery.pk, next_try_at__isnull=False).update(
        next_try_at=clock.now()
    )
    outbound.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery.state


def until_sent(delivery: Delivery) -> None:
    for _ in range(6):
        if go_on(delivery) == "sent":
            return
    pytest.fail(f"It is still {delivery.state}: {delivery.reason}")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reset-after", {}),
        ("error-after", {"status": 500}),
        ("error-after", {"status": 503}),
        ("reset-before", {}),
        ("error-before", {"status": 500}),
        ("error-before", {"status": 503}),
    ],
)
def test_a_call_that_ends_badly_makes_one_post(page: Page, kind: str, more: dict[str, Any]) -> None:
    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    page.order(kind, page.posts, **more)
    until_sent(delivery)

    assert page.standing(WORDS) == before + 1
    stopped = Clock.objects.get(kind="acknowledge")
    assert (stopped.state, stopped.stopped_by_id) == ("stopped", delivery.pk)
    # Our own list brings it again: it is the same message.
    poll.account(account_id=page.desk.account_id)
    inbound.drain(now=clock.now())
    assert Message.objects.filter(direction="out").count() == 1


def test_a_platform_down_while_we_look_makes_nobody_send_again(page: Page) -> None:
    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    page.order("reset-after", page.posts)
    assert go_on(delivery) == "unknown"
    page.order("down", "", "", stage=page.platform)
    for _ in range(3):
        assert go_on(delivery) == "unknown"
    page.withdraw()
    until_sent(delivery)

    assert page.standing(WORDS) == before + 1


def test_a_worker_killed_after_the_call_leaves_one_post(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(connector: Connector, leaving: Any) -> None:
        message: OutboundMessage = leaving.message
        connector.send(message, now=clock.now())
        raise Killed

    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    with monkeypatch.context() as patched:
        patched.setattr(outbound, "_send", killed)
        with pytest.raises(Killed):
            go_on(delivery)
    delivery.refresh_from_db()
    assert delivery.state == "sending"
    Delivery.objects.update(sending_at=clock.now() - timedelta(minutes=10))
    assert outbound.lost(now=clock.now()) == 1
    until_sent(delivery)

    assert page.standing(WORDS) == before + 1


def test_a_worker_killed_before_the_call_leaves_one_post(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(connector: Connector, leaving: Any) -> None:
        raise Killed

    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    with monkeypatch.context() as patched:
        patched.setattr(outbound, "_send", killed)
        with pytest.raises(Killed):
            go_on(delivery)
    Delivery.objects.update(sending_at=clock.now() - timedelta(minutes=10))
    outbound.lost(now=clock.now())
    until_sent(delivery)

    assert page.standing(WORDS) == before + 1


def test_a_token_that_dies_in_the_middle_leaves_one_post(page: Page) -> None:
    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    page.order("reset-after", page.posts)
    assert go_on(delivery) == "unknown"
    page.order("error-before", "", "", stage=page.platform, status=401, times=6)
    assert go_on(delivery) == "unknown"
    assert Account.objects.get(pk=page.desk.account_id).state == "lapsed"

    page.withdraw()
    page.connected()
    until_sent(delivery)
    assert page.standing(WORDS) == before + 1


def test_a_token_that_is_dead_already_sends_once_a_person_has_connected_again(page: Page) -> None:
    before = page.standing(WORDS)
    delivery = queued(page, page.asked(), WORDS)
    page.order("error-before", "", "", stage=page.platform, status=401, times=6)
    assert go_on(delivery) == "retry"
    page.withdraw()
    assert go_on(delivery) == "retry"
    assert page.standing(WORDS) == before

    page.connected()
    until_sent(delivery)
    assert page.standing(WORDS) == before + 1


def test_a_block_that_ends_badly_is_done(page: Page) -> None:
    """An act on a person goes the same way, and stands once it is told to be done."""
    conversation = page.asked()
    deed_id = moderating.ask(
        viewer=page.desk.lead,
        message_id=conversation.messages.get().pk,
        asked=Asked(Act.BLOCK, Reason.ABUSIVE, ends_at=clock.now() + timedelta(days=3)),
        now=clock.now(),
    )
    page.order("reset-after", "/block|/mut", "POST")
    states = []
    for _ in range(6):
        Deed.objects.filter(next_try_at__isnull=False).update(next_try_at=clock.now())
        moderating.run(deed_id=deed_id)
        states.append(Deed.objects.get().state)
        if states[-1] == "sent":
            break

    assert states[0] == "unknown"
    assert states[-1] == "sent"
