"""Field selection as in `fields=id,from{id},comments.limit(5){message}`, and what is left by it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.graph.errors import GraphError

_ARGUMENT = re.compile(r"\.(\w+)\(([^)]*)\)")
_NAME = re.compile(r"\w+")


@dataclass(slots=True)
class Field:
    name: str
    arguments: dict[str, str] = field(default_factory=dict)
    inner: list["Field"] = field(default_factory=list)


def selected(text: str) -> list[Field]:
    """Raises `GraphError`."""
    text = re.sub(r"\s", "", text)
    found, end = _list(text, 0)
    if end != len(text):
        raise _syntax(text[end:])
    return found


def _list(text: str, at: int) -> tuple[list[Field], int]:
    found: list[Field] = []
    while at < len(text) and text[at] != "}":
        name = _NAME.match(text, at)
        if name is None:
            raise _syntax(text[at:])
        one, at = Field(name.group()), name.end()
        while argument := _ARGUMENT.match(text, at):
            one.arguments[argument.group(1)] = argument.group(2)
            at = argument.end()
        if text[at : at + 1] == "{":
            one.inner, at = _list(text, at + 1)
            if text[at : at + 1] != "}":
                raise _syntax(text[at:])
            at += 1
        found.append(one)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] not in ("", "}"):
            raise _syntax(text[at:])
    return found, at


def _syntax(rest: str) -> GraphError:
    return GraphError(2500, f"Syntax error near: {rest[:20]}")


def kept(said: Any, inner: list[Field]) -> Any:
    """Of an object, or of each in a list, only the named fields; an id stays."""
    if not inner:
        return said
    if isinstance(said, list):
        return [kept(one, inner) for one in said]
    if isinstance(said, Mapping):
        if "data" in said:
            return {**said, "data": kept(said["data"], inner)}
        names = {one.name: one for one in inner}
        return {
            name: kept(value, names[name].inner) if name in names else value
            for name, value in said.items()
            if name in names or name == "id"
        }
    return said
