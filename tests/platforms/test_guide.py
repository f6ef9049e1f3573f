"""The guide is true: the platform it shows is built out of the page, and works from a package."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, transaction

from glede.platforms import registry
from tests import cast

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "add-a-platform.md"
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: What an installer does with the package: its entry point is read from its own pyproject.toml.
_INSTALL = """
import os, sys
from setuptools import build_meta
os.chdir(sys.argv[1])
build_meta.prepare_metadata_for_build_wheel(sys.argv[2])
"""
_APPROVE = """
import django
django.setup()
from datetime import date
from glede.flow import approved_platforms
from glede.kit import clock
from glede.rulebook.accounts.register import Status
from glede.rulebook.audit.rules import SYSTEM
approved_platforms.decide(
    slug="noticeboard", status=Status.TRIAL, reason="Tried for a month.",
    office="Head of Relationships", review_on=date(2099, 1, 1), actor=SYSTEM, now=clock.now(),
)
"""
#: What the worker does: a poll, a drain, and an answer on its way out.
_WORK = """
import json
import django
django.setup()
from glede.desk.conversations.models import Message
from glede.flow import connections, inbound, poll
from glede.kit import clock
from glede.platforms.contract import OutboundMessage
from glede.rulebook.accounts.models import Account
account = Account.objects.get(platform="noticeboard")
poll.account(account_id=account.pk)
inbound.drain(now=clock.now())
message = Message.objects.get(platform="noticeboard")
answer = OutboundMessage("a-1", "We are on our way.", clock.now(), parent=message.native_id)
with connections.of(account.pk) as connector:
    receipt = connector.send(answer, now=clock.now())
print(json.dumps({
    "account": account.handle, "words": message.versions.get().text,
    "waits": message.enquiry_id is not None, "answered": receipt.native_id,
}))
"""


@dataclass(frozen=True, slots=True)
class Package:
    """The package as installed: found by whoever has its folders on the path."""

    folder: Path
    site: Path

    def run(self, *arguments: str) -> str:
        url = urlsplit(os.environ["GLEDE_DATABASE_URL"])
        database = url._replace(path=f"/{connection.settings_dict['NAME']}")
        done = subprocess.run(
            [sys.executable, *arguments],
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "glede.settings",
                "GLEDE_DATABASE_URL": urlunsplit(database),
                "PYTHONPATH": os.pathsep.join(map(str, (ROOT, self.folder, self.site))),
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def package(tmp_path: Path) -> Package:
    files = dict(_FILE.findall(GUIDE.read_text(encoding="utf-8")))
    assert len(files) == 5, sorted(files)
    made = Package(tmp_path / "glede-noticeboard", tmp_path / "site")
    made.site.mkdir()
    for name, text in files.items():
        path = made.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (made.folder / "glede_noticeboard" / "__init__.py").touch()
    made.run("-c", _INSTALL, str(made.folder), str(made.site))
    return made


@pytest.fixture
def board(tmp_path: Path) -> Path:
    folder = tmp_path / "swallow-house"
    for name in ("notices", "answers"):
        (folder / name).mkdir(parents=True)
    (folder / "key").write_text("open sesame", encoding="utf-8")
    notice = {"id": "n-1", "by": "Dawn", "text": "The lift is stuck.", "at": "2026-11-22T09:00:00Z"}
    (folder / "notices" / "n-1.json").write_text(json.dumps(notice), encoding="utf-8")
    return folder


def test_the_platform_of_the_guide_passes_the_conformance_checks(package: Package) -> None:
    told = package.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull,
        "--rootdir", str(package.folder), "test_noticeboard.py",
    )  # fmt: skip

    assert re.search(r"\b2\d passed", told), told


def test_a_package_that_is_only_installed_is_in_the_table(package: Package) -> None:
    assert "noticeboard" not in registry.slugs()

    told = json.loads(package.run("-m", "glede.cli", "platforms", "--json"))
    (found,) = [one for one in told if one["slug"] == "noticeboard"]
    assert found["abilities"]["reply_public"]["can"] == "yes"
    assert found["receives"]["comments"]["says"] == "by poll"
    assert "Noticeboard (noticeboard)" in package.run("-m", "glede.cli", "platforms")


@pytest.mark.django_db(transaction=True)
def test_it_is_connected_receives_and_answers_with_no_other_file_touched(
    package: Package, board: Path
) -> None:
    with transaction.atomic():
        cast.build()
    package.run("-c", _APPROVE)
    connected = package.run(
        "-m", "glede.cli", "account", "connect", "noticeboard", "--brand", "red-kite",
        "--set", f"folder={board}", "--secret-file", f"key={board / 'key'}",
    )  # fmt: skip
    assert "The board swallow-house on Noticeboard is connected" in connected

    assert json.loads(package.run("-c", _WORK)) == {
        "account": "The board swallow-house",
        "words": "The lift is stuck.",
        "waits": True,
        "answered": "a-1",
    }
    (answer,) = board.glob("answers/*.json")
    assert json.loads(answer.read_text())["text"] == "We are on our way."
