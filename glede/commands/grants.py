"""What the running role may do: use the tables, own none, and only add to the record."""

from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper
from psycopg import sql

#: Tables that only grow: the running role reads and adds, and may neither change nor remove.
ADD_ONLY = ("audit_entry", "audit_seal")
#: Written by the owner alone.
READ_ONLY = ("django_migrations",)


def _words(rights: Iterable[str]) -> sql.SQL:
    return sql.SQL(", ".join(rights))


def apply(cursor: CursorWrapper, *, role: str) -> None:
    """Grant anew what `role` may do on every table there is now; safe to repeat."""
    name = sql.Identifier(role)
    _run(cursor, "GRANT USAGE ON SCHEMA public TO {role}", role=name)
    _run(cursor, "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}", role=name)
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in cursor.fetchall():
        rights = ["SELECT"]
        if table not in READ_ONLY:
            rights.append("INSERT")
        if table not in READ_ONLY + ADD_ONLY:
            rights += ["UPDATE", "DELETE"]
        target = sql.Identifier("public", table)
        _run(cursor, "REVOKE ALL ON {table} FROM {role}", role=name, table=target)
        _run(
            cursor,
            "GRANT {rights} ON {table} TO {role}",
            role=name,
            table=target,
            rights=_words(rights),
        )


def _run(cursor: CursorWrapper, statement: str, **names: sql.Composable) -> None:
    composed = sql.SQL(statement).format(**names)
    cursor.execute(composed.as_string(cursor.cursor))


def changeable(cursor: CursorWrapper, *, role: str) -> list[str]:
    """Tables that should only grow but that `role` owns or may change."""
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)"
        " AND (pg_has_role(%s, tableowner, 'MEMBER')"
        " OR has_table_privilege(%s, format('public.%%I', tablename), %s))",
        [list(ADD_ONLY), role, role, "UPDATE, DELETE, TRUNCATE"],
    )
    return [row[0] for row in cursor.fetchall()]
