"""Texts to write with, snippets, a brand's own words, and what it says by itself, over the API."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.replies import acknowledging, queries_voices, texts
from glede.desk.replies import queries as replies
from glede.desk.replies import queries_texts as queries
from glede.desk.replies.texts import BadText, Text, Use, Wording
from glede.desk.replies.voices import Voice
from glede.flow import acknowledging as automatic
from glede.flow import texts as flow
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.queries import Brand
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Refused,
    asks,
    caller,
    must,
    or_conflict,
)
from glede.web.api.shapes import PLAIN, ShortWords, Words, brand_named, brand_slugs

router = Router(tags=["texts"])

type Title = Annotated[str, StringConstraints(min_length=1, max_length=texts.LONGEST_TITLE), PLAIN]
type Language = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(texts.LANGUAGES)})$")]
type Number = Annotated[str, StringConstraints(max_length=40), PLAIN]
type Mail = Annotated[str, StringConstraints(max_length=200), PLAIN]


class SnippetIn(Schema):
    """Words with variables such as `{{first name}}`; `language` by its letters of ISO 639."""

    title: Title = Field(examples=["A roofer comes"])
    words: Words = Field(examples=["Hello {{first name}}, a roofer comes tomorrow."])
    language: Language = "en"


class TextIn(SnippetIn):
    """`use`: *reply*, or the moment for which it is the brand's own sentence. Without a `brand` it
    is for every brand, which takes who keeps the words of all of them."""

    use: Use = Use.REPLY
    brand: ShortWords | None = None


class KeptTextOut(Schema):
    """A text as it stands now; `used` counts how often somebody wrote with it."""

    id: int
    title: str
    words: str
    language: str
    use: str
    brand: str | None
    own: bool
    version: int
    used: int
    archived: bool


class VoiceIn(Schema):
    """What is a brand's own: where one writes to it and rings it, further addresses that may stand
    in public, and the phrases by which people know it."""

    link: ShortWords = ""
    phone: Number = ""
    email: Mail = ""
    also: list[ShortWords] = Field(default_factory=list, max_length=100)
    phrases: list[ShortWords] = Field(default_factory=list, max_length=100)


class VoiceOut(VoiceIn):
    brand: str


class AutomaticIn(Schema):
    """What a brand says by itself out of hours; an empty number is the policy's."""

    text: Words = Field(examples=["Thank you. We are closed, and answer from {opening}."])
    emergency_number: Annotated[str, StringConstraints(pattern=r"^[0-9 +()]{0,30}$")] = ""


class AutomaticOut(AutomaticIn):
    """`preview` is as it would go out now; version 0 is the desk's own words."""

    brand: str
    version: int
    preview: str
    changed_at: datetime | None
    changed_by: str


# --- The desk's ------------------------------------------------------------------------------


@router.get("/texts", response={200: list[KeptTextOut], **REFUSALS})
@asks(Permission.MANAGE_TEXTS)
def kept_texts(request: HttpRequest) -> list[KeptTextOut]:
    """The texts of the brands whose words the person keeps, archived ones too."""
    return _texts(queries.managed(caller(request).viewer.brands_for(Permission.MANAGE_TEXTS)))


@router.post("/texts", response={201: KeptTextOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def write_text(request: HttpRequest, given: TextIn) -> Status[KeptTextOut]:
    """A new text of the desk's."""
    return Status(HTTPStatus.CREATED, _write(request, None, _wording(request, given)))


@router.put("/texts/{int:text_id}", response={200: KeptTextOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def rewrite_text(request: HttpRequest, text_id: int, given: TextIn) -> KeptTextOut:
    """The next version of a text."""
    return _write(request, _desks(request, text_id).id, _wording(request, given))


@router.delete("/texts/{int:text_id}", response={200: KeptTextOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def archive_text(request: HttpRequest, text_id: int) -> KeptTextOut:
    """Put a text away: nobody is offered it any more."""
    return _archive(request, _desks(request, text_id))


@router.post("/texts/{int:text_id}/back", response={200: KeptTextOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def text_back(request: HttpRequest, text_id: int) -> KeptTextOut:
    """Bring an archived text back."""
    return _bring_back(request, _desks(request, text_id))


# --- One's own -------------------------------------------------------------------------------


@router.get("/snippets", response={200: list[KeptTextOut], **REFUSALS})
@asks(Permission.REPLY)
def snippets(request: HttpRequest) -> list[KeptTextOut]:
    """The person's own texts, archived ones too."""
    return _texts(queries.snippets(caller(request).viewer.id))


@router.post("/snippets", response={201: KeptTextOut, **CHANGES})
@asks(Permission.REPLY)
def write_snippet(request: HttpRequest, given: SnippetIn) -> Status[KeptTextOut]:
    """A new text of the person's own."""
    return Status(HTTPStatus.CREATED, _write(request, None, _own_wording(given), own=True))


@router.put("/snippets/{int:text_id}", response={200: KeptTextOut, **CHANGES})
@asks(Permission.REPLY)
def rewrite_snippet(request: HttpRequest, text_id: int, given: SnippetIn) -> KeptTextOut:
    """The next version of one's own text."""
    return _write(request, _own(request, text_id).id, _own_wording(given), own=True)


@router.delete("/snippets/{int:text_id}", response={200: KeptTextOut, **CHANGES})
@asks(Permission.REPLY)
def archive_snippet(request: HttpRequest, text_id: int) -> KeptTextOut:
    """Put one's own text away."""
    return _archive(request, _own(request, text_id))


@router.post("/snippets/{int:text_id}/back", response={200: KeptTextOut, **CHANGES})
@asks(Permission.REPLY)
def snippet_back(request: HttpRequest, text_id: int) -> KeptTextOut:
    """Bring one's own archived text back."""
    return _bring_back(request, _own(request, text_id))


# --- What is a brand's own -------------------------------------------------------------------


@router.get("/brands/{str:slug}/voice", response={200: VoiceOut, **REFUSALS})
@asks(Permission.MANAGE_TEXTS)
def voice(request: HttpRequest, slug: str) -> VoiceOut:
    """A brand's addresses, numbers and turns of phrase."""
    return _voice(_brand(request, slug))


@router.put("/brands/{str:slug}/voice", response={200: VoiceOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def speak(request: HttpRequest, slug: str, given: VoiceIn) -> VoiceOut:
    """Write down what is a brand's own."""
    desk, brand = caller(request), _brand(request, slug)
    kept = Voice(
        brand.name,
        given.link,
        given.phone,
        given.email,
        tuple(given.also),
        tuple(given.phrases),
    )
    with or_conflict(BadText):
        flow.speak(viewer=desk.viewer, brand_id=brand.pk, voice=kept, now=desk.now)
    return _voice(brand)


@router.get("/brands/{str:slug}/acknowledgement", response={200: AutomaticOut, **REFUSALS})
@asks(Permission.MANAGE_TEXTS)
def acknowledgement(request: HttpRequest, slug: str) -> AutomaticOut:
    """What a brand says by itself out of hours (clause 6.7)."""
    return _automatic(request, _brand(request, slug))


@router.put("/brands/{str:slug}/acknowledgement", response={200: AutomaticOut, **CHANGES})
@asks(Permission.MANAGE_TEXTS)
def change_acknowledgement(request: HttpRequest, slug: str, given: AutomaticIn) -> AutomaticOut:
    """A brand says this by itself from now on."""
    desk, brand = caller(request), _brand(request, slug)
    with or_conflict(acknowledging.BadText):
        automatic.write_text(
            viewer=desk.viewer,
            brand_id=brand.pk,
            text=given.text,
            emergency_number=given.emergency_number,
            now=desk.now,
        )
    return _automatic(request, brand)


# --- What operations share -------------------------------------------------------------------


def _brand(request: HttpRequest, slug: str) -> Brand:
    brand = found(next((one for one in brands.all_brands() if one.slug == slug), None))
    must(request, Permission.MANAGE_TEXTS, brand.pk)
    return brand


def _desks(request: HttpRequest, text_id: int) -> Text:
    """A text of the desk's that the person may change; what they may not see is not there."""
    one = queries.text(text_id)
    held = caller(request).viewer.brands_for(Permission.MANAGE_TEXTS)
    if one is None or one.owner_id is not None or (held is not None and one.brand_id not in held):
        raise Http404("There is no such text.")
    return one


def _own(request: HttpRequest, text_id: int) -> Text:
    one = queries.text(text_id)
    if one is None or one.owner_id != caller(request).viewer.id:
        raise Http404("There is no such text.")
    return one


def _wording(request: HttpRequest, given: TextIn) -> Wording:
    """As it would be kept. Raises `Refused` for a brand whose words the person does not keep."""
    brand_id = brand_named(given.brand)
    held = caller(request).viewer.brands_for(Permission.MANAGE_TEXTS)
    if held is not None and brand_id not in held:
        raise Refused(
            HTTPStatus.FORBIDDEN, "This token does not keep the words of that brand: name another."
        )
    return Wording(brand_id, given.use, given.language, given.title, given.words)


def _own_wording(given: SnippetIn) -> Wording:
    return Wording(None, Use.REPLY, given.language, given.title, given.words)


def _write(
    request: HttpRequest, text_id: int | None, wording: Wording, *, own: bool = False
) -> KeptTextOut:
    desk = caller(request)
    with or_conflict(BadText):
        kept = flow.write(
            viewer=desk.viewer, text_id=text_id, own=own, wording=wording, now=desk.now
        )
    return _now(kept)


def _archive(request: HttpRequest, one: Text) -> KeptTextOut:
    desk = caller(request)
    flow.archive(viewer=desk.viewer, text_id=one.id, now=desk.now)
    return _now(one.id)


def _bring_back(request: HttpRequest, one: Text) -> KeptTextOut:
    desk = caller(request)
    with or_conflict(BadText):
        flow.bring_back(viewer=desk.viewer, text_id=one.id, now=desk.now)
    return _now(one.id)


def _now(text_id: int) -> KeptTextOut:
    return _texts((found(queries.text(text_id)),))[0]


def _texts(those: tuple[Text, ...]) -> list[KeptTextOut]:
    slugs = brand_slugs()
    return [
        KeptTextOut(
            id=one.id,
            title=one.title,
            words=one.words,
            language=one.language,
            use=one.use,
            brand=slugs[one.brand_id] if one.brand_id else None,
            own=one.owner_id is not None,
            version=one.version,
            used=one.used,
            archived=one.archived,
        )
        for one in those
    ]


def _voice(brand: Brand) -> VoiceOut:
    kept = queries_voices.voice(brand.pk)
    return VoiceOut(
        brand=brand.slug,
        link=kept.link,
        phone=kept.phone,
        email=kept.email,
        also=list(kept.also),
        phrases=list(kept.phrases),
    )


def _automatic(request: HttpRequest, brand: Brand) -> AutomaticOut:
    kept = replies.text_of(brand.pk)
    return AutomaticOut(
        brand=brand.slug,
        text=kept.text,
        emergency_number=kept.emergency_number,
        version=kept.version,
        preview=automatic.preview(brand_id=brand.pk, now=caller(request).now),
        changed_at=kept.created_at,
        changed_by=kept.created_by,
    )
