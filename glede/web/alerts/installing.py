"""The desk as an app on a phone: its manifest, and the script that hears pushes."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from glede.web import access

_SIZES = (192, 512)


@access.open_to_all("a browser fetches it without a session; it names nobody")
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """https://www.w3.org/TR/appmanifest/: what Chromium asks of an app that can be installed."""
    icons = [
        {
            "src": static(f"glede/app-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in _SIZES
        for purpose in ("any", "maskable")
    ]
    return JsonResponse(
        {
            "id": "/",
            "name": "Glede",
            "short_name": "Glede",
            "description": "A social-media desk with the policy built in",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "lang": "en-GB",
            "background_color": "#1b2230",
            "theme_color": "#1b2230",
            "icons": icons,
            "shortcuts": [{"name": "Alerts", "url": "/alerts/"}],
        },
        content_type="application/manifest+json",
    )


@access.open_to_all("a browser fetches it without a session; it holds nothing of anybody")
@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, so that it may hear pushes for the whole desk."""
    return render(request, "alerts/sw.js", content_type="text/javascript; charset=utf-8")
