from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runner.house import House


@pytest.fixture
def new_house(server_folder: Path) -> Iterator[Callable[[], House]]:
    made: list[House] = []

    def make() -> House:
        made.append(House(home=server_folder / f"home{len(made)}"))
        return made[-1]

    yield make
    for house in made:
        house.close()


@pytest.fixture
def house(new_house: Callable[[], House]) -> House:
    return new_house()
