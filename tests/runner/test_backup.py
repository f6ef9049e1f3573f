"""A backup comes back whole, or changes nothing."""

import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runner.house import House

pytestmark = pytest.mark.process


def _backup(house: House, path: Path) -> None:
    done = house.command("backup", str(path))
    assert done.returncode == 0, done.stderr


def test_a_backup_comes_back_in_another_home(
    group: House, new_house: Callable[[], House], tmp_path: Path
) -> None:
    path = tmp_path / "kept.glede"
    _backup(group, path)
    other = new_house()

    restored = other.command("restore", str(path))

    assert restored.returncode == 0, restored.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (other.home / "store" / "ab" / "abcd").read_bytes() == b"a picture"
    for name in ("secret-key", "vault-keys"):
        assert (other.home / name).read_bytes() == (group.home / name).read_bytes()
    diagnosis = other.command("doctor").stdout
    assert "This is Test Group." in diagnosis
    assert "can add to the record and change nothing in it" in diagnosis
    audit = other.command("doctor", "--audit")
    assert audit.returncode == 0, audit.stdout


def test_a_backup_overwrites_nothing(group: House, tmp_path: Path) -> None:
    path = tmp_path / "kept.glede"
    path.write_text("precious")

    refused = group.command("backup", str(path))

    assert refused.returncode == 1
    assert "overwrites nothing" in refused.stderr
    assert path.read_text() == "precious"


def test_a_database_with_data_is_replaced_only_when_told_and_backed_up_first(
    group: House, tmp_path: Path
) -> None:
    path = tmp_path / "kept.glede"
    _backup(group, path)

    refused = group.command("restore", str(path))
    replaced = group.command("restore", "--replace", str(path))

    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert replaced.returncode == 0, replaced.stderr
    assert len(list((group.home / "backups").glob("*-before-restore.glede"))) == 1


@pytest.mark.parametrize("damage", ["cut", "changed", "no archive"])
def test_a_damaged_archive_is_refused_and_changes_nothing(
    group: House, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "kept.glede"
    _backup(group, path)
    content = path.read_bytes()
    where = content.index(b"a picture")
    damaged = {
        "cut": content[: len(content) // 2],
        "changed": content[:where] + b"A picture" + content[where + 9 :],
        "no archive": b"hello",
    }
    path.write_bytes(damaged[damage])

    refused = group.command("restore", "--replace", str(path))

    assert refused.returncode == 1
    assert "not a whole" in refused.stderr or "damaged" in refused.stderr
    assert "This is Test Group." in group.command("doctor").stdout
    assert not (group.home / "backups").exists()


def test_an_archive_of_a_newer_version_is_refused(group: House, tmp_path: Path) -> None:
    path = tmp_path / "kept.glede"
    _backup(group, path)
    unpacked = tmp_path / "unpacked"
    with tarfile.open(path) as tar:
        tar.extractall(unpacked, filter="data")
    manifest = unpacked / "manifest.json"
    manifest.write_text(manifest.read_text().replace("kit.0001_initial", "kit.9999_later"))
    path.unlink()
    with tarfile.open(path, "w") as tar:
        for member in sorted(unpacked.rglob("*")):
            tar.add(member, arcname=member.relative_to(unpacked), recursive=False)

    refused = group.command("restore", "--replace", str(path))

    assert refused.returncode == 1
    assert "made by a newer Glede" in refused.stderr


def test_setup_refuses_a_second_organisation(group: House, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse battery")

    refused = group.command(
        "setup",
        "--organisation=Another",
        "--owner-name=Bob",
        "--owner-email=bob@example.org",
        f"--password-file={tmp_path / 'password'}",
        "--brand=Blue Kite:blue-kite",
    )

    assert refused.returncode == 1
    assert "belongs to Test Group already" in refused.stderr


def test_doctor_finds_a_key_that_others_can_read(group: House) -> None:
    (group.home / "vault-keys").chmod(0o644)

    found = group.command("doctor")

    assert found.returncode == 1
    assert "WRONG" in next(line for line in found.stdout.splitlines() if "vault-keys" in line)
