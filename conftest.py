"""Every test run: a clean environment, a throw-away home, a PostgreSQL of its own, loopback only.

GLEDE_TEST_DATABASE_URL names another server (a role that may create databases), and
GLEDE_TEST_RUNNING_URL a second role on it that owns nothing.

pytest-django reads the settings as soon as it knows their name. The settings must find the
database, so their name is given here, after the database was started, and not in pyproject.toml.
"""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from glede.kit import postgres
from tests import databases, head_start

pytest_plugins = ["tests.browser", "tests.real.shared"]

#: Where npm put the front end's packages: says nothing about behaviour, and takes long to install.
_KEPT = {"GLEDE_NODE_MODULES"}


def _prepare() -> tuple[databases.Source, postgres.Server | None, Path]:
    if "glede.settings" in sys.modules:
        raise pytest.UsageError(
            "The settings were read before the test database was started: "
            "unset DJANGO_SETTINGS_MODULE and leave out --ds."
        )
    given = os.environ.get("GLEDE_TEST_DATABASE_URL", "")
    running = os.environ.get("GLEDE_TEST_RUNNING_URL", given)
    for name in [name for name in os.environ if name.startswith("GLEDE_")]:
        if name not in _KEPT:
            del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="glede-test-"))
    (home / "static").mkdir()
    # The parallel runs start with our environment, and share this with us.
    os.environ.setdefault(head_start.SHARED, str(home))
    server = None
    if given:
        source = databases.Source(owner_url=given, running_url=running)
        os.environ["GLEDE_DATABASE_URL"] = given
    else:
        server = postgres.start(folder=home / "postgres", tcp=True, durable=False)
        source = databases.Source(
            owner_url=server.url(database="postgres", tcp=True),
            running_url=server.url(database="postgres", user=postgres.RUNNING, tcp=True),
        )
        os.environ["GLEDE_DATABASE_URL"] = server.url(database="glede")
    os.environ["GLEDE_HOME"] = str(home)
    os.environ["GLEDE_SECRET_KEY"] = "only-for-tests-" + "x" * 50
    os.environ["GLEDE_VAULT_KEYS"] = Fernet.generate_key().decode()
    os.environ["DJANGO_SETTINGS_MODULE"] = "glede.settings"
    return source, server, home


_source, _server, _home = _prepare()
settings.DATABASES["default"]["ENGINE"] = "tests.engine"
django.setup()
# The parallel runs start with our environment and must find their own database first.
del os.environ["DJANGO_SETTINGS_MODULE"]
# Argon2 is slow on purpose; a test that signs in does not test that.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test's client sets up the middlewares anew: they need not look through all static files.
settings.WHITENOISE_AUTOREFRESH = True


#: What mostly waits begins first, so that nothing long is left for the end; then what is slow.
_FIRST = ("kill", "network", "process", "browser")
#: New objects before the collector looks at the young ones.
_COLLECT_AFTER = 20_000


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        marked = [_FIRST.index(one) for one in _FIRST if item.get_closest_marker(one)]
        return min(marked, default=len(_FIRST))

    of_file: dict[object, int] = {}
    for item in items:
        of_file[item.path] = min(place(item), of_file.get(item.path, len(_FIRST)))
    items.sort(key=lambda item: of_file[item.path])


def pytest_collection_finish() -> None:
    """What was imported lives to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def pytest_unconfigure() -> None:
    if _server is not None:
        postgres.stop(_server)
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], databases.Database]]:
    """Make an empty database on the session's server: for real processes and other servers.

    Gone at the end of the session.
    """
    made: list[databases.Database] = []

    def make() -> databases.Database:
        made.append(databases.make(_source))
        return made[-1]

    yield make
    for database in made:
        databases.drop(_source, database)


@pytest.fixture(scope="session")
def tables(new_database: Callable[[], databases.Database]) -> None:
    """See tests/head_start.py. A run that needs no test database makes them here."""
    with head_start.alone():
        if not head_start.is_kept():
            made = new_database()
            head_start.migrate(made)
            head_start.keep(made.owner_url)


@pytest.fixture(scope="session")
def new_desks_database(
    tables: None,  # noqa: ARG001 - what it leaves is given here
    new_database: Callable[[], databases.Database],
) -> Callable[[], databases.Database]:
    """Make a database with the desk's tables and nothing in them."""

    def make() -> databases.Database:
        made = new_database()
        head_start.give(made.owner_url)
        return made

    return make


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """For a PostgreSQL of one's own. Not `tmp_path`: as root the server runs under another account,
    and every pytest that starts closes the folder all of them share to other accounts."""
    with tempfile.TemporaryDirectory(prefix="glede-test-") as folder:
        yield Path(folder)
