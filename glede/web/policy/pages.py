"""The policy in force as a page shows it: sections, clauses, and the rules each clause sets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_duration
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from glede.kit import clock
from glede.kit.words import joined, say
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.registry import KINDS
from glede.rulebook.policy.rules import Status


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in words; `note` is the number of its quote in the clause, 0 without one."""

    meaning: str
    value: str
    status: str
    note: int
    source: str


@dataclass(frozen=True, slots=True)
class ClausePage:
    number: str
    heading: bool
    begins: str
    text: SafeString
    rules: tuple[RuleLine, ...]

    @property
    def open_questions(self) -> int:
        return sum(rule.status == Status.ASSUMED for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    clauses: tuple[ClausePage, ...]


@dataclass(frozen=True, slots=True)
class PolicyPage:
    title: str
    number: str
    approved_by: str
    effective_at: datetime | None
    review_due_on: date | None
    sections: tuple[Section, ...]
    #: Rules no clause of this version speaks of: the desk's own and what is assumed.
    silent: tuple[RuleLine, ...]
    #: What is assumed because the policy leaves it open, and not because the desk decides it.
    open_questions: int


def in_force(at: datetime) -> PolicyPage:
    """Raises `queries.NoRule` where no version is in force."""
    return of(queries.version_at(at).pk)


def of(version_id: int) -> PolicyPage:
    """Any version: one in force, a draft, or one of the past."""
    version = queries_life.by_id(version_id)
    if version is None:
        raise queries.NoRule(f"There is no policy version number {version_id}.")
    given = {rule.key: rule for rule in queries.rules_of(version.pk)}
    sections: dict[str, list[ClausePage]] = {}
    for clause in queries.clauses(version.pk):
        rules = [rule for rule in given.values() if rule.clause == clause.number]
        quotes = [rule.quote for rule in rules if rule.quote]
        lines = tuple(
            _line(rule.key, rule.value, rule.status, quotes.index(rule.quote) + 1)
            if rule.quote
            else _line(rule.key, rule.value, rule.status, 0)
            for rule in rules
        )
        page = ClausePage(
            number=clause.number,
            heading=clause.heading,
            begins=clause.text,
            text=marked(clause.text, quotes),
            rules=lines,
        )
        sections.setdefault(clause.section, []).append(page)
    return PolicyPage(
        title=version.title,
        number=version.number,
        approved_by=version.approved_by,
        effective_at=version.effective_at,
        review_due_on=version.review_due_on,
        sections=tuple(Section(title, tuple(pages)) for title, pages in sections.items()),
        silent=tuple(_silent(given)),
        open_questions=sum(
            kind.is_question and (kind.key not in given or given[kind.key].status == Status.ASSUMED)
            for kind in KINDS.values()
        ),
    )


def _silent(given: dict[str, Any]) -> Iterable[RuleLine]:
    for rule in given.values():
        if not rule.clause:
            yield _line(rule.key, rule.value, rule.status, 0)
    for kind in KINDS.values():
        if kind.key not in given and kind.default is not None:
            yield _line(kind.key, kind.default, Status.ASSUMED, 0)


def _line(key: str, value: Any, status: str, note: int) -> RuleLine:
    kind = KINDS.get(key)
    meaning = kind.meaning if kind else key
    return RuleLine(meaning, value_words(value), str(status), note, kind.source if kind else "")


def marked(text: str, quotes: Sequence[str]) -> SafeString:
    """The clause with the words each rule was read from marked and numbered."""
    found = sorted(
        (at, quote, number)
        for number, quote in enumerate(quotes, start=1)
        if (at := text.find(quote)) >= 0
    )
    parts: list[tuple[str, str, str]] = []
    end = 0
    for at, quote, number in found:
        if at < end:
            continue  # two rules read from overlapping words: marked once
        parts.append((text[end:at], quote, str(number)))
        end = at + len(quote)
    body = format_html_join("", "{}<mark>{}</mark><sup>{}</sup>", parts)
    return format_html("{}{}", body, text[end:])


def value_words(value: Any) -> str:
    """“4 h”, “yes”, “09:00 to 17:30”, “50, 75, 90”: no value is shown as code."""
    match value:
        case bool():
            return say("yes") if value else say("no")
        case str() if value.startswith("P") and (length := parse_duration(value)):
            return clock.duration_words(length)
        case []:
            return say("none")
        case [[_, _], *_]:
            return joined(
                (
                    say("%(begins)s to %(ends)s", begins=opens, ends=closes)
                    for opens, closes in value
                ),
                ", ",
            )
        case list():
            return joined((value_words(part) for part in value), ", ")
        case str():
            return value.replace("_", " ")
        case _:
            return str(value)
