"""Plain text: a blank line, a bullet, a number or a tab begins something new; lines broken at the
edge of a page are joined again."""

import re
from collections.abc import Sequence

from glede.rulebook.policy.document import labels, tidy
from glede.rulebook.policy.document.blocks import Para, Source

#: Lines no longer than this throughout are taken as broken by hand.
WRAPPED = 120
_FULL = 0.6
_FIELD = re.compile(r"[A-Z][\w /&’'-]{1,40}:(?:\s|$)")
_RULE = re.compile(r"[-=_*~\s]{3,}")


def read(text: str) -> Source:
    given = tidy.lines(text)
    longest = max((len(line) for line in given), default=0)
    width = longest if longest <= WRAPPED else 0
    return Source(tuple(Para(text) for text in paragraphs(given, width)))


def paragraphs(given: Sequence[str], width: int) -> list[str]:
    """The paragraphs in lines; `width` is that of the page, 0 where each line is a paragraph."""
    made: list[str] = []
    open_ = False
    previous = ""
    for line in given:
        if not line.strip() or _RULE.fullmatch(line):
            open_ = False
        elif open_ and _goes_on(previous, line, width):
            made[-1] = f"{made[-1]} {line.strip()}"
        else:
            made.append(line)
            open_ = True
        previous = line
    return made


def _goes_on(previous: str, line: str, width: int) -> bool:
    if not width or "\t" in line or "\t" in previous.strip() or len(previous) < width * _FULL:
        return False
    if tidy.without_bullet(line)[1] or labels.split(line) or _FIELD.match(line):
        return False
    return not previous.rstrip().endswith(":")
