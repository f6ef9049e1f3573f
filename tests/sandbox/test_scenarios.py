"""Scenario files: each of ours plays, and a wrong one is refused with all that is wrong with it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.kernel.world import World
from sandbox.town import scenario
from sandbox.town.life import Town
from sandbox.town.play import Play
from sandbox.town.running import Running
from sandbox.town.scenario import ScenarioError
from tests.sandbox.serving import serving
from tests.sandbox.village import Village

SLUGS = ("facebook", "instagram", "x", "mastodon")
#: The cases in which clauses of the policy meet, one file for each.
CASES = {
    "hazard-on-a-friday",
    "twelve-posts-three-brands",
    "leak-on-christmas-eve",
    "advisor-leaves-at-noon",
    "a-caretaker-named",
    "a-subject-access-request",
    "a-complaint-on-christmas-eve",
    "an-unapproved-platform",
    "a-new-policy-at-noon",
    "the-night-the-clocks-change",
    "told-late",
    "an-overdue-policy",
}


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)


def world(*slugs: str, clock: Callable[[], datetime] | None = None) -> World:
    made = World("http://127.0.0.1", now=clock or Clock())
    for slug in slugs or SLUGS:
        made.add(Village(made, slug=slug, name=slug.title()))
    return made


def played(name: str, *slugs: str, clock: Clock | None = None) -> Play:
    clock = clock or Clock()
    made = world(*slugs, clock=clock)
    play = Play(made, scenario.named(name), Town(made, reacting=False), clock=clock.set)
    while not play.over:
        play.step(60)
    return play


def items(play: Play, slug: str):  # type: ignore[no-untyped-def]
    return play.world.stages[slug].items  # type: ignore[attr-defined]


# --- Ours ----------------------------------------------------------------------------------------


def test_there_is_a_file_for_every_case_and_four_stories_more() -> None:
    more = {"boiler-outage", "pile-on", "hijacked-account", "quiet-sunday"}
    assert set(scenario.names()) == CASES | more
    for name in CASES:
        told = scenario.named(name)
        assert told.starts is not None
        assert told.clauses
        assert told.expect


@pytest.mark.parametrize("name", scenario.names())
@pytest.mark.parametrize("slugs", [SLUGS, ("mastodon",), ("facebook", "instagram")])
def test_every_one_plays_to_its_end_on_whatever_platforms_there_are(
    name: str, slugs: tuple[str, ...]
) -> None:
    play = played(name, *slugs)
    assert [told for told in play.log if told.missed] == []
    assert sum(len(items(play, slug)) for slug in slugs) >= 1
    assert play.world.faults.ordered == []


def test_times_are_those_of_the_story() -> None:
    (first, second) = items(played("the-night-the-clocks-change"), "mastodon").values()
    assert first.at == datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
    assert second.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    friday = next(iter(items(played("hazard-on-a-friday"), "x").values()))
    assert friday.at == datetime(2026, 11, 20, 17, 29, tzinfo=UTC)
    notice = scenario.named("a-caretaker-named")
    assert notice.starts is not None
    at = notice.starts + timedelta(seconds=notice.steps[-1].at)
    assert (at.isoformat(), notice.steps[-1].do) == ("2026-12-24T15:00:00+00:00", "desk")


def test_twelve_posts_four_deleted_one_edited_over_three_brands() -> None:
    stage = played("twelve-posts-three-brands").world.stages["x"]
    assert isinstance(stage, Village)
    posts = list(stage.items.values())
    assert len(posts) == 12
    assert {one.who for one in posts} == {"vernon-inskip"}
    assert len({page for page, _ in stage.places.values()}) == 3
    assert sum(one.deleted for one in posts) == 4
    assert [one.text for one in posts if one.edited] == [
        "Eleven, and your manager should watch the car park tonight. I know which car it is."
    ]


def test_what_is_held_leaves_when_it_is_released() -> None:
    made = world()
    play = Play(made, scenario.named("told-late"), Town(made, reacting=False))
    play.step(3600)
    assert not made.hooks._open.is_set()
    play.step(3 * 3600)
    assert made.hooks._open.is_set()


def test_a_play_that_is_stopped_leaves_nothing_broken() -> None:
    made = world()
    play = Play(made, scenario.named("hijacked-account"), Town(made, reacting=False))
    play.step(40 * 60)
    assert [fault.kind for fault in made.faults.ordered] == ["down"]
    play.stop()
    assert made.faults.ordered == []
    assert play.over
    late = Play(made, scenario.named("told-late"), Town(made, reacting=False))
    late.step(60)
    late.stop()
    assert made.hooks._open.is_set()


def test_the_same_seed_plays_the_same() -> None:
    def texts() -> list[str]:
        play = played("pile-on")
        return [one.text for slug in SLUGS for one in items(play, slug).values()]

    assert texts() == texts()
    assert len(texts()) > 150


def test_a_step_that_cannot_be_done_is_noted_and_the_play_goes_on() -> None:
    made = world("facebook")
    made.stages["facebook"].can = frozenset({"comment", "mention"})  # type: ignore[misc]
    play = Play(made, scenario.named("boiler-outage"), Town(made, reacting=False))
    play.step(10 * 3600)
    missed = [told for told in play.log if told.missed]
    assert {told.do for told in missed} == {"message", "crowd"}
    assert "None of facebook, instagram, mastodon is open for this." in {one.says for one in missed}
    assert len(items(play, "facebook")) > 20


# --- A wrong one ---------------------------------------------------------------------------------

GOOD = """
title = "A title"
about = "What it is"
[[people]]
key = "nia"
name = "Nia Prosser"
[[steps]]
do = "mention"
as = "first"
who = "nia"
on = "x"
brand = "red-kite"
text = "Hello"
"""


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as error:
        scenario.read(text, name="mine")
    return str(error.value)


def test_a_small_one_reads() -> None:
    told = scenario.read(GOOD, name="mine")
    assert told.steps[0].on == ("x",)
    assert told.people["nia"].handle == "nia_prosser"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "A title"', "", "the file needs title, in words"),
        ('title = "A title"', 'title = "A"\ncolour = "red"', "“colour” is not known here"),
        ('title = "A title"', 'title = "A"\nstarts = "noon"', "starts must be a date and time"),
        ('name = "Nia Prosser"', 'name = "—"', "is no name"),
        ('do = "mention"', 'do = "dance"', "nobody can do “dance”. There are: mention, comment"),
        ('do = "mention"', 'do = "edit"', "“edit” needs of"),
        ('do = "mention"', 'do = "mention"\nat = "soon"', "at must read like “2h 30m”, not “soon”"),
        ('do = "mention"', 'do = "mention"\nat = 5', "at must read like “2h 30m”, not “5”"),
        ('who = "nia"', 'who = "nobody"', "there is no person “nobody” in people"),
        ('who = "nia"', 'who = ["nia"]', "there is no person"),
        ('brand = "red-kite"', 'brand = "blue"', "no brand “blue”: red-kite, twenty11"),
        ('text = "Hello"', 'text = "Hello"\n[[steps]]\ndo = "delete"\nof = "x"', "is called “x”"),
        ('text = "Hello"', 'text = "Hello"\ncount = 3', "“count” is not known here"),
        ('[[people]]\nkey = "nia"', "[people]\nkey = 3", "people must be [[people]] tables"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(old: str, new: str, says: str) -> None:
    assert old in GOOD
    assert says in refused(GOOD.replace(old, new))


def test_a_step_about_a_later_one_is_refused() -> None:
    later = GOOD.replace('do = "mention"', 'at = "2h"\ndo = "mention"')
    text = later + '[[steps]]\nat = "1h"\ndo = "delete"\nof = "first"\n'
    assert "step 2: it comes before “first”, which it is about." in refused(text)


def test_all_mistakes_are_told_at_once_and_no_file_crashes_it() -> None:
    text = GOOD.replace("A title", "").replace("red-kite", "blue").replace("mine", "")
    assert len(refused(text).splitlines()) == 2
    for odd in ("steps = 3", "steps = [3]", "people = 4", "= = =", 'steps = ["a"]'):
        assert refused(odd)
    assert "There is no scenario “../x”" in _unknown("../x")


def _unknown(name: str) -> str:
    with pytest.raises(ScenarioError) as error:
        scenario.named(name)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0m", 0), ("90s", 90), ("1d 2h 30m", 95_400), ("2h", 7200), ("", None), ("2 hours", None)],
)
def test_times_are_read(text: str, wanted: float | None) -> None:
    assert scenario.seconds(text) == wanted


# --- Over HTTP -----------------------------------------------------------------------------------


def test_a_scenario_is_started_and_followed_over_http() -> None:
    with town_served() as served:
        listed = httpx.get(f"{served.base}/_control/scenarios").json()
        assert set(listed["scenarios"]) == set(scenario.names())
        ordered = httpx.post(
            f"{served.base}/_control/scenarios", json={"name": "quiet-sunday", "speed": 100_000}
        )
        assert ordered.status_code == 200
        until = time.monotonic() + 10
        while time.monotonic() < until:
            (playing,) = httpx.get(f"{served.base}/_control/scenarios").json()["playing"]
            if playing["over"]:
                break
            time.sleep(0.05)
        assert playing["over"]
        assert len(playing["log"]) == 8


@pytest.mark.parametrize(
    "order", [{"name": "no such"}, {"speed": 2}, [], {"name": "pile-on", "speed": -1}]
)
def test_an_order_that_is_not_understood_says_so(order: object) -> None:
    with town_served() as served:
        answer = httpx.post(f"{served.base}/_control/scenarios", json=order)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_the_town_is_hurried_over_http() -> None:
    with town_served() as served:
        assert httpx.post(f"{served.base}/_control/town", json={"every": -1}).status_code == 400
        order = {"every": 1, "speed": 60}
        assert httpx.post(f"{served.base}/_control/town", json=order).status_code == 200
        until = time.monotonic() + 10
        acts = 0
        while acts < 30 and time.monotonic() < until:
            said = httpx.get(f"{served.base}/_control/town").json()
            acts = said["acts"]
            time.sleep(0.05)
        assert acts >= 30
        assert said["failures"] == 0


def test_what_really_happened_is_told_from_any_point_on() -> None:
    with town_served() as served:
        httpx.post(f"{served.base}/_control/town", json={"every": 0.05})
        until = time.monotonic() + 10
        while time.monotonic() < until:
            said = httpx.get(f"{served.base}/_control/happenings").json()
            if said["next"] >= 4:
                break
            time.sleep(0.05)
        first = said["happened"][0]
        assert {"stage", "what", "page", "native_id", "at", "who"} <= first.keys()
        later = httpx.get(f"{served.base}/_control/happenings", params={"after": 2}).json()
        assert later["happened"][0] == said["happened"][2]
        odd = httpx.get(f"{served.base}/_control/happenings", params={"after": "x"})
        assert odd.status_code == 400


@pytest.mark.parametrize(
    "order", [{"every": 1, "acts": {"fly": 1}}, {"acts": {"edit": -1}}, {"speed": 0}]
)
def test_a_wrong_order_for_the_town_changes_nothing(order: object) -> None:
    with town_served() as served:
        before = httpx.get(f"{served.base}/_control/town").json()
        assert httpx.post(f"{served.base}/_control/town", json=order).status_code == 400
        assert httpx.get(f"{served.base}/_control/town").json() == before


def town_served():  # type: ignore[no-untyped-def]  # a context manager of Served
    def around(world: World) -> Running:
        return Running(world, Town(world))

    return serving(Village, town=around)


def test_a_platform_that_fails_does_not_empty_the_town(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(world: World) -> Village:
        stage = Village(world)

        def fail(*_: object, **__: object) -> str:
            raise RuntimeError("a fault of this platform's")

        stage.mention = fail  # type: ignore[method-assign]
        return stage

    with serving(broken, town=lambda world: Running(world, Town(world, every=0.5))) as served:
        until = time.monotonic() + 10
        said = {"failures": 0, "acts": 0}
        while not (said["failures"] and said["acts"] > 5) and time.monotonic() < until:
            said = httpx.get(f"{served.base}/_control/town").json()
            time.sleep(0.05)
        assert said["failures"]
        assert said["acts"] > 5
    assert "a fault of this platform's" in capfd.readouterr().err
