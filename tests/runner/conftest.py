import shutil
import tempfile
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
    """Nothing there yet."""
    return new_house()


@pytest.fixture
def prepared_house(tables: None, house: House) -> House:
    """Its database has its tables, and nothing in them."""
    house.has_tables()
    return house


@pytest.fixture(scope="session")
def first_group(tables: None) -> Iterator[House]:
    """A house with a real organisation, not running: made once, copied by each test."""
    with tempfile.TemporaryDirectory(prefix="glede-test-") as folder:
        house = House(home=Path(folder) / "home")
        house.has_tables()
        house.set_up(password_file=Path(folder) / "password")
        (house.home / "store" / "ab").mkdir(parents=True)
        (house.home / "store" / "ab" / "abcd").write_bytes(b"a picture")
        yield house


@pytest.fixture
def new_group(first_group: House, new_house: Callable[[], House]) -> Callable[[], House]:
    def make() -> House:
        house = new_house()
        shutil.copytree(first_group.home, house.home)
        return house

    return make


@pytest.fixture
def group(new_group: Callable[[], House]) -> House:
    """A real organisation, not running."""
    return new_group()
