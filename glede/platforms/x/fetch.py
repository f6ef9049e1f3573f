"""Images and films from X's own addresses, which need no token."""

from datetime import datetime
from urllib.parse import urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import Connection, Fetched, Media, Refused

#: Where X keeps what people attach. Nothing is fetched from anywhere else.
HOSTS = frozenset({"pbs.twimg.com", "video.twimg.com"})


def fetch(connection: Connection, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
    """Stops as soon as it is larger than allowed, whatever its size was said to be."""
    address = urlsplit(media.url)
    home = urlsplit(connection.base_url)
    own = (address.scheme, address.netloc) == (home.scheme, home.netloc)
    if not own and (address.scheme != "https" or address.hostname not in HOSTS):
        raise Refused("This is no address where X keeps images and films.")
    content = bytearray()
    base = f"{address.scheme}://{address.netloc}"
    try:
        with http.client(base_url=base) as client, client.stream("GET", media.url) as response:
            if not response.is_success:
                raise http.refusal(
                    response.status_code,
                    response.headers,
                    reason=response.reason_phrase,
                    write=False,
                    now=now,
                )
            for part in response.iter_bytes():
                content += part
                if len(content) > most_bytes:
                    raise Refused(f"It is larger than the {most_bytes:,} bytes we take.")
            kind = response.headers.get("content-type", "").partition(";")[0].strip()
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    return Fetched(content=bytes(content), content_type=kind)
