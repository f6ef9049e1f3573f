"""PostgreSQL as Django knows it, but able to empty append-only tables after a test.

Some tables refuse TRUNCATE by a trigger. Tests that commit are cleaned up with TRUNCATE, so the
triggers rest for that one transaction; during the tests themselves they stand.
"""

from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base, creation, operations
from psycopg import Connection, errors
from psycopg.conninfo import make_conninfo

from glede.kit import memory
from tests import head_start

#: Jobs are not Django's to manage, so Django would leave them to the next test.
_JOBS = ["procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers"]


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: list[str], **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            # Bit 5 of tgtype marks a trigger on TRUNCATE (TRIGGER_TYPE_TRUNCATE).
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgtype & 32 <> 0"
            )
            guarded = [row[0] for row in cursor.fetchall()]
        return [
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
            *super().sql_flush(style, [*tables, *_JOBS], **options),
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
        ]

    def execute_sql_flush(self, sql_list: Any) -> None:
        """A page that was just closed may still have a call on its way, and whoever empties the
        tables meets its locks: PostgreSQL ends one of the two, and it is done again."""
        for left in (3, 2, 1):
            try:
                super().execute_sql_flush(sql_list)
            except OperationalError as error:
                if left == 1 or not isinstance(error.__cause__, errors.DeadlockDetected):
                    raise
            else:
                return


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
