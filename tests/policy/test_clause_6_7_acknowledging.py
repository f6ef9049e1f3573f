"""Clause 6.7: out of hours the desk says by itself that a message is here; once, and not to all."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glede.desk.alerts.models import Alert
from glede.desk.clocks.models import Clock
from glede.desk.conversations import actions_inbound
from glede.desk.outbox.models import Delivery
from glede.desk.replies import acknowledging
from glede.desk.replies.models import Acknowledgement
from glede.flow import acknowledging as flow
from glede.flow import inbound as flow_inbound
from glede.flow import outbound
from glede.kit import clock as times
from glede.kit import crypto
from glede.rulebook.audit import queries as audit
from tests import cast as casts
from tests import make
from tests.cast import Cast
from tests.policy.desk_at_night import LONDON, answers, at, clock, leaves, london, told, writes
from tests.policy.desk_at_night import says as policy

SATURDAY = "2026-11-28 11:00"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    with transaction.atomic():
        return casts.build()


def test_a_message_on_a_saturday_is_acknowledged_within_two_minutes(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)

    (delivery,) = leaves(after=london(SATURDAY))

    assert (delivery.state, delivery.automatic, delivery.person) == ("sent", True, None)
    assert delivery.sent_at is not None
    assert delivery.sent_at - london(SATURDAY) <= 2 * MINUTE
    assert delivery.message is not None
    words = delivery.message.versions.get().text
    assert "open again on Monday 30 November at 9am" in words
    acknowledged = clock(asked)
    assert (acknowledged.state, acknowledged.stopped_at) == ("stopped", delivery.sent_at)
    followed = clock(asked, "follow_up")
    assert followed.state == "running"
    assert followed.due_at == london("2026-11-30 13:00")


def test_somebody_just_met_is_not_looked_for_and_the_row_is_shown_once(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        writes(cast, "My tap drips.", when=SATURDAY)
    with CaptureQueriesContext(connection) as left:
        backend = _backend()
        (delivery,) = leaves(after=london(SATURDAY))
        kept = _backend()

    assert delivery.state == "sent"
    theirs = [
        one["sql"]
        for one in asked
        if 'FROM "replies_acknowledgement"' in one["sql"]
        or ('FROM "conversations_conversation"' in one["sql"] and "KEY UPDATE" in one["sql"])
    ]
    assert theirs == []
    shown = [one for one in left if one["sql"].startswith(_SHOWN)]
    assert len(shown) == 1
    assert kept == backend


_SHOWN = 'UPDATE "conversations_conversation" SET "due_at"'


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_who_wrote_in_welsh_is_acknowledged_in_welsh(cast: Cast) -> None:
    asked = writes(cast, "Mae’r tap yn gollwng.", when=SATURDAY, language="cy")

    (delivery,) = leaves(after=london(SATURDAY))

    assert delivery.message is not None
    words = delivery.message.versions.get().text
    assert words.startswith("Diolch am ysgrifennu at Red Kite.")
    assert "yn agor eto ddydd Llun 30 Tachwedd am 9yb" in words
    assert "ffoniwch 999" in words
    assert clock(asked).state == "stopped"


def test_it_answers_nothing_the_resident_still_waits_for_a_person(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)
    leaves(after=london(SATURDAY))

    asked.refresh_from_db()
    assert (asked.state, asked.waiting_count, asked.words) == ("new", 1, "My tap drips.")
    assert asked.due_kind == "follow_up"
    assert asked.enquiries.get().answered_at is None

    answers(cast.sam, asked, "A plumber comes at two.", when=london("2026-11-30 09:30"))

    assert clock(asked, "follow_up").state == "stopped"
    assert asked.enquiries.get().answered_at is not None


def test_in_hours_nothing_is_sent(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when="2026-11-24 11:00")

    assert leaves(after=london("2026-11-24 11:00")) == []
    assert clock(asked).state == "running"


@pytest.mark.parametrize(
    ("when", "sends"),
    [
        ("2026-11-24 08:59", True),
        ("2026-11-24 09:00", False),
        ("2026-11-24 17:29", False),
        ("2026-11-24 17:30", True),
        ("2026-12-25 10:00", True),
    ],
)
def test_the_edges_of_the_day_decide(cast: Cast, when: str, sends: bool) -> None:
    writes(cast, "My tap drips.", when=when)

    assert bool(leaves(after=london(when))) == sends


def test_over_four_closed_days_the_next_opening_is_worked_out(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when="2026-12-24 18:00")

    (delivery,) = leaves(after=london("2026-12-24 18:00"))

    assert delivery.message is not None
    assert "Tuesday 29 December at 9am" in delivery.message.versions.get().text
    assert clock(asked, "follow_up").due_at == london("2026-12-29 13:00")


def test_once_for_a_person_and_a_stretch_so_a_loop_with_a_machine_stops(cast: Cast) -> None:
    for number in range(5):
        when = f"2026-11-28 11:0{number}"
        writes(cast, f"Automatic reply {number}", when=when, thread=f"t-{number}")
        leaves(after=london(when))
    assert Delivery.objects.count() == 1

    writes(cast, "My tap drips.", when="2026-11-30 20:00", thread="t-9")
    assert len(leaves(after=london("2026-11-30 20:00"))) == 2


def test_somebody_else_in_the_same_stretch_has_their_own(cast: Cast) -> None:
    writes(cast, "My tap drips.", when=SATURDAY)
    writes(cast, "Mine too.", when=SATURDAY, name="Gareth")

    assert len(leaves(after=london(SATURDAY))) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("My husband passed away on Thursday.", "may be about a death"),
        ("I just want to END MY LIFE", "may be from somebody who thinks of ending their life"),
        ("There’s a smell of gas in the hall", "may be about danger at home"),
        ("I can’t go on like this", "may be from somebody who thinks of ending their life"),
    ],
)
def test_words_that_call_for_a_person_get_no_automatic_text(
    cast: Cast, text: str, says: str, mailoutbox: list[object]
) -> None:
    asked = writes(cast, text, when=SATURDAY)

    assert leaves(after=london(SATURDAY)) == []
    assert Acknowledgement.objects.get().withheld == "it calls for a person"
    assert clock(asked).due_at == london("2026-11-28 23:00")
    for viewer in (cast.priya, cast.noor):
        assert [one for one in told(viewer) if says in one], told(viewer)
    assert told(cast.sam) == []
    verbs = [entry.verb for entry in audit.trail("conversation", asked.pk, limit=20)]
    assert "conversation:words:sensitive" in verbs
    assert "reply:acknowledgement:withheld" in verbs


@pytest.mark.parametrize("text", ["The sparkling lights are lovely", "I studied the rent letter"])
def test_words_inside_other_words_alarm_nobody(cast: Cast, text: str) -> None:
    writes(cast, text, when=SATURDAY)

    assert len(leaves(after=london(SATURDAY))) == 1
    assert told(cast.priya) == []


def test_who_is_told_gets_an_email_that_holds_no_word_of_the_resident(cast: Cast) -> None:
    writes(cast, "There is a gas leak at 3 Swallow House", when=SATURDAY, name="Iris Blandford")

    mails = list(Alert.objects.filter(dispatches__way="mail"))
    assert {one.person_id for one in mails} == {cast.priya.id, cast.noor.id}
    assert not [one for one in mails if "Swallow" in one.outward or "Iris" in one.outward]
    assert all(one.href == f"/c/{one.conversation_id}/" for one in mails)


def test_danger_in_working_hours_is_told_at_once_too(cast: Cast) -> None:
    writes(cast, "Sparks from the socket!", when="2026-11-24 11:00")

    assert len(told(cast.priya)) == 1


def test_a_failure_leaves_the_promise_from_receipt_and_tells_people(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)
    delivery = Delivery.objects.get()
    Delivery.objects.update(text="")  # the website refuses an empty answer

    leaves(after=london(SATURDAY))

    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert clock(asked).state == "running"
    assert clock(asked).due_at == london(SATURDAY) + 12 * HOUR
    assert not Clock.objects.filter(kind="follow_up").exists()
    for viewer in (cast.priya, cast.noor):
        (says,) = told(viewer)
        assert "did not go out in time" in says
        assert "The promise counts from receipt." in says


def test_one_that_has_not_left_after_two_minutes_is_told_once(cast: Cast) -> None:
    writes(cast, "My tap drips.", when=SATURDAY)

    assert flow.watch(now=london(SATURDAY) + MINUTE) == 0
    assert flow.watch(now=london(SATURDAY) + 3 * MINUTE) == 1
    assert flow.watch(now=london(SATURDAY) + 4 * MINUTE) == 0
    assert len(told(cast.priya)) == 1


def test_a_worker_killed_while_sending_never_sends_it_twice(cast: Cast) -> None:
    writes(cast, "My tap drips.", when=SATURDAY)
    (delivery,) = Delivery.objects.all()
    with at(london(SATURDAY) + 20 * timedelta(seconds=1)):
        # Killed between “sending” and the platform's answer: the row says so and nothing else does.
        assert outbound._leave(delivery.pk, now=times.now()) is not None
        outbound.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "sending"

    later = london(SATURDAY) + 10 * MINUTE
    with at(later):
        assert outbound.lost(now=later) == 1
        outbound.deliver(delivery_id=delivery.pk)
        outbound.deliver(delivery_id=delivery.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert Delivery.objects.count() == 1
    assert clock(delivery.conversation).state == "stopped"


def test_a_person_who_was_quicker_leaves_nothing_to_say(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)
    answers(cast.sam, asked, "On my way.", when=london(SATURDAY) + 6 * timedelta(seconds=1))

    leaves(after=london(SATURDAY), seconds=60)

    assert Delivery.objects.get(automatic=True).state == "taken back"
    assert not Clock.objects.filter(kind="follow_up").exists()


def test_what_we_hear_of_after_opening_is_not_told_that_we_are_closed(cast: Cast) -> None:
    before, after = london("2026-11-28 11:00"), london("2026-11-30 09:20")
    with at(after):
        make.conversation(cast.red_kite_site, "My tap drips.", at=before)
    assert Delivery.objects.count() == 1
    with at(after):
        outbound.deliver(delivery_id=Delivery.objects.get().pk)
    assert Delivery.objects.get().state == "taken back"


def taken_away(delivery: Delivery, when: str) -> None:
    with transaction.atomic():
        flow_inbound.deleted(
            account=delivery.account,
            native_id=delivery.native_id,
            at=london(when),
            way="webhook",
            now=london(when),
        )


def test_an_answer_taken_away_brings_back_only_what_it_had_stopped(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)
    (automatic,) = leaves(after=london(SATURDAY))
    delivery = answers(cast.sam, asked, "Tomorrow.", when=london("2026-11-30 09:30"))

    taken_away(delivery, "2026-11-30 10:00")
    assert (clock(asked).state, clock(asked, "follow_up").state) == ("stopped", "running")

    taken_away(automatic, "2026-11-30 10:05")
    assert clock(asked).state == "running"
    assert clock(asked).due_at == london("2026-11-28 23:00")


def test_whoever_sent_spam_before_gets_none(cast: Cast) -> None:
    first = writes(cast, "Buy followers", when="2026-11-24 11:00", name="Spam")
    first.enquiries.update(closed_reason="spam")

    writes(cast, "Buy more followers", when=SATURDAY, name="Spam", thread="again")

    assert leaves(after=london(SATURDAY)) == []
    assert Acknowledgement.objects.get().withheld == "an earlier message of theirs was spam"


@pytest.mark.parametrize(
    ("rules", "sends"),
    [
        ({"acknowledge__automatic": "none"}, False),
        ({"acknowledge__automatic": "private_only"}, True),
        ({"acknowledge__automatic": "all_messages"}, True),
    ],
)
def test_the_policy_says_what_is_acknowledged(
    cast: Cast, rules: dict[str, str], sends: bool
) -> None:
    policy(since="2026-11-27 09:00", **rules)

    writes(cast, "My tap drips.", when=SATURDAY)

    assert bool(leaves(after=london(SATURDAY))) == sends


def test_in_hours_by_setting_it_is_sent_and_stops_no_clock(cast: Cast) -> None:
    policy(since="2026-11-23 09:00", acknowledge__automatic_in_hours=True)
    asked = writes(cast, "My tap drips.", when="2026-11-24 11:00")

    (delivery,) = leaves(after=london("2026-11-24 11:00"))

    assert delivery.state == "sent"
    assert clock(asked).state == "running"
    assert not Clock.objects.filter(kind="follow_up").exists()


def test_the_visitor_reads_it_on_their_own_page(cast: Cast) -> None:
    asked = writes(cast, "My tap drips.", when=SATURDAY)
    leaves(after=london(SATURDAY))
    actions_inbound.link(
        thread=asked.thread,
        token_hash=crypto.token_hash("a-token"),
        expires_at=london("2027-01-01 00:00"),
    )

    with at(london(SATURDAY) + HOUR):
        page = Client().get("/v/a-token/").content.decode()

    assert "We have your message." in page
    assert "Monday 30 November at 9am" in page


# --- The words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-12-29 09:00", "Tuesday 29 December at 9am"),
        ("2027-01-04 08:30", "Monday 4 January at 8:30am"),
        ("2026-06-01 12:00", "Monday 1 June at 12pm"),
        ("2026-06-01 13:15", "Monday 1 June at 1:15pm"),
        ("2026-06-01 00:00", "Monday 1 June at 12am"),
    ],
)
def test_the_opening_reads_as_people_say_it(moment: str, words: str) -> None:
    assert acknowledging.opening_words(london(moment), LONDON) == words


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" ", "Write what"),
        ("Thanks!", "Say when you open again"),
        ("We open on {opening}. We answer within 2 hours.", "“within 2 hours” is a promise"),
        ("We open on {opening} and ring you in an hour", "“in an hour” is a promise"),
        ("Dear {name}, we open on {opening}", "“{name}” stands for nothing"),
        ("{opening}" + "x" * 600, "600 are enough"),
    ],
)
def test_a_text_that_must_not_go_out_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(acknowledging.BadText, match=why.replace("{", r"\{")):
        acknowledging.check(text)


def test_our_own_words_promise_nothing_and_read_well() -> None:
    acknowledging.check(acknowledging.DEFAULT_TEXT)
    opens = datetime(2026, 11, 30, 9, tzinfo=LONDON)

    plain = acknowledging.render(
        acknowledging.DEFAULT_TEXT, brand="Red Kite", opens_at=opens, zone=LONDON, number=""
    )
    numbered = acknowledging.render(
        acknowledging.DEFAULT_TEXT,
        brand="Red Kite",
        opens_at=opens,
        zone=LONDON,
        number="01632 960 111",
    )

    assert plain.endswith("ring 999.")
    assert numbered.endswith("ring 01632 960 111, day or night.")
