"""What a text names: laws and other documents."""

import re
from collections.abc import Iterable, Sequence

from glede.rulebook.policy.document import titles
from glede.rulebook.policy.document.blocks import Table, words
from glede.rulebook.policy.document.outline import Named, Section
from glede.rulebook.policy.document.tree import Entry

_NAME = (
    r"(?:[A-Z][\w’'.-]*|\(?[A-Z][\w’' .,&-]*\)|and|of|the|for|to|in|with|at|on|from|etc\.?|&|,|"
    r"\([A-Za-z ,&]+\))"
)
_ACT = re.compile(
    rf"\b(?:[A-Z][\w’'-]*(?:,? {_NAME}){{0,14}}? )?"
    r"(?:Act|Regulations?|Order|Directive|Measure|Rules)"
    r"(?: \((?:Scotland|Wales|Northern Ireland)\))?"
    r" ?,? ?\(?(?:19|20)\d\d\)?"
)  # fmt: skip
_DEDDF = re.compile(r"\bDeddf [A-Z][\w’'-]*(?: [\w’'-]+){0,8} (?:19|20)\d\d")
_KNOWN_LAW = re.compile(
    r"\b(?:UK GDPR|EU GDPR|"
    r"(?:UK |EU )?General Data Protection Regulations?(?: \((?:UK |EU )?GDPR\))?"
    r"(?: (?:19|20)\d\d)?|(?<!UK )(?<!EU )(?<!\()GDPR|European Convention on Human Rights|"
    r"Public Sector Equality Duty|Code of Recommended Practice on Local Authority Publicity)\b"
)
_BODY_GUIDANCE = re.compile(r"\b(?:guidance|code|codes|advice)\b", re.I)
_AUTHORITY = re.compile(
    r"\b(?:Information Commission|Ombudsman|Regulator|Ofcom|NHS England|Government|Commission\w*|"
    r"ICO|Cabinet Office|Care Quality|Department|Council for|Authority|Standards|CQC|NMC|GMC)\b"
)
_LEAD = re.compile(
    r"^(?:The|This|Our|Under|See|Also|In|By|With|And|Of|To|For|From|As|All|Any|Both|Where|Whilst|While|When|If|Including)\s+(?:the\s+)?"
)
_LONGEST_NAME = 16
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LONGEST_LAW = 160  # letters

_KIND = (
    r"(?:[Pp]olic(?:y|ies)|POLICY|[Pp]rocedures?|PROCEDURE|[Ss]trateg(?:y|ies)|[Cc]harter|"
    r"Code|[Pp]rotocol|Framework|Guidelines|Guidance|Handbook|Scheme|Statement|Standards?|Plan)"
)
_CITED = re.compile(
    r"\b([A-Z][\w’'-]*(?:(?:,? (?:and|&|of|for|to|the|in|on|information|security|management|"
    r"at|media|data|behaviour|conduct|use|acceptable|equality|protection|complaints?|internet|email|"
    r"[a-z]+ing|(?!Polic|Procedure|Strateg|Charter)[A-Z][\w’'-]*(?:/[A-Z]\w+)?)){0,7})"
    rf" (?:{_KIND})(?: of [A-Z]\w+| (?:and|&) (?:Procedures?|Guidance|Guidelines))?)(?![\w-])"
)  # fmt: skip
_COMMON = re.compile(
    r"^(?:The|This|Our|A|An|Any|All|That|These|Those|Each|Every|Such|Its|Their|Your|New|Current|Related|"
    r"Other|Associated|Relevant|Where|If|When|See|Please|Under|In|For|Of|To|And|As|By|With|Following|"
    r"Social [Mm]edia|Policy|Group|Corporate|Council|Trust|Key|Privacy)$"
)
_NOTHING = re.compile(r"^(?:not applicable|n/?a|none|nil|dim)\.?$", re.I)


def laws(entries: Iterable[Entry], sections: Iterable[Section]) -> tuple[Named, ...]:
    """Acts and regulations by their names; in a section on the law also the guidance it lists."""
    legal = {s.number for s in sections if titles.LAW.search(s.title)}
    found: dict[str, Named] = {}
    for entry in entries:
        if entry.section in legal:
            for item in items(entry):
                if _BODY_GUIDANCE.search(item) and _AUTHORITY.search(item):
                    found.setdefault(
                        _key(item), Named(item.rstrip("."), entry.number, item.rstrip("."))
                    )
        for quote in _named_laws(entry.text):
            found.setdefault(_key(quote), Named(quote, entry.number, quote))
    return tuple(found.values())


def _named_laws(text: str) -> list[str]:
    """Names that end in a year are looked for just before one: a long text has few of them."""
    hits = [(match.start(), match.group()) for match in _KNOWN_LAW.finditer(text)]
    start = 0
    for year in _YEAR.finditer(text):
        start = max(start, year.start() - _LONGEST_LAW)
        for pattern in (_ACT, _DEDDF):
            hits += [
                (start + match.start(), match.group())
                for match in pattern.finditer(text[start : year.end() + 1])
            ]
        start = year.end()
    return [name for _start, hit in sorted(hits) if (name := _clean(hit))]


def _clean(name: str) -> str:
    before = ""
    while before != name:
        before = name
        name = _LEAD.sub("", name)
        name = re.sub(r"^.*(?:,| and| or) the (?=[A-Z])", "", name)
        # “Anti-social Behaviour, Crime and Policing Act” is one name; “Code, Equality Act” is two.
        head, comma, tail = name.rpartition(", ")
        name = tail if comma and head and " and " not in tail else name
    bare = r"(?:Act|Regulations?|Order|Directive|Rules|Measure)\W*\d{4}\W*"
    return "" if re.fullmatch(bare, name) else name


def _key(name: str) -> str:
    return re.sub(r"\W+", " ", name).strip().casefold()


def items(entry: Entry) -> list[str]:
    """The points of a list, or the lines and cells that stand for them."""
    made: list[str] = []
    for piece in entry.pieces:
        if isinstance(piece, Table):
            made += [words(row[0]) for row in piece.rows if row and row[0]]
        else:
            made.append(piece.text)
    return [item for item in made if item and len(item.split()) <= _LONGEST_NAME]


def related(entries: Sequence[Entry], sections: Iterable[Section]) -> tuple[Named, ...]:
    """The documents listed in the sections that say so."""
    listed = {s.number for s in sections if titles.RELATED.search(s.title)}
    found: dict[str, Named] = {}
    inside = ""
    for entry in entries:
        if titles.RELATED.search(entry.head):
            inside = entry.section + entry.number
        elif entry.title or (inside and not inside.startswith(entry.section)):
            inside = ""
        if entry.section not in listed and not inside:
            continue
        for item in _documents(entry):
            found.setdefault(_key(item), Named(item, entry.number, item))
    return tuple(found.values())


def _documents(entry: Entry) -> list[str]:
    made: list[str] = []
    for item in items(entry):
        name = item.strip().rstrip(".;,").strip()
        if _NOTHING.match(name) or name.endswith(":") or not name:
            continue
        if "; " in name:
            made += [part.strip() for part in name.split(";") if part.strip()]
        elif not _is_sentence(name) and not _named_laws(name):
            made.append(name)
        elif not _named_laws(name):
            made += _cited(item)
    return made


def _is_sentence(text: str) -> bool:
    return bool(re.search(r"\b(?:should|must|will|is|are|be read|shall|refer)\b", text))


def cited(entries: Iterable[Entry], known: Iterable[Named]) -> tuple[Named, ...]:
    """Documents named in passing; those listed as related are left out."""
    keys = {_key(named.name) for named in known}
    found: dict[str, Named] = {}
    for entry in entries:
        for name in _cited(entry.text):
            if _key(name) not in keys:
                found.setdefault(_key(name), Named(name, entry.number, name))
    return tuple(found.values())


def _cited(text: str) -> list[str]:
    made: list[str] = []
    for line in text.split("\n"):
        for match in _CITED.finditer(line):
            name = match.group(1)
            parts = name.split()
            while parts and (_COMMON.match(parts[0]) or parts[0].islower()):
                parts = parts[1:]
            if len(parts) > 1 and parts[-2].lower() not in ("the", "this", "our", "a"):
                made.append(" ".join(parts))
    return made
