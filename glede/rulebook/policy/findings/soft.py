"""Promises without a number, and times that are mentioned without being promised."""

import re
from collections.abc import Iterator, Sequence

from glede.rulebook.policy.findings.amounts import amounts
from glede.rulebook.policy.findings.replies import INDIRECT, denied
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import ours, words
from glede.rulebook.policy.findings.values import Flag

_SOFT = re.compile(
    r"\bas (?:soon|quickly|promptly|swiftly|fast|rapidly|speedily"
    r"|early) as (?:\w+ ){0,3}?(?:possible"
    r"|practicable|practical|can|could|able|reasonabl[ey]|feasible)\b"
    r"|\b(?:promptly|quickly|swiftly|speedily|rapidly|timely|shortly|in good time|in due course"
    r"|immediately|straight ?away|without (?:undue )?delay|at (?:the"
    r"|our) earliest (?:opportunity|convenience)"
    r"|(?:within|in) (?:a )?(?:reasonable|appropriate|timely|short|suitable) (?:time(?:scale"
    r"|frame)?|period|manner"
    r"|fashion))\b|\b(?:quick|prompt|timely|swift|rapid|speedy|fast)\b",
    re.IGNORECASE,
)
_ANSWER = words(
    r"re-?pl(?:y|ies|ied|ying)"
    r"|respon(?:d|ds|ded|ding|se|ses)(?! (?:team|rates?|plan|unit|codes?|to (?:a |an "
    r"|the )?(?:crisis|incident)))"
    r"|answer(?:s|ed|ing)?|acknowledg\w+|get back to|dealt with|resolv(?:e|ed)"
)


def flags(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    """Promises nobody can measure, and times that are mentioned without being promised."""
    for sentence in sentences:
        text = sentence.text
        limited = [amount for amount in amounts(text) if not amount.barred]
        if INDIRECT.search(text) and limited and ours(sentence, text):
            yield Flag(
                "soft_promise",
                "Speaks of a time after which people may ask again; it promises no answer by then.",
                sentence.clause,
                sentence.text,
            )
        elif not limited and _softly(sentence):
            yield Flag(
                "soft_promise",
                "Promises an answer without a number: nobody can say whether it was kept.",
                sentence.clause,
                sentence.text,
            )


_NO_PROMISE = re.compile(
    r"\b(?:people|customers|users|audiences|residents|patients|students|public) expect\b"
    r"|\b(?:fast|quick|prompt|immediate)(?:er|est)? (?:and \w+ )?(?:way|means|medium|channel"
    r"|tool)\b"
    r"|\b(?:interfere|allows?|enables?|requests? for removal)\b",
    re.IGNORECASE,
)


def _softly(sentence: Sentence) -> bool:
    if _NO_PROMISE.search(sentence.text):
        return False
    for mild in _SOFT.finditer(sentence.text):
        piece = sentence.text[max(0, mild.start() - 120) : mild.end() + 60]
        answer = _ANSWER.search(piece)
        if answer and ours(sentence, piece) and not denied(sentence.text[: mild.start()]):
            return True
    return False
