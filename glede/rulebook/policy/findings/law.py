"""The text against the law: what was replaced, renamed, or never allowed (facts: law.toml)."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from glede.rulebook.policy.findings.amounts import amounts, length
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.values import Flag

type _Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact with its source. An empty pattern asks nothing."""

    name: str
    pattern: _Pattern
    source: str
    now: str = ""
    since: date | None = None
    says: str = ""
    nearby: _Pattern | None = None
    without: _Pattern | None = None
    verb: _Pattern | None = None
    about: _Pattern | None = None
    where: _Pattern | None = None
    #: Days, or working days where the sentence counts those.
    above: float | None = None


@cache
def facts() -> dict[str, Any]:
    text = Path(__file__).with_name("law.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def entries(kind: str) -> tuple[Entry, ...]:
    return tuple(_entry(given) for given in facts()[kind])


def _entry(given: dict[str, Any]) -> Entry:
    return Entry(
        name=given["name"],
        pattern=_compiled(given["pattern"]),
        source=given["source"],
        now=given.get("now", ""),
        since=given.get("since"),
        says=given.get("says", ""),
        nearby=_maybe(given.get("with")),
        without=_maybe(given.get("without") or given.get("never")),
        verb=_maybe(given.get("verb")),
        about=_maybe(given.get("about")),
        where=_maybe(given.get("where")),
        above=given.get("above"),
    )


def _compiled(pattern: str) -> _Pattern:
    return re.compile(pattern, re.IGNORECASE)


def _maybe(pattern: str | None) -> _Pattern | None:
    return _compiled(pattern) if pattern else None


def flags(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    yield from _replaced(sentences)
    yield from _renamed(sentences)
    yield from _conflicts(sentences)
    yield from _refused(sentences)


_SAID = re.compile(
    r"\b(?:repealed|replaced|superseded|formerly|previously known|used to be|abolished|revoked)\b",
    re.IGNORECASE,
)


def _replaced(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    for sentence in sentences:
        for law in entries("law"):
            match = law.pattern.search(sentence.text)
            if match and not _SAID.search(sentence.text):
                yield Flag("repealed_law", _now(law, match.group()), sentence.clause, match.group())


def _renamed(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    """Each body once, where the text first names it; not where the text gives the new name too."""
    whole = "\n".join(sentence.text for sentence in sentences)
    for body in entries("body"):
        if body.without and body.without.search(_around(body, whole)):
            continue
        for sentence in sentences:
            match = body.pattern.search(sentence.text)
            if not match or _SAID.search(sentence.text):
                continue
            if body.nearby and not body.nearby.search(sentence.text):
                continue
            yield Flag(
                "renamed_body", _renaming(body, match.group()), sentence.clause, match.group()
            )
            break


def _around(body: Entry, whole: str) -> str:
    """The words near each mention: the new name beside the old one settles it."""
    return "\n".join(
        whole[max(0, match.start() - 60) : match.end() + 60]
        for match in body.pattern.finditer(whole)
    )


def _renaming(body: Entry, quote: str) -> str:
    since = f"since {body.since:%-d %B %Y} " if body.since else ""
    return body.says or f"“{quote}” is out of date: {since}it is {body.now}."


def _now(entry: Entry, quote: str) -> str:
    since = f"since {entry.since:%-d %B %Y} " if entry.since else ""
    return f"“{quote}” no longer applies: {since}it is {entry.now}."


def _conflicts(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    whole = "\n".join(sentence.text for sentence in sentences)
    for sentence in sentences:
        said: set[str] = set()
        for conflict in entries("conflict"):
            if conflict.says in said or not _against(conflict, sentence, whole):
                continue
            said.add(conflict.says)
            yield Flag(
                "conflicts_with_law",
                f"{conflict.says} ({conflict.source})",
                sentence.clause,
                sentence.text,
            )


#: “Subject access requests: see below. There is a fee of £10”: the sentence before gives the topic.
_GOES_ON = re.compile(r"(?:there|it|we|they|this|these|you|a fee|please)\b", re.IGNORECASE)


def _against(conflict: Entry, sentence: Sentence, whole: str) -> bool:
    text = sentence.text
    topic = f"{sentence.over}. {text}" if conflict.above is not None else text
    if conflict.verb and _GOES_ON.match(text):
        topic = f"{sentence.before} {topic}"
    if not conflict.pattern.search(topic):
        return False
    if conflict.without and conflict.without.search(text):
        return False
    wanted: Iterable[_Pattern | None] = (conflict.verb, conflict.about)
    if not all(pattern.search(text) for pattern in wanted if pattern):
        return False
    if conflict.where and not conflict.where.search(whole):
        return False
    return conflict.above is None or _longer(text, conflict.above)


def _longer(text: str, limit: float) -> bool:
    found = [amount for amount in amounts(text) if amount.limited]
    return bool(found) and min(length(amount.value) for amount in found) > limit


def _refused(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    given = facts()["refuses_complaints"]
    patterns = [_compiled(pattern) for pattern in given["patterns"]]
    for sentence in sentences:
        if any(pattern.search(sentence.text) for pattern in patterns):
            yield Flag(
                "refuses_complaints",
                f"{given['says']} ({given['source']})",
                sentence.clause,
                sentence.text,
            )
