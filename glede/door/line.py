"""The door's own connections to the database: outside Django, opened again when they break."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connections

_CONNECT_SECONDS = 3
_ANSWER_SECONDS = 15


class DatabaseAwayError(Exception):
    """The database does not answer; what was asked may be asked again."""


class Line:
    """One connection, for one statement at a time; each statement is a transaction of its own."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection | None = None

    async def ask(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row. A broken connection is opened again once: statements here may repeat.

        Raises `DatabaseAwayError`.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                if self._connection is not None:
                    try:
                        return await self._ask(self._connection, statement, values)
                    except psycopg.OperationalError:
                        await self.close()
                self._connection = await self._open()
                return await self._ask(self._connection, statement, values)
        except (psycopg.OperationalError, TimeoutError, OSError) as error:
            await self.close()
            raise DatabaseAwayError("The database does not answer.") from error

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(
        self, connection: psycopg.AsyncConnection, statement: str, values: Sequence[object]
    ) -> tuple[Any, ...] | None:
        cursor = await connection.execute(statement, values, prepare=True)
        return await cursor.fetchone()

    async def _open(self) -> psycopg.AsyncConnection:
        """To where Django's own connections lead: one setting, one test database."""
        given = connections["default"].settings_dict
        options = {
            "dbname": given["NAME"],
            "user": given["USER"],
            "password": given["PASSWORD"],
            "host": given["HOST"],
            "port": given["PORT"],
        } | given["OPTIONS"]
        return await psycopg.AsyncConnection.connect(
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="glede door",
            **{name: value for name, value in options.items() if value},
        )
