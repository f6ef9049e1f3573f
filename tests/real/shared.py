"""The Bluesky network, started once for all tests that ask for it, and what tests want told."""

from collections.abc import Callable, Iterator

import pytest

from tests import databases
from tests.real import network as bluesky

#: A test's property of this name is shown at the end of the run, however the test went.
TOLD = "told"


@pytest.fixture(scope="session")
def network(new_database: Callable[[], databases.Database]) -> Iterator[bluesky.Network]:
    with bluesky.running(database_url=new_database().owner_url) as running:
        yield running


@pytest.fixture(autouse=True)
def no_fault_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """One test's faults are not the next one's."""
    yield
    if "network" in request.fixturenames:
        request.getfixturevalue("network").faults.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if not isinstance(report, pytest.TestReport) or report.when != "call":
                continue
            told = [value for name, value in report.user_properties if name == TOLD]
            if told:
                terminalreporter.section(report.nodeid.rpartition("::")[2])
            for line in told:
                terminalreporter.line(str(line))
