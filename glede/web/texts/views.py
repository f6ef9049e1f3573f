"""Texts to write with: the desk's, for those who keep a brand's words, and everybody's snippets."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.replies import queries_texts as queries
from glede.desk.replies import queries_voices, texts
from glede.desk.replies.texts import BadText, Text
from glede.flow import texts as flow
from glede.kit.words import say, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.queries import Brand
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, needs
from glede.web.texts.forms import SnippetForm, TextForm, VoiceForm

_EVERY = say("Every brand")


@dataclass(frozen=True, slots=True)
class Row:
    of: Text
    use: str
    brand: str
    language: str
    url: str
    #: May this person change it?
    mine: bool


def _mine(request: DeskRequest) -> list[Brand]:
    """The brands whose words this person keeps."""
    held = request.viewer.brands_for(Permission.MANAGE_TEXTS)
    return [one for one in brands.all_brands() if held is None or one.pk in held]


def _keeps_all(request: DeskRequest) -> bool:
    return request.viewer.brands_for(Permission.MANAGE_TEXTS) is None


def _rows(request: DeskRequest, found: tuple[Text, ...]) -> list[Row]:
    names = {one.pk: one.name for one in brands.all_brands(archived=True)}
    return [
        Row(
            of=one,
            use=texts.USE_WORDS[one.use],
            brand=names.get(one.brand_id or 0, _EVERY),
            language=texts.LANGUAGES.get(one.language, one.language),
            url=reverse("texts:snippet" if one.owner_id else "texts:text", args=[one.id]),
            mine=one.owner_id == request.viewer.id
            or (one.owner_id is None and request.viewer.may(Permission.MANAGE_TEXTS, one.brand_id)),
        )
        for one in found
    ]


@needs(Permission.MANAGE_TEXTS)
@require_safe
def every(request: DeskRequest) -> HttpResponse:
    kept = _mine(request)
    of = None if _keeps_all(request) else frozenset(one.pk for one in kept)
    said = queries_voices.voices()
    content = {
        "rows": _rows(request, queries.managed(of)),
        "voices": [(one, said[one.pk]) for one in kept],
        "offered": texts.offered(),
        "new_url": reverse("texts:new"),
        "own": False,
    }
    return render(request, "texts/list.html", content)


@needs(Permission.REPLY)
@require_safe
def mine(request: DeskRequest) -> HttpResponse:
    content = {
        "rows": _rows(request, queries.snippets(request.viewer.id)),
        "offered": texts.offered(),
        "new_url": reverse("texts:new-snippet"),
        "own": True,
    }
    return render(request, "texts/list.html", content)


# --- The desk's ------------------------------------------------------------------------------


@needs(Permission.MANAGE_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    form = TextForm(request.POST or None, brands=_choices(request))
    return _written(request, form, None)


@needs(Permission.MANAGE_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: DeskRequest, text_id: int) -> HttpResponse:
    one = _kept(request, text_id)
    first = {**_first(one), "use": one.use.value, "brand": str(one.brand_id or "")}
    form = TextForm(request.POST or None, initial=first, brands=_choices(request))
    return _written(request, form, one)


def _choices(request: DeskRequest) -> list[tuple[str, str]]:
    of_all = [("", _EVERY)] if _keeps_all(request) else []
    return [*of_all, *((str(one.pk), one.name) for one in _mine(request))]


def _kept(request: DeskRequest, text_id: int) -> Text:
    """A text of the desk's that this person may change; what one may not see is not there."""
    one = queries.text(text_id)
    held = request.viewer.brands_for(Permission.MANAGE_TEXTS)
    if one is None or one.owner_id is not None or (held is not None and one.brand_id not in held):
        raise Http404("There is no such text.")
    return one


# --- One's own -------------------------------------------------------------------------------


@needs(Permission.REPLY)
@require_http_methods(["GET", "HEAD", "POST"])
def new_snippet(request: DeskRequest) -> HttpResponse:
    return _written(request, SnippetForm(request.POST or None), None)


@needs(Permission.REPLY)
@require_http_methods(["GET", "HEAD", "POST"])
def snippet(request: DeskRequest, text_id: int) -> HttpResponse:
    one = _own(request, text_id)
    return _written(request, SnippetForm(request.POST or None, initial=_first(one)), one)


def _own(request: DeskRequest, text_id: int) -> Text:
    one = queries.text(text_id)
    if one is None or one.owner_id != request.viewer.id:
        raise Http404("There is no such text.")
    return one


# --- Both ------------------------------------------------------------------------------------


def _first(one: Text) -> dict[str, Any]:
    return {"title": one.title, "language": one.language, "words": one.words}


def _written(request: DeskRequest, form: SnippetForm, one: Text | None) -> HttpResponse:
    own = not isinstance(form, TextForm)
    if request.method == "POST" and form.is_valid():
        try:
            flow.write(
                viewer=request.viewer,
                text_id=one.id if one else None,
                own=own,
                wording=form.wording(),
                now=request.now,
            )
        except BadText as error:
            form.add_error("words", told(error))
        else:
            return HttpResponseRedirect(_list(own=own))
    content = {
        "form": form,
        "text": one,
        "own": own,
        "back": _list(own=own),
        "variables": texts.VARIABLES.items(),
        "versions": queries.versions(one.id) if one else (),
    }
    return render(request, "texts/text.html", content, status=422 if form.errors else 200)


def _list(*, own: bool) -> str:
    return reverse("texts:mine" if own else "texts:list")


@needs(Permission.MANAGE_TEXTS)
@require_POST
def archive(request: DeskRequest, text_id: int) -> HttpResponse:
    return _archived(request, _kept(request, text_id))


@needs(Permission.REPLY)
@require_POST
def archive_snippet(request: DeskRequest, text_id: int) -> HttpResponse:
    return _archived(request, _own(request, text_id))


def _archived(request: DeskRequest, one: Text) -> HttpResponse:
    """Put it away, or bring it back: each undoes the other."""
    try:
        if one.archived:
            flow.bring_back(viewer=request.viewer, text_id=one.id, now=request.now)
        else:
            flow.archive(viewer=request.viewer, text_id=one.id, now=request.now)
    except BadText as error:
        messages.warning(request, told(error))
    return HttpResponseRedirect(_list(own=one.owner_id is not None))


@needs(Permission.MANAGE_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def voice(request: DeskRequest, slug: str) -> HttpResponse:
    """What is a brand's own."""
    one = next((one for one in brands.all_brands() if one.slug == slug), None)
    if one is None:
        raise Http404("There is no such brand.")
    if not request.viewer.may(Permission.MANAGE_TEXTS, one.pk):
        raise NotYoursError(say("Your roles for this brand do not include its texts."))
    kept = queries_voices.voice(one.pk)
    first = {
        "link": kept.link,
        "phone": kept.phone,
        "email": kept.email,
        "also": "\n".join(kept.also),
        "phrases": "\n".join(kept.phrases),
    }
    form = VoiceForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            flow.speak(
                viewer=request.viewer, brand_id=one.pk, voice=form.voice(one.name), now=request.now
            )
        except BadText as error:
            form.add_error(None, told(error))
        else:
            return HttpResponseRedirect(_list(own=False))
    content = {"brand": one, "form": form, "back": _list(own=False)}
    return render(request, "texts/voice.html", content, status=422 if form.errors else 200)
