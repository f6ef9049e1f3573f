"""Everything of the policy that has a date: reviews, registers, drafts, readings, offices.

Reminders go to the reviewer and the owner, whoever acts for those offices now; a review that stays
overdue goes to the office above. Each of them once: a row that can be inserted once decides
(policy heading, next review; clauses 1.1, 4.1 and 8).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.dateparse import parse_duration

from glede.flow import notices
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.guidance import queries as guidance
from glede.rulebook.offices import queries as offices
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Role
from glede.rulebook.policy import actions_review as reviews
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.models import Version
from glede.rulebook.policy.reviewing import Standing, Step, steps

_REVIEW, _REGISTERS, _READ = "/policy/review/", "/policy/registers/", "/policy/read/"


def run(*, now: datetime) -> int:
    """Look at everything with a date; returns how many reminders went out."""
    version = queries_life.in_force(at=now)
    if version is None:
        return 0
    today = queries_life.today(now)
    return (
        _review(version, today, now)
        + _registers(version, today, now)
        + _waiting(version, now)
        + _readers(version, now)
        + _vacant(version, today, now)
    )


def _review(version: Version, today: date, now: datetime) -> int:
    standing = queries_life.standing(version, on=today)
    if standing.due_on is None:
        return 0
    sent = 0
    for step in steps(standing.due_on, today, queries_life.cycle(at=now)):
        with transaction.atomic():
            if not reviews.remind(
                subject=f"review of {version.pk}",
                due_on=standing.due_on,
                step=step.key,
                actor=SYSTEM,
                now=now,
            ):
                continue
            told = _above(now) if step.escalates else _responsible(version, now)
            notices.tell(
                people=told,
                key=f"review:{version.pk}:{standing.due_on}:{step.key}",
                says=_says(version, standing, step),
                href=_REVIEW,
                now=now,
            )
            sent += 1
    return sent


def _says(version: Version, standing: Standing, step: Step) -> str:
    name = f"{version.title} v{version.number}"
    if standing.is_overdue:
        since = f"{standing.due_on:%-d %B %Y}"
        told = " It is told to you because nobody has finished it." if step.escalates else ""
        return f"The review of {name} is overdue since {since}.{told}"
    days = standing.days
    when = "today" if not days else f"in {days} day{'s' if days != 1 else ''}"
    return f"{name} must be reviewed {when}, by {standing.due_on:%-d %B %Y}."


def _registers(version: Version, today: date, now: datetime) -> int:
    documents, laws = queries_life.overdue_entries(on=today)
    overdue = [
        (f"related {row.pk}", row.review_due_on or row.checked_on or today, row.title)
        for row in documents
    ] + [(f"law {row.pk}", row.check_due_on or today, row.written) for row in laws]
    sent = 0
    for subject, due_on, name in overdue:
        with transaction.atomic():
            if reviews.remind(subject=subject, due_on=due_on, step="due", actor=SYSTEM, now=now):
                notices.tell(
                    people=_responsible(version, now),
                    key=f"register:{subject}:{due_on}",
                    says=f"“{name}”, which the policy relies on, has to be looked at.",
                    href=_REGISTERS,
                    now=now,
                )
                sent += 1
    return sent


def _waiting(version: Version, now: datetime) -> int:
    """Versions nobody decides about."""
    allowed = parse_duration(queries.rule("draft.waits_at_most", at=now).value)
    if allowed is None:
        return 0
    sent = 0
    for draft in queries_life.waiting(since=now - allowed):
        since = queries_life.today(draft.submitted_at or now)
        with transaction.atomic():
            if reviews.remind(
                subject=f"draft {draft.pk}", due_on=since, step="waits", actor=SYSTEM, now=now
            ):
                notices.tell(
                    people=_responsible(version, now),
                    key=f"draft:{draft.pk}:{since}",
                    says=f"Version {draft.number} of the policy has been in review since"
                    f" {since:%-d %B %Y}: a decision is wanted.",
                    href=f"/policy/versions/{draft.number}/",
                    now=now,
                )
                sent += 1
    return sent


def _readers(version: Version, now: datetime) -> int:
    """Whoever has not confirmed in time is told, and so are those who answer for the policy."""
    late = [one for one in guidance.staff(version=version, now=now) if one.is_late]
    sent = 0
    for one in late:
        with transaction.atomic():
            sent += notices.tell(
                people=[one.person.pk],
                key=f"read:{version.pk}:{one.reading.turn}",
                says=f"Please read {version.title} v{version.number} and confirm that you have.",
                href=_READ,
                now=now,
            )
    if late and sent:
        with transaction.atomic():
            notices.tell(
                people=_owners(version, now),
                key=f"unread:{version.pk}:{queries_life.today(now)}",
                says=f"{len(late)} of the staff have not confirmed in time that they read"
                f" {version.title} v{version.number}.",
                href="/policy/read/staff/",
                now=now,
            )
    return sent


def _vacant(version: Version, today: date, now: datetime) -> int:
    """A named office that nobody holds: told once each time it falls vacant."""
    sent = 0
    for office in dict.fromkeys(filter(None, (version.reviewer_office, version.owner_office))):
        if not offices.acting(office, on=today).vacant:
            continue
        since = offices.vacant_since(office, on=today)
        with transaction.atomic():
            sent += notices.tell(
                people=_owners(version, now),
                key=f"vacant:{office.casefold()}:{since or 'never held'}",
                says=f"Nobody holds the office {office}, which the policy relies on.",
                href="/policy/offices/",
                now=now,
            )
    return sent


# --- Who is meant --------------------------------------------------------------------------------


def _responsible(version: Version, now: datetime) -> list[int]:
    """Whoever acts for the reviewer and for the owner: a vacant post falls to the owner, then to
    the office above."""
    today, above = queries_life.today(now), queries_life.escalates_to(at=now)
    found: list[int] = []
    for office in (version.reviewer_office, version.owner_office):
        if office:
            then = [version.owner_office, above]
            found += offices.acting(office, on=today, then=then).people
    return list(dict.fromkeys(found)) or _by_role(Role.OWNER, now)


def _owners(version: Version, now: datetime) -> list[int]:
    today, above = queries_life.today(now), queries_life.escalates_to(at=now)
    acting = offices.acting(version.owner_office or above, on=today, then=[above])
    return list(acting.people) or _by_role(Role.OWNER, now)


def _above(now: datetime) -> list[int]:
    today, above = queries_life.today(now), queries_life.escalates_to(at=now)
    acting = offices.acting(above, on=today)
    return list(acting.people) or _by_role(Role.DEPUTY_CHIEF_EXECUTIVE, now)


def _by_role(role: Role, now: datetime) -> list[int]:
    """Where no office was set up, whoever has the role."""
    able = people.who_may(Permission.READ_POLICY, brand_id=None, now=now)
    return [viewer.id for viewer in able if any(grant.role is role for grant in viewer.grants)]
