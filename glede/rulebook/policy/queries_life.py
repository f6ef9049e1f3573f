"""Where each version stands in its life, how two differ, and when the policy is looked at again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.dateparse import parse_duration

from glede.rulebook.policy import diff as comparing
from glede.rulebook.policy import life, queries, registers
from glede.rulebook.policy.diff import Difference, RuleState
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.life import Life, State
from glede.rulebook.policy.models import Approval, Related, Reliance, Review, Version
from glede.rulebook.policy.reviewing import Cycle, Decision, Standing
from glede.rulebook.policy.rules import ClauseText, Document, NoRule, RuleText, Status


@dataclass(frozen=True, slots=True)
class Lived:
    """A version and its state at the instant asked about."""

    version: Version
    state: State


def today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


# --- Versions --------------------------------------------------------------------------------


def by_number(number: str) -> Version | None:
    return Version.objects.filter(number=number).first()


def by_id(version_id: int) -> Version | None:
    return Version.objects.filter(pk=version_id).first()


def numbers() -> list[str]:
    return list(Version.objects.values_list("number", flat=True))


def lived(*, at: datetime) -> list[Lived]:
    """Every version with its state, what is still to come first."""
    versions = queries.versions()
    lives = [_life(version) for version in versions]
    return [
        Lived(version, life.state(one, among=lives, at=at))
        for version, one in zip(versions, lives, strict=True)
    ]


def state(version: Version, *, at: datetime) -> State:
    lives = [_life(one) for one in Version.objects.all()]
    return life.state(_life(version), among=lives, at=at)


def in_force(*, at: datetime) -> Version | None:
    try:
        return queries.version_at(at)
    except NoRule:
        return None


def approval(version_id: int) -> Approval | None:
    found = Approval.objects.filter(version_id=version_id)
    return found.select_related("recorded_by", "confirmed_by").first()


def waiting(*, since: datetime) -> list[Version]:
    """Versions in review that were sent there before `since`."""
    return list(Version.objects.filter(approved_at=None, submitted_at__lte=since))


def _life(version: Version) -> Life:
    return Life(
        id=version.pk,
        submitted=version.submitted_at is not None,
        approved=version.approved_at is not None,
        effective_at=version.effective_at,
    )


def document(version_id: int) -> Document:
    """A stored version as the document it came from."""
    version = Version.objects.get(pk=version_id)
    return Document(
        number=version.number,
        title=version.title,
        clauses=tuple(_clause_texts(version_id)),
        rules=tuple(
            RuleText(row.key, row.value, Status(row.status), row.clause, row.quote)
            for row in queries.rules_of(version_id)
        ),
        review_due_on=version.review_due_on,
        source_hash=version.source_hash,
        organisation=version.organisation,
        approved_by=version.written_approver,
        owner=version.owner_office,
        reviewer=version.reviewer_office,
        approved_on=_dated(version.written_approved_on, version.approved_on),
        effective_on=_dated(version.written_effective_on, version.effective_on),
        next_review=_dated(version.written_next_review, version.next_review_on),
        review_period_months=version.review_period_months,
        outline=version.outline,
    )


def _dated(written: str, on: date | None) -> Dated | None:
    return Dated(written, on) if written or on else None


def _clause_texts(version_id: int) -> Iterable[ClauseText]:
    for row in queries.clauses(version_id):
        yield ClauseText(row.number, row.text, row.section, row.heading)


def diff(before_id: int, after_id: int) -> Difference:
    """What the second version says otherwise than the first, by clause and by rule."""
    return comparing.compare(
        list(_clause_texts(before_id)),
        list(_clause_texts(after_id)),
        _rule_states(before_id),
        _rule_states(after_id),
    )


def _rule_states(version_id: int) -> dict[str, RuleState]:
    return {
        row.key: RuleState(row.value, row.clause, row.status)
        for row in queries.rules_of(version_id)
    }


# --- The review cycle --------------------------------------------------------------------------


def standing(version: Version, *, on: date) -> Standing:
    """When it is due, and how late that is: the last confirmed review's day, else its own."""
    confirmed = (
        Review.objects.filter(
            version=version,
            closed_at__isnull=False,
            decision=Decision.NO_CHANGE.value,
            next_due_on__isnull=False,
        )
        .order_by("-closed_at")
        .values_list("next_due_on", flat=True)
        .first()
    )
    return Standing(confirmed or version.review_due_on, on)


def cycle(*, at: datetime) -> Cycle:
    """The numbers of the review cycle, in days, as the policy in force at `at` has them."""
    book = queries.rulebook_at(at)
    return Cycle(
        before=tuple(_days(value) for value in book.rule("review.remind_before").value),
        again_every=_days(book.rule("review.remind_every").value),
        escalates_after=_days(book.rule("review.escalates_after").value),
    )


def _days(duration: str) -> int:
    found = parse_duration(duration)
    return max(1, found.days) if found else 1


def escalates_to(*, at: datetime) -> str:
    return str(queries.rule("review.escalates_to", at=at).value)


def open_review(version_id: int) -> Review | None:
    found = Review.objects.filter(version_id=version_id, closed_at=None)
    return found.select_related("started_by", "decided_by").first()


def review(review_id: int) -> Review | None:
    return Review.objects.filter(pk=review_id).first()


def reviews(*, limit: int = 50) -> list[Review]:
    """Finished reviews, the newest first."""
    found = Review.objects.filter(closed_at__isnull=False).order_by("-closed_at")
    people = ("version", "started_by", "decided_by", "confirmed_by")
    return list(found.select_related(*people)[:limit])


# --- The registers -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A related document with what is amiss and which clauses name it."""

    row: Related
    amiss: tuple[str, ...]
    clauses: tuple[str, ...]


def related(*, on: date, version_id: int | None) -> list[Entry]:
    texts = [(row.number, row.text) for row in queries.clauses(version_id)] if version_id else []
    return [
        Entry(
            row,
            registers.amiss(
                location=row.location,
                found=row.found,
                owner=row.owner,
                review_due_on=row.review_due_on,
                today=on,
            ),
            tuple(dict.fromkeys([*registers.using(row.title, texts), *row.clauses])),
        )
        for row in Related.objects.select_related("checked_by")
    ]


def related_by_id(related_id: int) -> Related | None:
    return Related.objects.filter(pk=related_id).first()


def laws() -> list[Reliance]:
    return list(Reliance.objects.select_related("checked_by"))


def law_by_id(law_id: int) -> Reliance | None:
    return Reliance.objects.filter(pk=law_id).first()


def overdue_entries(*, on: date) -> tuple[list[Related], list[Reliance]]:
    """Documents whose own review is past, or that were not found; law whose check is due."""
    documents = Related.objects.filter(Q(review_due_on__lt=on) | Q(found=False))
    return list(documents), list(Reliance.objects.filter(check_due_on__lte=on))
