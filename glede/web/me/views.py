"""My settings: how the desk looks to me, my keys, where I am signed in."""

from typing import cast

from django import forms
from django.conf import settings as configured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import DENSITIES, THEMES, Preferences
from glede.web import access, language, shell
from glede.web.access import DeskRequest
from glede.web.accounts import sessions

_YEAR_SECONDS = 365 * 24 * 3600
_own = access.signed_in("everybody sets their own screen")


class LookForm(forms.Form):
    """Any of them may be left out: the rest stays as it is."""

    theme = forms.ChoiceField(choices=[(name, name) for name in THEMES], required=False)
    density = forms.ChoiceField(choices=[(name, name) for name in DENSITIES], required=False)
    single_keys = forms.ChoiceField(choices=[("on", "on"), ("off", "off")], required=False)
    language = forms.ChoiceField(choices=configured.LANGUAGES, required=False)

    def over(self, now: shell.Shell) -> Preferences:
        """What was chosen, and for the rest what is set now."""
        chosen = self.cleaned_data
        keys = chosen["single_keys"]
        return Preferences(
            theme=chosen["theme"] or now.theme,
            density=chosen["density"] or now.density,
            single_keys=keys == "on" if keys else now.single_keys,
            language=chosen["language"] or now.language,
        )


@_own
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "me/settings.html",
        {
            "themes": (
                ("system", gettext("As the device")),
                ("light", gettext("Light")),
                ("dark", gettext("Dark")),
                ("contrast", gettext("High contrast")),
            ),
            "densities": (
                ("compact", gettext("Compact, 44 px")),
                ("comfortable", gettext("Comfortable, 60 px")),
                ("roomy", gettext("Roomy, 76 px")),
            ),
            "languages": [(code, language.tag(code), name) for code, name in configured.LANGUAGES],
        },
    )


@_own
@require_POST
def look(request: HttpRequest) -> HttpResponseBase:
    form = LookForm(request.POST)
    if not form.is_valid():
        return HttpResponse(gettext("There is no such theme, density or language."), status=422)
    preferences = form.over(shell.Shell(request))
    people.prefer(person_id=cast(DeskRequest, request).viewer.id, preferences=preferences)
    response = redirect("me:settings")
    # Pages signed out follow what was chosen last on this device.
    for name, value in (("theme", preferences.theme), ("density", preferences.density)):
        response.set_cookie(
            f"glede-{name}", value, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True
        )
    return response


@_own
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    return render(request, "me/sessions.html", {"sessions": sessions.of(request)})


@_own
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    access.found(sessions.end(request, pk) or None)
    return redirect("me:sessions")


@_own
@require_POST
def end_everywhere(request: HttpRequest) -> HttpResponseBase:
    sessions.end_everywhere(request)
    return redirect("account_login")
