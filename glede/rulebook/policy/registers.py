"""What a version's outline says about documents and law beside it, and what is amiss. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

#: A name with one of these speaks of guidance rather than of law.
_GUIDANCE = ("guidance", "code of practice", "guide", "standard")


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """A law as the text names it, with what the flags say about it."""

    written: str
    clauses: list[str]
    guidance: bool
    note: str


def folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def related(outline: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Title and clauses of each document the version lists, and of each it cites without listing
    it."""
    found = _named([*outline.get("related", ()), *outline.get("cited", ())])
    return [(name, sorted({clause for clause in clauses if clause}))
            for name, clauses in found.values()]  # fmt: skip


def laws(outline: Mapping[str, Any]) -> list[NamedLaw]:
    """Each law and guidance the version names, with what a flag says of it."""
    flags = [
        flag
        for flag in outline.get("flags", ())
        if flag.get("kind") in ("repealed_law", "renamed_body", "conflicts_with_law")
    ]
    return [
        NamedLaw(
            written=name,
            clauses=sorted({clause for clause in clauses if clause}),
            guidance=any(word in folded(name) for word in _GUIDANCE),
            note=" ".join(
                str(flag.get("says", ""))
                for flag in flags
                if folded(name) in folded(str(flag.get("quote", "")))
                or folded(str(flag.get("quote", "-"))) in folded(name)
            ),
        )
        for name, clauses in _named(outline.get("laws", ())).values()
    ]


def _named(rows: Iterable[Any]) -> dict[str, tuple[str, list[str]]]:
    """Rows are names, or objects with a `name` and perhaps a `clause`."""
    found: dict[str, tuple[str, list[str]]] = {}
    for row in rows:
        name = row if isinstance(row, str) else str(row.get("name") or row.get("title") or "")
        name = " ".join(name.split())
        clause = "" if isinstance(row, str) else str(row.get("clause", ""))
        if name:
            found.setdefault(folded(name), (name, []))[1].append(clause)
    return found


def amiss(
    *,
    location: str,
    found: bool | None,
    owner: str,
    review_due_on: date | None,
    today: date,
) -> tuple[str, ...]:
    """What is wrong with an entry of a related document, one sentence each."""
    says = []
    if found is False:
        says.append("Whoever looked did not find it: correct the link, or ask its owner.")
    if not location:
        says.append("It is missing: nobody has said where it is.")
    if not owner:
        says.append("It has no owner.")
    if review_due_on is not None and review_due_on < today:
        says.append(f"Its own review is overdue since {review_due_on:%-d %B %Y}.")
    return tuple(says)


def using(title: str, clauses: Iterable[tuple[str, str]]) -> Sequence[str]:
    """Numbers of the clauses whose text names the document."""
    needle = folded(title)
    return [number for number, text in clauses if needle and needle in folded(text)]
