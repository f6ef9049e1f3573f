"""The composer: what a person may write here, what is kept of it, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.attachments import queries as attachments
from glede.desk.attachments.queries import Shown
from glede.desk.conversations import talk
from glede.desk.conversations.talk import Card
from glede.desk.outbox import queries as outbox
from glede.desk.outbox.queries import There
from glede.desk.outbox.rules import BECAUSE_WORDS
from glede.desk.replies import queries as drafts
from glede.desk.replies.rules import Finding, Found, Kept, with_sign_off
from glede.flow import attaching
from glede.platforms import registry
from glede.platforms.contract import Can
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.inbox.listing import platform_name
from glede.web.inbox.promised import TimescaleView
from glede.web.inbox.sight import Sight
from glede.web.inbox.thread import may_reply_here

REPLY, NOTE = "reply", "note"


@dataclass(frozen=True, slots=True)
class LeavingView:
    id: int
    name: str
    private: bool
    release: str
    words: str


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
    confirmed: tuple[str, ...]
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
    where: str
    line: str
    #: An answer that only the platform's own app takes.
    there: There | None
    #: Pictures chosen for this reply, and how many it may carry; 0 where it carries none.
    pictures: tuple[Shown, ...]
    pictures_most: int
    alt: str
    picture_wrong: str


#: What is said in public unless somebody writes something else (clause 6.3).
PUBLIC_LINE = "We have sent you a private message."


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply the guard stopped: its words, what it found, and what the person had seen."""

    mode: str
    text: str
    findings: tuple[Finding, ...]
    seen: int
    confirmed: frozenset[str] = frozenset()
    where: str = ""
    line: str = PUBLIC_LINE
    #: A picture that was not taken: its description, and why.
    alt: str = ""
    picture_wrong: str = ""


def build(
    sight: Sight,
    card: Card,
    *,
    refusal: Refusal | None,
    mode: str,
    tells: TimescaleView | None = None,
) -> ComposerView:
    viewer, now = sight.viewer, sight.now
    platform = registry.get(card.platform)
    limit = platform.capabilities.text
    limit_of_pictures = attaching.limit_of(platform)
    head, why_not = _why_not(viewer, card)
    may_note = viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id)
    if refusal is not None:
        mode = refusal.mode
    kept = drafts.drafts(conversation_id=card.id, person_id=viewer.id)
    reply, note = kept.get(REPLY, Kept()), kept.get(NOTE, Kept())
    text = _words(reply, refusal, REPLY)
    findings = refusal.findings if refusal else ()
    last_private = not card.private and talk.last_was_private(card.id)
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
        findings=findings,
        confirmed=_to_confirm(refusal),
        leaving=_leaving(viewer, card, now),
        focus="" if refusal is None else "note" if mode == NOTE else "words",
        tells=tells,
        private=card.private or last_private,
        asides=_asides(card) if not last_private else (),
        may_go_public=last_private,
        where=refusal.where if refusal else reply.where,
        line=refusal.line if refusal else reply.line or PUBLIC_LINE,
        there=outbox.to_answer_there(card.id),
        pictures=attachments.in_composer(conversation_id=card.id, person_id=viewer.id),
        pictures_most=limit_of_pictures.most if limit_of_pictures else 0,
        alt=refusal.alt if refusal else "",
        picture_wrong=refusal.picture_wrong if refusal else "",
    )


def _asides(card: Card) -> tuple[tuple[str, str], ...]:
    abilities = registry.get(card.platform).capabilities.abilities
    if card.private or abilities["reply_private"].can is Can.NO:
        return ()
    return tuple((one.value, words) for one, words in BECAUSE_WORDS.items())


def _words(kept: Kept, refusal: Refusal | None, mode: str) -> str:
    if refusal is not None and refusal.mode == mode:
        return refusal.text
    return kept.text


def _base(kept: Kept) -> str:
    return kept.saved_at.isoformat() if kept.saved_at else ""


def _saved(kept: Kept, sight: Sight) -> str:
    return f"Saved {sight.when(kept.saved_at)}" if kept.saved_at else ""


def _why_not(viewer: Viewer, card: Card) -> tuple[str, str]:
    """Why there is no box to reply in, if there is none: a sentence instead of a dead button."""
    if not viewer.may(Permission.REPLY, card.brand_id):
        return (
            "You may read this, not reply.",
            "Your roles for this brand do not include sending. The person who manages people "
            "can change that.",
        )
    if not viewer.sign_off:
        return (
            "You have no sign-off yet.",
            "Clause 6.1: a reply goes out under your own name, such as ^Sam. The person who "
            "manages people can set yours.",
        )
    if not may_reply_here(card):
        return (
            f"{platform_name(card.platform)} takes no reply from here.",
            "Answer in the platform itself; what you write there is read back and stops the clock.",
        )
    return "", ""


def _to_confirm(refusal: Refusal | None) -> tuple[str, ...]:
    """What sending once more confirms; only when nothing else stands in the way."""
    if refusal is None or any(finding.stops for finding in refusal.findings):
        return ()
    found = {finding.found.value for finding in refusal.findings}
    return tuple(sorted(found | refusal.confirmed))


def _leaving(viewer: Viewer, card: Card, now: datetime) -> tuple[LeavingView, ...]:
    """Replies to others that can still be taken back: one's own act stays at hand when the next
    conversation is open."""
    return tuple(
        LeavingView(
            id=one.id,
            name=one.name,
            private=one.private,
            release=one.release_at.isoformat(),
            words=f"Goes out in {max(1, round((one.release_at - now).total_seconds()))} s",
        )
        for one in outbox.leaving(person_id=viewer.id, now=now)
        if one.conversation_id != card.id
    )
