"""Call an address that somebody typed: public hosts alone, one try, no redirects.

What a name means is asked once and the call goes to that very address, so that a name cannot lead
somewhere else a moment later (DNS rebinding). `may_be_private` opens http and this network: for a
demo, or for a receiver beside us.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

import httpx

from glede.kit.words import say

type Address = IPv4Address | IPv6Address
#: Host and port -> the addresses that the name means.
type Resolve = Callable[[str, int], list[str]]

_PORTS = {"https": 443, "http": 80}


class BadAddressError(ValueError):
    """Nobody is called there; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call: a status, or `None` with the words why there is none."""

    status: int | None
    says: str
    retry_after: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check(url: str, *, may_be_private: bool) -> SplitResult:
    """The parts of an address that may be called, as far as it says so itself. Raises
    `BadAddressError`."""
    if len(url) > 2_000 or not url.isascii() or not url.isprintable() or " " in url:
        raise BadAddressError(say("An address has no spaces and no letters beyond ASCII."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddressError(say("That is no address.")) from error
    schemes = ("https", "http") if may_be_private else ("https",)
    if parts.scheme not in schemes:
        raise BadAddressError(say("The address begins with %(schemes)s://.", schemes=schemes[0]))
    host = parts.hostname or ""
    if not host or port == 0:
        raise BadAddressError(say("The address names no host."))
    if parts.username is not None or parts.fragment:
        raise BadAddressError(say("The address holds no login and no “#”."))
    if not may_be_private:
        address = _literal(host)
        if address is not None and not is_public(address):
            raise BadAddressError(say("The address lies in a private network."))
        if address is None and ("." not in host or host.endswith((".local", ".internal"))):
            raise BadAddressError(say("The address names no host of the public internet."))
    return parts


def is_public(address: Address) -> bool:
    """Somewhere on the internet: neither ours, nor this machine's, nor reserved. An IPv4 address
    inside an IPv6 one counts as what it is."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def resolved(host: str, port: int) -> list[str]:
    """What a name means now. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    may_be_private: bool,
    resolve: Resolve = resolved,
) -> Answered:
    """POST it there. The answer's body is not read: only its status says anything to us."""
    try:
        parts = check(url, may_be_private=may_be_private)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        there = _pinned(host, port, may_be_private=may_be_private, resolve=resolve)
    except BadAddressError as error:
        return Answered(None, str(error))
    except OSError:
        return Answered(None, "The name of the host means nothing.")
    named = f"[{host}]" if ":" in host else host
    pinned = f"[{there}]" if ":" in there else there
    target = httpx.URL(
        scheme=parts.scheme, host=pinned, port=port, raw_path=_path(parts).encode("ascii")
    )
    given = {**headers, "host": named if parts.port is None else f"{named}:{port}"}
    timeout = httpx.Timeout(seconds, connect=min(seconds, 10.0))
    # No proxy of the environment: it would ask for the name once more.
    with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST", target, content=body, headers=given, extensions={"sni_hostname": host}
        )
        try:
            response = client.send(request, stream=True)
        except httpx.TimeoutException:
            return Answered(None, f"No answer came in {seconds:g} seconds.")
        except httpx.TransportError as error:
            return Answered(None, f"The call broke off ({type(error).__name__}).")
        response.close()
    status = response.status_code
    says = "Redirects are not followed." if response.is_redirect else ""
    return Answered(status, says, response.headers.get("retry-after", ""))


def _pinned(host: str, port: int, *, may_be_private: bool, resolve: Resolve) -> str:
    """The first address of the host. One private address among its public ones is one too many."""
    found = resolve(host, port)
    if not found:
        raise BadAddressError(say("The name of the host means nothing."))
    if not may_be_private and not all(is_public(ip_address(one.split("%")[0])) for one in found):
        raise BadAddressError(say("The host lies in a private network."))
    return found[0]


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path
