"""The desk as it is served: Granian and the whole ASGI application, on the test database."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page

from glede.rulebook.people.rules import Viewer
from tests import make
from tests.browser import opened

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_OPENS_WITHIN_SECONDS = 30

#: Called with a viewer, an address, and what `opened` takes.
type Sit = Callable[..., contextlib.AbstractContextManager[Page]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Passkeys refuse numeric addresses, so it goes by the name of localhost."""

    port: int
    #: It pushes to a service on this port of loopback, should a test open one.
    push_port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def session(self, viewer: Viewer) -> str:
        """The key of a new session of theirs."""
        client = Client()
        client.force_login(get_user_model().objects.get(pk=viewer.id), backend=_BACKEND)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def sign_in(self, page: Page, viewer: Viewer) -> None:
        """Without the sign-in page, which has tests of its own."""
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": self.session(viewer),
                    "url": self.url,
                }
            ]
        )


def with_real_password(viewer: Viewer) -> None:
    """The served desk hashes as in life; the tests' own hasher is cheap and unknown to it."""
    hasher = Argon2PasswordHasher()
    get_user_model().objects.filter(pk=viewer.id).update(
        password=hasher.encode(make.PASSWORD, hasher.salt())
    )


def url_of_the_test_database() -> str:
    given = connection.settings_dict
    options = {name: value for name, value in given["OPTIONS"].items() if isinstance(value, str)}
    if given["PORT"]:
        options["port"] = str(given["PORT"])
    options["host"] = str(given["HOST"])
    person = ":".join(quote(str(part), safe="") for part in (given["USER"], given["PASSWORD"]))
    return f"postgresql://{person}@/{given['NAME']}?{urlencode(options, quote_via=quote)}"


class Served:
    """A desk of one's own, that can be stopped at once and started again under its address."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.desk = Desk(probe.getsockname()[1], other.getsockname()[1])
        self._said = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port = self.desk.port
        with self._said.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-W", "ignore", "-m", "granian", "--interface", "asgi"),
                    *("--host", "127.0.0.1", "--port", str(port), "glede.asgi:application"),
                ],
                env={
                    "GLEDE_NODE_MODULES": str(Path("build/node_modules").resolve()),
                    **os.environ,
                    "GLEDE_DATABASE_URL": url_of_the_test_database(),
                    "GLEDE_PORT": str(port),
                    "GLEDE_PUSH_HOSTS": f"127.0.0.1:{self.desk.push_port}",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _wait_until_open(port, self._process, self._said)

    def stop(self) -> None:
        """As one stops a service: what is being done is done, within reason."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a machine loses its power: whatever is being done is not done."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=20)
        self._process = None


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    made = Served(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def desk(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with served(tmp_path_factory.mktemp("desk")) as one:
        yield one.desk


@pytest.fixture
def sit(desk: Desk, browser: Browser) -> Sit:
    """Somebody at the desk, signed in, at an address of it."""

    @contextlib.contextmanager
    def at(viewer: Viewer, path: str = "/", **look: Any) -> Iterator[Page]:
        with opened(browser, base_url=desk.url, **look) as page:
            desk.sign_in(page, viewer)
            page.goto(path)
            yield page

    return at


def _wait_until_open(port: int, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + _OPENS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            # The stream opens once the database was reached; 401 is its answer to nobody.
            asking.request("GET", "/live", headers={"Host": "localhost"})
            if asking.getresponse().status == 401:
                return
        except OSError:
            pass
        finally:
            asking.close()
        time.sleep(0.1)
    raise AssertionError(f"The desk did not open:\n{said.read_text()}")
