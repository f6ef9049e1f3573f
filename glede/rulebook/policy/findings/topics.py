"""What a sentence is about: the desk's own replies, or something that only looks like them."""

import re

from glede.rulebook.policy.findings.text import Sentence


def words(patterns: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(rf"\b(?:{patterns})\b", re.IGNORECASE)


#: The places and things a social-media desk deals with.
SOCIAL = words(
    r"social(?:[- ]media| network\w*)?|facebook|twitter|tweets?|instagram|linkedin|messenger"
    r"|whatsapp|youtube|tiktok|nextdoor|snapchat|bluesky|threads|d\.?m'?s?"
    r"|(?:direct|private|inbox) messag\w+|comment(?:s|ed|ing)?|posts?|posting|mentions?"
    r"|inbox(?:es)?|channels?|online|platforms?|pages?|profiles?|feeds?|followers?"
    r"|reviews?(?! date)|accounts?|@\w+|X"
)
#: Other ways in; a time for these alone is none for the desk.
ELSEWHERE = words(
    r"e-?mail(?:s|ed|ing)?|letters?|(?:tele)?phone(?: calls?)?|(?<!on-)(?<!on )calls?|callers?"
    r"|voice ?mails?|answer ?phone|web ?chat|live chat|in writing|by post|face[- ]to[- ]face"
    r"|switchboard|visit(?:s|ors?)|web ?forms?|correspondence|text messages?|faxe?s?"
)
#: What people bring to a desk.
ENQUIRY = words(
    r"enquir\w+|inquir\w+|quer(?:y|ies)|questions?|messages?|comments?|posts?|tweets?"
    r"|requests? for (?:help|assistance|service)|contacts?|mentions?|customers?|residents?"
    r"|tenants?|patients?|students?|members of the public|people|you|issues?"
)
#: Times that belong to another procedure, whatever the verb.
OTHER_CLOCKS = words(
    r"freedom of information|F\.?O\.?I\.?A?|EIR|environmental information|subject access"
    r"|D?SARs?|information requests?|data (?:protection|subject)(?! policy)|right of access"
    r"|erasure|ombudsman|stage (?:\d|one|two|three)|formal complaints?"
    r"|complaints? (?:procedure|process|policy|team|officer|form|handling|manager)|appeals?"
    r"|appealed|breach(?:es|ed)?|deviations?|non-?compliance|incidents?|line managers?"
    r"|disciplinary|grievances?|information commissioner|the ICO|password\w*|retention"
    r"|retain(?:ed|ing)?|archiv\w+|repairs?|hazards?|emergency (?:enquir\w+|calls?|messages?)"
    r"|(?<!social )media (?:enquir|quer)\w+"
    r"|press (?:enquir\w+|office|quer\w+|deadline)|journalists?|invoices?"
    r"|councillors?[’']? (?:enquir\w+|case ?work)|member enquir\w+|MP(?:s|'s|’s)?"
    r"|subject to (?:an )?investigation|take ?downs?|notice of (?:motion|claim)|court"
    r"|solicitors?|planning applications?|job applica\w+|vacanc\w+|training|data breach"
    r"|safeguarding (?:referral|team|lead)|purchase orders?|tender\w*|cyber|malware"
    r"|hack(?:ed|ing)?|survey\w*|consultation\w*|licen[cs]e\w*|friend requests?"
    r"|accessibility (?:complaint|fault)\w*|alternative formats?"
    r"|internal (?:request|quer|enquir)\w*|brief(?:s|ings?)?|sign(?:ed)?[- ]off"
)
COMPLAINT = words(r"complain(?:s|t|ts|ed|ing|ant|ants)?")
_BESIDES = words(
    r"enquir\w+|quer(?:y|ies)|questions?|messages?|comments?|posts?|tweets?|compliments?"
    r"|feedback|praise|suggestions?"
)
PERSONAL = re.compile(
    r"\b(?:personal|private|own) (?:use|reasons|purposes|accounts?|social|sites?|profiles?"
    r"|time|capacity)"
    r"|\boutside (?:of )?work\b|\bin their own time\b",
    re.IGNORECASE,
)
_OTHER_SECTION = re.compile(
    r"\b(?:complaints?|freedom of information|data protection|subject access|disciplin\w+|training"
    r"|appeals?|records?|retention|incidents?|breach\w*|deviations?|security|monitoring and review"
    r"|repairs?|recruitment|consultation|equality)\b",
    re.IGNORECASE,
)
_SOCIAL_OR_ENQUIRY = re.compile(f"{SOCIAL.pattern}|{ENQUIRY.pattern}", re.IGNORECASE)
_THEIR_TURN = re.compile(
    r"\b(?:you|(?:the |a |any )?(?:customers?|users?|complainants?|posters?|authors?|individuals?"
    r"|persons?|residents?|tenants?|members?|suppliers?|applicants?|candidates?)|they)"
    r" (?:must|should|need to|have to|are (?:asked|required|expected) to"
    r"|(?:will )?(?:have|be given) [\w\s]{1,25}? to)"
    r" (?!(?:be|get|receive|expect|hear|have)\b)(?:\w+ )?(?:respond|reply|answer|acknowledge"
    r"|appeal)",
    re.IGNORECASE,
)
_INSIDE = (
    r"(?:line )?(?:managers?|communications? team|comms|marketing team|press office|head of"
    r"|IT\b|HR\b|human resources|digital team|web team|chief executive|regulator|auditors?|us\b)"
)
_INWARD = re.compile(
    r"\b(?:respond|reply|replies|answer|respons\w+|acknowledg\w+)\b[^.;]{0,30}?\b(?:to|from)"
    rf" (?:the |your |their |our |any )?{_INSIDE}"
    rf"|\b(?:requests?|quer(?:y|ies)|questions?) from (?:the |your |their |our )?{_INSIDE}",
    re.IGNORECASE,
)


_WHOLE = words(r"appeals?|appealed|disciplin\w+|grievances?")


def ours(sentence: Sentence, piece: str) -> bool:
    """Whether a time for answering in this piece of the sentence can be the desk's own."""
    near = f"{sentence.lead} {piece}"
    if _WHOLE.search(sentence.text):
        return False
    if _follows_another(sentence) or _among_staff(sentence.text):
        return False
    if OTHER_CLOCKS.search(near) or PERSONAL.search(sentence.over):
        return False
    if COMPLAINT.search(near) and not _BESIDES.search(COMPLAINT.sub("", near)):
        return False
    if ELSEWHERE.search(piece) and not SOCIAL.search(_without_post(piece)):
        return False
    if _THEIR_TURN.search(sentence.text) or _INWARD.search(piece):
        return False
    if _OTHER_SECTION.search(sentence.over) and "social" not in sentence.over.lower():
        return bool(_SOCIAL_OR_ENQUIRY.search(piece))
    return True


def _follows_another(sentence: Sentence) -> bool:
    """“Requests for your data cost £10. We reply within 40 days”: the sentence before decides."""
    own = _BESIDES.search(sentence.text) or SOCIAL.search(sentence.text)
    before = sentence.before
    return not own and bool(OTHER_CLOCKS.search(before) or COMPLAINT.search(before))


def _among_staff(text: str) -> bool:
    """“Managers will respond to any concerns”: nothing of what people bring to a desk."""
    return bool(_MANAGERS.match(text)) and not (_BESIDES.search(text) or SOCIAL.search(text))


_MANAGERS = re.compile(r"\W*(?:your |line |senior )*managers?\b", re.IGNORECASE)


def _without_post(piece: str) -> str:
    return re.sub(r"\bby post\b", "", piece, flags=re.IGNORECASE)
