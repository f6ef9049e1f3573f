"""`glede run` starts everything, says so, and stops it again."""

import os
import socket
import stat
from collections.abc import Callable

import psutil
import pytest

from tests.runner.house import House, wait_until

pytestmark = pytest.mark.process


def _mode(house: House, name: str) -> int:
    return stat.S_IMODE((house.home / name).stat().st_mode)


def test_it_starts_answers_and_stops_on_ctrl_c(house: House) -> None:
    """From an empty folder: every other test here begins with tables that are there."""
    house.start("--no-demo")
    health = house.wait_until_well()
    started = house.processes()

    code = house.interrupt()

    assert health["status"] == "ok"
    assert code == 0
    assert psutil.wait_procs(started, timeout=10)[1] == []
    assert f"http://localhost:{house.port}" in house.said()
    assert house.said().rstrip().endswith("Stopped.")
    assert not (house.home / "postgres" / "data" / "postmaster.pid").exists()
    _is_for_its_owner_only(house)


def _is_for_its_owner_only(house: House) -> None:
    for name in ("secret-key", "vault-keys"):
        assert _mode(house, name) == 0o600
    # As root, the database's own account must be let through; nobody may look inside.
    allowed = 0o711 if os.geteuid() == 0 else 0o700
    assert _mode(house, ".") | allowed == allowed
    assert _mode(house, "postgres/data") == 0o700


def test_a_second_run_on_the_same_home_refuses(group: House) -> None:
    group.start("--no-demo")

    second = group.command("run")

    assert second.returncode == 1
    assert f"Glede already runs on {group.home}" in second.stderr
    assert group.health() is not None


def test_a_taken_port_is_refused_and_the_setting_named(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house.port = taken.getsockname()[1]

        refused = house.command("run", "--no-demo")

    assert refused.returncode == 1
    assert f"Port {house.port}" in refused.stderr
    assert "GLEDE_PORT" in refused.stderr


def test_two_homes_run_side_by_side(new_group: Callable[[], House]) -> None:
    first, second = new_group(), new_group()
    first.start("--no-demo")
    second.start("--no-demo")

    assert first.wait_until_well()["status"] == "ok"
    assert second.wait_until_well()["status"] == "ok"


def test_a_lost_key_is_not_quietly_replaced(group: House) -> None:
    (group.home / "vault-keys").unlink()

    refused = group.command("run")

    assert refused.returncode == 1
    assert "vault-keys is gone" in refused.stderr


def test_the_first_start_loads_the_demo_and_the_second_finds_it(prepared_house: House) -> None:
    house = prepared_house
    house.start()
    house.wait_until_well()
    wait_until("the sign-ins were printed", lambda: "Everybody's password:" in house.said())
    first = house.said()
    house.interrupt()

    house.start()
    wait_until("the sign-ins were printed", lambda: "Everybody's password:" in house.said())

    assert "Loading the demo group" in first
    assert "Loading the demo group" not in house.said()
    assert "sam@redkitegroup.example" in house.said()
    assert _password(first) == _password(house.said())


def _password(said: str) -> str:
    return next(line for line in said.splitlines() if line.startswith("Everybody's password:"))


@pytest.mark.kill
def test_killed_and_started_again_nothing_is_lost(group: House) -> None:
    group.start("--no-demo")
    group.wait_until_well()
    started = group.processes()
    password = group.home.with_name("password")
    password.write_text("another correct horse battery")
    added = group.command(
        "user", "add", "bob@example.org", "--name=Bob Late", f"--password-file={password}"
    )
    assert added.returncode == 0, added.stderr

    group.kill()

    assert psutil.wait_procs(started, timeout=30)[1] == []
    group.start("--no-demo")
    assert group.wait_until_well()["status"] == "ok"
    assert "This is Test Group." in group.command("doctor").stdout
    assert "Bob Late" in group.command("user", "list").stdout


@pytest.mark.kill
@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_child_is_started_again(group: House, name: str) -> None:
    group.start("--no-demo")
    group.wait_until_well()
    killed = group.process(name)
    below = killed.children(recursive=True)

    killed.kill()

    wait_until("it was said", lambda: f"{name} was killed by SIGKILL" in group.said())
    assert group.process(name).pid != killed.pid
    assert psutil.wait_procs(below, timeout=30)[1] == []
    assert group.wait_until_well()["status"] == "ok"


@pytest.mark.kill
def test_a_killed_database_is_started_again(group: House) -> None:
    group.start("--no-demo")
    group.wait_until_well()
    killed = group.process("postgres")

    killed.kill()

    wait_until("it was said", lambda: "PostgreSQL has stopped" in group.said())
    assert group.process("postgres").pid != killed.pid
    assert group.wait_until_well()["status"] == "ok"
    assert group.interrupt() == 0
