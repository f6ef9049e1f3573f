from collections.abc import Iterator

import pytest

from tests.sandbox.x.people import Stand, standing


@pytest.fixture
def x() -> Iterator[Stand]:
    with standing() as stand:
        yield stand
