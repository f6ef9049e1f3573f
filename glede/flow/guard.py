"""The send guard: one list of what has to be settled before words leave, asked twice.

Once when somebody presses send, and again in the moment in which they leave: windows close, and
messages are taken away, while a reply waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from glede.desk.attachments.models import Attachment
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import Direction
from glede.desk.outbox import queries as outbox
from glede.desk.outbox import windows
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import BECAUSE_WORDS, Because
from glede.desk.replies.rules import (
    Anyway,
    Finding,
    Found,
    bracket_finding,
    length_finding,
    looked_at_finding,
    with_sign_off,
)
from glede.flow import attaching, checking, numbers, told
from glede.kit import crypto, once
from glede.kit.words import joined, say
from glede.platforms import registry
from glede.platforms.contract import Can, Platform
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Stamp, Verb
from glede.rulebook.people.rules import Permission, Viewer

ONCE = say(
    "They were answered in private already, and the platform allows that once for a message."
)


#: How the composer calls a public reply that asks them into private, before its reason.
INVITES = "ask-"


@dataclass(frozen=True, slots=True)
class Aside:
    """A public message is answered in private: why, and what is said in public afterwards.
    `invites`: we cannot write first there; this public reply asks them to, and they may refuse."""

    because: Because
    public_line: str = ""
    invites: bool = False


def to_answer(conversation: Conversation, *, in_public: bool) -> Message | None:
    """The resident's newest message that still stands; `in_public`: the newest public one."""
    standing = conversation.messages.filter(
        direction=Direction.IN, deleted_at=None, removed_at=None
    ).exclude(native_id=None)
    if in_public:
        standing = standing.filter(private=False)
    return (
        standing.select_related("handle", "thread__account").order_by("-received_at", "-pk").first()
    )


def findings(
    viewer: Viewer,
    conversation: Conversation,
    parent: Message | None,
    text: str,
    *,
    pictures: Sequence[Attachment],
    aside: Aside | None,
    seen_revision: int,
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that has to be settled before `text` leaves, signed; one list from all rooms."""
    words = with_sign_off(text, viewer.sign_off)
    # A merged matter may be spread over platforms: the one it is answered on counts.
    platform = registry.get(parent.platform if parent is not None else conversation.platform)
    stands = parent.thread if parent is not None else None
    account = stands.account if stands is not None else conversation.account
    limit = platform.capabilities.text
    found: list[Finding | None] = [*_person(viewer, conversation)]
    invites = aside is not None and aside.invites
    if aside is not None:
        found.append(_reason(aside, now=now))
    private = not invites and (
        aside is not None or conversation.private or (parent is not None and parent.private)
    )
    ability = "reply_private" if private else "reply_public"
    if platform.capabilities.abilities[ability].can is Can.NO:
        found.append(
            Finding(
                Found.CANNOT,
                say("%(platform)s takes no reply from here.", platform=platform.name),
                stops=True,
            )
        )
    if parent is None:
        found.append(
            Finding(
                Found.NOBODY, say("There is nothing left to answer: they took it away."), stops=True
            )
        )
    elif private:
        found.extend(_in_private(platform, conversation, parent, aside, now=now))
    if account.state != "connected":
        found.append(
            Finding(
                Found.LAPSED,
                say(
                    "%(platform)s has to be connected again. It will go out once it is.",
                    platform=platform.name,
                ),
                stops=False,
            )
        )
    found.append(_pictures(platform, pictures))
    if pictures and not private:
        found.append(looked_at_finding([one.pk for one in pictures]))
    found.append(bracket_finding(f"{words}\n{aside.public_line if aside is not None else ''}"))
    found.append(length_finding(words, most=limit.most, count=platform.count_text))
    if aside is not None and aside.public_line:
        line = f"{aside.public_line} ^{viewer.sign_off}"
        found.append(length_finding(line, most=limit.most, count=platform.count_text))
    to = checking.Answering(conversation.brand_id, conversation.contact_id, conversation.pk)
    found.extend(checking.findings(text, to, public=not private, now=now))
    if aside is not None and aside.public_line:
        found.extend(checking.findings(aside.public_line, to, public=True, now=now))
    found.extend(told.since(viewer, conversation, seen_revision=seen_revision))
    return tuple(finding for finding in found if finding is not None)


def _person(viewer: Viewer, conversation: Conversation) -> list[Finding]:
    found = []
    if conversation.merged_into_id is not None:
        found.append(
            Finding(
                Found.CANNOT,
                say("This went on in another conversation. Answer it there."),
                stops=True,
            )
        )
    if not viewer.may(Permission.REPLY, conversation.brand_id):
        found.append(
            Finding(
                Found.NOT_ALLOWED, say("You may read this brand but not reply for it."), stops=True
            )
        )
    if not viewer.sign_off:
        found.append(
            Finding(
                Found.NO_SIGN_OFF,
                say(
                    "You have no sign-off yet, and a reply goes out under your own name"
                    " (clause 6.1). Ask your lead to set one."
                ),
                stops=True,
            )
        )
    return found


def _pictures(platform: Platform, pictures: Sequence[Attachment]) -> Finding | None:
    """Number, size and type as the platform takes them; it may have changed since they were
    chosen."""
    if not pictures:
        return None
    limit = attaching.limit_of(platform)
    if limit is None:
        return Finding(
            Found.PICTURES,
            say("%(platform)s takes no pictures in a reply.", platform=platform.name),
            stops=True,
        )
    fits = len(pictures) <= limit.most and all(
        one.size <= limit.most_bytes and one.content_type in limit.types for one in pictures
    )
    if fits:
        return None
    return Finding(
        Found.PICTURES,
        say(
            "%(platform)s takes %(n)s of at most %(size)s MB each. Take a picture out.",
            platform=platform.name,
            n=limit.most,
            size=f"{limit.most_bytes / 1_000_000:g}",
        ),
        stops=True,
    )


def _in_private(
    platform: Platform,
    conversation: Conversation,
    parent: Message,
    aside: Aside | None,
    *,
    now: datetime,
) -> list[Finding]:
    found = []
    of = platform.capabilities.windows
    heard = parent.received_at if aside is not None else _heard_at(parent)
    why = windows.shut(of, aside=aside is not None, automatic=False, heard_at=heard, now=now)
    if why:
        found.append(Finding(Found.WINDOW, why, stops=True))
    if aside is None:
        return found
    if conversation.private:
        found.append(Finding(Found.PRIVATE, say("This is a private thread already."), stops=True))
    if windows.only_one(of) and outbox.answered_aside(parent.pk):
        found.append(Finding(Found.ONCE, ONCE, stops=True))
    return found


def _reason(aside: Aside, *, now: datetime) -> Finding | None:
    """Is the reason one of the policy's?"""
    rule = numbers.in_force(now).book.rule("private_when")
    if aside.because in rule.value:
        return None
    usual = [BECAUSE_WORDS[Because(one)] for one in rule.value]
    return Finding(
        Found.NOT_THE_POLICY,
        say(
            "The policy moves a matter into private where %(usual)s (clause %(clause)s)."
            " Your reason is recorded.",
            usual=joined(usual, say(" or ")),
            clause=rule.clause,
        ),
        stops=False,
    )


def audit_anyway(
    viewer: Viewer,
    delivery: Delivery,
    overruled: Sequence[Finding],
    anyway: Anyway | None,
    *,
    now: datetime,
) -> None:
    """What the checks found went out all the same, and why: without the words (clause 5.4)."""
    found = ", ".join(finding.key.partition(":")[0] for finding in overruled)
    _audit(
        viewer,
        delivery,
        Verb.REPLY_SENT_ANYWAY,
        clause=overruled[0].clause,
        details={"found": found, "because": anyway or ""},
        now=now,
    )


def audit_looked(
    viewer: Viewer, delivery: Delivery, picture_ids: Sequence[int], *, now: datetime
) -> None:
    """Somebody looked at the pictures and says that nobody is shown in them (clause 5.4)."""
    _audit(
        viewer,
        delivery,
        Verb.REPLY_PICTURES_LOOKED_AT,
        clause="5.4",
        details={"pictures": ", ".join(map(str, picture_ids))},
        now=now,
    )


def audit_invited(viewer: Viewer, delivery: Delivery, because: Because, *, now: datetime) -> None:
    """They are asked into private by hand, where we cannot write first (clause 6.3)."""
    _audit(
        viewer,
        delivery,
        Verb.PRIVATE_INVITED,
        clause=delivery.clause,
        details={"because": because},
        now=now,
    )


def _audit(
    viewer: Viewer,
    delivery: Delivery,
    verb: Verb,
    *,
    clause: str,
    details: Mapping[str, str],
    now: datetime,
) -> None:
    """What went with a reply that leaves, under the policy it was written by."""
    audit.record(
        actor=viewer.actor,
        verb=verb,
        object_kind="conversation",
        object_id=delivery.conversation_id,
        brand=delivery.conversation.brand.slug,
        stamp=Stamp(clause, delivery.policy_version),
        details={"delivery": delivery.pk, **details},
        now=now,
    )


def audit_stop(
    viewer: Viewer,
    conversation: Conversation,
    stopped_by: tuple[Finding, ...],
    words: str,
    *,
    now: datetime,
) -> None:
    audit.record(
        actor=viewer.actor,
        verb=Verb.REPLY_STOPPED_BY_GUARD,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={
            "found": ", ".join(finding.token for finding in stopped_by),
            "text": crypto.keyed_hash("reply", words.encode()),
        },
        now=now,
    )


# --- In the moment in which it leaves ------------------------------------------------------


def too_late(delivery: Delivery, *, now: datetime) -> str:
    """Why a delivery must not leave any more; "" while it may."""
    parent = delivery.in_reply_to
    if parent is None:
        return ""
    if parent.deleted_at is not None:
        return say("They took their message away before your reply left.")
    if parent.removed_at is not None:
        return say("We took their message off the page before your reply left.")
    if spent(delivery):
        return ONCE
    if not delivery.private:
        return ""
    return windows.shut(
        registry.get(delivery.account.platform).capabilities.windows,
        aside=bool(delivery.private_because) or not parent.private,
        automatic=delivery.automatic,
        heard_at=heard_at(delivery),
        now=now,
    )


def spent(delivery: Delivery) -> bool:
    """Was the one private answer that the platform allows given by another delivery?"""
    parent = delivery.in_reply_to
    if parent is None or not delivery.private_because:
        return False
    of = registry.get(delivery.account.platform).capabilities.windows
    return windows.only_one(of) and outbox.answered_aside(parent.pk, but=delivery.pk)


def heard_at(delivery: Delivery) -> datetime | None:
    """When the person last wrote to us where this delivery goes."""
    parent = delivery.in_reply_to
    if parent is None:
        return None
    return parent.received_at if delivery.private_because else _heard_at(parent)


def _heard_at(parent: Message) -> datetime:
    if parent.thread_id is None or parent.handle_id is None:
        return parent.received_at
    return _newest_of(parent.thread_id, parent.handle_id) or parent.received_at


@once.remembered
def _newest_of(thread_id: int, handle_id: int) -> datetime | None:
    theirs = Message.objects.filter(
        thread_id=thread_id, handle_id=handle_id, direction=Direction.IN
    )
    return theirs.order_by("-received_at").values_list("received_at", flat=True).first()
