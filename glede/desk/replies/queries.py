"""Drafts, read back."""

from glede.desk.replies.models import Draft


def draft(*, conversation_id: int, person_id: int, mode: str = "reply") -> str:
    """What this person typed here and did not send; empty if nothing."""
    kept = Draft.objects.filter(
        conversation_id=conversation_id, person_id=person_id, mode=mode
    ).values_list("text", flat=True)
    return kept.first() or ""
