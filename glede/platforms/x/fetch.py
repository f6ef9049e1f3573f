"""Images and films from X's own addresses.

Those of posts are open to everybody. Those of private messages stand at an address that takes
another kind of token; X's API gives the same file under the same three names
(https://docs.x.com/x-api/direct-messages/download-dm-media).
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import Connection, Fetched, Media, Reconnect, Refused
from glede.platforms.x.calls import Calls
from glede.platforms.x.capabilities import MEDIA_READ

#: Where X keeps what people attach. Nothing is fetched from anywhere else.
HOSTS = frozenset({"pbs.twimg.com", "video.twimg.com"})

_PRIVATE = re.compile(
    r"https://ton\.(?:twitter|x)\.com/[\w./-]*/dm/(\d{1,19})/(\d{1,19})/([\w.-]{1,50})", re.ASCII
)


def fetch(
    calls: Calls, connection: Connection, media: Media, *, most_bytes: int, now: datetime
) -> Fetched:
    """Stops as soon as it is larger than allowed, whatever its size was said to be."""
    if private := _PRIVATE.fullmatch(media.url):
        path = "/2/dm_conversations/media/" + "/".join(private.groups())
        return _private(calls, path, most_bytes=most_bytes, now=now)
    address = urlsplit(media.url)
    home = urlsplit(connection.base_url)
    own = (address.scheme, address.netloc) == (home.scheme, home.netloc)
    if not own and (address.scheme != "https" or address.hostname not in HOSTS):
        raise Refused("This is no address where X keeps images and films.")
    with http.client(base_url=f"{address.scheme}://{address.netloc}") as client:
        return _read(client, media.url, {}, most_bytes=most_bytes, now=now)


def _private(calls: Calls, path: str, *, most_bytes: int, now: datetime) -> Fetched:
    try:
        found = _read(calls.http, path, calls.authority(now=now), most_bytes=most_bytes, now=now)
    except Reconnect:
        headers = calls.authority(now=now, anew=True)
        found = _read(calls.http, path, headers, most_bytes=most_bytes, now=now)
    calls.spend(MEDIA_READ, 1, now=now)
    return found


def _read(
    client: httpx.Client, url: str, headers: dict[str, str], *, most_bytes: int, now: datetime
) -> Fetched:
    content = bytearray()
    try:
        with client.stream("GET", url, headers=headers) as response:
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
