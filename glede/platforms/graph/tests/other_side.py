"""Meta's side of a test: answers by method and path, and what was asked."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from glede.platforms import http

BASE = "https://graph.example.org"

type Answer = Any | Callable[[dict[str, str]], Any]


@dataclass
class Asked:
    method: str
    path: str
    given: dict[str, str]
    content: bytes = field(repr=False, default=b"")


class Nobody(AssertionError):  # noqa: N818 - reads as a sentence where it is raised
    """The test did not say what is answered here."""


@dataclass
class OtherSide:
    """`says("POST me/messages", …)`: the answer, one of `Response` as it is, or a function."""

    asked: list[Asked] = field(default_factory=list)
    _answers: list[tuple[str, str, list[Answer]]] = field(default_factory=list)

    def says(self, which: str, *answers: Answer) -> None:
        """In turn; the last for ever. What is said later of the same path comes first."""
        method, _, path = which.partition(" ")
        self._answers.insert(0, (method, path, list(answers)))

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = re.sub(r"^/(v\d+\.\d/)?", "", request.url.path)
        given = dict(request.url.params)
        if request.headers.get("content-type", "").startswith("application/x-www-form"):
            given |= {
                name: values[0] for name, values in parse_qs(request.content.decode()).items()
            }
        self.asked.append(Asked(request.method, path, given, request.content))
        for method, pattern, answers in self._answers:
            if method == request.method and re.fullmatch(pattern, path):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                said = answer(given) if callable(answer) else answer
                if isinstance(said, Exception):
                    raise said
                return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)
        raise Nobody(f"{request.method} {path} was not expected.")

    def calls(self, which: str) -> list[dict[str, str]]:
        method, _, path = which.partition(" ")
        return [
            one.given for one in self.asked if one.method == method and re.fullmatch(path, one.path)
        ]


def error(code: int, subcode: int = 0, *, status: int = 400) -> httpx.Response:
    said: dict[str, Any] = {"message": "They said so", "type": "OAuthException", "code": code}
    if subcode:
        said["error_subcode"] = subcode
    return httpx.Response(status, content=json.dumps({"error": said}))


@contextmanager
def standing(patch: pytest.MonkeyPatch) -> Iterator[OtherSide]:
    """Every client that is opened meanwhile talks to this side."""
    side = OtherSide()
    real = httpx.Client

    def client(*, base_url: str, seconds: float = 0) -> httpx.Client:
        return real(base_url=base_url, transport=httpx.MockTransport(side.handle))

    def files(**more: Any) -> httpx.Client:
        return real(transport=httpx.MockTransport(side.handle))

    with patch.context() as patched:
        patched.setattr(http, "client", client)
        patched.setattr("glede.platforms.graph.transport.httpx.Client", files)
        yield side
