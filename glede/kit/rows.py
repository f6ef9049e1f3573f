"""Columns of a row as plain values, and back: for what is kept so that it can be put back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django.db.models import Field, Model

#: What JSON holds as it is; a time is written as ISO 8601.
type Plain = str | int | bool | list[int] | None
type Values = Mapping[str, Plain]
#: Rows by a name of theirs, such as “clock:12”.
type Rows = Mapping[str, Values]


def values(row: Model, columns: Iterable[str]) -> dict[str, Plain]:
    """The named columns (a foreign key by its `_id`) as they stand in this instance."""
    return {name: _plain(getattr(row, name)) for name in columns}


def put(row: Model, kept: Values) -> None:
    """Give the instance these values; saves nothing."""
    for name, value in kept.items():
        setattr(row, name, cast("Field[Any, Any]", row._meta.get_field(name)).to_python(value))


def _plain(value: object) -> Plain:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [int(one) for one in value]
    if value is None or isinstance(value, str | int):
        return value if value is None or isinstance(value, bool | int) else str(value)
    raise TypeError(f"A {type(value).__name__} is not kept as a plain value.")
