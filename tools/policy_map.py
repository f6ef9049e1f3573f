"""Make docs/policy-map.md from glede/rulebook/policy/enforcement.toml.

python tools/policy_map.py           print it
python tools/policy_map.py --write   write it
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from glede.rulebook.policy import enforcement
from glede.rulebook.policy.enforcement import Enforcement, Line, Word

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "policy-map.md"

_BEFORE = """\
# Policy map
What the desk does about each clause, where, and the test that proves it. Numbers are those of the
model policy (`glede/rulebook/policy/model_policy.toml`). The page of a clause shows the same word.

- **enforced**: a test proves all of it.
- **partly**: a test proves some of it, and the line says what is missing.
- **not yet**: nothing.

This page is made from `glede/rulebook/policy/enforcement.toml` by `python -m tools.policy_map
--write`. A test fails when a clause has no line, when a line names a module or test that is not
there, when a claim has no test, and when this page is out of date.
"""


def page(entries: tuple[Enforcement, ...]) -> str:
    """The whole page."""
    return "\n".join([_BEFORE, _count(entries), "", *_table(entries), ""])


def _count(entries: tuple[Enforcement, ...]) -> str:
    words = [entry.word for entry in entries]
    said = ", ".join(f"{words.count(word)} {word.value}" for word in Word)
    return f"Of {len(words)} entries: {said}."


def _table(entries: tuple[Enforcement, ...]) -> Iterator[str]:
    yield "| Clause | Word | What the desk does | Missing | Where | Proved by |"
    yield "|---|---|---|---|---|---|"
    for entry in entries:
        for line in entry.lines:
            yield _row(entry.number, line)


def _row(number: str, line: Line) -> str:
    cells = (
        f"{number} ({line.part})" if line.part else number,
        f"**{line.word.value}**",
        line.does or "–",
        line.missing or "–",
        _listed(line.modules),
        _listed(line.tests),
    )
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"


def _listed(names: tuple[str, ...]) -> str:
    return "<br>".join(f"`{name}`" for name in names) or "–"


def main(arguments: list[str]) -> int:
    text = page(enforcement.everything())
    if arguments == ["--write"]:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Wrote {PAGE.relative_to(ROOT)}.")
        return 0
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
