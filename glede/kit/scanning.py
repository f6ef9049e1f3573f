"""Asks a scanner for malware that the machine has: a command, or clamd over its socket.

GLEDE_SCAN_COMMAND reads the file from its standard input and ends with 0 (clean) or 1 (found
something), as clamdscan and clamscan do with “-”. GLEDE_SCAN_SOCKET is clamd's socket, a path or
host:port, spoken to by its INSTREAM command (clamd(8)).
"""

import shlex
import socket
import struct
import subprocess
from dataclasses import dataclass

from django.conf import settings

_CHUNK = 64 * 1024


class NotScannedError(RuntimeError):
    """The scanner could not be asked; the file waits."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`by` is empty where no scanner is configured, `found` where nothing was found."""

    by: str = ""
    found: str = ""


def is_configured() -> bool:
    return bool(settings.GLEDE_SCAN_COMMAND or settings.GLEDE_SCAN_SOCKET)


def scan(data: bytes) -> Verdict:
    """What the scanner says of a file. Raises `NotScannedError`."""
    if settings.GLEDE_SCAN_COMMAND:
        return _by_command(settings.GLEDE_SCAN_COMMAND, data)
    if settings.GLEDE_SCAN_SOCKET:
        return _by_socket(settings.GLEDE_SCAN_SOCKET, data)
    return Verdict()


def _by_command(command: str, data: bytes) -> Verdict:
    words = shlex.split(command)
    try:
        done = subprocess.run(  # noqa: S603 - the command is a setting of whoever runs the desk
            words, input=data, capture_output=True, check=False, timeout=_seconds()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotScannedError(f"“{words[0]}” could not be asked.") from error
    if done.returncode == 0:
        return Verdict(by=words[0])
    if done.returncode == 1:
        said = done.stdout.decode(errors="replace").strip().splitlines()
        return Verdict(by=words[0], found=said[0][:200] if said else "something")
    raise NotScannedError(f"“{words[0]}” ended with {done.returncode}.")


def _by_socket(address: str, data: bytes) -> Verdict:
    try:
        with _connection(address) as clamd:
            clamd.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), _CHUNK):
                part = data[start : start + _CHUNK]
                clamd.sendall(struct.pack("!I", len(part)) + part)
            clamd.sendall(struct.pack("!I", 0))
            said = _answer(clamd)
    except OSError as error:
        raise NotScannedError("clamd could not be asked.") from error
    if said.endswith("OK"):
        return Verdict(by="clamd")
    if said.endswith("FOUND"):
        return Verdict(by="clamd", found=said.removeprefix("stream: ").removesuffix(" FOUND"))
    raise NotScannedError(f"clamd said: {said[:200] or 'nothing'}")


def _connection(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        return socket.create_connection((host, int(port)), timeout=_seconds())
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(_seconds())
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made


def _answer(clamd: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0"):
        part = clamd.recv(1024)
        if not part:
            break
        said += part
    return said.rstrip(b"\0").decode(errors="replace").strip()


def _seconds() -> int:
    return int(settings.GLEDE_SCAN_SECONDS)
