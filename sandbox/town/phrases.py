"""What somebody writes: sentences put together by a grammar, in their own hand.

The words are data (`words.toml`). A `Voice` remembers what was said lately, so that no two texts
of a long afternoon are nearly the same.
"""

import random
import re
import tomllib
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.town.people import Hand, Mood, Neighbour

#: Two texts that share more of their words than this say nearly the same.
TOO_ALIKE = 0.7
_TRIES = 12
#: Of those who speak another language so many write in it; the others write in English.
_IN_THEIR_OWN = 0.4
_REMEMBERED = 120  # of each topic: some three thousand texts
#: How many sentences tell what comes of it.
_EFFECTS = (0, 1, 1, 1, 2)
_BEGINS = re.compile(r"(?:^|[.?!:] +)[a-z]")
_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\w+")
_SHORT = {
    "you": "u",
    "your": "ur",
    "please": "pls",
    "thanks": "thx",
    "are": "r",
    "because": "cos",
    "people": "ppl",
    "tomorrow": "tmrw",
    "with": "w",
    "and": "n",
    "something": "smth",
    "about": "abt",
}


@dataclass(frozen=True, slots=True)
class Said:
    """`about` is what sort of matter it is; `topic` what it is about."""

    text: str
    topic: str
    about: str
    language: str


@cache
def words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Voice:
    """Draws texts; the same ones in the same order for the same `rng`."""

    rng: random.Random
    _known: dict[str, int] = field(default_factory=dict)
    _lately: dict[str, deque[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_REMEMBERED))
    )

    def says(self, one: Neighbour) -> Said:
        """Something new from this neighbour: of several tries the one least like what was said."""
        best: Said | None = None
        least = 2.0
        own = one.who.language != "en" and self.rng.random() < _IN_THEIR_OWN
        for number in range(_TRIES):
            said = self._foreign(one) if own and number < _TRIES // 3 else self._english(one)
            near = self._nearest(said)
            if near < least:
                best, least = said, near
            if least <= TOO_ALIKE:
                break
        assert best is not None  # noqa: S101 - there was at least one try
        marks = self._marks(best.text)
        self._lately[best.topic].append((marks, marks.bit_count()))
        return best

    def reacts(self, one: Neighbour, how: str, **given: str) -> str:
        """`how`: thanks, ask, chase, elsewhere."""
        kinds = words()["reactions"][how]
        drawn = self.rng.choice(kinds.get(one.mood.value, kinds["plain"]))
        for name, value in given.items():
            drawn = drawn.replace(f"{{{name}}}", value)
        return self.fill(drawn)

    def news(self) -> str:
        """Something a landlord publishes."""
        return self.fill(self.rng.choice(words()["news"]["page"]))

    def fill(self, text: str) -> str:
        slots = words()["slots"]
        return _SLOT.sub(
            lambda found: str(self.rng.choice(slots[found[1]])) if found[1] in slots else "", text
        )

    def _english(self, one: Neighbour) -> Said:
        topics = words()["topics"]
        topic = self.rng.choice(list(topics))
        says = self.rng.choice(topics[topic]["says"])
        parts = [self._of("openers", one.mood), says if says[-1] in ".?!" else says + "."]
        parts += self.rng.sample(words()["effects"]["all"], k=self.rng.choice(_EFFECTS))
        parts.append(self._of("closers", one.mood))
        text = _capital(self.fill(" ".join(part for part in parts if part)))
        return Said(self._written(text, one), topic, topics[topic]["about"], "en")

    def _foreign(self, one: Neighbour) -> Said:
        language = one.who.language
        listed = words()["languages"][language]["says"]
        text = " ".join(self.rng.sample(listed, k=self.rng.choice((1, 2, 2))))
        return Said(self._emoji(self.fill(text), one), language, "repair", language)

    def _of(self, kind: str, mood: Mood) -> str:
        return str(self.rng.choice(words()[kind][mood.value]))

    def _written(self, text: str, one: Neighbour) -> str:
        match one.hand:
            case Hand.HASTY:
                text = self._slips(text)
            case Hand.LOWER:
                text = text.lower().replace("'", "").rstrip(".")
            case Hand.CAPITALS:
                text = text.upper()
            case Hand.SHORT:
                text = _WORD.sub(lambda found: _SHORT.get(found[0].lower(), found[0]), text)
        return self._emoji(text, one)

    def _emoji(self, text: str, one: Neighbour) -> str:
        if self.rng.random() >= one.habits.emoji:
            return text
        return f"{text} {self.rng.choice(words()['emoji'][one.mood.value])}"

    def _slips(self, text: str) -> str:
        """A slip of the fingers in about every eighth word: swapped, dropped or doubled letters."""
        slipped = []
        for word in text.split(" "):
            if len(word) > 3 and word.isalpha() and self.rng.random() < 0.12:
                at = self.rng.randrange(1, len(word) - 1)
                match self.rng.randrange(3):
                    case 0:
                        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
                    case 1:
                        word = word[:at] + word[at + 1 :]
                    case _:
                        word = word[:at] + word[at] + word[at:]
            slipped.append(word)
        return " ".join(slipped)

    def _marks(self, text: str) -> int:
        """Its words as a set, one bit for each."""
        marks = 0
        for word in normal(text):
            marks |= 1 << self._known.setdefault(word, len(self._known))
        return marks

    def _nearest(self, said: Said) -> float:
        marks = self._marks(said.text)
        size, near = marks.bit_count(), 0.0
        # `likeness`, written out: this runs a hundred times for each text.
        for other, others in self._lately[said.topic]:
            common = (marks & other).bit_count()
            near = max(near, common / (size + others - common or 1))
        return near


def normal(text: str) -> Sequence[str]:
    """Its words without case, marks and pictures."""
    return _WORD.findall(text.casefold())


def likeness(one: int, other: int) -> float:
    """How much two sets of words have in common: 1 if they are the same (Jaccard)."""
    return (one & other).bit_count() / ((one | other).bit_count() or 1)


def _capital(text: str) -> str:
    return _BEGINS.sub(lambda found: found[0].upper(), text)
