"""Words of a form that came after its session had ended: kept until their writer signs in again.

A script keeps them in the page; without one they would be lost. Who wrote them is known by a
signed cookie that says who was last signed in at this browser. There is one place for each such
person, for a short while and sealed: whoever signs in next at a shared computer sees their own
words or none, and a stranger, who has no such cookie, fills nothing. The form was checked for its
token before.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from glede.kit import crypto

#: Says on the form's way that its words came from here.
AGAIN = "kept-words"
_COOKIE = "glede-last"
_SALT = "glede.web.accounts.kept"
#: Forms in which people write; those of keys, passwords and tokens are never kept.
_KEPT_OF = frozenset({"inbox", "people", "capture", "texts"})
_NEVER = frozenset({"csrfmiddlewaretoken"})
#: Of a form's fields, those whose words are shown whatever is in them.
_WORDS = frozenset({"text", "note", "what", "reason", "words", "line", "why"})
#: Those of a promise, shown as what they are.
_DATED = {"on": "date", "at": "time"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a form: `kind` is how it is shown, “hidden” where it says nothing to read."""

    name: str
    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not taken: where it goes, the page it stood on, and what it held."""

    path: str
    back: str
    fields: tuple[Field, ...]

    @property
    def action(self) -> str:
        return f"{self.path}{'&' if '?' in self.path else '?'}{AGAIN}=yes"


def remember(request: HttpRequest, response: HttpResponseBase, *, person_id: int) -> None:
    """Who is signed in at this browser, for when their session has ended."""
    if _last(request) == person_id:
        return
    response.set_signed_cookie(
        _COOKIE,
        str(person_id),
        salt=_SALT,
        max_age=_last_for(),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def keep(request: HttpRequest, *, back: str) -> bool:
    """Keep the words of a form that nobody signed in sent; False where there is nothing to keep."""
    person_id = _last(request)
    match = request.resolver_match
    if person_id is None or match is None or match.namespace not in _KEPT_OF:
        return False
    given = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _NEVER
        for value in values
    ]
    if all(kind == "hidden" for kind in (_kind(*one) for one in given)):
        return False
    held = {
        "person": person_id,
        "path": request.get_full_path(),
        "back": back,
        "fields": given,
    }
    plain = json.dumps(held)
    if len(plain) > settings.GLEDE_KEPT_WORDS_BYTES:
        return False
    cache.set(_key(person_id), crypto.encrypt_text(plain), settings.GLEDE_KEPT_WORDS_MINUTES * 60)
    return True


def of(person_id: int) -> Kept | None:
    """What waits for this person."""
    sealed = cache.get(_key(person_id))
    if sealed is None:
        return None
    try:
        held: dict[str, Any] = json.loads(crypto.decrypt_text(sealed))
    except crypto.SecretUnreadableError:
        return None  # sealed under a key that is gone since: nobody can read it any more
    if held["person"] != person_id:
        return None
    return Kept(held["path"], held["back"], tuple(_fields(held["fields"])))


def drop(person_id: int) -> None:
    """They were sent, or thrown away."""
    cache.delete(_key(person_id))


def _fields(given: list[tuple[str, str]]) -> Iterator[Field]:
    for name, value in given:
        yield Field(name, value, _kind(name, value))


def _kind(name: str, value: str) -> str:
    typed = value.strip()
    if typed and (name in _WORDS or " " in typed or "\n" in typed):
        return "words"
    return _DATED.get(name, "hidden") if typed else "hidden"


def _last(request: HttpRequest) -> int | None:
    last = request.get_signed_cookie(_COOKIE, default="", salt=_SALT, max_age=_last_for())
    return int(last) if last else None


def _last_for() -> int:
    """Seconds: a session, and a day in which a page that was left open may still be sent."""
    return settings.SESSION_COOKIE_AGE + 24 * 3600


def _key(person_id: int) -> str:
    return f"kept-words:{person_id}"
