"""The document as a page to read: made here, with nobody's scripts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from glede.web import access
from glede.web.api.base import VERSION
from glede.web.api.urls import document


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body, in words."""

    name: str
    kind: str
    required: bool
    where: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    key: str
    method: str
    address: str
    says: str
    asks: str
    takes: tuple[Field, ...]
    body: tuple[Field, ...]
    about_body: str
    gives: tuple[Field, ...]
    about_given: str
    answers: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    operations: tuple[Operation, ...]


@access.signed_in("says what can be asked and nothing of what is in here")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every operation: what it asks for, takes and answers."""
    return render(request, "api/page.html", {"parts": parts(document()), "version": VERSION})


def parts(told: Mapping[str, Any]) -> tuple[Part, ...]:
    found: dict[str, list[Operation]] = {}
    for address, methods in told["paths"].items():
        for method, operation in methods.items():
            shown = _operation(address, method, operation, told)
            found.setdefault(operation["tags"][0], []).append(shown)
    return tuple(Part(name, tuple(those)) for name, those in sorted(found.items()))


def _operation(
    address: str, method: str, of: Mapping[str, Any], told: Mapping[str, Any]
) -> Operation:
    body = _content(of.get("requestBody", {}))
    given = next(
        (_content(one) for status, one in of["responses"].items() if str(status).startswith("2")),
        {},
    )
    return Operation(
        key=of["operationId"],
        method=method.upper(),
        address=address,
        says=of["description"],
        asks=of["security"][0]["Token"][0],
        takes=tuple(
            Field(one["name"], _kind(one["schema"]), bool(one.get("required")), one["in"])
            for one in of.get("parameters", [])
        ),
        body=tuple(_fields(body, told)),
        about_body=_named(body, told).get("description", ""),
        gives=tuple(_fields(given, told)),
        about_given=_named(given, told).get("description", ""),
        answers=", ".join(sorted(map(str, of["responses"]))),
    )


def _content(of: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the one content type there is."""
    for content in of.get("content", {}).values():
        schema: Mapping[str, Any] = content.get("schema", {})
        return schema
    return {}


def _named(schema: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference, or a list of one, means."""
    if schema.get("type") == "array":
        schema = schema.get("items", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return told["components"]["schemas"].get(name, {}) if name else schema


def _fields(schema: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Field]:
    named = _named(schema, told)
    required = set(named.get("required", ()))
    for name, one in named.get("properties", {}).items():
        yield Field(name, _kind(one), name in required)


def _kind(of: Mapping[str, Any]) -> str:
    """The type in a few words: “string, date-time”, “list of Label”, “number or null”."""
    if "$ref" in of:
        return str(of["$ref"]).rpartition("/")[2]
    if "anyOf" in of:
        return " or ".join(_kind(one) for one in of["anyOf"])
    if "enum" in of:
        return " · ".join(str(one) or "(empty)" for one in of["enum"])
    if of.get("type") == "array":
        return f"list of {_kind(of.get('items', {}))}"
    words = [str(of.get("type", "anything")), str(of.get("format", ""))]
    return ", ".join(word for word in words if word)
