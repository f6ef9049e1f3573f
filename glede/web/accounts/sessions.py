"""Where a person is signed in, and ending that: here, there or everywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib.auth import logout as django_logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.audit.rules import Verb
from glede.rulebook.people import actions as people
from glede.web.accounts import adapter

_BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")
_NAMES = {"Edg": "Edge"}
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")


@dataclass(frozen=True, slots=True)
class Place:
    """One browser a person is signed in with."""

    pk: int
    browser: str
    ip: str
    started_at: datetime
    seen_at: datetime
    here: bool


def of(request: HttpRequest) -> list[Place]:
    """This person's sessions, this one first, then the one used last; dead ones are dropped."""
    user = cast(AbstractBaseUser, request.user)
    places = [
        Place(
            pk=row.pk,
            browser=browser_words(row.user_agent),
            ip=row.ip,
            started_at=row.created_at,
            seen_at=row.last_seen_at,
            here=row.session_key == request.session.session_key,
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(places, key=lambda place: (not place.here, -place.seen_at.timestamp()))


def end(request: HttpRequest, pk: int) -> bool:
    """End one session of this person; whether there was one."""
    user = cast(AbstractBaseUser, request.user)
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is None:
        return False
    row.end()
    adapter.record(Verb.SIGNED_OUT, user, {"what": "one session"})
    adapter.end_streams(user)
    return True


def end_everywhere(request: HttpRequest) -> None:
    """End every session of this person, this one too."""
    user = cast(AbstractBaseUser, request.user)
    people.end_sessions(person_id=user.pk, actor=adapter.actor(user), now=clock.now())
    django_logout(request)
    adapter.end_streams(user)


def browser_words(agent: str) -> str:
    """“Firefox on Windows”: enough to know one's own machine again."""
    browser = next((name for name in _BROWSERS if name in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    words = _NAMES.get(browser, browser) or say("A browser")
    return say("%(browser)s on %(system)s", browser=words, system=system) if system else words
