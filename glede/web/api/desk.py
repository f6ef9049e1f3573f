"""The rest of what screens show: brands, colleagues, accounts, search."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from glede.desk.health import queries as health
from glede.desk.search import queries as searching
from glede.desk.search import rules as search_rules
from glede.platforms import registry
from glede.rulebook.brands import queries as brand_queries
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import REFUSALS, asks, caller
from glede.web.api.conversations import PersonOut
from glede.web.api.shapes import Id, ShortWords

router = Router(tags=["desk"])


class BrandOut(Schema):
    id: int
    slug: str
    name: str
    code: str
    archived: bool


class AccountOut(Schema):
    """An account and how it is: `words` are what is wrong, the worst first, or *well*."""

    id: int
    brand: str
    platform: str
    handle: str
    state: str
    reason: str
    words: list[str]
    connected_at: datetime
    last_event_at: datetime | None
    ends_at: datetime | None
    blind_since: datetime | None
    oldest_unsent_at: datetime | None


class AskedSearch(Schema):
    """`q` as it is typed into the search of the desk; `after` from the page before."""

    q: ShortWords
    after: Id | None = None


class HitOut(Schema):
    """`matches` are where in `text` it was found: first letter, and the one after the last."""

    message: int
    conversation: int
    direction: str
    at: datetime
    private: bool
    name: str
    author: str
    platform: str
    brand: str
    settled: bool
    text: str
    matches: list[tuple[int, int]]


class FoundPersonOut(Schema):
    contact: int
    name: str
    handle: str
    platform: str
    last_conversation: int
    last_at: datetime
    conversations: int


class FoundOut(Schema):
    """`remarks` say what of the question was not understood."""

    hits: list[HitOut]
    people: list[FoundPersonOut]
    remarks: list[str]
    after: int | None


@router.get("/brands", response={200: list[BrandOut], **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def every_brand(request: HttpRequest) -> list[BrandOut]:
    """The brands whose conversations this token reads."""
    return [
        BrandOut(
            id=one.pk,
            slug=one.slug,
            name=one.name,
            code=one.code,
            archived=one.archived_at is not None,
        )
        for one in _readable(request)
    ]


@router.get("/brands/{str:slug}/colleagues", response={200: list[PersonOut], **REFUSALS})
@asks(Permission.WORK_CONVERSATIONS)
def colleagues(request: HttpRequest, slug: str) -> list[PersonOut]:
    """Who may be given a conversation of this brand."""
    desk = caller(request)
    brand = found(next((one for one in _readable(request) if one.slug == slug), None))
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=brand.pk, now=desk.now)
    return [PersonOut(id=one.id, name=one.name) for one in may]


@router.get("/accounts", response={200: list[AccountOut], **REFUSALS})
@asks(Permission.READ_INTAKE)
def accounts(request: HttpRequest) -> list[AccountOut]:
    """Every account in use and how it is."""
    slugs = {one.pk: one.slug for one in brand_queries.all_brands(archived=True)}
    return [
        AccountOut(
            id=one.account.pk,
            brand=slugs[one.account.brand_id],
            platform=one.account.platform,
            handle=one.account.handle,
            state=one.account.state,
            reason=one.account.state_reason,
            words=[word.value for word in one.words],
            connected_at=one.account.connected_at,
            last_event_at=one.account.last_event_at,
            ends_at=one.account.ends_at,
            blind_since=min((spell.from_at for spell in one.blind), default=None),
            oldest_unsent_at=one.oldest_unsent_at,
        )
        for one in health.every(now=caller(request).now)
    ]


@router.get("/search", response={200: FoundOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def search(request: HttpRequest, asked: Query[AskedSearch]) -> FoundOut:
    """What was said and by whom, the newest first; people on the first page."""
    desk = caller(request)
    slugs = {one.pk: one.slug for one in _readable(request)}
    ids = {slug: key for key, slug in slugs.items()}
    read = search_rules.read(asked.q, brands=frozenset(ids), platforms=frozenset(registry.slugs()))
    hits = searching.messages(read, desk.viewer, brands=ids, after=asked.after)
    those = searching.people(read, desk.viewer, brands=ids) if asked.after is None else ()
    return FoundOut(
        hits=[_hit(one, slugs) for one in hits.hits],
        people=[
            FoundPersonOut(
                contact=one.contact_id,
                name=one.name,
                handle=one.handle,
                platform=one.platform,
                last_conversation=one.conversation_id,
                last_at=one.last_at,
                conversations=one.conversations,
            )
            for one in those
        ],
        remarks=list(read.remarks),
        after=hits.after,
    )


def _hit(of: searching.Hit, slugs: dict[int, str]) -> HitOut:
    text, matches = unmarked(of.text)
    return HitOut(
        message=of.message_id,
        conversation=of.conversation_id,
        direction=of.direction,
        at=of.at,
        private=of.private,
        name=of.name,
        author=of.author,
        platform=of.platform,
        brand=slugs[of.brand_id],
        settled=of.settled,
        text=text,
        matches=matches,
    )


def unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The words without the marks around what matched, and where they were."""
    plain, matches = "", []
    for number, piece in enumerate(text.split(searching.OPENS)):
        matched, closes, rest = piece.partition(searching.CLOSES)
        if number and closes:
            matches.append((len(plain), len(plain) + len(matched)))
        plain += matched + rest
    return plain, matches


def _readable(request: HttpRequest) -> list[brand_queries.Brand]:
    viewer = caller(request).viewer
    return [
        one
        for one in brand_queries.all_brands(archived=True)
        if viewer.may(Permission.READ_CONVERSATIONS, one.pk)
    ]
