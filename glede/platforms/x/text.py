"""Counts a text as X does, and undoes what X does to a text.

The weights are those of X's own counter, version 3
(https://docs.x.com/fundamentals/counting-characters): Latin and its neighbours and common
punctuation count one, everything else two, an emoji two however many code points it has, a link 23
however long it is. A text may weigh 280.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import regex

from glede.platforms.untrusted import list_at, text_at

MOST = 280
LINK = 23

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

#: X makes links also of addresses without a scheme, where the last part is a country's or one of
#: the common others.
_LINK = regex.compile(
    r"https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)\]’']"
    r"|(?<![\w@.#$/-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:com|org|net|info|gov|edu|biz|app|dev|xyz|online|shop|site|homes|house|[a-z]{2})"
    r"(?![\w@-])(?:/[^\s<>\"“”]*[^\s<>\"“”.,;:!?)\]’'])?",
    regex.IGNORECASE,
)
_PICTURED = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_CLUSTER = regex.compile(r"\X")

_HANDLES = regex.compile(r"\A(?:@\w{1,15}\s+)+")
_SPACES = regex.compile(r"\s+")
_SCHEME = regex.compile(r"https?://")


def count(text: str) -> int:
    """What the text weighs, in X's characters."""
    text = unicodedata.normalize("NFC", text)
    links = len(_LINK.findall(text))
    rest = _LINK.sub("", text) if links else text
    if rest.isascii():
        return len(rest) + links * LINK
    return sum(map(_weight, _CLUSTER.findall(rest))) + links * LINK


def has_link(text: str) -> bool:
    return _LINK.search(text) is not None


def _weight(cluster: str) -> int:
    if len(cluster) > 1 and _PICTURED.search(cluster):
        return 2
    return sum(1 if any(low <= ord(one) <= high for low, high in _LIGHT) else 2 for one in cluster)


def plain(text: str) -> str:
    """X escapes three characters in every text it gives."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def links(entities: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Each shortened link with the address it stands for."""
    for url in list_at(entities, "urls"):
        short, full = text_at(url, "url"), text_at(url, "unwound_url")
        full = full or text_at(url, "expanded_url")
        if short and full.startswith(("https://", "http://")):
            yield short, full


def essence(stands: str, entities: Mapping[str, Any]) -> str:
    """What is left to compare of a text as X gives it, once X's doings are undone: characters
    escaped, links shortened, pictures' addresses added at the end."""
    said = plain(stands)
    for url in list_at(entities, "urls"):
        short = text_at(url, "url")
        if short:
            full = "" if text_at(url, "media_key") else text_at(url, "expanded_url")
            said = said.replace(short, full)
    return bare(said)


def bare(said: str) -> str:
    """What is left to compare of a text as we sent it: without names put in front, for X adds
    some, and however its spaces and links are written."""
    said = _HANDLES.sub("", unicodedata.normalize("NFC", said).strip())
    return str(_SPACES.sub(" ", _SCHEME.sub("", said))).strip()
