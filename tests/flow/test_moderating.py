"""Acts on what residents wrote: with a reason and evidence, once, and never at the clock's cost."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from glede.desk.alerts import queries as alerts
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message
from glede.desk.moderation import queries
from glede.desk.moderation.models import Deed
from glede.desk.moderation.rules import ActRefusedError, Reason
from glede.desk.outbox.rules import TooLate
from glede.flow import moderating
from glede.flow.moderating import Asked
from glede.kit import clock, store
from glede.platforms.contract import (
    Act,
    Gone,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import SYSTEM, Verb
from glede.rulebook.brands import actions as brands
from glede.rulebook.people.rules import Role, Viewer
from tests.flow.conftest import LONG_AGO, Desk, all_jobs_are_lost, joins

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HIDE = Asked(Act.HIDE, Reason.ABUSIVE)


@pytest.fixture
def asked(able: Desk) -> Conversation:
    return able.is_asked("You are all idiots", at=clock.now() - HOUR, id="c-1")


def message() -> Message:
    return Message.objects.get(native_id="c-1")


def queued(viewer: Viewer, what: Asked = HIDE) -> Deed:
    deed_id = moderating.ask(viewer=viewer, message_id=message().pk, asked=what, now=clock.now())
    Deed.objects.filter(pk=deed_id).update(release_at=clock.now(), next_try_at=clock.now())
    return Deed.objects.get(pk=deed_id)


def run(deed: Deed) -> Deed:
    Deed.objects.filter(pk=deed.pk, next_try_at__isnull=False).update(next_try_at=clock.now())
    moderating.run(deed_id=deed.pk)
    deed.refresh_from_db()
    return deed


def block(desk: Desk, *, days: int = 7) -> Deed:
    ends_at = clock.now() + timedelta(days=days)
    return run(queued(desk.lead, Asked(Act.BLOCK, Reason.THREATENING, ends_at=ends_at)))


def test_hiding_reaches_the_platform_and_the_clock_runs_on(able: Desk, asked: Conversation) -> None:
    deed = run(queued(able.sam))

    assert deed.state == "sent"
    (act,) = able.town.network.acts
    assert (act.act, act.native_id, act.root) == (Act.HIDE, "c-1", "t-1")
    assert message().hidden_at is not None
    assert not message().moderated_there
    assert Clock.objects.get(kind="acknowledge").state == "running"
    done = Entry.objects.get(verb=Verb.MODERATION_DONE)
    assert (done.actor_name, done.clause, done.details["reason"]) == ("Sam", "6.8", "abusive")


def test_evidence_is_kept_before_anything_happens_and_its_name_is_its_digest(
    able: Desk, asked: Conversation
) -> None:
    able.hears(
        able.town.written("c-1", "You are all fools", at=clock.now(), type="edited", revision="2"),
        now=clock.now(),
    )
    deed = queued(able.sam, Asked(Act.HIDE, Reason.ABUSIVE, "Swears at a colleague by name"))

    assert not able.town.network.acts
    kept = store.read(deed.evidence.digest)
    assert hashlib.sha256(kept).hexdigest() == deed.evidence.digest
    facts = json.loads(kept)
    assert [one["text"] for one in facts["message"]["versions"]] == [
        "You are all idiots",
        "You are all fools",
    ]
    assert facts["author"]["native_id"] == "dawn"
    assert facts["deed"] == {
        "act": "hide",
        "by": "Sam",
        "by_id": str(able.sam.id),
        "clause": "6.8",
        "policy_version": deed.policy_version,
        "reason": "abusive",
        "words": "Swears at a colleague by name",
    }
    again = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == kept


def test_an_act_can_be_taken_back_within_its_undo_time_and_not_after(
    able: Desk, asked: Conversation
) -> None:
    first = moderating.ask(viewer=able.sam, message_id=message().pk, asked=HIDE, now=clock.now())
    moderating.run(deed_id=first)
    assert not able.town.network.acts
    moderating.take_back(viewer=able.sam, deed_id=first, now=clock.now())
    Deed.objects.update(next_try_at=clock.now())
    moderating.run(deed_id=first)
    assert not able.town.network.acts

    deed = run(queued(able.sam))
    with pytest.raises(TooLate, match="act that reverses it"):
        moderating.take_back(viewer=able.sam, deed_id=deed.pk, now=clock.now())


def test_what_was_hidden_is_shown_again(able: Desk, asked: Conversation) -> None:
    run(queued(able.sam))
    run(queued(able.sam, Asked(Act.UNHIDE, Reason.OTHER, "Hidden by mistake")))

    assert message().hidden_at is None
    assert [one.act for one in able.town.network.acts] == [Act.HIDE, Act.UNHIDE]


def test_a_deletion_of_ours_stands_apart_from_one_by_its_author(
    able: Desk, asked: Conversation
) -> None:
    run(queued(able.lead, Asked(Act.DELETE, Reason.LIBEL, sure=True)))
    able.hears(able.town.deleted("c-1", at=clock.now()), now=clock.now())

    assert message().removed_at is not None
    assert message().deleted_at is None
    # Clause 6.8: the question is still answered, so it still waits.
    assert asked.enquiries.get().closed_at is None
    assert Clock.objects.get(kind="acknowledge").state == "running"


def test_a_deletion_that_cannot_be_taken_back_asks_first(able: Desk, asked: Conversation) -> None:
    with pytest.raises(ActRefusedError, match="cannot be taken back"):
        queued(able.lead, Asked(Act.DELETE, Reason.LIBEL))
    assert not Deed.objects.exists()


@pytest.mark.parametrize(
    ("role", "act", "may"),
    [
        (Role.ADVISOR, Act.HIDE, True),
        (Role.ADVISOR, Act.REPORT, True),
        (Role.ADVISOR, Act.DELETE, False),
        (Role.ADVISOR, Act.BLOCK, False),
        (Role.LEAD, Act.DELETE, True),
        (Role.OWNER, Act.BLOCK, True),
        (Role.READER, Act.HIDE, False),
        (Role.BRAND_MANAGER, Act.HIDE, False),
        (Role.ADMINISTRATOR, Act.DELETE, False),
    ],
)
def test_who_may_do_what(able: Desk, asked: Conversation, role: Role, act: Act, may: bool) -> None:
    viewer = joins("Robin", role, None)
    what = Asked(act, Reason.ABUSIVE, ends_at=clock.now() + DAY, sure=True)

    if may:
        assert queued(viewer, what).act == act
    else:
        with pytest.raises(ActRefusedError, match="do not include that"):
            queued(viewer, what)


def test_a_role_for_another_brand_does_not_count(able: Desk, asked: Conversation) -> None:
    with transaction.atomic():
        other = brands.create(
            slug="pennvale", name="Pennvale", code="PV", actor=SYSTEM, now=LONG_AGO
        )
    elsewhere = joins("Robin", Role.LEAD, other)

    with pytest.raises(ActRefusedError, match="do not include that"):
        queued(elsewhere)


def test_what_the_platform_does_not_offer_is_refused_with_words(desk: Desk) -> None:
    desk.is_asked(at=clock.now(), id="c-1")

    with pytest.raises(ActRefusedError, match="Pretend does not let us do that"):
        queued(desk.sam)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (Asked(Act.UNHIDE, Reason.ABUSIVE), "not hidden"),
        (Asked(Act.HIDE, Reason.OTHER, "  "), "few words"),
        (Asked(Act.UNBLOCK, Reason.ABUSIVE), "not blocked"),
        (Asked(Act.BLOCK, Reason.ABUSIVE), "nobody is shut out for good"),
        (Asked(Act.BLOCK, Reason.ABUSIVE, ends_at=clock.now() - DAY), "in the future"),
        (Asked(Act.BLOCK, Reason.ABUSIVE, ends_at=clock.now() + 400 * DAY), "183 days at most"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused_with_words(
    able: Desk, asked: Conversation, what: Asked, says: str
) -> None:
    with pytest.raises(ActRefusedError, match=says):
        queued(able.lead, what)
    assert not Deed.objects.exists()


def test_the_same_act_twice_is_refused_while_the_first_is_on_its_way(
    able: Desk, asked: Conversation
) -> None:
    queued(able.sam)

    with pytest.raises(ActRefusedError, match="on its way already"):
        queued(able.lead)


# --- Whatever the platform does ----------------------------------------------------------------


def test_running_an_act_twice_does_it_once(able: Desk, asked: Conversation) -> None:
    deed = queued(able.sam)
    run(deed)
    run(deed)

    assert len(able.town.network.acts) == 1


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (TryAgain("Too many calls."), "retry", "Too many calls."),
        (Reconnect("The token was revoked."), "retry", "The token was revoked."),
        (Refused("Not your comment."), "failed", "Not your comment."),
        (Gone("No such comment."), "failed", "No such comment."),
        (OutcomeUnknown("No answer."), "unknown", "No answer."),
    ],
)
def test_each_answer_of_the_platform_has_its_outcome(
    able: Desk, asked: Conversation, error: PlatformError, state: str, says: str
) -> None:
    able.town.network.fail_with = [error]
    deed = run(queued(able.sam))

    assert (deed.state, deed.why) == (state, says)
    assert message().hidden_at is None


def test_a_dead_token_lapses_the_account_and_the_act_waits(able: Desk, asked: Conversation) -> None:
    able.town.network.fail_with = [Reconnect("The token was revoked.")]
    deed = run(queued(able.sam))
    assert Account.objects.get(pk=able.account_id).state == "lapsed"
    run(deed)
    assert not able.town.network.acts

    Account.objects.update(state="connected")
    assert run(deed).state == "sent"


def test_whoever_asked_is_told_when_it_was_not_done(able: Desk, asked: Conversation) -> None:
    able.town.network.fail_with = [Refused("Not your comment.")]
    deed = run(queued(able.sam))

    (told,) = alerts.latest(able.sam.id)
    assert "was not done: Not your comment." in told.says
    moderating.try_again(viewer=able.sam, deed_id=deed.pk, now=clock.now())
    assert run(deed).state == "sent"


def test_deleting_what_is_gone_already_is_done(able: Desk, asked: Conversation) -> None:
    able.town.network.fail_with = [Gone("No such comment.")]
    deed = run(queued(able.lead, Asked(Act.DELETE, Reason.SPAM, sure=True)))

    assert deed.state == "sent"


def lose_the_answer() -> None:
    raise OutcomeUnknown("No answer came.")


def test_an_unknown_outcome_is_looked_up_on_the_item_itself(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.after = lose_the_answer
    deed = run(queued(able.sam))
    assert deed.state == "unknown"
    able.town.network.after = None
    able.town.network.items["c-1"] = able.town.written(
        "c-1", "You are all idiots", at=clock.now(), hidden=True
    )
    run(deed)

    assert deed.state == "sent"
    assert len(able.town.network.acts) == 1


def test_what_was_looked_up_and_not_done_is_tried_again(able: Desk, asked: Conversation) -> None:
    able.town.network.fail_with = [OutcomeUnknown("The line broke.")]
    deed = run(queued(able.sam))
    able.town.network.items["c-1"] = able.town.written("c-1", "You are", at=clock.now())
    assert run(deed).state == "retry"
    assert run(deed).state == "sent"
    assert len(able.town.network.acts) == 1


def test_a_report_that_may_have_arrived_is_left_to_a_person(
    able: Desk, asked: Conversation
) -> None:
    able.town.network.after = lose_the_answer
    deed = run(queued(able.sam, Asked(Act.REPORT, Reason.SPAM, sure=True)))
    run(deed)

    assert deed.state == "failed"
    assert "Look there before you try again" in deed.why
    assert len(able.town.network.acts) == 1


def test_a_worker_that_dies_in_the_middle_loses_and_doubles_nothing(
    able: Desk, asked: Conversation
) -> None:
    class Killed(BaseException):
        pass

    def dies() -> None:
        raise Killed

    able.town.network.after = dies
    deed = queued(able.sam)
    with pytest.raises(Killed):
        run(deed)
    able.town.network.after = None
    deed.refresh_from_db()
    assert deed.state == "sending"

    later = clock.now() + timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS + 1)
    assert moderating.lost(now=later) == 1
    able.town.network.items["c-1"] = able.town.written(
        "c-1", "You are all idiots", at=clock.now(), hidden=True
    )
    assert run(deed).state == "sent"
    assert len(able.town.network.acts) == 1


def test_an_act_whose_job_was_lost_gets_a_new_one(able: Desk, asked: Conversation) -> None:
    queued(able.sam)
    later = clock.now() + timedelta(minutes=1)
    assert moderating.lost(now=later) == 0, "it waits for its turn"
    all_jobs_are_lost()

    assert moderating.lost(now=later) == 1


# --- In the platform's own app -----------------------------------------------------------------


def test_what_somebody_hid_in_the_app_is_marked_so_and_still_waits(
    able: Desk, asked: Conversation
) -> None:
    able.hears(able.town.moderated("c-1", Act.HIDE, at=clock.now()), now=clock.now())

    assert message().hidden_at is not None
    assert message().moderated_there
    assert Clock.objects.get(kind="acknowledge").state == "running"
    assert Entry.objects.filter(verb=Verb.MODERATED_THERE).count() == 1

    able.hears(able.town.moderated("c-1", Act.UNHIDE, at=clock.now()), now=clock.now())
    assert message().hidden_at is None


def test_what_somebody_removed_in_the_app_is_no_withdrawal(able: Desk, asked: Conversation) -> None:
    able.hears(able.town.moderated("c-1", Act.DELETE, at=clock.now()), now=clock.now())

    assert (message().removed_at is not None, message().deleted_at) == (True, None)
    assert asked.enquiries.get().closed_at is None


def test_a_post_held_for_review_comes_in_hidden(able: Desk) -> None:
    able.is_asked(at=clock.now(), id="c-1", hidden=True)

    assert message().hidden_at is not None
    assert message().moderated_there
    assert Clock.objects.get(kind="acknowledge").state == "running"


def test_the_platforms_own_word_confirms_an_act_that_is_underway(
    able: Desk, asked: Conversation
) -> None:
    def echo() -> None:
        able.hears(able.town.moderated("c-1", Act.HIDE, at=clock.now()), now=clock.now())
        raise OutcomeUnknown("No answer came.")

    able.town.network.after = echo
    deed = run(queued(able.sam))

    assert deed.state == "sent"
    assert not message().moderated_there


def test_an_act_on_what_we_never_had_changes_nothing(able: Desk, asked: Conversation) -> None:
    drained = able.hears(
        able.town.moderated("c-unheard", Act.HIDE, at=clock.now()), now=clock.now()
    )

    assert (drained.taken, drained.aside) == (1, 0)


# --- A block ends ------------------------------------------------------------------------------


def test_a_block_is_in_force_until_its_day_and_then_lifts_by_itself(
    able: Desk, asked: Conversation
) -> None:
    made = block(able)
    assert able.town.network.acts[0].author == "dawn"
    (shown,) = queries.blocks(able.lead)
    assert (shown.author, shown.reason, shown.ends_at) == (
        "Dawn",
        Reason.THREATENING,
        made.ends_at,
    )
    assert moderating.expire(now=clock.now()) == 0

    late = clock.now() + 8 * DAY
    assert moderating.expire(now=late) == 1
    assert moderating.expire(now=late) == 0
    lifting = Deed.objects.get(act=Act.UNBLOCK)
    assert (lifting.lifts_id, lifting.person_id) == (made.pk, None)
    moderating.run(deed_id=lifting.pk)
    Deed.objects.filter(pk=lifting.pk).update(next_try_at=clock.now())
    run(lifting)

    assert lifting.state == "sent"
    assert queries.blocks(able.lead) == ()


def test_a_block_is_lifted_before_its_day_with_a_reason(able: Desk, asked: Conversation) -> None:
    made = block(able)
    run(queued(able.lead, Asked(Act.UNBLOCK, Reason.OTHER, "They apologised")))

    made.refresh_from_db()
    assert made.lifted_at is not None
    assert moderating.expire(now=clock.now() + 8 * DAY) == 0


def test_a_block_that_cannot_be_lifted_is_told_to_the_leads(
    able: Desk, asked: Conversation
) -> None:
    block(able)
    moderating.expire(now=clock.now() + 8 * DAY)
    able.town.network.fail_with = [Refused("Lift it in the app.")]
    run(Deed.objects.get(act=Act.UNBLOCK))

    (told,) = alerts.latest(able.lead.id)
    assert "Lift it in the app." in told.says
    assert len(queries.blocks(able.lead)) == 1


def test_blocks_of_a_brand_are_shown_to_those_who_work_for_it(
    able: Desk, asked: Conversation
) -> None:
    block(able)

    assert len(queries.blocks(able.meena)) == 1
    assert queries.blocks(joins("Robin", Role.READER, None)) == ()
