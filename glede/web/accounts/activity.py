"""Keeps the list of a person's sessions fresh without a write on every request."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_SEEN = "glede.seen"
_EVERY_SECONDS = 300


class SessionActivityMiddleware:
    """Notes address and browser of a session when it is first used and every five minutes after.

    allauth's own middleware does it on each request: four queries, one of them a write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seen = request.session.get(_SEEN, 0)
        if time.time() - seen >= _EVERY_SECONDS and request.user.is_authenticated:
            UserSession.objects.create_from_request(request)
            request.session[_SEEN] = int(time.time())
        return self._get_response(request)
