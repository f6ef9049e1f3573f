"""Look after the accounts: who is told when one is silent, blind, lapsed or about to end.

Health is events seen, not flags set: a connection that says it stands and brings nothing is dead.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from glede.desk.alerts import queries as alerts
from glede.desk.alerts.queries import Lagged
from glede.desk.alerts.rules import Kind
from glede.desk.health import queries as health
from glede.desk.health import rules
from glede.desk.health.queries import Health
from glede.desk.health.rules import Word
from glede.desk.intake import actions as intake
from glede.desk.intake.rules import Way
from glede.flow import notices, numbers
from glede.kit import clock
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy.rules import NoRule


def run(*, now: datetime) -> int:
    """Look at every account; returns how many people were told something new."""
    told = 0
    late = {one.account_id: one for one in _lagged(now)}
    for found in health.every(now=now):
        if one := late.get(found.account.pk):
            with transaction.atomic():
                told += _tell_late(found, one, now=now)
        with transaction.atomic():
            _mark_pushes(found, now=now)
        for key, says in _sayings(found, now=now):
            with transaction.atomic():
                told += notices.tell(
                    people=_who(found.account.brand_id, now),
                    key=f"channel:{found.account.pk}:{key}",
                    says=says,
                    href=f"/channels/{found.account.pk}/",
                    kind=Kind.CHANNEL,
                    now=now,
                )
    return told


#: What came in this long is looked at; one word in it is enough, until more comes late after it.
_LATELY = timedelta(minutes=30)


def _lagged(now: datetime) -> list[Lagged]:
    try:
        than = numbers.duration("lag.report_after", at=now)
    except NoRule:
        return []
    return alerts.lagged(since=now - _LATELY, than=than)


def _tell_late(found: Health, late: Lagged, *, now: datetime) -> int:
    """What a platform brings late eats the promise: it runs from when it was written."""
    account = found.account
    name = f"{account.handle or account.native_id} on {found.platform.name}"
    what = "One message" if late.number == 1 else f"{late.number} messages"
    return notices.tell(
        people=_who(account.brand_id, now),
        # Half an hour at a time: a platform that lags all day is told of now and then.
        key=f"channel:{account.pk}:late:{int(now.timestamp()) // int(_LATELY.total_seconds())}",
        says=f"{what} of {name} reached us up to {clock.duration_words(late.longest)} after"
        " writing. The promise runs from then.",
        href=f"/channels/{account.pk}/",
        kind=Kind.CHANNEL,
        now=now,
    )


def _who(brand_id: int, now: datetime) -> list[int]:
    """Leads, the owner and administrators: whoever sees the intake."""
    able = people.who_may(Permission.READ_INTAKE, brand_id=brand_id, now=now)
    return [viewer.id for viewer in able]


def _sayings(found: Health, *, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong, each with the key by which it is said once."""
    account = found.account
    name = f"{account.handle or account.native_id} on {found.platform.name}"
    for word in found.words:
        if word is Word.LAPSED:
            yield (
                f"lapsed:{account.connected_at.isoformat()}",
                f"{name} has to be connected again: {account.state_reason}",
            )
        elif word is Word.SILENT and found.silence is not None:
            quiet = clock.duration_words(found.silence.lasted)
            yield (
                f"silent:{found.silence.since.isoformat()}",
                f"Nothing was heard from {name} for {quiet}, when usually "
                f"{found.silence.expected:.0f} events come in that time. Look whether it works.",
            )
        elif word is Word.ENDING and account.ends_at is not None:
            days = rules.warns_at(account.ends_at, now, settings.GLEDE_TOKEN_ENDS_DAYS)
            yield (
                f"ends:{account.ends_at.isoformat()}:{days}",
                f"Our access to {name} ends on {account.ends_at:%-d %B %Y}. Connect it again "
                "before then.",
            )
        elif word is Word.UNCALLED:
            yield (
                f"uncalled:{account.connected_at.isoformat()}",
                f"{found.platform.name} does not call us for {name}: {account.listen_error}",
            )
    for spell in found.blind:
        how = "" if spell.way == Way.POLL else f" by {spell.way}; polls go on, and bring it later"
        yield (
            f"blind:{spell.pk}",
            f"{name} is not heard{how}. {spell.why}".strip(),
        )


def _mark_pushes(found: Health, *, now: datetime) -> None:
    """A push that brings nothing while polls do is marked, until it brings something again."""
    account_id = found.account.pk
    for way, last_at in health.dead_pushes(found.account, now=now).items():
        intake.open_blindness(
            account_id=account_id,
            way=way,
            from_at=last_at,
            why="No error is known; it just brings nothing.",
            now=now,
        )
    for spell in found.blind:
        if spell.way != Way.WEBHOOK:
            continue
        heard_at = health.last_heard(account_id, way=spell.way, now=now)
        if heard_at is not None and heard_at > spell.from_at:
            intake.close_blindness(account_id=account_id, way=spell.way, now=now)
