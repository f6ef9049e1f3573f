"""Clause 6.5: settled the same day, or a timescale is agreed: told, answered, kept or missed."""

from datetime import timedelta

import pytest
from django.db import transaction

from glede.desk.clocks.models import Clock, Step
from glede.desk.conversations import queries_timescale, timescales
from glede.desk.conversations.actions import NotAnswered
from glede.desk.conversations.models import Agreement, Conversation
from glede.desk.conversations.timescales import ClosedThen
from glede.desk.replies import queries as drafts
from glede.flow import agreeing, handling, inbound, outbound, sweep
from glede.flow.agreeing import Given
from tests import cast as casts
from tests.cast import Cast
from tests.policy.desk_at_night import answers, clock, london, says, told, writes

TUESDAY = "2026-11-24 11:00"
HOUR = timedelta(hours=1)
LATER_THAT_DAY = "2026-11-24 14:00"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    with transaction.atomic():
        return casts.build()


@pytest.fixture
def asked(cast: Cast) -> Conversation:
    return writes(cast, "The stair light is out.", when=TUESDAY)


def proposes(
    cast: Cast,
    asked: Conversation,
    *,
    by: str = "2026-11-27 17:00",
    when: str = LATER_THAT_DAY,
    reason: str = "",
) -> Agreement:
    """Sam tells them by telephone."""
    made = agreeing.plan(
        viewer=cast.sam,
        conversation_id=asked.pk,
        given=Given(
            what="The electrician mends the stair light.",
            by_at=london(by),
            person_id=cast.sam.id,
            reason=reason,
            told_already=True,
        ),
        now=london(when),
    )
    assert isinstance(made, Agreement)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-24 09:00", "2026-11-24 17:30"),
        ("2026-11-24 16:29", "2026-11-24 17:30"),
        ("2026-11-24 16:30", "2026-11-25 17:30"),
        ("2026-11-24 20:00", "2026-11-25 17:30"),
        ("2026-11-27 17:00", "2026-11-30 17:30"),
        ("2026-12-24 18:00", "2026-12-29 17:30"),
    ],
)
def test_it_is_settled_the_same_working_day_or_the_next_for_what_comes_late(
    cast: Cast, received: str, due: str
) -> None:
    found = clock(writes(cast, "The stair light is out.", when=received), "resolve")

    assert (found.due_at, found.clause) == (london(due), "6.5")


def test_an_answer_does_not_settle_it_and_resolving_does(cast: Cast, asked: Conversation) -> None:
    answers(cast.sam, asked, "Which stair?", when=london("2026-11-24 11:30"))
    asked.refresh_from_db()
    assert (asked.state, clock(asked, "resolve").state) == ("waiting for customer", "running")
    assert (asked.due_kind, asked.due_at) == ("resolve", london("2026-11-24 17:30"))

    handling.resolve(viewer=cast.sam, conversation_id=asked.pk, now=london(LATER_THAT_DAY))

    stopped = clock(asked, "resolve")
    assert (stopped.state, stopped.stopped_at) == ("stopped", london(LATER_THAT_DAY))
    asked.refresh_from_db()
    assert (asked.state, asked.due_at, asked.due_kind) == ("resolved", None, "")


def test_nobody_resolves_what_nobody_answered(cast: Cast, asked: Conversation) -> None:
    with pytest.raises(NotAnswered, match="Reply first, or say why no reply is needed"):
        handling.resolve(viewer=cast.sam, conversation_id=asked.pk, now=london(LATER_THAT_DAY))

    assert clock(asked).state == "running"


def test_opened_again_by_hand_it_is_due_as_it_always_was(cast: Cast, asked: Conversation) -> None:
    answers(cast.sam, asked, "Mended.", when=london("2026-11-24 11:30"))
    handling.resolve(viewer=cast.sam, conversation_id=asked.pk, now=london("2026-11-24 12:00"))

    handling.reopen(viewer=cast.sam, conversation_id=asked.pk, now=london("2026-11-24 13:00"))

    again = clock(asked, "resolve")
    assert (again.state, again.due_at) == ("running", london("2026-11-24 17:30"))
    assert clock(asked).state == "stopped"


def test_where_the_policy_says_so_waiting_for_them_pauses_it(cast: Cast) -> None:
    says(since="2026-11-23 09:00", resolve__waiting_pauses=True)
    asked = writes(cast, "The stair light is out.", when=TUESDAY)
    answers(cast.sam, asked, "Which stair?", when=london("2026-11-24 12:00"))
    paused_at = clock(asked, "resolve").held_at
    assert paused_at is not None

    writes(cast, "The left one.", when="2026-11-24 14:00", thread=asked.thread.native_id)

    again = clock(asked, "resolve")
    assert again.state == "running"
    assert again.due_at == london("2026-11-24 17:30") + (
        london("2026-11-24 14:00") + timedelta(seconds=5) - paused_at
    )


# --- Told, then agreed or not ----------------------------------------------------------------


def test_telling_counts_as_proposed_and_holds_the_same_day_promise(
    cast: Cast, asked: Conversation
) -> None:
    made = proposes(cast, asked)

    assert (made.state, made.told_at) == ("proposed", london(LATER_THAT_DAY))
    assert made.silence_at == london("2026-11-25 17:30")
    assert clock(asked, "resolve").state == "held"
    promised = clock(asked, "agreed")
    assert (promised.state, promised.due_at) == ("running", london("2026-11-27 17:00"))
    asked.refresh_from_db()
    assert asked.state == "timescale agreed"


def test_consent_puts_the_date_in_place_of_the_same_day(cast: Cast, asked: Conversation) -> None:
    proposes(cast, asked)

    agreeing.answer(
        viewer=cast.sam, conversation_id=asked.pk, agreed=True, now=london("2026-11-24 15:00")
    )

    replaced = clock(asked, "resolve")
    assert (replaced.state, replaced.stopped_at) == ("agreed", london(LATER_THAT_DAY))
    assert Agreement.objects.get().state == "agreed"


def test_an_objection_brings_the_old_due_time_back(cast: Cast, asked: Conversation) -> None:
    proposes(cast, asked)

    agreeing.answer(
        viewer=cast.sam, conversation_id=asked.pk, agreed=False, now=london("2026-11-24 15:00")
    )

    again = clock(asked, "resolve")
    assert (again.state, again.due_at) == ("running", london("2026-11-24 17:30"))
    assert clock(asked, "agreed").state == "replaced"
    asked.refresh_from_db()
    assert (asked.state, asked.due_kind) == ("in progress", "acknowledge")


def test_silence_for_a_working_day_counts_as_agreed_and_is_told_apart(
    cast: Cast, asked: Conversation
) -> None:
    proposes(cast, asked)

    assert agreeing.silences(now=london("2026-11-25 17:29")) == 0
    assert agreeing.silences(now=london("2026-11-25 17:30")) == 1

    assert Agreement.objects.get().state == "silent"
    assert clock(asked, "resolve").state == "agreed"
    split = queries_timescale.split(
        start=london("2026-11-01 00:00"), end=london("2026-12-01 00:00")
    )
    assert (split.silent, split.agreed, split.objected) == (1, 0, 0)


def test_an_objection_after_silence_is_still_one(cast: Cast, asked: Conversation) -> None:
    proposes(cast, asked)
    agreeing.silences(now=london("2026-11-25 17:30"))

    agreeing.answer(
        viewer=cast.sam, conversation_id=asked.pk, agreed=False, now=london("2026-11-26 09:00")
    )

    assert clock(asked, "resolve").state == "running"


def test_whoever_wrote_meanwhile_was_not_silent_and_a_person_is_asked(
    cast: Cast, asked: Conversation
) -> None:
    proposes(cast, asked)
    writes(cast, "Friday?!", when="2026-11-25 10:00", thread=asked.thread.native_id)

    agreeing.silences(now=london("2026-11-25 17:30"))

    assert Agreement.objects.get().state == "proposed"
    assert [one for one in told(cast.sam) if "say whether they agreed" in one]
    assert agreeing.silences(now=london("2026-11-26 17:30")) == 0


def test_the_reply_that_tells_it_proposes_it_at_the_platforms_time(
    cast: Cast, asked: Conversation
) -> None:
    made = agreeing.plan(
        viewer=cast.sam,
        conversation_id=asked.pk,
        given=Given(
            what="The electrician comes.",
            by_at=london("2026-11-27 17:00"),
            person_id=cast.sam.id,
            words="The electrician comes by Friday 5pm.",
        ),
        now=london(LATER_THAT_DAY),
    )
    assert isinstance(made, Agreement)
    kept = drafts.draft(conversation_id=asked.pk, person_id=cast.sam.id)
    assert kept == "The electrician comes by Friday 5pm."
    assert clock(asked, "resolve").state == "running"

    delivery = answers(cast.sam, asked, kept, when=london("2026-11-24 14:05"), agreement_id=made.pk)

    made.refresh_from_db()
    assert (made.state, made.told_at) == ("proposed", delivery.sent_at)
    assert made.told_in_id == delivery.message_id
    assert (clock(asked).state, clock(asked, "resolve").state) == ("stopped", "held")
    asked.refresh_from_db()
    assert (asked.state, asked.due_kind) == ("timescale agreed", "agreed")


def test_a_date_that_moves_says_why_and_the_third_time_the_lead_hears(
    cast: Cast, asked: Conversation
) -> None:
    proposes(cast, asked)
    with pytest.raises(timescales.BadTimescale, match="say why it moves"):
        proposes(cast, asked, by="2026-11-30 12:00", when="2026-11-25 10:00")
    proposes(cast, asked, by="2026-11-30 12:00", when="2026-11-25 10:00", reason="Part missing")
    assert told(cast.priya) == []

    proposes(cast, asked, by="2026-12-01 12:00", when="2026-11-26 10:00", reason="Still missing")

    assert [one for one in told(cast.priya) if "told 3 dates" in one]
    assert [one.state for one in Agreement.objects.order_by("number")] == [
        "replaced",
        "replaced",
        "proposed",
    ]
    assert [one.state for one in Clock.objects.filter(kind="agreed").order_by("pk")] == [
        "replaced",
        "replaced",
        "running",
    ]


def test_whoever_promised_is_reminded_a_day_and_four_hours_before(
    cast: Cast, asked: Conversation
) -> None:
    answers(cast.meena, asked, "We look into it.", when=london("2026-11-24 11:30"))
    proposes(cast, asked)
    due = london("2026-11-27 17:00")

    sweep.run(now=due - 24 * HOUR - timedelta(seconds=1))
    assert told(cast.sam) == []
    sweep.run(now=due - 24 * HOUR)
    assert len(told(cast.sam)) == 1
    sweep.run(now=due - 4 * HOUR)
    sweep.run(now=due - 4 * HOUR)

    assert len(told(cast.sam)) == 2
    assert "“Do what was promised”, 4 h left, clause 6.5." in told(cast.sam)[-1]
    # Meena answered what nobody had, so she has it: its owner is told beside whoever promised.
    assert told(cast.meena) == told(cast.sam)
    assert sorted(Step.objects.values_list("minutes_before", flat=True)) == [240, 1440]


def test_a_date_that_passes_is_a_promise_broken_and_still_owed(
    cast: Cast, asked: Conversation
) -> None:
    proposes(cast, asked)
    due = london("2026-11-27 17:00")
    sweep.run(now=due)
    assert Agreement.objects.get().missed_at is None

    sweep.run(now=due + timedelta(seconds=1))

    made = Agreement.objects.get()
    assert (made.missed_at, made.ended_at) == (due + timedelta(seconds=1), None)
    assert clock(asked, "agreed").state == "running"
    assert [one for one in told(cast.noor) if "“Do what was promised”" in one]


def test_settled_in_time_it_is_kept(cast: Cast, asked: Conversation) -> None:
    answers(cast.sam, asked, "We look into it.", when=london("2026-11-24 11:30"))
    proposes(cast, asked)

    handling.resolve(viewer=cast.sam, conversation_id=asked.pk, now=london("2026-11-27 17:00"))

    made = Agreement.objects.get()
    assert made.kept_at == london("2026-11-27 17:00")
    assert clock(asked, "agreed").state == "stopped"


def test_what_was_promised_stays_owed_when_they_take_their_words_away(
    cast: Cast, asked: Conversation
) -> None:
    proposes(cast, asked)
    post = asked.messages.get()
    assert post.thread is not None
    assert post.native_id is not None

    with transaction.atomic():
        inbound.deleted(
            account=post.thread.account,
            native_id=post.native_id,
            at=london("2026-11-24 15:00"),
            way="webhook",
            now=london("2026-11-24 15:00"),
        )

    assert clock(asked, "agreed").state == "running"
    asked.refresh_from_db()
    assert asked.state == "timescale agreed"


@pytest.mark.parametrize(
    ("by", "says_", "instead"),
    [
        ("2026-11-28 12:00", "Sat 28 Nov", "2026-11-30 17:30"),
        ("2026-12-25 12:00", "Fri 25 Dec: Christmas Day", "2026-12-29 17:30"),
    ],
)
def test_a_closed_day_is_warned_of_and_the_next_working_day_offered(
    cast: Cast, asked: Conversation, by: str, says_: str, instead: str
) -> None:
    given = Given(what="Mended.", by_at=london(by), person_id=cast.sam.id, told_already=True)

    warned = agreeing.plan(
        viewer=cast.sam, conversation_id=asked.pk, given=given, now=london(LATER_THAT_DAY)
    )

    assert isinstance(warned, ClosedThen)
    assert says_ in warned.says
    assert warned.instead == london(instead)
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("what", "by", "why"),
    [("  ", "2026-11-27 12:00", "Say what"), ("Mended.", "2026-11-24 13:00", "has passed")],
)
def test_what_is_no_timescale_is_refused_in_a_sentence(
    cast: Cast, asked: Conversation, what: str, by: str, why: str
) -> None:
    given = Given(what=what, by_at=london(by), person_id=cast.sam.id)

    with pytest.raises(timescales.BadTimescale, match=why):
        agreeing.plan(
            viewer=cast.sam, conversation_id=asked.pk, given=given, now=london(LATER_THAT_DAY)
        )


def test_a_reply_tells_only_the_timescale_of_its_own_conversation(
    cast: Cast, asked: Conversation
) -> None:
    other = writes(cast, "Mine too.", when=TUESDAY, name="Gareth")
    made = agreeing.plan(
        viewer=cast.sam,
        conversation_id=asked.pk,
        given=Given(what="Mended.", by_at=london("2026-11-27 12:00"), person_id=cast.sam.id),
        now=london(LATER_THAT_DAY),
    )
    assert isinstance(made, Agreement)

    result = outbound.queue_reply(
        viewer=cast.sam,
        conversation_id=other.pk,
        text="By Friday.",
        seen_revision=10_000,
        agreement_id=made.pk,
        now=london(LATER_THAT_DAY),
    )

    assert isinstance(result, outbound.Queued)
    assert not Agreement.objects.exclude(deliveries=None).exists()
