"""What an outline promises, leaves open and gets wrong."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from glede.rulebook.policy.document.outline import Outline
from glede.rulebook.policy.findings import (
    approvals,
    automatic,
    conduct,
    gaps,
    heading,
    law,
    opening,
    periods,
    references,
    replies,
    soft,
    wording,
)
from glede.rulebook.policy.findings.text import Sentence, sentences
from glede.rulebook.policy.findings.values import Findings, Flag, FoundRule


def find(outline: Outline, *, today: date) -> Findings:
    """Rules with their quotes, open questions, and flags. `today` decides what is overdue.

    Every quote stands letter for letter in the text of its clause; one without a clause is of the
    heading. A rule is given once; a second value for it is a flag.
    """
    read = sentences(outline)
    answers, doubts = replies.rules(replies.promises(read))
    hours, clashes = opening.rules(read)
    rules = _once(
        [
            *answers,
            *automatic.rules(read),
            *hours,
            *conduct.rules(read),
            *approvals.rules(outline, read),
            *periods.rules(outline, read),
        ]
    )
    questions, silences = gaps.gaps(outline, read, rules)
    flags = (
        *_flags(outline, read, today),
        *doubts,
        *clashes,
        *soft.flags(read),
        *silences,
    )
    return Findings(rules=tuple(rules), gaps=tuple(questions), flags=_in_order(outline, flags))


def _once(rules: Iterable[FoundRule]) -> list[FoundRule]:
    by_key: dict[str, FoundRule] = {}
    for rule in rules:
        by_key.setdefault(rule.key, rule)
    return list(by_key.values())


def _flags(outline: Outline, read: Sequence[Sentence], today: date) -> Iterator[Flag]:
    yield from heading.flags(outline, read, today)
    yield from law.flags(read)
    yield from references.flags(outline, read)
    yield from wording.flags(outline, read)


def _in_order(outline: Outline, flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """As the document goes, the heading first, what is nowhere said last; each flag once."""
    places = {clause.number: place for place, clause in enumerate(outline.clauses)}

    def place(flag: Flag) -> tuple[int, int]:
        return (1, 0) if flag.kind == "silent_on" else (0, places.get(flag.clause, -1))

    return tuple(sorted(dict.fromkeys(flags), key=place))
