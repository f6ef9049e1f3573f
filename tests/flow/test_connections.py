"""One asker for a new credential, of all threads and processes; what is spent is kept."""

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import DatabaseError, connection

from glede.flow import connections
from glede.kit import clock
from glede.platforms.contract import Credential, Reconnect
from glede.platforms.meter import Meter, Signal
from glede.rulebook.accounts import actions, actions_spending, queries, queries_spending
from glede.rulebook.accounts.models import Account, App, Limit, Spending
from glede.rulebook.accounts.rules import State
from glede.rulebook.audit.rules import SYSTEM
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

OLD: Credential = {"access": "a-1", "refresh": "r-1"}


@pytest.fixture
def account(desk: Desk) -> int:
    actions.renewed(account_id=desk.account_id, credential=OLD)
    return desk.account_id


def renew(account_id: int, ask: Callable[[Credential], Credential]) -> Credential:
    with connections.of(account_id) as connector:
        renewing = connector.connection.renew
    return renewing(OLD, ask)


def test_the_new_credential_is_kept_encrypted_before_it_is_used(account: int) -> None:
    new = renew(account, lambda old: {**old, "access": "a-2"})

    assert new == {"access": "a-2", "refresh": "r-1"}
    assert queries.credential(account) == (State.CONNECTED, "", new)
    assert b"a-2" not in bytes(Account.objects.get().credential)
    with connections.of(account) as connector:
        assert connector.connection.credential == new


def test_of_two_threads_one_asks_and_both_get_the_answer(account: int) -> None:
    asked, both_are_there = [], threading.Barrier(2)

    def ask(old: Credential) -> Credential:
        asked.append(old["access"])
        threading.Event().wait(0.2)  # the other one comes meanwhile
        return {**old, "access": f"a-{len(asked) + 1}"}

    given: list[Credential] = []

    def one() -> None:
        try:
            with connections.own(account) as own:
                both_are_there.wait(timeout=10)
                given.append(own.connector.connection.renew(OLD, ask))
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert asked == ["a-1"]
    assert given == [{"access": "a-2", "refresh": "r-1"}] * 2


_PROCESS = textwrap.dedent("""
    import json, sys, time
    from pathlib import Path

    import django

    django.setup()
    from glede.flow import connections

    folder, account, name = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

    def ask(old):
        with (folder / "asked").open("a") as log:
            log.write(name + "\\n")
        time.sleep(0.5)
        return {**old, "access": "a-by-" + name}

    (folder / name).touch()
    while not (folder / "go").exists():
        time.sleep(0.01)
    with connections.own(account) as own:
        print(json.dumps(own.connector.connection.renew(json.loads(sys.argv[4]), ask)))
""")


def test_of_two_processes_one_asks_and_both_get_the_answer(account: int, tmp_path: Path) -> None:
    children = {
        name: subprocess.Popen(
            [
                sys.executable, "-c", _PROCESS, str(tmp_path), str(account), name, json.dumps(OLD)
            ],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    }  # fmt: skip
    deadline = clock.now() + timedelta(seconds=60)
    while not all((tmp_path / name).exists() for name in children) and clock.now() < deadline:
        threading.Event().wait(0.05)
    (tmp_path / "go").touch()
    told = {name: child.communicate(timeout=60) for name, child in children.items()}

    assert (tmp_path / "asked").exists(), told
    asked = (tmp_path / "asked").read_text().split()
    assert len(asked) == 1, told
    expected = {"access": f"a-by-{asked[0]}", "refresh": "r-1"}
    assert [json.loads(out) for out, _ in told.values()] == [expected, expected]
    assert queries.credential(account)[2] == expected


def test_a_refusal_is_asked_for_once_and_the_account_lapses(account: int) -> None:
    asked = []

    def ask(old: Credential) -> Credential:
        asked.append(old)
        raise Reconnect("The refresh token was revoked.")

    for _ in range(2):
        with pytest.raises(Reconnect, match="was revoked"):
            renew(account, ask)

    assert len(asked) == 1
    assert queries.credential(account)[:2] == (State.LAPSED, "The refresh token was revoked.")


def test_whoever_dies_while_asking_leaves_the_right_to_ask_to_the_next(account: int) -> None:
    def dies(old: Credential) -> Credential:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renew(account, dies)

    assert renew(account, lambda old: {**old, "access": "a-3"})["access"] == "a-3"


def test_a_closed_account_is_not_renewed(account: int) -> None:
    with connections.of(account) as connector:
        renewing = connector.connection.renew
    actions.close(account_id=account, actor=SYSTEM, now=clock.now())

    with pytest.raises(Reconnect, match="was closed"):
        renewing(OLD, lambda old: {**old, "access": "a-4"})


@pytest.fixture
def counted(desk: Desk) -> int:
    """An account on a platform with a budget."""
    return _granting(desk, "granting", "page-7")


def test_what_was_spent_is_kept_and_known_to_whoever_comes_next(counted: int) -> None:
    now = clock.now()
    with connections.of(counted) as connector:
        meter: Meter = connector.connection.meter
        meter.spend("units", "2026-11-22", 50, micros=1_500)
        meter.signal(Signal("calls", 81.5, now, now + timedelta(hours=1)))
    with connections.own(counted) as own:
        assert own.connector.connection.meter.spent("units", "2026-11-22") == 50
        own.connector.connection.meter.spend("units", "2026-11-22", 7)
        own.tell()
    with connections.of(counted) as connector:
        assert connector.connection.meter.spent("units", "2026-11-22") == 57

    kept = Spending.objects.get()
    assert (kept.units, kept.cost_micros) == (57, 1_500)
    assert Limit.objects.get().used_percent == 81.5
    day = "2026-11-22"
    assert queries_spending.cost_micros(counted, since=day, until=day) == 1_500


def test_a_budget_of_our_registration_is_spent_by_all_its_accounts_together(
    desk: Desk, counted: int
) -> None:
    other = _granting(desk, "granting", "page-8")
    stranger = _granting(desk, "granting-2", "page-9")
    with connections.of(counted) as connector:
        connector.connection.meter.spend("units", "2026-11-22", 40)

    seen = {}
    for account_id in (other, stranger):
        with connections.of(account_id) as connector:
            seen[account_id] = connector.connection.meter.spent("units", "2026-11-22")

    assert seen == {other: 40, stranger: 0}


def test_an_older_word_on_a_limit_does_not_replace_a_newer_one(desk: Desk) -> None:
    now = clock.now()
    for at, percent in ((now, 40.0), (now - timedelta(minutes=1), 90.0)):
        actions_spending.keep(
            account_id=desk.account_id, spent=[], signals=[Signal("calls", percent, at)], now=now
        )

    assert [limit.used_percent for limit in queries_spending.limits(desk.account_id)] == [40.0]


def test_what_the_platform_answered_is_not_lost_with_a_count_that_cannot_be_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken, connections.of(desk.account_id) as connector:
        connector.connection.meter.spend("units", "2026-11-22", 3)
        broken.setattr(actions_spending, "keep", _unwell)
    assert "waits: DatabaseError" in caplog.text
    assert not Spending.objects.exists()

    with connections.of(desk.account_id):
        pass
    assert Spending.objects.get().units == 3


def _unwell(**_: object) -> None:
    raise DatabaseError


def _granting(desk: Desk, slug: str, native_id: str) -> int:
    app = App.objects.filter(slug=slug).first()
    given = {"secrets": [], "settings": {}, "actor": SYSTEM, "now": clock.now()}
    return actions.connect(
        app_id=app.pk
        if app
        else actions.register_app(platform="granting", slug=slug, name="Granting", **given),
        brand_id=desk.brand_id,
        native_id=native_id,
        handle="",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=clock.now(),
    )


def _environment() -> dict[str, str]:
    """Another process on this test's own database, with the pretend platform installed."""
    url = urlsplit(os.environ["GLEDE_DATABASE_URL"])
    paths = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "pretend")]
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "glede.settings",
        "GLEDE_DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "PYTHONPATH": os.pathsep.join(paths),
    }
