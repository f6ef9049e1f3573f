"""Reads a policy file in a process of its own (kit/apart.py): only there are the libraries loaded
that open what strangers made."""

from collections.abc import Callable
from datetime import date
from typing import Any

from glede.rulebook.policy import importing
from glede.rulebook.policy.document.blocks import Limits


def read(
    data: bytes, name: str, today: str, most: int, tell: Callable[[Any], None]
) -> dict[str, Any]:
    """Returns `{"result": …}` in the shape of `glede policy import --json`, or `{"refused": …}`
    with a sentence for the person who gave the file.

    `today` is an ISO date, `most` the bytes of the largest file; `tell` hears done, total, what.
    """

    def progress(done: int, total: int, what: str) -> None:
        tell([done, total, what])

    try:
        imported = importing.read(
            data,
            name,
            today=date.fromisoformat(today),
            progress=progress,
            limits=Limits(bytes=most),
        )
    except importing.UnreadableError as error:
        return {"refused": str(error)}
    return {"result": importing.as_json(imported)}
