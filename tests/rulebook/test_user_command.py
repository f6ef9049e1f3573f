"""`glede user` does what it says, and says in a sentence what it cannot do."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore

from glede.commands import user
from glede.commands.failure import CommandError
from glede.rulebook.audit import queries as audit
from glede.rulebook.people import queries
from glede.rulebook.people.rules import Permission
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("Five gliding buzzards\n")
    return file


def glede_user(*words: str) -> int:
    parser = argparse.ArgumentParser()
    user.add(parser.add_subparsers())
    args = parser.parse_args(["user", *words])
    return user.run(args)


def may(email: str, permission: Permission, brand: int | None = None) -> bool:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    return queries.viewer_of(queries.by_email(email), now=soon).may(permission, brand)


def test_somebody_joins_is_granted_a_role_and_loses_it(password: Path) -> None:
    kite = make.brand("Red Kite")
    glede_user("add", "kim@kite.example", "--name", "Kim Oyelaran", f"--password-file={password}")
    assert queries.by_email("kim@kite.example").check_password("Five gliding buzzards")
    assert queries.by_email("kim@kite.example").sign_off == "Kim"

    glede_user("grant", "kim@kite.example", "advisor", "--brand", "red-kite")
    assert may("kim@kite.example", Permission.REPLY, kite)

    glede_user("revoke", "kim@kite.example", "advisor", "--brand", "red-kite")
    assert not may("kim@kite.example", Permission.REPLY, kite)


def test_the_record_names_the_account_on_the_machine(password: Path) -> None:
    glede_user("add", "kim@kite.example", "--name", "Kim", f"--password-file={password}")

    (entry,) = audit.latest()
    assert entry.actor_name == "glede user"
    assert entry.actor_id.startswith("command:")


def test_a_role_until_a_day_holds_through_that_day() -> None:
    make.person("Sam")
    glede_user("grant", "sam@kite.example", "reader", "--until", "2099-03-31")

    (held,) = queries.grants(queries.by_email("sam@kite.example").pk)
    assert held.until_at == datetime(2099, 3, 31, 23, tzinfo=UTC), "midnight in British summer"


def test_the_list_says_who_may_what_and_who_has_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make.person("Sam", user.Role.ADVISOR)
    make.person("Gone", user.Role.ADVISOR)
    glede_user("deactivate", "gone@kite.example")
    capsys.readouterr()

    glede_user("list")
    assert "gone@kite.example" not in capsys.readouterr().out
    glede_user("list", "--left")
    shown = capsys.readouterr().out
    assert "advisor" in next(line for line in shown.splitlines() if "sam@" in line)
    assert "has left" in next(line for line in shown.splitlines() if "gone@" in line)


def test_sessions_are_shown_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    sam = make.person("Sam").id
    session = SessionStore()
    session.create()
    UserSession.objects.create(
        user_id=sam, ip="192.0.2.7", session_key=session.session_key, user_agent="Firefox"
    )

    glede_user("sessions", "sam@kite.example")
    assert "192.0.2.7" in capsys.readouterr().out
    glede_user("sessions", "sam@kite.example", "--end")
    assert "of 1 sessions" in capsys.readouterr().out
    glede_user("sessions", "sam@kite.example")
    assert "signed in nowhere" in capsys.readouterr().out


def test_a_new_password_is_set(password: Path) -> None:
    make.person("Sam")
    glede_user("password", "sam@kite.example", f"--password-file={password}")

    assert queries.by_email("sam@kite.example").check_password("Five gliding buzzards")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("grant", "no@kite.example", "advisor"), "Nobody signs in with"),
        (("grant", "sam@kite.example", "emperor"), "There is no role “emperor”"),
        (("grant", "sam@kite.example", "advisor", "--brand", "x"), "There is no brand “x”"),
        (("revoke", "sam@kite.example", "advisor"), "is not advisor for all brands"),
        (("password", "sam@kite.example", "--password-file=nowhere"), "There is no file"),
        (("password", "sam@kite.example"), "Nobody is here to type a password"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], says: str) -> None:
    make.person("Sam")

    with pytest.raises(CommandError, match=says):
        glede_user(*words)
