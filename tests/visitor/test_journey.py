"""From the form to the answer on the private page, and the mail that tells of it."""

from datetime import timedelta

import pytest
from django.db import transaction

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message, PrivateLink
from glede.desk.outbox import actions as outbox
from glede.desk.outbox.models import Delivery
from glede.kit import clock
from tests.visitor.conftest import Visitor, deliver, drain
from tests.visitor.mailbox import Mailbox


def test_a_form_becomes_a_conversation_whose_answer_stands_on_the_private_page(
    visitor: Visitor,
) -> None:
    where = visitor.writes()
    arrived = visitor.get(where)
    assert arrived.status_code == 200
    assert "your message is here" in arrived.content.decode()

    drain()
    conversation = Conversation.objects.get()
    page = visitor.get(where).content.decode()
    assert "My boiler is out" in page
    assert "We aim to answer within 4 hours" in page

    delivery = deliver(visitor.is_answered(conversation_id=conversation.pk))
    page = visitor.get(where).content.decode()
    assert "We come at two. ^Sam" in page
    assert page.count("We come at two.") == 1
    assert delivery.state == "sent"
    assert Clock.objects.get(kind="acknowledge").state == "stopped"


def test_an_answer_stands_there_from_the_moment_it_is_being_sent_not_before(
    visitor: Visitor,
) -> None:
    where = visitor.writes()
    drain()
    delivery = visitor.is_answered(conversation_id=Conversation.objects.get().pk)
    assert "We come at two." not in visitor.get(where).content.decode()

    with transaction.atomic():
        outbox.sending(delivery=Delivery.objects.get(pk=delivery.pk), now=clock.now())

    assert "We come at two." in visitor.get(where).content.decode()


def test_the_private_page_keeps_its_address_to_itself(visitor: Visitor) -> None:
    where = visitor.writes()

    for moment in ("arrived", "read"):
        answer = visitor.get(where)
        assert answer["Referrer-Policy"] == "no-referrer", moment
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies
        drain()

    token = where.split("/")[2]
    assert not PrivateLink.objects.filter(token_hash=token).exists()
    assert PrivateLink.objects.count() == 1


def test_a_private_page_ends_after_its_days(visitor: Visitor) -> None:
    where = visitor.writes().partition("?")[0]
    drain()
    assert visitor.get(where).status_code == 200
    left = PrivateLink.objects.get().expires_at - clock.now()
    assert timedelta(days=89) < left < timedelta(days=91)

    PrivateLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert visitor.get(where).status_code == 404


def test_what_is_kept_is_shown_to_its_writer_alone(visitor: Visitor) -> None:
    where = visitor.writes()
    path, _, marked = where.partition("?m=")

    assert visitor.get("/v/another/", m=marked).status_code == 404
    assert visitor.get(path, m="made-up.0000").status_code == 404
    assert visitor.get(path).status_code == 404  # not read yet, and nothing says it is kept


def test_writing_again_stays_in_the_thread_and_opens_no_second_conversation(
    visitor: Visitor,
) -> None:
    where = visitor.writes()
    drain()
    page = visitor.get(where).content.decode()

    again = visitor.post(visitor.fill(page, message="It still is"))
    assert again.status_code == 303
    assert again.headers["location"].partition("?")[0] == where.partition("?")[0]
    drain()

    assert Conversation.objects.count() == 1
    assert Message.objects.count() == 2
    page = visitor.get(where).content.decode()
    assert page.index("My boiler is out") < page.index("It still is")


def test_what_a_visitor_writes_is_never_markup(visitor: Visitor) -> None:
    where = visitor.writes(message="<script>alert(1)</script>", name="<b>Iris</b>")
    drain()

    page = visitor.get(where).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# --- The mail ------------------------------------------------------------------------------------


@pytest.fixture
def asked(visitor: Visitor, mailbox: Mailbox) -> Conversation:
    visitor.writes(email="iris@example.org")
    drain()
    return Conversation.objects.get()


def test_who_left_an_address_is_told_with_a_link_of_their_own(
    visitor: Visitor, mailbox: Mailbox, asked: Conversation
) -> None:
    delivery = deliver(visitor.is_answered(conversation_id=asked.pk))

    assert delivery.state == "sent", delivery.reason
    (letter,) = mailbox.letters
    assert mailbox.recipients == ["iris@example.org"]
    assert letter["Message-ID"] == f"<{delivery.key}@red-kite.example>"
    text = letter.get_payload(decode=True).decode()
    assert "We come at two" not in text
    link = next(word for word in text.split() if "/v/" in word)
    page = visitor.get("/v/" + link.partition("/v/")[2])
    assert "We come at two. ^Sam" in page.content.decode()


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ("550 no such person", "failed"),
        ("450 come again", "retry"),
        ("421 closing", "retry"),
    ],
)
def test_a_refused_recipient_fails_and_a_busy_server_is_tried_again(
    visitor: Visitor, mailbox: Mailbox, asked: Conversation, says: str, state: str
) -> None:
    mailbox.on_recipient = says

    delivery = deliver(visitor.is_answered(conversation_id=asked.pk))

    assert delivery.state == state
    assert says[:3] in delivery.reason
    assert Clock.objects.get(kind="acknowledge").state == "running"


@pytest.mark.parametrize(("says", "state"), [("554 no", "failed"), ("451 later", "retry")])
def test_a_refused_mail_fails_or_waits(
    visitor: Visitor, mailbox: Mailbox, asked: Conversation, says: str, state: str
) -> None:
    mailbox.on_data = says

    assert deliver(visitor.is_answered(conversation_id=asked.pk)).state == state


def test_a_server_that_hangs_up_after_the_mail_is_given_it_again_under_the_same_id(
    visitor: Visitor, mailbox: Mailbox, asked: Conversation
) -> None:
    mailbox.hang_up_on_data = True
    delivery = deliver(visitor.is_answered(conversation_id=asked.pk))
    assert delivery.state == "unknown"

    mailbox.hang_up_on_data = False
    delivery = deliver(delivery)  # read back: a mail server cannot be asked
    assert delivery.state == "retry"
    delivery = deliver(delivery)

    assert delivery.state == "sent"
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1


def test_a_server_that_is_away_is_tried_again(
    visitor: Visitor, mailbox: Mailbox, asked: Conversation
) -> None:
    # Nothing listens on port 1 of this machine.
    settings = asked.account.app.settings | {"smtp_port": "1"}
    type(asked.account.app).objects.update(settings=settings)

    delivery = deliver(visitor.is_answered(conversation_id=asked.pk))

    assert (delivery.state, mailbox.letters) == ("retry", [])
