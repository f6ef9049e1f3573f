"""One call of the Graph: what was asked, by whom, and with which right."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.graph.errors import GraphError
from sandbox.graph.state import Account, Token


@dataclass(slots=True)
class Settings:
    """What a test or the town may turn while it runs."""

    #: Asking for one of these fails the whole call, as for a permission that is missing.
    refused_fields: set[str] = field(default_factory=set)
    #: The first page of every list is empty and still has a `next`.
    empty_first_page: bool = False
    #: Seconds until a container is ready; and what becomes of every new one if not "".
    container_seconds: float = 0.0
    container_error: str = ""
    #: Accounts that may not write for now, by policy (368).
    held_back: set[str] = field(default_factory=set)
    #: Webhooks leave before the caller has its answer.
    answer_seconds: float = 0.0
    posts_a_day: int = 100


@dataclass(slots=True)
class Asked:
    method: str
    path: tuple[str, ...]
    given: dict[str, str]
    files: dict[str, tuple[bytes, str]]
    body: bytes
    headers: Mapping[str, str]
    base: str  # of `next`: our address with the version
    now: datetime
    token: Token | None = None
    app: bool = False  # with the app's own token

    def text(self, name: str) -> str:
        return self.given.get(name, "")

    def needed(self, *names: str) -> str:
        for name in names:
            if self.text(name):
                return self.text(name)
        raise GraphError(100, f"The parameter {names[0]} is required.")

    def flag(self, name: str, default: bool) -> bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(
            self.text(name).lower(), default
        )

    def object(self, name: str) -> Any:
        """A parameter that is JSON."""
        try:
            return json.loads(self.text(name) or "null")
        except ValueError as error:
            raise GraphError(100, f"Param {name} must be valid JSON.") from error

    def words(self, name: str) -> list[str]:
        """A list as JSON or with commas."""
        text = self.text(name)
        said = self.object(name) if text.startswith("[") else text.split(",")
        return [str(one) for one in said if one]

    def acting(self, account: Account) -> None:
        """Raises `GraphError` unless the token is that of the account's Page."""
        if self.token is None or not self.token.page:
            raise GraphError(210, "A page access token is required to request this resource.")
        if self.token.page not in (account.id, account.pair):
            raise GraphError(10, "This Page access token is for another Page.", status=403)


def moment(text: str) -> datetime | None:
    """Unix seconds or ISO 8601."""
    if not text:
        return None
    try:
        if text.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise GraphError(100, f"“{text}” is no time.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def proven(secret: str, token: str, proof: str) -> bool:
    made = hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()
    return hmac.compare_digest(made, proof)
