"""What seldom happens: races, workers that died, rules nobody could have approved."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction

from glede.desk.conversations import rules as conversation_rules
from glede.desk.conversations.models import Conversation, Message, PrivateLink
from glede.desk.conversations.rules import State
from glede.desk.intake import actions as intake
from glede.desk.intake.models import RawEvent as Kept
from glede.desk.outbox import rules as outbox_rules
from glede.desk.outbox.models import Delivery
from glede.desk.replies.rules import Found
from glede.flow import confirm, handling, inbound, numbers, outbound, poll
from glede.kit import claim, clock
from glede.platforms.contract import OutcomeUnknown, PlatformError, RawEvent, Receipt
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.models import Rule, Version
from tests.flow.conftest import LONG_AGO, MORNING, Desk
from tests.flow.test_outbound import deliver, queued, reply

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_connection(do: object) -> None:
    def run() -> None:
        try:
            do()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_second_worker_stands_by_while_one_understands(desk: Desk) -> None:
    event = desk.town.written("c-1", "Hello?", at=MORNING)
    intake.keep(app_id=desk.app_id, events=[event], now=MORNING)
    taken: list[int] = []

    with transaction.atomic():
        assert claim.alone("glede.drain")
        in_another_connection(lambda: taken.append(inbound.drain(now=MORNING).taken))

    assert taken == [0]
    assert inbound.drain(now=MORNING).taken == 1


def test_an_unwell_database_leaves_the_whole_batch_waiting(desk: Desk) -> None:
    event = desk.town.written("c-1", "Hello?", at=MORNING)
    intake.keep(app_id=desk.app_id, events=[event], now=MORNING)

    # The conversation's table is held elsewhere, and we may not wait for it.
    with transaction.atomic():
        Conversation.objects.select_for_update()
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("LOCK TABLE conversations_message IN ACCESS EXCLUSIVE MODE")

        def try_to_drain() -> None:
            with transaction.get_connection().cursor() as other:
                other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError):
                inbound.drain(now=MORNING)

        in_another_connection(try_to_drain)

    assert Kept.objects.get().state == "waiting"
    assert inbound.drain(now=MORNING).aside == 0


def test_words_the_database_cannot_hold_are_set_aside_without_quoting_them(desk: Desk) -> None:
    event = desk.town.written("c-1", "secret \u0000 words", at=MORNING)

    assert desk.hears(event, now=MORNING).aside == 1

    error = Kept.objects.get().error
    assert "secret" not in error


def test_a_deletion_told_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING, id="c-1")
    gone = desk.town.deleted("c-1", at=MORNING)
    desk.hears(gone, now=MORNING)
    conversation.refresh_from_db()
    revision = conversation.revision
    desk.hears(RawEvent("again", gone.body, gone.account), now=MORNING)

    conversation.refresh_from_db()
    assert conversation.revision == revision


def test_our_own_post_and_its_deletion_belong_to_nobodys_conversation(desk: Desk) -> None:
    desk.hears(desk.town.written("o-1", "New bin stores", at=MORNING, ours=True), now=MORNING)
    desk.hears(desk.town.written("o-1", "New bins", at=MORNING, ours=True), now=MORNING)
    desk.hears(desk.town.deleted("o-1", at=MORNING), now=MORNING)

    message = Message.objects.get()
    assert message.conversation is None
    assert message.versions.count() == 2


def test_a_second_answer_taken_back_changes_no_clock(desk: Desk) -> None:
    desk.is_asked(at=MORNING, id="c-1")
    for native_id, minutes in (("o-1", 1), ("o-2", 2)):
        at = MORNING + timedelta(minutes=minutes)
        desk.hears(desk.town.written(native_id, "Yes", at=at, ours=True, parent="c-1"), now=at)
    conversation = desk.is_asked("And?", at=MORNING + timedelta(minutes=3), id="c-2")
    late = MORNING + timedelta(minutes=4)

    desk.hears(desk.town.deleted("o-2", at=late), desk.town.deleted("o-1", at=late), now=late)

    conversation.refresh_from_db()
    assert conversation.enquiries.get(number=1).answered_at is not None
    assert conversation.enquiries.get(number=2).answered_at is None


def test_a_confirmation_that_comes_after_taking_back_is_not_believed(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    delivery = queued(conversation, desk.sam)
    outbound.take_back(viewer=desk.sam, delivery_id=delivery.pk, now=clock.now())

    with transaction.atomic():
        receipt = Receipt("post-1", clock.now())
        assert confirm.sent(delivery_id=delivery.pk, receipt=receipt, now=clock.now()) is None


def test_a_delivery_that_does_not_exist_cannot_be_confirmed(desk: Desk) -> None:
    with transaction.atomic(), pytest.raises(Delivery.DoesNotExist, match="number 404"):
        confirm.sent(delivery_id=404, receipt=Receipt("x", MORNING), now=MORNING)


def test_the_platforms_list_may_tell_us_first_without_being_known_for_an_echo(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now() - timedelta(hours=1), id="c-1")
    delivery = queued(conversation, desk.sam)

    def listed_differently() -> None:
        key = next(iter(desk.town.network.posts))
        event = desk.town.written(
            f"post-{key}", "shortened by the platform …", at=clock.now(), ours=True
        )
        desk.hears(event, now=clock.now())

    desk.town.network.after = listed_differently
    deliver(delivery)

    assert delivery.state == "sent"
    message = Message.objects.get(direction="out")
    assert (message.conversation_id, message.person_id) == (conversation.pk, desk.sam.id)


def test_an_error_outside_the_contract_leaves_the_outcome_unknown(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    desk.town.network.fail_with = [PlatformError("Something else.")]

    assert deliver(queued(conversation, desk.sam)).state == "unknown"


def test_an_echo_during_the_read_back_settles_it(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    desk.town.network.fail_with = [OutcomeUnknown("The line broke.")]
    delivery = deliver(queued(conversation, desk.sam))
    echo = desk.town.written(
        "post-x", "A roofer comes tomorrow. ^Sam", at=clock.now(), ours=True, parent="c-1"
    )
    desk.hears(echo, now=clock.now())

    delivery.refresh_from_db()
    assert (delivery.state, delivery.native_id) == ("sent", "post-x")


def test_a_private_thread_on_a_platform_without_private_replies_takes_none(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    Conversation.objects.update(private=True)

    result = reply(conversation, desk.sam)

    assert isinstance(result, outbound.Stopped)
    assert Found.CANNOT in {finding.found for finding in result.findings}


def test_a_note_or_a_hand_over_by_a_colleague_is_no_collision(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    seen = Conversation.objects.get().revision
    handling.note(viewer=desk.meena, conversation_id=conversation.pk, text="Hm", now=clock.now())
    handling.assign(
        viewer=desk.meena, conversation_id=conversation.pk, person_id=desk.sam.id, now=clock.now()
    )

    assert isinstance(reply(conversation, desk.sam, seen_revision=seen), outbound.Queued)


def test_who_left_an_address_is_told_with_a_link_of_their_own(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-1")
    conversation.contact.handles.update(notify="dawn@example.org")
    deliver(queued(conversation, desk.sam))

    (post,) = desk.town.network.posts.values()
    assert post.notify == "dawn@example.org"
    assert "/v/" in post.link
    token = post.link.rstrip("/").rpartition("/")[2]
    assert not PrivateLink.objects.filter(token_hash=token).exists()
    assert PrivateLink.objects.get().expires_at > clock.now() + timedelta(days=80)


def test_a_stream_that_admits_a_gap_has_open_threads_looked_up(desk: Desk) -> None:
    desk.is_asked(at=clock.now(), id="c-1")
    desk.town.network.gap = True
    turns = iter([False, True])
    poll.follow(account_id=desk.account_id, stop=lambda: next(turns))

    assert desk.town.network.looked_up == ["c-1"]


def test_a_rule_nobody_could_have_approved_is_refused_in_a_sentence(desk: Desk) -> None:
    version = Version.objects.create(number="broken", title="Broken")
    good = policy.rulebook_at(MORNING - timedelta(days=1))
    for key, rule in good.rules.items():
        value = "soon" if key == "acknowledge.in_hours" else rule.value
        Rule.objects.create(version=version, key=key, value=value, clause="6.5", status="written")
    Version.objects.filter(pk=version.pk).update(approved_at=LONG_AGO, effective_at=MORNING)

    with pytest.raises(numbers.BadRule, match="cannot be kept: “soon” is no length of time"):
        numbers.in_force(MORNING)


def test_states_refuse_what_they_do_not_know() -> None:
    with pytest.raises(conversation_rules.WrongState, match="cannot become"):
        conversation_rules.move(State.CLOSED, State.RESOLVED)
    with pytest.raises(outbox_rules.WrongState, match="cannot become"):
        outbox_rules.move(outbox_rules.State.SENT, outbox_rules.State.QUEUED)


def test_a_picture_without_words_says_so() -> None:
    assert conversation_rules.first_words(" ", has_media=True).startswith("A picture")
    assert conversation_rules.first_words("", has_media=False) == "(no words)"


def test_a_stream_that_deletes_what_never_concerned_us_leaves_no_trace(desk: Desk) -> None:
    gone = desk.town.deleted("somebody-elses", at=MORNING)
    intake.keep(app_id=desk.app_id, events=[gone], now=MORNING, way="stream")

    inbound.drain(now=MORNING)

    assert not Message.objects.exists()
