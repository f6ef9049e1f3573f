"""The composer: what a person may write here, what is kept of it, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.attachments.queries import Shown
from glede.desk.conversations import talk
from glede.desk.conversations.talk import Card
from glede.desk.outbox.queries import Leaving, There
from glede.desk.outbox.rules import BECAUSE_WORDS, Because
from glede.desk.replies import queries as drafts
from glede.desk.replies.checks import Severity, Span
from glede.desk.replies.closing import Asked, NoLine
from glede.desk.replies.rules import (
    CLOSING,
    NOTE,
    REPLY,
    Anyway,
    Finding,
    Found,
    Kept,
    looked_at,
    with_sign_off,
)
from glede.desk.replies.texts import Use
from glede.flow import attaching, checking, limits, second, texts
from glede.flow.guard import INVITES
from glede.kit import clock
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import Can
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.inbox.listing import platform_name
from glede.web.inbox.promised import TimescaleView
from glede.web.inbox.sight import Sight
from glede.web.inbox.thread import ThreadView, may_reply_here


@dataclass(frozen=True, slots=True)
class ClosingView:
    """A public closing line that is asked for here; or one just declined (`id` alone)."""

    id: int
    line: str = ""
    reasons: tuple[tuple[str, str], ...] = ()
    #: What sending the line once more confirms.
    confirmed: tuple[str, ...] = ()
    wants_reason: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A closing line that this person is asked for in another conversation."""

    name: str
    url: str


#: Why what the checks found may go out all the same.
ANYWAY = tuple((one.value, one.value.capitalize()) for one in Anyway)
#: Characters shown before and after what a check found.
_AROUND = 24
_FOCUS = {REPLY: "words", NOTE: "note", CLOSING: "closing-line"}


@dataclass(frozen=True, slots=True)
class LeavingView:
    id: int
    name: str
    private: bool
    release: str
    words: str


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of what was typed; `span` where it is what was found: its place in the box."""

    text: str
    span: str = ""


@dataclass(frozen=True, slots=True)
class CheckedView:
    """One thing that a check found, with the words around it."""

    says: str
    do: str
    clause: str
    token: str
    severity: str
    bits: tuple[Bit, ...]
    #: Which box it stands in: “words” or “line”.
    box: str


@dataclass(frozen=True, slots=True)
class LimitView:
    """One thing the platform takes or does not take; `soon`: it bites before long."""

    words: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class ComposerView:
    can_reply: bool
    can_note: bool
    why_not_head: str
    why_not: str
    mode: str
    text: str
    note: str
    #: When each draft was saved, for the window to say what it knows; "" where there is none.
    text_base: str
    note_base: str
    saved: str
    sign_off: str
    used: int
    most: int
    unit: str
    too_long: bool
    seen: int
    findings: tuple[Finding, ...]
    #: What the checks find in the words, and the reasons for which they may go all the same.
    checked: tuple[CheckedView, ...]
    anyway: tuple[tuple[str, str], ...]
    wants_reason: bool
    #: It was not sent for want of a reason; else the reason and the colleague chosen so far.
    lacks_reason: bool
    because: str
    ask: int | None
    #: Who can be asked for a second yes, where the words need one (clause 5.4).
    seconds: tuple[tuple[int, str], ...] | None
    confirmed: tuple[str, ...]
    #: Replies to others that can still be taken back, the newest last.
    leaving: tuple[LeavingView, ...]
    focus: str
    #: A timescale that is written down and that nobody was told of: the next reply tells it.
    tells: TimescaleView | None
    #: A reply goes where the resident wrote last.
    private: bool
    #: The reasons for which a public message may be answered in private; empty where it cannot.
    asides: tuple[tuple[str, str], ...]
    #: They wrote last in private, but the matter began in public: a closing line may go there.
    may_go_public: bool
    #: The reasons for which they are asked into private where we cannot write first; else empty.
    invites: tuple[tuple[str, str], ...]
    where: str
    line: str
    closing: ClosingView | None
    declined: int
    closings: tuple[Elsewhere, ...]
    #: An answer that only the platform's own app takes.
    there: There | None
    #: Pictures chosen for this reply, and how many it may carry; 0 where it carries none.
    pictures: tuple[Shown, ...]
    #: What ticking that somebody looked at them names; and whether it was ticked just now.
    look: str
    looked: bool
    pictures_most: int
    alt: str
    picture_wrong: str
    limits: tuple[LimitView, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply the guard stopped: its words, what it found, and what the person had seen."""

    mode: str
    text: str
    findings: tuple[Finding, ...]
    seen: int
    confirmed: frozenset[str] = frozenset()
    where: str = ""
    line: str = ""
    #: Why it should go all the same, and who was asked for a second yes, as chosen so far.
    anyway: str = ""
    ask: int | None = None
    #: A picture that was not taken: its description, and why.
    alt: str = ""
    picture_wrong: str = ""


def build(
    sight: Sight,
    card: Card,
    *,
    refusal: Refusal | None,
    mode: str,
    shown: ThreadView,
    declined: int = 0,
) -> ComposerView:
    """`shown` is the conversation above it: what it knows is not asked again."""
    viewer, now = sight.viewer, sight.now
    platform = registry.get(card.platform)
    limit = platform.capabilities.text
    limit_of_pictures = attaching.limit_of(platform)
    head, why_not = _why_not(viewer, card)
    may_note = viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id)
    if refusal is not None:
        mode = REPLY if refusal.mode == CLOSING else refusal.mode
    kept, asked = drafts.kept_and_asked(conversation_id=card.id, person_id=viewer.id)
    reply, note = kept.get(REPLY, Kept()), kept.get(NOTE, Kept())
    text = _words(reply, refusal, REPLY)
    findings = refusal.findings if refusal else ()
    last_private = not card.private and _last_private(card, shown)
    asides = _asides(card) if not last_private else ()
    chosen = shown.chosen
    used = platform.count_text(with_sign_off(text, viewer.sign_off))
    return ComposerView(
        can_reply=not why_not,
        can_note=may_note,
        why_not_head=head,
        why_not=why_not,
        mode=NOTE if why_not else mode,
        text=text,
        note=_words(note, refusal, NOTE),
        text_base=_base(reply),
        note_base=_base(note),
        saved=_saved(reply if mode == REPLY else note, sight),
        sign_off=viewer.sign_off,
        used=used,
        most=limit.most,
        unit=limit.unit,
        too_long=any(finding.found is Found.TOO_LONG for finding in findings),
        seen=refusal.seen if refusal else card.revision,
        findings=tuple(one for one in findings if shown_above(one, refusal)),
        checked=(found_now := _checked(card, refusal, now)),
        anyway=ANYWAY,
        wants_reason=wants_reason(found_now),
        seconds=second_people(viewer, card.brand_id, found_now, now=now),
        confirmed=_to_confirm(refusal, mode),
        leaving=_leaving(shown.leaving, now),
        lacks_reason=(lacks := _lacks_reason(refusal, found_now)),
        because=refusal.anyway if refusal else "",
        ask=refusal.ask if refusal else None,
        focus="" if refusal is None else "anyway" if lacks else _FOCUS[refusal.mode],
        tells=next((one for one in shown.timescales if one.is_planned), None),
        private=card.private or last_private,
        asides=asides,
        invites=_invites(card) if not last_private else (),
        may_go_public=last_private,
        where=refusal.where if refusal else reply.where,
        line=_line(sight, card, refusal, reply) if asides else "",
        closing=_closing(sight, card, asked, refusal, kept.get(CLOSING, Kept())),
        declined=declined,
        closings=tuple(
            Elsewhere(one.name, sight.state.open(one.conversation_id))
            for one in asked
            if one.conversation_id != card.id
        ),
        there=shown.there,
        pictures=chosen,
        look=(to_look := looked_at([one.id for one in chosen])),
        looked=refusal is not None and to_look in refusal.confirmed,
        pictures_most=limit_of_pictures.most if limit_of_pictures else 0,
        alt=refusal.alt if refusal else "",
        picture_wrong=refusal.picture_wrong if refusal else "",
        limits=_limits(sight, card, private=card.private or last_private, asides=bool(asides)),
    )


def _last_private(card: Card, shown: ThreadView) -> bool:
    found = shown.last_private
    return talk.last_was_private(card.id) if found is None else found


def shown_above(finding: Finding, refusal: Refusal | None) -> bool:
    """What a check found stands under the box, where it can be mended."""
    return finding.found is not Found.CHECKED or (refusal is not None and refusal.mode == CLOSING)


def _checked(card: Card, refusal: Refusal | None, now: datetime) -> tuple[CheckedView, ...]:
    if refusal is None or refusal.mode != REPLY:
        return ()
    return checked(card, text=refusal.text, where=refusal.where, line=refusal.line, now=now)


def checked(
    card: Card, *, text: str, where: str, line: str, now: datetime
) -> tuple[CheckedView, ...]:
    """What the checks find in a reply and in what is said in public beside it; `where` as the
    composer names it. Only what stays public is looked at for personal details."""
    aside = where in {one.value for one in Because}
    last_private = card.private or (not where and talk.last_was_private(card.id))
    to = checking.Answering(card.brand_id, card.contact_id, card.id)
    given = [("words", text, not (aside or last_private)), *([("line", line, True)] * aside)]
    return tuple(
        CheckedView(
            one.of.says,
            one.of.do,
            one.of.clause,
            one.token,
            one.of.severity.value,
            _bits(one.words, one.of.spans),
            box,
        )
        for box, words, public in given
        for one in checking.look(words, to, public=public, now=now)
    )


def wants_reason(found: tuple[CheckedView, ...]) -> bool:
    return any(one.severity in (Severity.REASON, Severity.SECOND) for one in found)


def _lacks_reason(refusal: Refusal | None, found: tuple[CheckedView, ...]) -> bool:
    """Nothing but the reason is missing: what was not sent says so, where it is chosen."""
    return (
        refusal is not None
        and refusal.mode == REPLY
        and not refusal.anyway
        and wants_reason(found)
        and not any(one.stops for one in refusal.findings)
    )


def second_people(
    viewer: Viewer, brand_id: int, found: tuple[CheckedView, ...], *, now: datetime
) -> tuple[tuple[int, str], ...] | None:
    """Who can be asked for a second yes; None where none is needed."""
    if all(one.severity != Severity.SECOND for one in found):
        return None
    may = second.colleagues(viewer, brand_id=brand_id, now=now)
    return tuple((one.id, one.name) for one in may)


def _bits(words: str, spans: tuple[Span, ...]) -> tuple[Bit, ...]:
    """The words around what was found, each place marked."""
    bits: list[Bit] = []
    at = max(0, spans[0].start - _AROUND)
    if at:
        # From the beginning of a word.
        at = words.find(" ", at, spans[0].start) + 1 or at
        bits.append(Bit("…"))
    for span in spans:
        if span.start - at > 2 * _AROUND:
            bits += [Bit(words[at : at + _AROUND]), Bit(" … "),
                     Bit(words[span.start - _AROUND : span.start])]  # fmt: skip
        else:
            bits.append(Bit(words[at : span.start]))
        bits.append(Bit(words[span.start : span.end], f"{span.start}"))
        at = span.end
    bits.append(Bit(words[at : at + _AROUND] + ("…" if at + _AROUND < len(words) else "")))
    return tuple(one for one in bits if one.text)


def _limits(sight: Sight, card: Card, *, private: bool, asides: bool) -> tuple[LimitView, ...]:
    """What the platform takes here, and until when: said before it bites."""
    found = []
    if private or asides:
        name = platform_name(card.platform)
        of = limits.of(card.id, platform=card.platform, aside=not private, now=sight.now)
        if of.open:
            first, *after = of.open
            what = say("this private chat") if private else say("a private answer")
            left = clock.duration_words(first.closes_at - sight.now)
            closes = say(
                "%(platform)s: %(what)s closes in %(left)s, %(at)s",
                platform=name,
                what=what,
                left=left,
                at=sight.when(first.closes_at),
            )
            if after:
                closes = say(
                    "%(closes)s; %(name)s until %(at)s",
                    closes=closes,
                    name=after[0].name,
                    at=sight.when(after[0].closes_at),
                )
            found.append(LimitView(closes, first.soon))
        if of.shut:
            found.append(LimitView(of.shut, soon=True))
    limit = attaching.limit_of(registry.get(card.platform))
    if limit is None:
        found.append(
            LimitView(
                say(
                    "%(platform)s takes no pictures in a reply",
                    platform=platform_name(card.platform),
                )
            )
        )
    return tuple(found)


def _asides(card: Card) -> tuple[tuple[str, str], ...]:
    abilities = registry.get(card.platform).capabilities.abilities
    if card.private or abilities["reply_private"].can is Can.NO:
        return ()
    return tuple((one.value, words) for one, words in BECAUSE_WORDS.items())


def _invites(card: Card) -> tuple[tuple[str, str], ...]:
    """Where we cannot write first, they can be asked to: a choice of theirs (clause 6.3)."""
    abilities = registry.get(card.platform).capabilities.abilities
    if card.private or abilities["reply_private"].can is not Can.NO:
        return ()
    return tuple((f"{INVITES}{one.value}", words) for one, words in BECAUSE_WORDS.items())


def _line(sight: Sight, card: Card, refusal: Refusal | None, reply: Kept) -> str:
    """What is said in public beside a private answer: what they wrote, or the brand's words."""
    if refusal is not None and refusal.mode == REPLY:
        return refusal.line
    return reply.line or _sentence(Use.MOVED, sight, card)


def _closing(
    sight: Sight, card: Card, asked: tuple[Asked, ...], refusal: Refusal | None, kept: Kept
) -> ClosingView | None:
    here = next((one for one in asked if one.conversation_id == card.id), None)
    if here is None:
        return None
    line = refusal.text if refusal is not None and refusal.mode == CLOSING else kept.text
    return ClosingView(
        here.id,
        line or _sentence(Use.SETTLED, sight, card),
        tuple((one.value, one.value.capitalize()) for one in NoLine),
        _to_confirm(refusal, CLOSING),
        refusal is not None
        and refusal.mode == CLOSING
        and any(one.wants_reason for one in refusal.findings),
    )


def _sentence(use: Use, sight: Sight, card: Card) -> str:
    return texts.sentence(use, viewer=sight.viewer, conversation_id=card.id, now=sight.now)


def _words(kept: Kept, refusal: Refusal | None, mode: str) -> str:
    if refusal is not None and refusal.mode == mode:
        return refusal.text
    return kept.text


def _base(kept: Kept) -> str:
    return kept.saved_at.isoformat() if kept.saved_at else ""


def _saved(kept: Kept, sight: Sight) -> str:
    return say("Saved %(at)s", at=sight.when(kept.saved_at)) if kept.saved_at else ""


def _why_not(viewer: Viewer, card: Card) -> tuple[str, str]:
    """Why there is no box to reply in, if there is none: a sentence instead of a dead button."""
    if card.merged_into_id is not None:
        return (say("It went on elsewhere."), say("Answer in the conversation it was merged into."))
    if not viewer.may(Permission.REPLY, card.brand_id):
        return (
            say("You may read this, not reply."),
            say(
                "Your roles for this brand do not include sending. The person who manages"
                " people can change that."
            ),
        )
    if not viewer.sign_off:
        return (
            say("You have no sign-off yet."),
            say(
                "Clause 6.1: a reply goes out under your own name, such as ^Sam. The person"
                " who manages people can set yours."
            ),
        )
    if not may_reply_here(card):
        return (
            say("%(platform)s takes no reply from here.", platform=platform_name(card.platform)),
            say(
                "Answer in the platform itself; what you write there is read back and stops"
                " the clock."
            ),
        )
    return "", ""


def _to_confirm(refusal: Refusal | None, mode: str) -> tuple[str, ...]:
    """What sending once more confirms; only when nothing else stands in the way."""
    if (
        refusal is None
        or refusal.mode != mode
        or any(finding.stops for finding in refusal.findings)
    ):
        return ()
    found = {
        one.token
        for one in refusal.findings
        if not one.by_tick and not (one.wants_reason and mode == REPLY)
    }
    # What was ticked is ticked again where it stands, not confirmed out of sight.
    seen = {one for one in refusal.confirmed if not one.startswith(Found.LOOK.value)}
    return tuple(sorted(found | seen))


def _leaving(every: tuple[Leaving, ...], now: datetime) -> tuple[LeavingView, ...]:
    """Replies to others that can still be taken back: one's own act stays at hand when the next
    conversation is open."""
    return tuple(
        LeavingView(
            id=one.id,
            name=one.name,
            private=one.private,
            release=one.release_at.isoformat(),
            words=say(
                "Goes out in %(n)s s", n=max(1, round((one.release_at - now).total_seconds()))
            ),
        )
        for one in every
    )
