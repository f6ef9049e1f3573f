"""Full names of people whom the desk knows, in words that anybody can read (clause 5.4). Pure.

Who is known is looked up by whoever asks: `candidates` says which words may be a name. A first name
alone, a name in small letters and a person nobody wrote to us as are for a person to see.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.kit.words import say

_CLAUSE = "5.4"
#: A word that begins with a capital, with what stands inside names: O’Shea, Kerry-Ann.
_WORD = re.compile(r"[^\W\d_a-z][\w'’-]*[\w]", re.UNICODE)
#: Words of one name stand beside each other, on one line, and begin no sentence.
_BETWEEN = re.compile(r"[ \t\u00a0]+")
#: A full name has two words at least, and is looked for up to so many.
_FEWEST, _MOST = 2, 4


def candidates(words: str) -> Mapping[str, tuple[Span, ...]]:
    """Every row of two to four capitalised words, in small letters, and where it stands."""
    found: dict[str, tuple[Span, ...]] = {}
    for row in _rows(words):
        for first in range(len(row)):
            for last in range(first + _FEWEST, min(first + _MOST, len(row)) + 1):
                span = Span(row[first].start, row[last - 1].end)
                name = " ".join(words[one.start : one.end] for one in row[first:last]).casefold()
                found[name] = (*found.get(name, ()), span)
    return found


def _rows(words: str) -> Iterator[list[Span]]:
    row: list[Span] = []
    for one in _WORD.finditer(words):
        if not one[0][0].isupper():
            continue
        if row and not _BETWEEN.fullmatch(words[row[-1].end : one.start()]):
            yield row
            row = []
        row.append(Span(one.start(), one.end()))
    yield row


def check(typed: Typed) -> Iterator[Spotted]:
    """Names of others who wrote to us; apart from them those who stand in public there too."""
    if not typed.public or not typed.people:
        return
    spots = candidates(typed.words)
    brands = {voice.brand.casefold() for voice in (typed.brand, *typed.others)}
    named = typed.people & spots.keys() - brands
    if spans := _spans(spots, named - typed.present):
        yield Spotted(
            check="personal-name",
            says=say(
                "The name of somebody else who wrote to us, in a reply that anybody can read."
            ),
            do=say("Take it out, or answer in private."),
            clause=_CLAUSE,
            severity=Severity.SECOND,
            spans=spans,
        )
    if spans := _spans(spots, named & typed.present):
        yield Spotted(
            check="personal-name-here",
            says=say("The name of somebody else who writes here in public."),
            do=say("Say nothing of them that they did not say here themselves."),
            clause=_CLAUSE,
            severity=Severity.CONFIRM,
            spans=spans,
        )


def _spans(spots: Mapping[str, tuple[Span, ...]], names: Iterable[str]) -> tuple[Span, ...]:
    """Where these names stand, in order; a name within a longer one is told with that."""
    found = sorted((span for name in names for span in spots[name]), key=_longest_first)
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def _longest_first(span: Span) -> tuple[int, int]:
    return span.start, -span.end
