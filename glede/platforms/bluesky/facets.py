"""What a post's text is made of: how long the network counts it, and its links, tags, mentions."""

from collections.abc import Callable, Iterable
from typing import Any

import regex
from atproto_client.utils.facet_detection import detect_facets, detect_mentions

from glede.platforms.bluesky.capabilities import MOST_BYTES, MOST_GRAPHEMES
from glede.platforms.contract import Refused

type Json = dict[str, Any]

_GRAPHEME = regex.compile(r"\X")
_FACET = "app.bsky.richtext.facet"


def count(text: str) -> int:
    """Graphemes (Unicode TR29), as the network counts a post."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def fitting(text: str) -> None:
    """Refuses a text the network would refuse."""
    length = count(text)
    if length > MOST_GRAPHEMES:
        raise Refused(
            f"Bluesky takes {MOST_GRAPHEMES} characters; this text has {length}. "
            f"Please shorten it by {length - MOST_GRAPHEMES}."
        )
    if len(text.encode()) > MOST_BYTES:
        raise Refused(f"Bluesky takes {MOST_BYTES} bytes of text; this text has more.")


def facets(text: str, *, resolve: Callable[[str], str]) -> list[Json]:
    """Where the text links, tags and names people, in bytes of UTF-8.

    `resolve` gives the DID behind a handle, "" if there is nobody; such a name stays plain text.
    """
    found = [facet.model_dump(by_alias=True, exclude_none=True) for facet in detect_facets(text)]
    dids: dict[str, str] = {}
    for mention in detect_mentions(text):
        handle = mention.handle.lower()
        if handle not in dids:
            dids[handle] = resolve(handle)
        if dids[handle]:
            found.append(_mention(mention.byte_start, mention.byte_end, dids[handle]))
    return sorted(found, key=_start)


def _mention(start: int, end: int, did: str) -> Json:
    return {
        "$type": _FACET,
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"{_FACET}#mention", "did": did}],
    }


def _start(facet: Json) -> int:
    return int(facet["index"]["byteStart"])


def pieces(text: str, marks: Iterable[Json]) -> list[str]:
    """The words each facet covers; what a reader sees as the link."""
    raw = text.encode()
    return [raw[_start(mark) : int(mark["index"]["byteEnd"])].decode() for mark in marks]
