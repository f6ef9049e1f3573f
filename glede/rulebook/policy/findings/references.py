"""Where the text points: documents nobody listed, clauses that are not there, two names for one."""

import re
from collections.abc import Iterator, Sequence

from glede.rulebook.policy.document.outline import Named, Outline
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.values import Flag


def flags(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    yield from _unlisted(outline)
    yield from _clashing(outline)
    yield from _nowhere(outline, sentences)
    yield from _empty_list(outline)


def _unlisted(outline: Outline) -> Iterator[Flag]:
    """Only a document that lists what belongs to it can leave something out."""
    if not outline.related:
        return
    seen: set[str] = set()
    for named in outline.cited:
        key = " ".join(sorted(_words(named.name)))
        if _OF_OTHERS.search(named.name):
            continue
        if key in seen or _itself(named, outline) or _all_listed(named, outline):
            continue
        seen.add(key)
        yield Flag(
            "dangling_reference",
            f"“{named.name}” is relied on here and missing from the list of related documents.",
            named.clause,
            named.quote or named.name,
        )


#: Codes of regulators and of the state are nobody's “related documents”.
_OF_OTHERS = re.compile(
    r"\b(?:ombudsman|constitution|recommended practice|highway code|regulators?|commission(?:er)?"
    r"|government|editors|NMC|GMC|HCPC|ACAS|GCS|NCSC|ICO|ASA|CAP)\b",
    re.IGNORECASE,
)


def _all_listed(named: Named, outline: Outline) -> bool:
    """Several listed documents named in one breath."""
    parts = re.split(r"\s+(?:and|&|or)\s+(?:the |our |its )?|,\s*", named.name)
    listed = {_singular(_words(one.name)) for one in outline.related}
    return all(_singular(_words(part)) in listed for part in parts)


def _itself(named: Named, outline: Outline) -> bool:
    title = _words(outline.title)
    return bool(title) and _words(named.name) <= title


_KIND_WORDS = (
    "policy policies procedure procedures code strategy charter guidance guidelines guide protocol"
    " framework plan statement document process rules standard standards"
)
_SMALL_WORDS = "the a an of and for on our to in group council trust"
_KINDS = frozenset(_KIND_WORDS.split())
_SMALL = frozenset(_SMALL_WORDS.split())


def _words(name: str) -> frozenset[str]:
    """The words that tell a document from others: with its kind, without its articles."""
    return (
        frozenset(re.findall(r"[a-z]+", name.lower().replace("’s", "").replace("'s", ""))) - _SMALL
    )


def _clashing(outline: Outline) -> Iterator[Flag]:
    """Same subject, other kind: a “Procedure” here, a “policy” there."""
    everything = [*outline.related, *outline.cited]
    seen: set[frozenset[str]] = set()
    for place, one in enumerate(everything):
        for other in everything[place + 1 :]:
            first, second = _words(one.name), _words(other.name)
            subject = first - _KINDS
            if not subject or first == second or not _alike(subject, second - _KINDS):
                continue
            if _singular(first) == _singular(second) or first | second in seen:
                continue
            seen.add(first | second)
            late = other if other in outline.cited else one
            yield Flag(
                "clashing_names",
                f"“{one.name}” and “{other.name}”: is it one document or two?",
                late.clause,
                late.quote or late.name,
            )


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and _singular(one) == _singular(other)


def _singular(words: frozenset[str]) -> frozenset[str]:
    return frozenset(re.sub(r"ies$", "y", word).rstrip("s") for word in words)


_POINTS = re.compile(
    r"\b(?P<what>sections?|clauses?|paragraphs?|paras?\.?|appendix|appendices|annex(?:e|es)?"
    r"|schedule)\s+"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-H]\b(?!\w))(?=(?P<after>[^.;\n]{0,40}))",
    re.IGNORECASE,
)
_OF_A_LAW = re.compile(
    r"\b(?:act|regulations?|order|code|directive|guidance|gdpr|DPA|FOIA|RIPA|policy on|bill"
    r"|agreement|handbook)\b",
    re.IGNORECASE,
)


def _nowhere(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    numbers = _numbers(outline)
    if outline.truncated or not numbers:
        return
    whole = "\n".join([*_titles(outline), *(sentence.text for sentence in sentences)])
    seen: set[str] = set()
    for sentence in sentences:
        for match in _POINTS.finditer(sentence.text):
            quote = sentence.text[match.start() : match.end("number")]
            if quote in seen or not _missing(match, numbers, whole):
                continue
            seen.add(quote)
            says = f"There is no {quote} in this document."
            yield Flag("dangling_reference", says, sentence.clause, quote)


def _missing(match: re.Match[str], numbers: set[str], whole: str) -> bool:
    number, word = match["number"], match["what"].lower()
    appended = word.startswith(("append", "annex", "sched"))
    before = match.string[max(0, match.start() - 25) : match.start()]
    if _OF_A_LAW.search(f"{before} {match['after']}"):
        return False
    if appended:
        title = rf"(?m)^\W*(?:{word[:5]}\w*)\s+{number}\b"
        return not re.search(title, whole, re.IGNORECASE)
    return not number.isalpha() and number not in numbers


def _numbers(outline: Outline) -> set[str]:
    """What a reference may mean: a section, a clause, and what a longer number begins with."""
    found: set[str] = set()
    for printed in (
        *(section.number for section in outline.sections),
        *(clause.number for clause in outline.clauses),
    ):
        parts = re.sub(r"[^0-9.].*$", "", printed).strip(".").split(".")
        for length in range(1, len(parts) + 1):
            found.add(".".join(parts[:length]))
    return found - {""}


def _titles(outline: Outline) -> list[str]:
    return [
        *(f"{section.number} {section.title}".strip() for section in outline.sections),
        *(section.title for section in outline.sections),
        *(clause.text for clause in outline.clauses if clause.heading),
    ]


_REFERENCES = re.compile(
    r"\b(?:references?|legislation|legal (?:framework|context|references?)|law)\b", re.IGNORECASE
)
_NONE = re.compile(r"\s*(?:not applicable|none|n/?a|nil|no references?)\s*\.?\s*", re.IGNORECASE)


def _empty_list(outline: Outline) -> Iterator[Flag]:
    """“References: not applicable”, while another clause cites a law."""
    titles = {section.number: section.title for section in outline.sections}
    for clause in outline.clauses:
        title = titles.get(clause.section, clause.section)
        if not outline.laws or not _REFERENCES.search(title) or not _NONE.fullmatch(clause.text):
            continue
        law = outline.laws[-1]
        yield Flag(
            "inconsistent",
            f"“{title}” says “{clause.text.strip()}”, and clause {law.clause} relies on"
            f" “{law.name}”.",
            clause.number,
            clause.text.strip(),
        )
