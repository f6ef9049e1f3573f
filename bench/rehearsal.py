"""A quarter's figures and a rehearsal over 100,000 conversations: `python -m bench.rehearsal`.

The yardstick of both is PostgreSQL alone, counting the same clocks as kept or late by the due time
they hold: what must be paid at least for reading them.
"""

import importlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import psycopg

from bench import house, report

COUNT = 100_000
_FROM = datetime(2026, 8, 25, tzinfo=UTC)
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_SECONDS = int((_NOW - _FROM).total_seconds()) - 86_400


def main() -> None:
    with house.opened() as home:
        hired = importlib.import_module("bench.staff").hire()
        _fill(home.url(), hired)
        people = importlib.import_module("glede.rulebook.people.queries")
        viewer = people.viewer(hired.owner, now=_NOW)
        _figures(viewer, home.url())
        _rehearsal(home.url())


def _figures(viewer: Any, url: str) -> None:
    queries = importlib.import_module("glede.desk.insight.queries")
    rules = importlib.import_module("glede.desk.insight.rules")
    period = _period()
    counted = 0
    began = perf_counter()
    for clause in ("6.5", "6.7"):
        counted += queries.clause_figures(clause, period, viewer, now=_NOW).whole.received
    took = perf_counter() - began
    assert counted == COUNT, counted
    yardstick = _yardstick(url)
    report.say(
        figure=f"figures of both reply clauses, {COUNT:,} enquiries, three readings, all groups",
        value=took,
        unit="s",
        yardstick=yardstick,
    )
    began = perf_counter()
    queries.rows("6.5", period, rules.Measure.BREACHED, viewer, now=_NOW)
    report.say(
        figure=f"the first 50 rows behind one figure of {COUNT:,} enquiries",
        value=perf_counter() - began,
        unit="s",
        yardstick=yardstick,
    )


def _rehearsal(url: str) -> None:
    """A draft that allows half the time: every single enquiry differs, the hardest case."""
    rehearsing = importlib.import_module("glede.flow.rehearsing")
    system = importlib.import_module("glede.rulebook.audit.rules").SYSTEM
    wanted = rehearsing.Wanted(_period(), version=_draft())
    began = perf_counter()
    played = rehearsing.play_now(wanted=wanted, actor=system, now=_NOW)
    took = perf_counter() - began
    assert played.state == "done", played.says
    assert played.done == COUNT
    assert played.differences.count() == COUNT
    report.say(
        figure=f"rehearsal of {COUNT:,} conversations, all of them differing, stored (under 60 s)",
        value=took,
        unit="s",
        yardstick=_yardstick(url),
    )


def _period() -> Any:
    return importlib.import_module("glede.desk.insight.period").Period(_FROM, _NOW)


def _draft() -> int:
    dataclasses = importlib.import_module("dataclasses")
    policy = importlib.import_module("glede.rulebook.policy.actions")
    queries = importlib.import_module("glede.rulebook.policy.queries")
    rules = importlib.import_module("glede.rulebook.policy.rules")
    audit = importlib.import_module("glede.rulebook.audit.rules")
    model = queries.model_policy()
    halved = {"acknowledge.in_hours": "PT2H", "acknowledge.out_of_hours": "PT6H"}
    changed = tuple(
        dataclasses.replace(rule, value=halved[rule.key], status=rules.Status.CONFIRMED, quote="")
        if rule.key in halved
        else rule
        for rule in model.rules
    )
    document = dataclasses.replace(model, number="rehearsed", rules=changed)
    return int(policy.draft(document=document, actor=audit.SYSTEM, now=_NOW))


def _yardstick(url: str) -> report.Yardstick:
    with psycopg.connect(url) as connection:
        began = perf_counter()
        connection.execute(
            "SELECT e.conversation_id, count(*) FILTER (WHERE k.stopped_at <= k.due_at)"
            " FROM clocks_clock k JOIN conversations_enquiry e ON e.id = k.enquiry_id"
            " WHERE k.started_at >= %s AND k.started_at < %s GROUP BY 1",
            [_FROM, _NOW],
        ).fetchall()
        return report.Yardstick(
            what="PostgreSQL alone: kept or late by the stored due time",
            value=perf_counter() - began,
            unit="s",
        )


# --- The fill ------------------------------------------------------------------------------------


def _fill(url: str, hired: Any) -> None:
    """A quarter's traffic by the clock of the house, straight into the tables."""
    clocks = importlib.import_module("glede.desk.clocks.models")
    contacts = importlib.import_module("glede.desk.contacts.models")
    conversations = importlib.import_module("glede.desk.conversations.models")
    ids = range(1, COUNT + 1)
    dice = random.Random(6.5)
    traffic = sorted(_FROM + timedelta(seconds=dice.randrange(_SECONDS)) for _ in ids)
    with psycopg.connect(url) as connection:
        for model, rows in (
            (contacts.Contact, _contacts(ids)),
            (contacts.Handle, _handles(ids)),
            (conversations.Thread, _threads(ids, hired)),
            (conversations.Conversation, _conversations(ids, traffic, hired)),
            (conversations.Enquiry, _enquiries(ids, traffic)),
            (conversations.Message, _messages(ids, traffic)),
            (clocks.Clock, _clocks(ids, traffic, hired)),
        ):
            _copy(connection, model, rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copy(connection: Any, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """What a row does not name gets the model's default."""
    fields = model._meta.concrete_fields
    columns = ", ".join(field.column for field in fields)
    table = model._meta.db_table
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                [_stored(row.get(field.attname, field.get_default())) for field in fields]
            )


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _contacts(ids: range) -> Iterator[dict[str, Any]]:
    return ({"id": one, "name": f"Resident {one}", "created_at": _FROM} for one in ids)


def _handles(ids: range) -> Iterator[dict[str, Any]]:
    for one in ids:
        yield {
            "id": one,
            "contact_id": one,
            "platform": "website",
            "native_id": f"person-{one}",
            "name": f"Resident {one}",
            "first_seen_at": _FROM,
        }


def _threads(ids: range, hired: Any) -> Iterator[dict[str, Any]]:
    for one in ids:
        yield {
            "id": one,
            "account_id": hired.account,
            "native_id": f"thread-{one}",
            "opened_at": _FROM,
            "last_at": _FROM,
        }


def _conversations(ids: range, traffic: list[datetime], hired: Any) -> Iterator[dict[str, Any]]:
    for one, at in zip(ids, traffic, strict=True):
        yield {
            "id": one,
            "brand_id": hired.brands[one % len(hired.brands)],
            "contact_id": one,
            "account_id": hired.account,
            "thread_id": one,
            "state": "waiting for customer",
            "state_at": at,
            "opened_at": at,
            "name": f"Resident {one}",
            "platform": "website",
            "kind": "private message",
            "last_at": at,
        }


def _enquiries(ids: range, traffic: list[datetime]) -> Iterator[dict[str, Any]]:
    for one, at in zip(ids, traffic, strict=True):
        yield {"id": one, "conversation_id": one, "number": 1, "opened_at": at}


def _messages(ids: range, traffic: list[datetime]) -> Iterator[dict[str, Any]]:
    for one, at in zip(ids, traffic, strict=True):
        yield {
            "id": one,
            "thread_id": one,
            "conversation_id": one,
            "enquiry_id": one,
            "handle_id": one,
            "platform": "website",
            "native_id": f"message-{one}",
            "direction": "in",
            "kind": "private message",
            "received_at": at,
            "ingested_at": at + timedelta(seconds=one % 900),
        }


def _clocks(ids: range, traffic: list[datetime], hired: Any) -> Iterator[dict[str, Any]]:
    """Nine in ten answered, within a time that keeps most promises."""
    brands = importlib.import_module("glede.rulebook.brands.queries")
    policy = importlib.import_module("glede.rulebook.policy.queries")
    promising = importlib.import_module("glede.desk.clocks.promising")
    rules = importlib.import_module("glede.desk.clocks.rules")
    book = policy.rulebook_at(_NOW)
    promise = promising.promise_of(book)
    calendars = [brands.calendar_at(brand, _NOW) for brand in hired.brands]
    dice = random.Random(6.7)
    for one, at in zip(ids, traffic, strict=True):
        calendar = calendars[one % len(calendars)]
        found = rules.deadline(at, promise, calendar.calendar)
        answered = dice.random() < 0.9
        yield {
            "id": one,
            "conversation_id": one,
            "enquiry_id": one,
            "kind": "acknowledge",
            "state": "stopped" if answered else "running",
            "started_at": at,
            "due_at": found.due_at,
            "soft_at": found.soft_at,
            "stopped_at": at + timedelta(minutes=dice.expovariate(1 / 110)) if answered else None,
            "in_hours": found.in_hours,
            "reading": found.reading.value,
            "clause": found.clause,
            "policy_id": book.version_id,
            "calendar_id": calendar.id,
        }


if __name__ == "__main__":
    main()
