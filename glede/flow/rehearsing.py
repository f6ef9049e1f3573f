"""Past traffic played again before anybody approves: asked for, played in the background, kept."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from glede.desk.clocks.promising import BadRule
from glede.desk.insight import actions, facts, replay, staging
from glede.desk.insight.models import Rehearsal
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.replay import Counts, HoursFrom, Played
from glede.desk.insight.rules import Fact
from glede.kit import clock, jobs
from glede.kit.hours import HoursError
from glede.kit.words import say
from glede.rulebook.audit.rules import SYSTEM, Actor
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.queries import NoRule

log = logging.getLogger(__name__)

REHEARSE = "insight.rehearse"

#: Enquiries between two signs of life: some ten a second's work.
TOGETHER = 5_000

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see played. `hours` only where they are drafted: {"brand": id or
    None, "week": {day: [[opens, closes]]}, "closed_on_bank_holidays": bool}."""

    period: Period
    version: int | None = None
    hours_from: HoursFrom = HoursFrom.RECEIPT
    hours: dict[str, Any] | None = field(default=None)


def ask(*, wanted: Wanted, viewer: Viewer, now: datetime) -> int:
    """Keep the wish and have it played by the worker; returns its id. What can be seen to be
    impossible is refused at once: raises `NoRule`, `BadRule`, `HoursError`, `BadPeriod`."""
    with transaction.atomic():
        made = _kept(wanted, viewer.id, viewer.actor, now=now)
        jobs.defer(REHEARSE, rehearsal_id=made.pk)
        return made.pk


def play_now(*, wanted: Wanted, actor: Actor, now: datetime) -> Rehearsal:
    """The same without the worker, for the command line; returns it played."""
    with transaction.atomic():
        made = _kept(wanted, None, actor, now=now)
    play(rehearsal_id=made.pk, tells=lambda: now)
    made.refresh_from_db()
    return made


def play(*, rehearsal_id: int, tells: Clock = clock.now) -> None:
    """The job. A rehearsal that is not waiting is left alone, so that it is played once."""
    asked = Rehearsal.objects.filter(pk=rehearsal_id).first()
    if asked is None:
        return
    period = Period(asked.from_at, asked.to_at)
    found = facts.clocks_of(period, viewer=None)
    with transaction.atomic():
        rehearsal = actions.begin(rehearsal_id=asked.pk, total=found.count(), now=tells())
    if rehearsal is None:
        return
    try:
        with closing(facts.facts(found, acts=True)) as past:
            _play(rehearsal, past, tells=tells)
    except (NoRule, BadRule, HoursError) as error:
        _fail(rehearsal.pk, str(error), tells=tells)
    except Exception:
        _fail(rehearsal.pk, "Something failed on our side. Ask for it again.", tells=tells)
        raise


def _play(rehearsal: Rehearsal, past: Iterator[Fact], *, tells: Clock) -> None:
    stage = staging.stage_for(rehearsal)
    as_of = rehearsal.asked_at
    counts: dict[int, Counts] = {}
    together: list[Played] = []
    done = 0
    for fact in past:
        one = replay.play(fact, stage, now=as_of)
        counts.setdefault(fact.brand_id, Counts()).add(one)
        together.append(one)
        done += 1
        if len(together) == TOGETHER:
            _keep(rehearsal.pk, together, done, tells=tells)
            together = []
    with transaction.atomic():
        actions.keep_differences(rehearsal_id=rehearsal.pk, played=together, done=done, now=tells())
        actions.finish(
            rehearsal=rehearsal,
            counts={str(brand): found.as_dict() for brand, found in counts.items()},
            done=done,
            actor=SYSTEM,
            now=tells(),
        )


def _keep(rehearsal_id: int, together: list[Played], done: int, *, tells: Clock) -> None:
    with transaction.atomic():
        actions.keep_differences(rehearsal_id=rehearsal_id, played=together, done=done, now=tells())


def _fail(rehearsal_id: int, says: str, *, tells: Clock) -> None:
    with transaction.atomic():
        actions.fail(rehearsal_id=rehearsal_id, says=says, actor=SYSTEM, now=tells())


def _kept(wanted: Wanted, asked_by: int | None, actor: Actor, *, now: datetime) -> Rehearsal:
    if wanted.period.from_at >= now:
        raise BadPeriod(say("The period has not begun: there is no past traffic in it yet."))
    number = policy.rulebook(wanted.version).version if wanted.version is not None else ""
    made = actions.ask(
        version=wanted.version,
        version_number=number,
        hours_from=wanted.hours_from,
        hours=wanted.hours,
        period=wanted.period,
        asked_by=asked_by,
        actor=actor,
        now=now,
    )
    staging.stage_for(made)  # refused now, not by a job that nobody is watching
    return made
