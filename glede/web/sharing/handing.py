"""The end of a shift: what is still one's own goes back, or to a colleague."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from glede.flow import sharing
from glede.flow.undoing import Kept
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import page
from glede.web.sharing.forms import HandOverForm


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def give_back(request: DeskRequest) -> HttpResponse:
    kept, _ = sharing.give_back(viewer=request.viewer, now=request.now)
    return _home(request, kept)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def hand_over_all(request: DeskRequest) -> HttpResponse:
    able = colleagues(request, brand_id=None)
    form = HandOverForm(request.POST, people=[(str(one), name) for one, name in able])
    if not form.is_valid():
        messages.warning(request, gettext("Nothing was handed over: choose a colleague."))
        return HttpResponseRedirect(reverse("rota:home"))
    kept, _ = sharing.hand_over_all(
        viewer=request.viewer,
        to=people.viewer(form.cleaned_data["to"], now=request.now),
        note=form.cleaned_data["note"],
        now=request.now,
    )
    return _home(request, kept)


def colleagues(request: DeskRequest, *, brand_id: int | None) -> list[tuple[int, str]]:
    """Everybody else who may work for the brand, or for any, by name."""
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=brand_id, now=request.now)
    return [(one.id, one.name) for one in may if one.id != request.viewer.id]


def _home(request: DeskRequest, kept: Kept | None) -> HttpResponse:
    page.offer(request, kept)
    if kept is None:
        messages.warning(request, gettext("Nothing was changed: none of it could go there."))
    return HttpResponseRedirect(reverse("rota:home"))
