"""In which language a page speaks to somebody from outside: theirs, as far as we speak it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from glede.web.language import tag


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language and where the page is in it; `tag` is what HTML calls it."""

    code: str
    tag: str
    name: str
    url: str


def of(request: HttpRequest, *, known: str = "") -> str:
    """What was asked for in the address, else the language they wrote in, else the browser's."""
    codes = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    for wanted in (asked, known.lower().split("-")[0]):
        if wanted in codes:
            return wanted
        if wanted == "en":
            return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)


def others(request: HttpRequest, code: str) -> list[Spoken]:
    """The same page in the languages it is not in."""
    found = []
    for other, name in settings.LANGUAGES:
        if other != code:
            query = request.GET.copy()
            query["lang"] = short(other)
            found.append(Spoken(other, tag(other), name, f"?{query.urlencode()}"))
    return found


def short(code: str) -> str:
    return code.split("-")[0]
