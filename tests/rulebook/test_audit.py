"""The record keeps every act, refuses to be changed, and shows when it was changed all the same."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from pytest_django import Settings

from glede.commands import doctor
from glede.kit import postgres
from glede.rulebook.audit import actions, queries
from glede.rulebook.audit.rules import (
    QUIET_FOR,
    SYSTEM,
    Actor,
    ActorKind,
    Stamp,
    TooManyWordsError,
    Verb,
)

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAM = Actor(ActorKind.PERSON, "7", "Sam")


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.GLEDE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def other_connection() -> Iterator[psycopg.Connection]:
    options = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        options.pop(ours, None)
    with psycopg.connect(**options) as other:
        yield other


def record(count: int = 1, *, now: datetime = NOON) -> None:
    for number in range(count):
        actions.record(
            actor=SAM,
            verb=Verb.REPLY_SENT,
            object_kind="delivery",
            object_id=number,
            now=now,
            brand="red-kite",
            stamp=Stamp("6.5", "4"),
            details={"state": "sent", "tries": 1},
        )


def behind_the_back(statement: str, *values: object) -> None:
    """What somebody with all rights over the database can do."""
    with connection.cursor() as cursor:
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def ids() -> list[int]:
    return sorted(entry.pk for entry in queries.latest())


def test_an_act_is_found_again_with_who_what_and_why() -> None:
    record(2)

    (entry,) = queries.trail("delivery", 1)
    assert (entry.actor_name, entry.verb, entry.brand) == ("Sam", Verb.REPLY_SENT, "red-kite")
    assert (entry.clause, entry.policy_version) == ("6.5", "4")


def test_an_act_that_is_rolled_back_leaves_no_record() -> None:
    with transaction.atomic():
        record()
        transaction.set_rollback(True)

    assert ids() == []


def test_content_is_refused() -> None:
    with pytest.raises(TooManyWordsError, match="“text” looks like content"):
        actions.record(
            actor=SYSTEM,
            verb=Verb.MESSAGE_RECEIVED,
            object_kind="message",
            object_id=1,
            now=NOON,
            details={"text": "My boiler has been cold for days. " * 5},
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_name = 'Kim'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_seal SET digest = ''",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
def test_the_database_refuses_to_change_the_record(statement: str) -> None:
    record()
    actions.seal(now=NOON)

    with pytest.raises(ProgrammingError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_name = 'Kim'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER USER",
        "SET session_replication_role = replica",
        "DROP FUNCTION audit_refuse CASCADE",
    ],
)
def test_the_running_role_cannot_get_round_the_refusal(statement: str) -> None:
    """Even had somebody granted it every right on the table."""
    record()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [postgres.RUNNING])
        if cursor.fetchone() is None:
            pytest.skip("The server given for this run has no running role of ours.")
        cursor.execute(f"GRANT ALL ON audit_entry TO {postgres.RUNNING}")
    options = connection.get_connection_params() | {"user": postgres.RUNNING}
    for ours in ("cursor_factory", "context"):
        options.pop(ours, None)

    with (
        psycopg.connect(**options) as running,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        running.execute(statement)


def test_sealing_takes_each_entry_once_and_notes_the_head_outside(home: Path) -> None:
    record(3)
    assert actions.seal(now=NOON) == 3
    assert actions.seal(now=NOON) == 0
    record(2)
    assert actions.seal(now=NOON + timedelta(minutes=1)) == 2

    heads = (home / "audit-heads.jsonl").read_text().splitlines()
    assert len(heads) == 2
    assert queries.check(now=NOON + timedelta(hours=1)) == []


def test_a_seal_that_is_rolled_back_notes_no_head(home: Path) -> None:
    record()
    with transaction.atomic():
        actions.seal(now=NOON)
        transaction.set_rollback(True)

    assert not (home / "audit-heads.jsonl").exists()


def test_an_entry_that_commits_late_is_sealed_by_the_next_turn(
    other_connection: psycopg.Connection,
) -> None:
    other_connection.execute(
        "INSERT INTO audit_entry (at, actor_kind, actor_id, actor_name, verb, object_kind,"
        " object_id, brand, clause, policy_version, details)"
        " VALUES (%s, 'person', '7', 'Sam', 'x:y:z', 'delivery', '9', '', '', '', '{}')",
        [NOON],
    )
    record(2)
    assert actions.seal(now=NOON) == 2

    other_connection.commit()

    assert actions.seal(now=NOON + timedelta(minutes=4)) == 1
    assert queries.check(now=NOON + timedelta(hours=1)) == []


def test_a_late_entry_is_sealed_even_when_the_sealer_slept_for_an_hour(
    other_connection: psycopg.Connection,
) -> None:
    record()
    other_connection.execute(
        "INSERT INTO audit_entry (at, actor_kind, actor_id, actor_name, verb, object_kind,"
        " object_id, brand, clause, policy_version, details)"
        " VALUES (%s, 'person', '7', 'Sam', 'x:y:z', 'delivery', '9', '', '', '', '{}')",
        [NOON],
    )
    record()
    actions.seal(now=NOON)
    other_connection.commit()
    record()

    assert actions.seal(now=NOON + timedelta(hours=1)) == 2
    assert queries.check(now=NOON + timedelta(hours=1)) == []


def test_a_long_queue_is_sealed_in_turns_and_nothing_is_left_below_the_floor() -> None:
    record(1)
    actions.seal(now=NOON)
    record(5)

    later = NOON + timedelta(hours=1)
    assert [actions.seal(now=later, most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert queries.check(now=later + timedelta(hours=1)) == []


def test_no_transaction_outlives_what_the_floor_counts_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_timeout')::interval * 2")
        assert cursor.fetchone()[0] == QUIET_FOR


def test_only_one_sealer_works_at_a_time(other_connection: psycopg.Connection) -> None:
    record()
    other_connection.execute("SELECT pg_advisory_xact_lock(%s)", [0x6175646974])

    assert actions.seal(now=NOON) == 0

    other_connection.rollback()
    assert actions.seal(now=NOON) == 1


def test_a_changed_entry_is_found() -> None:
    record(2)
    actions.seal(now=NOON)
    behind_the_back("UPDATE audit_entry SET actor_name = 'Kim' WHERE id = %s", ids()[0])

    (found,) = queries.check(now=NOON)
    assert "at least one was changed after sealing" in found
    assert str(ids()[0]) in found


def test_a_removed_entry_is_found() -> None:
    record(3)
    actions.seal(now=NOON)
    gone = ids()[1]
    behind_the_back("DELETE FROM audit_entry WHERE id = %s", gone)

    (found,) = queries.check(now=NOON)
    assert found.startswith(f"Entry {gone} of seal")
    assert "removed after sealing" in found


def test_an_inserted_entry_is_found() -> None:
    record(3)
    actions.seal(now=NOON)
    taken = ids()[1]
    behind_the_back("DELETE FROM audit_entry WHERE id = %s", taken)
    record()
    actions.seal(now=NOON + timedelta(hours=1))
    before = len(queries.check(now=NOON + timedelta(hours=1)))
    behind_the_back(
        "INSERT INTO audit_entry SELECT 0, at, actor_kind, actor_id, actor_name, verb, object_kind,"
        " object_id, brand, clause, policy_version, details FROM audit_entry WHERE id = %s",
        ids()[0],
    )

    found = queries.check(now=NOON + timedelta(hours=1))
    assert len(found) == before + 1
    assert "Entry 0 in no seal, though below the floor: inserted afterwards." in found


def test_entries_that_nobody_seals_are_found() -> None:
    record()

    assert queries.check(now=NOON + timedelta(minutes=9)) == []
    (found,) = queries.check(now=NOON + timedelta(minutes=11))
    assert "or the worker that seals does not run" in found


def test_a_cut_off_end_is_found() -> None:
    record()
    actions.seal(now=NOON)
    record()
    actions.seal(now=NOON + timedelta(minutes=1))
    behind_the_back("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
    behind_the_back("DELETE FROM audit_seal WHERE id = (SELECT max(id) FROM audit_seal)")

    (found,) = queries.check(now=NOON + timedelta(minutes=1))
    assert "is gone from the record: its end was cut off" in found


def test_a_seal_taken_out_of_the_middle_is_found() -> None:
    for minute in range(3):
        record()
        actions.seal(now=NOON + timedelta(minutes=minute))
    behind_the_back(
        "DELETE FROM audit_seal WHERE id = (SELECT id FROM audit_seal ORDER BY id OFFSET 1 LIMIT 1)"
    )

    found = " ".join(queries.check(now=NOON))
    assert "does not follow seal" in found


def test_a_record_written_anew_with_a_fitting_chain_is_found(home: Path) -> None:
    record()
    actions.seal(now=NOON)
    noted = (home / "audit-heads.jsonl").read_text()
    behind_the_back("DELETE FROM audit_seal")
    behind_the_back("UPDATE audit_entry SET actor_name = 'Kim'")
    actions.seal(now=NOON)
    (home / "audit-heads.jsonl").write_text(noted)

    assert any("its end was cut off" in found for found in queries.check(now=NOON))


def test_a_seal_that_was_computed_anew_differs_from_the_head_outside(home: Path) -> None:
    record()
    actions.seal(now=NOON)
    behind_the_back("UPDATE audit_seal SET digest = repeat('a', 64)")

    found = " ".join(queries.check(now=NOON))
    assert "has another digest now: the record was written anew" in found


def test_a_missing_file_of_heads_is_said(home: Path) -> None:
    record()
    actions.seal(now=NOON)
    (home / "audit-heads.jsonl").unlink()

    (found,) = queries.check(now=NOON)
    assert "is missing" in found


def test_the_doctor_says_it_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    record(2)
    actions.seal(now=NOON)
    parser = argparse.ArgumentParser()
    doctor.add(parser.add_subparsers())
    args = parser.parse_args(["doctor", "--audit"])
    assert doctor.run(args) == 0
    assert "The record is whole" in capsys.readouterr().out

    behind_the_back("UPDATE audit_entry SET verb = 'reply:delivery:failed'")
    assert doctor.run(args) == 1
    assert "changed after sealing" in capsys.readouterr().out


def test_an_unreadable_line_of_heads_is_said(home: Path) -> None:
    record()
    actions.seal(now=NOON)
    with (home / "audit-heads.jsonl").open("a") as file:
        file.write("{torn\n")

    (found,) = queries.check(now=NOON)
    assert "Line 2" in found
