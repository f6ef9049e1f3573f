"""A request for a second person's yes that nobody answers is told again (clause 5.4).

No yes is given by time going by, and the clock of the answer runs on: so whoever may say yes is
told once a share of its time has gone, many requests as one, until somebody answers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from glede.desk.alerts import actions as alerts
from glede.desk.alerts import queries as alert_queries
from glede.desk.alerts import rules as alert_rules
from glede.desk.alerts.actions import Wanted
from glede.desk.alerts.rules import Kind
from glede.desk.outbox import actions_second as seconds
from glede.desk.outbox import queries_second, rules
from glede.desk.outbox.models import SecondLook
from glede.flow import announcing, numbers, telling
from glede.kit import clock, live
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission

CLAUSE = "5.4"
#: Where several of them are answered, one after the other.
PAGE = "/seconds/"
#: Requests told in one turn of the loop.
AT_ONCE = 100


def at(*, due_at: datetime | None, now: datetime) -> datetime:
    """When a request made now counts as unanswered, by the policy in force."""
    book = numbers.in_force(now).book
    return rules.unanswered_at(
        now,
        due_at=due_at,
        percent=book.rule("second_yes.tell_after").value,
        at_most=numbers.length(book.rule("second_yes.at_most")),
    )


def key(look_id: int) -> str:
    """Under which key people are told that somebody asks."""
    return f"second {look_id}"


def run(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Tell of every request that nobody answered in its time; returns how many there were."""
    with transaction.atomic():
        due = seconds.take_unanswered(now=now, limit=limit)
        if not due:
            return 0
        policy = numbers.in_force(now)
        stamp = Stamp(CLAUSE, policy.version)
        repeats = policy.book.rule(alert_rules.REPEATS).value
        told: dict[int, list[SecondLook]] = {}
        for look in due:
            who = _who(look, now=now)
            for person_id in who:
                told.setdefault(person_id, []).append(look)
            again = look.told < repeats
            next_at = at(due_at=look.delivery.conversation.due_at, now=now) if again else None
            seconds.unanswered(look=look, next_at=next_at, people=len(who), stamp=stamp, now=now)
        wanted = [_wanted(person_id, looks, now=now) for person_id, looks in told.items()]
        announcing.announce(alerts.raise_all(wanted=wanted, now=now), now=now)
    return len(due)


def _who(look: SecondLook, *, now: datetime) -> list[int]:
    """Everybody else who may say yes, whoever was asked first; then lead, owner and writer too."""
    delivery = look.delivery
    brand_id = delivery.conversation.brand_id
    able = people.who_may(Permission.REPLY, brand_id=brand_id, now=now)
    who = [one.id for one in able if one.id != delivery.person_id]
    if look.told:
        who += telling.leads_and_owner(brand_id=brand_id, now=now)
        who += [delivery.person_id] if delivery.person_id is not None else []
    return list(dict.fromkeys(who))


def _wanted(person_id: int, looks: Sequence[SecondLook], *, now: datetime) -> Wanted:
    """One alert for a person: of one request, or of all of them as one."""
    since = min(look.asked_at for look in looks)
    when = clock.when_words(since, now, ZoneInfo(settings.TIME_ZONE))
    if len(looks) > 1:
        says = (
            f"{len(looks)} replies wait for a second person’s yes, the longest since {when}. "
            f"Nobody has answered. Clause {CLAUSE}."
        )
        return Wanted(
            person_id=person_id,
            kind=Kind.SECOND,
            key=_bundle(looks, now=now),
            says=says,
            outward=says,
            href=PAGE,
        )
    (look,) = looks
    conversation = look.delivery.conversation
    return Wanted(
        person_id=person_id,
        kind=Kind.SECOND,
        key=f"{key(look.pk)} waits {look.told}",
        says=f"A reply to {conversation.name} waits for a second person’s yes since {when}. "
        f"Nobody has answered. Clause {CLAUSE}.",
        href=f"/c/{conversation.pk}/",
        conversation_id=conversation.pk,
    )


def _bundle(looks: Iterable[SecondLook], *, now: datetime) -> str:
    ids = " ".join(str(look.pk) for look in looks)
    return f"seconds {now.isoformat()} {ids}"


def _ids(bundle: str) -> frozenset[int]:
    return frozenset(int(one) for one in bundle.split()[2:])


def over(look: SecondLook, *, now: datetime) -> None:
    """Somebody answered, or nobody is asked any more: what was told of it is over, and so is what
    told of several once none of them waits. Belongs in the answer's transaction."""
    bundles = {one: _ids(one) for one in alert_queries.unseen_keys(Kind.SECOND, href=PAGE)}
    waiting = queries_second.still_open(frozenset().union(*bundles.values()))
    done = [one for one, ids in bundles.items() if not ids & waiting]
    keys = [key(look.pk), *done]
    for person_id in alerts.over(keys=keys, beginning=f"{key(look.pk)} waits ", now=now):
        live.publish(topic="alert.raised", payload={"id": 0}, person=person_id, now=now)
