"""What a person types into the search box, read: words, "exact phrases", -without, filter:value.

Pure. What is not understood is said and looked for as words, so that nobody meets an empty page
because of a colon.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from glede.kit.words import say

#: A person types no more than this; a longer text is cut, and they are told.
LONGEST = 300
#: A word that is begun is completed from this length on; shorter ones would match half of all.
COMPLETED_FROM = 3
#: A shorter word has no three letters for the index of names to go by.
INDEXED_FROM = 3
#: A word is rare if no more than one in so many names has it.
RARE = 10

#: Every filter, with what it takes and an example; the search page shows them.
FILTERS: Mapping[str, tuple[str, str]] = {
    "from": (say("who wrote it, by a part of their name or handle"), "from:fairweather"),
    "brand": (say("one brand"), "brand:pennvale"),
    "on": (say("one platform"), "on:facebook"),
    "is": (say("open, settled, public, private, unanswered, mine, ours or a note"), "is:open"),
    "after": (say("from this day on"), "after:2026-11-01"),
    "before": (say("up to the day before"), "before:2026-12-01"),
}
STATES = frozenset(
    {"open", "settled", "public", "private", "unanswered", "mine", "ours", "theirs", "note"}
)

_PART = re.compile(r'(?P<minus>-?)(?:(?P<name>[a-z]+):)?(?P<value>"[^"]*"?|\S+)', re.IGNORECASE)
_BARE = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Asked:
    """`words` are for the words themselves, in web search form; `begun` is the last one, which may
    go on; `filters` by name; `remarks` say what was not understood."""

    words: str = ""
    begun: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: date | None = None
    before: date | None = None
    remarks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.words or self.begun or self.filters or self.after or self.before)

    @property
    def name(self) -> str:
        """The words without signs: what a person may be called."""
        return " ".join(_BARE.findall(f"{self.words} {self.begun}"))


def read(typed: str, *, brands: frozenset[str], platforms: frozenset[str]) -> Asked:
    """`brands` and `platforms` are the slugs there are."""
    remarks: list[str] = []
    if len(typed) > LONGEST:
        remarks.append(
            say("Only the first %(longest)s characters were looked for.", longest=LONGEST)
        )
    # PostgreSQL takes no NUL in a text.
    typed = typed[:LONGEST].replace("\0", " ")
    words: list[str] = []
    filters: dict[str, list[str]] = {}
    days: dict[str, date] = {}
    for part in _PART.finditer(typed):
        name, value = (part["name"] or "").lower(), part["value"].strip('"').strip()
        if not value:
            continue
        if not name:
            quoted = part["value"].startswith('"')
            words.append(part["minus"] + (f'"{value}"' if quoted else value))
            continue
        wrong = _wrong(name, value.lower(), brands=brands, platforms=platforms)
        if wrong:
            remarks.append(wrong)
            words.append(f'"{name} {value}"' if name not in FILTERS else value)
        elif name in ("after", "before"):
            days[name] = date.fromisoformat(value)
        else:
            filters.setdefault(name, []).append(value.lower())
    begun = ""
    if words and _BARE.fullmatch(words[-1]) and not typed.endswith(" "):
        begun = words.pop() if len(words[-1]) >= COMPLETED_FROM else ""
    return Asked(
        words=" ".join(words),
        begun=begun,
        filters={name: tuple(values) for name, values in filters.items()},
        after=days.get("after"),
        before=days.get("before"),
        remarks=tuple(remarks),
    )


def rarest(name: str, names: Sequence[str]) -> str:
    """Of the words in a name the one that the fewest of `names` have; all of it if none is rare.

    Both in lower case. The index of names goes by three letters at a time, and looks through a long
    list for each three that are common: one rare word is enough to find the few that are meant.
    """
    words = [word for word in name.split() if len(word) >= INDEXED_FROM]
    counted = [(sum(word in one for one in names), -len(word), word) for word in words]
    rare = [one for one in counted if one[0] * RARE <= len(names)]
    return min(rare)[2] if rare else name


def _wrong(name: str, value: str, *, brands: frozenset[str], platforms: frozenset[str]) -> str:
    if name not in FILTERS:
        known = ", ".join(f"{one}:" for one in FILTERS)
        return say(
            "There is no filter “%(name)s:”; there are %(known)s. It was looked for as words.",
            name=name,
            known=known,
        )
    choices = {"brand": brands, "on": platforms, "is": STATES}.get(name)
    if choices is not None and value not in choices:
        listed = ", ".join(sorted(choices))
        return say(
            "“%(name)s:%(value)s” is not known: use one of %(listed)s.",
            name=name,
            value=value,
            listed=listed,
        )
    if name in ("after", "before"):
        try:
            date.fromisoformat(value)
        except ValueError:
            return say(
                "“%(name)s:%(value)s” is no day: write it as 2026-11-22.", name=name, value=value
            )
    return ""
