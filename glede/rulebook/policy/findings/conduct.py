"""How the desk behaves: in public first, signed, trained, and where emergencies go."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import PERSONAL, words
from glede.rulebook.policy.findings.values import FoundRule

_NOT = re.compile(
    r"\b(?:not|n['’]t|never|cannot|no longer|unable|rather than|avoid)\b", re.IGNORECASE
)


def rules(sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    """The first sentence that says it, for each key."""
    desk = [sentence for sentence in sentences if not PERSONAL.search(sentence.over)]
    for key, reader in _READERS.items():
        found = next((made for each in desk if (made := reader(each))), None)
        if found:
            value, clause, quote = found
            yield FoundRule(key, value, "", clause, quote)
    yield from _emergencies(desk)
    yield from _private(desk)


type _Found = tuple[Any, str, str] | None


def _pattern(pattern: str, *, but: str = "") -> Callable[[Sentence], _Found]:
    """True where the pattern stands in the sentence and nothing beside it says otherwise."""
    says, denies = (
        re.compile(pattern, re.IGNORECASE),
        re.compile(but, re.IGNORECASE) if but else None,
    )

    def reader(sentence: Sentence) -> _Found:
        if not (match := says.search(sentence.text)):
            return None
        if denies and denies.search(sentence.text):
            return None
        if _NOT.search(sentence.text[max(0, match.start() - 25) : match.start()]):
            return None
        return True, sentence.clause, sentence.quote(match.start(), match.end())

    return reader


_TALK = (
    r"(?:conversations?|discussions?|dialogue|exchanges?|debates?|interactions?|enquir\w+"
    r"|repl(?:y|ies)|responses?)"
)
_PUBLIC = _pattern(
    rf"\b(?:keep|hold|continue|conduct|have|carry on)\w*\b[^.;,]{{0,25}}{_TALK}[^.;,]{{0,25}}"
    r"\b(?:in public|public(?:ly)?|in the open)\b(?! domain)"
    r"|\b(?:repl(?:y|ied)|respond(?:ed)?|answer(?:ed)?)\b[^.;,]{0,30}\b(?:publicly|in public)\b"
    r"(?: (?:where(?:ver)?|whenever|if|unless|first|so)[^.;,]*)?"
    rf"|{_TALK} (?:should|will|must) (?:normally |usually |always )?(?:be|remain|stay"
    rf"|take place) (?:kept |posted |made |given )?"
    r"(?:in )?public(?:ly)?\b",
    but=r"\b(?:avoid|refrain|private(?:ly)? (?:wherever|where) possible|out of the public"
    r"|away from the public"
    r"|(?:not|never|n['’]t)\b[^.;,]{0,30}\b(?:publicly|in public))",
)
_SIGNED = _pattern(
    r"\b(?:(?:reply|replies|respond|answer)\b[^.;]{0,80}\bas (?:an )?individuals?\b|sign(?:ed|s"
    r"|ing)?(?: off)?\b[^.;]{0,45}\b(?:names?|initials)\b"
    r"|(?:first|own|full) names? or initials|initials? (?:at the end|after)\b"
    r"|\b(?:end|finish|close)\w*\b[^.;]{0,40}\b(?:first names?|initials|their names?|your names?)\b"
    r"|(?:include|give|state|use|add|leave)\w*\b[^.;]{0,25}\b(?:first names?|initials)\b)",
    but=r"\b(?:consent|account names?|user ?names?|document|form|contract|agreement|children"
    r"|pupils?|photo\w*|(?<!first )names? of"
    r"|full names? of|acceptable use|customer['’]s|resident['’]s|personal (?:data|information))\b",
)
_IDENTITY = _pattern(
    r"\b(?:confirm|verif\w+|check|establish|prove|validat\w+|authenticat\w+)\b[^.;,]{0,25}"
    r"\b(?:identity|who (?:you|they) are|identities)\b|\bidentity (?:checks?|verification)\b"
    r"|\b(?:security|verification) questions\b|\bproof of identity\b|\bID&V\b",
    but=r"\b(?:blue tick|verified (?:account|badge)|account holder of|journalists?|password"
    r"|platform['’]s|impersonat\w+"
    r"|visitors?|contractors?|recruit\w*|right to work|sign[- ]up|followers?)\b",
)
_TRAINED = _pattern(
    r"\b(?:only|any|all|those|staff|officers?|employees|users|advisors?|advisers|administrators"
    r"|managers|editors"
    r"|colleagues|team members|account holders|they|we|anyone|everyone|people|moderators"
    r"|who)\b[^.;]{0,80}?"
    r"\b(?:(?:must|should|will|are required to|need to|have to)\b[^.;]{0,40}\b(?:complete[ds]?"
    r"|undertake[ns]?|attend(?:ed)?"
    r"|receive[ds]?|have|had|be|undergo(?:ne)?|pass(?:ed)?)\b[^.;]{0,40}\b(?:train(?:ing|ed)"
    r"|e-?learning)\b"
    r"|(?:is|are|have been|has been|were) (?:\w+ly )?trained\b"
    r"|(?:who )?(?:have|has) (?:successfully )?(?:completed|undertaken|attended|received|had"
    r"|passed)\b[^.;]{0,40}\b(?:training|course|e-?learning)\b)"
    r"|\bonly (?:\w+ ){0,2}?trained\b|\btraining (?:is|will be) (?:mandatory|compulsory|required)\b"
    r"|\b(?:mandatory|compulsory)\b[^.;]{0,30}\btraining\b"
    r"|\b(?:before|until)\b[^.;]{0,60}\b(?:completed?|undertaken|received|had"
    r"|attended)\b[^.;]{0,30}\btraining\b",
    but=r"\b(?:may (?:be )?(?:offered|request)|on request|can be (?:arranged|provided)"
    r"|if (?:required|needed)"
    r"|fire safety|manual handling|first aid|police officers are trained to|children)\b",
)
_BEFORE_ELECTION = _pattern(
    r"(?:\b[^.;]{0,200}\b(?:pre-?election|purdah|heightened sensitivity)\b[^.;]{0,200}"
    r"|\b[^.;,]{0,80}\b(?:weeks?|days?|months?|period|time) (?:before|prior to|leading up to"
    r"|ahead of|in the run[- ]up to)"
    r" (?:an?|any|the|each|local|general|elections?)\b[^.;]*election\w*"
    r"|\b[^.;]{0,200}\bduring (?:an |the |any )?elections? (?:period|campaign)s?\b[^.;]*)",
)


_ELECTION = re.compile(r"elect|purdah|heightened", re.IGNORECASE)


def _election(sentence: Sentence) -> _Found:
    found = _BEFORE_ELECTION(sentence) if _ELECTION.search(sentence.text) else None
    return (found[2], found[1], found[2]) if found else None


_ROLE = (
    r"(?:the |a |an |their |your |our )?(?P<role>[A-Z][\w’'&-]*(?:[ -](?:of|and|for|the|&|or|to"
    r"|[A-Z][\w’'&-]*))*"
    r"|(?:\w+ )?(?:communications?|marketing|digital|web|media|social media|line|service"
    r"|press) (?:team|manager|officer"
    r"|department|unit|office)|(?:line |senior )?managers?|chief executive|headteacher|board)"
)
_LOGIN = re.compile(
    r"\b(?:log[- ]?ins?|log[- ]in details|access|admin(?:istrator)? (?:rights|access)"
    r"|credentials|permissions?"
    r"|user accounts?|passwords?)\b",
    re.IGNORECASE,
)
_BY = re.compile(
    rf"\b(?i:approv(?:ed|al)|authori[sz](?:ed|ation)|granted|agreed|signed off"
    rf"|permission)\b[^.;]{{0,40}}?"
    rf"\b(?i:by|of|from)\s+{_ROLE}"
)
_WHERE_APPROVED = re.compile(
    r"\b(?:where|when|once|if) (?:\w+ )?(?:approved|authori[sz]ed)\b[^.;]{0,30}\b(?:log[- ]?ins?"
    r"|access|credentials)\b"
    r"|\b(?:only )?(?:approved|authori[sz]ed) (?:staff|users|officers|employees|people"
    r"|administrators|persons)\b[^.;]{0,40}"
    r"\b(?:log[- ]?ins?|access|credentials|passwords?)\b"
    r"|\b(?:log[- ]?ins?|access)\b[^.;]{0,40}\b(?:must be|are|is|only) (?:approved"
    r"|authori[sz]ed)\b",
    re.IGNORECASE,
)
_LOGIN_NOT = words(
    r"building|personal|patient records?|website|wi-?fi|internet access|information"
    r"|public access|records?"
)


def _login(sentence: Sentence) -> _Found:
    text = sentence.text
    if not (thing := _LOGIN.search(text)) or _LOGIN_NOT.search(text):
        return None
    for by in _BY.finditer(text):
        if abs(by.start() - thing.end()) < 60:
            start, end = min(thing.start(), by.start()), max(thing.end(), by.end())
            return role(by["role"]), sentence.clause, sentence.quote(start, end)
    if match := _WHERE_APPROVED.search(text):
        return True, sentence.clause, sentence.quote(match.start(), match.end())
    return None


def role(words_: str) -> str:
    """A role as a name: without article, without what only follows it."""
    plain = re.sub(r"^(?:the|an?|their|your|our)\s+", "", words_.strip(), flags=re.IGNORECASE)
    return re.sub(r"(?:[ -](?:of|and|for|the|&|or|to))+$", "", plain)


# --- Emergencies -------------------------------------------------------------------------------

_PHONE = re.compile(
    r"(?<![\d/])(?:\+44\s?\(?0?\)?\s?\d{2,5}|\(?0\d{2,5}\)?)[\s-]?\d{3,4}[\s-]?\d{3,4}\b"
    r"|(?<![\d.,£])\b(?:999|101|111|112|105)\b(?![.,]?\d)"
)
_EMERGENCY = re.compile(
    r"\b(?:emergenc(?:y|ies)|urgent(?:ly)?|in danger|crimes?|immediate danger"
    r"|life[- ]threatening)\b",
    re.IGNORECASE,
)
_TURNED_AWAY = re.compile(
    r"\b(?:do not|don['’]t|never|cannot|can['’]t|not|should not|must not"
    r"|please avoid)\b[^.;]{0,90}\b(?:emergenc(?:y|ies)|urgent|crimes?)\b(?: \w+)?(?: here)?"
    r"|\b(?:emergenc(?:y|ies)|urgent|crimes?)\b[^.;]{0,90}\b(?:do not|don['’]t|never|should not"
    r"|must not|cannot|not be)\b[^.;]{0,40}"
    r"\b(?:report\w*|us(?:e|ed)|social|here|contact\w*|rely|post\w*|messag\w*|tweet\w*"
    r"|monitor\w*)\b"
    r"|\b(?:emergenc(?:y|ies)|immediate danger|life[- ]threatening"
    r"|urgent(?:ly)?)\b[^.;]{0,80}\b(?:call|dial|ring|phone|telephone)\b",
    re.IGNORECASE,
)
_CALL_WHEN = re.compile(
    r"\b(?:call|dial|ring|phone|telephone|contact)\b[^.;]{0,60}\b(?:in an emergency"
    r"|for emergenc\w+|if (?:it is|it['’]s|there is) an"
    r" emergency|emergency (?:line|number|repairs))",
    re.IGNORECASE,
)
_PLANNING = words(
    r"emergency (?:planning|plan|response|services? (?:will|may|are|use))|business continuity"
    r"|civil contingencies|major incident|crisis communications?|staff must|urgent approval"
)


def _emergencies(desk: Sequence[Sentence]) -> Iterator[FoundRule]:
    """The first sentence that turns them away; the number may stand in the next one."""
    for place, sentence in enumerate(desk):
        text = sentence.text
        match = _TURNED_AWAY.search(text) or _CALL_WHEN.search(text)
        if not match or _PLANNING.search(text):
            continue
        phone = _phone_after(text, match.start())
        start = min(match.start(), phone.start()) if phone else match.start()
        end = max(match.end(), phone.end()) if phone else match.end()
        following = desk[place + 1] if place + 1 < len(desk) else None
        if phone is None and following and following.clause == sentence.clause:
            phone = _phone_after(following.text, 0) if _CALL.search(following.text) else None
        value: Any = "not_here"
        if phone:
            value = {"not_here": True, "phone": " ".join(phone.group().split())}
        yield FoundRule("emergencies", value, "", sentence.clause, sentence.quote(start, end))
        return


_CALL = words(r"call|dial|ring|phone|telephone")


def _phone_after(text: str, at: int) -> re.Match[str] | None:
    """The number named for it; the organisation's own before 999 and 101."""
    found = [match for match in _PHONE.finditer(text) if match.start() > at - 80]
    own = [match for match in found if len(match.group()) > 3]
    if own or not found:
        return next(iter(own), None)
    word = re.search(r"\bemergenc", text, re.IGNORECASE)
    place = word.start() if word else at
    return min(found, key=lambda match: abs(match.start() - place))


_READERS: dict[str, Callable[[Sentence], _Found]] = {
    "public_first": _PUBLIC,
    "sign_off": _SIGNED,
    "identity_check": _IDENTITY,
    "training_required": _TRAINED,
    "login_approval": _login,
    "pre_election": _election,
}

# --- In private --------------------------------------------------------------------------------

_MOVE = re.compile(
    r"\b(?:private(?:ly)?|direct(?:ly)?) messag\w+|\bby private messag\w+|\b[DP]Ms?\b"
    r"|\boffline\b|\bin private\b"
    r"|\b(?:to|into|use|via|by) (?:a |an )?(?:inbox|e-?mail|telephone|phone|more private)\b"
    r"|\bout of (?:the )?public\b"
    r"|\b(?:message|contact) us privately\b|\bprivate (?:channel|conversation|space)s?\b"
    r"|\bmessage us directly\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:we|staff|officers?|you|moderators?|the team|they|advisors?|advisers?"
    r"|responders?)\b[^.;]{0,60}\b(?:may|will|can|should|might|must)\b"
    r"[^.;]{0,80}\b(?:ask|invit|encourag|request|mov|tak|continu|switch|direct|contact|engag"
    r"|repl|respond|suggest|offer|advis|refer)\w*"
    r"|\b(?:should|must|will|can|may) be (?:\w+ )?(?:moved|taken|dealt with|handled|continued"
    r"|directed|asked|invited)\b"
    r"|\b(?:ask|invite|encourage|request|move|take|direct|switch)\b",
    re.IGNORECASE,
)
_REASONS = {
    "data_protection": re.compile(
        r"\b(?:data protection|personal (?:data|information|details|circumstances|nature"
        r"|cases?|matters?"
        r"|issues?)|confidential\w*|sensitive"
        r"|privacy|account (?:details|numbers?|information)|identif(?:y|ies|iable)|addresses"
        r"|private (?:details|information))\b",
        re.IGNORECASE,
    ),
    "complex": re.compile(
        r"\b(?:complex\w*|complicated|detailed|lengthy|in[- ]depth|more (?:detail|information"
        r"|space)|character limits?)\b",
        re.IGNORECASE,
    ),
    "customer_asks": re.compile(
        r"\b(?:they|you|customers?|residents?|tenants?|patients?|person|individual|enquirer|user"
        r"|people|party)\b[^.;,]{0,15}"
        r"\b(?:asks?|prefers?|requests?|wish(?:es)?|wants?|would (?:like|prefer))\b",
        re.IGNORECASE,
    ),
    "safety": re.compile(
        r"\b(?:safeguarding|safety|vulnerab\w+|at risk|risk of harm|threat\w*|in danger)\b",
        re.IGNORECASE,
    ),
}


def _private(sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    """The sentence with the most reasons; reasons are those it names, in the desk's order."""
    best: tuple[int, FoundRule] | None = None
    for sentence in sentences:
        move = _MOVE.search(sentence.text)
        if not move or not _ASKED.search(sentence.text):
            continue
        found = {
            name: match
            for name, pattern in _REASONS.items()
            if (match := pattern.search(sentence.text))
        }
        if not found or (best and len(found) <= best[0]):
            continue
        start = min([move.start(), *(match.start() for match in found.values())])
        end = max([move.end(), *(match.end() for match in found.values())])
        quote = sentence.quote(start, end)
        best = (len(found), FoundRule("private_when", list(found), "", sentence.clause, quote))
    if best:
        yield best[1]
