"""Every rule the desk runs by: its key, what a value must look like, and what holds where the
policy is silent. The keys are those of the policy importer: add to them, never rename one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from glede.kit.clock import WEEKDAYS
from glede.kit.words import joined, say
from glede.rulebook.brands.rules import ASSUMED_WEEK, DAYS

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_PERIOD = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Type:
    """What a value must be; `says` finishes the sentence “the value must be …”."""

    name: str
    says: str
    fits: Callable[[Any], bool]
    #: The words to choose from, where there is a choice.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One rule as the desk knows it. `default` holds where a version says nothing: an assumption
    with a source, shown as an open question; `None` where the policy must say it."""

    key: str
    type: Type
    meaning: str
    source: str
    default: Any = None
    unit: str = ""

    @property
    def is_question(self) -> bool:
        """Is its default an assumption because policies leave this open, not the desk's own way?"""
        return self.default is not None and _SILENT in self.source


class UnknownRule(LookupError):  # noqa: N818 - reads as a sentence
    """No rule has this key."""


class BadValue(ValueError):  # noqa: N818 - reads as a sentence
    """A rule cannot have this value."""


DURATION = Type(
    "duration",
    "an ISO 8601 duration above zero, such as PT4H or P14D",
    lambda value: isinstance(value, str) and bool(_DURATION.fullmatch(value) and _some(value)),
)
YES_NO = Type("yes or no", "true or false", lambda value: isinstance(value, bool))
MONTHS = Type(
    "months",
    "a whole number of months from 1",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
)
TEXT = Type("text", "a few words", lambda value: isinstance(value, str) and bool(value.strip()))
PERCENTS = Type(
    "percentages",
    "a rising list of percentages between 1 and 99",
    lambda value: (
        isinstance(value, list)
        and all(isinstance(percent, int) and 0 < percent < 100 for percent in value)
        and sorted(set(value)) == value
    ),
)
PERIOD = Type(
    "period",
    "an ISO 8601 period above zero, such as P6M, P20D or P6Y",
    lambda value: _period(value),
)
KEPT = Type(
    "period kept",
    "an ISO 8601 period above zero such as P6Y, or for_ever",
    lambda value: value == "for_ever" or _period(value),
)
ALLOWED = Type(
    "time allowed",
    'an ISO 8601 duration such as PT4H, {"working_days": 2}, or same_day',
    lambda value: value == "same_day" or DURATION.fits(value) or _working_days(value),
)
DAYS_ALLOWED = Type(
    "days allowed",
    "a whole number of working days from 1, or an ISO 8601 period such as P28D",
    lambda value: _count(value) or _period(value),
)
TRUE_OR_WHO = Type(
    "yes or who",
    "true, or the role that does it",
    lambda value: value is True or TEXT.fits(value),
)
ELSEWHERE = Type(
    "not here",
    'not_here, or {"not_here": true, "phone": "the number"}',
    lambda value: (
        value == "not_here"
        or (
            isinstance(value, dict)
            and value.keys() == {"not_here", "phone"}
            and value["not_here"] is True
            and TEXT.fits(value["phone"])
        )
    ),
)
AMOUNT = Type("amount", "a whole number from 1", lambda value: _count(value))
TIMES_ALLOWED = Type(
    "times allowed",
    'names with a time allowed each, such as {"new_platform": {"working_days": 10}}',
    lambda value: (
        isinstance(value, dict)
        and bool(value)
        and all(ALLOWED.fits(time) for time in value.values())
    ),
)
DURATIONS = Type(
    "durations",
    "a list of ISO 8601 durations such as PT10M",
    lambda value: isinstance(value, list) and bool(value) and all(map(DURATION.fits, value)),
)
SAMPLE = Type(
    "sample",
    'a share of the replies of a week, such as {"replies": 10, "percent": 5}',
    lambda value: (
        isinstance(value, dict)
        and value.keys() == {"replies", "percent"}
        and _count(value["replies"])
        and _count(value["percent"])
        and value["percent"] <= 100
    ),
)
DEBATE = Type(
    "debate",
    'so many comments by so many people, such as {"comments": 5, "people": 3, "within": "PT1H"}',
    lambda value: (
        isinstance(value, dict)
        and value.keys() == {"comments", "people", "within"}
        and _count(value["comments"])
        and _count(value["people"])
        and DURATION.fits(value["within"])
    ),
)
PHRASES = Type(
    "words to look for",
    "a list of words or phrases, each at least three letters long",
    lambda value: (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(phrase, str) and len(phrase.strip()) > 2 for phrase in value)
    ),
)
PERCENT = Type(
    "percentage", "a whole number from 1 to 100", lambda value: _count(value) and value <= 100
)
LAWFUL = Type(
    "time the law allows",
    'a time allowed, or one of {"months": 1}, {"calendar_days": 30}, {"skipping": "PT48H"}',
    lambda value: ALLOWED.fits(value) or _lawful(value),
)
OPENING = Type(
    "hours",
    'a list of times such as [["09:00", "17:30"]], empty when closed',
    lambda value: isinstance(value, list) and all(_span(times) for times in value),
)


def _some(duration: str) -> bool:
    return any(int(number) for number in re.findall(r"\d+", duration))


def _period(value: Any) -> bool:
    return isinstance(value, str) and bool(_PERIOD.fullmatch(value) and _some(value))


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _working_days(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"working_days"} and _count(*value.values())


def _lawful(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, given),) = value.items()
    return (
        DURATION.fits(given)
        if kind == "skipping"
        else (kind in {"months", "calendar_days"} and _count(given))
    )


def _span(times: Any) -> bool:
    return (
        isinstance(times, list)
        and len(times) == 2
        and all(isinstance(time, str) and bool(_TIME.fullmatch(time)) for time in times)
    )


def _word(*choices: str) -> Type:
    return Type("word", f"one of {', '.join(choices)}", lambda value: value in choices, choices)


def _words(*choices: str) -> Type:
    return Type(
        "words",
        f"a list of some of {', '.join(choices)}",
        lambda value: isinstance(value, list) and all(word in choices for word in value),
        choices,
    )


_SILENT = say("the policy is silent; assumed until the owner confirms")
_LANDLORDS = say("what English landlords publish; assumed until the owner confirms")
_KEEPING = say("no law sets it; UK GDPR article 5(1)(e) asks for a limit; the owner decides")
_DESK = say("how the desk works, not the policy; the owner may change it")

#: What the hours of each day are called.
_HOURS_ON = {
    day: say("Working hours on a %(day)s", day=name)
    for day, name in zip(DAYS, WEEKDAYS, strict=True)
}


def _row(
    key: str, type_: Type, meaning: str, source: str, default: Any = None, unit: str = ""
) -> Kind:
    """`meaning` is a literal: a catalogue finds it here as it does where something is said."""
    return Kind(key, type_, say(meaning), source, default, unit)


#: What many policies say and ours may not. Where nothing is usual, nothing is assumed.
_BY_POLICY = (
    _row("restriction.review", PERIOD, "A restriction of a person's contact is looked at again"
         " after", say("%(landlords)s: reviewed at six months", landlords=_LANDLORDS), "P6M"),
    _row("restriction.longest", PERIOD, "A restriction of a person's contact ends, unless renewed,"
         " after",
         say("%(landlords)s: never open-ended, normally six months", landlords=_LANDLORDS), "P6M"),
    _row("appeal.within", DAYS_ALLOWED, "A person may appeal against a restriction for",
         say("%(landlords)s: 20 working days", landlords=_LANDLORDS), 20, unit="working days"),
    _row("appeal.answer_within", DAYS_ALLOWED, "An appeal is answered within",
         say("%(landlords)s: 10 working days", landlords=_LANDLORDS), 10, unit="working days"),
    _row("identity_check", YES_NO, "Before we speak about somebody's own case we make sure who they"
         " are", say("UK GDPR article 32; assumed until the owner confirms"), default=True),
    _row("emergencies", ELSEWHERE, "Emergencies are not taken here; people are told where to turn",
         say("house rules of councils and landlords; the phone number is the organisation's"
             " own")),
    _row("breach_report.within", DURATION, "Staff report a breach of the policy within",
         say("the policy; never a reply time")),
    _row("remedy.within", DURATION, "What went against the policy is put right within",
         say("the policy; never a reply time")),
    _row("pre_election", TEXT, "What changes before an election",
         say("Local Government Act 1986 section 2 and the Code of Recommended Practice on"
             " Local Authority Publicity, where they bind the organisation")),
    _row("retention.public_comments", KEPT, "Public comments and posts are kept for", _KEEPING,
         "P12M"),
    _row("retention.private_messages", KEPT, "Private messages are kept for", _KEEPING, "P24M"),
    _row("retention.complaints", KEPT, "Complaints are kept, once closed, for",
         say("Limitation Act 1980 section 5; the owner decides"), "P6Y"),
)  # fmt: skip

#: Questions an owner must answer, with what holds until then.
_QUESTIONS = (
    _row("same_day_meaning", _word("working_day", "calendar_day"), "“The same day” ends at"
         " the close of the working day or at midnight", _SILENT, "working_day"),
    _row("agreement_by_silence", ALLOWED, "A proposed date counts as agreed without an objection"
         " within", _SILENT, {"working_days": 1}),
    _row("login_approver", TEXT, "Who approves a login", _SILENT, "Head of Relationships"),
    _row("training_content", TEXT, "What the training covers and how long it holds", _SILENT,
         "the policy, tone, data protection, accessibility, complaints and emergencies; again after"
         " 12 months"),
    _row("cost_threshold", AMOUNT, "A cost counts as high from", _SILENT, 5000, unit="GBP a year"),
    _row("major_change", TEXT, "What counts as a major change of direction", _SILENT,
         "a change of audience, purpose, tone or hours, closing a platform, or opening or closing"
         " public comments"),
    _row("approval_targets", TIMES_ALLOWED, "A request for approval is decided within", _SILENT,
         {"new_platform": {"working_days": 10}, "change": {"working_days": 2}}),
    _row("deputies", TEXT, "Who decides when an approver is away",
         say("the policy names nobody; nothing is approved by default")),
    _row("monitoring_interval", MONTHS, "Each platform is checked against the policy every",
         _SILENT, 1, unit="months"),
    _row("qa_sample", SAMPLE, "Replies looked at again each week: so many or this share, whichever"
         " is more", _SILENT, {"replies": 10, "percent": 5}),
    _row("debate_threshold", DEBATE, "A thread counts as a debate from", _SILENT,
         {"comments": 5, "people": 3, "within": "PT1H"}),
    _row("escalation_times", DURATIONS, "In working hours an alert nobody takes goes one step"
         " higher after: the first step, the next …; the last wait holds for all above",
         say("clause 6.5: alerts in working hours; %(silent)s", silent=_SILENT), ["PT10M"]),
    _row("freshness", DURATION, "A page counts as stale without a post of ours for", _SILENT,
         "P7D"),
    _row("on_call", TEXT, "Who is called out of hours", say("the policy names nobody")),
    _row("other_platforms", TEXT, "May a platform be used that the policy does not name", _SILENT,
         "only with an approved business case"),
    _row("unknown_document", TEXT, "What a document is that the policy names and does not explain",
         say("only the owner can say")),
)  # fmt: skip

#: How the desk keeps a promise once it is made.
_BY_PROMISE = (
    _row("same_day.last", DURATION, "“The same day” is the next working day for what comes in"
         " with no more than this left of the day",
         say("clause 6.5; %(silent)s", silent=_SILENT), "PT1H"),
    _row("resolve.reminders", DURATIONS, "Whoever owns an unsettled enquiry is reminded this long"
         " before it must be settled", say("clause 6.5; %(silent)s", silent=_SILENT), ["PT1H"]),
    _row("resolve.waiting_pauses", YES_NO, "Waiting for the resident's answer stops the time in"
         " which an enquiry is settled",
         say("clause 6.5; %(silent)s: only an agreed date does", silent=_SILENT),
         default=False),
    _row("resolve.proposal_holds", YES_NO, "While a date we told the resident awaits their answer,"
         " the same-day promise is held",
         say("clause 6.5; %(silent)s", silent=_SILENT), default=True),
    _row("agreement.reminders", DURATIONS, "Whoever owns an agreed date is reminded this long"
         " before it", say("clause 6.5; %(silent)s", silent=_SILENT), ["PT24H", "PT4H"]),
    _row("agreement.alert_lead_from", AMOUNT, "The lead is told when a date is moved for the"
         " third time, or whichever time this says",
         say("clause 6.5; %(silent)s", silent=_SILENT), 3),
    _row("acknowledge.automatic_within", DURATION, "An automatic acknowledgement leaves within this"
         " time of receipt, or people are told",
         say("clause 6.7; %(silent)s", silent=_SILENT), "PT2M"),
    _row("acknowledge.automatic_in_hours", YES_NO, "Automatic acknowledgements go out in working"
         " hours too", say("clause 6.7; %(silent)s", silent=_SILENT), default=False),
    _row("follow_up.after_opening", DURATION, "After an automatic acknowledgement a person answers"
         " within this much open time of the next opening",
         say("clause 6.7; %(silent)s", silent=_SILENT), "PT4H",
         unit="open time"),
    _row("not_needed.sample", PERCENT, "This share of “no reply needed” is looked at again by"
         " somebody else",
         say("quality checks, clause 3.1; %(silent)s", silent=_SILENT), 10, unit="%"),
    _row("not_needed.praise", PHRASES, "A short message with one of these and no question may need"
         " no reply; a person decides", _DESK,
         ["thank you", "thanks", "brilliant", "well done", "great job", "lovely", "excellent"]),
    _row("sensitive.bereavement", PHRASES, "Words of grief: no automatic text, leads are told",
         say("clause 6.7, words that call for a person; %(silent)s", silent=_SILENT),
         ["died", "passed away", "death of", "bereavement", "bereaved", "funeral", "my late *"]),
    _row("sensitive.suicide", PHRASES,
         "Words of despair: no automatic text, leads are told at once",
         say("clause 6.7, after the Samaritans' guidance on warning signs; %(silent)s",
             silent=_SILENT),
         ["suicide", "suicidal", "kill myself", "end my life", "end it all", "want to die",
          "self harm", "self-harm", "hurt myself", "no reason to live", "can't go on"]),
    _row("sensitive.hazard", PHRASES, "Words of danger at home: no automatic text, leads are told"
         " at once",
         say("SI 2025/1042 (Awaab's Law), emergency hazards; %(silent)s", silent=_SILENT),
         ["smell gas", "smell of gas", "gas leak", "carbon monoxide", "no heating",
          "no hot water", "sparks", "sparking", "electric shock", "on fire", "ceiling collapsed",
          "ceiling has collapsed", "flooding", "flooded", "burst pipe", "sewage", "exposed wires",
          "can't breathe", "trapped in the lift", "stuck in the lift"]),
)  # fmt: skip

_LAW = say(
    "the law, not the policy; checked against the statute by whoever owns the register of law"
)

#: Times the law allows. A policy may promise less, never more.
_BY_LAW = (
    _row("statute.breach_notice", LAWFUL, "The Information Commissioner is told of a personal data"
         " breach within",
         say("UK GDPR article 33(1), from awareness; %(law)s", law=_LAW), "PT72H"),
    _row("statute.subject_access", LAWFUL, "A request for one's own data is answered within",
         say("UK GDPR article 12(3), from receipt; %(law)s", law=_LAW), {"months": 1}),
    _row("statute.data_complaint", LAWFUL, "A complaint about personal data is acknowledged within",
         say("Data Protection Act 2018 section 164A; %(law)s", law=_LAW), {"calendar_days": 30}),
    _row("statute.complaint_acknowledge", LAWFUL, "A stage 1 complaint is acknowledged within",
         say("Complaint Handling Code 2024, 6.2, from receipt; %(law)s", law=_LAW),
         {"working_days": 5}),
    _row("statute.complaint_answer", LAWFUL, "A stage 1 complaint is answered within",
         say("Complaint Handling Code 2024, 6.3, from acknowledgement; %(law)s", law=_LAW),
         {"working_days": 10}),
    _row("statute.hazard", LAWFUL, "An emergency hazard is made safe within",
         say("SI 2025/1042, from awareness; %(law)s", law=_LAW), "PT24H"),
    _row("statute.libel_notice", LAWFUL, "A notice of defamation is acted on within",
         say("SI 2013/3028 regulation 1(3), days that are no working days left out; %(law)s",
             law=_LAW),
         {"skipping": "PT48H"}),
)  # fmt: skip

_KINDS = (
    _row("acknowledge.in_hours", ALLOWED, "A person answers or acknowledges an enquiry"
         " that came in working hours, within", say("clause 6.5"), unit="from receipt"),
    _row("acknowledge.out_of_hours", ALLOWED, "Without an automatic acknowledgement, an enquiry"
         " that came out of hours is answered within", say("clause 6.7"), unit="from receipt"),
    _row("acknowledge.automatic", _word("all_messages", "private_only", "none"),
         "What is acknowledged automatically out of hours, where the platform allows",
         say("clause 6.7"), "private_only"),
    _row("four_hour_reading", _word("elapsed", "working", "handover"),
         "How “within 4 hours” is counted when closing time lies between",
         say("clause 6.5; %(silent)s: the literal reading", silent=_SILENT), "elapsed"),
    _row("auto_ack_counts_in_hours", YES_NO,
         "An automatic acknowledgement stops the clock of an enquiry that came in working hours",
         say("clause 6.5; %(silent)s: it wants a person", silent=_SILENT), default=False),
    _row("public_auto_ack", YES_NO, "Public comments are acknowledged automatically too",
         say("clause 6.7; %(silent)s", silent=_SILENT), default=False),
    _row("respond", ALLOWED, "Where the policy tells a full answer from an acknowledgement: the"
         " full answer is given", say("the policy, where it promises both"), unit="from receipt"),
    _row("resolve", ALLOWED, "An enquiry is settled", say("clause 6.5"), "same_day"),
    _row("resolve.or_agree_timescale", YES_NO,
         "Where it cannot be settled in that time, a date is agreed",
         say("clause 6.5"), default=True),
    *(
        Kind(f"hours.{day}", OPENING, _HOURS_ON[day],
             say("clauses 6.4 and 6.6; %(silent)s", silent=_SILENT),
             [list(span) for span in ASSUMED_WEEK.get(day, [])],
             unit="local time")
        for day in DAYS
    ),
    _row("hours.bank_holidays", _word("closed", "open"), "Bank holidays are working days or not",
         say("clauses 6.4 and 6.6; %(silent)s", silent=_SILENT), "closed"),
    _row("public_first", YES_NO, "A conversation stays in public unless there is a reason",
         say("clause 6.3"), default=True),
    _row("private_when", _words("data_protection", "complex", "customer_asks", "safety"),
         "Reasons to go on in private", say("clause 6.3"), ["data_protection", "complex"]),
    _row("review.period", MONTHS, "The policy is looked at again after", say("heading"), 12,
         unit="months"),
    _row("review.remind_before", DURATIONS, "Reviewer and owner are reminded so long before the"
         " policy must be looked at again",
         say("heading, next review; %(silent)s", silent=_SILENT),
         ["P90D", "P60D", "P30D", "P7D"]),
    _row("review.remind_every", DURATION, "Once the review is overdue they are reminded every",
         say("heading, next review; %(silent)s", silent=_SILENT), "P7D"),
    _row("review.escalates_after", DURATION, "A review overdue for so long is told to the office"
         " above", say("heading, next review; %(silent)s", silent=_SILENT), "P30D"),
    _row("review.escalates_to", TEXT, "The office above the owner and the reviewer",
         say("clause 3.1; %(silent)s", silent=_SILENT), "Deputy Chief Executive"),
    _row("draft.waits_at_most", DURATION, "A version that has been in review for so long is told to"
         " the owner", say("heading, version and approval; %(silent)s", silent=_SILENT), "P14D"),
    _row("reading.within", DURATION, "Staff confirm that they have read a new version within",
         say("clause 1.1; %(silent)s", silent=_SILENT), "P14D"),
    _row("reading.again_after", MONTHS, "Staff confirm again after",
         say("clause 1.1; %(silent)s", silent=_SILENT), 12, unit="months"),
    _row("law.check_every", MONTHS, "The law and guidance relied on are looked at again every",
         say("clause 4.1; %(silent)s: twice a year", silent=_SILENT), 6, unit="months"),
    _row("sign_off", YES_NO, "Replies carry the name of the person who wrote them",
         say("clause 6.1"), default=True),
    _row("training_required", TRUE_OR_WHO, "Only those who were trained may reply",
         say("clause 6.1"),
         default=True),
    _row("login_approval", TRUE_OR_WHO, "Who approves that somebody may reply",
         say("clause 6.1; %(silent)s", silent=_SILENT), "Head of Relationships"),
    _row("approval.new_platform", TEXT, "Who approves the business case for a new platform",
         say("clause 3.1"), "Deputy Chief Executive"),
    *_BY_POLICY,
    *_BY_PROMISE,
    *_BY_LAW,
    *_QUESTIONS,
    _row("alert.steps", PERCENTS, "Shares of the time allowed after which people are warned",
         say("clause 6.5; %(silent)s", silent=_SILENT), [50, 75, 90], unit="%"),
    _row("alert.on_call_after", DURATION, "Out of hours an alert that whoever is on call did not"
         " take is told to the next after",
         say("clauses 6.7 and 6.9; %(desk)s", desk=_DESK), "PT15M"),
    _row("alert.repeats", AMOUNT, "When everybody was told of something late or severe and nobody"
         " took it, all of them are told again so many times, and then the wall says so",
         say("clauses 6.5 and 6.9; %(desk)s", desk=_DESK), 3, unit="times"),
    _row("second_yes.tell_after", PERCENT, "A request for a second person’s yes counts as"
         " unanswered once this share of what was left of the answer’s time has gone",
         say("clause 5.4; %(silent)s", silent=_SILENT), 25, unit="%"),
    _row("second_yes.at_most", DURATION, "A request for a second person’s yes counts as"
         " unanswered after this time at the latest, also where no clock runs",
         say("clause 5.4; %(silent)s", silent=_SILENT), "PT30M"),
    _row("alert.posts_climb_at_night", YES_NO, "Out of hours a post that merely appeared goes above"
         " whoever is on call",
         say("clause 6.7 gives twelve hours; %(silent)s: the shares of that time tell the"
             " lead and the owner", silent=_SILENT), default=False),
    _row("lag.report_after", DURATION, "An enquiry that reaches us longer than this after it was"
         " written is reported as late in coming",
         say("clause 6.5; %(silent)s", silent=_SILENT), "PT10M"),
    _row("rehearsal.kept", DURATION, "What a rehearsal found is dropped after", _DESK, "P90D"),
    _row("soft.after_opening", DURATION, "Out of hours: the aim is an answer within this much open"
         " time, if that is earlier than the promise",
         say("clause 6.7; %(silent)s", silent=_SILENT), "PT4H",
         unit="open time"),
    _row("history.after", DURATION, "What was written longer ago than this when we first see it"
         " becomes history and starts no clock", _DESK, "P14D"),
    _row("reopen.within", DURATION, "A message within this time after the end re-opens the"
         " conversation; later it opens a new one",
         say("clause 6.2; %(silent)s", silent=_SILENT), "P14D"),
    _row("link.lasts", DURATION, "A visitor's private link works for", _DESK, "P90D"),
    _row("raw.kept", DURATION, "Events as the platform sent them are dropped after",
         say("data minimisation, UK GDPR article 5(1)(c) and (e); the owner may change it"),
         "P30D"),
)  # fmt: skip

KINDS = {kind.key: kind for kind in _KINDS}


#: Keys that end as the document needs it: `retention.recordings`, `approval.paid_advertising`.
FAMILIES = {
    "retention.": Kind("retention.", KEPT, say("Kept for: "), _KEEPING),
    "approval.": Kind("approval.", TRUE_OR_WHO, say("Who approves: "), say("the policy")),
}
_ENDING = re.compile(r"[a-z][a-z0-9_]*")


def kind(key: str) -> Kind:
    if found := KINDS.get(key):
        return found
    family, dot, ending = key.partition(".")
    if (found := FAMILIES.get(family + dot)) and _ENDING.fullmatch(ending):
        return replace(
            found, key=key, meaning=joined([found.meaning, ending.replace("_", " ")], "")
        )
    raise UnknownRule(say("There is no rule called “%(key)s”.", key=key))


def knows(key: str) -> bool:
    """Whether a rule has this key, a family's included."""
    try:
        kind(key)
    except UnknownRule:
        return False
    return True


def check(key: str, value: Any) -> None:
    """Raises `UnknownRule` or `BadValue`."""
    known = kind(key)
    if not known.type.fits(value):
        raise BadValue(
            say(
                "The rule %(key)s is %(value)s: it must be %(says)s.",
                key=key,
                value=repr(value),
                says=known.type.says,
            )
        )
