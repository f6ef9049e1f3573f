"""Which lines are titles and not sentences, and what a section's title says it holds."""

import re

from glede.rulebook.policy.document.blocks import Para

_LONGEST = 9
_LONGEST_MARKED = 16
_FINITE = re.compile(
    r"\b(?:will|must|should|shall|may|can|cannot|is|are|was|were|has|have|had|do|does|don['’]t|"
    r"we|you|they|please)\b",
    re.I,
)
_ASKS = re.compile(
    r"(?:how|what|when|why|who|where|which|our|your|using|about|things|if you|before|after)\b", re.I
)
_CONTACT = re.compile(r"[@©£]|https?:|www\.|\.(?:uk|com|org|wales|gov)\b|\d{5,}|\d{3,}\s\d{3,}")

DEFINITIONS = re.compile(
    r"\b(?:definitions?|glossary|terms used|terminology|interpretation|words we use|"
    r"key terms|diffiniadau|geirfa)\b",
    re.I,
)
DUTIES = re.compile(
    r"\b(?:responsibilit(?:y|ies)|roles|accountabilit(?:y|ies)|duties|who does what|"
    r"cyfrifoldebau|rolau)\b",
    re.I,
)
LAW = re.compile(
    r"\b(?:legal|legislat\w*|laws?|statut\w*|regulatory|regulations?|deddfwriaeth|cyfreithiol)\b",
    re.I,
)
RELATED = re.compile(
    r"\b(?:(?:related|associated|linked|connected|supporting|relevant|other|reference|key|"
    r"corresponding|links? (?:to|with)(?: other)?|cross[- ]referenc\w*)\b[\w ,/&’'-]*?\b"
    r"(?:polic(?:y|ies)|procedures?|documents?|documentation|strateg(?:y|ies)|guidance|"
    r"publications|references?)|"
    r"associated references|see also|further reading|polis[iï]au cysylltiedig|"
    r"dogfennau cysylltiedig)\b",
    re.I,
)
CONTENTS = re.compile(
    r"(?:table of )?contents(?: page)?|index|cynnwys|in this (?:policy|document|page)|on this page",
    re.I,
)


def is_title(para: Para) -> bool:
    """Whether a line standing alone is the title of what follows. What a file marks as a heading
    is one; else a few words without a verb and without a full stop."""
    text = para.text.strip()
    if not text or para.bullet:
        return False
    count = len(text.split())
    if para.level:
        return count <= _LONGEST_MARKED * 2
    if text[-1] in ".;,!" or _CONTACT.search(text) or not (text[0].isupper() or text[0] in "“‘\"'"):
        return False
    if para.strong and count <= _LONGEST_MARKED and not text.endswith("?"):
        return not _FINITE.search(text) or bool(_ASKS.match(text))
    if count > _LONGEST or (": " in text):
        return False
    return bool(_ASKS.match(text)) or not _FINITE.search(text)


def has_verb(text: str) -> bool:
    return _FINITE.search(text) is not None
