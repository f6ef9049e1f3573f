"""What a text names: laws, platforms, other documents, and whose text it is."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from glede.rulebook.policy.document import titles
from glede.rulebook.policy.document.blocks import Table, words
from glede.rulebook.policy.document.outline import Named, Section
from glede.rulebook.policy.document.tree import Entry

_NAME = r"(?:[A-Z][\w’'.-]*|\(?[A-Z][\w’' .,&-]*\)|and|of|the|for|to|in|with|at|on|from|etc\.?|&|,|Wales|\([A-Za-z ,&]+\))"
_ACT = re.compile(
    rf"\b(?:[A-Z][\w’'-]*(?:,? {_NAME}){{0,14}}? )?"
    r"(?:Act|Regulations?|Order|Directive|Measure|Rules)(?: \((?:Scotland|Wales|Northern Ireland)\))?"
    r" ?,? ?\(?(?:19|20)\d\d\)?"
)  # fmt: skip
_DEDDF = re.compile(r"\bDeddf [A-Z][\w’'-]*(?: [\w’'-]+){0,8} (?:19|20)\d\d")
_KNOWN_LAW = re.compile(
    r"\b(?:UK GDPR|EU GDPR|(?:UK |EU )?General Data Protection Regulations?(?: \((?:UK |EU )?GDPR\))?"
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

_PLATFORMS: tuple[tuple[str, str], ...] = (
    ("Facebook", r"Facebook(?!\s+Messenger)"),
    ("Messenger", r"(?:Facebook\s+)?Messenger"),
    ("Twitter", r"(?<!formerly )(?<!formerly known as )(?<!previously )Twitter"),
    ("X", r"(?<![\w.])X(?=\s*\(?(?:formerly|previously|/|was|\bknown as)|\s*/\s*Twitter)|(?<=Twitter/)X\b|(?<=Twitter / )X\b|(?:(?<=,\s)|(?<=\band\s)|(?<=\bor\s)|(?<=\bon\s)|(?<=\bac\s))X(?=[\s,.;)]|$)(?!\s+and\s+Y)"),
    ("Instagram", r"Instagram"),
    ("Snapchat", r"Snap[Cc]hat"),
    ("YouTube", r"You\s?[Tt]ube"),
    ("LinkedIn", r"Linked\s?[Ii]n"),
    ("TikTok", r"Tik\s?[Tt]ok"),
    ("WhatsApp", r"What['’]?s\s?[Aa]pp"),
    ("Nextdoor", r"Next\s?[Dd]oor"),
    ("Bluesky", r"Blue\s?[Ss]ky"),
    ("Mastodon", r"Mastodon"),
    ("Threads", r"(?:(?<=,\s)|(?<=\band\s)|(?<=\bor\s)|(?<=Meta\s))Threads\b|\bThreads(?=,)"),
    ("Pinterest", r"Pinterest"),
    ("Flickr", r"Flickr"),
    ("Reddit", r"Reddit"),
    ("Tumblr", r"Tumblr"),
    ("Vimeo", r"Vimeo"),
    ("Telegram", r"Telegram"),
    ("Discord", r"Discord\b"),
    ("Twitch", r"Twitch\b"),
    ("Yammer", r"Yammer"),
    ("Viva Engage", r"Viva Engage"),
    ("Workplace", r"Workplace (?:by|from) (?:Facebook|Meta)|Facebook Workplace"),
    ("Google reviews", r"Google [Rr]eviews?"),
    ("Google+", r"Google(?:\+| Plus)"),
    ("Trustpilot", r"Trust\s?[Pp]ilot"),
    ("Tripadvisor", r"Trip\s?[Aa]dvisor"),
    ("Periscope", r"Periscope"),
    ("SoundCloud", r"Sound[Cc]loud"),
    ("Myspace", r"My\s?[Ss]pace"),
    ("WeChat", r"WeChat"),
)  # fmt: skip
_PLATFORM = tuple((name, re.compile(pattern)) for name, pattern in _PLATFORMS)

_KIND = (
    r"(?:[Pp]olic(?:y|ies)|POLICY|[Pp]rocedures?|PROCEDURE|[Ss]trateg(?:y|ies)|[Cc]harter|"
    r"Code|[Pp]rotocol|Framework|Guidelines|Guidance|Handbook|Scheme|Statement|Standards?|Plan)"
)
_CITED = re.compile(
    r"\b([A-Z][\w’'-]*(?:(?:,? (?:and|&|of|for|to|the|in|on|at work|information|security|management|"
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


def platforms(entries: Iterable[Entry]) -> tuple[Named, ...]:
    """In the order in which the text names them."""
    found: dict[str, Named] = {}
    for entry in entries:
        hits = sorted(
            (match.start(), name, match.group())
            for name, pattern in _PLATFORM
            for match in pattern.finditer(entry.text)
        )
        for _start, name, quote in hits:
            found.setdefault(name, Named(name, entry.number, quote))
    return tuple(found.values())


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
    hits = [
        (match.start(), match.group())
        for pattern in (_ACT, _DEDDF, _KNOWN_LAW)
        for line in [text]
        for match in pattern.finditer(line)
    ]
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
    return (
        ""
        if re.fullmatch(r"(?:the )?(?:Act|Regulations?|Order|Directive|Rules|Measure).*", name)
        else name
    )


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


_BODY = (
    r"(?:Council|Trust|Group|Association|University|College|Partnership|Authority|Police|Constabulary|Homes|"
    r"Housing|Society|Foundation|School|Academy|Board|Service|Commissioner|Limited|Ltd|CIC|Company|"
    r"Charity|Federation|Institute|Alliance)"
)
_ORGANISATION = re.compile(
    rf"\b((?:[A-Z][\w’'&-]*\.?|and|of|the|for|&|upon|on|in|de|y)(?: (?:[A-Z][\w’'-]*\.?|and|of|the|for|&|upon|on|in|y)){{0,8}}? {_BODY}"
    rf"(?: (?:NHS )?(?:Foundation )?(?:Trust|Group|Association|Council|Limited|Ltd|Authority|Board|Service|Partnership))*(?: of [A-Z]\w+)?)\b(?!\s+(?:Policy|Officer|Manager|Act|Director|Brand|Leader|Member|Tax))"
)  # fmt: skip
_COUNCIL_OF = re.compile(r"\b((?:London Borough|University|Borough|Royal Borough|City|County|Diocese) of [A-Z]\w+(?: (?:and|upon|&) [A-Z]\w+)*(?: Council)?|Cyngor [A-Z]\w+(?: [A-Z]\w+)*|NHS [A-Z]\w+(?: [A-Z]\w+)*)")  # fmt: skip
_NO_BODY = re.compile(
    r"^(?:The )?(?:Social .*|Customer .*|Digital .*|Housing Association|Parish Council|Town Council|County Council|District Council|"
    r"Housing|Local Authority|Council|Trust|Group|Board|Police|NHS Trust|Foundation Trust|"
    r"Executive Board|Management Board|Senior Management Group|Trust Board|Police Service|"
    r"Social Housing|Social Services?|Customer Service|Public Service|Emergency Service|"
    r"Advertising Standards Authority|Information Commissioner.*|.*Ombudsman.*)$"
)


def organisation(title: str, front: Iterable[str], entries: Sequence[Entry]) -> str:
    """Whose policy it is: the body most named, those on the first page before the others."""
    score: Counter[str] = Counter()
    first: dict[str, int] = {}
    texts = [(title, 4), *((line, 4) for line in front)]
    texts += [(entry.text, 3 if place < _EARLY else 1) for place, entry in enumerate(entries)]
    for text, weight in texts:
        for line in text.split("\n"):
            for pattern in (_ORGANISATION, _COUNCIL_OF):
                for match in pattern.finditer(line):
                    if name := _body(match.group(1)):
                        score[name] += weight
                        first.setdefault(name, len(first))
    if not score:
        return ""
    return max(score, key=lambda name: (score[name], -first[name]))


_EARLY = 3


def _body(name: str) -> str:
    parts = name.split()
    while parts and (parts[0].islower() or parts[0] in _OPENERS):
        parts = parts[1:]
    while parts and parts[-1] in ("and", "of", "the", "for", "&", "on", "in"):
        parts = parts[:-1]
    name = " ".join(parts)
    return "" if len(parts) < 2 or _NO_BODY.match(name) else name


_OPENERS = {
    "The",
    "This",
    "A",
    "An",
    "At",
    "In",
    "Our",
    "All",
    "We",
    "Any",
    "By",
    "For",
    "As",
    "If",
    "Both",
    "When",
}
