"""The town: who lives there, what they write, and how they take what comes back."""

import io
import random
from collections import Counter
from itertools import combinations

import pytest
from PIL import Image

from sandbox.kernel.world import Impossible, World
from sandbox.town import people, phrases, pictures
from sandbox.town.life import Town
from sandbox.town.people import Mood, Neighbour
from sandbox.town.phrases import Voice, likeness
from tests.sandbox.village import Village

HOUR = 3600.0


def made(*slugs: str, seed: int = 2011, every: float = 0, **more: object) -> Town:
    world = World("http://127.0.0.1", seed=seed)
    for slug in slugs or ("village",):
        world.add(Village(world, slug=slug, name=slug.title(), **more))  # type: ignore[arg-type]
    return Town(world, every=every)


def only(town: Town, mood: Mood, *, private: bool = False) -> Village:
    """A town in which one resident of this mood asked one thing."""
    one = next(one for one in town.people if one.mood is mood and one.who.language == "en")
    town.people = [one]
    town._weights = [1.0]
    stage = town.world.stages["village"]
    assert isinstance(stage, Village)
    page = f"village-{one.brand}"
    while True:
        town._bring("message" if private else "mention", stage, stage_page(stage, page), one)
        if any(matter.waiting and town._due for matter in town._matters.values()):
            return stage


def stage_page(stage: Village, native_id: str):  # type: ignore[no-untyped-def]
    return next(page for page in stage.pages() if page.native_id == native_id)


def texts(stage: Village) -> list[str]:
    return [item.text for item in stage.items.values()]


# --- Who lives there -----------------------------------------------------------------------------


def test_some_hundreds_of_different_people_live_there() -> None:
    everybody = people.town(2011)
    assert len(everybody) == people.HOW_MANY >= 300
    assert len({one.who.key for one in everybody}) == len(everybody)
    assert len({one.who.handle for one in everybody}) == len(everybody)
    assert {one.mood for one in everybody} == set(Mood)
    assert {one.brand for one in everybody} == {"red-kite", "twenty11", "pennvale", "edenmead"}
    languages = Counter(one.who.language for one in everybody)
    assert languages["cy"] >= 5
    assert len(languages) >= 6
    assert languages["en"] > len(everybody) / 2


def test_the_same_seed_makes_the_same_town_and_another_seed_another() -> None:
    assert people.town(7) == people.town(7)
    assert {one.who.key for one in people.town(7)} != {one.who.key for one in people.town(8)}


# --- What they write -----------------------------------------------------------------------------


def drawn(count: int, seed: int = 1) -> list[phrases.Said]:
    rng = random.Random(seed)  # noqa: S311
    voice = Voice(rng)
    everybody = people.town(2011)
    return [voice.says(rng.choice(everybody)) for _ in range(count)]


def test_two_thousand_texts_differ_clearly() -> None:
    said = drawn(2000)
    known: dict[str, int] = {}
    marks = []
    for one in said:
        bits = 0
        for word in phrases.normal(one.text):
            bits |= 1 << known.setdefault(word, len(known))
        marks.append(bits)
    near = [
        pair
        for pair in combinations(range(2000), 2)
        if likeness(marks[pair[0]], marks[pair[1]]) > 0.7
    ]
    assert [(said[a].text, said[b].text) for a, b in near] == []
    assert len({one.topic for one in said}) >= 25
    assert len({one.language for one in said}) >= 8
    assert not any("{" in one.text for one in said)


def test_the_measure_of_likeness_knows_the_same_from_something_else() -> None:
    assert likeness(0b1111, 0b1111) == 1
    assert likeness(0b1100, 0b0011) == 0
    assert likeness(0b0111, 0b1110) == 0.5


def test_hands_differ() -> None:
    said = [one.text for one in drawn(1500)]
    assert any(text.isupper() for text in said)
    assert any(text.islower() for text in said)
    assert any("pls" in text or " u " in text for text in said)
    assert any("😡" in text or "😊" in text for text in said)
    assert any("ŵ" in text or " yn " in text for text in said)


def test_the_same_seed_says_the_same() -> None:
    assert drawn(50) == drawn(50)
    assert drawn(50) != drawn(50, seed=2)


def test_pictures_are_real_and_say_what_they_show() -> None:
    rng = random.Random(3)  # noqa: S311
    taken = [pictures.taken(rng) for _ in range(4)]
    assert len({one.content for one in taken}) == 4
    for one in taken:
        with Image.open(_file(one.content)) as image:
            assert image.format == "JPEG"
            assert min(image.size) >= 400
        assert one.alt


def _file(content: bytes):  # type: ignore[no-untyped-def]

    return io.BytesIO(content)


# --- How they take what comes back ---------------------------------------------------------------


def test_an_hour_of_the_town_fills_every_platform() -> None:
    town = made("one", "two", "three", every=20)
    for _ in range(60):
        town.step(60)
    assert 120 <= town.counts.acts <= 260
    for stage in town.world.stages.values():
        assert isinstance(stage, Village)
        assert len(stage.items) > 20
        assert len({item.who for item in stage.items.values()}) > 10
    assert any(item.pictures for one in town.world.stages.values() for item in one.items.values())  # type: ignore[attr-defined]


def test_the_same_seed_lives_the_same_hour() -> None:
    def hour(seed: int) -> list[str]:
        town = made(seed=seed, every=30)
        town.step(HOUR)
        return texts(town.world.stages["village"])  # type: ignore[arg-type]

    assert hour(5) == hour(5)
    assert hour(5) != hour(6)


def test_who_is_left_waiting_chases_and_goes_elsewhere() -> None:
    town = made("one", "two", every=120)
    town.step(2 * HOUR)
    town.every = 0
    before = town.counts.reactions
    town.step(30 * HOUR)
    assert town.counts.reactions > before + 10
    kinds = phrases.words()["reactions"]
    chased = {text for texts in kinds["chase"].values() for text in texts}
    said = [item.text for one in town.world.stages.values() for item in one.items.values()]  # type: ignore[attr-defined]
    assert chased & set(said)
    assert any("One" in text and ("answer" in text or "quiet" in text) for text in said)


@pytest.mark.parametrize("private", [False, True])
def test_who_is_answered_reacts_and_does_not_chase(private: bool) -> None:
    reacted = 0
    for seed in range(12):
        town = made(seed=seed)
        stage = only(town, Mood.PLAIN, private=private)
        for native_id in list(stage.items):
            stage.answer_in_app(stage.places[native_id][0], "We are on it.", to=native_id)
        page = next(iter(stage.places.values()))[0]
        before = len(stage.items)
        town.step(HOUR)
        fresh = [item.text for item in list(stage.items.values())[before:]]
        reacted += bool(fresh)
        town.step(20 * HOUR)
        kinds = phrases.words()["reactions"]
        assert town.counts.answered >= 1
        known = {text for how in ("thanks", "ask") for text in kinds[how]["plain"]}
        assert {text.replace(stage_page(stage, page).name, "{by}") for text in fresh} <= known
    assert reacted >= 3


def test_a_town_that_does_not_react_stays_quiet() -> None:
    town = made(every=60)
    town.reacting = False
    town.step(3 * HOUR)
    town.every = 0
    before = town.counts.reactions
    town.step(40 * HOUR)
    assert town.counts.reactions == before == 0


def test_what_a_platform_refuses_is_counted_and_harms_nothing() -> None:
    town = made(every=60)
    stage = town.world.stages["village"]

    def never(*_: object, **__: object) -> str:
        raise Impossible("The page has blocked you.")

    stage.comment = stage.mention = stage.message = never  # type: ignore[method-assign,assignment]
    town.step(2 * HOUR)
    assert town.counts.impossible > 50
    assert town.counts.acts < 10


def test_residents_only_do_what_a_platform_lets_them() -> None:
    town = made(can=frozenset({"message"}), every=30)
    town.step(2 * HOUR)
    stage = town.world.stages["village"]
    assert isinstance(stage, Village)
    assert stage.items
    assert all(under.startswith("dm ") for _, under in stage.places.values())
    silent = made(can=frozenset(), every=30)
    silent.step(2 * HOUR)
    assert silent.counts.acts == 0


def test_a_town_goes_on_after_a_restart() -> None:
    town = made(every=120)
    town.step(2 * HOUR)
    stage = town.world.stages["village"]
    world = World("http://127.0.0.1")
    again = Village(world)
    again.load(stage.dump())
    world.add(again)
    later = Town(world)
    later.load(town.dump())
    assert later.time == town.time
    before = len(again.items)
    later.step(30 * HOUR)
    assert len(again.items) > before
    assert later.counts.reactions > 5


def test_somebody_who_is_gone_is_not_missed() -> None:
    town = made(every=120)
    town.step(2 * HOUR)
    world = World("http://127.0.0.1")
    world.add(Village(world, slug="another"))
    later = Town(world, people=_few())
    later.load(town.dump())
    later.step(30 * HOUR)
    assert later.counts.reactions == 0


def _few() -> list[Neighbour]:
    return list(people.town(1)[:3])
