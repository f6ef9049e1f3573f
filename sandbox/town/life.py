"""The town lives: people write to their landlord, and react to what comes back.

Time here is the town's own: `Town.step(seconds)` lets so much of it pass and does what falls due,
so that an afternoon takes as long as whoever calls it likes. The same seed and the same answers
make the same afternoon.
"""

import heapq
import itertools
import json
import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.kernel.bus import Happening
from sandbox.kernel.world import Impossible, Page, Stage, World
from sandbox.town import pictures
from sandbox.town.people import Neighbour, town
from sandbox.town.phrases import Voice

_MINUTE, _HOUR = 60.0, 3600.0
#: How long after an answer somebody reacts, and how long they wait for one at least and at most.
_REACTS = (1 * _MINUTE, 25 * _MINUTE)
_WAITS = (1.5 * _HOUR, 9 * _HOUR)
#: Of those who neither ask nor chase, so many say thank you.
_THANKS = 0.6
#: Of those who edit, so many write something else altogether.
_REWRITES = 0.3
_MOST_FOLLOW_UPS = 2
_MOST_CHASES = 2
#: What they do of their own accord, in shares.
ACTS: Mapping[str, float] = {"comment": 46, "mention": 28, "message": 20, "edit": 4, "delete": 2}
#: The page has nothing newer than this many posts before residents can comment.
_POSTS = 3
#: Matters beyond this many are forgotten, oldest first.
_REMEMBERED = 20_000
_PICTURES = 24


@dataclass(slots=True)
class Matter:
    """What somebody brought to their landlord, and how it goes."""

    number: int
    who: str
    stage: str
    page: str
    native_id: str
    text: str
    private: bool
    follow_ups: int = 0
    chases: int = 0
    waiting: bool = True
    #: Everything they said in it: an answer to any of these is an answer.
    said: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """What the town did, for whoever looks."""

    acts: int = 0
    reactions: int = 0
    answered: int = 0
    impossible: int = 0


@dataclass(slots=True)
class Town:
    """`every`: town seconds between two new matters on average; 0 brings none by itself."""

    world: World
    every: float = 0.0
    reacting: bool = True
    acts: Mapping[str, float] = field(default_factory=lambda: ACTS)
    people: Sequence[Neighbour] = ()
    counts: Counts = field(default_factory=Counts)
    time: float = 0.0
    voice: Voice = field(init=False)
    rng: random.Random = field(init=False)
    _matters: OrderedDict[int, Matter] = field(default_factory=OrderedDict)
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)
    _due: list[tuple[float, int, str, int]] = field(default_factory=list)
    _number: int = 0
    _next: float = 0.0
    _album: list[pictures.Picture] = field(default_factory=list)
    _by_key: dict[str, Neighbour] = field(init=False)
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.people = self.people or town(self.world.seed)
        self._by_key = {one.who.key: one for one in self.people}
        self._weights = list(itertools.accumulate(one.habits.often for one in self.people))
        self.rng = random.Random(f"town {self.world.seed}")
        self.voice = Voice(random.Random(f"voice {self.world.seed}"))
        self.world.bus.call(self._hear)

    # --- Time passes --------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Let so much of the town's time pass."""
        if not self.every:
            self._next = self.time + seconds
        self.time += seconds
        while self.every and self._next <= self.time:
            self._next += self.every * self.rng.uniform(0.4, 1.6)
            self.act()
        while self._due and self._due[0][0] <= self.time:
            _, _, what, number = heapq.heappop(self._due)
            matter = self._matters.get(number)
            if matter is not None:
                self._react(what, matter)

    def act(self) -> None:
        """Somebody does something of their own accord."""
        one = self.rng.choices(self.people, cum_weights=self._weights)[0]
        stage = self._stage(one)
        if stage is None:
            return
        page = _page(stage, one.brand)
        if page is None:
            return
        wanted = [(act, share) for act, share in self.acts.items() if act in stage.can]
        if not any(share for _, share in wanted):
            return
        act = self.rng.choices([act for act, _ in wanted], [share for _, share in wanted])[0]
        try:
            if act in ("edit", "delete"):
                self.counts.acts += self._second_thoughts(act, stage)
            else:
                self._bring(act, stage, page, one)
                self.counts.acts += 1
        except Impossible:
            self.counts.impossible += 1

    # --- What they do -------------------------------------------------------------------------

    def _bring(self, act: str, stage: Stage, page: Page, one: Neighbour) -> None:
        said = self.voice.says(one)
        shown = (self._picture(),) if self.rng.random() < one.habits.pictures else ()
        if act == "comment":
            posts = stage.posts(page.native_id)
            if not posts:
                posts = [stage.publish(page.native_id, self.voice.news())]
            on = posts[self.rng.randrange(min(len(posts), _POSTS))]
            native_id = stage.comment(one.who, said.text, on=on, pictures=shown)
        elif act == "mention":
            native_id = stage.mention(one.who, said.text, page=page.native_id, pictures=shown)
        else:
            native_id = stage.message(one.who, said.text, page=page.native_id, pictures=shown)
        matter = Matter(
            number=self._count(),
            who=one.who.key,
            stage=stage.slug,
            page=page.native_id,
            native_id=native_id,
            text=said.text,
            private=act == "message",
        )
        self._remember(matter)
        if said.about not in ("praise", "community"):
            self._wait(matter, one)

    def _second_thoughts(self, act: str, stage: Stage) -> bool:
        """Edit or delete something said not long ago; False if there is nothing of the kind."""
        lately = list(itertools.islice(reversed(self._matters.values()), 60))
        mine = [one for one in lately if one.stage == stage.slug and not one.private]
        if not mine:
            return False
        matter = self.rng.choice(mine)
        one = self._by_key[matter.who]
        if act == "delete":
            stage.delete(one.who, of=matter.native_id)
            self._forget(matter)
            return True
        rewrites = self.rng.random() < _REWRITES
        matter.text = self.voice.says(one).text if rewrites else f"{matter.text} (edited)"
        matter.native_id = stage.edit(one.who, matter.text, of=matter.native_id)
        self._add(matter, matter.native_id)
        return True

    def _react(self, what: str, matter: Matter) -> None:
        if what in ("chase", "elsewhere") and not matter.waiting:
            return
        one = self._by_key[matter.who]
        try:
            if what == "elsewhere":
                self._go_elsewhere(matter, one)
            else:
                self._say(self.voice.reacts(one, what, by=self._by(matter)), matter, one)
                if what == "thanks":
                    self._forget(matter)
                else:
                    self._wait(matter, one)
        except Impossible:
            self.counts.impossible += 1
            self._forget(matter)
        else:
            self.counts.reactions += 1

    def _say(self, text: str, matter: Matter, one: Neighbour) -> None:
        stage = self.world.stages[matter.stage]
        if matter.private:
            said = stage.message(one.who, text, page=matter.page)
        elif "comment" in stage.can:
            said = stage.comment(one.who, text, on=matter.native_id)
        else:
            said = stage.mention(one.who, text, page=matter.page)
        self._add(matter, said)

    def _go_elsewhere(self, matter: Matter, one: Neighbour) -> None:
        others = [
            stage
            for stage in self.world.stages.values()
            if stage.slug != matter.stage and "mention" in stage.can
        ]
        self._forget(matter)
        if not others:
            return
        stage = self.rng.choice(others)
        page = _page(stage, one.brand)
        if page is None:
            return
        name = self.world.stages[matter.stage].name
        text = self.voice.reacts(one, "elsewhere", stage=name, text=matter.text)
        native_id = stage.mention(one.who, text, page=page.native_id)
        new = Matter(
            self._count(), matter.who, stage.slug, page.native_id, native_id, matter.text, False
        )
        new.chases = _MOST_CHASES  # nobody wanders for ever
        self._remember(new)

    # --- What comes back ----------------------------------------------------------------------

    def _hear(self, happening: Happening) -> None:
        if not (self.reacting and happening.by_page):
            return
        found = self._asked.get((happening.stage, happening.of))
        matter = self._matters.get(found) if found is not None else None
        if matter is None and happening.private:
            matter = self._answered_in_private(happening)
        if matter is None:
            return
        if happening.what == "hidden":
            self._later("elsewhere", matter, _REACTS)
        elif happening.what in ("commented", "mentioned", "messaged") and matter.waiting:
            self.counts.answered += 1
            matter.waiting = False
            self._answered(matter)

    def _answered(self, matter: Matter) -> None:
        one = self._by_key[matter.who]
        if matter.follow_ups < _MOST_FOLLOW_UPS and self.rng.random() < one.habits.asks:
            matter.follow_ups += 1
            self._later("ask", matter, _REACTS)
        elif self.rng.random() < _THANKS:
            self._later("thanks", matter, _REACTS)
        else:
            self._forget(matter)

    def _answered_in_private(self, happening: Happening) -> Matter | None:
        """Not every platform says what a private message answers: look into the chats that wait."""
        stage = self.world.stages[happening.stage]
        for matter in self._matters.values():
            if matter.private and matter.waiting and matter.page == happening.page:
                chat = stage.chat(matter.page, self._by_key[matter.who].who)
                if any(item.native_id == happening.native_id for item in chat):
                    return matter
        return None

    # --- Small things -------------------------------------------------------------------------

    def _stage(self, one: Neighbour) -> Stage | None:
        open_ = [stage for stage in self.world.stages.values() if stage.can]
        if not open_:
            return None
        if self.rng.random() < 0.7:
            return open_[int(one.first * len(open_))]
        return self.rng.choice(open_)

    def _picture(self) -> pictures.Picture:
        if len(self._album) < _PICTURES:
            self._album.append(pictures.taken(self.rng))
        return self.rng.choice(self._album)

    def _by(self, matter: Matter) -> str:
        pages = self.world.stages[matter.stage].pages()
        return next((page.name for page in pages if page.native_id == matter.page), "")

    def _wait(self, matter: Matter, one: Neighbour) -> None:
        matter.waiting = True
        if not self.reacting:
            return
        if matter.chases < _MOST_CHASES and self.rng.random() >= one.habits.waits:
            matter.chases += 1
            self._later("chase", matter, _WAITS)
        elif self.rng.random() < one.habits.roams:
            self._later("elsewhere", matter, _WAITS)

    def _later(self, what: str, matter: Matter, within: tuple[float, float]) -> None:
        when = self.time + self.rng.uniform(*within)
        heapq.heappush(self._due, (when, self._count(), what, matter.number))

    def _count(self) -> int:
        self._number += 1
        return self._number

    def _remember(self, matter: Matter) -> None:
        self._matters[matter.number] = matter
        self._add(matter, matter.native_id)
        while len(self._matters) > _REMEMBERED:
            self._forget(next(iter(self._matters.values())))

    def _forget(self, matter: Matter) -> None:
        self._matters.pop(matter.number, None)
        for native_id in matter.said:
            self._asked.pop((matter.stage, native_id), None)

    def _add(self, matter: Matter, native_id: str) -> None:
        matter.said.append(native_id)
        self._asked[matter.stage, native_id] = matter.number

    # --- Across a restart ---------------------------------------------------------------------

    def dump(self) -> bytes:
        matters = [
            [getattr(one, name) for name in Matter.__dataclass_fields__]
            for one in self._matters.values()
        ]
        kept = {"time": self.time, "number": self._number, "matters": matters, "due": self._due}
        return json.dumps(kept).encode()

    def load(self, dumped: bytes) -> None:
        kept = json.loads(dumped)
        self.time, self._number = kept["time"], kept["number"]
        self._next = self.time
        for values in kept["matters"]:
            matter = Matter(*values)
            if matter.who in self._by_key and matter.stage in self.world.stages:
                self._matters[matter.number] = matter
                for native_id in matter.said:
                    self._asked[matter.stage, native_id] = matter.number
        self._due = [(when, order, what, number) for when, order, what, number in kept["due"]]
        heapq.heapify(self._due)


def _page(stage: Stage, brand: str) -> Page | None:
    return next((page for page in stage.pages() if page.brand == brand), None)
