"""`glede policy`: what it prints, and what it leaves alone."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from glede.commands import policy
from glede.rulebook.audit import queries as audit
from glede.rulebook.policy import queries
from tests.rulebook.policy_document import reading, rendering

ROOT = Path(__file__).parents[3]


def glede_policy(*words: str) -> int:
    parser = argparse.ArgumentParser()
    policy.add(parser.add_subparsers())
    return policy.run(parser.parse_args(["policy", *words]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "standard.docx"
    path.write_bytes(rendering.as_docx(reading.text_of("friday")))
    return path


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_needs_no_database_and_prints_json_alone(file: Path, tmp_path: Path) -> None:
    """As a program starts it, on a machine where nothing is set up."""
    ran = subprocess.run(
        [sys.executable, "-m", "glede.cli", "policy", "import", str(file), "--dry-run", "--json"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "GLEDE_HOME": str(tmp_path / "home"),
            "GLEDE_SECRET_KEY": "x" * 60,
            "GLEDE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    said = json.loads(ran.stdout)
    assert said["title"] == "Social Media Service Standard"
    assert [s["number"] for s in said["sections"]] == ["1", "2", "3"]
    assert [c["number"] for c in said["clauses"] if c["heading"]] == ["2.1", "2.3"]
    assert {"rules", "gaps", "flags", "definitions", "duties", "laws", "related"} < set(said)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("missing.pdf", None, "There is no file"),
        ("empty.txt", b"", "The file is empty"),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(99), "picture"),
    ],
)
def test_a_file_that_cannot_be_used_ends_in_a_sentence_and_status_2(
    name: str, data: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)

    assert glede_policy("import", str(path), "--dry-run", "--json") == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("glede: ")
    assert says in printed.err


@pytest.mark.django_db
def test_an_import_is_a_draft_that_list_and_show_know(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert glede_policy("import", str(file), "--number", "7", "--json") == 0
    assert answer(capsys)["drafted"]["number"] == "7"

    assert glede_policy("list", "--json") == 0
    (listed,) = answer(capsys)
    assert (listed["number"], listed["state"]) == ("7", "draft")

    assert glede_policy("show", "7", "--json") == 0
    shown = answer(capsys)
    assert [c["number"] for c in shown["clauses"]] == reading.numbers(reading.document("friday"))
    assert shown["review_period_months"] == 24
    for rule in shown["rules"]:
        if rule["status"] == "written":
            text = next(c["text"] for c in shown["clauses"] if c["number"] == rule["clause"])
            assert rule["quote"] in text

    (entry,) = audit.latest()
    assert entry.actor_name == "glede policy"


@pytest.mark.django_db
def test_the_same_number_twice_is_refused_and_nothing_is_kept(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glede_policy("import", str(file), "--number", "7")
    assert glede_policy("import", str(file), "--number", "7.0") == 2
    assert "7" in capsys.readouterr().err
    assert [version.number for version in queries.versions()] == ["7"]


@pytest.mark.django_db
def test_a_version_nobody_has_is_named_with_those_there_are(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glede_policy("import", str(file), "--number", "7")
    assert glede_policy("show", "8") == 2
    assert "There is no version 8. There are: 7." in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize("name", reading.NAMES)
def test_every_document_can_be_drafted(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.md"
    path.write_text(reading.text_of(name), encoding="utf-8")
    assert glede_policy("import", str(path), "--number", "1") == 0
    assert [version.number for version in queries.versions()] == ["1"]
