"""The list of addresses in docs/reference/api.md, made from the OpenAPI document.

python -m tools.api_reference --write
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

import django

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
_BLOCK = re.compile(r"(<!-- addresses:[^\n]*-->\n).*?(<!-- end of addresses -->)", re.DOTALL)


def listed(document: dict[str, Any]) -> str:
    """A table for each part: method and address, what it asks for, what it does."""
    parts: dict[str, list[str]] = {}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            (asks,) = operation["security"][0]["Token"]
            says = " ".join(operation["description"].split())
            short = address.removeprefix("/api/v1")
            row = f"| `{method.upper()} {short}` | `{asks}` | {says} |"
            parts.setdefault(operation["tags"][0], []).append(row)
    tables = [
        f"### {name.capitalize()}\n| | Asks for | |\n|---|---|---|\n" + "\n".join(rows)
        for name, rows in sorted(parts.items())
    ]
    return "\n\n".join(tables) + "\n"


def written(page: str, document: dict[str, Any]) -> str:
    """The page with the list as the document has it."""
    return _BLOCK.sub(lambda found: f"{found[1]}{listed(document)}{found[2]}", page)


def main(arguments: list[str]) -> int:
    """Write the list, or say whether it is as the document has it (status 1 if not)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glede.settings")
    django.setup()
    from glede.web.api.urls import document  # noqa: PLC0415 - Django must be set up first

    page = PAGE.read_text(encoding="utf-8")
    wanted = written(page, document())
    if "--write" in arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    return int(page != wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
