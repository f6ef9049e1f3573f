"""A desk whose policy is years overdue: its offices, its next version and who is asked to read."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from glede.flow import approving
from glede.flow import review as reviewing
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind
from glede.rulebook.offices import actions as offices
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import actions_registers as registers
from glede.rulebook.policy import queries
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.rules import ClauseText, Document
from tests import cast
from tests.cast import Cast

OUTLINE = {
    "laws": ["Data Protection Act 1998", "Guidance from the regulator"],
    "related": ["Feedback policy", "The Bar"],
    "cited": [{"name": "Incident policy", "clause": "5.5"}],
    "flags": [
        {
            "kind": "repealed_law",
            "clause": "4.1",
            "quote": "Data Protection Act 1998",
            "says": "The Data Protection Act 1998 was repealed in 2018.",
        }
    ],
    "gaps": [{"key": "deputies", "assumed": None, "question": "Who deputises for whom?"}],
}


@dataclass(frozen=True, slots=True)
class Overdue:
    cast: Cast
    old: int


def actor(viewer: Viewer) -> Actor:
    return Actor(ActorKind.PERSON, str(viewer.id), viewer.name)


def document(number: str) -> Document:
    """A policy of October 2018, due again by October 2019, in our own words."""
    return replace(
        queries.model_policy(),
        number=number,
        organisation="Kite Homes",
        owner="Head of Relationships",
        reviewer="Futurologist",
        approved_by="EMT",
        approved_on=Dated("October 2018", date(2018, 10, 1)),
        effective_on=Dated("October 2018", date(2018, 10, 1)),
        next_review=Dated("October 2019", date(2019, 10, 31)),
        review_due_on=None,
        review_period_months=12,
        outline=OUTLINE,
    )


def changed(number: str) -> Document:
    """The same policy with one clause reworded and two taken out or added."""
    base = document(number)
    clauses = [clause for clause in base.clauses if clause.number != "6.14"]
    clauses = [
        replace(clause, text=clause.text + " Write as you would speak.")
        if clause.number == "5.1"
        else clause
        for clause in clauses
    ]
    clauses.append(ClauseText("6.15", "Nobody posts for us while driving.", "What we do"))
    rules = tuple(
        replace(rule, value="working") if rule.key == "four_hour_reading" else rule
        for rule in base.rules
    )
    return replace(base, clauses=tuple(clauses), rules=rules)


def overdue(now: datetime, people: Cast | None = None) -> Overdue:
    """Version 3 in force since an hour ago, its review overdue since 31 October 2019."""
    before = now - timedelta(hours=1)
    with transaction.atomic():
        people = people or cast.build()
        old = policy.draft(document=document("3"), actor=SYSTEM, now=before)
        policy.approve(
            version_id=old,
            approved_by="Executive team",
            effective_at=before,
            actor=SYSTEM,
            now=before,
        )
        registers.take_over(version_id=old, check_every=6, actor=SYSTEM, now=before)
        above = offices.name(office="Deputy Chief Executive", actor=SYSTEM, now=before)
        owner = offices.name(
            office="Head of Relationships", falls_to=above, actor=SYSTEM, now=before
        )
        offices.name(office="Futurologist", falls_to=owner, actor=SYSTEM, now=before)
        for office, person in ((above, people.delia), (owner, people.noor)):
            offices.appoint(
                office_id=office,
                person_id=person.id,
                from_on=date(2020, 1, 1),
                actor=SYSTEM,
                now=before,
            )
    return Overdue(people, old)


def in_review(desk: Overdue, now: datetime) -> int:
    """Version 4, drafted and sent for review by Felix."""
    with transaction.atomic():
        made = policy.draft(document=changed("4"), actor=actor(desk.cast.felix), now=now)
    approving.submit(viewer=desk.cast.felix, version_id=made, now=now)
    return made


def reviewed(desk: Overdue, now: datetime) -> int:
    """A review that Felix has begun."""
    return reviewing.start(viewer=desk.cast.felix, interim=False, because="", now=now)
