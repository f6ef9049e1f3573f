"""Who approves what: from tables of responsibilities, and from sentences."""

import re
from collections.abc import Iterator, Sequence

from glede.rulebook.policy.document.outline import Clause, Duty, Outline
from glede.rulebook.policy.findings.conduct import role
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import words
from glede.rulebook.policy.findings.values import FoundRule

#: Thing -> how texts speak of it. The order decides where two stand in one phrase.
_THINGS = {
    "new_platform": re.compile(
        r"\bnew (?:social[- ]media |corporate |official )?(?:platforms?|accounts?|channels?|pages?"
        r"|profiles?|sites?|presence|groups?)\b"
        r"|\b(?:set(?:ting)?[- ]up|creat\w+|open(?:ing)?|establish\w*|launch\w*"
        r"|start(?:ing)?)\b[^.;,]{0,40}"
        r"\b(?:platforms?|accounts?|channels?|pages?|profiles?|sites?)\b"
        r"|\b(?:account|page|channel) creation\b|\bcreation of (?:\w+ ){0,2}(?:accounts?|pages?)\b"
        r"|\badditional (?:accounts?|channels?|platforms?)\b",
        re.IGNORECASE,
    ),
    "major_change": re.compile(r"\b(?:major|significant|strategic) changes?\b", re.IGNORECASE),
    "high_cost": re.compile(
        r"\bcost (?:implications?|over|above)\b|\bhigh[- ](?:level )?costs?\b|\b(?:spend"
        r"|expenditure)\b",
        re.IGNORECASE,
    ),
    "paid_advertising": re.compile(
        r"\b(?:paid|sponsored|promoted) (?:\w+ )?(?:advert\w*|posts?|content|campaigns?|social"
        r"|promotion)\b"
        r"|\badvertising\b",
        re.IGNORECASE,
    ),
    "campaigns": re.compile(r"\bcampaigns?\b", re.IGNORECASE),
    "competitions": re.compile(r"\bcompetitions?\b|\bprize draws?\b|\bgiveaways?\b", re.IGNORECASE),
    "changes": re.compile(r"\bchanges?\b", re.IGNORECASE),
    "policy": re.compile(r"\b(?:this|the) (?:\w+ )?(?:policy|guidance)\b", re.IGNORECASE),
    "images": re.compile(
        r"\b(?:images?|photo(?:s|graphs)?|videos?|filming|footage)\b", re.IGNORECASE
    ),
    "content": re.compile(
        r"\b(?:content|posts?|messages?|copy|publication|tweets?|updates?)\b", re.IGNORECASE
    ),
    "replies": re.compile(r"\b(?:repl(?:y|ies)|responses?)\b", re.IGNORECASE),
    "blocking": re.compile(
        r"\b(?:block(?:s|ed|ing)?|ban(?:s|ned|ning)?|removal of (?:users|followers))\b",
        re.IGNORECASE,
    ),
}
_APPROVAL = re.compile(
    r"\b(?:approv(?:al|als|es|e|ing)|authoris(?:ation|es|e|ing)|authoriz(?:ation|es|e|ing)"
    r"|sign(?:s|ing)?[- ]off)\b",
    re.IGNORECASE,
)
_A_ROLE = (
    r"(?i:the |a |an |their |your |our |both the )?"
    r"(?P<role>[A-Z][\w’'&-]*(?:[ -](?:(?:of|and|for|the|&)[ ])?[A-Z][\w’'&-]*)*"
    r"|(?i:(?:\w+ )?(?:communications?|marketing|digital|media|web)"
    r" (?:team|manager|officer|department|unit|office))|(?i:(?:line |senior )managers?"
    r"|chief executive|headteacher))"
)
_BY = tuple(
    re.compile(pattern + _A_ROLE + ending)
    for pattern, ending in (
        (
            r"\b(?i:approved|authori[sz]ed|agreed|signed[- ]off|cleared)\b[^.;]{0,40}?\b(?i:by)\s+",
            "",
        ),
        (
            r"\b(?i:(?:prior |written |formal )*(?:approval|authori[sz]ation|permission|agreement)"
            r"|sign[- ]off)\b[^.;]{0,40}?\b(?i:by|of|from)\s+",
            "",
        ),
        (
            r"\b(?i:agreed)\b[^.;]{0,25}?\b(?i:with)\s+",
            "",
        ),
        (
            r"\b(?i:submitted|sent|referred|passed|made|put) to ",
            r" for (?:\w+ )?(?i:approval|authori[sz]ation|sign[- ]off|agreement)\b",
        ),
    )
)
_ACTIVE = re.compile(
    r"(?:^|[.;]\s|\bthe\s)(?i:the )?(?P<role>[A-Z][\w’'&-]*(?:[ ](?:(?:of|and|for|the"
    r"|&)[ ])?[A-Z][\w’'&-]*)*)"
    r"(?: [–:-])? (?:(?:is|are) responsible for (?:\w+ )?(?:approving|authorising|the approval of"
    r"|approval of)|(?:must|will|shall|should|can) approve"
    r"|approves?|authorises?)\b"
)
_NOT_A_ROLE = {
    "This",
    "These",
    "It",
    "We",
    "You",
    "All",
    "Any",
    "If",
    "Approval",
    "Policy",
    "Social Media",
    "Social",
    "Facebook",
    "Twitter",
    "They",
}
_ABOUT_LOGIN = words(
    r"log[- ]?ins?|access|passwords?|leave|expenses?|secondary employment|overtime"
)


def rules(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    clauses = {clause.number: clause for clause in outline.clauses}
    seen: set[str] = set()
    duties = (rule for duty in outline.duties for rule in _duty(duty, clauses.get(duty.clause)))
    prose = (rule for sentence in sentences for rule in _sentence(sentence))
    for rule in (*duties, *prose):
        if rule.key not in seen:
            seen.add(rule.key)
            yield rule


def _duty(duty: Duty, clause: Clause | None) -> Iterator[FoundRule]:
    if clause is None or not (approval := _APPROVAL.search(duty.text)):
        return
    things = duty.text[approval.start() :]
    for name in _named(things[len(approval.group()) :]):
        if things in clause.text:
            yield FoundRule(
                f"approval.{name}", role(duty.role), "", clause.number, things.rstrip(".")
            )


def _named(words_: str) -> list[str]:
    """The things a list names, each once; “changes” is not “a major change” again."""
    found: list[str] = []
    rest = words_
    for name, pattern in _THINGS.items():
        if match := pattern.search(rest):
            found.append(name)
            rest = rest[: match.start()] + "~" * len(match.group()) + rest[match.end() :]
            if name == "new_platform":
                continue
            if name in {"changes", "policy"} or len(found) > 3:
                break
    return found


def _sentence(sentence: Sentence) -> Iterator[FoundRule]:
    text = sentence.text
    if _ABOUT_LOGIN.search(text):
        return
    passive = [match for pattern in _BY for match in pattern.finditer(text)]
    for match in (*passive, *_ACTIVE.finditer(text)):
        who = role(match["role"])
        if who in _NOT_A_ROLE or not who:
            continue
        if match in passive:
            names = (_named(text[: match.start()]) or _named(text))[:1]
        else:
            names = _named(text[match.end() :])
        for name in names:
            thing = _THINGS[name].search(text)
            start = min(match.start(), thing.start()) if thing else match.start()
            end = max(match.end(), thing.end()) if thing else match.end()
            quote = sentence.quote(start, end)
            yield FoundRule(f"approval.{name}", who, "", sentence.clause, quote)
