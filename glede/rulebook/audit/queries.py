"""Read the record, and find out whether anybody tampered with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from glede.rulebook.audit.models import Entry, Seal
from glede.rulebook.audit.rules import GENESIS, QUIET_FOR, Head, Row, digest, read_line

#: Entry ids named in one sentence at most.
_NAMED = 10


def trail(object_kind: str, object_id: int | str, *, limit: int = 200) -> list[Entry]:
    """What happened to one thing, newest first."""
    found = Entry.objects.filter(object_kind=object_kind, object_id=str(object_id))
    return list(found.order_by("-pk")[:limit])


def latest(*, limit: int = 200, before: int | None = None) -> list[Entry]:
    """The record from its end backwards; `before` is the id to go on from."""
    found = Entry.objects.order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:limit])


def rows_of(object_kind: str, object_id: int | str) -> list[Row]:
    """Every entry about one thing as it is hashed, in id order: what evidence rests on."""
    found = Entry.objects.filter(object_kind=object_kind, object_id=str(object_id))
    return [_row(entry) for entry in found.order_by("pk")]


def sealed_to() -> tuple[int, str]:
    """The floor of the sealed chain, and its last digest: every entry up to that id is sealed."""
    last = Seal.objects.order_by("-pk").values_list("floor", "digest").first()
    return last or (0, "")


def heads_path() -> Path:
    return Path(settings.GLEDE_HOME) / "audit-heads.jsonl"


def unsealed_above(floor: int, *, sealed_since: datetime, limit: int) -> list[Row]:
    """Committed entries above the floor in none of the seals since, in id order.

    What is above a floor was sealed within the ten minutes before that floor was set, or never.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry.id FROM audit_entry entry LEFT JOIN"
            " (SELECT unnest(entries) AS id FROM audit_seal WHERE at > %s) sealed USING (id)"
            " WHERE entry.id > %s AND sealed.id IS NULL ORDER BY entry.id LIMIT %s",
            [sealed_since, floor, limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return [_row(entry) for entry in Entry.objects.filter(pk__in=ids).order_by("pk")]


def greatest_sealed(*, after: datetime, until: datetime) -> int:
    """The greatest id in seals of that time; 0 if there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(entries[cardinality(entries)]), 0) FROM audit_seal"
            " WHERE at > %s AND at <= %s",
            [after, until],
        )
        return int(cursor.fetchone()[0])


def _row(entry: Entry) -> Row:
    return Row(
        id=entry.pk,
        at=entry.at,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        verb=entry.verb,
        object_kind=entry.object_kind,
        object_id=entry.object_id,
        brand=entry.brand,
        clause=entry.clause,
        policy_version=entry.policy_version,
        details=entry.details,
    )


def check(*, now: datetime) -> list[str]:
    """Every sign that the record was changed, one sentence each; empty if there is none."""
    return [*_broken_seals(), *_unsealed(now), *_missing_heads()]


def _broken_seals() -> Iterator[str]:
    before, previous = 0, GENESIS
    for seal in Seal.objects.order_by("pk").iterator(chunk_size=200):
        if seal.previous != previous:
            after = f"seal {before}" if before else "the beginning"
            yield f"Seal {seal.pk} does not follow {after}: a seal was removed, added or changed."
        rows = [_row(entry) for entry in Entry.objects.filter(pk__in=seal.entries).order_by("pk")]
        gone = sorted(set(seal.entries) - {row.id for row in rows})
        if gone:
            yield f"{_entries(gone)} of seal {seal.pk} ({_time(seal.at)}) removed after sealing."
        elif digest(seal.previous, rows) != seal.digest:
            of = f"seal {seal.pk} ({_time(seal.at)})"
            yield f"{_entries(seal.entries)} of {of}: at least one was changed after sealing."
        before, previous = seal.pk, seal.digest


def _unsealed(now: datetime) -> Iterator[str]:
    """Below the floor everything is sealed, so what is not was put there afterwards."""
    last = Seal.objects.order_by("-pk").first()
    floor = last.floor if last else 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry.id, entry.id <= %s FROM audit_entry entry"
            " LEFT JOIN (SELECT unnest(entries) AS id FROM audit_seal) sealed USING (id)"
            " WHERE sealed.id IS NULL AND (entry.id <= %s OR entry.at < %s) ORDER BY entry.id",
            [floor, floor, now - QUIET_FOR],
        )
        found = cursor.fetchall()
    inserted = [entry for entry, below in found if below]
    waiting = [entry for entry, below in found if not below]
    if inserted:
        yield f"{_entries(inserted)} in no seal, though below the floor: inserted afterwards."
    if waiting:
        yield (
            f"{_entries(waiting)} in no seal after {QUIET_FOR.seconds // 60} minutes: inserted with"
            " an old time, or the worker that seals does not run."
        )


def _missing_heads() -> Iterator[str]:
    """What the file of heads knows must still stand in the table."""
    path = heads_path()
    seals = dict(Seal.objects.values_list("pk", "digest"))
    if not path.exists():
        if seals:
            yield f"The file {path} is missing, so an end cut off the record would not show."
        return
    for number, told in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        head = read_line(told)
        if head is None:
            yield f"Line {number} of {path} cannot be read."
        elif head.seal not in seals:
            yield f"{_head(head)} is gone from the record: its end was cut off."
        elif seals[head.seal] != head.digest:
            yield f"{_head(head)} has another digest now: the record was written anew."


def _head(head: Head) -> str:
    return f"Seal {head.seal} of {head.entries} entries, noted outside at {_time(head.at)},"


def _entries(ids: Sequence[int]) -> str:
    if len(ids) == 1:
        return f"Entry {ids[0]}"
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"Entries {', '.join(map(str, ids[:_NAMED]))}{more}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
