"""What each brand says by itself out of hours: read it, change it, send it to oneself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.replies import acknowledging, queries
from glede.desk.replies.queries import TextNow
from glede.flow import acknowledging as flow
from glede.kit import clock
from glede.kit.words import say, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, needs
from glede.web.inbox.forms import TextForm


@dataclass(frozen=True, slots=True)
class BrandView:
    id: int
    slug: str
    name: str
    text: TextNow
    preview: str
    has_number: bool
    last: datetime | None


def _views(request: DeskRequest) -> list[BrandView]:
    mine = request.viewer.brands_for(Permission.MANAGE_TEXTS)
    return [
        BrandView(
            id=one.pk,
            slug=one.slug,
            name=one.name,
            text=(text := queries.text_of(one.pk)),
            preview=flow.preview(brand_id=one.pk, now=request.now),
            has_number=bool(text.emergency_number or flow.number_of_policy(now=request.now)),
            last=queries.last_sent_at(one.pk),
        )
        for one in brands.all_brands()
        if mine is None or one.pk in mine
    ]


def _brand(request: DeskRequest, slug: str) -> BrandView:
    if slug not in {one.slug for one in brands.all_brands()}:
        raise Http404("There is no such brand.")
    for one in _views(request):
        if one.slug == slug:
            return one
    raise NotYoursError(say("Your roles for this brand do not include its texts."))


@needs(Permission.MANAGE_TEXTS)
@require_safe
def every(request: DeskRequest) -> HttpResponse:
    which, within = flow.in_words(now=request.now)
    content = {
        "brands": _views(request),
        "which": which,
        "within": clock.duration_words(within or timedelta()),
    }
    return render(request, "acknowledgements/list.html", content)


@needs(Permission.MANAGE_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: DeskRequest, slug: str) -> HttpResponse:
    one = _brand(request, slug)
    first = {"text": one.text.text, "emergency_number": one.text.emergency_number}
    form = TextForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            flow.write_text(
                viewer=request.viewer,
                brand_id=one.id,
                text=form.cleaned_data["text"],
                emergency_number=form.cleaned_data["emergency_number"],
                now=request.now,
            )
        except acknowledging.BadText as error:
            form.add_error("text", told(error))
        else:
            messages.success(request, f"{one.name} says this from now on.")
            return HttpResponseRedirect(reverse("acknowledgements:brand", args=[slug]))
    content = {
        "brand": one,
        "form": form,
        "preview": one.preview,
        "versions": queries.texts_of(one.id),
        "email": people.person(request.viewer.id).email,
    }
    return render(
        request, "acknowledgements/brand.html", content, status=422 if form.errors else 200
    )


@needs(Permission.MANAGE_TEXTS)
@require_POST
def test(request: DeskRequest, slug: str) -> HttpResponse:
    """Send the text to oneself, as it would go out now."""
    one = _brand(request, slug)
    try:
        to = flow.test(viewer=request.viewer, brand_id=one.id, now=request.now)
    except flow.NotSent as error:
        messages.warning(request, told(error))
    else:
        messages.success(request, f"A mail server took it for {to}.")
    return HttpResponseRedirect(reverse("acknowledgements:brand", args=[slug]))
