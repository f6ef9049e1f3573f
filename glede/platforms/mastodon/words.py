"""From the instance's HTML to the words a person reads, and how long a text is for it."""

import re
from functools import cache
from html import unescape

import regex

from glede.platforms.mastodon.capabilities import LINK_COUNTS

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})((?:\s[^<>]*)?)/?>")
_CLASS = re.compile(r'class="([^"]*)"')
_HREF = re.compile(r'href="([^"]*)"')
_BLOCKS = frozenset({"p", "blockquote", "pre", "ul", "ol", "div", "h1", "h2", "h3", "h4"})
_VOID = frozenset({"br", "img", "hr", "wbr", "input"})
_MANY_LINES = re.compile(r"\n{3,}")
_MOST_LINKS = 50

_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")
_FAR = re.compile(r"(?<![\w/@])@([A-Za-z0-9_]+)@[A-Za-z0-9.-]+[A-Za-z0-9]")


@cache
def _graphemes() -> regex.Pattern[str]:
    return regex.compile(r"\X")


def count(text: str) -> int:
    """As the instance counts: a link is 23, somebody elsewhere only their name without the host."""
    short = _FAR.sub(lambda found: f"@{found.group(1)}", _URL.sub("x" * LINK_COUNTS, text))
    if short.isascii():
        return len(short)
    return len(_graphemes().findall(short))


def read(html: str) -> tuple[str, tuple[str, ...]]:
    """The words, and the full addresses of the links in them. Any text gives an answer."""
    if html.count("<") == 2 and html.startswith("<p>") and html.endswith("</p>"):
        return unescape(html[3:-4]).strip(), ()
    reader = _Reader()
    at = 0
    for tag in _TAG.finditer(html):
        reader.words(html[at : tag.start()])
        at = tag.end()
        if tag.group(1):
            reader.closes(tag.group(2).lower())
        else:
            reader.opens(tag.group(2).lower(), tag.group(3))
    reader.words(html[at:])
    text = _MANY_LINES.sub("\n\n", "".join(reader.parts)).strip()
    return text, tuple(dict.fromkeys(reader.links))[:_MOST_LINKS]


class _Reader:
    """Walks over tags and words. What is marked invisible is left out; the links are kept whole."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, str]] = []  # tag, what comes after it
        self._hidden = 0  # how many of the open ones hide their words

    def words(self, html: str) -> None:
        if html and not self._hidden:
            self.parts.append(unescape(html))

    def opens(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self.parts.append("\n")
        if tag in _VOID:
            return
        if tag == "li":
            self.parts.append("\n• ")
        found = _CLASS.search(attributes)
        classes = found.group(1).split() if found else []
        if tag == "a":
            self._link(attributes, classes)
        after = "\n\n" if tag in _BLOCKS else "…" if "ellipsis" in classes else ""
        if "invisible" in classes or tag in ("script", "style"):
            self._hidden += 1
            after = "hidden"
        self._open.append((tag, after))

    def closes(self, tag: str) -> None:
        """Closes the innermost of this name, and what was left open in it."""
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, after = self._open.pop()
            if after == "hidden":
                self._hidden -= 1
            elif after and not self._hidden:
                self.parts.append(after)
            if name == tag:
                return

    def _link(self, attributes: str, classes: list[str]) -> None:
        found = _HREF.search(attributes)
        if found and "mention" not in classes:
            address = unescape(found.group(1))
            if address.startswith(("https://", "http://")):
                self.links.append(address)
