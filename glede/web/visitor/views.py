"""The form (page and iframe) and the private page. No cookie, no session: a ticket instead.

Rendered without the request, so that nothing of the desk (session, CSRF token, who is signed in)
can reach a page that others frame.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.csp import CSP, build_policy
from django.views.decorators.http import require_safe

from glede.desk.conversations import visitor
from glede.desk.intake import queries as intake
from glede.desk.outbox import queries as outbox
from glede.kit import clock, crypto, tickets
from glede.web import access
from glede.web.language import tag
from glede.web.visitor import language
from glede.web.visitor import site as sites
from glede.web.visitor.site import Site

_PURPOSE = "website-form"
_LONGEST_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Said:
    """One message on the private page."""

    ours: bool
    text: str
    at: datetime
    deleted: bool = False


@access.open_to_all("a website's visitors have no account here")
@require_safe
def form(request: HttpRequest, key: str) -> HttpResponse:
    site = sites.by_key(key)
    if site is None:
        return _gone(request)
    now = clock.now()
    content = {
        "framed": request.GET.get("in") == "frame",
        "page": request.GET.get("page", "")[:_LONGEST_PAGE].replace("\0", ""),
        "promise": partial(sites.promise, at=now),
        **_ticket(site, thread="", now=now),
    }
    return _answer(request, "visitor/form.html", site, content)


@access.open_to_all("a website's visitors have no account here")
@require_safe
def thanks(request: HttpRequest, key: str) -> HttpResponse:
    site = sites.by_key(key)
    if site is None:
        return _gone(request)
    return _answer(request, "visitor/thanks.html", site, {})


@access.open_to_all("a script for the brand's own site; it holds nothing secret")
@require_safe
def embed(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001 - the same for everybody
    site = sites.by_key(key)
    if site is None:
        return HttpResponseNotFound("// No website has this key.\n", content_type="text/javascript")
    address = settings.GLEDE_BASE_URL + reverse("visitor:form", args=[site.key])
    script = render_to_string(
        "visitor/embed.js",
        {"address": json.dumps(address), "title": json.dumps(f"Write to {site.name}")},
    )
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    # The default keeps a resource to our own origin; this one is made for others.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "public, max-age=300"
    return response


@access.open_to_all("the link's 192 random bits are the key to this page")
@require_safe
def private(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    page = visitor.page(token_hash=crypto.token_hash(token), now=now)
    if page is None:
        return _not_read_yet(request, token, request.GET.get("m", ""), now=now)
    site = sites.by_slug(page.app_slug)
    if site is None:
        return _gone(request)
    said = [Said(line.ours, line.text, line.at, line.deleted) for line in page.lines]
    said += [
        Said(ours=True, text=one.text, at=one.release_at) for one in outbox.standing(page.thread_id)
    ]
    content = {
        "said": said,
        "name": page.name,
        "expires_at": page.expires_at,
        "waits": bool(said) and not said[-1].ours,
        "promise": partial(sites.promise, at=now),
        **_ticket(site, thread=page.thread, now=now),
    }
    answer = _answer(request, "visitor/private.html", site, content, known=page.language)
    return _secret(answer)


def _not_read_yet(request: HttpRequest, token: str, kept_as: str, *, now: datetime) -> HttpResponse:
    """Kept by the door, not yet read by the worker: a moment, or longer if the worker is away."""
    found = intake.kept(app_ids=sites.app_ids(), key=f"form:{kept_as}") if kept_as else None
    if found is None:
        return _gone(request)
    app_id, at = found
    slug = sites.slug_of(app_id)
    ours = crypto.token("visitor", slug, kept_as.partition(".")[0])
    site = sites.by_slug(slug)
    if site is None or not hmac.compare_digest(ours.encode(), token.encode()):
        return _gone(request)
    content = {"at": at, "promise": partial(sites.promise, at=now)}
    return _secret(_answer(request, "visitor/arrived.html", site, content))


def _ticket(site: Site, *, thread: str, now: datetime) -> dict[str, str]:
    """What a form of ours carries; made for this website and this thread alone."""
    ticket = tickets.issue(_PURPOSE, site.slug, thread, until=now + site.open_for)
    return {"ticket": ticket, "thread": thread, "action": f"/hooks/website/{site.slug}"}


def _said(
    request: HttpRequest, template: str, content: Mapping[str, Any], *, known: str = ""
) -> str:
    """The page in the language of whoever asks for it; what is callable is asked in it."""
    code = language.of(request, known=known)
    with translation.override(code):
        return render_to_string(
            template,
            {
                **{name: one() if callable(one) else one for name, one in content.items()},
                "language": language.short(code),
                "language_tag": tag(code),
                "others": language.others(request, code),
            },
        )


def _answer(
    request: HttpRequest, template: str, site: Site, content: Mapping[str, Any], *, known: str = ""
) -> HttpResponse:
    response = HttpResponse(_said(request, template, {"site": site, **content}, known=known))
    response["Vary"] = "Accept-Language"
    policy: dict[str, list[str]] = {
        "default-src": [CSP.NONE],
        "style-src": [CSP.SELF],
        "script-src": [CSP.SELF],
        "font-src": [CSP.SELF],
        "connect-src": [CSP.SELF],
        "img-src": [CSP.SELF],
        "form-action": [CSP.SELF],
        "base-uri": [CSP.NONE],
        "frame-ancestors": list(site.origins) or [CSP.NONE],
    }
    response[str(CSP.HEADER_ENFORCE)] = build_policy(policy)
    # X-Frame-Options knows no list of sites; frame-ancestors above does its work here.
    response.xframe_options_exempt = bool(site.origins)
    response["Cache-Control"] = "no-store"
    return response


def _secret(response: HttpResponse) -> HttpResponse:
    """The address is the key: it must reach neither another site nor a search engine."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    response = HttpResponseNotFound(_said(request, "visitor/gone.html", {}))
    return _secret(response)
