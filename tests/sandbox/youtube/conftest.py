from collections.abc import Iterator

import pytest

from tests.sandbox.youtube.people import Stand, standing


@pytest.fixture
def youtube() -> Iterator[Stand]:
    with standing() as stand:
        yield stand
