import pytest

from glede.kit import clock
from tests.web import inbox_desk
from tests.web.serving import desk, sit

__all__ = ["desk", "sit", "town"]


@pytest.fixture
def town() -> inbox_desk.Town:
    return inbox_desk.tuesday(clock.now())
