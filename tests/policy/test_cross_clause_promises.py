"""Cases that several clauses meet in: what runs, until when, by which version and which law."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from glede.desk.clocks import kinds
from glede.desk.clocks.kinds import Kind, Stops
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import TransitionRefusedError
from glede.desk.conversations.models import Conversation
from glede.flow import statutory, sweep
from glede.rulebook.audit import queries as audit
from tests import cast as casts
from tests import make
from tests.cast import Cast
from tests.policy.desk_at_night import at, clock, leaves, london, says, signed_in, told, writes

HOUR = timedelta(hours=1)


@pytest.fixture
def cast(db: None) -> Cast:
    with transaction.atomic():
        return casts.build()


def begins(
    cast: Cast, asked: Conversation, kind: str, *, aware: datetime, reference: str = "1"
) -> Clock:
    return statutory.begin(
        viewer=cast.priya,
        conversation_id=asked.pk,
        kind=kind,
        aware_at=aware,
        reference=reference,
        now=aware + timedelta(minutes=2),
    )


def test_1_danger_at_a_minute_to_closing_is_told_now_and_has_its_own_day(cast: Cast) -> None:
    asked = writes(cast, "No heating, baby, flat 3, please help", when="2026-11-27 17:29")

    assert [one for one in told(cast.priya) if "danger at home" in one]
    assert [one for one in told(cast.noor) if "danger at home" in one]
    assert clock(asked).due_at == london("2026-11-27 21:29")
    hazard = begins(cast, asked, "statute.hazard", aware=london("2026-11-27 17:29"))
    assert hazard.due_at == london("2026-11-28 17:29")
    asked.refresh_from_db()
    assert asked.due_kind == "acknowledge"


@pytest.mark.django_db(transaction=True)
def test_3_an_automatic_text_does_not_stop_what_came_in_hours_on_christmas_eve() -> None:
    with transaction.atomic():
        cast = casts.build()
    says(since="2026-12-01 09:00", acknowledge__automatic_in_hours=True)
    asked = writes(cast, "Water comes through the ceiling", when="2026-12-24 16:00")

    (delivery,) = leaves(after=london("2026-12-24 16:00"))

    assert (delivery.state, delivery.automatic) == ("sent", True)
    assert clock(asked).state == "running"
    assert clock(asked).due_at == london("2026-12-24 20:00")


def test_5_a_notice_of_defamation_skips_four_closed_days(cast: Cast) -> None:
    asked = writes(cast, "The caretaker is a thief", when="2026-12-24 14:00")

    notice = begins(cast, asked, "statute.libel_notice", aware=london("2026-12-24 15:00"))

    assert notice.due_at == london("2026-12-30 15:00")


def test_6_a_request_for_data_on_the_last_of_january_is_due_on_the_first_of_march(
    cast: Cast,
) -> None:
    asked = writes(cast, "Send me everything you hold on me", when="2027-01-31 12:00")

    request = begins(cast, asked, "statute.subject_access", aware=london("2027-01-31 12:00"))

    assert f"{request.due_at:%Y-%m-%d %H:%M}" == "2027-03-01 23:59"


def test_7_a_complaint_on_christmas_eve_counts_working_days_from_the_day_after(
    cast: Cast,
) -> None:
    asked = writes(cast, "I want to complain", when="2026-12-24 11:00")

    acknowledge = begins(
        cast, asked, "statute.complaint_acknowledge", aware=london("2026-12-24 11:00")
    )
    assert f"{acknowledge.due_at:%Y-%m-%d}" == "2027-01-05"
    done = statutory.met(viewer=cast.priya, clock=acknowledge, now=london("2027-01-05 10:00"))
    answer = begins(cast, asked, "statute.complaint_answer", aware=london("2027-01-05 10:00"))

    assert done.state == "stopped"
    assert f"{answer.due_at:%Y-%m-%d}" == "2027-01-19"
    # The promise of an answer still runs beside them.
    assert clock(asked).due_at == london("2026-12-24 15:00")


def test_9_what_came_before_noon_keeps_the_promise_of_before_noon(cast: Cast) -> None:
    says(since="2026-11-24 12:00", acknowledge__in_hours="PT2H")

    before = writes(cast, "Before", when="2026-11-24 11:59", name="Dawn")
    late = make.conversation(
        cast.red_kite_site,
        "Before, but slow to reach us",
        name="Iris",
        at=london("2026-11-24 11:59"),
        reaches_us=london("2026-11-24 12:30"),
    )
    after = writes(cast, "After", when="2026-11-24 12:00", name="Gareth")

    assert clock(before).due_at == london("2026-11-24 15:59")
    assert clock(late).due_at == london("2026-11-24 15:59")
    assert clock(after).due_at == london("2026-11-24 14:00")
    assert [clock(one).policy.number for one in (before, late, after)] == ["1", "1", "2"]


def test_9_a_later_post_does_not_bring_the_new_promise_with_it(cast: Cast) -> None:
    first = writes(cast, "Before", when="2026-11-24 11:59", thread="t-1")
    says(since="2026-11-24 12:00", acknowledge__in_hours="PT2H")

    writes(cast, "Anybody there?", when="2026-11-24 12:10", thread="t-1")

    assert Clock.objects.filter(conversation=first, kind="acknowledge").count() == 1
    assert clock(first).due_at == london("2026-11-24 15:59")


def test_10_in_the_night_the_clocks_go_back_twelve_hours_are_twelve_hours(cast: Cast) -> None:
    asked = writes(cast, "Noise again", when="2026-10-24 22:00")

    due = clock(asked).due_at
    assert due - london("2026-10-24 22:00") == 12 * HOUR
    assert due == london("2026-10-25 09:00")


def test_10_and_when_they_go_forward_too(cast: Cast) -> None:
    asked = writes(cast, "Noise again", when="2027-03-27 22:00")

    assert clock(asked).due_at == london("2027-03-28 11:00")


def test_11_a_late_connector_shortens_our_time_and_shows(cast: Cast) -> None:
    asked = make.conversation(
        cast.red_kite_site,
        "Is anybody coming?",
        at=london("2026-11-24 09:00"),
        reaches_us=london("2026-11-24 12:50"),
    )

    assert clock(asked).due_at == london("2026-11-24 13:00")
    with at(london("2026-11-24 12:51")):
        page = signed_in(cast.sam).get(f"/c/{asked.pk}/").content.decode()
    assert "reached us 12:50, 3 h 50 later" in page
    assert "9 min left" in page


def test_11_what_reaches_us_after_its_due_time_is_a_breach_and_not_hidden(cast: Cast) -> None:
    asked = make.conversation(
        cast.red_kite_site,
        "Is anybody coming?",
        at=london("2026-11-24 09:00"),
        reaches_us=london("2026-11-24 13:30"),
    )

    sweep.run(now=london("2026-11-24 13:31"))

    verbs = [entry.verb for entry in audit.trail("conversation", asked.pk, limit=20)]
    assert "clock:step:breached" in verbs


# --- A clock of a later room -----------------------------------------------------------------


def test_a_later_room_hangs_a_clock_on_a_conversation_without_a_table(cast: Cast) -> None:
    asked = writes(cast, "My address is on your page!", when="2026-11-27 20:00")

    breach = begins(cast, asked, "statute.breach_notice", aware=london("2026-11-27 20:30"))
    second = begins(
        cast, asked, "statute.breach_notice", aware=london("2026-11-28 08:00"), reference="2"
    )

    assert breach.due_at == london("2026-11-30 20:30")
    assert second.due_at == london("2026-12-01 08:00")
    assert breach.enquiry is None
    sweep.run(now=london("2026-11-29 08:30"))
    assert {step.percent for step in breach.steps.all()} == {50}
    sweep.run(now=london("2026-11-30 20:31"))
    assert {step.percent for step in breach.steps.all()} == {50, 75, 90, 100}
    assert [one for one in told(cast.noor) if "“Tell the regulator of the breach”" in one]
    statutory.met(viewer=cast.priya, clock=second, now=london("2026-11-30 21:00"))
    second.refresh_from_db()
    with pytest.raises(TransitionRefusedError):
        statutory.met(viewer=cast.priya, clock=second, now=london("2026-11-30 22:00"))


def test_a_kind_is_registered_once_and_never_changes_its_meaning(cast: Cast) -> None:
    named = kinds.kind("statute.hazard")
    kinds.register(named)

    with pytest.raises(ValueError, match="another clock"):
        kinds.register(
            Kind(key="statute.hazard", word="", duty="Other", starts="-", stops=Stops.HAND)
        )
    with pytest.raises(kinds.UnknownKind, match="register its kind first"):
        begins(cast, writes(cast, "x", when="2026-11-24 11:00"), "no.such", aware=make.NOW)
    with pytest.raises(kinds.UnknownKind, match="a promise of ours"):
        begins(cast, writes(cast, "y", when="2026-11-24 11:01"), "resolve", aware=make.NOW)


def test_the_page_lists_every_clock_and_explains_the_most_urgent(cast: Cast) -> None:
    asked = writes(cast, "No heating since last night", when="2026-11-24 11:00")
    begins(cast, asked, "statute.hazard", aware=london("2026-11-24 11:00"))

    with at(london("2026-11-24 11:10")):
        client: Client = signed_in(cast.sam)
        page = client.get(f"/c/{asked.pk}/").content.decode()

    assert "Every clock" in page
    for duty in ("Acknowledge or reply", "Resolve, or agree a date", "Make the home safe"):
        assert f"<b>{duty}</b>" in page
    assert "Step by step" in page
    assert "received in opening hours: every hour counts" in page
    assert "Working: 15:00" in page
    assert "Handover: 15:00" in page
