"""Words that were never filled in, definitions that catch everybody, headings without text."""

import re
from collections.abc import Iterator, Sequence

from glede.rulebook.policy.document.outline import Clause, Outline
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.values import Flag


def flags(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    yield from _blanks(outline)
    yield from _wide(outline, sentences)
    yield from _bare_headings(outline)
    if outline.truncated:
        yield Flag(
            "truncated",
            "The text stops in the middle, or a page could not be read.",
            *_last(outline),
        )


# --- Blanks ------------------------------------------------------------------------------------

_FILL = (
    r"(?:insert|enter|add|name|title|organi[sz]ation|company|council|trust|school|university"
    r"|college"
    r"|your|date|dd|number|role|job|post|contact|e-?mail|phone|telephone|url|link|address"
    r"|department"
    r"|team|x+\b|tbc|tba|\.{2,}|…)"
)
_BLANK = re.compile(
    rf"(?i:\[\s*{_FILL}[^\]\n]{{0,60}}\]|<\s*{_FILL}\b[^>\n]{{0,60}}>"
    rf"|\{{\{{?\s*{_FILL}[^}}\n]{{0,60}}\}}\}}?)"
    r"|(?i:\binsert (?:name|date|title|role|job title|contact|details|logo|organi[sz]ation\w*"
    r"|number"
    r"|link|e-?mail)\b[^.;,\]\n]{0,20})"
    r"|\b[xX]{2}/[xX]{2}/(?:20)?[xX]{2,4}|\bX{2,5}\b|\b20[xX]{2}\b|\bv?\d+\.[xX]\b"
    r"|\bT\.?B\.?[CAD]\b"
    r"|(?i:\bto be (?:confirmed|advised|inserted|completed|added)\b|\blorem ipsum\b"
    r"|\bdd\s?[/.-]\s?mm\s?[/.-]\s?yy(?:yy)?\b|\bdelete as appropriate\b)"
    r"|\b(?:Organi[sz]ation|Company|School|Council|Trust|Charity|Business)(?:[’']s)? Name\b"
    r"|\b(?:YOUR|Your) (?:Organi[sz]ation|ORGANI[SZ]ATION|Company|COMPANY|Council|COUNCIL|Trust"
    r"|TRUST)"
    r"(?: [Nn]ame)\b|\bYOUR (?:ORGANI[SZ]ATION|COMPANY|COUNCIL|TRUST)\b"
    r"|_{4,}|(?i:\bclick (?:here|or tap)(?: here)? to enter\b[^.\n]{0,20})|\?{3,}"
    r"|(?i:\bname of (?:organi[sz]ation|company|council|trust|school)\b)"
)
_ROMAN = re.compile(
    r"\b(?:chapter|part|volume|appendix|schedule|title|article|louis|pope)\s+$", re.IGNORECASE
)
#: “Hi [name], thank you for your message” is a sample reply: the blank belongs there.
_SPOKEN = re.compile(
    r"\b(?:Hi|Hello|Dear|Thanks|Thank you|Sorry|Good (?:morning|afternoon))\b[^.!?\n]{0,40}$"
)
_TOLD = re.compile(r"\b(?:to be (?:confirmed|completed|added|inserted|advised))\b", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\b(?:date|owner|lead|author|version|contact|reviewer)\b(?: \w+)? (?:is|are|:)?\s*$",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\b(?:must|should|will|need(?:s)?|has|have|are|is|form|training|register|assessment|log"
    r"|staff)\b",
    re.IGNORECASE,
)


def _blanks(outline: Outline) -> Iterator[Flag]:
    heading = {
        "title": outline.title,
        "version": outline.version,
        "organisation": outline.organisation,
        "approved by": outline.approved_by,
        "owner": outline.owner,
        "reviewer": outline.reviewer,
        **{
            name: given.written
            for name, given in (
                ("effective date", outline.effective_on),
                ("approval date", outline.approved_on),
                ("next review", outline.next_review),
            )
            if given
        },
    }
    for name, written in heading.items():
        if match := _blank(written):
            yield Flag("placeholder", f"The {name} is a blank: “{match}”.", "", match)
    for clause in outline.clauses:
        for blank in _all_blanks(clause.text):
            yield Flag(
                "placeholder", f"A blank was never filled in: “{blank}”.", clause.number, blank
            )


def _blank(text: str) -> str:
    return next(_all_blanks(text), "")


def _all_blanks(text: str) -> Iterator[str]:
    seen: set[str] = set()
    for match in _BLANK.finditer(text):
        found = match.group().strip()
        before = text[: match.start()]
        if found in seen or _ROMAN.search(before) or _SPOKEN.search(before):
            continue
        if _plain_words(found, before):
            continue
        seen.add(found)
        yield found


def _plain_words(found: str, before: str) -> bool:
    """“Forms to be completed by staff” is a duty, “kisses (xx)” are none of ours."""
    if _TOLD.fullmatch(found) and not _UNKNOWN.search(before):
        sentence = re.split(r"[.;\n|]", before)[-1]
        return len(sentence.split()) > 3 or bool(_DUTY.search(sentence))
    if found.lower() in {"xx", "xxx"} and found.islower():
        return True
    return found.lower().startswith("name of") and not before.rstrip().endswith(("[", "<", "("))


# --- Definitions that catch any critic -----------------------------------------------------------

_BEHAVIOUR = re.compile(
    r"\b(?:troll\w*|harass\w*|abus(?:e|ive)|vexatious|unacceptable|inappropriate|offensive"
    r"|cyber-?bull\w*|bullying|defam\w*|libel\w*"
    r"|hostile|antisocial|anti-social|unreasonabl\w*|malicious)\b",
    re.IGNORECASE,
)
_ANYBODY = re.compile(
    r"\b(?:target(?:s|ed|ing)?|critici[sz]\w*|critical|negative(?:ly)?|complain\w*|disagree\w*"
    r"|question(?:s|ing)|challeng\w*|oppos\w*"
    r"|unfavourabl\w*|embarrass\w*|displeas\w*|dissatisf\w*|upset\w*|disrepute"
    r"|posting (?:comments|messages) about)\b",
    re.IGNORECASE,
)
_NARROW = re.compile(
    r"\b(?:repeated(?:ly)?|persistent(?:ly)?|deliberate(?:ly)?|intent\w*|intend\w*|provo\w+"
    r"|demean\w*|distress\w*|threat\w*|abus(?:e|ing|ive)"
    r"|malicious\w*|inflammatory|insult\w*|hat(?:e|red)|obscene|degrad\w*|humiliat\w*"
    r"|intimidat\w*|fear|false|untrue|unfounded|discriminat\w*"
    r"|violen\w*|incit\w*|disrupt\w*|unwanted|sole(?:ly)? (?:aim|purpose)|harm\w*|profan\w*"
    r"|swear\w*|offen[cs]\w+|personal attacks?|unlawful"
    r"|illegal|without (?:reasonable|good) (?:cause|grounds))\b",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    r"\b(?:remov(?:e|ed|ing)|delet(?:e|ed|ing)|hid(?:e|den|ing)|block(?:ed)?|ban(?:ned)?"
    r"|not (?:allow|permit|tolerat|publish|approv)\w*"
    r"|moderat(?:e|ed))\b",
    re.IGNORECASE,
)
_CRITICISM = re.compile(
    r"\b(?:critical (?:of|comments?|posts?)|critici[sz](?:es?|ing|ism)|negative (?:comments?"
    r"|posts?|reviews?|feedback|remarks)|(?:comments?|posts?)"
    r" (?:that|which) are (?:[\w-]+,? ){0,6}(?:negative|critical)|(?:comments?|posts?)"
    r" (?:that|which) (?:\w+ ){0,3}(?:critici[sz]e|disagree|complain|are negative|are critical"
    r"|portray|reflect badly|embarrass)"
    r"|(?:bring|brings|bringing) (?:\w+ ){1,5}into disrepute|damag\w+ (?:to )?(?:our"
    r"|the) (?:\w+ )?reputation|anti-\w+ sentiment)\b",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"\b(?:not|n[’']t|never|rather than|simply because|just because|even if|welcome|do not"
    r"|unless)\b[^.;]{0,60}"
    r"\b(?:critic\w+|negative|complain\w*|disagree\w*)",
    re.IGNORECASE,
)
_STAFF = re.compile(
    r"\b(?:staff|employees?|workers?|colleagues|you|your|members? of staff|disciplin\w*"
    r"|councillors?)\b",
    re.IGNORECASE,
)


_WIDE = (
    "“{}” so defined would catch anybody who complains: it asks neither for repetition nor for an"
    " intent to hurt."
)
_DEFINED = re.compile(
    r"(?P<term>(?:[A-Z][\w-]+ )?(?i:troll\w*|harass\w*|abuse|vexatious|unacceptable|inappropriate"
    r"|cyber-?bull\w*)[\w ]{0,25}?)\s*(?:–|—| - |:|\bmeans\b|\bis defined as\b|\bis\b|\bincludes\b)"
    r"\s*(?P<text>.+)",
    re.DOTALL,
)
_CRITICS = re.compile(
    r"\b(?:target(?:s|ed|ing)\b|critici[sz]\w*|negative|disagree\w*|question(?:s|ing) (?:the|our))",
    re.IGNORECASE,
)


def _wide(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    yield from _wide_definitions(outline, sentences)
    for sentence in sentences:
        if _removes_critics(sentence):
            yield Flag(
                "too_wide_definition",
                "Criticism alone would be reason enough to remove what people write.",
                sentence.clause,
                sentence.text,
            )


def _wide_definitions(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    clauses = {clause.number: clause.text for clause in outline.clauses}
    for definition in outline.definitions:
        term, text = definition.term, definition.text
        if not (_BEHAVIOUR.search(term) and _ANYBODY.search(text)) or _NARROW.search(text):
            continue
        quote = text if text in clauses.get(definition.clause, "") else ""
        yield Flag("too_wide_definition", _WIDE.format(term), definition.clause, quote)
    defined = {definition.term for definition in outline.definitions}
    for sentence in sentences:
        match = _DEFINED.match(sentence.text)
        if not match or match["term"].strip() in defined:
            continue
        if _CRITICS.search(match["text"]) and not _NARROW.search(match["text"]):
            says = _WIDE.format(match["term"].strip())
            yield Flag("too_wide_definition", says, sentence.clause, sentence.text)


def _removes_critics(sentence: Sentence) -> bool:
    near = f"{sentence.lead} {sentence.text}"
    return bool(
        _REMOVED.search(near)
        and _CRITICISM.search(sentence.text)
        and not _SPARED.search(sentence.text)
        and not _STAFF.search(near)
    )


# --- Headings ------------------------------------------------------------------------------------


def _bare_headings(outline: Outline) -> Iterator[Flag]:
    held = {clause.section for clause in outline.clauses}
    for section in outline.sections:
        if section.number not in held and section.title:
            yield Flag(
                "heading_only", f"“{section.title}” has no text below it.", "", section.title
            )
    for place, clause in enumerate(outline.clauses):
        if not clause.heading:
            continue
        following = outline.clauses[place + 1] if place + 1 < len(outline.clauses) else None
        words = clause.text.strip("*_ :")
        if (
            following is None
            or following.section != clause.section
            or (following.heading and _level(following) <= _level(clause))
        ):
            yield Flag(
                "heading_only", f"“{words}” has no text below it.", clause.number, clause.text
            )
        elif _numbered(clause) and _level(following) == _level(clause):
            yield Flag(
                "heading_only",
                f"“{words}” has a number like a clause and asks nothing: it is read as the"
                f" heading of what follows.",
                clause.number,
                clause.text,
            )


def _level(clause: Clause) -> int:
    return len([part for part in re.split(r"[.(]", clause.number) if part.strip(") ")])


def _numbered(clause: Clause) -> bool:
    return clause.number[:1].isdigit()


def _last(outline: Outline) -> tuple[str, str]:
    if not outline.clauses:
        return "", ""
    clause = outline.clauses[-1]
    return clause.number, clause.text[-80:].strip()
