"""Work handed on, over the API: one conversation, or everything that is still one's own."""

from django.http import HttpRequest
from ninja import Router, Schema

from glede.flow import sharing
from glede.flow.undoing import Kept
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.api.base import CHANGES, Unfit, asks, caller, must_be_a_person, or_conflict
from glede.web.api.conversations import ActedOut, UndoOut, acted, undo_of, workable
from glede.web.api.shapes import Id, ShortWords

router = Router(tags=["conversations"])


class HandOverAllIn(Schema):
    """To a colleague, with a note on each where it has words."""

    to: Id
    note: ShortWords = ""


class HandOverIn(HandOverAllIn):
    """To a colleague, with the words they need. `keep`: they are asked, and it stays where it
    is."""

    keep: bool = False


class HandedOut(Schema):
    """How many conversations changed hands."""

    count: int
    undo: UndoOut | None


@router.post("/conversations/{int:conversation_id}/hand-over", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def hand_over(request: HttpRequest, conversation_id: int, given: HandOverIn) -> ActedOut:
    """Hand it to a colleague with a note, or ask them and keep it; they are told."""
    desk, card = caller(request), workable(request, conversation_id)
    must_be_a_person(request)
    act = sharing.ask if given.keep else sharing.hand_over
    with or_conflict(ValueError):
        kept = act(
            viewer=desk.viewer,
            conversation_id=card.id,
            to=_colleague(request, given.to, brand_id=card.brand_id),
            note=given.note,
            now=desk.now,
        )
    return acted(request, card.id, kept)


@router.post("/hand-over", response={200: HandedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def hand_over_all(request: HttpRequest, given: HandOverAllIn) -> HandedOut:
    """Everything that is still the person's own goes to a colleague who works for its brand."""
    desk = caller(request)
    must_be_a_person(request)
    kept, count = sharing.hand_over_all(
        viewer=desk.viewer,
        to=_colleague(request, given.to, brand_id=None),
        note=given.note,
        now=desk.now,
    )
    return _handed(kept, count)


@router.post("/give-back", response={200: HandedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def give_back(request: HttpRequest) -> HandedOut:
    """Everything that is still the person's own loses its owner, and the rules look for another."""
    desk = caller(request)
    must_be_a_person(request)
    kept, count = sharing.give_back(viewer=desk.viewer, now=desk.now)
    return _handed(kept, count)


def _handed(kept: Kept | None, count: int) -> HandedOut:
    return HandedOut(count=count, undo=undo_of(kept))


def _colleague(request: HttpRequest, person_id: int, *, brand_id: int | None) -> Viewer:
    desk = caller(request)
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=brand_id, now=desk.now)
    if person_id not in {one.id for one in may} - {desk.viewer.id}:
        raise Unfit("body.to", "No colleague by that number works there.")
    return people.viewer(person_id, now=desk.now)
