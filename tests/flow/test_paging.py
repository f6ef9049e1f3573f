"""Alerts leave the desk: to a push service, a mail server and a service, each with its outcome."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from pytest_django.fixtures import Settings

from glede.desk.alerts import actions_ways, queries_ways
from glede.desk.alerts.actions_ways import NotAddedError
from glede.desk.alerts.models import Address, Dispatch, PushKey
from glede.desk.alerts.rules import Kind, Way, Wishes
from glede.flow import alerting, paging, reaching
from glede.kit import crypto, pushkey
from glede.kit.pushkey import BadSubscriptionError, Subscription
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.models import Person
from tests.flow import push_service
from tests.flow.conftest import MORNING, Desk
from tests.flow.push_service import Receiver, Service
from tests.visitor import mailbox

MINUTE = timedelta(minutes=1)
GAS = "There is a gas leak at 3 Swallow House"


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with push_service.opened() as opened:
        settings.GLEDE_PUSH_HOSTS = frozenset({f"127.0.0.1:{opened.port}"})
        settings.GLEDE_ALERT_SERVICES = frozenset({"json"})
        yield opened


def browser_of(desk: Desk, service: Service) -> Receiver:
    receiver = Receiver(service)
    reaching.add_browser(
        viewer=desk.sam, name="Firefox", subscription=receiver.subscription, now=MORNING
    )
    return receiver


def sent(way: Way) -> list[Dispatch]:
    return list(Dispatch.objects.filter(way=way).order_by("pk"))


def test_a_push_can_be_read_by_that_browser_alone_and_shows_that_it_is_ours(
    desk: Desk, service: Service
) -> None:
    receiver = browser_of(desk, service)
    asked = desk.is_asked(GAS.replace("gas leak", "leak"), at=MORNING)
    alerting.run(now=MORNING + MINUTE)

    assert paging.run(now=MORNING + MINUTE) == 1

    ((path, headers, body),) = service.asked
    told = receiver.reads(body)
    assert told["body"] == "A new message to Red Kite waits for an answer. Clause 6.5."
    assert told["href"] == f"/c/{asked.pk}/"
    assert not told["severe"]
    assert "Dawn" not in json.dumps(told)
    assert "Swallow" not in json.dumps(told)
    said = push_service.claims(headers["authorization"], public_key=PushKey.objects.get().public)
    assert said["aud"] == service.url
    assert datetime.fromtimestamp(said["exp"], UTC) - MORNING <= timedelta(hours=24)
    assert said["sub"].startswith("mailto:")
    assert (path, headers["urgency"], headers["content-encoding"]) == (
        "/push/one",
        "normal",
        "aes128gcm",
    )
    assert [(one.state, one.outcome, one.tries) for one in sent(Way.PUSH)] == [
        ("sent", "201 Created", 1)
    ]
    assert paging.run(now=MORNING + 2 * MINUTE) == 0


def test_the_push_service_decides_when_again_and_whether_the_browser_is_gone(
    desk: Desk, service: Service
) -> None:
    browser_of(desk, service)
    reaching.send_test(viewer=desk.sam, address_id=Address.objects.get().pk, now=MORNING)
    service.says += [(429, {"retry-after": "300"}), (503, {}), (410, {})]

    paging.run(now=MORNING)
    (one,) = sent(Way.PUSH)
    assert (one.state, one.outcome) == ("waiting", "429 Too Many Requests")
    assert one.next_at == MORNING + timedelta(seconds=300)
    assert paging.run(now=MORNING + timedelta(seconds=299)) == 0

    paging.run(now=MORNING + 5 * MINUTE)
    assert sent(Way.PUSH)[0].outcome == "503 Service Unavailable"
    paging.run(now=MORNING + 60 * MINUTE)

    address = Address.objects.get()
    assert sent(Way.PUSH)[0].state == "gone"
    assert (address.ended_why, bytes(address.secret)) == ("410 Gone", b"")
    assert queries_ways.standing([desk.sam.id]) == {}
    assert [place.ended_why for place in queries_ways.places(desk.sam.id)] == ["410 Gone"]


def test_what_nobody_takes_is_given_up_after_so_many_tries(desk: Desk, service: Service) -> None:
    browser_of(desk, service)
    reaching.send_test(viewer=desk.sam, address_id=Address.objects.get().pk, now=MORNING)
    service.says += [(500, {})] * 10

    for hour in range(8):
        paging.run(now=MORNING + timedelta(hours=hour))

    (one,) = sent(Way.PUSH)
    assert (one.state, one.tries, len(service.asked)) == ("given up", 6, 6)
    assert Address.objects.get().ended_at is None


def test_nothing_goes_to_somebody_who_left(desk: Desk, service: Service) -> None:
    browser_of(desk, service)
    reaching.send_test(viewer=desk.sam, address_id=Address.objects.get().pk, now=MORNING)
    Person.objects.filter(pk=desk.sam.id).update(is_active=False)

    paging.run(now=MORNING)

    assert service.asked == []
    assert [(one.state, one.outcome) for one in sent(Way.PUSH)] == [
        ("not needed", "the person left")
    ]


def test_what_could_not_leave_for_a_day_is_old_news(desk: Desk, service: Service) -> None:
    browser_of(desk, service)
    reaching.send_test(viewer=desk.sam, address_id=Address.objects.get().pk, now=MORNING)

    assert paging.expire(now=MORNING + timedelta(hours=24)) == 0
    assert paging.expire(now=MORNING + timedelta(hours=25)) == 1

    assert [(one.state, one.outcome) for one in sent(Way.PUSH)] == [
        ("given up", "it waited too long")
    ]
    assert paging.run(now=MORNING + timedelta(hours=25)) == 0


def test_what_was_seen_or_taken_before_it_left_is_not_sent(desk: Desk, service: Service) -> None:
    browser_of(desk, service)
    asked = desk.is_asked(at=MORNING)
    alerting.run(now=MORNING + MINUTE)
    alerting.take(viewer=desk.meena, conversation_id=asked.pk, now=MORNING + MINUTE)

    paging.run(now=MORNING + 2 * MINUTE)

    assert service.asked == []
    assert sent(Way.PUSH)[0].state == "not needed"


def test_severe_ignores_quiet_hours_and_the_rest_waits_for_the_morning(
    desk: Desk, service: Service
) -> None:
    browser_of(desk, service)
    reaching.prefer(viewer=desk.lead, wishes=Wishes(ways={}))
    receiver = Receiver(service, "/push/lead")
    reaching.add_browser(
        viewer=desk.lead, name="Phone", subscription=receiver.subscription, now=MORNING
    )
    night = MORNING + timedelta(hours=11)
    desk.is_asked("When are the bins?", at=night)
    desk.is_asked(GAS, at=night, by="gus")
    alerting.run(now=night + MINUTE)
    paging.run(now=night + MINUTE)

    ((path, headers, body),) = service.asked
    assert path == "/push/lead"
    assert headers["urgency"] == "high"
    assert "Swallow" not in json.dumps(receiver.reads(body))
    waiting = Dispatch.objects.filter(state="waiting", person_id=desk.sam.id, way="push")
    assert {one.next_at for one in waiting} == {datetime(2026, 11, 25, 7, tzinfo=UTC)}


def test_an_email_says_what_kind_of_thing_it_is_and_where_to_change_that(
    desk: Desk, settings: Settings
) -> None:
    with mailbox.opened() as box:
        server = {"host": "127.0.0.1", "port": box.port, "timeout": 5}
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": server,
            }
        }
        box.on_recipient = "451 later"
        desk.is_asked(GAS, at=MORNING)
        paging.run(now=MORNING + MINUTE)
        assert [(one.state, one.outcome) for one in sent(Way.MAIL)] == [
            ("waiting", "the mail server refused the address (451)")
        ]

        box.on_recipient = ""
        paging.run(now=MORNING + 5 * MINUTE)
        (letter,) = box.letters
        assert box.recipients == ["priya@kite.example"]
        text, html = (part.get_payload(decode=True).decode() for part in letter.get_payload())
        for words in (text, html, str(letter["subject"])):
            assert "Swallow" not in words
            assert "Dawn" not in words
        assert "/alerts/preferences/" in letter["list-unsubscribe"]
        assert "/alerts/preferences/" in html
        assert "/c/" in text

        box.on_recipient = "550 nobody here"
        reaching.send_test(viewer=desk.sam, address_id=None, now=MORNING)
        paging.run(now=MORNING + 6 * MINUTE)
        assert sent(Way.MAIL)[-1].state == "given up"


# It knows no TLS but its own STARTTLS, and warns of a password in clear although nothing is.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_mail_goes_by_tls_to_whom_it_trusts_and_says_what_is_wrong_otherwise(
    desk: Desk,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: Literal["starttls", "tls"],
) -> None:
    ours = mailbox.certificate(tmp_path, "localhost")

    def outcome(**more: object) -> tuple[str, str]:
        server = {"host": "localhost", "port": box.port, "timeout": 5, "username": "glede"}
        server |= {"use_tls": how == "starttls", "use_ssl": how == "tls", "password": "right"}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": server | more}}
        reaching.send_test(viewer=desk.sam, address_id=None, now=MORNING)
        paging.run(now=MORNING)
        one = sent(Way.MAIL)[-1]
        return one.state, one.outcome

    with mailbox.opened(**{how: ours}, password="right") as box:
        state, why = outcome()
        assert state == "waiting"
        assert why.startswith("the mail server’s certificate is not trusted: self")

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert outcome() == ("sent", "the mail server took it")
        assert len(box.letters) == 1
        assert outcome(host="127.0.0.1")[1].startswith(
            "the mail server’s certificate is not trusted: IP address mismatch"
        )
        assert outcome(password="wrong") == (
            "waiting",
            "the mail server does not take our name and password (GLEDE_SMTP_USER)",
        )
        assert len(box.letters) == 1
    assert "was not reached (ConnectionRefusedError, GLEDE_SMTP_HOST)" in outcome()[1]
    with mailbox.opened() as box:
        assert "does not speak TLS as set" in outcome()[1]
        assert box.letters == []


def test_a_service_and_a_team_channel_are_told_and_their_address_stays_secret(
    desk: Desk, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    secret = f"json://127.0.0.1:{service.port}/token-7391"
    reaching.add_service(viewer=desk.lead, name="My phone", url=secret, now=MORNING)
    reaching.add_team_channel(
        viewer=desk.lead,
        name="The Pod",
        url=f"{secret}-team",
        kinds=[Kind.URGENT],
        brand_id=desk.brand_id,
        now=MORNING,
    )
    with pytest.raises(reaching.NotYoursError):
        reaching.add_team_channel(
            viewer=desk.sam, name="x", url=secret, kinds=[Kind.NEW], brand_id=None, now=MORNING
        )
    service.says.append((500, {}))
    desk.is_asked(GAS, at=MORNING)
    desk.is_asked("And when are the bins?", at=MORNING, by="bea")
    alerting.run(now=MORNING + MINUTE)
    paging.run(now=MORNING + MINUTE)
    paging.run(now=MORNING + 2 * MINUTE)

    told = [(path, json.loads(body)) for path, _, body in service.asked]
    assert {path for path, _ in told} == {"/token-7391", "/token-7391-team"}
    assert len(told) == 3  # one was tried again
    assert all("Read it now" in body["message"] for _, body in told)
    assert all("Swallow" not in json.dumps(body) for _, body in told)
    assert {one.state for one in sent(Way.SERVICE)} == {"sent"}
    assert "7391" not in caplog.text
    assert not [one for one in Entry.objects.all() if "7391" in json.dumps(one.details)]
    for place in (*queries_ways.places(desk.lead.id), *queries_ways.team_places()):
        assert place.shown == "json://…"
    assert all(b"7391" not in bytes(one.secret) for one in Address.objects.all())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("json://127.0.0.1:5432/", "may not write to “json”"),
        ("file:///etc/passwd", "may not write to “file”"),
        ("https://10.0.0.1/hook", "as Apprise wants it"),
        ("hello", "as Apprise wants it"),
    ],
)
def test_a_service_that_could_reach_a_machine_of_ours_is_refused(
    desk: Desk, url: str, why: str
) -> None:
    with pytest.raises(NotAddedError, match=why):
        reaching.add_service(viewer=desk.sam, name="x", url=url, now=MORNING)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:5432/",
        "https://127.0.0.1/x",
        "https://evilfcm.googleapis.com.example/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "ftp://fcm.googleapis.com/x",
    ],
)
def test_a_browser_whose_push_service_is_unknown_is_refused(desk: Desk, endpoint: str) -> None:
    with push_service.opened() as service:
        good = Receiver(service).subscription
    with pytest.raises(BadSubscriptionError, match="not on the list"):
        reaching.add_browser(
            viewer=desk.sam,
            name="x",
            subscription=Subscription(endpoint, good.p256dh, good.auth),
            now=MORNING,
        )
    known = Subscription("https://fcm.googleapis.com/fcm/send/x", good.p256dh, good.auth)
    pushkey.check(known, hosts=frozenset({"fcm.googleapis.com"}))
    with pytest.raises(BadSubscriptionError, match="keys"):
        pushkey.check(
            Subscription(known.endpoint, "short", good.auth), hosts=frozenset({known.host})
        )


def test_the_push_key_is_made_once_and_kept_encrypted(desk: Desk) -> None:
    first = reaching.push_key(now=MORNING)

    assert reaching.push_key(now=MORNING + MINUTE) == first
    kept = bytes(PushKey.objects.get().secret)
    assert b"PRIVATE KEY" not in kept
    assert b"PRIVATE KEY" in crypto.decrypt(kept)
    assert actions_ways.rotate_secrets() == 1
    assert crypto.decrypt(bytes(PushKey.objects.get().secret)) == crypto.decrypt(kept)
    assert desk.sam


def test_one_does_not_remove_or_try_the_address_of_another(desk: Desk, service: Service) -> None:
    browser_of(desk, service)
    address = Address.objects.get()
    for act in (reaching.remove, reaching.send_test):
        with pytest.raises(reaching.NotYoursError):
            act(viewer=desk.lead, address_id=address.pk, now=MORNING)

    reaching.remove(viewer=desk.sam, address_id=address.pk, now=MORNING)
    address.refresh_from_db()
    assert (address.ended_why, bytes(address.secret)) == ("removed", b"")
    assert queries_ways.places(desk.sam.id) == []
