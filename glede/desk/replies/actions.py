"""Drafts: what a person typed and did not send."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from glede.desk.replies.models import Draft
from glede.desk.replies.rules import Kept
from glede.kit.words import say


class ElsewhereError(ValueError):
    """Another window of the same person wrote here since this one last knew; nothing was saved.
    `kept` is what stands there, empty where it was sent or emptied."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(say("In another window you wrote something else here."))
        self.kept = kept


def keep_draft(
    *,
    conversation_id: int,
    person_id: int,
    text: str,
    mode: str = "reply",
    where: str = "",
    line: str = "",
    now: datetime,
) -> None:
    """Save what is typed, whatever stood there; an empty draft is removed."""
    if not text.strip():
        drop_draft(conversation_id=conversation_id, person_id=person_id, mode=mode)
        return
    Draft.objects.update_or_create(
        conversation_id=conversation_id,
        person_id=person_id,
        mode=mode,
        defaults={"text": text, "where": where, "line": line, "tab": "", "saved_at": now},
    )


def keep_typed(  # noqa: PLR0913 - a draft has these parts, each named
    *,
    conversation_id: int,
    person_id: int,
    text: str,
    mode: str,
    where: str,
    line: str,
    tab: str,
    base: datetime | None,
    now: datetime,
) -> Kept:
    """Save what the window `tab` has; `base` is when what it began with was saved, `None` where it
    began with nothing. Returns what stands now. Raises `ElsewhereError`, and
    changes nothing, where another window saved meanwhile: the newer words are not lost unsaid."""
    kept = Draft.objects.filter(conversation_id=conversation_id, person_id=person_id, mode=mode)
    # One statement decides and writes: two windows at once cannot both find the old words.
    mine = Q(tab=tab) | Q(text=text)
    known = kept.filter(mine if base is None else mine | Q(saved_at=base))
    if not text.strip():
        known.delete()
        if (left := _kept(kept.first())).saved_at:
            raise ElsewhereError(left)
        return Kept()
    typed = {"text": text, "where": where, "line": line, "tab": tab, "saved_at": now}
    if known.update(**typed):
        return Kept(text, where, line, now)
    if base is not None or kept.exists():
        raise ElsewhereError(_kept(kept.first()))
    try:
        with transaction.atomic():
            Draft.objects.create(
                conversation_id=conversation_id, person_id=person_id, mode=mode, **typed
            )
    except IntegrityError:
        raise ElsewhereError(_kept(kept.first())) from None
    return Kept(text, where, line, now)


def _kept(draft: Draft | None) -> Kept:
    return Kept() if draft is None else Kept(draft.text, draft.where, draft.line, draft.saved_at)


def drop_draft(*, conversation_id: int, person_id: int, mode: str = "reply") -> None:
    Draft.objects.filter(conversation_id=conversation_id, person_id=person_id, mode=mode).delete()


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """What somebody typed goes with the conversation it was meant for; see `queries.free_to_go`."""
    Draft.objects.filter(pk__in=ids).update(conversation_id=conversation_id)
