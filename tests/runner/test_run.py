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


def test_keys_and_home_are_for_their_owner_only(house: House) -> None:
    house.start("--no-demo")

    for name in ("secret-key", "vault-keys"):
        assert _mode(house, name) == 0o600
    # As root, the database's own account must be let through; nobody may look inside.
    allowed = 0o711 if os.geteuid() == 0 else 0o700
    assert _mode(house, ".") | allowed == allowed
    assert _mode(house, "postgres/data") == 0o700


def test_a_second_run_on_the_same_home_refuses(house: House) -> None:
    house.start("--no-demo")

    second = house.command("run")

    assert second.returncode == 1
    assert f"Glede already runs on {house.home}" in second.stderr
    assert house.health() is not None


def test_a_taken_port_is_refused_and_the_setting_named(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house.port = taken.getsockname()[1]

        refused = house.command("run", "--no-demo")

    assert refused.returncode == 1
    assert f"Port {house.port}" in refused.stderr
    assert "GLEDE_PORT" in refused.stderr


def test_two_homes_run_side_by_side(new_house: Callable[[], House]) -> None:
    first, second = new_house(), new_house()
    first.start("--no-demo")
    second.start("--no-demo")

    assert first.wait_until_well()["status"] == "ok"
    assert second.wait_until_well()["status"] == "ok"


def test_a_lost_key_is_not_quietly_replaced(house: House) -> None:
    house.start("--no-demo")
    house.interrupt()
    (house.home / "vault-keys").unlink()

    refused = house.command("run")

    assert refused.returncode == 1
    assert "vault-keys is gone" in refused.stderr


def test_the_first_start_loads_the_demo_and_the_second_finds_it(house: House) -> None:
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
def test_killed_and_started_again_nothing_is_lost(house: House) -> None:
    house.start("--no-demo")
    house.wait_until_well()
    password = house.home.with_name("password")
    password.write_text("correct horse battery")
    made = house.command(
        "setup",
        "--organisation=Test Group",
        "--owner-name=Ann Owner",
        "--owner-email=ann@example.org",
        f"--password-file={password}",
        "--brand=Red Kite:red-kite",
    )
    assert made.returncode == 0, made.stderr
    started = house.processes()

    house.kill()

    assert psutil.wait_procs(started, timeout=30)[1] == []
    house.start("--no-demo")
    assert house.wait_until_well()["status"] == "ok"
    assert "This is Test Group." in house.command("doctor").stdout


@pytest.mark.kill
@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_child_is_started_again(house: House, name: str) -> None:
    house.start("--no-demo")
    house.wait_until_well()
    killed = house.process(name)
    below = killed.children(recursive=True)

    killed.kill()

    wait_until("it was said", lambda: f"{name} was killed by SIGKILL" in house.said())
    assert house.process(name).pid != killed.pid
    assert psutil.wait_procs(below, timeout=30)[1] == []
    assert house.wait_until_well()["status"] == "ok"


@pytest.mark.kill
def test_a_killed_database_is_started_again(house: House) -> None:
    house.start("--no-demo")
    house.wait_until_well()
    killed = house.process("postgres")

    killed.kill()

    wait_until("it was said", lambda: "PostgreSQL has stopped" in house.said())
    assert house.process("postgres").pid != killed.pid
    assert house.wait_until_well()["status"] == "ok"
    assert house.interrupt() == 0
