"""Words that came after a session had ended, before whoever wrote them; nothing was sent yet."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glede.web import access
from glede.web.access import DeskRequest
from glede.web.accounts import kept

_own = access.signed_in("everybody finds their own words again, and nobody else's")


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """The form with what was typed; a POST throws it away."""
    person_id = cast(DeskRequest, request).viewer.id
    found = kept.of(person_id)
    if found is None:
        return redirect("inbox:list")
    if request.method == "POST":
        kept.drop(person_id)
        return redirect(found.back)
    return render(request, "me/words.html", {"kept": found})
