"""`glede policy diff`: what one version says otherwise than another."""

import argparse
import json

import pytest
from django.test import TestCase

from glede.commands import policy as command
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.policy import actions
from tests import make
from tests.web import policy_desk


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    return command.run(parser.parse_args(["policy", *words]))


class TestDiffCommand(TestCase):
    @pytest.fixture(autouse=True)
    def _output(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def setUp(self) -> None:
        for number, document in (
            ("3", policy_desk.document("3")),
            ("4", policy_desk.changed("4")),
        ):
            assert document.number == number
            actions.draft(document=document, actor=SYSTEM, now=make.NOW)

    def test_it_names_what_changed_and_prints_nothing_but_json_when_asked(self) -> None:
        assert run("diff", "3", "4", "--json") == 0

        said = json.loads(self.capsys.readouterr().out)
        assert [(one["change"], one["before"], one["after"]) for one in said["clauses"]] == [
            ("changed", "5.1", "5.1"),
            ("removed", "6.14", ""),
            ("added", "", "6.15"),
        ]
        assert said["rules"] == [
            {
                "key": "four_hour_reading",
                "change": "changed",
                "before": "elapsed",
                "after": "working",
            }
        ]

    def test_a_version_that_does_not_exist_is_refused_in_a_sentence(self) -> None:
        assert run("diff", "3", "9") == 2

        assert "There is no version 9. There are: 4, 3." in self.capsys.readouterr().err
