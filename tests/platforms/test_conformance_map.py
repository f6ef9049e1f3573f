"""The matrix of conformance: every platform, every journey, and nothing claimed without proof."""

from collections.abc import Iterator

import pytest

from glede.platforms import registry
from glede.platforms.conformance import checks
from tools import conformance_map
from tools.conformance_map import JOURNEYS, BadCellError, Word

ROWS = conformance_map.everything()
CELLS = [
    pytest.param(slug, journey, id=f"{slug} {journey.key}") for slug in ROWS for journey in JOURNEYS
]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> frozenset[str]:
    """What pytest finds in the files that are named, with the case in brackets."""
    files = {test.partition("::")[0] for test in conformance_map.proofs(ROWS)}
    there = [conformance_map.ROOT / one for one in files if (conformance_map.ROOT / one).is_file()]
    modules = [pytest.Module.from_parent(request.session, path=path) for path in there]
    return frozenset(case for module in modules for case in _cases(module))


def _cases(node: pytest.Collector) -> Iterator[str]:
    for one in node.collect():
        if isinstance(one, pytest.Collector):
            yield from _cases(one)
        else:
            yield one.nodeid


def test_every_installed_platform_has_its_row_and_every_row_its_twelve_journeys() -> None:
    # Other tests install platforms of their own beside ours.
    ours = [slug for slug in registry.slugs() if _is_ours(slug)]

    assert list(ROWS) == ours
    keys = {journey.key for journey in JOURNEYS}
    assert {slug: keys - set(row) for slug, row in ROWS.items()} == {slug: set() for slug in ROWS}


def _is_ours(slug: str) -> bool:
    return registry.get(slug).parse.__module__.startswith("glede.platforms.")


@pytest.mark.parametrize(("slug", "journey"), CELLS)
def test_what_is_said_is_what_the_platform_says_of_itself(
    slug: str, journey: conformance_map.Journey
) -> None:
    """What a platform can is proven; what it cannot has a reason, and no test claims it."""
    could = journey.possible(registry.get(slug))

    assert (ROWS[slug][journey.key].word is Word.PROVEN) == could


def test_every_test_that_is_named_is_there(found: frozenset[str]) -> None:
    assert conformance_map.missing(conformance_map.proofs(ROWS), found) == []


def test_a_test_that_is_not_there_is_missed(found: frozenset[str]) -> None:
    there = "tests/platforms/test_facebook.py::test_it_is_a_platform"
    gone = [f"{there}[telepathy works]", f"{there}_of_its_own", "tests/nowhere.py::test_it"]

    assert conformance_map.missing([there, *gone], found) == gone


def test_every_check_of_the_contract_is_run_with_every_kit_or_left_out_with_a_reason(
    found: frozenset[str],
) -> None:
    kits = conformance_map.kits()
    not_run = {
        slug: {name for name in _checks(slug) if f"{test}[{name}]" not in found}
        for slug, test in kits.items()
    }

    assert list(kits) == list(ROWS)
    assert not_run == {slug: set(conformance_map.left_out(slug)) for slug in ROWS}
    assert all(why.strip() for slug in ROWS for why in conformance_map.left_out(slug).values())


def _checks(slug: str) -> list[str]:
    return [check.name for check in checks(registry.get(slug))]


def test_what_a_platform_does_not_do_says_why_and_where_that_was_read() -> None:
    silent = [
        (slug, what)
        for slug in ROWS
        for what, _, note, source in conformance_map.lacking(registry.get(slug).capabilities)
        if not note.strip() or not source.strip()
    ]

    assert silent == []


def test_the_page_says_what_the_rows_and_the_platforms_say() -> None:
    written = conformance_map.PAGE.read_text(encoding="utf-8")

    assert written == conformance_map.page(ROWS), (
        "The page is out of date: run `python -m tools.conformance_map --write`."
    )


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("", "neither"),
        ('none = "It calls nobody."\ntests = ["a::b"]', "instead"),
        ('instead = "By hand."\ntests = ["a::b"]', "without the reason"),
        ('checks = ["publish works"]', "which test"),
    ],
)
def test_a_cell_without_its_proof_or_reason_is_refused(cell: str, says: str) -> None:
    with pytest.raises(BadCellError, match=says):
        conformance_map.everything(f"[board.receive]\n{cell}\n")


def test_a_journey_nobody_knows_is_refused() -> None:
    with pytest.raises(BadCellError, match="telepathy"):
        conformance_map.everything('[board.telepathy]\ntests = ["a::b"]\n')


def test_of_the_cases_of_a_test_the_worst_counts() -> None:
    proven = conformance_map.everything(
        '[facebook.receive]\ntests = ["a::one", "a::two", "a::three"]\n'
        + "".join(f'[facebook.{one.key}]\nnone = "No."\n' for one in JOURNEYS[1:])
    )
    results = {"a::one[x]": "passed", "a::one[y]": "failed", "a::two": "passed"}

    lines = list(conformance_map.matrix(proven, results))

    assert lines[0] == "| Journey | Facebook |"
    assert lines[2] == "| Receive | ● proven: 1 failed, 1 passed, 1 not run |"
    assert lines[3] == "| Duplicate | ○ not there |"
