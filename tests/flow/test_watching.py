"""Accounts are looked after: what is silent, blind, late, lapsed or about to end is told once."""

from datetime import datetime, timedelta

import pytest

from glede.desk.alerts.models import Alert
from glede.desk.health import queries as health
from glede.desk.health.rules import Word
from glede.desk.intake import actions as intake
from glede.desk.intake.models import Blindness, Tally
from glede.flow import inbound, outbound, poll, watching
from glede.kit import clock
from glede.platforms.contract import Reconnect
from glede.platforms.meter import Signal, Spent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import actions_spending
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def heard_every_hour(desk: Desk, *, until: datetime, events: int = 6, days: int = 14) -> None:
    """Two weeks in which so much came every hour, until then."""
    first = until.replace(minute=0, second=0, microsecond=0)
    Tally.objects.bulk_create(
        Tally(
            account_id=desk.account_id,
            way="webhook",
            hour_at=first - timedelta(hours=n),
            events=events,
            last_at=first - timedelta(hours=n - 1),
        )
        for n in range(1, days * 24)
    )
    accounts.heard(account_id=desk.account_id, now=until)


def words(desk: Desk, *, now: datetime | None = None) -> tuple[Word, ...]:
    return health.of(desk.account_id, now=now or clock.now()).words


def said() -> set[str]:
    return set(Alert.objects.values_list("says", flat=True))


def test_an_account_that_fell_silent_is_told_once_to_leads(desk: Desk) -> None:
    now = clock.now()
    heard_every_hour(desk, until=now - timedelta(minutes=50))
    assert words(desk, now=now) == (Word.WELL,)
    assert watching.run(now=now) == 0

    later = now + timedelta(minutes=40)
    assert words(desk, now=later) == (Word.SILENT,)
    assert watching.run(now=later) == 1
    assert watching.run(now=later + timedelta(minutes=5)) == 0
    alert = Alert.objects.get()
    assert alert.person_id == desk.lead.id
    assert "Nothing was heard from redkite on Pretend for 1 h 30" in alert.says
    assert alert.href == f"/channels/{desk.account_id}/"


def test_a_silence_that_lasts_does_not_become_what_is_usual(desk: Desk) -> None:
    now = clock.now()
    heard_every_hour(desk, until=now - timedelta(days=10))

    assert words(desk, now=now) == (Word.SILENT,)


def test_the_usual_rate_is_that_of_this_weekday_and_hour(desk: Desk) -> None:
    now = clock.now()
    heard_every_hour(desk, until=now, events=6)

    found = health.of(desk.account_id, now=now)
    assert found.usual_now == pytest.approx(6, abs=1e-9)
    assert found.usual.known


def test_a_blind_spell_is_told_and_what_the_list_brought_is_counted_with_its_lag(
    desk: Desk,
) -> None:
    # Heard at 10:02, and again at 10:40: two residents wrote in between.
    again = clock.now()
    begun = again - timedelta(minutes=38)
    intake.open_blindness(
        account_id=desk.account_id, from_at=begun, why="The platform is down.", now=again
    )
    assert words(desk) == (Word.BLIND,)
    assert watching.run(now=again) == 1
    assert said() == {"redkite on Pretend is not heard. The platform is down."}

    desk.town.network.events = [
        desk.town.written("c-1", "Hello?", at=begun + timedelta(minutes=8), by="dawn"),
        desk.town.written("c-2", "Anyone?", at=begun + timedelta(minutes=28), by="mo"),
    ]
    poll.account(account_id=desk.account_id)
    inbound.drain(now=clock.now())

    (spell,) = health.spells(desk.account_id)
    assert (spell.from_at, spell.brought) == (begun, 2)
    assert spell.until_at is not None
    assert spell.longest_lag is not None
    assert timedelta(minutes=30) <= spell.longest_lag < timedelta(minutes=31)
    assert words(desk) == (Word.WELL,)


def test_a_webhook_that_brings_nothing_while_polls_do_is_marked_and_unmarked(desk: Desk) -> None:
    now = clock.now()
    granting = _on_granting(desk, now)
    intake.tally(heard={(granting, "webhook"): 4}, now=now - timedelta(hours=9))
    intake.tally(heard={(granting, "poll"): 3}, now=now)

    watching.run(now=now)
    mark = Blindness.objects.get()
    assert (mark.way, mark.from_at) == ("webhook", now - timedelta(hours=9))
    assert health.of(granting, now=now).words == (Word.LATE,)
    watching.run(now=now)
    assert said() == {
        "redkitehomes on Granting is not heard by webhook; polls go on, and bring it later. No"
        " error is known; it just brings nothing."
    }

    later = now + timedelta(minutes=2)
    intake.tally(heard={(granting, "webhook"): 1}, now=later)
    watching.run(now=later)
    assert Blindness.objects.get().until_at == later


def test_polls_that_bring_nothing_prove_nothing(desk: Desk) -> None:
    now = clock.now()
    granting = _on_granting(desk, now)
    intake.tally(heard={(granting, "poll"): 2}, now=now)

    watching.run(now=now)
    assert not Blindness.objects.exists()


def test_the_end_of_a_credential_is_told_at_each_of_its_days(desk: Desk) -> None:
    now = clock.now()
    Account.objects.update(ends_at=now + timedelta(days=13))
    told = [watching.run(now=now + timedelta(days=n)) for n in (0, 1, 6, 7, 12, 12.5)]

    assert told == [1, 0, 1, 0, 1, 0]
    assert words(desk) == (Word.ENDING,)


def test_a_lapsed_account_is_told_with_its_reason_and_again_when_it_lapses_again(
    desk: Desk,
) -> None:
    for reason in ("The password was changed.", "The page left us."):
        desk.town.network.fail_with = [Reconnect(reason)]
        poll.account(account_id=desk.account_id)
        watching.run(now=clock.now())
        assert f"redkite on Pretend has to be connected again: {reason}" in said()
        accounts.connect(
            app_id=desk.app_id,
            brand_id=desk.brand_id,
            native_id=desk.town.ACCOUNT,
            handle="redkite",
            base_url="",
            credential={},
            settings={},
            actor=SYSTEM,
            now=clock.now(),
        )
        poll.account(account_id=desk.account_id)


def test_a_platform_that_does_not_call_us_is_told(desk: Desk) -> None:
    now = clock.now()
    accounts.listening(account_id=desk.account_id, again_at=now, error="It cannot reach us.")

    assert watching.run(now=now) == 1
    assert words(desk) == (Word.UNCALLED,)


def test_what_is_spent_is_shown_against_its_budget_and_by_cost(desk: Desk) -> None:
    now = clock.now()
    granting = _on_granting(desk, now)
    account = Account.objects.get(pk=granting)
    day = f"{now.astimezone(health.zone()):%Y-%m-%d}"
    pacific = f"{(now - timedelta(hours=8)):%Y-%m-%d}"
    actions_spending.keep(
        account_id=granting,
        spent=[Spent("units", pacific, 1_600, 0), Spent("calls", day, 3, 15_000)],
        signals=[Signal("app usage", 71.0, now, now + timedelta(minutes=9))],
        now=now,
    )

    (left,) = health.budgets(account, now=now)
    assert (left.spent, left.left) == (1_600, 8_400)
    assert health.costs(account, now=now).today == 15_000
    assert health.costs(account, now=now).month == 15_000
    assert [limit.name for limit in health.limits(granting)] == ["app usage"]


def test_the_oldest_unsent_answer_is_shown(desk: Desk) -> None:
    assert health.of(desk.account_id, now=clock.now()).oldest_unsent_at is None
    asked, now = desk.is_asked(at=clock.now()), clock.now()
    outbound.queue_reply(
        viewer=desk.sam,
        conversation_id=asked.pk,
        text="We are on our way.",
        seen_revision=asked.revision,
        now=now,
    )

    assert health.of(desk.account_id, now=clock.now()).oldest_unsent_at == now


def _on_granting(desk: Desk, now: datetime) -> int:
    begun = now - timedelta(days=20)
    app = accounts.register_app(
        platform="granting",
        slug="granting",
        name="Granting",
        secrets=[],
        settings={},
        actor=SYSTEM,
        now=begun,
    )
    made = accounts.connect(
        app_id=app,
        brand_id=desk.brand_id,
        native_id="page-7",
        handle="redkitehomes",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=begun,
    )
    accounts.listening(account_id=made, again_at=None)
    return made


def test_what_a_platform_brings_late_is_told_once_and_what_comes_in_time_is_not(desk: Desk) -> None:
    now = clock.now()
    late = desk.town.written("c-1", "Hello?", at=now - timedelta(minutes=12), by="dawn")
    soon = desk.town.written("c-2", "Hello!", at=now - timedelta(minutes=9), by="mo")
    desk.hears(soon, now=now)
    assert watching.run(now=now) == 0
    desk.hears(late, now=now)

    assert watching.run(now=now) == 1
    assert watching.run(now=now) == 0
    (alert,) = Alert.objects.filter(kind="channel")
    assert alert.says == (
        "One message of redkite on Pretend reached us up to 12 min after writing. The promise runs"
        " from then."
    )
    assert alert.person_id == desk.lead.id
