"""From blocks to an `Outline`: the header, the clauses, and what the clauses name."""

import re
from collections.abc import Sequence

from glede.rulebook.policy.document import (
    contents,
    dates,
    duties,
    glossary,
    header,
    names,
    normal,
    organisations,
    platforms,
    sentences,
    titles,
    tree,
)
from glede.rulebook.policy.document.blocks import Block, Para, Source, Table
from glede.rulebook.policy.document.header import Header
from glede.rulebook.policy.document.labels import Sort, of
from glede.rulebook.policy.document.outline import Clause, Outline
from glede.rulebook.policy.document.tree import Entry

_TITLE = re.compile(
    r"\b(?:polic(?:y|ies)|house rules|guidelines|guidance|procedure|strategy|charter|"
    r"code of conduct|protocol|rules|standards?|framework|statement|polisi|canllawiau|rheolau)\b",
    re.I,
)
_SENTENCE = 8
_BEGUN = 5
_FRONT = 60


def outline(source: Source) -> Outline:
    blocks = contents.without(normal.normal(source.blocks))
    found = Header()
    for label, value in source.fields:
        header.put_field(found, label, value)
    title, blocks = _title(blocks, source.title)
    front = _front(blocks)
    cover = [b.text for b in blocks[:front] if isinstance(b, Para)]
    blocks = header.take(blocks, found, front=front)
    blocks = _without_cover(blocks, _front(blocks), title)
    grown = tree.grow(blocks)
    header.of_furniture(source.furniture, found)
    sentences.read(" ".join(cover) + "\n" + grown.text, found)
    fields = found.fields
    related = names.related(grown.entries, grown.sections)
    return Outline(
        title=fields.get("title") or title,
        organisation=fields.get("organisation")
        or organisations.find(title, [*cover, *source.furniture], grown.entries),
        version=fields.get("version") or fields.get("history_version", ""),
        approved_by=fields.get("approved_by", ""),
        owner=fields.get("owner") or fields.get("author", ""),
        reviewer=fields.get("reviewer", ""),
        effective_on=dates.read(fields.get("effective_on", "")),
        approved_on=dates.read(fields.get("approved_on", "")),
        next_review=dates.read(fields.get("next_review", ""), last=True),
        review_period_months=dates.months(fields.get("review_period", "")),
        sections=grown.sections,
        clauses=grown.clauses,
        definitions=glossary.definitions(grown.entries, grown.sections),
        duties=duties.duties(grown.entries, grown.sections),
        laws=names.laws(grown.entries, grown.sections),
        related=related,
        cited=names.cited(grown.entries, related),
        platforms=platforms.find(grown.entries),
        truncated=not source.whole or _breaks_off(grown.entries, grown.clauses),
        text=grown.text,
    )


def _title(blocks: Sequence[Block], given: str) -> tuple[str, list[Block]]:
    """The first line of the front that calls itself a policy; else the first line. It is no
    clause."""
    end = max(_front(blocks), 1)
    if end < len(blocks) and _is_alone(blocks, end):
        end += 1
    front = [
        (place, block)
        for place, block in enumerate(blocks[:end])
        if isinstance(block, Para) and _could_be_title(block)
    ]
    named = [pair for pair in front if _TITLE.search(pair[1].text)]
    # On a page printed once nobody can tell its header from a title, but by its size.
    marked = [pair for pair in named or front if pair[1].level]
    chosen = (marked or named or front)[:1]
    if not chosen:
        return given, list(blocks)
    place, block = chosen[0]
    left = [b for at, b in enumerate(blocks) if at != place]
    return block.text.rstrip(":"), left


def _is_alone(blocks: Sequence[Block], place: int) -> bool:
    """Whether it is the one heading of its size without a number, with all others below it."""
    block = blocks[place]
    if not isinstance(block, Para) or not block.level or block.label:
        return False
    heads = [b for b in blocks if isinstance(b, Para) and b.level]
    alone = sum(1 for b in heads if b.level == block.level and not b.label) == 1
    return alone and min(b.level for b in heads) == block.level


def _could_be_title(para: Para) -> bool:
    text = para.text
    return (
        not para.label
        and not para.bullet
        and len(text.split()) <= _SENTENCE * 2
        and not text.endswith(".")
        and not header.meaning(text.partition(":")[0])
    )


def _front(blocks: Sequence[Block]) -> int:
    """Where the text begins: at the first number or the first heading with sentences under it;
    what stands before is cover and document control."""
    for place, block in enumerate(blocks[:_FRONT]):
        if isinstance(block, Table):
            continue
        label = of(block.label)
        if label is not None and label.sort in (Sort.SINGLE, Sort.DOTTED, Sort.CAPITAL):
            return place
        if place and _opens(blocks, place):
            return place
    return _first_sentence(blocks)


def _opens(blocks: Sequence[Block], place: int) -> bool:
    """A heading, then a sentence or a list: the text has begun."""
    block = blocks[place]
    after = blocks[place + 1] if place + 1 < len(blocks) else None
    if not isinstance(block, Para) or not isinstance(after, Para) or header.meaning(block.text):
        return False
    return (
        titles.is_title(block)
        and ": " not in after.text[:40]
        and (_is_sentence(after) or after.bullet)
    )


def _first_sentence(blocks: Sequence[Block]) -> int:
    for place, block in enumerate(blocks):
        if isinstance(block, Para) and (_is_sentence(block) or block.bullet):
            return place
    return len(blocks)


def _is_sentence(para: Para) -> bool:
    return len(para.text.split()) >= _SENTENCE and para.text.rstrip()[-1:] in ".;:!?)”"


def _without_cover(blocks: Sequence[Block], front: int, title: str) -> list[Block]:
    """Of what stands before the text only whole sentences are part of it."""
    kept = [
        block
        for block in blocks[:front]
        if isinstance(block, Para) and _is_sentence(block) and block.text != title
    ]
    return [*kept, *blocks[front:]]


def _breaks_off(entries: Sequence[Entry], clauses: Sequence[Clause]) -> bool:
    """The last words are the beginning of a sentence."""
    if not entries or clauses[-1].heading:
        return False
    last = entries[-1].pieces[-1]
    if isinstance(last, Table) or not last.text:
        return False
    words = last.text.split()
    if last.text[-1] in ",-–" or words[-1].lower() in _OPEN:
        return True
    full = sum(1 for entry in entries[:-1] if entry.text.rstrip().endswith("."))
    return (
        len(words) >= _BEGUN
        and last.text[-1].isalnum()
        and not last.bullet
        and titles.has_verb(last.text)
        and full * 2 >= len(entries)
    )


_OPEN = {
    "and",
    "or",
    "the",
    "of",
    "to",
    "in",
    "with",
    "for",
    "a",
    "an",
    "by",
    "will",
    "must",
    "that",
}
