"""In which language the desk speaks to a person at it: the one they chose, else the installation's.

Residents' pages find theirs another way (web/visitor/language.py)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from glede.web import access

type _Answers = Callable[[HttpRequest], HttpResponseBase]


def chosen(person: object) -> str:
    """The language of a person, as LANGUAGES calls it; the installation's where they chose none,
    or one that is no longer spoken."""
    code = str(getattr(person, "language", "") or "")
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def tag(code: str) -> str:
    """“en-GB”, “cy”: as BCP 47 writes it."""
    return translation.to_locale(code).replace("_", "-")


#: For how long a browser may keep the words of the scripts, in seconds.
_KEEP = 3600
# No package of Django's brings words of its own: LOCALE_PATHS alone, and only its djangojs.
_catalogue = JavaScriptCatalog.as_view(packages=["glede.web"])


@access.open_to_all("the words of our scripts in a language; they name nobody")
@require_safe
def script_words(request: HttpRequest, code: str) -> HttpResponseBase:
    """The catalogue that web/static/glede/words.js reads, as a script of our own origin.

    https://docs.djangoproject.com/en/stable/topics/i18n/translation/#the-javascriptcatalog-view"""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(code):
        answer = _catalogue(request)
    patch_cache_control(answer, private=True, max_age=_KEEP)
    return answer


class LanguageMiddleware:
    """Says a page in the language of whoever is signed in; what a program asks for is in English.

    After AccessMiddleware, which has put the viewer there and read the person."""

    def __init__(self, get_response: _Answers) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(settings.LANGUAGE_CODE):
            return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if hasattr(request, "viewer") and not hasattr(request, "token"):
            translation.activate(chosen(request.user))
