"""Scenario files: what happens, to whom, where and when; read and checked as a whole.

A file is TOML (`sandbox/scenarios/*.toml`; `README.md` there says what each field means). A file
that is wrong is refused with a sentence for each thing that is wrong, before anything is played.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Resident
from sandbox.see.people import resident
from sandbox.town.people import Mood

FOLDER = Path(__file__).parents[1] / "scenarios"
ZONE = ZoneInfo("Europe/London")

_TIME = re.compile(r"(?:(\d+)d)? ?(?:(\d+)h)? ?(?:(\d+)m)? ?(?:(\d+)s)?")
_UNITS = (86_400, 3600, 60, 1)

#: What a step may do, with the fields it needs and those it may have besides at, do, as and note.
DOES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "mention": (frozenset({"who", "on", "brand", "text"}), frozenset({"picture"})),
    "comment": (frozenset({"who", "text"}), frozenset({"of", "on", "brand", "picture"})),
    "message": (frozenset({"who", "on", "brand", "text"}), frozenset({"picture"})),
    "edit": (frozenset({"of", "text"}), frozenset()),
    "delete": (frozenset({"of"}), frozenset()),
    "publish": (frozenset({"on", "brand", "text"}), frozenset()),
    "answer": (frozenset({"of", "text"}), frozenset()),
    "crowd": (frozenset({"on", "brand", "count", "over"}), frozenset({"of", "mood", "texts"})),
    "hold": (frozenset(), frozenset()),
    "release": (frozenset(), frozenset()),
    "down": (frozenset({"on"}), frozenset()),
    "up": (frozenset({"on"}), frozenset()),
    "desk": (frozenset({"text"}), frozenset()),
}
_ALWAYS = frozenset({"at", "do", "as", "note"})
_TOP = frozenset({"title", "about", "starts", "clauses", "people", "steps", "expect"})
_MOST_CROWD = 5_000


class ScenarioError(ValueError):
    """The file cannot be played; the message lists all that is wrong with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is seconds after the start. `of` and `name` are names of steps inside the file; `on` is
    a platform, or a list of them of which the first that is open is taken."""

    at: float
    do: str
    who: str = ""
    on: tuple[str, ...] = ()
    brand: str = ""
    text: str = ""
    of: str = ""
    name: str = ""
    note: str = ""
    picture: bool = False
    count: int = 0
    over: float = 0.0
    mood: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """`starts` is the London wall time the story is told for; None: any time will do. `expect`
    says in words what a desk that keeps the policy does about it."""

    name: str
    title: str
    about: str
    starts: datetime | None
    clauses: tuple[str, ...]
    people: Mapping[str, Resident]
    steps: tuple[Step, ...]
    expect: tuple[str, ...] = ()

    @property
    def lasts(self) -> float:
        return max((step.at + step.over for step in self.steps), default=0.0)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def named(name: str) -> Scenario:
    """One of ours. Raises `ScenarioError`."""
    if name not in names():
        raise ScenarioError(f"There is no scenario “{name}”. There are: {', '.join(names())}.")
    return read((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), name=name)


def read(text: str, *, name: str) -> Scenario:
    """Raises `ScenarioError`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: this is not TOML: {error}.") from error
    reading = _Reading(name)
    made = reading.scenario(given)
    if reading.wrong:
        raise ScenarioError("\n".join(f"{name}: {why}" for why in reading.wrong))
    return made


def seconds(text: str) -> float | None:
    """“1d 2h 30m”, “90s” or “0m” as seconds; None if it does not read so."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not text.strip():
        return None
    return float(
        sum(int(part) * unit for part, unit in zip(found.groups(), _UNITS, strict=True) if part)
    )


@dataclass(slots=True)
class _Reading:
    name: str
    wrong: list[str] = field(default_factory=list)

    def scenario(self, given: Mapping[str, Any]) -> Scenario:
        self._unknown("the file", given, _TOP)
        for needed in ("title", "about"):
            self._text("the file", given, needed)
        known = dict(self._people(given.get("people", [])))
        steps = tuple(self._steps(given.get("steps", []), known))
        if not steps:
            self.wrong.append("it has no [[steps]]: nothing would happen.")
        return Scenario(
            name=self.name,
            title=str(given.get("title", "")),
            about=str(given.get("about", "")),
            starts=self._starts(given.get("starts")),
            clauses=tuple(str(one) for one in given.get("clauses", [])),
            people=known,
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            expect=tuple(str(one) for one in given.get("expect", [])),
        )

    def _starts(self, given: object) -> datetime | None:
        if given is None:
            return None
        if not isinstance(given, datetime) or given.tzinfo is not None:
            self.wrong.append(
                "starts must be a date and time without quotes or zone (London), "
                "such as 2026-12-24T16:00:00."
            )
            return None
        return given.replace(tzinfo=ZONE)

    def _people(self, given: object) -> Iterator[tuple[str, Resident]]:
        if not isinstance(given, list):
            self.wrong.append("people must be [[people]] tables with key and name.")
            return
        for number, one in enumerate(given, start=1):
            where = f"person {number}"
            self._unknown(where, one, frozenset({"key", "name", "language"}))
            key, name = self._text(where, one, "key"), self._text(where, one, "name")
            if not (key and name):
                continue
            try:
                yield key, resident(name, language=str(one.get("language", "en")))
            except ValueError as error:
                self.wrong.append(f"{where}: {error}")

    def _steps(self, given: object, people: Mapping[str, Resident]) -> Iterator[Step]:
        if not isinstance(given, list):
            self.wrong.append("steps must be [[steps]] tables.")
            return
        told: dict[str, float] = {}
        for number, one in enumerate(given, start=1):
            step = self._step(f"step {number}", one, people, told)
            if step is not None:
                if step.name:
                    told[step.name] = step.at
                yield step

    def _step(
        self,
        where: str,
        one: Mapping[str, Any],
        people: Mapping[str, Resident],
        told: Mapping[str, float],
    ) -> Step | None:
        do = self._text(where, one, "do")
        if do not in DOES:
            self.wrong.append(f"{where}: nobody can do “{do}”. There are: {', '.join(DOES)}.")
            return None
        needs, may = DOES[do]
        self._unknown(where, one, _ALWAYS | needs | may)
        for name in sorted(needs - one.keys()):
            self.wrong.append(f"{where}: “{do}” needs {name}.")
        if do == "comment" and not one.keys() & {"of", "on"}:
            self.wrong.append(
                f"{where}: a comment needs of (what it answers), or on and brand (the page's "
                "newest post)."
            )
        at = self._seconds(where, "at", one.get("at", "0m"))
        self._names(where, one, people, told, at)
        return Step(
            at=at,
            do=do,
            who=str(one.get("who", "")),
            on=_listed(one.get("on", ())),
            brand=str(one.get("brand", "")),
            text=str(one.get("text", "")),
            of=str(one.get("of", "")),
            name=str(one.get("as", "")),
            note=str(one.get("note", "")),
            picture=one.get("picture", False) is True,
            count=self._number(where, one.get("count", 0)),
            over=self._seconds(where, "over", one.get("over", "0m")),
            mood=str(one.get("mood", "")),
            texts=_listed(one.get("texts", ())),
        )

    def _names(
        self,
        where: str,
        one: Mapping[str, Any],
        people: Mapping[str, Resident],
        told: Mapping[str, float],
        at: float,
    ) -> None:
        """What a step refers to must be there, and earlier."""
        who = str(one.get("who", ""))
        if who and who not in people:
            self.wrong.append(f"{where}: there is no person “{who}” in people.")
        brands = [landlord.slug for landlord in LANDLORDS]
        if one.get("brand", "") and one["brand"] not in brands:
            self.wrong.append(f"{where}: no brand “{one['brand']}”: {', '.join(brands)}.")
        if one.get("mood", "") and one["mood"] not in list(Mood):
            self.wrong.append(f"{where}: no mood “{one['mood']}”: {', '.join(Mood)}.")
        of = str(one.get("of", ""))
        if of and of not in told:
            self.wrong.append(f"{where}: no step before it is called “{of}”.")
        elif of and told[of] > at:
            self.wrong.append(f"{where}: it comes before “{of}”, which it is about.")

    def _seconds(self, where: str, name: str, given: object) -> float:
        found = seconds(given) if isinstance(given, str) else None
        if found is None:
            self.wrong.append(f"{where}: {name} must read like “2h 30m”, not “{given}”.")
        return found or 0.0

    def _number(self, where: str, given: object) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _MOST_CROWD:
            self.wrong.append(f"{where}: count must be a number up to {_MOST_CROWD}.")
            return 0
        return given

    def _text(self, where: str, given: Mapping[str, Any], name: str) -> str:
        found = given.get(name) if isinstance(given, Mapping) else None
        if not isinstance(found, str) or not found.strip():
            self.wrong.append(f"{where} needs {name}, in words.")
            return ""
        return found.strip()

    def _unknown(self, where: str, given: object, known: frozenset[str]) -> None:
        if not isinstance(given, Mapping):
            self.wrong.append(f"{where} must be a table.")
            return
        for name in sorted(given.keys() - known):
            self.wrong.append(
                f"{where}: “{name}” is not known here. There are: {', '.join(sorted(known))}."
            )


def _listed(given: Sequence[str] | str) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given else ()
    return tuple(str(one) for one in given) if isinstance(given, list | tuple) else ()
