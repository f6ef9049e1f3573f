"""`glede token` does what it says, and says in a sentence what it cannot do."""

import argparse

import pytest

from glede.commands import token
from glede.commands.failure import CommandError
from glede.kit import clock
from glede.rulebook.people.rules import Permission, Role
from glede.rulebook.tokens import queries
from glede.rulebook.tokens.queries import BadTokenError
from tests import make

pytestmark = pytest.mark.django_db


def glede_token(*words: str) -> int:
    parser = argparse.ArgumentParser()
    token.add(parser.add_subparsers())
    return token.run(parser.parse_args(["token", *words]))


def test_a_token_is_made_listed_used_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    kite = make.brand("Red Kite")
    beth = make.person("Beth", Role.BRAND_MANAGER)
    given = ("--for", "beth@kite.example", "--may", "figures.read", "--brand", "red-kite")

    assert glede_token("create", "Board report", *given, "--days", "7") == 0
    secret = capsys.readouterr().out.splitlines()[-1]
    viewer = queries.bearer(secret, now=clock.now()).viewer
    assert viewer.id == beth.id
    assert viewer.brands_for(Permission.READ_FIGURES) == frozenset({kite})

    glede_token("list")
    listed = capsys.readouterr().out
    assert "Board report" in listed
    assert "figures.read" in listed
    assert secret not in listed

    glede_token("revoke", listed.split()[0])
    with pytest.raises(BadTokenError, match="revoked"):
        queries.bearer(secret, now=clock.now())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--for", "nobody@kite.example", "--may", "figures.read"), "Nobody signs in"),
        (("--for", "beth@kite.example", "--may", "everything"), "There is no permission"),
        (("--for", "beth@kite.example", "--may", "replies.send"), "A program is not given"),
        (("--for", "beth@kite.example", "--may", "policy.draft"), "Beth may not"),
        (("--for", "beth@kite.example", "--may", "figures.read", "--days", "0"), "1 to 365"),
        (("--for", "beth@kite.example", "--may", "figures.read", "--brand", "x"), "no brand"),
    ],
)
def test_what_cannot_be_made_is_said(words: tuple[str, ...], says: str) -> None:
    make.brand("Red Kite")
    make.person("Beth", Role.BRAND_MANAGER)

    with pytest.raises(CommandError, match=says):
        glede_token("create", "Board report", *words)
    assert queries.tokens(now=clock.now()) == []


def test_without_one_the_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    glede_token("list")

    assert "no token yet" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no token number 7"):
        glede_token("revoke", "7")
