"""The words of a search or a stream rule: terms, phrases, operators, OR, brackets, negation."""

import re
from collections.abc import Callable

from sandbox.x.state import Post, State

type Matches = Callable[[Post], bool]

_PART = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<minus>-)|(?P<phrase>"[^"]*")|(?P<word>[^\s()"]+))"""
)
_WORD = re.compile(r"\w+")


class QueryError(ValueError):
    """The query cannot be read; the message says why."""


def parse(query: str, state: State) -> Matches:
    """Raises `QueryError`."""
    reader = _Reader(query, state)
    found = reader.either()
    if reader.parts:
        raise QueryError(f"Nothing opens the bracket before “{reader.parts[0][1]}”.")
    return found


class _Reader:
    def __init__(self, query: str, state: State) -> None:
        self.state = state
        self.parts: list[tuple[str, str]] = []
        at, query = 0, query.strip()
        while at < len(query):
            match = _PART.match(query, at)
            if match is None or match.lastgroup is None:
                raise QueryError(f"“{query[at:]}” is not understood.")
            self.parts.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        if not self.parts:
            raise QueryError("The query is empty.")

    def either(self) -> Matches:
        ways = [self.every()]
        while self.parts and self.parts[0] == ("word", "OR"):
            self.parts.pop(0)
            ways.append(self.every())
        return lambda post: any(way(post) for way in ways)

    def every(self) -> Matches:
        wanted: list[Matches] = []
        while self.parts and self.parts[0][0] != "close" and self.parts[0] != ("word", "OR"):
            wanted.append(self.one())
        if not wanted:
            raise QueryError("There is nothing to look for between the words OR or the brackets.")
        return lambda post: all(one(post) for one in wanted)

    def one(self) -> Matches:
        kind, word = self.parts.pop(0)
        if kind == "minus":
            if not self.parts:
                raise QueryError("Nothing follows the minus.")
            found = self.one()
            return lambda post: not found(post)
        if kind == "open":
            found = self.either()
            if not self.parts or self.parts.pop(0)[0] != "close":
                raise QueryError("A bracket is not closed.")
            return found
        if kind == "phrase":
            return self._phrase(word.strip('"'))
        return self._word(word)

    def _phrase(self, phrase: str) -> Matches:
        wanted = phrase.lower()
        return lambda post: wanted in post.text.lower()

    def _word(self, word: str) -> Matches:
        if word.startswith("@"):
            return self._names(word[1:])
        if word.startswith("#"):
            return self._phrase(word)
        operator, colon, value = word.partition(":")
        if not colon:
            wanted = word.lower()
            return lambda post: wanted in _WORD.findall(post.text.lower())
        made = {
            "from": self._from,
            "to": self._to,
            "conversation_id": self._conversation,
            "in_reply_to_tweet_id": self._answers,
            "is": self._is,
            "has": self._has,
            "lang": self._language,
        }.get(operator)
        if made is None or not value:
            raise QueryError(f"There is no operator “{word}”.")
        return made(value)

    def _who(self, name: str) -> str:
        account = self.state.account(name.removeprefix("@"))
        return account.id if account is not None else name

    def _names(self, name: str) -> Matches:
        who, named = self._who(name), self.state.named
        return lambda post: post.author != who and any(one.id == who for one in named(post.whole))

    def _from(self, name: str) -> Matches:
        who = self._who(name)
        return lambda post: post.author == who

    def _to(self, name: str) -> Matches:
        who = self._who(name)

        def matches(post: Post) -> bool:
            parent = self.state.stored.posts.get(post.reply_to)
            return parent is not None and parent.author == who

        return matches

    def _conversation(self, value: str) -> Matches:
        return lambda post: post.conversation == value

    def _answers(self, value: str) -> Matches:
        return lambda post: post.reply_to == value

    def _is(self, value: str) -> Matches:
        known: dict[str, Matches] = {
            "reply": lambda post: bool(post.reply_to),
            # Nothing is reposted, quoted or verified here.
            "retweet": lambda _post: False,
            "quote": lambda _post: False,
            "verified": lambda _post: False,
        }
        if value not in known:
            raise QueryError(f"There is no operator “is:{value}”.")
        return known[value]

    def _has(self, value: str) -> Matches:
        known: dict[str, Matches] = {
            "media": lambda post: bool(post.media),
            "images": lambda post: bool(post.media),
            "mentions": lambda post: bool(self.state.named(post.whole)),
            "links": lambda post: "://" in post.text,
        }
        if value not in known:
            raise QueryError(f"There is no operator “has:{value}”.")
        return known[value]

    def _language(self, value: str) -> Matches:
        return lambda post: post.language == value
