"""What the heading of a document says against itself, and against today."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from glede.rulebook.policy.document.outline import Dated, Outline
from glede.rulebook.policy.findings.periods import review_periods
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.values import Flag


def flags(outline: Outline, sentences: Sequence[Sentence], today: date) -> Iterator[Flag]:
    yield from _review(outline, sentences, today)
    yield from _dates(outline)
    yield from _versions(outline, sentences)
    yield from _periods(outline, sentences)


def _review(outline: Outline, sentences: Sequence[Sentence], today: date) -> Iterator[Flag]:
    due, written = _due(outline)
    if due is None:
        if outline.review_period_months is None and not any(review_periods(sentences)):
            yield Flag("no_review_date", "Says neither by when nor how often it is reviewed.")
        elif outline.approved_on is None and outline.effective_on is None:
            yield Flag(
                "no_review_date", "Says how often it is reviewed, but no date to count from."
            )
    elif due < today:
        says = f"The review was due on {due:%-d %B %Y}: overdue for {_since(due, today)}."
        yield Flag("review_overdue", says, "", written)


def _due(outline: Outline) -> tuple[date | None, str]:
    if outline.next_review and outline.next_review.on:
        return outline.next_review.on, outline.next_review.written
    start = outline.approved_on or outline.effective_on
    if start and start.on and outline.review_period_months:
        return later(start.on, outline.review_period_months), start.written
    return None, ""


def later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def _since(due: date, today: date) -> str:
    months = (today.year - due.year) * 12 + today.month - due.month - (today.day < due.day)
    if months >= 24:
        return f"more than {_counted(months // 12, 'year')}"
    return _counted(months, "month") if months else _counted((today - due).days, "day")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _dates(outline: Outline) -> Iterator[Flag]:
    approved, effective, review = outline.approved_on, outline.effective_on, outline.next_review
    if _after(approved, effective):
        yield _clash("It was approved after it took effect", approved, effective)
    if _after(approved, review):
        yield _clash("Its next review lies before its approval", review, approved)
    elif _after(effective, review):
        yield _clash("Its next review lies before the day it takes effect", review, effective)
    start = approved or effective
    months = outline.review_period_months
    if not (months and start and start.on and review and review.on):
        return
    due = later(start.on, months)
    if abs((review.on.year - due.year) * 12 + review.on.month - due.month) > 1:
        yield Flag(
            "inconsistent",
            f"The next review is given as {review.written}; {_counted(months, 'month')} after"
            f" {start.written} is {due:%B %Y}.",
            "",
            review.written,
        )


def _after(one: Dated | None, other: Dated | None) -> bool:
    return bool(one and other and one.on and other.on and one.on > other.on)


def _clash(what: str, one: Dated | None, other: Dated | None) -> Flag:
    first, second = (one.written if one else ""), (other.written if other else "")
    return Flag("inconsistent", f"{what}: “{first}” and “{second}”.", "", first)


_VERSION = re.compile(
    r"\b(?:this (?:is|policy is|document is) )?version(?: number"
    r"| no\.?)?:?\s*v?(?P<number>\d+(?:\.\d+)*)\b"
    r"(?=[^.;]{0,30}(?:of (?:this|the) (?:\w+ )?(?:policy|document)|$))",
    re.IGNORECASE,
)


def _versions(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    """“4” and “4.0” are the same version; “4” and “3.5” are not."""
    if not (known := re.search(r"\d+(?:\.\d+)*", outline.version)):
        return
    for sentence in sentences:
        match = _VERSION.search(sentence.text)
        if not match or re.search(
            r"\b(?:previous|earlier|replaces|supersedes|last|old)\b", sentence.text, re.I
        ):
            continue
        if _plain(match["number"]) != _plain(known.group()):
            yield Flag(
                "inconsistent",
                f"The heading says version {outline.version}, here it is version"
                f" {match['number']}.",
                sentence.clause,
                match.group(),
            )
            return


def _plain(number: str) -> str:
    return re.sub(r"(?:\.0+)+$", "", number)


def _periods(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    months = outline.review_period_months
    for rule in review_periods(sentences):
        if months and rule.value != months:
            yield Flag(
                "inconsistent",
                f"The heading gives {_counted(months, 'month')} between reviews, here it is"
                f" {_counted(int(rule.value), 'month')}.",
                rule.clause,
                rule.quote,
                "review.period",
            )
            return
        months = months or int(rule.value)
