"""What was read in, what was decided about it, and what is still to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from glede.rulebook.imports.models import Decision, Import, Item
from glede.rulebook.imports.rules import Act, Found, Kind, State, clause_texts

__all__ = ["Counts", "Decision", "Import", "Item", "NoSuchImportError"]

#: Which items a list shows: those to decide, the flags, or all.
SHOW = ("todo", "flags", "all")


class NoSuchImportError(LookupError):
    """No file was read in under this number, or it has no such item."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items there are and how many were decided; `to_do` must be, before a version can
    be made of it."""

    all: int
    decided: int
    flags: int
    flags_open: int


def imports() -> list[Import]:
    """The newest first, without what was read in them."""
    found = Import.objects.defer("result").order_by("-given_at", "-pk")
    return list(
        found.annotate(
            item_count=Count("items"),
            decided_count=Count("items", filter=Q(items__decision__isnull=False)),
        )
    )


def one(import_id: int) -> Import:
    """Raises `NoSuchImportError`."""
    found = Import.objects.select_related("follows").filter(pk=import_id)
    if (row := found.defer("follows__result").first()) is None:
        raise NoSuchImportError(f"No file was read in under the number {import_id}.")
    return row


def of_digest(digest: str) -> Import | None:
    return Import.objects.defer("result").filter(file__digest=digest).first()


def data_of(import_id: int) -> bytes:
    """The file as it was given. Raises `NoSuchImportError`."""
    data = Import.objects.filter(pk=import_id).values_list("file__data", flat=True).first()
    if data is None:
        raise NoSuchImportError(f"No file was read in under the number {import_id}.")
    return bytes(data)


def stranded(*, before: datetime, limit: int = 100) -> list[int]:
    """Files nobody has shown a sign of reading since `before`."""
    unread = Q(state__in=[State.WAITING.value, State.READING.value])
    found = Import.objects.filter(unread, alive_at__lt=before).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])


def next_waiting() -> int | None:
    """The file that has waited longest to be read."""
    waiting = Import.objects.filter(state=State.WAITING.value).order_by("given_at", "pk")
    return waiting.values_list("pk", flat=True).first()


def items(import_id: int) -> QuerySet[Item]:
    """Every item in the order of the text, with what was decided."""
    return Item.objects.filter(of_id=import_id).select_related("decision").order_by("order")


def _listed(import_id: int, show: str) -> QuerySet[Item]:
    if show == "todo":
        return items(import_id).filter(decision__isnull=True)
    if show == "flags":
        return items(import_id).filter(kind=Kind.FLAG.value)
    return items(import_id)


def how_many(import_id: int, show: str, *, before: int | None = None) -> int:
    """How many items a list shows; `before` counts those in front of that place of the order."""
    found = _listed(import_id, show)
    return (found if before is None else found.filter(order__lt=before)).count()


def stretch(import_id: int, show: str, *, first: int, size: int) -> list[Item]:
    """A part of a list, from its `first` item (0 is the first) on."""
    return list(_listed(import_id, show)[first : first + size])


def first_of(import_id: int, show: str) -> Item | None:
    return _listed(import_id, show).first()


def next_open(import_id: int, show: str, *, after: int = -1) -> Item | None:
    """The first item nobody decided behind that place of the order."""
    return _listed(import_id, show).filter(decision__isnull=True, order__gt=after).first()


def about(import_id: int, clauses: Sequence[str]) -> list[Item]:
    """Items found in these clauses, or moved there by whoever corrected them."""
    near = Q(clause__in=clauses) | Q(decision__clause__in=clauses)
    return list(items(import_id).filter(near))


def item(import_id: int, item_id: int) -> Item:
    """Raises `NoSuchImportError`."""
    found = items(import_id).filter(pk=item_id).first()
    if found is None:
        raise NoSuchImportError("This file has no such item.")
    return found


def history(item_id: int) -> list[Decision]:
    """Everything that was decided about an item, the newest first."""
    return list(Decision.objects.filter(item_id=item_id).order_by("-pk"))


def counts(import_id: int) -> Counts:
    flag, undecided = Q(kind=Kind.FLAG.value), Q(decision__isnull=True)
    found = Item.objects.filter(of_id=import_id).aggregate(
        all=Count("pk"),
        decided=Count("pk", filter=~undecided),
        flags=Count("pk", filter=flag),
        flags_open=Count("pk", filter=flag & undecided),
    )
    return Counts(**found)


def found_in(row: Item) -> Found:
    """The item as the reader gave it."""
    return Found(
        kind=Kind(row.kind),
        key=row.key,
        value=row.value,
        unit=row.unit,
        clause=row.clause,
        quote=row.quote,
        says=row.says,
        status=row.status,
        about=row.about,
    )


def texts(row: Import) -> Mapping[str, str]:
    """Clause number → text."""
    return clause_texts(row.result or {"clauses": []})


def settled_value(row: Item) -> Any:
    """What holds for the item: what a person put in its place, else what was found."""
    decided = row.decision
    if decided is not None and decided.act in (Act.CORRECTED, Act.ANSWERED):
        return decided.value
    return row.value
