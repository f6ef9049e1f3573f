"""The town's residents and what they have to say, in an order that a seed decides."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_WELSH = "cy: "
#: A follow-up comes after so many posts of other people.
_SOONEST, _LATEST = 2, 6


@dataclass(frozen=True, slots=True)
class Message:
    """`thread` and `number` are the same whenever the same seed tells the same round."""

    brand: str
    who: str
    thread: str
    number: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Story:
    brand: str
    who: str
    messages: tuple[str, ...]


def stories() -> tuple[Story, ...]:
    text = Path(__file__).with_name("posts.toml").read_text(encoding="utf-8")
    return tuple(
        Story(brand, told[0], tuple(told[1:]))
        for brand, listed in tomllib.loads(text).items()
        for told in listed["stories"]
    )


def told(rng: random.Random) -> Iterator[Message]:
    """Round after round without end: everybody's story once a round, follow-ups in between."""
    number = 0
    while True:
        number += 1
        yield from _round(number, rng)


def _round(number: int, rng: random.Random) -> Iterator[Message]:
    fresh = list(stories())
    rng.shuffle(fresh)
    later: list[tuple[int, Story, int]] = []
    turn = 0
    while fresh or later:
        turn += 1
        due = next((entry for entry in later if entry[0] <= turn or not fresh), None)
        if due is None:
            story, index = fresh.pop(), 0
        else:
            later.remove(due)
            _, story, index = due
        yield _message(story, index, number)
        if index + 1 < len(story.messages):
            later.append((turn + rng.randint(_SOONEST, _LATEST), story, index + 1))


def _message(story: Story, index: int, number: int) -> Message:
    text = story.messages[index]
    welsh = text.startswith(_WELSH)
    return Message(
        brand=story.brand,
        who=story.who,
        thread=f"{_slug(story.who)}-{number}",
        number=index,
        text=text.removeprefix(_WELSH),
        language="cy" if welsh else "en",
    )


def _slug(name: str) -> str:
    return "".join(
        letter for letter in name.lower().replace(" ", "-") if letter.isalnum() or letter == "-"
    )
