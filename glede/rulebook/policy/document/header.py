"""What a policy says of itself: version, dates, owner, who approved it.

Labels and values come in tables, in lines “Label: value”, beside each other with tabs between, and
in prose. What was read as one of them is no clause.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from glede.rulebook.policy.document import dates
from glede.rulebook.policy.document.blocks import Block, Para, Table, words

#: What a label means. The first pattern that matches the whole label wins; “ignored” are labels
#: that belong to the same tables and say nothing we keep.
_LABELS: tuple[tuple[str, str], ...] = (
    ("title", r"(?:title|policy title|document title|policy name|document name|name of (?:policy|document)|(?:title|name) of (?:the )?(?:policy|document)|policy|teitl(?: y polisi)?)"),
    ("version", r"(?:(?:policy|document|current)? ?(?:version|issue|revision|edition)(?: ?(?:no|number|num|#|ref))?\.?|fersiwn)"),
    ("next_review", r"(?:(?:policy |document )?(?:next|planned|scheduled|proposed) review(?: is)?(?: due)?(?: date)?(?: due)?(?: by| on)?|(?:policy |document )?review(?: due)? (?:date|by|due)(?: by| on| date)?|(?:date|month) (?:of|for|due for) (?:next )?review|(?:date )?(?:of )?next review(?: date)?|due (?:for|to be) review(?:ed)?(?: by| on)?|review (?:on|before)|to be reviewed(?: by| on| in)?|review due|expiry date|date of expiry|expires(?: on)?|valid (?:until|to)|(?:dyddiad (?:yr )?)?adolygu?(?: nesaf)?|dyddiad (?:yr )?(?:adolygiad|adolygu)(?: nesaf)?)"),
    ("review_period", r"(?:review (?:period|cycle|frequency|interval|timescale|schedule)|(?:frequency|period|cycle) of review|(?:to be )?reviewed every|cyfnod adolygu)"),
    ("approved_on", r"(?:(?:policy )?(?:approval|ratification|adoption|sign[- ]?off|authorisation) date|date (?:of )?(?:approval|ratification|adoption|sign[- ]?off|approved|ratified|adopted|agreed|authorised|signed off)(?: by [\w ]+)?|(?:approved|ratified|adopted|agreed)(?: on)|date approved(?: by [\w ]+)?|dyddiad cymeradwyo)"),
    ("approved_by", r"(?:(?:approved|ratified|authorised|adopted|agreed|endorsed|signed off|sponsored)(?: and ratified)? by(?: .{0,30})?|approv(?:al|ing) (?:body|committee|group|authority|board|officer|manager|level)|(?:ratifying|authorising) (?:body|committee|officer)|approver|approval|approved|ratified|ratification|cymeradwywyd gan)"),
    ("effective_on", r"(?:effective(?: date| from)?|date (?:effective|of implementation|implemented|in force|live|of issue|issued|published|of publication|policy effective)(?: from)?|(?:implementation|commencement|start|live|go[- ]?live|issue|issued|publication|published|operational|policy effective) ?(?:date|on|from)?|in force from|(?:comes|came) into (?:force|effect)(?: on)?|valid from|date from|dyddiad (?:gweithredu|cyhoeddi|dod i rym))"),
    ("reviewer", r"(?:(?:policy |document )?reviewer|review(?:ing)? (?:officer|lead|manager|owner)|responsible for review|(?:officer |person )?responsible for (?:the )?review|reviewed by|adolygydd)"),
    ("owner", r"(?:(?:policy|document|business|service|information|accountable)? ?owner(?:/author)?|(?:policy |document )?owned by|(?:policy|lead|document) (?:lead|holder|officer)|(?:person|officer|post|manager|lead|department) responsible(?: for (?:this |the )?policy)?|(?:responsible|accountable|lead) (?:officer|person|manager|director|executive|owner|department|team)|(?:executive|director) (?:lead|sponsor|owner)|policy owner ?/ ?(?:author|lead)|owner ?\(.{0,30}\)|perchennog(?: y polisi)?)"),
    ("author", r"(?:(?:policy |document )?(?:author|authors|originator|prepared by|written by|lead author|contact|contact officer|contact person|policy contact|awdur)(?: ?(?:\(.{0,30}\)|and job title|name and title))?)"),
    ("organisation", r"(?:organisation|organization|company|trust|council|association|name of organisation|organisation name|sefydliad|employer)"),
    ("ignored", r"(?:(?:document |policy )?(?:status|type|category|classification|reference|ref|ref no|number|no)\.?(?: ?(?:no|number)\.?)?|document (?:ref|reference|id|control|purpose)|policy (?:ref|reference|type|number)|date|(?:date (?:of )?)?last (?:review|reviewed|updated|amended|amendment|revised)(?: date| on)?|date (?:reviewed|of last review|created|last reviewed|amended|of equality impact assessment)|last review date|superseded(?: documents?| policy)?|supersedes|replaces|target audience|audience|applies to|applicable to|scope|distribution|circulation|consultation|consulted(?: with)?|equality impact assessment(?: date| completed)?|(?:eia|eqia|dpia)(?: completed| date)?|key ?words|summary|department|directorate|service(?: area)?|location|file ?name|publication scheme|review history|related (?:documents?|policies)|intended (?:audience|recipients)|page|pages|document history|security classification|sign(?:ed|ature)?|committee|consultation(?: date)?|statws|dyddiad)"),
)  # fmt: skip
_MATCHES = tuple((name, re.compile(pattern, re.I)) for name, pattern in _LABELS)
_LABEL_LIMIT = 60
_VALUE_LIMIT = 200
_INLINE = re.compile(
    r"(?:(?<=^)|(?<=[\s|,;(]))((?:[A-Z][\w/’'-]*)(?: (?:[\w/’'&()-]+)){0,5}?) ?: ?(?=\S|$)"
)
_ENDS = re.compile(r"[\s:*.\-–—]+$")
_VERSION = re.compile(r"(?:version|issue|revision|rev|v(?:er)?|fersiwn)?\.?\s*(?:no\.?\s*)?(\d+(?:\.\d+)*[a-z]?|[A-Z])\b", re.I)  # fmt: skip
_FURNITURE = re.compile(r"\b(?:version|issue|v)\.?\s*(?:no\.?\s*)?:?\s*(\d+(?:\.\d+)*)\b", re.I)
_DATES = ("effective_on", "approved_on", "next_review")
_UNTIL = "next_review"


#: Titles of tables that were read as the header.
_CONTROL = re.compile(
    r"(?:(?:document|version|policy|change|revision|amendment|approval|review)s?(?: and)? ?"
    r"(?:version|document|approval|review)? ?"
    r"(?:control|history|information|details|record|log|status|sheet|summary|data|approval)"
    r"(?: (?:sheet|table|record|history|information|log|page))?|approvals?|amendments?)",
    re.I,
)


@dataclass(slots=True)
class Header:
    """The fields found so far, as written; the first to be found stays."""

    fields: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: str) -> None:
        value = " ".join(value.split()).strip(" |;,")
        if value and name not in self.fields and len(value) <= _VALUE_LIMIT:
            self.fields[name] = value


def meaning(label: str) -> str:
    """Which field a label names; empty where it names none."""
    label = _ENDS.sub("", label.strip().strip("*"))
    if not label or len(label) > _LABEL_LIMIT:
        return ""
    return next((name for name, pattern in _MATCHES if pattern.fullmatch(label)), "")


def take(blocks: Sequence[Block], header: Header, *, front: int) -> list[Block]:
    """Read the fields; the blocks that are left are the text. `front` is where the text begins:
    before it every label counts, after it only what cannot be anything else."""
    left: list[Block] = []
    place = 0
    while place < len(blocks):
        block = blocks[place]
        before_text = place < front
        if isinstance(block, Table):
            if kept := _of_table(block, header, before_text=before_text):
                left.append(kept)
            elif left and isinstance(left[-1], Para) and _CONTROL.fullmatch(left[-1].text):
                left.pop()
        elif before_text and (used := _of_neighbours(blocks, place, header)):
            place += used
            continue
        elif not _of_line(block, header, before_text=before_text):
            left.append(block)
        place += 1
    return left


# -- tables -------------------------------------------------------------------------------------


def _of_table(table: Table, header: Header, *, before_text: bool) -> Table | None:
    """What of the table is not header; nothing where all of it is."""
    rows = [[words(cell) for cell in row] for row in table.rows]
    if (history := _history(rows)) is not None:
        _of_history(rows[history:], header)
        table, rows = Table(table.rows[:history]), rows[:history]
        if not rows:
            return None
    if _is_columns(rows):
        for label, value in zip(rows[0], rows[1], strict=True):
            _put(header, label, value)
        return None
    found = [list(_pairs(row)) for row in rows]
    known = sum(1 for pairs in found for label, _value in pairs if meaning(label))
    kept = sum(1 for pairs in found for label, _v in pairs if meaning(label) not in ("", "ignored"))
    if not kept or (not before_text and (kept < 2 or known * 2 < len(rows))):
        return table
    for pairs in found:
        for label, value in pairs:
            _put(header, label, value)
    if known * 2 >= len(rows):
        return None
    rest = tuple(
        row
        for row, pairs in zip(table.rows, found, strict=True)
        if not any(meaning(label) for label, _value in pairs)
    )
    return Table(rest) if rest else None


def _pairs(row: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Label and value beside each other, or both in one cell."""
    cells = [cell for cell in row if cell]
    place = 0
    while place < len(cells):
        cell = cells[place]
        after = cells[place + 1] if place + 1 < len(cells) else ""
        if meaning(cell):
            if after and not meaning(after):
                yield cell, after
                place += 2
                continue
            yield cell, ""
        else:
            yield from _inline(cell)
        place += 1


def _is_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Labels above, values below."""
    if len(rows) != 2 or len(rows[0]) != len(rows[1]) or len(rows[0]) < 2:
        return False
    return all(meaning(cell) for cell in rows[0] if cell) and not meaning(rows[1][0])


_HISTORY = re.compile(
    r"(?:version|issue|rev(?:ision)?|date|author|editor|amend(?:ed|ments?)?|changes?|comments?|reasons?|"
    r"details?|description|summary|approved|approval|reviewed|status|name|by|no\.?|section|page|"
    r"made|of|for|the|and|/|&|to|reviewer|role|dyddiad|fersiwn|awdur|newid(?:iadau)?)",
    re.I,
)
_TELLS = re.compile(r"\b(?:version|issue|revision|amend\w*|changes?|fersiwn)\b", re.I)


def _history(rows: Sequence[Sequence[str]]) -> int | None:
    """Where a revision history begins: a row of its column heads with at least one row below."""
    for place, row in enumerate(rows[:-1]):
        cells = [cell for cell in row if cell]
        if len(cells) < 2 or not any(_TELLS.search(cell) for cell in cells):
            continue
        said = [word for cell in cells for word in cell.split()]
        heads = all(_HISTORY.fullmatch(word.strip("():.,")) for word in said)
        if heads and len(cells) > 2 and not _is_columns(rows[place:]):
            return place
        if heads and len(rows) - place > 2 and _VERSION.fullmatch(rows[place + 1][0]):
            return place
    return None


def _of_history(rows: Sequence[Sequence[str]], header: Header) -> None:
    """The newest row gives the version where nothing else does."""
    heads = [cell.lower() for cell in rows[0]]
    column = next((n for n, head in enumerate(heads) if _TELLS.search(head)), None)
    if column is None:
        return
    versions = [
        found.group(1)
        for row in rows[1:]
        if column < len(row) and (found := _VERSION.match(row[column]))
    ]
    if versions:
        header.put("history_version", max(versions, key=_order))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


# -- lines --------------------------------------------------------------------------------------


def _of_line(para: Para, header: Header, *, before_text: bool) -> bool:
    """“Label: value”, perhaps several in a line."""
    if para.label:
        return False
    pairs = list(_inline(para.text))
    known = [(label, value) for label, value in pairs if meaning(label) not in ("", "ignored")]
    if not known:
        return bool(before_text and pairs and _all_ignored(pairs))
    covered = sum(len(label) + len(value) for label, value in pairs if meaning(label))
    if covered * 2 < len(para.text):
        if before_text:
            for label, value in known:
                _put(header, label, value)
        return False
    if not before_text and any(meaning(label) in ("organisation", "title") for label, _ in known):
        return False
    for label, value in known:
        _put(header, label, value)
    return True


def _all_ignored(pairs: Iterable[tuple[str, str]]) -> bool:
    return all(meaning(label) == "ignored" for label, _value in pairs)


def _inline(text: str) -> list[tuple[str, str]]:
    """“Version: 3 Approved by: EMT” → two pairs. A label is one that is known."""
    text = " ".join(text.replace("|", " | ").split())
    marks: list[tuple[int, int, str]] = []
    for colon in re.finditer(r"\s?:(?=\s|$)", text):
        before = text[: colon.start()]
        floor = marks[-1][1] if marks else 0
        starts = [
            m.start() for m in re.finditer(r"(?:^|(?<=[\s(|]))\S", before) if m.start() >= floor
        ]
        for start in starts:
            if meaning(before[start:]):
                marks.append((start, colon.end(), before[start:]))
                break
    return [
        (label, text[end : marks[n + 1][0] if n + 1 < len(marks) else len(text)].strip(" |"))
        for n, (_start, end, label) in enumerate(marks)
    ]


def _of_neighbours(blocks: Sequence[Block], place: int, header: Header) -> int:
    """A label on a line of its own with its value on the next; how many lines that took."""
    label, value = blocks[place], blocks[place + 1] if place + 1 < len(blocks) else None
    if not isinstance(label, Para) or not isinstance(value, Para) or label.label or value.label:
        return 0
    name = meaning(label.text)
    if name in ("", "title") or meaning(value.text) or len(value.text) > _VALUE_LIMIT // 2:
        return 0
    if not label.text.rstrip().endswith(":") and (label.level or value.text.endswith(".")):
        return 0
    _put(header, label.text, value.text)
    return 2


# -- values -------------------------------------------------------------------------------------

_BODY_AND_DATE = re.compile(
    r"[\s,;:–—(-]*(?:\b(?:on|in|dated|date|at its meeting (?:on|of))\b)?[\s,:(]*$", re.I
)


def _put(header: Header, label: str, value: str) -> None:
    name = meaning(label)
    if name in ("", "ignored"):
        return
    if name == "approved_by":
        value = _approval(header, value) or _BODY_IN_LABEL.sub("", label) if value else value
        if meaning(value) == "approved_by":
            value = ""
    elif name == "version":
        found = _VERSION.match(value.strip())
        value = found.group(1) if found else value
    elif (name == "owner" and not value) or (name == "reviewer" and dates.find(value) is not None):
        return
    header.put(name, value)


_BODY_IN_LABEL = re.compile(r"^.*?\bby(?: the)?\b\s*|[\s:]+$", re.I)


def _approval(header: Header, value: str) -> str:
    """“Cabinet, 12 March 2024” is a body and a date; a date alone is no body."""
    found = dates.ANY.search(value)
    if found is None:
        return value
    header.put("approved_on", found.group())
    return _BODY_AND_DATE.sub("", value[: found.start()])


def of_furniture(lines: Iterable[str], header: Header) -> None:
    """What is printed on every page counts where the pages themselves are silent."""
    for line in lines:
        for label, value in _inline(line):
            _put(header, label, value)
        if (found := _FURNITURE.search(line)) is not None:
            header.put("version", found.group(1))


# -- prose --------------------------------------------------------------------------------------

_DOC = r"(?:this|the)\s+(?:social media\s+)?(?:policy|document|guidance|guidelines|procedure|strategy|charter|standard|code|protocol|statement|framework)"
_DATE = r"(?P<date>[^.;]{0,40})"
_PROSE = tuple(
    re.compile(form, re.I)
    for form in (
        rf"\b{_DOC}\s+(?:was|has been|is)\s+(?:formally\s+)?(?:approved|ratified|adopted|agreed|signed off)"
        rf"(?:\s+by\s+(?:the\s+|our\s+)?(?P<approved_by>[^.,;]+?))?(?:,?\s+(?:on|in)\s+(?P<approved_on>[^.;]{{4,40}}))?(?=[.;]|\s+and\b|$)",
        r"\b(?:approved|ratified|adopted)\s+by\s+(?:the\s+|our\s+)?(?P<approved_by>[^.,;]+?),?\s+(?:on|in)\s+(?P<approved_on>[^.;]{4,40})",
        r"\b(?:takes?|took|comes?|came|coming|is)\s+(?:in(?:to)?\s+)?(?:effect|force|effective)\s+(?:on|from|in)\s+(?P<effective_on>[^.;]{4,40})",
        r"\beffective\s+(?:from|on)\s+(?P<effective_on>[^.;]{4,40})",
        rf"\b(?:{_DOC}|it)\s+(?:will|is to|shall|should|must)\s+(?:next\s+)?be\s+(?:formally\s+)?(?:next\s+)?reviewed\s+(?:again\s+)?(?:in|by|on|before|no later than)\s+(?P<next_review>[^.;]{{4,40}})",
        r"\b(?:due for review|next review(?:ed)?(?: date)?(?: is)?(?: due)?:?)\s+(?:(?:in|by|on|before)\s+)?(?P<next_review>[^.;]{4,40})",
        rf"\b(?:{_DOC}|it|and|which)\s+(?:will|is to|shall|should|must)\s+(?:normally\s+)?be\s+reviewed\s+(?:at least\s+)?(?P<review_period>(?:every|annually|yearly|once|each|biennially|on an annual)[^.;]{{0,40}})",
        rf"\b(?:{_DOC}|it)\s+is\s+(?:formally\s+)?reviewed\s+(?:at least\s+)?(?P<review_period>(?:every|annually|yearly|once|each)[^.;]{{0,30}})",
        rf"\b{_DOC}\s+is\s+owned\s+by\s+(?:the\s+|our\s+)?(?P<owner>[^.,;]+)",
        rf"\b(?:the\s+)?owner\s+of\s+{_DOC}\s+is\s+(?:the\s+|our\s+)?(?P<owner>[^.,;]+)",
        rf"\bthe\s+(?P<owner>[^.,;]{{3,60}}?)\s+(?:owns\s+{_DOC}|is\s+the\s+(?:policy\s+)?owner\b)",
        r"\bversion\s+(?P<version>\d+(?:\.\d+)*)\b",
    )
)  # fmt: skip


def of_prose(text: str, header: Header) -> None:
    """“This policy was approved by the Board on 3 March 2025.” Sentences come last: a field given
    as one stands."""
    text = " ".join(text.split())
    for form in _PROSE:
        for found in form.finditer(text):
            for name, value in found.groupdict().items():
                if value and (name not in _DATES or dates.find(value)):
                    header.put(name, _date_words(value) if name in _DATES else value)


def _date_words(value: str) -> str:
    found = dates.ANY.search(value)
    return found.group() if found else value


def put_field(header: Header, label: str, value: str) -> None:
    """A field from the file's own front matter or properties, such as `version: 3`."""
    _put(header, label.replace("_", " ").replace("-", " "), value)
