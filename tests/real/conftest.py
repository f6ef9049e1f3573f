"""The Bluesky network, started once for all tests that ask for it."""

from collections.abc import Callable, Iterator

import pytest

from tests import databases
from tests.real import network as bluesky


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
