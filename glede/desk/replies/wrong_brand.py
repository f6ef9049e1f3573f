"""Words, links and numbers of another brand of ours in this brand's reply (clause 1.1). Pure."""

import re
from collections.abc import Iterable, Iterator

from glede.desk.replies import voices
from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.desk.replies.voices import Voice
from glede.kit.words import say

_CLAUSE = "1.1"
_NUMBER = re.compile(r"\+?\(?\d(?:[ ().-]{0,2}\d){8,12}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)


def check(typed: Typed) -> Iterator[Spotted]:
    """One finding for each other brand that is named, or written to, in it."""
    own = voices.ours([typed.brand])
    for other in typed.others:
        spans = {*_named(typed, other), *_contacts(typed.words, other, own)}
        if not spans:
            continue
        yield Spotted(
            check="wrong-brand",
            says=say(
                "This speaks as %(ours)s, and that is %(theirs)s’s.",
                ours=typed.brand.brand,
                theirs=other.brand,
            ),
            do=say("Take it out, or say that you mean it."),
            clause=_CLAUSE,
            severity=Severity.CONFIRM,
            spans=tuple(_apart(spans)),
        )


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """In order, the widest alone where they overlap: a name stands within its own address."""
    end = 0
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.start >= end:
            yield span
            end = span.end


def _named(typed: Typed, other: Voice) -> Iterator[Span]:
    """The other's names, where they are no part of one of ours (“Red Kite” in “Red Kite Homes”)."""
    ours = [found.span() for found in _names(typed.brand).finditer(typed.words)]
    for found in _names(other).finditer(typed.words):
        start, end = found.span()
        if not any(begins <= start and end <= ends for begins, ends in ours):
            yield Span(start, end)


def _names(voice: Voice) -> re.Pattern[str]:
    names = sorted(voice.names, key=len, reverse=True)
    joined = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    # Without any name: what matches nothing at all.
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)" if joined else r"(?!)", re.IGNORECASE)


def _contacts(words: str, other: Voice, own: frozenset[str]) -> Iterator[Span]:
    theirs = voices.ours([other]) - own
    for pattern, plain in (
        (_NUMBER, voices.digits),
        (_ADDRESS, str.casefold),
        (_LINK, voices.host),
    ):
        for found in pattern.finditer(words):
            if plain(found[0]) in theirs:
                yield Span(*found.span())
