"""Plan a timescale, tell it, record the answer or the silence; keep it or miss it (clause 6.5)."""

from datetime import datetime

from django.db.models import Max

from glede.desk.conversations import timescales
from glede.desk.conversations.models import Agreement, Conversation, Message
from glede.desk.conversations.rules import State
from glede.desk.conversations.timescales import HOLDS, AgreementState
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Details, Stamp, Verb


def lock(agreement_id: int) -> Agreement:
    """The row, held until the transaction ends. Raises `Agreement.DoesNotExist`."""
    found = Agreement.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("conversation__brand", "person").get(pk=agreement_id)


def plan(  # noqa: PLR0913 - a timescale has these parts, each named
    *,
    conversation: Conversation,
    what: str,
    by_at: datetime,
    person_id: int,
    reason: str,
    stamp: Stamp,
    planned_by: int,
    actor: Actor,
    now: datetime,
) -> Agreement:
    """A timescale that nobody was told of yet; it takes the place of another that was only
    planned. Raises `timescales.BadTimescale`."""
    holding = Agreement.objects.filter(conversation=conversation, state__in=HOLDS, ended_at=None)
    timescales.check(what=what, by_at=by_at, reason=reason, replaces=holding.exists(), now=now)
    for planned in Agreement.objects.filter(
        conversation=conversation, state=AgreementState.PLANNED
    ):
        drop(agreement=planned, actor=actor, now=now)
    told = Agreement.objects.filter(conversation=conversation)
    newest = told.aggregate(newest=Max("number"))["newest"] or 0
    made = Agreement.objects.create(
        conversation=conversation,
        number=newest + 1,
        what=" ".join(what.split()),
        by_at=by_at,
        person_id=person_id,
        reason=" ".join(reason.split()),
        state=AgreementState.PLANNED,
        planned_at=now,
        planned_by_id=planned_by,
        clause=stamp.clause,
        policy_version=stamp.policy_version,
    )
    _audit(made, Verb.AGREEMENT_PLANNED, {"by_at": by_at.isoformat()}, actor=actor, now=now)
    return made


def drop(*, agreement: Agreement, actor: Actor, now: datetime) -> None:
    """It was planned and is not told after all."""
    _move(agreement, AgreementState.DROPPED)
    agreement.ended_at = now
    agreement.save()
    _audit(agreement, Verb.AGREEMENT_DROPPED, {}, actor=actor, now=now)


def tell(
    *,
    agreement: Agreement,
    at: datetime,
    message: Message | None,
    silence_at: datetime,
    actor: Actor,
    now: datetime,
) -> Agreement | None:
    """The resident was told: it is proposed from now on. Returns the one that it replaces."""
    before = (
        Agreement.objects.select_for_update(of=("self",), no_key=True)
        .filter(conversation=agreement.conversation, state__in=HOLDS, ended_at=None)
        .exclude(pk=agreement.pk)
        .first()
    )
    if before is not None:
        _move(before, AgreementState.REPLACED)
        before.ended_at = at
        before.save()
    _move(agreement, AgreementState.PROPOSED)
    agreement.told_at, agreement.told_in, agreement.silence_at = at, message, silence_at
    agreement.save()
    conversation = agreement.conversation
    conversation.state, conversation.state_at = State.TIMESCALE_AGREED, at
    conversation.save(update_fields=["state", "state_at"])
    details: Details = {
        "by_at": agreement.by_at.isoformat(),
        "message": message.pk if message else None,
        "replaces": before.pk if before else None,
    }
    _audit(agreement, Verb.AGREEMENT_PROPOSED, details, actor=actor, now=now)
    return before


def answer(
    *,
    agreement: Agreement,
    to: AgreementState,
    by_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """They agreed, they objected, or they said nothing. Raises `timescales.WrongStep`."""
    _move(agreement, to)
    agreement.answered_at, agreement.answered_by_id, agreement.silence_at = now, by_id, None
    if to is AgreementState.OBJECTED:
        agreement.ended_at = now
        conversation = agreement.conversation
        conversation.state, conversation.state_at = State.IN_PROGRESS, now
        conversation.save(update_fields=["state", "state_at"])
    agreement.save()
    _audit(agreement, Verb.AGREEMENT_ANSWERED, {"answer": to.value}, actor=actor, now=now)


def ask_a_person(*, agreement: Agreement) -> None:
    """They wrote since they were told: what that means is a person's to say, silence or not."""
    agreement.silence_at = None
    agreement.save(update_fields=["silence_at"])


def settled(*, conversation_id: int, actor: Actor, now: datetime) -> Agreement | None:
    """The matter is done: what was promised is kept, in time or not."""
    for planned in Agreement.objects.filter(
        conversation_id=conversation_id, state=AgreementState.PLANNED
    ):
        drop(agreement=planned, actor=actor, now=now)
    holding = (
        Agreement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__brand")
        .filter(conversation_id=conversation_id, state__in=HOLDS, ended_at=None)
        .first()
    )
    if holding is None:
        return None
    holding.ended_at, holding.silence_at = now, None
    if now <= holding.by_at:
        holding.kept_at = now
    else:
        holding.missed_at = holding.missed_at or now
    holding.save()
    verb = Verb.AGREEMENT_KEPT if holding.kept_at else Verb.AGREEMENT_MISSED
    _audit(holding, verb, {"by_at": holding.by_at.isoformat()}, actor=actor, now=now)
    return holding


def missed(*, conversation_id: int, now: datetime) -> None:
    """Its time is over and nothing was settled: the promise is broken, and still owed."""
    for holding in Agreement.objects.select_related("conversation__brand").filter(
        conversation_id=conversation_id,
        state__in=HOLDS,
        ended_at=None,
        missed_at=None,
        by_at__lt=now,
    ):
        holding.missed_at = now
        holding.save(update_fields=["missed_at"])
        _audit(
            holding,
            Verb.AGREEMENT_MISSED,
            {"by_at": holding.by_at.isoformat()},
            actor=SYSTEM,
            now=now,
        )


def _move(agreement: Agreement, to: AgreementState) -> None:
    agreement.state = timescales.move(AgreementState(agreement.state), to)


def _audit(of: Agreement, verb: Verb, details: Details, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=of.conversation_id,
        brand=of.conversation.brand.slug,
        stamp=Stamp(of.clause, of.policy_version),
        details={"agreement": of.pk, "number": of.number, **details},
        now=now,
    )
