"""Clients of the real platforms, unmodified, whose requests go to the sandbox instead."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter


class Elsewhere(HTTPAdapter):
    """Sends what is meant for `host` to `base`."""

    def __init__(self, host: str, base: str) -> None:
        super().__init__()
        self.host = host
        self.base = base

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> Any:
        assert request.url is not None
        request.url = self.base + request.url.removeprefix(self.host)
        return super().send(request, *given, **named)


def redirect(session: requests.Session, host: str, base: str) -> None:
    session.trust_env = False
    session.mount(host, Elsewhere(host, base))
