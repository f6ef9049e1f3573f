"""What changed reaches the screens that may know of it: all of it, once, and nobody else's."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from glede.kit import clock, live
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Viewer
from tests import cast
from tests.web.serving import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Heard:
    topic: str
    data: str
    id: str


class Ear:
    """An open stream, read as a browser reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def next(self) -> Heard | None:
        """The next event that is not a pulse; none when the stream has ended."""
        found: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                found[name] = value
            elif "event" in found and found["event"] != "pulse":
                return Heard(found["event"], found["data"], found.get("id", ""))
            else:
                found = {}
        return None

    def until(self, data: str) -> list[Heard]:
        """Everything up to the event that carries this."""
        heard: list[Heard] = []
        while event := self.next():
            heard.append(event)
            if event.data == data:
                return heard
        raise AssertionError(f"The stream ended before {data}; it said {heard}.")


@contextlib.contextmanager
def listening(desk: Desk, session: str, *, after: str = "") -> Iterator[Ear]:
    headers = {"Last-Event-ID": after} if after else {}
    with (
        httpx.Client(
            base_url=desk.url, cookies={settings.SESSION_COOKIE_NAME: session}, timeout=10
        ) as client,
        client.stream("GET", "/live", headers=headers) as response,
    ):
        ear = Ear(response)
        if response.status_code == 200:
            # The first line is sent once its place in the hub is taken.
            assert next(ear._lines).startswith("retry:")
        yield ear


def tell(number: int, *, brand: int | None = None, person: int | None = None) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": number},
        brand=brand,
        person=person,
        now=clock.now(),
    )


@pytest.fixture
def town() -> cast.Cast:
    with transaction.atomic():
        return cast.build()


def test_a_change_reaches_those_who_may_see_the_brand(desk: Desk, town: cast.Cast) -> None:
    with (
        listening(desk, desk.session(town.sam)) as sam,
        listening(desk, desk.session(town.meena)) as meena,
        listening(desk, desk.session(town.ada)) as ada,
    ):
        tell(1, brand=town.pennvale)
        tell(2, brand=town.red_kite)
        tell(3)

        assert [event.data for event in sam.until('{"id":3}')] == [
            '{"id":1}',
            '{"id":2}',
            '{"id":3}',
        ]
        assert [event.data for event in meena.until('{"id":3}')] == ['{"id":2}', '{"id":3}']
        assert [event.data for event in ada.until('{"id":3}')] == ['{"id":3}']


def test_what_is_addressed_to_a_person_reaches_nobody_else(desk: Desk, town: cast.Cast) -> None:
    with (
        listening(desk, desk.session(town.sam)) as sam,
        listening(desk, desk.session(town.priya)) as priya,
    ):
        tell(1, person=town.priya.id)
        tell(2)

        assert [event.data for event in priya.until('{"id":2}')] == ['{"id":1}', '{"id":2}']
        assert [event.data for event in sam.until('{"id":2}')] == ['{"id":2}']


def test_a_screen_that_was_away_misses_nothing_and_hears_nothing_twice(
    desk: Desk, town: cast.Cast
) -> None:
    session = desk.session(town.sam)
    with listening(desk, session) as before:
        tell(1)
        tell(2)
        last = before.until('{"id":2}')[-1].id

    tell(3)
    tell(4)

    with listening(desk, session, after=last) as again:
        tell(5)
        assert [event.data for event in again.until('{"id":5}')] == [
            '{"id":3}',
            '{"id":4}',
            '{"id":5}',
        ]


def test_a_change_that_is_committed_late_is_told_all_the_same(desk: Desk, town: cast.Cast) -> None:
    begun, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                tell(1)
                begun.set()
                may_commit.wait(10)
        finally:
            connection.close()

    with listening(desk, desk.session(town.sam)) as sam:
        thread = threading.Thread(target=slow)
        thread.start()
        assert begun.wait(10)
        tell(2)
        may_commit.set()
        thread.join()

        assert [event.data for event in sam.until('{"id":2}')] == ['{"id":1}', '{"id":2}']


def test_signing_out_in_the_browser_ends_the_stream_at_once(desk: Desk, town: cast.Cast) -> None:
    session = desk.session(town.sam)
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session

    with listening(desk, session) as sam:
        client.post("/accounts/logout/")

        ended = sam.next()
        assert ended is not None
        assert ended.topic == "signed-out"
        assert sam.next() is None


def test_signing_out_everywhere_ends_the_stream_of_another_browser(
    desk: Desk, town: cast.Cast
) -> None:
    here = Client()
    here.force_login(
        get_user_model().objects.get(pk=town.sam.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    elsewhere = Client()
    elsewhere.cookies[settings.SESSION_COOKIE_NAME] = session = desk.session(town.sam)
    assert elsewhere.get("/me/").status_code == 200

    with listening(desk, session) as sam:
        here.post("/me/sessions/end/")

        ended = sam.next()
        assert ended is not None
        assert ended.topic == "signed-out"


def test_a_new_password_ends_the_streams_that_began_under_the_old(
    desk: Desk, town: cast.Cast
) -> None:
    with listening(desk, desk.session(town.sam)) as sam:
        with transaction.atomic():
            people.set_password(
                person_id=town.sam.id,
                password="Another 3 buzzards",
                actor=SYSTEM,
                now=clock.now(),
            )

        ended = sam.next()
        assert ended is not None
        assert ended.topic == "signed-out"


def test_a_role_that_ends_is_felt_at_once(desk: Desk, town: cast.Cast) -> None:
    (grant,) = people_queries.grants(town.meena.id)

    with listening(desk, desk.session(town.meena)) as meena:
        tell(1, brand=town.red_kite)
        assert meena.until('{"id":1}')
        with transaction.atomic():
            people.revoke(grant_id=grant.pk, actor=SYSTEM, now=clock.now())
        tell(2, brand=town.red_kite)
        tell(3)

        assert [event.data for event in meena.until('{"id":3}')] == ['{"id":3}']


def test_what_is_no_position_is_refused(desk: Desk, town: cast.Cast) -> None:
    with listening(desk, desk.session(town.sam), after="yesterday") as ear:
        assert ear.response.status_code == 400


def test_a_screen_away_for_too_long_is_told_to_begin_again(desk: Desk, town: cast.Cast) -> None:
    session = desk.session(town.sam)
    tell(1)
    with listening(desk, session) as ear:
        tell(2)
        first = ear.until('{"id":2}')[-1].id
    tell(3)
    live.prune(now=clock.now() + timedelta(hours=1), kept_for=timedelta())

    with listening(desk, session, after=first) as again:
        reset = again.next()

    assert reset is not None
    assert reset.topic == "reset"


@pytest.mark.exhaustive
def test_fifty_screens_all_hear_the_same(desk: Desk, town: cast.Cast) -> None:
    sessions = [desk.session(_some(town, number)) for number in range(50)]

    with contextlib.ExitStack() as stack:
        ears = [stack.enter_context(listening(desk, session)) for session in sessions]
        for number in range(20):
            tell(number)

        for ear in ears:
            heard = ear.until('{"id":19}')
            assert len(heard) == 20


def _some(town: cast.Cast, number: int) -> Viewer:
    people = list(town.everybody().values())
    return people[number % len(people)]


def test_nobody_hears_anything(desk: Desk, town: cast.Cast) -> None:
    for session in ("", "x" * 32):
        with listening(desk, session) as ear:
            assert ear.response.status_code == 401
    left = desk.session(town.sam)
    get_user_model().objects.filter(pk=town.sam.id).update(is_active=False)
    with listening(desk, left) as ear:
        assert ear.response.status_code == 401
