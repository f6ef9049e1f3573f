"""The authorisation code flow as the platforms' people see it: a page that asks, a code, a token.

Codes hold once and shortly (RFC 6749, 4.1.2), bound to their redirect and, with PKCE, to the
challenge (RFC 7636). How a platform names its tokens and what it answers is the stage's.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


class Denied(Exception):  # noqa: N818 - reads as a state
    """`error` is the word of RFC 6749, 5.2."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error


@dataclass(frozen=True, slots=True)
class Client:
    """An app registered at the platform."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirects: tuple[str, ...] = ()  # empty: any address is taken


@dataclass(frozen=True, slots=True)
class Grant:
    client_id: str
    subject: str  # who allowed it: the native id of an account or user of the platform
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    redirect: str
    challenge: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    grant: Grant
    kind: str = "user"
    until: datetime | None = None
    refresh: str = field(default="", repr=False)


@dataclass(slots=True)
class Authority:
    """Codes and tokens of one platform. `rotates`: a refresh token is good for one use."""

    now: Callable[[], datetime]
    code_holds: timedelta = timedelta(minutes=10)
    token_holds: timedelta | None = None
    rotates: bool = False
    prefix: str = ""
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)
    _refresh: dict[str, Grant] = field(default_factory=dict)

    def allow(self, grant: Grant, *, redirect: str, challenge: str = "") -> str:
        """A person said yes: the code their browser carries back."""
        client = self.clients.get(grant.client_id)
        if client is None or (client.redirects and redirect not in client.redirects):
            raise Denied("invalid_request", "The app or its redirect is not registered.")
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(grant, redirect, challenge, self.now() + self.code_holds)
        return code

    def exchange(
        self, code: str, *, client_id: str, client_secret: str, redirect: str, verifier: str = ""
    ) -> Token:
        """Raises `Denied`."""
        found = self._codes.pop(code, None)
        client = self.clients.get(client_id)
        if client is None or not (
            # A public client proves itself by PKCE alone.
            (not client_secret and verifier)
            or hmac.compare_digest(client.client_secret, client_secret)
        ):
            raise Denied("invalid_client", "The app's secret is wrong.")
        if found is None or found.until <= self.now() or found.grant.client_id != client_id:
            raise Denied("invalid_grant", "The code is unknown, used or too old.")
        if found.redirect != redirect:
            raise Denied("invalid_grant", "The redirect is not the one the code was made for.")
        if found.challenge and s256(verifier) != found.challenge:
            raise Denied("invalid_grant", "The code verifier does not fit.")
        return self.issue(found.grant, refreshable=True)

    def issue(
        self,
        grant: Grant,
        *,
        kind: str = "user",
        holds: timedelta | None = None,
        refreshable: bool = False,
    ) -> Token:
        holds = holds or self.token_holds
        until = self.now() + holds if holds is not None else None
        refresh = secrets.token_urlsafe(24) if refreshable else ""
        token = Token(self.prefix + secrets.token_urlsafe(32), grant, kind, until, refresh)
        self.tokens[token.value] = token
        if refresh:
            self._refresh[refresh] = grant
        return token

    def renew(self, refresh: str) -> Token:
        """Raises `Denied`."""
        grant = self._refresh.get(refresh)
        if grant is None:
            raise Denied("invalid_grant", "The refresh token is unknown or was used.")
        if self.rotates:
            del self._refresh[refresh]
            return self.issue(grant, refreshable=True)
        return self.issue(grant)

    def known(self, value: str) -> Token | None:
        """The token, unless it is unknown, revoked or over."""
        token = self.tokens.get(value)
        if token is None or (token.until is not None and token.until <= self.now()):
            return None
        return token

    def dump(self) -> dict[str, Any]:
        """Tokens that have to outlive a restart, as JSON can carry them; codes do not."""
        return {
            "tokens": [
                {
                    "value": one.value,
                    "grant": _grant(one.grant),
                    "kind": one.kind,
                    "until": one.until.isoformat() if one.until is not None else "",
                    "refresh": one.refresh,
                }
                for one in self.tokens.values()
            ],
            "refresh": {value: _grant(grant) for value, grant in self._refresh.items()},
        }

    def load(self, dumped: Mapping[str, Any]) -> None:
        self.tokens = {
            one["value"]: Token(
                one["value"],
                _granted(one["grant"]),
                one["kind"],
                datetime.fromisoformat(one["until"]) if one["until"] else None,
                one["refresh"],
            )
            for one in dumped["tokens"]
        }
        self._refresh = {value: _granted(grant) for value, grant in dumped["refresh"].items()}

    def revoke(self, subject: str) -> None:
        """Every token of this account dies, as when its password is changed."""
        self.tokens = {
            value: one for value, one in self.tokens.items() if one.grant.subject != subject
        }
        self._refresh = {
            value: grant for value, grant in self._refresh.items() if grant.subject != subject
        }


def _grant(grant: Grant) -> list[Any]:
    return [grant.client_id, grant.subject, list(grant.scopes)]


def _granted(dumped: Sequence[Any]) -> Grant:
    return Grant(dumped[0], dumped[1], tuple(dumped[2]))


def basic(header: str) -> tuple[str, str]:
    """The app's id and secret in a header `Authorization`; empty if there are none."""
    scheme, _, value = header.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (client_id, secret) if scheme.lower() == "basic" else ("", "")


def s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
