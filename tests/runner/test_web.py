"""One port: pages, door and live screens behind the same address."""

import http.client
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.runner.house import House

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def open_house(tables: None) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="glede-test-") as folder:
        house = House(home=Path(folder) / "home")
        house.has_tables()
        try:
            house.start("--no-demo")
            house.wait_until_well()
            yield house
        finally:
            house.close()


def _ask(
    house: House, method: str, path: str, *, headers: dict[str, str], body: bytes = b""
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": "localhost", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_page_sends_whoever_is_not_signed_in_to_sign_in(open_house: House) -> None:
    answer = _ask(open_house, "GET", "/", headers={})

    assert answer.status == 302
    assert urlsplit(answer.headers["Location"]).path.startswith("/accounts/login")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/hooks/website/nobody", 404),
        ("POST", "/hooks", 404),
        ("GET", "/live/", 401),
        ("GET", "/nowhere/", 404),
    ],
)
def test_nobody_gets_in_anywhere(open_house: House, method: str, path: str, status: int) -> None:
    assert _ask(open_house, method, path, headers={}).status == status


def test_a_hundred_megabytes_are_refused_before_they_are_sent(open_house: House) -> None:
    answer = _ask(
        open_house, "POST", "/accounts/login/", headers={"Content-Length": "100000000"}, body=b"a"
    )

    assert answer.status == 413


def test_a_body_without_a_length_is_refused(open_house: House) -> None:
    answer = _ask(
        open_house,
        "POST",
        "/accounts/login/",
        headers={"Transfer-Encoding": "chunked"},
        body=b"1\r\na\r\n0\r\n\r\n",
    )

    assert answer.status == 411


def test_a_strange_host_is_refused(open_house: House) -> None:
    assert _ask(open_house, "GET", "/", headers={"Host": "evil.example"}).status == 400


def test_web_alone_refuses_a_port_that_is_taken(open_house: House) -> None:
    refused = open_house.command("web", "--port", str(open_house.port))

    assert refused.returncode == 1
    assert "GLEDE_PORT" in refused.stderr
