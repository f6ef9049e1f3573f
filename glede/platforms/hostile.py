"""Bytes no platform would send, or would send only broken: what `parse` has to bear."""

import json
from collections.abc import Iterator
from random import Random

_SEED = 2026

_WRONG: tuple[object, ...] = (
    None,
    True,
    -1,
    1e300,
    10**30,
    "",
    "\x00\ud800",
    [],
    {},
    [None],
    {"a": []},
)


def garbage() -> Iterator[bytes]:
    yield from (b"", b"\x00", b"\xff\xfe\xfd", b"null", b"0", b'""', b"[]", b"{}", b"[[[]]]")
    yield from (b"{", b'{"a":', b"<html>", b"NaN", b'"\\ud800"', b"\xef\xbb\xbf{}")
    yield b"[" * 100_000
    yield b'{"a":' * 50_000
    yield b"9" * 10_000
    random = Random(_SEED)  # noqa: S311 - repeatable, not secret
    for length in (1, 10, 1000, 10_000):
        yield random.randbytes(length)


def spoiled(body: bytes) -> Iterator[bytes]:
    """The same event cut off, with flipped bits, and with each value replaced by a wrong one."""
    random = Random(_SEED)  # noqa: S311 - repeatable, not secret
    for _ in range(20):
        yield body[: random.randrange(len(body))]
        flipped = bytearray(body)
        flipped[random.randrange(len(body))] ^= 1 << random.randrange(8)
        yield bytes(flipped)
    try:
        data = json.loads(body)
    except ValueError:
        return
    for path in _paths(data):
        for wrong in _WRONG:
            yield json.dumps(_with(data, path, wrong)).encode()


def _paths(data: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if here:
        yield here
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _paths(value, (*here, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _paths(value, (*here, index))


def _with(data: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, dict):
        return {**data, step: _with(data[step], rest, value)}
    if isinstance(data, list) and isinstance(step, int):
        return [*data[:step], _with(data[step], rest, value), *data[step + 1 :]]
    return data
