"""The running role can add to the record and change nothing in it; the owner makes tables."""

import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest

from tests.databases import Database
from tests.runner.house import House

pytestmark = pytest.mark.process


@pytest.fixture
def database(house: House, new_desks_database: Callable[[], Database]) -> Database:
    made = new_desks_database()
    if made.url == made.owner_url:
        pytest.fail("Two roles are needed: name the second in GLEDE_TEST_RUNNING_URL.")
    house.extra = made.settings()
    house.extra["GLEDE_SECRET_KEY"] = "only for this test"
    done = house.command("database")
    assert done.returncode == 0, done.stderr
    return made


def test_the_running_role_only_adds_to_the_record(house: House, database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM audit_entry")
        connection.execute("SELECT count(*) FROM django_migrations")
        connection.execute("DELETE FROM brands_brand")
        for refused in (
            "UPDATE audit_entry SET verb = ''",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "DELETE FROM audit_seal",
            "DROP TABLE audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "DELETE FROM django_migrations",
            "TRUNCATE brands_brand",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


def test_doctor_notices_a_role_that_could_change_the_record(
    house: House, database: Database
) -> None:
    well = house.command("doctor").stdout
    house.extra["GLEDE_DATABASE_URL"] = database.owner_url

    wrong = house.command("doctor")

    assert "can add to the record and change nothing in it" in well
    assert wrong.returncode == 1
    assert "could change the record (audit_entry" in wrong.stdout


def test_rights_come_back_with_the_next_upgrade(house: House, database: Database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("GRANT UPDATE ON audit_entry TO glede")
        connection.execute("REVOKE INSERT ON brands_brand FROM glede")

    assert "could change the record" in house.command("doctor").stdout
    assert house.command("database").returncode == 0
    assert "change nothing in it" in house.command("doctor").stdout


def test_a_database_of_a_newer_version_is_left_alone(house: House, database: Database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kit', '9999_x', now())"
        )

    refused = house.command("database")

    assert refused.returncode == 1
    assert "newer version of Glede" in refused.stderr


def test_two_upgrades_at_once_do_not_meet(
    house: House, new_database: Callable[[], Database]
) -> None:
    house.extra = new_database().settings()
    house.extra["GLEDE_SECRET_KEY"] = "only for this test"

    both = [
        subprocess.Popen(
            [sys.executable, "-m", "glede.cli", "database"],
            env=house.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Bringing the database up to date" in text for text in said) == 1
