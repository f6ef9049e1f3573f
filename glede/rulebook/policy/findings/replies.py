"""Promises to answer: acknowledged, answered, settled, and by when."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glede.rulebook.policy.findings.amounts import Amount, amounts, length
from glede.rulebook.policy.findings.text import Scope, Sentence, scope_of, scopes
from glede.rulebook.policy.findings.topics import SOCIAL, ours, words
from glede.rulebook.policy.findings.values import Flag, FoundRule

_ACK = words(
    r"acknowledg\w+|initial (?:response|reply|contact)|first (?:response|reply)"
    r"|holding (?:reply|response|message)"
)
_REPLY = words(
    r"re-?pl(?:y|ies|ied|ying)"
    r"|respon(?:d|ds|ded|ding|se|ses)(?! (?:team|rates?|plan|unit|officer|strategy|guid|centre"
    r"|protocol))"
    r"|answer(?:s|ed|ing)?(?! ?phone)|acknowledg\w+|gets? back to|getting back to|come back to"
    r"|be in touch|(?:deal|dealt|dealing) with|picked up|hear (?:back )?from (?:us|the|our|a)"
    r"|attended to|addressed|actioned|holding message|initial contact"
    r"|contact you"
)
_FULL = re.compile(
    r"\b(?:full|fully|detailed|substantive|final|complete)\b[^.;,]{0,15}\b(?:respon\w+|repl\w+"
    r"|answer\w*)"
    r"|\b(?:respond\w*|repl\w+|answer\w*)\b[^.;,]{0,30}\b(?:in full|fully)\b",
    re.IGNORECASE,
)
_SETTLE = words(
    r"fix(?:es|ed)?|resolv(?:e|es|ed|ing)|resolutions?|settle[ds]?|conclude[ds]?|sort(?:ed)? out"
)
#: Verbs with times of their own: the one nearest to the time owns it.
_OTHER = words(
    r"remov(?:e|es|ed|ing|al)|delet(?:e|es|ed|ing|ion)|hid(?:e|es|den|ing)|keep(?:s|ing)?|kept"
    r"|retain(?:s|ed|ing)?|stor(?:e|es|ed|ing)|reported|report (?:to|it|this|any|them|the|all)"
    r"|notif(?:y|ies|ied)|inform(?:s|ed)?|tell|told|appeal(?:s|ed)?|chang(?:e|es|ed)|reviewed"
    r"|check(?:s|ed|ing)?|monitor(?:s|ed)|updat(?:e|es|ed)|(?<!our )publish(?:ed|es|ing)?"
    r"|approv(?:e|es|ed|al)|complete[ds]?|submit(?:s|ted)?|raise[ds]?|escalat(?:e|es|ed)"
    r"|refer(?:s|red)?|forward(?:s|ed|ing)?|pass(?:ed|es|ing)?|apply|pay|paid|repair(?:s|ed)?"
    r"|investigat(?:e|es|ed)|log(?:s|ged)|record(?:s|ed)|return(?:s|ed)?|block(?:s|ed)?"
    r"|ban(?:s|ned)?|suspend(?:s|ed)?|expir(?:e|es|ed)|hand(?:ed)? over|correct(?:s|ed)?"
    r"|rectif(?:y|ied)|remed(?:y|ied)|created|set up|disabled|deactivated|revoked"
    r"|upload(?:s|ed)?|schedul(?:e|es|ed)|translated|share[ds]?|attend|arriv(?:e|es|ed)"
    r"|open(?:s|ed)|clos(?:e|es|ed)|finish(?:es|ed)?|redirect(?:s|ed)?|signpost(?:s|ed)?"
    r"|transfer(?:s|red)?|request(?:s|ed)?(?= (?:that|the removal|removal))"
)
#: “We will contact you within …” answers only what somebody wrote.
_CONTACTED = re.compile(r"\bcontact you\s*$", re.IGNORECASE)
_WRITTEN_TO = words(r"messages?|enquir\w+|comments?|posts?|quer(?:y|ies)")
_OR_HAND_ON = re.compile(
    r"\b(?:re-?ply|respond|answer|acknowledge|response"
    r"|reply)\b[^.;,]{0,40}\bor\s+(?:to )?(?:pass|forward"
    r"|refer|signpost|redirect|escalat|updat)\w*\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:cannot|can't|can’t|can not|could not|unable|(?:do|does|did|will|would|may|might"
    r"|should|are|is)"
    r" not|(?:do|does|wo|would|should|are|is)n['’]t|won['’]t|never|not (?:always|able|possible"
    r"|be able"
    r"|every|all|guarantee|promise|expect)|no (?:guarantee|promise|commitment|obligation)"
    r"|rather than"
    r"|without)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"\bno(?:t)? (?:later|longer|more) than\b", re.IGNORECASE)
_CHUNK = re.compile(r"[,;:]\s+|\s[–—-]\s|\b(?:but|however|although|though)\b", re.IGNORECASE)
INDIRECT = re.compile(
    r"\b(?:if|where|when|should|unless)\b[^.;]{0,60}\b(?:have|has|had|do|does|did)(?: not|n['’]t)\b"
    r"[^.;]{0,40}\b(?:repl\w+|respon\w+|hear\w*|answer\w*|contact\w*|acknowledg\w+)",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:last (?:year|month|quarter)|in 20\d\d|on average|average (?:response|reply)|\d+ ?%"
    r"|per ?cent"
    r"|research|statistics|studies|survey|expect(?:s)? (?:brands|companies|organisations)"
    r"|algorithm|lifespan|trending)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?:respon\w+|reply|repl\w+|answer\w*|acknowledg\w+|turnaround|service)[- ]"
    r"(?:times?|targets?|standards?|within|levels?)\b|\btime to (?:respond|reply|answer)\b"
    r"|\b(?:we|you)\b[^.;]{0,40}\b(?:respond|reply|answer|acknowledge)\b",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(r"\bauto(?:mat\w+|[- ]?(?:repl\w+|respon\w+|acknowledg\w+))", re.IGNORECASE)
_SPLIT = re.compile(r",\s|;\s|\s(?:and|but|or|while|whereas)\s|\s[–—-]\s|\.\s|\|", re.IGNORECASE)
_TAIL = re.compile(
    r"\s+(?:of|from|after|following) (?:(?!\b(?:and|but|or|within|unless|where|if|during"
    r"|on)\b)[^,.;:()|\n])"
    r"{1,60}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A time for answering, as one place of the text gives it."""

    kind: str
    amount: Amount
    scope: Scope
    sentence: Sentence
    quote: str


def promises(sentences: Sequence[Sentence]) -> list[Promise]:
    return [promise for sentence in sentences for promise in _of(sentence)]


def _of(sentence: Sentence) -> Iterator[Promise]:
    text = sentence.text
    if INDIRECT.search(text) or _PAST.search(text):
        return
    found = amounts(text)
    accepted = False
    for place, amount in enumerate(found):
        earlier = found[place - 1].end if place else 0
        begin = _after_split(text, earlier, amount.start) if place else 0
        later = found[place + 1].start if place + 1 < len(found) else len(text)
        split = _SPLIT.search(text, amount.end, later)
        until = split.start() if split else later
        kind, quote_from, quote_to = _kind(sentence, amount, until)
        carried = accepted and not amount.barred and place > 0
        if not kind or not (amount.limited or carried or _labelled(sentence, amount)):
            continue
        if _CONTACTED.search(text[: amount.start]) and not _WRITTEN_TO.search(text, amount.end):
            continue
        piece = text[begin:until] if place else text[:until]
        if not ours(sentence, piece) or not ours(sentence, text[quote_from:quote_to]):
            continue
        accepted = True
        scope = _column(sentence, amount)
        if scope is Scope.ANY:
            scope = _scope(text[amount.end : until], text[begin : amount.start], sentence)
        yield Promise(kind, amount, scope, sentence, sentence.quote(quote_from, quote_to))


def _after_split(text: str, start: int, end: int) -> int:
    split = _SPLIT.search(text, start, end)
    return split.start() if split else start


def _labelled(sentence: Sentence, amount: Amount) -> bool:
    """“Response time: 4 hours”, or a row of a table of response times."""
    if amount.barred:
        return False
    if "|" in sentence.text and _TIMES.search(sentence.over):
        return True
    if re.search(r"[:|–—]\s*$|\s-\s*$", sentence.text[: amount.start]):
        return True
    return bool(_TIMES.search(sentence.lead) or _TIMES.search(sentence.text[: amount.start]))


def _kind(sentence: Sentence, amount: Amount, until: int) -> tuple[str, int, int]:
    """What happens within the time, and from where to where the words say it."""
    text = sentence.text
    before = text[: amount.start]
    end = amount.end
    if tail := _TAIL.match(text, amount.end, until):
        end = tail.end()
    trigger = _nearest(before)
    if title := _title(sentence, amount):
        kind = "full" if _FULL.search(title) else (_nearest(title) or ("", 0))[0]
        if kind:
            return kind, 0, end
    if trigger is None and (after := _first(text, amount.end, until)):
        kind, at, end = after
        start = _chunk_start(text, amount.start)
        return ("", 0, 0) if denied(text[start:at]) else (kind, start, end)
    if trigger is None:
        return _of_list(sentence), 0, end
    kind, at = trigger
    start = _chunk_start(text, at)
    if not kind or denied(text[start : amount.start]) or _automatic(text[start:end]):
        return "", 0, 0
    if kind == "reply" and _FULL.search(text[start:end]):
        kind = "full"
    return kind, start, end


def _of_list(sentence: Sentence) -> str:
    """What the items of a list or the rows of a table are times for."""
    lead = sentence.lead
    if lead and (trigger := _nearest(lead)):
        return "" if denied(lead) else trigger[0]
    row = "|" in sentence.text or "\t" in sentence.text
    over = _nearest(sentence.over) if row and SOCIAL.search(sentence.text) else None
    return over[0] if over else ""


def _nearest(before: str) -> tuple[str, int] | None:
    """The verb that owns a time standing after these words; "" where it is not ours."""
    ours_: list[tuple[int, str, int]] = []
    for kind, pattern in (("reply", _REPLY), ("settle", _SETTLE), ("", _OTHER)):
        ours_ += [(match.end(), kind, match.start()) for match in pattern.finditer(before)]
    if not ours_:
        return None
    _, kind, at = max(ours_)
    if not kind and _OR_HAND_ON.search(before):
        return "reply", at
    if kind == "reply" and _acknowledges(before, at):
        kind = "acknowledge"
    return kind, at


def _acknowledges(before: str, at: int) -> bool:
    """“Acknowledge”, and “acknowledgements or immediate replies” too."""
    here = before[_chunk_start(before, at) :]
    if not (found := list(_ACK.finditer(here))):
        return False
    between = here[found[-1].end() : max(found[-1].end(), at - _chunk_start(before, at))]
    return bool(re.fullmatch(r"\s*(?:(?:or|and/or|/)\s+.{0,40}|.{0,2})", between, re.DOTALL))


def _first(text: str, start: int, until: int) -> tuple[str, int, int] | None:
    """The verb after the time: “Within 4 hours we will reply”."""
    found = []
    for kind, pattern in (("reply", _REPLY), ("settle", _SETTLE), ("", _OTHER)):
        if match := pattern.search(text, start, until):
            found.append((match.start(), kind, match.end()))
    if not found:
        return None
    at, kind, end = min(found)
    if kind == "reply" and _ACK.match(text, at):
        kind = "acknowledge"
    return kind, at, end


def _chunk_start(text: str, at: int) -> int:
    starts = [match.end() for match in _CHUNK.finditer(text, 0, at)]
    return starts[-1] if starts else 0


def denied(words_: str) -> bool:
    """“We cannot reply within …”; not “we acknowledge what we cannot answer within …”."""
    plain = _LIMITS.sub("", words_)
    denial = _NOT.search(plain)
    if denial is None:
        return False
    earlier = list(_REPLY.finditer(plain, 0, denial.start()))
    between = plain[earlier[-1].end() : denial.start()] if earlier else ""
    return not earlier or bool(re.search(r"\b(?:and|or|that|if)\b|^\W*$", between))


def _automatic(words_: str) -> bool:
    return bool(_AUTOMATIC.search(words_))


def _column(sentence: Sentence, amount: Amount) -> Scope:
    """What the heading of the amount's column says: “Outside working hours”."""
    return scope_of(_title(sentence, amount))


def _title(sentence: Sentence, amount: Amount) -> str:
    """What stands over the amount's column, where the sentence is a row."""
    cut = "|" if "|" in sentence.text else "\t"
    titles = sentence.lead.split(cut)
    place = sentence.text[: amount.start].count(cut)
    return titles[place].strip() if 0 < place < len(titles) else ""


def _scope(after: str, before: str, sentence: Sentence) -> Scope:
    for piece in (after, before):
        kinds = {scope for _, scope in scopes(piece)}
        if len(kinds) == 1:
            return kinds.pop()
        if kinds:
            return Scope.ANY
    return sentence.scope


# --- From promises to rules --------------------------------------------------------------------


def rules(found: Sequence[Promise]) -> tuple[list[FoundRule], list[Flag]]:
    """One rule for each key, the strictest where the text gives several times."""
    made: list[FoundRule] = []
    flags: list[Flag] = []
    inside = [promise for promise in found if promise.scope is not Scope.OUT]
    outside = [promise for promise in found if promise.scope is Scope.OUT]
    for key, group in (
        *_answers(inside),
        ("acknowledge.out_of_hours", [each for each in outside if each.kind != "settle"]),
        ("resolve", [each for each in inside if each.kind == "settle"]),
    ):
        if not group:
            continue
        chosen = min(group, key=lambda each: length(each.amount.value))
        made.append(_rule(key, chosen))
        flags += _doubts(group, chosen)
    if any(rule.key == "acknowledge.in_hours" for rule in made):
        first = next(rule for rule in made if rule.key == "acknowledge.in_hours")
        working = [each for each in inside if each.amount.working and each.quote == first.quote]
        if working:
            made.append(replace(first, key="four_hour_reading", value="working", unit=""))
    return made, flags


def _answers(inside: Sequence[Promise]) -> Iterator[tuple[str, list[Promise]]]:
    """An answer is the full one where the text promises an acknowledgement beside it."""
    acknowledged = [each for each in inside if each.kind == "acknowledge"]
    replied = [each for each in inside if each.kind == "reply"]
    full = [each for each in inside if each.kind == "full"]
    if acknowledged:
        quick = min(length(each.amount.value) for each in acknowledged)
        replied = [each for each in replied if length(each.amount.value) > quick]
        yield "acknowledge.in_hours", acknowledged
        yield "respond", replied + full
    else:
        yield "acknowledge.in_hours", replied
        yield "respond", full


def _rule(key: str, promise: Promise) -> FoundRule:
    unit = promise.amount.unit if isinstance(promise.amount.value, dict) else ""
    return FoundRule(key, promise.amount.value, unit, promise.sentence.clause, promise.quote)


def _doubts(group: Sequence[Promise], chosen: Promise) -> Iterator[Flag]:
    if chosen.amount.ranged:
        yield Flag(
            "soft_promise",
            f"“{chosen.quote}” gives a range: the longer time counts until the owner decides.",
            chosen.sentence.clause,
            chosen.quote,
        )
    for other in group:
        if length(other.amount.value) != length(chosen.amount.value):
            yield Flag(
                "inconsistent",
                f"Two different times for an answer: “{chosen.quote}” (clause"
                f" {chosen.sentence.clause}) and “{other.quote}” (clause {other.sentence.clause})."
                " The stricter one is taken.",
                other.sentence.clause,
                other.quote,
            )
