"""Drafts: what a person typed and did not send."""

from datetime import datetime

from glede.desk.replies.models import Draft


def keep_draft(
    *, conversation_id: int, person_id: int, text: str, mode: str = "reply", now: datetime
) -> None:
    """Save what is typed; an empty draft is removed."""
    if not text.strip():
        drop_draft(conversation_id=conversation_id, person_id=person_id, mode=mode)
        return
    Draft.objects.update_or_create(
        conversation_id=conversation_id,
        person_id=person_id,
        mode=mode,
        defaults={"text": text, "saved_at": now},
    )


def drop_draft(*, conversation_id: int, person_id: int, mode: str = "reply") -> None:
    Draft.objects.filter(conversation_id=conversation_id, person_id=person_id, mode=mode).delete()
