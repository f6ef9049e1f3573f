"""PostgreSQL as Django knows it, but quick and patient at emptying tables after a test.

Tests that commit leave rows in a few tables of many. Only those are emptied, which takes half
the time that it takes to TRUNCATE all of them. Some tables refuse that by a trigger, so their
triggers rest for that one transaction; during the tests themselves they stand.
"""

import time
from functools import cache
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.postgresql import base, creation, operations
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo

from glede.kit import memory
from tests import head_start

#: What migrating leaves behind; with it in place nothing need be made again after a test.
_KEPT = {"django_content_type", "auth_permission"}
#: Jobs are not Django's to manage, so Django would leave them to the next test.
_JOBS = ["procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs"]
#: From here on TRUNCATE is quicker than to delete row by row.
_MANY_ROWS = 300
_TRIES = 5
#: How PostgreSQL says that somebody else was at work in the same tables.
_LATE_CALL = (errors.DeadlockDetected, errors.ForeignKeyViolation)
_QUIET_WITHIN_SECONDS = 10
_OTHERS_AT_WORK = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND backend_type = 'client backend'
)"""


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: list[str], **options: Any) -> list[str]:  # noqa: ARG002
        """Nothing yet: `execute_sql_flush` finds out what there is to empty.

        An empty list also tells Django that what migrating leaves behind is still there.
        """
        return []

    def execute_sql_flush(self, sql_list: Any) -> None:  # noqa: ARG002
        """A page that was just closed may still have a call on its way. It is waited for; where it
        comes all the same, it holds a lock or writes a row of what is being emptied, and all is
        done again, the last time with the tables locked."""
        for left in reversed(range(_TRIES)):
            self._wait_for_quiet()
            try:
                with transaction.atomic(using=self.connection.alias):
                    self._empty(whole=left == 0)
            except DatabaseError as error:
                if left == 0 or not isinstance(error.__cause__, _LATE_CALL):
                    raise
            else:
                return

    def _wait_for_quiet(self) -> None:
        until = time.monotonic() + _QUIET_WITHIN_SECONDS
        with self.connection.cursor() as cursor:
            while time.monotonic() < until:
                cursor.execute(_OTHERS_AT_WORK)
                if not cursor.fetchone()[0]:
                    return
                time.sleep(0.02)

    def _empty(self, *, whole: bool) -> None:
        names = self.connection.introspection.django_table_names(only_existing=True)
        tables = (*sorted(set(names) - _KEPT), *_JOBS)
        with self.connection.cursor() as cursor:
            cursor.execute(_count_up_to(_MANY_ROWS, tables))
            rows = dict(cursor.fetchall())
            used = [table for table in tables if rows[table]]
            if not used:
                return
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
                " AND tgrelid::regclass::text <> ALL (%s)",
                [_JOBS],
            )
            every = whole or max(rows.values()) >= _MANY_ROWS
            guarded = [row[0] for row in cursor.fetchall() if every or row[0] in used]
            for table in guarded:
                cursor.execute(_on("ALTER TABLE {} DISABLE TRIGGER USER", table))
            if every:
                cursor.execute(_on("TRUNCATE {} CASCADE", *used))
            else:
                for table in used:
                    cursor.execute(_on("DELETE FROM {}", table))
                # What is checked at the end is checked now: no trigger may be changed before.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in guarded:
                cursor.execute(_on("ALTER TABLE {} ENABLE TRIGGER USER", table))


@cache
def _count_up_to(limit: int, tables: tuple[str, ...]) -> sql.Composed:
    each = sql.SQL("SELECT {name}, (SELECT count(*) FROM (SELECT FROM {table} LIMIT {limit}) few)")
    return sql.SQL(" UNION ALL ").join(
        each.format(name=sql.Literal(table), table=sql.Identifier(table), limit=sql.Literal(limit))
        for table in tables
    )


def _on(statement: str, *tables: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.SQL(", ").join(map(sql.Identifier, tables)))


class DatabaseCreation(creation.DatabaseCreation):
    def create_test_db(self, *args: Any, **options: Any) -> str:
        """The first of all that run side by side migrates; the others begin with its tables."""
        with head_start.alone(), memory.collected_rarely():
            name = str(super().create_test_db(*args, **options))
            if not head_start.is_kept():
                with self.connection.cursor() as cursor:
                    head_start.keep(_url(cursor.connection, name))
        return name

    def _create_test_db(self, *args: Any, **options: Any) -> str:
        name = str(super()._create_test_db(*args, **options))
        if head_start.is_kept():
            with self._nodb_cursor() as cursor:
                head_start.give(_url(cursor.connection, name))
        return name

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:  # noqa: ARG002
        """A server's thread may hold a connection a moment longer than the last test."""
        with self._nodb_cursor() as cursor:
            name = self.connection.ops.quote_name(test_database_name)
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(connection: Connection, database: str) -> str:
    of = connection.info
    given = {"host": of.host, "port": of.port, "user": of.user, "password": of.password}
    return make_conninfo(**given, dbname=database)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation
