"""Who lives in the town: some hundreds of people, the same ones for the same seed."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Resident
from sandbox.see.people import resident

HOW_MANY = 400


class Mood(StrEnum):
    """How somebody takes things; decides what they say and how they react."""

    PLAIN = "plain"
    ANGRY = "angry"
    CHEERFUL = "cheerful"
    ANXIOUS = "anxious"
    DRY = "dry"


class Hand(StrEnum):
    """How somebody types."""

    CAREFUL = "careful"
    HASTY = "hasty"
    LOWER = "lower"
    CAPITALS = "capitals"
    SHORT = "short"  # u, pls, thx


@dataclass(frozen=True, slots=True)
class Habits:
    """`often`: how much of the town's talk is theirs. `asks`, `waits` and `roams` are how likely a
    further question, patience and going elsewhere are, out of one."""

    often: float
    private: float
    pictures: float
    emoji: float
    asks: float
    waits: float
    roams: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One of the town: `brand` is their landlord, `first` the platform they like best."""

    who: Resident
    brand: str
    mood: Mood
    hand: Hand
    habits: Habits
    first: float  # a place among whatever platforms there are, 0 to 1


_MOODS = {
    Mood.PLAIN: 38,
    Mood.ANGRY: 18,
    Mood.CHEERFUL: 16,
    Mood.ANXIOUS: 16,
    Mood.DRY: 12,
}
_HANDS = {Hand.CAREFUL: 48, Hand.HASTY: 22, Hand.LOWER: 16, Hand.SHORT: 10, Hand.CAPITALS: 4}
_HABITS: Mapping[Mood, Habits] = {
    Mood.PLAIN: Habits(1.0, 0.3, 0.06, 0.1, 0.3, 0.5, 0.2),
    Mood.ANGRY: Habits(1.6, 0.15, 0.1, 0.2, 0.45, 0.15, 0.6),
    Mood.CHEERFUL: Habits(0.8, 0.2, 0.12, 0.6, 0.15, 0.8, 0.1),
    Mood.ANXIOUS: Habits(1.3, 0.5, 0.08, 0.25, 0.5, 0.3, 0.4),
    Mood.DRY: Habits(0.9, 0.1, 0.15, 0.2, 0.3, 0.6, 0.3),
}


@cache
def _names() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def town(seed: int, *, most: int = HOW_MANY) -> tuple[Neighbour, ...]:
    """Everybody of the town; nobody has another's name or handle."""
    rng = random.Random(f"people {seed}")
    names = dict(_names())
    spoken = names.pop("languages")
    found: dict[str, Neighbour] = {}
    handles: set[str] = set()
    while len(found) < most:
        origin = rng.choice(list(names))
        # Towns are mixed, and so are families.
        family = rng.choice(
            names[origin if rng.random() < 0.9 else rng.choice(list(names))]["family"]
        )
        language = "en"
        if origin in spoken:
            code, of_a_hundred = spoken[origin]
            language = str(code) if rng.random() * 100 < int(of_a_hundred) else "en"
        who = resident(f"{rng.choice(names[origin]['given'])} {family}", language=language)
        if who.key in found or who.handle in handles:
            continue
        handles.add(who.handle)
        mood = rng.choices(list(_MOODS), list(_MOODS.values()))[0]
        found[who.key] = Neighbour(
            who=who,
            brand=rng.choice(LANDLORDS).slug,
            mood=mood,
            hand=rng.choices(list(_HANDS), list(_HANDS.values()))[0],
            habits=_HABITS[mood],
            first=rng.random(),
        )
    return tuple(found.values())
