"""Every address of the desk. Each view carries a gate (access.py); one without is refused."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from glede.web import access, errors, language
from glede.web.alerts import installing
from glede.web.api.page import page as api_page
from glede.web.health import health


@access.open_to_all("asks search engines to stay away from everything")
@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("glede.web.inbox.urls")),
    path("accounts/", include("glede.web.accounts.urls")),
    path("acknowledgements/", include("glede.web.acknowledgements.urls")),
    path("alerts/", include("glede.web.alerts.urls")),
    path("attachments/", include("glede.web.attachments.urls")),
    path("", include("glede.web.exports.urls")),
    path("api/", api_page, name="api-page"),
    path("api/v1/", include("glede.web.api.urls")),
    path("capture/", include("glede.web.capture.urls")),
    path("calendars/", include("glede.web.calendars.urls")),
    path("channels/", include("glede.web.channels.urls")),
    path("go/", include("glede.web.go.urls")),
    path("health/", health, name="health"),
    path("intake/", include("glede.web.intake.urls")),
    path("me/", include("glede.web.me.urls")),
    path("people/", include("glede.web.people.urls")),
    path("platforms/", include("glede.web.platforms.urls")),
    path("policy/import/", include("glede.web.policy_import.urls")),
    path("policy/clauses/", include("glede.web.clauses.urls")),
    path("policy/rehearsal/", include("glede.web.rehearsal.urls")),
    path("policy/", include("glede.web.policy.urls")),
    path("rota/", include("glede.web.rota.urls")),
    path("search/", include("glede.web.search.urls")),
    path("texts/", include("glede.web.texts.urls")),
    path("sharing/", include("glede.web.sharing.urls")),
    path("tokens/", include("glede.web.tokens.urls")),
    path("webhooks/", include("glede.web.webhooks.urls")),
    path("wall/", include("glede.web.wall.urls")),
    path("", include("glede.web.visitor.urls")),
    path("manifest.webmanifest", installing.manifest, name="manifest"),
    path("sw.js", installing.service_worker, name="service-worker"),
    path("words/<slug:code>.js", language.script_words, name="script-words"),
    path("robots.txt", robots, name="robots"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many  # asked for by allauth's rate limits
handler500 = errors.our_fault
