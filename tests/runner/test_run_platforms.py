"""`glede run` with its demo: the platforms are alive, and stay consistent across a restart."""

import json
import re
import socket
from typing import Any

import httpx
import pytest

from tests.runner.house import House, free_port, wait_until

pytestmark = pytest.mark.process

#: How an account is listed that needs a person.
_ILL = re.compile(r"lapsed|connect.* again|closed", re.IGNORECASE)
_CONNECTED = re.compile(r"^(\w+): 4 accounts connected\.$", re.MULTILINE)


@pytest.fixture
def lively(prepared_house: House) -> House:
    prepared_house.extra["GLEDE_SANDBOX_PORT"] = str(free_port())
    prepared_house.extra["GLEDE_DEMO_POST_SECONDS"] = "1"
    return prepared_house


def control(house: House, name: str, order: object = None) -> Any:
    address = f"http://127.0.0.1:{house.extra['GLEDE_SANDBOX_PORT']}/_control/{name}"
    answer = httpx.post(address, json=order) if order else httpx.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ready(house: House) -> None:
    wait_until("all was said", lambda: "Ctrl-C stops it." in house.said())


def accounts(house: House) -> dict[str, list[str]]:
    """Platform → the lines of its accounts."""
    found: dict[str, list[str]] = {}
    for line in house.command("account", "list").stdout.splitlines():
        words = line.split()
        if words and words[0].isdecimal():
            found.setdefault(words[2], []).append(line)
    return found


def heard(house: House) -> set[str]:
    """Platforms from which something came in."""
    return {
        slug
        for slug, lines in accounts(house).items()
        if any("last event never" not in line for line in lines)
    }


def test_every_platform_of_the_demo_is_connected_and_heard(lively: House) -> None:
    lively.start()
    ready(lively)
    said = lively.said()
    known = json.loads((lively.home / "demo" / "sandbox" / "credentials.json").read_text())
    speaking = {slug for slug, one in known.items() if one["app"] and slug != "snapchat"}
    assert "is not connected" not in said
    assert len(_CONNECTED.findall(said)) >= len(speaking)
    for one in known.values():
        assert f"{one['base_url']}/see/{one['pages'][0]['native_id']}" in said
        assert httpx.get(f"{one['base_url']}/see/{one['pages'][0]['native_id']}").status_code == 200
    connected = accounts(lively)
    for slug in speaking:
        assert len(connected[slug]) == 4
        assert not any(_ILL.search(line) for line in connected[slug])

    wait_until("every platform was heard", lambda: speaking <= heard(lively), within=150)
    assert control(lively, "town")["failures"] == 0

    lively.interrupt()
    lively.start()
    ready(lively)
    assert "accounts connected" not in lively.said()
    assert "is not connected" not in lively.said()
    assert "Traceback" not in lively.said()
    again = accounts(lively)
    assert {slug: len(lines) for slug, lines in again.items()} == {
        slug: len(lines) for slug, lines in connected.items()
    }
    assert not any(_ILL.search(line) for lines in again.values() for line in lines)


def test_without_its_platforms_the_demo_opens_and_says_so(lively: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(lively.extra["GLEDE_SANDBOX_PORT"])))
        taken.listen()
        lively.start()
        ready(lively)
    assert "The demo opens without its platforms. Port" in lively.said()
    assert "GLEDE_SANDBOX_PORT" in lively.said()
    assert set(accounts(lively)) == {"website"}
    lively.interrupt()
    lively.extra["GLEDE_SANDBOX_PORT"] = "0"
    lively.start()
    ready(lively)
    assert "platforms" not in lively.said()
