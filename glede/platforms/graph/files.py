"""Attachments from Meta's content network: no credential goes there, and nothing larger than asked
for comes back."""

from urllib.parse import urljoin, urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import Fetched, Gone, Media, Refused, TryAgain

#: Hosts under which Meta keeps pictures and films (seen in captured answers of the Graph API).
_HOSTS = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com")
_MOST_STEPS = 3
_GONE = frozenset({403, 404, 410})


def fetch(media: Media, *, base_url: str, most_bytes: int) -> Fetched:
    url = media.url
    with httpx.Client(
        timeout=http.timeouts(60), headers={"user-agent": http.USER_AGENT}, follow_redirects=False
    ) as client:
        for _ in range(_MOST_STEPS):
            if not _is_metas(url, base_url):
                raise Refused("The attachment is not at an address of the platform's.")
            try:
                with client.stream("GET", url) as response:
                    if response.has_redirect_location:
                        url = urljoin(url, response.headers["location"])
                        continue
                    return _read(response, most_bytes)
            except httpx.TransportError as error:
                raise http.lost(error, write=False) from error
    raise Refused("The attachment's address leads on and on.")


def _is_metas(url: str, base_url: str) -> bool:
    parts, home = urlsplit(url), urlsplit(base_url)
    if (parts.scheme, parts.netloc) == (home.scheme, home.netloc):
        return True  # a sandbox has everything at one address
    return parts.scheme == "https" and f".{parts.hostname or ''}".endswith(_HOSTS)


def _read(response: httpx.Response, most_bytes: int) -> Fetched:
    if response.status_code in _GONE:
        raise Gone("The attachment's address no longer works.")
    if not response.is_success:
        raise TryAgain(f"The attachment's server answered {response.status_code}.")
    parts: list[bytes] = []
    held = 0
    for part in response.iter_bytes():
        held += len(part)
        if held > most_bytes:
            raise Refused(f"The attachment is larger than {most_bytes:,} bytes.")
        parts.append(part)
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(b"".join(parts), content_type)
