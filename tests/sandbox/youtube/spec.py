"""YouTube's discovery document as a judge of answers: every name and every type."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.sandbox.youtube.people import DOCUMENT

_TYPES = {"string": str, "integer": int, "boolean": bool, "number": float}


@dataclass(frozen=True)
class Spec:
    schemas: dict[str, Any]

    @classmethod
    def load(cls) -> "Spec":
        return cls(json.loads(DOCUMENT.read_text(encoding="utf-8"))["schemas"])

    def wrong(self, name: str, said: Any) -> list[str]:
        """What is not as the schema of this name has it."""
        return list(self._wrong({"$ref": name}, said, name))

    def _wrong(self, schema: dict[str, Any], said: Any, at: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        match schema["type"]:
            case "object":
                yield from self._object(schema, said, at)
            case "array":
                if not isinstance(said, list):
                    yield f"{at} is no list"
                    return
                for one in said:
                    yield from self._wrong(schema["items"], one, f"{at}[]")
            case kind:
                if type(said) is not _TYPES[kind]:
                    yield f"{at} is {said!r} and no {kind}"
                elif "enum" in schema and said not in schema["enum"]:
                    yield f"{at} is {said!r}, which is none of {schema['enum']}"
                elif not _formed(schema.get("format", ""), said):
                    yield f"{at} is {said!r} and no {schema['format']}"

    def _object(self, schema: dict[str, Any], said: Any, at: str) -> Iterator[str]:
        if not isinstance(said, dict):
            yield f"{at} is no object"
            return
        for name, value in said.items():
            if name in schema.get("properties", {}):
                yield from self._wrong(schema["properties"][name], value, f"{at}.{name}")
            elif "additionalProperties" in schema:
                yield from self._wrong(schema["additionalProperties"], value, f"{at}.{name}")
            else:
                yield f"{at}.{name} is not in the document"


def _formed(form: str, said: Any) -> bool:
    match form:
        case "date-time":
            return datetime.fromisoformat(said).tzinfo is not None
        case "uint64" | "int64":
            return bool(said.isdecimal())
        case "uint32":
            return 0 <= int(said) < 2**32
        case _:
            return True
