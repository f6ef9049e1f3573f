"""Which platforms a text names."""

from collections.abc import Iterable

from glede.rulebook.policy.document.outline import Named
from glede.rulebook.policy.document.tree import Entry
from glede.rulebook.policy.document.vocabulary import PLATFORMS


def find(entries: Iterable[Entry]) -> tuple[Named, ...]:
    """In the order in which the text names them."""
    found: dict[str, Named] = {}
    for entry in entries:
        hits = sorted(
            (match.start(), name, match.group())
            for name, pattern in PLATFORMS
            for match in pattern.finditer(entry.text)
        )
        for _start, name, quote in hits:
            found.setdefault(name, Named(name, entry.number, quote))
    return tuple(found.values())
