"""Pictures and films on the sandbox's platforms, by an address that may stop working."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


@dataclass(slots=True)
class Stock:
    """Content by its digest; an address carries until when it is good, and a mark of ours."""

    base: str
    _held: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def put(self, content: bytes, content_type: str) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._held.setdefault(digest, (content, content_type))
        return digest

    def get(self, digest: str) -> tuple[bytes, str]:
        """Content and type. Raises `KeyError`."""
        return self._held[digest]

    def digests(self) -> frozenset[str]:
        return frozenset(self._held)

    def mark_with(self, key: bytes) -> None:
        """Addresses given under this key before a restart go on working."""
        self._key = key

    def address(self, digest: str, *, until: datetime | None = None) -> str:
        end = int(until.timestamp()) if until is not None else 0
        return f"{self.base}/_media/{digest}?until={end}&sig={self._mark(digest, end)}"

    def _mark(self, digest: str, until: int) -> str:
        return hmac.new(self._key, f"{digest} {until}".encode(), "sha256").hexdigest()[:32]

    def routes(self) -> list[Route]:
        return [Route("/_media/{digest}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        digest, until = request.path_params["digest"], request.query_params.get("until", "0")
        good = until.isdecimal() and hmac.compare_digest(
            request.query_params.get("sig", ""), self._mark(digest, int(until))
        )
        if not good or digest not in self._held:
            return PlainTextResponse("There is nothing at this address.", status_code=404)
        if int(until) and datetime.now(UTC).timestamp() > int(until):
            return PlainTextResponse("URL signature expired", status_code=403)
        content, content_type = self._held[digest]
        return Response(content, media_type=content_type)
