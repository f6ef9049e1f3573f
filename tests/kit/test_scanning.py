"""A scanner is asked the way it expects, and its silence is never taken for “clean”."""

import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from glede.commands import doctor
from glede.kit import scanning
from glede.kit.scanning import NotScannedError, Verdict

NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)


def command(tmp_path: Path, body: str) -> str:
    script = tmp_path / "scan.py"
    script.write_text(f"import sys\ndata = sys.stdin.buffer.read()\n{body}\n", encoding="utf-8")
    return f"{sys.executable} {script}"


def test_without_a_scanner_nobody_is_said_to_have_looked(settings: Settings) -> None:
    settings.GLEDE_SCAN_COMMAND = settings.GLEDE_SCAN_SOCKET = ""

    assert not scanning.is_configured()
    assert scanning.scan(b"x") == Verdict(by="", found="")


def test_a_command_says_clean_or_names_what_it_found(settings: Settings, tmp_path: Path) -> None:
    settings.GLEDE_SCAN_COMMAND = command(
        tmp_path, "if b'BAD' in data:\n    print('stdin: Test.Bad FOUND')\n    sys.exit(1)"
    )

    assert scanning.scan(b"good").found == ""
    assert scanning.scan(b"good").by == sys.executable
    assert scanning.scan(b"so BAD").found == "stdin: Test.Bad FOUND"


@pytest.mark.parametrize("body", ["sys.exit(2)", "sys.exit(127)"])
def test_a_command_that_fails_is_no_clean_bill(
    settings: Settings, tmp_path: Path, body: str
) -> None:
    settings.GLEDE_SCAN_COMMAND = command(tmp_path, body)

    with pytest.raises(NotScannedError, match="ended with"):
        scanning.scan(b"x")


def test_a_command_that_is_not_there_or_hangs_is_no_clean_bill(
    settings: Settings, tmp_path: Path
) -> None:
    settings.GLEDE_SCAN_COMMAND = "/nowhere/scan"
    with pytest.raises(NotScannedError, match="could not be asked"):
        scanning.scan(b"x")

    settings.GLEDE_SCAN_SECONDS = 1
    settings.GLEDE_SCAN_COMMAND = command(tmp_path, "import time; time.sleep(20)")
    with pytest.raises(NotScannedError, match="could not be asked"):
        scanning.scan(b"x")


@contextmanager
def clamd(answer: bytes, heard: list[bytes]) -> Iterator[str]:
    """A clamd that understands INSTREAM and gives one answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        call, _ = listener.accept()
        with call, call.makefile("rb") as file:
            assert file.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack("!I", file.read(4))[0]:
                content += file.read(size)
            heard.append(content)
            call.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(timeout=5)
        listener.close()


def test_clamd_is_given_all_of_it_and_believed(settings: Settings) -> None:
    data = b"x" * 200_000
    heard: list[bytes] = []
    with clamd(b"stream: OK\0", heard) as address:
        settings.GLEDE_SCAN_SOCKET = address
        assert scanning.scan(data) == Verdict(by="clamd")
    assert heard == [data]
    with clamd(b"stream: Win.Test.EICAR_HDB-1 FOUND\0", heard) as address:
        settings.GLEDE_SCAN_SOCKET = address
        assert scanning.scan(data).found == "Win.Test.EICAR_HDB-1"


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
def test_a_clamd_that_did_not_look_is_no_clean_bill(settings: Settings, answer: bytes) -> None:
    with clamd(answer, []) as address:
        settings.GLEDE_SCAN_SOCKET = address
        with pytest.raises(NotScannedError, match="clamd said"):
            scanning.scan(b"x")


def test_no_clamd_is_no_clean_bill(settings: Settings, tmp_path: Path) -> None:
    settings.GLEDE_SCAN_SOCKET = str(tmp_path / "no.sock")

    with pytest.raises(NotScannedError, match="could not be asked"):
        scanning.scan(b"x")


def test_the_doctor_says_who_looks_and_that_nobody_does(settings: Settings, tmp_path: Path) -> None:
    settings.GLEDE_SCAN_COMMAND = settings.GLEDE_SCAN_SOCKET = ""
    ((well, says),) = doctor._scanner(NOW)
    assert well
    assert "No scanner for malware is named" in says

    settings.GLEDE_SCAN_COMMAND = command(tmp_path, "sys.exit(0)")
    assert list(doctor._scanner(NOW)) == [
        (True, f"Attachments are looked into by {sys.executable}.")
    ]

    settings.GLEDE_SCAN_COMMAND = command(tmp_path, "sys.exit(2)")
    ((well, says),) = doctor._scanner(NOW)
    assert not well
    assert says.endswith("Attachments wait until it can.")
