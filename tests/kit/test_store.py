"""Files by their content: once each, found by nobody who makes a name up, checked when read."""

import tracemalloc
from pathlib import Path

import pytest
from django.test import override_settings

from glede.kit import store


def test_the_same_bytes_are_kept_once_and_come_back(tmp_path: Path) -> None:
    with override_settings(GLEDE_STORE=tmp_path):
        first, second = store.put(b"a minute"), store.put(b"a minute")

        assert first == second
        assert store.read(first) == b"a minute"
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_bytes_that_were_changed_are_not_given_out(tmp_path: Path) -> None:
    with override_settings(GLEDE_STORE=tmp_path):
        digest = store.put(b"a minute")
        (tmp_path / digest[:2] / digest).write_bytes(b"another minute")

        with pytest.raises(store.NotKeptError, match="was changed"):
            store.read(digest)


def test_of_a_long_film_only_the_part_that_is_asked_for_is_read(tmp_path: Path) -> None:
    with override_settings(GLEDE_STORE=tmp_path):
        digest = store.put(b"a film")
        film = tmp_path / digest[:2] / digest
        with film.open("r+b") as file:  # holes but for its end: long without filling a disk
            file.truncate(2**36)
            file.seek(-3, 2)
            file.write(b"end")

        tracemalloc.start()
        try:
            last = b"".join(store.part(digest, 2**36 - 5, 2**36))
            middle = store.part(digest, 2**35, 2**36)
            pieces = [len(next(middle)) for _ in range(4)]
            middle.close()
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert last == b"\0\0end"
        assert len(set(pieces)) == 1
        assert held < 2**22
        assert store.size(digest) == 2**36


def test_a_part_of_what_was_never_kept_is_refused(tmp_path: Path) -> None:
    with override_settings(GLEDE_STORE=tmp_path):
        with pytest.raises(store.NotKeptError, match="holds no"):
            store.size("0" * 64)
        with pytest.raises(store.NotKeptError, match="holds no"):
            next(store.part("0" * 64, 0, 1))


@pytest.mark.parametrize("name", ["", "../../secret-key", "a" * 63, "A" * 64, "/etc/passwd"])
def test_a_name_that_is_no_digest_leads_nowhere(name: str, tmp_path: Path) -> None:
    with (
        override_settings(GLEDE_STORE=tmp_path),
        pytest.raises(store.NotKeptError, match="no name of a file"),
    ):
        store.read(name)


def test_what_was_never_kept_is_said_to_be_missing(tmp_path: Path) -> None:
    with (
        override_settings(GLEDE_STORE=tmp_path),
        pytest.raises(store.NotKeptError, match="holds no"),
    ):
        store.read("0" * 64)
