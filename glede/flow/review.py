"""The version in force is looked at again: begun, decided, confirmed (policy heading: review)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from glede.flow import notices
from glede.kit.words import say
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import actions_review as reviews
from glede.rulebook.policy import life, queries_life, redrafting
from glede.rulebook.policy.reviewing import Decision


def start(*, viewer: Viewer, interim: bool, because: str, now: datetime) -> int:
    """Begin to look at the version in force."""
    with transaction.atomic():
        version = queries_life.in_force(at=now)
        if version is None:
            raise policy.PolicyRefusedError(
                say("No policy is in force: there is nothing to review.")
            )
        return reviews.start(
            version_id=version.pk, interim=interim, because=because, actor=viewer.actor, now=now
        )


def keep(*, viewer: Viewer, review_id: int, checked: dict[str, str], now: datetime) -> None:
    with transaction.atomic():
        reviews.keep(review_id=review_id, checked=checked, actor=viewer.actor, now=now)


def change(
    *, viewer: Viewer, review_id: int, checked: dict[str, str], reasons: str, now: datetime
) -> str:
    """The review ends in a change: the next version begins as a draft of the same text, with what
    should be looked at found anew. Returns its number."""
    with transaction.atomic():
        who = viewer.actor
        reviews.keep(review_id=review_id, checked=checked, actor=who, now=now)
        review = queries_life.review(review_id)
        if review is None:
            raise policy.PolicyRefusedError(say("That review is gone."))
        number = life.next_number(queries_life.numbers())
        document = redrafting.again(
            queries_life.document(review.version_id),
            number=number,
            today=queries_life.today(now),
        )
        reviews.decide(
            review_id=review_id,
            decision=Decision.CHANGE,
            reasons=reasons,
            led_to=number,
            actor=who,
            now=now,
        )
        policy.draft(document=document, actor=who, now=now)
        return number


def no_change(
    *,
    viewer: Viewer,
    review_id: int,
    checked: dict[str, str],
    reasons: str,
    next_due_on: date | None,
    now: datetime,
) -> None:
    """The review finds that nothing changes; whoever may confirm that is asked to."""
    with transaction.atomic():
        who = viewer.actor
        reviews.keep(review_id=review_id, checked=checked, actor=who, now=now)
        reviews.decide(
            review_id=review_id,
            decision=Decision.NO_CHANGE,
            reasons=reasons,
            next_due_on=next_due_on,
            actor=who,
            now=now,
        )
        notices.tell(
            people=_approvers(but={viewer.id}, now=now),
            key=f"review:{review_id}:decided:{now:%Y%m%d%H%M%S}",
            says="A review of the policy found that nothing changes: a second person confirms it.",
            href="/policy/review/",
            now=now,
        )


def confirm(*, viewer: Viewer, review_id: int, now: datetime) -> None:
    with transaction.atomic():
        reviews.confirm(review_id=review_id, actor=viewer.actor, now=now)


def reopen(*, viewer: Viewer, review_id: int, now: datetime) -> None:
    with transaction.atomic():
        reviews.reopen(review_id=review_id, actor=viewer.actor, now=now)


def _approvers(*, but: Iterable[int], now: datetime) -> list[int]:
    able = people.who_may(Permission.APPROVE_POLICY, brand_id=None, now=now)
    return [viewer.id for viewer in able if viewer.id not in set(but)]
