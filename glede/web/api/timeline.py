"""What happened in one conversation, over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from glede.rulebook.people.rules import Permission
from glede.web.api.base import REFUSALS, asks, caller
from glede.web.exports import timeline as shapes
from glede.web.exports.views import timeline_for

router = Router(tags=["conversations"])


class MomentOut(Schema):
    """`at` in UTC, `local` on the wall clock of `zone`, with the name of its offset."""

    at: str
    local: str
    what: str
    who: str
    note: str
    clause: str
    policy_version: str


class PromiseOut(Schema):
    """`kept` is null while the promise is open or was counted apart."""

    kind: str
    started_at: str
    due_at: str
    due_local: str
    soft_at: str
    stopped_at: str | None
    state: str
    kept: bool | None
    in_hours: bool
    reading: str
    clause: str
    policy_version: str
    calendar_version: int


class RecordOut(Schema):
    """The audit entries it rests on: `sha256` is over them in the order of their numbers."""

    entries: int
    first_id: int | None
    last_id: int | None
    sha256: str
    sealed: int
    chain: str


class TimelineOut(Schema):
    """Never a word of the conversation."""

    conversation: int
    brand: str
    platform: str
    kind: str
    private: bool
    name: str
    state: str
    as_of: str
    zone: str
    moments: list[MomentOut]
    promises: list[PromiseOut]
    record: RecordOut


@router.get(
    "/conversations/{int:conversation_id}/timeline", response={200: TimelineOut, **REFUSALS}
)
@asks(Permission.READ_CONVERSATIONS)
def timeline(request: HttpRequest, conversation_id: int) -> dict[str, Any]:
    """The evidence of one conversation. That it was taken, and by which token, is on record."""
    return shapes.as_json(timeline_for(caller(request), conversation_id, form="api"))
