"""Fetches an attachment from where the instance keeps it, without our credential."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import Fetched, Gone, Media, Refused, TryAgain


def fetch(base_url: str, media: Media, *, most_bytes: int) -> Fetched:
    """Raises `Refused`, `Gone` and `TryAgain`."""
    _check_address(base_url, media.url)
    timeout = http.timeouts()
    headers = {"user-agent": http.USER_AGENT}
    try:
        with httpx.stream(
            "GET", media.url, timeout=timeout, headers=headers, follow_redirects=False
        ) as response:
            _check_answer(response)
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if len(content) > most_bytes:
                    raise Refused(f"The attachment is larger than {most_bytes} bytes.")
            kind = response.headers.get("content-type", "").partition(";")[0].strip()
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    return Fetched(bytes(content), kind)


def _check_address(base_url: str, url: str) -> None:
    """The instance itself, or a host of the public internet by its name."""
    home, there = urlsplit(base_url), urlsplit(url)
    if there.netloc and there.netloc == home.netloc and there.scheme == home.scheme:
        return
    host = there.hostname or ""
    try:
        ip_address(host)
        named = False
    except ValueError:
        named = "." in host and not host.endswith((".local", ".localhost", ".internal"))
    if there.scheme != "https" or not named:
        raise Refused("The attachment's address leads to no public host.")


def _check_answer(response: httpx.Response) -> None:
    if response.status_code in {403, 404, 410}:
        raise Gone("The attachment is no longer at its address.")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise TryAgain(f"The attachment's host answered {response.status_code}.")
    if not response.is_success:
        raise Refused(f"The attachment's host answered {response.status_code}.")
