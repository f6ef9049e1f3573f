"""Other programs are told what happens, once, signed, and again where they did not take it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from standardwebhooks import Webhook

from glede.desk.alerts import queries as alerts
from glede.desk.alerts.models import Alert
from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.webhooks import actions, queries
from glede.desk.webhooks.models import Endpoint, Event, Sending
from glede.desk.webhooks.rules import Kind, RefusedError, State
from glede.flow import handling, outbound, sweep, webhooks
from glede.flow.webhooks import Given
from glede.kit import clock
from glede.platforms.contract import Refused
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Role
from tests.flow.conftest import LONG_AGO, Desk

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = frozenset(Kind) - {Kind.TEST}


@dataclass
class Receiver:
    """Somebody else's server: keeps what it was sent, answers what it was told to answer."""

    url: str = ""
    status: int = 204
    took: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def told(self, secret: str) -> list[dict[str, Any]]:
        """Everything it was sent, as the convention's own library verifies it."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.took]


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.GLEDE_WEBHOOK_PRIVATE = True
    made = Receiver()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.took.append((dict(self.headers.items()), body))
            self.send_response(made.status)
            if made.status == 302:
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield made
    server.shutdown()
    server.server_close()


def listen(desk: Desk, receiver: Receiver, **more: Any) -> tuple[int, str]:
    """A webhook that hears everything from now on."""
    given = Given(**{"name": "CRM", "url": receiver.url, "kinds": EVERYTHING} | more)
    made = webhooks.add(viewer=desk.lead, given=given, now=clock.now())
    webhooks.follow(now=clock.now())
    return made


def go_on() -> None:
    """What is due is followed and called until nothing is left to do now."""
    while webhooks.follow(now=clock.now()):
        pass
    while webhooks.call(now=clock.now()):
        pass


def due_now() -> None:
    """The time until the next try passes."""
    Sending.objects.filter(state=State.WAITING).update(next_try_at=clock.now())
    Endpoint.objects.update(rests_until=None)


def test_what_happens_is_told_in_ids_once_and_signed(desk: Desk, receiver: Receiver) -> None:
    endpoint, secret = listen(desk, receiver)

    conversation = desk.is_asked("Water drips through my ceiling.", at=clock.now())
    handling.note(
        viewer=desk.sam, conversation_id=conversation.pk, text="Roofer rung.", now=clock.now()
    )
    go_on()
    go_on()

    told = receiver.told(secret)
    kinds = [one["type"] for one in told]
    assert kinds.count("conversation.created") == kinds.count("message.received") == 1
    assert "conversation.changed" in kinds
    assert {one["data"]["conversation"] for one in told} == {conversation.pk}
    assert told[0]["data"]["url"].endswith(f"/c/{conversation.pk}/")
    said = b"".join(body for _, body in receiver.took)
    assert b"drips" not in said
    assert b"Roofer" not in said
    ids = [headers["webhook-id"] for headers, _ in receiver.took]
    assert len(ids) == len(set(ids)) == Sending.objects.filter(state=State.TAKEN).count()
    log, _ = queries.log(endpoint)
    assert {one.log[0].status for one in log} == {204}


def test_every_kind_is_told_of_what_really_happens_and_again_after_a_500(
    desk: Desk, receiver: Receiver
) -> None:
    """A reply goes out through the platform, one is refused, a promise passes, people are alerted:
    each is told, with an address at which the API says the rest."""
    endpoint, secret = listen(desk, receiver)
    long_ago = clock.now() - timedelta(days=10)
    answered, refused, late = (
        desk.is_asked(by=who, at=at)
        for who, at in (("dawn", clock.now()), ("ravi", clock.now()), ("una", long_ago))
    )
    sent = replied(desk, answered)
    desk.town.network.fail_with = [Refused("Comments are closed.")]
    failed = replied(desk, refused)
    handling.resolve(viewer=desk.sam, conversation_id=answered.pk, now=clock.now())
    sweep.run(now=clock.now())

    receiver.status = 500
    go_on()
    ((first, _),) = receiver.took
    receiver.status = 204
    due_now()
    go_on()

    told = receiver.told(secret)
    assert {one["type"] for one in told} == EVERYTHING
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        by_kind.setdefault(one["type"], []).append(one["data"])
    (reply,), (no_reply,) = by_kind["reply.sent"], by_kind["reply.failed"]
    assert (reply["delivery"], reply["conversation"]) == (sent.pk, answered.pk)
    assert (no_reply["delivery"], no_reply["conversation"]) == (failed.pk, refused.pk)
    assert {one["conversation"] for one in by_kind["clock.breached"]} == {late.pk}
    assert "6.5" in {one["clause"] for one in by_kind["clock.breached"]}
    assert {one["person"] for one in by_kind["alert.raised"]} <= {
        alert.person_id for alert in Alert.objects.all()
    }
    # The one that failed came again with its id, and the log tells both tries.
    again = [one for one in receiver.took if one[0]["webhook-id"] == first["webhook-id"]]
    log, _ = queries.log(endpoint, limit=500)
    tries = {one.message_id: [each.status for each in one.log] for one in log}
    assert len(again) == 2
    assert tries.pop(first["webhook-id"]) == [500, 204]
    assert set(map(tuple, tries.values())) == {(204,)}
    assert {one.state for one in log} == {State.TAKEN}


def replied(desk: Desk, conversation: Conversation) -> Delivery:
    """A reply whose undo window is over, sent as the worker sends it."""
    conversation.refresh_from_db()
    queued = outbound.queue_reply(
        viewer=desk.sam,
        conversation_id=conversation.pk,
        text="A roofer comes tomorrow.",
        seen_revision=conversation.revision,
        now=clock.now() - timedelta(minutes=1),
    )
    assert isinstance(queued, outbound.Queued)
    outbound.deliver(delivery_id=queued.delivery_id)
    return Delivery.objects.get(pk=queued.delivery_id)


def test_resolving_is_told_and_another_brand_or_kind_is_not(desk: Desk, receiver: Receiver) -> None:
    conversation = desk.is_asked(at=clock.now())
    _, secret = listen(desk, receiver, kinds=frozenset({Kind.CONVERSATION_RESOLVED}))
    listen(desk, receiver, name="Other brand", brands=frozenset())

    handling.no_reply_needed(
        viewer=desk.sam,
        conversation_id=conversation.pk,
        reason=handling.NotNeeded.PRAISE,
        now=clock.now(),
    )
    go_on()

    (told,) = receiver.told(secret)
    assert (told["type"], told["data"]["conversation"]) == (
        "conversation.resolved",
        conversation.pk,
    )


def test_what_was_before_anybody_listened_is_not_told(desk: Desk, receiver: Receiver) -> None:
    desk.is_asked(at=clock.now())
    webhooks.follow(now=clock.now())
    listen(desk, receiver)

    go_on()

    assert receiver.took == []
    assert not Event.objects.exists()


def test_a_call_that_failed_is_made_again_with_the_same_id_and_then_rests(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, secret = listen(desk, receiver, kinds=frozenset({Kind.MESSAGE_RECEIVED}))
    receiver.status = 500
    desk.is_asked(at=clock.now(), id="c-1")
    desk.is_asked(at=clock.now(), id="c-2", author="Ravi")

    go_on()
    assert len(receiver.took) == 1, "The second waits while the receiver rests."
    receiver.status = 204
    due_now()
    go_on()

    ids = [headers["webhook-id"] for headers, _ in receiver.took]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert len(receiver.told(secret)) == 3
    logged = [[one.status for one in row.log] for row in queries.log(endpoint)[0]]
    assert sorted(logged, key=len) == [[204], [500, 204]]
    assert queries.endpoint(endpoint).failing_since is None


def test_a_redirect_is_not_followed_and_nobody_there_is_a_failure(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = listen(desk, receiver)
    receiver.status = 302
    moved = webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    go_on()
    webhooks.change(
        viewer=desk.lead,
        endpoint_id=endpoint,
        given=Given(name="CRM", url="http://127.0.0.1:9/hook", kinds=EVERYTHING),
        now=clock.now(),
    )
    nobody = webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    webhooks.call(now=clock.now())

    (first,), (second,) = (log_of(moved), log_of(nobody))
    assert (first.status, first.says) == (302, "Redirects are not followed.")
    assert (second.status, second.says) == (None, "The call broke off (ConnectError).")
    assert len(receiver.took) == 1


def log_of(sending_id: int) -> tuple[queries.Tried, ...]:
    found = queries.logged(sending_id)
    assert found is not None
    return found.log


def test_after_the_last_try_it_is_given_up_and_a_person_can_replay_it(
    desk: Desk, receiver: Receiver, settings: LazySettings
) -> None:
    settings.GLEDE_WEBHOOK_WAITS = (5, 300)
    endpoint, secret = listen(desk, receiver)
    receiver.status = 503
    sending = webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    for _ in range(3):
        due_now()
        go_on()
    given_up = queries.logged(sending)

    receiver.status = 200
    webhooks.replay(viewer=desk.lead, sending_id=sending, now=clock.now())
    go_on()

    assert given_up is not None
    assert (given_up.state, given_up.tries) == (State.GIVEN_UP, 3)
    again = queries.logged(sending)
    assert again is not None
    assert (again.state, again.tries, len(again.log)) == (State.TAKEN, 1, 4)
    assert len({headers["webhook-id"] for headers, _ in receiver.took}) == 1
    assert receiver.told(secret)[-1]["type"] == "webhook.test"


@pytest.mark.parametrize(("status", "days", "why"), [(410, 0, "(410)"), (500, 5, "5 days")])
def test_who_is_gone_or_fails_for_days_is_switched_off_and_people_are_told(
    desk: Desk, receiver: Receiver, status: int, days: int, why: str
) -> None:
    people.grant(
        person_id=desk.lead.id,
        role=Role.ADMINISTRATOR,
        brand_id=None,
        from_at=LONG_AGO,
        actor=SYSTEM,
        now=LONG_AGO,
    )
    endpoint, _ = listen(desk, receiver)
    receiver.status = status
    webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    Endpoint.objects.update(failing_since=clock.now() - timedelta(days=days) if days else None)

    go_on()

    off = queries.endpoint(endpoint)
    assert off.off_at is not None
    assert why in off.off_why
    (told,) = alerts.latest(desk.lead.id)
    assert (told.href, "switched off" in told.says) == (f"/webhooks/{endpoint}/", True)
    with pytest.raises(RefusedError, match="switched off"):
        webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    webhooks.switch(viewer=desk.lead, endpoint_id=endpoint, on=True, now=clock.now())
    assert queries.endpoint(endpoint).off_at is None


def test_a_worker_that_died_in_a_call_makes_it_once_more(desk: Desk, receiver: Receiver) -> None:
    endpoint, _ = listen(desk, receiver)
    webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    lease = timedelta(seconds=90)

    with transaction.atomic():
        (taken,) = actions.take(now=clock.now(), lease=lease, limit=9)
        assert actions.take(now=clock.now(), lease=lease, limit=9) == []
        (again,) = actions.take(now=clock.now() + lease, lease=lease, limit=9)

    assert taken.headers["webhook-id"] == again.headers["webhook-id"]


def test_a_new_secret_signs_beside_the_old_one_and_neither_is_kept_in_the_clear(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, old = listen(desk, receiver)

    new = webhooks.rotate(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    go_on()

    assert receiver.told(old) == receiver.told(new)
    kept = bytes(Endpoint.objects.get().secrets)
    assert old.encode() not in kept
    assert new.encode() not in kept
    webhooks.close(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    assert [one.text for one in queries.opened(Endpoint.objects.get().secrets)] == [""]


def test_an_address_in_our_own_network_is_refused_unless_a_setting_allows_it(
    desk: Desk, receiver: Receiver, settings: LazySettings
) -> None:
    endpoint, _ = listen(desk, receiver)
    settings.GLEDE_WEBHOOK_PRIVATE = False

    with pytest.raises(RefusedError, match="begins with https"):
        listen(desk, receiver)
    sending = webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    go_on()

    assert receiver.took == []
    assert "begins with https" in log_of(sending)[0].says


def test_the_log_is_dropped_in_time_but_not_what_still_waits(
    desk: Desk, receiver: Receiver
) -> None:
    endpoint, _ = listen(desk, receiver)
    webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())
    go_on()
    webhooks.test(viewer=desk.lead, endpoint_id=endpoint, now=clock.now())

    webhooks.forget(now=clock.now() + timedelta(days=31))

    (left,) = Sending.objects.all()
    assert left.state == State.WAITING
    assert Event.objects.get().data == {"webhook": endpoint, "name": "CRM"}
