"""How the instance reads what was typed: who is named, how long it is, and the HTML it makes."""

import re
from collections.abc import Callable
from html import escape

_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_MENTION = re.compile(r"(?<![\w/@])@([A-Za-z0-9_]+)(?:@([A-Za-z0-9.-]+[A-Za-z0-9]))?")
_TAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_ANY = re.compile(f"({_URL.pattern})|({_MENTION.pattern})|({_TAG.pattern})")

#: A link counts so much, however long it is.
LINK_COUNTS = 23
_SHOWN = 30


def named(text: str) -> list[str]:
    """Who is named, as typed and without the @, each once."""
    found = [
        one.group(1) + (f"@{one.group(2)}" if one.group(2) else "")
        for one in _MENTION.finditer(text)
    ]
    return list(dict.fromkeys(found))


def tags(text: str) -> list[str]:
    return list(dict.fromkeys(one.group(1).lower() for one in _TAG.finditer(text)))


def length(text: str) -> int:
    short = _URL.sub("x" * LINK_COUNTS, text)
    return len(_MENTION.sub(lambda one: f"@{one.group(1)}", short))


def html(text: str, *, link_of: Callable[[str], str], tag_link: Callable[[str], str]) -> str:
    """`link_of` gives the address of somebody who is named, "" if nobody is called so."""

    def one(match: re.Match[str]) -> str:
        if match.group(1):
            return _link(match.group(1))
        if match.group(2):
            where = link_of(match.group(2)[1:])
            if not where:
                return escape(match.group(0))
            return (
                f'<span class="h-card" translate="no"><a href="{escape(where)}" '
                f'class="u-url mention">@<span>{escape(match.group(3))}</span></a></span>'
            )
        name = match.group(0)[1:]
        return (
            f'<a href="{escape(tag_link(name.lower()))}" class="mention hashtag" rel="tag">'
            f"#<span>{escape(name)}</span></a>"
        )

    def marked(words: str) -> str:
        done, at = [], 0
        for match in _ANY.finditer(words):
            done += [escape(words[at : match.start()], quote=False), one(match)]
            at = match.end()
        return "".join([*done, escape(words[at:], quote=False)])

    parts = [part for part in re.split(r"\n{2,}", text.strip().replace("\r\n", "\n")) if part]
    return "".join(f"<p>{marked(part).replace('\n', '<br />')}</p>" for part in parts)


def _link(url: str) -> str:
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:_SHOWN], rest[_SHOWN:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )
