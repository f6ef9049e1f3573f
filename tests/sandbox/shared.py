"""Specifications and captured answers that lie beside the checkout; they are read, never copied."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"


def read(*path: str) -> Any:
    """A JSON file. Without the folder beside the checkout the test is skipped, but not in CI."""
    file = SHARED.joinpath(*path)
    if not file.exists():
        if os.environ.get("CI"):
            raise AssertionError(f"{file} is missing: CI needs it.")
        pytest.skip(f"{file} is not here.")
    return json.loads(file.read_text(encoding="utf-8"))


def shape(said: Any) -> Any:
    """The names and types of an answer without its values; a list is what all its entries are."""
    if isinstance(said, dict):
        return {name: shape(value) for name, value in said.items()}
    if isinstance(said, list):
        merged: Any = None
        for one in said:
            merged = _merged(merged, shape(one))
        return [merged]
    return type(said).__name__


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _merged(one.get(name), other.get(name)) for name in (*one, *other)}
    return other if one is None else one


def lacking(ours: Any, captured: Any, at: str = "") -> list[str]:
    """What the captured shape has and ours lacks or has otherwise."""
    if isinstance(captured, dict):
        if not isinstance(ours, dict):
            return [f"{at}: {ours} instead of an object"]
        return [
            wrong
            for name, inner in captured.items()
            for wrong in (
                lacking(ours[name], inner, f"{at}.{name}")
                if name in ours
                else [f"{at}.{name} is missing"]
            )
        ]
    if isinstance(captured, list):
        if not isinstance(ours, list):
            return [f"{at}: {ours} instead of a list"]
        return lacking(ours[0], captured[0], f"{at}[]") if captured[0] and ours[0] else []
    return [] if ours == captured else [f"{at}: {ours} instead of {captured}"]
