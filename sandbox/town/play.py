"""A scenario being played: its steps done on the stages, when their time comes.

Like the town, a play has a time of its own (`Play.step`), so that a day may take a minute.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.kernel.faults import Fault
from sandbox.kernel.world import Impossible, Page, Resident, Stage, World
from sandbox.town import pictures
from sandbox.town.life import Town
from sandbox.town.people import Neighbour
from sandbox.town.scenario import Scenario, Step

#: What each step asks of a stage; the others need none.
_NEEDS = {
    "mention": "mention",
    "comment": "comment",
    "message": "message",
    "crowd": "comment",
    "publish": "",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the play's log: when, what, and what came of it. `missed` steps did nothing."""

    at: float
    do: str
    says: str
    missed: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    stage: Stage
    native_id: str
    who: Resident | None
    page: str


@dataclass(slots=True)
class Play:
    """`clock`, if given, is told what time it is in the story before each step."""

    world: World
    scenario: Scenario
    town: Town
    clock: Callable[[datetime], None] | None = None
    number: int = 0
    time: float = 0.0
    log: list[Told] = field(default_factory=list)
    _waiting: list[Step] = field(init=False)
    _said: dict[str, _Said] = field(default_factory=dict)
    _faults: dict[str, Fault] = field(default_factory=dict)
    _held: bool = False
    _crowd: dict[str, Neighbour] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = [one for step in self.scenario.steps for one in self._expanded(step)]
        self._waiting = sorted(steps, key=lambda step: step.at, reverse=True)

    @property
    def over(self) -> bool:
        return not self._waiting

    def step(self, seconds: float) -> None:
        """Let so much of the story's time pass."""
        self.time += seconds
        while self._waiting and self._waiting[-1].at <= self.time:
            step = self._waiting.pop()
            if self.clock is not None and self.scenario.starts is not None:
                self.clock(self.scenario.starts + timedelta(seconds=step.at))
            try:
                says = self._do(step)
            except Impossible as error:
                self.log.append(Told(step.at, step.do, str(error), missed=True))
            else:
                self.log.append(Told(step.at, step.do, says))

    def stop(self) -> None:
        """Before its end: nothing that it broke stays broken."""
        self._waiting.clear()
        for fault in self._faults.values():
            if fault in self.world.faults.ordered:
                self.world.faults.ordered.remove(fault)
        self._faults.clear()
        if self._held:
            self.world.hooks.release()

    def _expanded(self, step: Step) -> Iterator[Step]:
        """A crowd is many people, each at a time of their own."""
        if step.do != "crowd":
            yield step
            return
        fits = [one for one in self.town.people if step.mood in ("", one.mood.value)]
        for _ in range(step.count):
            one = self.town.rng.choice(fits)
            self._crowd[one.who.key] = one
            at = step.at + self.town.rng.uniform(0, step.over)
            text = self.town.rng.choice(step.texts) if step.texts else ""
            yield replace(step, at=at, who=one.who.key, text=self.town.voice.fill(text))

    # --- The steps ----------------------------------------------------------------------------

    def _do(self, step: Step) -> str:
        match step.do:
            case "desk":
                return step.text
            case "hold" | "release":
                return self._deliveries(step)
            case "down" | "up":
                return self._break_or_mend(step)
            case "publish":
                stage, page = self._stage(step), self._page(step)
                return self._note(step, stage, stage.publish(page.native_id, step.text), None, page)
            case "edit" | "delete" | "answer":
                return self._about(step)
            case _:
                return self._write(step)

    def _write(self, step: Step) -> str:
        who = self._who(step)
        text = step.text or self.town.voice.says(self._crowd[step.who]).text
        shown = (pictures.taken(self.town.rng),) if step.picture else ()
        if step.of:
            about = self._known(step.of)
            native_id = about.stage.comment(who, text, on=about.native_id, pictures=shown)
            return self._note(step, about.stage, native_id, who, None, page_id=about.page)
        stage, page = self._stage(step), self._page(step)
        if step.do == "message":
            native_id = stage.message(who, text, page=page.native_id, pictures=shown)
        elif step.do == "mention":
            native_id = stage.mention(who, text, page=page.native_id, pictures=shown)
        else:
            posts = stage.posts(page.native_id)
            on = posts[0] if posts else stage.publish(page.native_id, self.town.voice.news())
            native_id = stage.comment(who, text, on=on, pictures=shown)
        return self._note(step, stage, native_id, who, page)

    def _about(self, step: Step) -> str:
        about = self._known(step.of)
        if step.do == "answer":
            native_id = about.stage.answer_in_app(about.page, step.text, to=about.native_id)
            return self._note(step, about.stage, native_id, None, None, page_id=about.page)
        if about.who is None:
            raise Impossible(f"“{step.of}” is the page's own: residents cannot {step.do} it.")
        if step.do == "delete":
            about.stage.delete(about.who, of=about.native_id)
            return about.native_id
        native_id = about.stage.edit(about.who, step.text, of=about.native_id)
        self._said[step.of] = replace(about, native_id=native_id)
        return native_id

    def _deliveries(self, step: Step) -> str:
        self._held = step.do == "hold"
        if self._held:
            self.world.hooks.hold()
            return "The platforms' calls wait."
        self.world.hooks.release()
        return "The platforms' calls leave again."

    def _break_or_mend(self, step: Step) -> str:
        open_ = [slug for slug in step.on if slug in self.world.stages]
        if not open_:
            raise Impossible(f"None of {', '.join(step.on)} is open.")
        slug = open_[0]
        if step.do == "down":
            self._faults[slug] = self.world.faults.order("down", stage=slug)
            return f"{slug} answers nobody."
        fault = self._faults.pop(slug, None)
        if fault in self.world.faults.ordered:
            self.world.faults.ordered.remove(fault)
        return f"{slug} answers again."

    # --- Small things -------------------------------------------------------------------------

    def _stage(self, step: Step) -> Stage:
        needs = _NEEDS.get(step.do, "")
        for slug in step.on:
            stage = self.world.stages.get(slug)
            if stage is not None and (not needs or needs in stage.can):
                return stage
        raise Impossible(f"None of {', '.join(step.on)} is open for this.")

    def _page(self, step: Step) -> Page:
        stage = self._stage(step)
        for page in stage.pages():
            if page.brand == step.brand:
                return page
        raise Impossible(f"{step.brand} has no page on {stage.name}.")

    def _who(self, step: Step) -> Resident:
        if step.who in self.scenario.people:
            return self.scenario.people[step.who]
        return self._crowd[step.who].who

    def _known(self, name: str) -> _Said:
        if name not in self._said:
            raise Impossible(f"“{name}” did not happen.")
        return self._said[name]

    def _note(
        self,
        step: Step,
        stage: Stage,
        native_id: str,
        who: Resident | None,
        page: Page | None,
        *,
        page_id: str = "",
    ) -> str:
        if step.name:
            where = page.native_id if page is not None else page_id
            self._said[step.name] = _Said(stage, native_id, who, where)
        return f"{stage.slug} {native_id}"
