"""What the desk must know and the text does not settle: a question for the owner each."""

import re
from collections.abc import Iterable, Iterator, Sequence

from glede.rulebook.brands.rules import DAYS
from glede.rulebook.policy import registry
from glede.rulebook.policy.document.outline import Outline
from glede.rulebook.policy.findings.amounts import amounts
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.values import Flag, FoundRule, Gap

#: A rule the desk needs, and what to ask where the text gives none.
RULES = {
    "acknowledge.in_hours":
        "Within what time is a message that comes in working hours answered or acknowledged?",
    "acknowledge.out_of_hours":
        "Within what time is a message that comes out of hours answered or acknowledged?",
    "acknowledge.automatic":
        "Is a message out of hours acknowledged automatically: every one, private ones only, or"
        " none?",
    "resolve": "By when should an enquiry be settled?",
    "resolve.or_agree_timescale": "Where something takes longer, is a date agreed with the person?",
    **{f"hours.{day}": f"When is the desk open on a {day.capitalize()}?" for day in DAYS},
    "hours.bank_holidays": "Does the desk work on bank holidays?",
    "public_first": "Does a conversation stay in public unless there is a reason to move it?",
    "private_when": "For what reasons does a conversation move to private messages?",
    "sign_off": "Do replies carry the name of the person who wrote them?",
    "identity_check": "How do we make sure who somebody is before we speak about their own case?",
    "emergencies": "What are people told about emergencies, and which number should they call?",
    "training_required": "May only those reply who were trained for it?",
    "login_approval": "Must somebody approve a login before a person may reply?",
    "approval.new_platform": "Who approves a new platform or account?",
    "review.period": "After how many months is the policy reviewed?",
    "restriction.longest": "How long may a person’s contact be restricted at most?",
    "restriction.review": "After what time is a restriction of a person’s contact looked at again?",
    "appeal.within": "For how long may a person appeal against a restriction?",
    "appeal.answer_within": "Within what time is such an appeal answered?",
    "retention.public_comments": "For how long are public comments kept?",
    "retention.private_messages": "For how long are private messages kept?",
    "retention.complaints": "For how long are complaints kept once they are closed?",
}  # fmt: skip

#: Where a wider rule is written, the narrower question is answered.
_COVERED = {
    "retention.public_comments": ("retention.messages", "retention.records"),
    "retention.private_messages": ("retention.messages", "retention.records"),
    "retention.complaints": ("retention.records",),
    "restriction.review": ("restriction.longest",),
}

QUESTIONS = {
    "four_hour_reading":
        "“{promise}”: are the hours counted by the clock, in open time only, or handed over to"
        " the promise out of hours at closing time?",
    "auto_ack_counts_in_hours":
        "Does an automatic acknowledgement keep the promise in working hours, or must a person"
        " answer?",
    "public_auto_ack":
        "Are public comments acknowledged automatically too, or only private messages?",
    "same_day_meaning": "Does “the same day” end when the desk closes or at midnight?",
    "agreement_by_silence":
        "If a person does not answer a proposed date, does it count as agreed, and after what"
        " time?",
    "login_approver": "Who approves that somebody gets a login to reply with?",
    "training_content": "What must the training cover, and for how long does it hold?",
    "cost_threshold": "From what amount a year does a cost need approval as a high one?",
    "major_change": "What counts as a major change that needs approval?",
    "approval_targets": "Within what time is a request for approval decided?",
    "deputies": "Who decides when the person who approves is away?",
    "monitoring_interval": "How often is each platform checked against the policy?",
    "qa_sample": "How many replies are looked at again each week?",
    "debate_threshold": "From how many comments in what time is a thread watched as a debate?",
    "escalation_times": "After what times does an alert that nobody takes go one step higher?",
    "freshness": "After what time without a post of ours does a page count as stale?",
    "on_call": "Who is on call out of hours?",
    "other_platforms":
        "May platforms be used that the policy does not name, and on what condition?",
}  # fmt: skip

#: Words that settle a question. A question without any is settled by a rule (see `_asked`).
_SETTLED = {
    "auto_ack_counts_in_hours":
        r"\bautomat\w+\b[^.;]{0,80}\b(?:does not|do not|will not|not) (?:count|replace)"
        r"|\bautomat\w+\b[^.;]{0,60}\bcounts?\b",
    "public_auto_ack":
        r"\bautomat\w+\b[^.;]{0,80}\b(?:direct|private|public|comments?|inbox)\b|\b(?:direct"
        r"|private|public|comments?)\b[^.;]{0,60}\bautomat\w+",
    "same_day_meaning":
        r"\bsame (?:working|business|calendar) day\b|\bby (?:the )?(?:close|end) of (?:business"
        r"|play|the (?:working )?day)\b|\bby midnight\b",
    "agreement_by_silence":
        r"\b(?:no|without) (?:objection|reply|response)\b[^.;]{0,60}\bagree"
        r"|\bdeemed (?:to have )?(?:agreed|accepted)\b",
    "training_content":
        r"\btraining\b[^.;]{0,40}\b(?:covers?|includes?|will cover|will include|consists? of"
        r"|on the following)\b|\bmodules?\b",
    "cost_threshold":
        r"£ ?\d[\d,.]*k?\b[^.;]{0,80}\b(?:approv|authoris|business case|cost|spend)|\b(?:cost"
        r"|spend|expenditure|budget)\w*\b[^.;]{0,60}£ ?\d",
    "major_change":
        r"\bmajor changes?\b[^.;]{0,20}\b(?:means?|is|are|includes?|such as|e\.g\.)"
        r"|\b(?:changes? (?:to|of) (?:audience|purpose|tone))\b",
    "deputies":
        r"\bdeput(?:y|ies|ise\w*) (?:for|to|in|will|is|are)\b|\b(?:in|during) (?:the |their "
        r"|his |her |his or her |his/her )?absence\b|\bnominated (?:deput|representative"
        r"|substitute)|\bdelegat(?:e|ed|ion)\b",
    "qa_sample":
        r"\bsampl(?:e|es|ed|ing)\b|\bdip[- ]?(?:check|sampl)\w*|\b\d+ ?% of (?:replies|responses"
        r"|posts)",
    "debate_threshold":
        r"\b\d+ (?:or more )?(?:negative )?(?:comments|replies|posts)\b[^.;]{0,40}\b(?:in|within"
        r"|per|an? hour)\b",
    "escalation_times":
        r"\bescalat\w*\b[^.;]{0,60}\b(?:within|after)\b[^.;]{0,12}\b(?:\d+|one|two|four"
        r"|an)\b (?:hours?|minutes?)",
    "freshness":
        r"\b(?:post|update|publish|refresh)\w*\b[^.;]{0,50}\b(?:daily|weekly|at least (?:once"
        r"|twice|\w+ times)|every (?:day|week|\d+ days)|(?:once|twice|times) a (?:day|week))\b"
        r"|\b(?:dormant|inactive|unused|not been (?:used|updated))\b[^.;]{0,50}\b(?:days|weeks"
        r"|months)\b",
    "on_call":
        r"\bon[- ]call\b|\bout[- ]of[- ]hours (?:rota|officer|duty|manager|press|team)\b"
        r"|\bduty (?:officer|manager|press officer|communications)\b",
    "other_platforms":
        r"\b(?:no other|only the (?:following|platforms|accounts|channels)|any other (?:platform"
        r"|channel|site)s?|other (?:platforms|channels|sites) (?:may|must|can|should|will))\b"
        r"|\bonly (?:use|approved) [^.;]{0,20}(?:platforms|channels)\b",
    "monitoring_interval":
        r"\b(?:accounts?|platforms?|channels?|pages?)\b[^.;]{0,25}\b(?:audited|checked|reviewed)\b"
    r"[^.;]{0,20}\b(?:daily|weekly|fortnightly|monthly|quarterly|annually|every)\b"
    r"|\b(?:monitor|audit|check|review)\w*\b[^.;]{0,50}\b(?:accounts?|platforms?|channels?"
        r"|pages?|sites?|profiles?)\b[^.;]{0,50}\b(?:daily|weekly|fortnightly|monthly|quarterly"
        r"|annually|every|once a|twice a|each (?:day|week|month|quarter))\b|\b(?:daily|weekly"
        r"|monthly|quarterly|annual|six[- ]monthly) (?:audit|check|review"
        r"|monitoring)\w*\b[^.;]{0,50}\b(?:accounts?|platforms?|channels?|pages?)\b",
}  # fmt: skip
_APPROVED_IN_TIME = re.compile(
    r"\b(?:approv|authoris|business case|sign(?:ed)?[- ]off|decision)\w*", re.IGNORECASE
)

#: Words that show that the subject is at least spoken of: silence is worse than vagueness.
_SPOKEN = {
    "acknowledge.in_hours":
        r"\b(?:repl(?:y|ies)|respon(?:d|se|ses)|acknowledg\w+|answer(?:ing|ed)?)\b",
    "acknowledge.out_of_hours":
        r"\bout[- ]of[- ]hours\b|\boutside\b[^.;]{0,30}\bhours\b|\bevenings?\b|\bweekends?\b"
        r"|\b24/7\b|\bbank holidays?\b",
    "hours": r"\b(?:working|office|opening|business|core) hours\b|\bout of hours\b|\b24/7\b",
    "emergencies": r"\bemergenc\w+|\burgent\w*\b|\b999\b",
    "identity_check": r"\bidentity\b|\bverif\w+\b",
    "restriction.longest": r"\b(?:block|ban|restrict|suspend|mute)\w*\b",
    "appeal.within": r"\bappeal\w*\b",
    "retention":
        r"\b(?:retention|retain\w*|archiv\w*|delet\w+ after|kept for|records? (?:management"
        r"|retention))\b",
    "deputies": _SETTLED["deputies"],
    "on_call": _SETTLED["on_call"],
    "training_required": r"\btrain(?:ed|ing)\b",
    "private_when": r"\b(?:private(?:ly)?|direct) messag\w+|\boffline\b|\bin private\b|\bDMs?\b",
}  # fmt: skip
_SILENT = {
    "acknowledge.in_hours": "Nothing is said about answering people, and in what time.",
    "acknowledge.out_of_hours": "Nothing is said about messages that come out of hours.",
    "hours": "Nothing is said about the hours in which the desk works.",
    "emergencies": "Nothing is said about emergencies: people will report them here.",
    "identity_check": "Nothing is said about making sure who somebody is.",
    "restriction.longest": "Nothing is said about restricting somebody’s contact, or for how long.",
    "appeal.within": "Nothing is said about appealing against a restriction.",
    "retention": "Nothing is said about how long messages are kept.",
    "deputies": "Nobody is named to decide when an approver is away.",
    "on_call": "Nobody is named for the hours in which the desk is closed.",
    "training_required": "Nothing is said about training those who reply.",
    "private_when": "Nothing is said about when a conversation goes on in private.",
}


def gaps(
    outline: Outline, sentences: Sequence[Sentence], rules: Iterable[FoundRule]
) -> tuple[list[Gap], list[Flag]]:
    known = {rule.key: rule for rule in rules}
    whole = "\n".join(sentence.text for sentence in sentences)
    found = [*_missing(known), *_open(sentences, known, whole), *_unexplained(outline)]
    return found, list(_silent({gap.key for gap in found}, set(known), whole))


def _missing(known: dict[str, FoundRule]) -> Iterator[Gap]:
    for key, question in RULES.items():
        covered = any(wider in known for wider in _COVERED.get(key, ()))
        if key not in known and not covered:
            yield Gap(key, registry.kind(key).default, question)


def _open(sentences: Sequence[Sentence], known: dict[str, FoundRule], whole: str) -> Iterator[Gap]:
    for key, question in QUESTIONS.items():
        if not _asked(key, known) or _settled(key, sentences, whole):
            continue
        promise = known.get("acknowledge.in_hours")
        near = {"four_hour_reading": promise, "same_day_meaning": known.get("resolve")}.get(key)
        words = question.format(promise=promise.quote if promise else "")
        yield Gap(key, registry.kind(key).default, words, near.clause if near else "")


def _asked(key: str, known: dict[str, FoundRule]) -> bool:
    """Whether the question arises at all, given the rules."""
    match key:
        case "four_hour_reading":
            promise = known.get("acknowledge.in_hours")
            return key not in known and bool(promise and str(promise.value).startswith("PT"))
        case "auto_ack_counts_in_hours" | "public_auto_ack":
            automatic = known.get("acknowledge.automatic")
            return automatic is None or automatic.value == "all_messages" or (
                automatic.value == "private_only" and key == "auto_ack_counts_in_hours"
            )  # fmt: skip
        case "same_day_meaning":
            return any(rule.value == "same_day" for rule in known.values())
        case "agreement_by_silence":
            return "resolve.or_agree_timescale" in known
        case "login_approver":
            approval = known.get("login_approval")
            return approval is None or approval.value is True
    return True


def _settled(key: str, sentences: Sequence[Sentence], whole: str) -> bool:
    if key == "approval_targets":
        return any(
            _APPROVED_IN_TIME.search(each.text) and any(a.limited for a in amounts(each.text))
            for each in sentences
        )
    pattern = _SETTLED.get(key)
    return bool(pattern and re.search(pattern, whole, re.IGNORECASE))


#: A name that says what it is: “Feedback policy”, “Behaviour Charter”.
_KIND = re.compile(
    r"\b(?:polic(?:y|ies)|procedures?|strateg(?:y|ies)|codes?|charters?|guidance|guidelines?"
    r"|guides?|standards?"
    r"|frameworks?|plans?|protocols?|handbooks?|statements?|terms|acts?|regulations?|rules?"
    r"|toolkits?|manuals?"
    r"|agreements?|forms?|registers?|schemes?|notices?|schedules?|principles|process(?:es)?"
    r"|values|constitution"
    r"|templates?|checklists?|reports?|directions?|orders?|scheme of delegation|house rules"
    r"|calendar|training|pack"
    r"|instructions?|conditions|contract|law|legislation|gdpr|complaints|assessment|dpia|eia"
    r"|polisi|cod|canllawiau"
    r"|strategaeth|gweithdrefn|bill|measures?|website|page|faqs?|safeguarding|whistleblowing)\b",
    re.IGNORECASE,
)


def _unexplained(outline: Outline) -> Iterator[Gap]:
    """Documents whose name does not say what they are."""
    for named in (*outline.related, *outline.cited):
        short = len(named.name.split()) <= 6
        if (
            short
            and not _KIND.search(named.name)
            and "/" not in named.name
            and "@" not in named.name
        ):
            question = f"What is “{named.name}”, and where is it kept?"
            yield Gap("unknown_document", None, question, named.clause)


def _silent(gaps: set[str], rules: set[str], whole: str) -> Iterator[Flag]:
    for key, says in _SILENT.items():
        still_open = key in gaps or any(each.startswith(f"{key}.") for each in gaps)
        # Hours of some days are said although it stays open what happens on bank holidays.
        partly = any(each.startswith(f"{key}.") for each in rules)
        if still_open and not partly and not re.search(_SPOKEN[key], whole, re.IGNORECASE):
            yield Flag("silent_on", says, key=key)
