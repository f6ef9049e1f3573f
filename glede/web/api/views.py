"""Views of the list that people keep, and the notes that name one, over the API."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.conversations import queries_mentions
from glede.desk.conversations.lanes import Order
from glede.desk.views import queries as views
from glede.desk.views import rules
from glede.desk.views.rules import BadView, Share
from glede.flow import viewing
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Refused,
    Unfit,
    asks,
    caller,
    must_be_a_person,
    or_conflict,
)
from glede.web.api.conversations import asked_for, card_of, mark_read
from glede.web.api.shapes import PLAIN, ShortWords, brand_slugs, cursor_after, number_in

router = Router(tags=["conversations"])

type ViewName = Annotated[
    str, StringConstraints(min_length=1, max_length=rules.LONGEST_NAME), PLAIN
]


class ViewOut(Schema):
    """A saved view: give its `q` and `order` to the list."""

    id: int
    name: str
    q: str
    order: str
    share: str
    brand: str | None
    own: bool


class ViewChangeIn(Schema):
    """`share`: *me*, *team*, or *brand* with the slug of one that the person reads."""

    name: ViewName = Field(examples=["Late in Pennvale"])
    share: Share = Share.ME
    brand: ShortWords | None = None


class ViewIn(ViewChangeIn):
    """`q` as it is typed above the list. `share`: *me*, *team*, or *brand* with the slug of one
    that the person reads."""

    q: ShortWords = Field("", examples=["brand:pennvale is:late"])
    order: Order = Order.TIME_LEFT


class MentionOut(Schema):
    """A note that names the person; `seen`: they looked at the conversation since."""

    id: int
    message: int
    conversation: int
    brand: str
    platform: str
    name: str
    state: str
    by: str
    text: str
    at: datetime
    seen: bool


class MentionsOut(Schema):
    """The newest first."""

    mentions: list[MentionOut]
    next: str | None


class AskedMentions(Schema):
    cursor: ShortWords = ""
    limit: int = Field(50, ge=1, le=100)


@router.get("/views", response={200: list[ViewOut], **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def kept_views(request: HttpRequest) -> list[ViewOut]:
    """The person's own saved views, and those that are shared with them."""
    return list(_views(request).values())


@router.post("/views", response={201: ViewOut, **CHANGES})
@asks(Permission.READ_CONVERSATIONS)
def keep_view(request: HttpRequest, given: ViewIn) -> Status[ViewOut]:
    """Keep a line of words as a view of the person's own."""
    desk = caller(request)
    must_be_a_person(request)
    asked_for(request, given.q, where="body.q")
    with or_conflict(BadView):
        made = viewing.keep(
            viewer=desk.viewer,
            name=given.name,
            query=given.q,
            order=given.order,
            share=given.share,
            brand_id=_brand(request, given),
            now=desk.now,
        )
    return Status(HTTPStatus.CREATED, _views(request)[made])


@router.put("/views/{int:view_id}", response={200: ViewOut, **CHANGES})
@asks(Permission.READ_CONVERSATIONS)
def change_view(request: HttpRequest, view_id: int, given: ViewChangeIn) -> ViewOut:
    """Another name for one's own view, or others who see it."""
    desk = caller(request)
    _own(request, view_id)
    with or_conflict(BadView):
        viewing.change(
            viewer=desk.viewer,
            view_id=view_id,
            name=given.name,
            share=given.share,
            brand_id=_brand(request, given),
            now=desk.now,
        )
    return _views(request)[view_id]


@router.delete("/views/{int:view_id}", response={204: None, **CHANGES})
@asks(Permission.READ_CONVERSATIONS)
def delete_view(request: HttpRequest, view_id: int) -> Status[None]:
    """One's own view is gone for everybody who saw it; no conversation changes."""
    desk = caller(request)
    _own(request, view_id)
    viewing.delete(viewer=desk.viewer, view_id=view_id, now=desk.now)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/views/{int:view_id}/up", response={200: list[ViewOut], **CHANGES})
@asks(Permission.READ_CONVERSATIONS)
def view_up(request: HttpRequest, view_id: int) -> list[ViewOut]:
    """One's own view changes places with the one above it."""
    desk = caller(request)
    _own(request, view_id)
    viewing.move_up(viewer=desk.viewer, view_id=view_id, now=desk.now)
    return list(_views(request).values())


def _own(request: HttpRequest, view_id: int) -> None:
    """What others share may be opened, not changed."""
    must_be_a_person(request)
    viewer = caller(request).viewer
    if found(views.one(viewer, view_id)).person_id != viewer.id:
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "Only who made a view changes it. Keep one of your own instead.",
        )


def _brand(request: HttpRequest, given: ViewChangeIn) -> int | None:
    if given.share is not Share.BRAND:
        return None
    readable = views.known(caller(request).viewer).brands
    brand = next((one.id for one in readable if one.slug == given.brand), None)
    if brand is None:
        raise Unfit("body.brand", "Choose one of your brands to share it with.")
    return brand


def _views(request: HttpRequest) -> dict[int, ViewOut]:
    known = views.known(caller(request).viewer)
    slugs = {one.id: one.slug for one in known.brands}
    return {
        one.id: ViewOut(
            id=one.id,
            name=one.name,
            q=one.query,
            order=one.order,
            share=one.share,
            brand=slugs.get(one.brand) if one.brand else None,
            own=one.mine,
        )
        for one in known.views
    }


# --- Notes that name one ---------------------------------------------------------------------


@router.get("/mentions", response={200: MentionsOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def mentioned(request: HttpRequest, asked: Query[AskedMentions]) -> MentionsOut:
    """Notes that name the person, as far as they may still be read."""
    rows = queries_mentions.naming(
        caller(request).viewer, before=number_in(asked.cursor), limit=asked.limit + 1
    )
    shown, slugs = rows[: asked.limit], brand_slugs()
    return MentionsOut(
        mentions=[
            MentionOut(
                id=one.id,
                message=one.message_id,
                conversation=one.conversation_id,
                brand=slugs[one.brand_id],
                platform=one.platform,
                name=one.name,
                state=one.state,
                by=one.by,
                text=one.text,
                at=one.at,
                seen=one.seen,
            )
            for one in shown
        ],
        next=cursor_after(str(shown[-1].id)) if len(rows) > asked.limit else None,
    )


@router.post("/mentions/{int:mention_id}/read", response={204: None, **CHANGES})
@asks(Permission.READ_CONVERSATIONS)
def mention_read(request: HttpRequest, mention_id: int) -> Status[None]:
    """The person has read the conversation in which a note names them, as it stands."""
    rows = queries_mentions.naming(caller(request).viewer, before=mention_id + 1, limit=1)
    one = found(next((one for one in rows if one.id == mention_id), None))
    card = card_of(request, one.conversation_id)
    mark_read(request, card, card.revision)
    return Status(HTTPStatus.NO_CONTENT, None)
