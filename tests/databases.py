"""Extra databases on the test session's PostgreSQL server."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Source:
    """Where databases are made: the owner may create them; both may be the same user."""

    owner_url: str
    running_url: str


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database, by TCP on loopback: `url` for the running role."""

    name: str
    url: str
    owner_url: str

    def settings(self) -> dict[str, str]:
        """What a `glede` process needs in its environment to use this database."""
        return {"GLEDE_DATABASE_URL": self.url, "GLEDE_DATABASE_OWNER_URL": self.owner_url}


def _in(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def make(source: Source) -> Database:
    name = f"extra_{secrets.token_hex(6)}"
    with psycopg.connect(source.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return Database(
        name=name, url=_in(source.running_url, name), owner_url=_in(source.owner_url, name)
    )


def drop(source: Source, database: Database) -> None:
    with psycopg.connect(source.owner_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        )
