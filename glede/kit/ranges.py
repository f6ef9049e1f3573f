"""A part of a file that a browser asks for: how a film is played, and wound on (RFC 9110, 14)."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


class OutsideError(ValueError):
    """The part lies beyond the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to but not with `end`."""

    start: int
    end: int


def wanted(header: str, *, size: int) -> Part | None:
    """The part of a file of `size` bytes that a Range header asks for.

    None where the whole file is the answer: no header, one that cannot be read, or one that asks
    for several parts, which a server need not give (RFC 9110, 14.2). Raises `OutsideError`.
    """
    found = _ONE.fullmatch(header.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise OutsideError("A part of no length was asked for.")
        return Part(size - length, size)
    start, end = int(first), int(last) + 1 if last else size
    if end <= start and last:
        return None
    if start >= size:
        raise OutsideError("The part begins beyond the end.")
    return Part(start, min(end, size))
