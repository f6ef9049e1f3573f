"""Full names of people whom the desk knows, in words that anybody can read (clause 5.4). Pure.

Who is known is looked up by whoever asks: `candidates` says which words may be a name. Of those who
write in the same thread, `near` finds the first name alone and the name in small letters too. The
first name of anybody else, and a person nobody wrote to us as, are for a person to see.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.kit.words import say

_CLAUSE = "5.4"
#: A word that begins with a capital, with what stands inside names: O’Shea, Kerry-Ann.
_WORD = re.compile(r"[^\W\d_a-z][\w'’-]*[\w]", re.UNICODE)
#: Words of one name stand beside each other, on one line, and begin no sentence.
_BETWEEN = re.compile(r"[ \t\u00a0]+")
#: A full name has two words at least, and is looked for up to so many.
_FEWEST, _MOST = 2, 4
#: What stands before a word that begins a sentence or a line: there any word has a capital.
_BEGINS = re.compile(r"(?:^|[.!?…:\n])[\s\"'“”‘’()–-]*$")
#: First names that say something else with a capital too: a month, a day, a season.
_CALENDAR = frozenset(
    {"april", "august", "autumn", "easter", "june", "may", "summer", "sunday", "winter"}
)
#: First names that are words: in small letters, or where a sentence begins, nobody is meant.
_ALSO_WORDS = """
    amber angel art ash basil bailey bay bill bob brook brooke carol cash chance chase chip
    christian clay cliff crystal daisy dale dawn dean destiny don drew earl eve faith fay fern finn
    flora frank gay gene ginger glen grace grant guy harmony hazel heath heather holly honour hope
    hunter iris ivy jack jade jasmine jay jean jewel joy kit lance lane laurel lee lily major marina
    mark marshall mason max melody mercy merry mike miles mills misty myrtle nick norm old olive
    page pat patience pearl peg penny pierce piper poppy porter prudence ray red reed rich river
    rob robin rod rose rosemary roy royal ruby rusty sage sandy scarlet scout sky skip stew sterling
    stone storm sue tanner ted tom van verity victor victory viola violet wade ward warren will
    woody wren young"""
_WORDS = _CALENDAR | frozenset(_ALSO_WORDS.split())
#: A name with one of these is no person's.
_OF_GROUPS = """
    action association centre club community council estate forum group homes house housing
    news page residents street support team tenants the trust"""
_NO_PERSON = frozenset(_OF_GROUPS.split())


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


def near(words: str, around: Iterable[str], *, but: Collection[str]) -> tuple[Span, ...]:
    """Where people who write in the same thread are named by their first name alone, or in small
    letters. `around` are their full names; `but` those of the resident who is answered."""
    own = {part for name in but for part in name.casefold().split()}
    found: list[Span] = []
    for name in around:
        parts = name.casefold().split()
        if not _FEWEST <= len(parts) <= _MOST or not _NO_PERSON.isdisjoint(parts):
            continue
        found += _standing(words, r"\s+".join(re.escape(part) for part in parts))
        if parts[0] not in own and len(parts[0]) > _FEWEST and parts[0] not in _CALENDAR:
            for span in _standing(words, re.escape(parts[0])):
                if parts[0] not in _WORDS or _is_name(words, span):
                    found.append(span)
    return _apart(found)


def _standing(words: str, pattern: str) -> Iterator[Span]:
    """Whole words alone; what follows “^” is a sign-off, and “@” or “/” part of an address."""
    for one in re.finditer(rf"(?<![\w^@/.#-]){pattern}(?![\w@-])", words, re.IGNORECASE):
        yield Span(one.start(), one.end())


def _is_name(words: str, span: Span) -> bool:
    """Has a capital, and not because a sentence begins."""
    return words[span.start].isupper() and not _BEGINS.search(words[: span.start])


def check(typed: Typed) -> Iterator[Spotted]:
    """Names of others who wrote to us; apart from them those who stand in public there too."""
    if not typed.public or not (typed.people or typed.near):
        return
    spots = candidates(typed.words)
    brands = {voice.brand.casefold() for voice in (typed.brand, *typed.others)}
    named = typed.people & spots.keys() - brands
    elsewhere = _spans(spots, named - typed.present)
    if spans := elsewhere:
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
    here = _apart([*_spans(spots, named & typed.present), *typed.near])
    if spans := tuple(one for one in here if not _within(one, elsewhere)):
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
    return _apart([span for name in names for span in spots[name]])


def _within(span: Span, others: Iterable[Span]) -> bool:
    return any(one.start <= span.start and span.end <= one.end for one in others)


def _apart(found: Iterable[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for span in sorted(found, key=_longest_first):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def _longest_first(span: Span) -> tuple[int, int]:
    return span.start, -span.end
