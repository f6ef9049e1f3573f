"""Attachments: theirs are fetched in time and looked into; ours go out described and made anew."""

import hashlib
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as given
from django.db import connection
from PIL import Image
from pytest_django.fixtures import Settings

from glede.desk.alerts.models import Alert
from glede.desk.attachments import queries
from glede.desk.attachments.models import Attachment
from glede.desk.attachments.rules import NotTakenError, State
from glede.desk.conversations.models import Conversation, Message
from glede.desk.moderation.models import Deed
from glede.desk.moderation.rules import Reason
from glede.desk.outbox.models import Delivery
from glede.desk.replies.rules import Found, looked_at
from glede.flow import attaching, moderating, outbound
from glede.flow.moderating import Asked
from glede.flow.outbound import Queued, Stopped
from glede.kit import clock, store
from glede.platforms.contract import (
    Act,
    Fetched,
    Gone,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.rulebook.accounts.models import Account
from tests.flow.conftest import Desk, all_jobs_are_lost

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
URL = "https://able.example/picture"


@pytest.fixture(autouse=True)
def _own_store(settings: Settings, tmp_path: Path) -> None:
    settings.GLEDE_STORE = tmp_path / "store"


def picture(size: tuple[int, int] = (60, 40), *, form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A telephone"
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, form, exif=exif)
    return target.getvalue()


def came(desk: Desk, content: bytes = b"", **more: object) -> Attachment:
    """A message with one attachment whose file the platform has."""
    if content:
        desk.town.network.files[URL] = Fetched(content, "image/png")
    media = {"url": URL, "alt": "A wet ceiling", "content_type": "image/png"} | more
    desk.is_asked(at=clock.now(), id="c-1", media=[media])
    return Attachment.objects.get()


def fetch(attachment: Attachment) -> Attachment:
    Attachment.objects.filter(pk=attachment.pk, next_try_at__isnull=False).update(
        next_try_at=clock.now()
    )
    attaching.fetch(attachment_id=attachment.pk)
    attachment.refresh_from_db()
    return attachment


# --- Theirs --------------------------------------------------------------------------------------


def test_a_picture_is_fetched_made_anew_and_its_original_noted(able: Desk) -> None:
    original = picture()
    waiting = came(able, original)
    assert waiting.state == State.WAITING
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE %s", ["%fetch"]
        )
        assert cursor.fetchone() == (1,)

    kept = fetch(waiting)

    assert (kept.state, kept.alt) == (State.KEPT, "A wet ceiling")
    assert kept.original_digest == hashlib.sha256(original).hexdigest()
    copy = store.read(kept.digest)
    assert b"A telephone" in original
    assert b"A telephone" not in copy
    # What the platform said it was is never believed.
    assert (kept.declared_type, kept.content_type) == ("image/png", "image/jpeg")
    assert Image.open(io.BytesIO(store.read(kept.small_digest))).size == (60, 40)
    (shown,) = queries.of_messages([kept.message_id])[kept.message_id]
    assert (shown.words, shown.alt) == ("", "A wet ceiling")


def test_fetching_twice_asks_the_platform_once(able: Desk) -> None:
    kept = fetch(came(able, picture()))
    fetch(kept)

    assert able.town.network.fetched == [URL]


def test_a_message_seen_again_brings_its_picture_once(able: Desk) -> None:
    came(able, picture())
    event = able.town.written("c-1", "Is anyone coming?", at=clock.now(), media=[{"url": URL}])
    able.hears(event, now=clock.now())

    assert Attachment.objects.count() == 1


def test_an_address_that_ended_is_said_to_have_expired_and_not_asked_for(able: Desk) -> None:
    ended = came(able, picture(), expires_at=(clock.now() - HOUR).isoformat())
    fetch(ended)

    assert ended.state == State.EXPIRED
    (shown,) = queries.of_messages([ended.message_id])[ended.message_id]
    assert shown.words == "It expired before we fetched it."
    assert not able.town.network.fetched


def test_an_address_about_to_end_is_tried_once_more_before(able: Desk) -> None:
    ends = clock.now() + timedelta(seconds=6)
    attachment = came(able, picture(), expires_at=ends.isoformat())
    Attachment.objects.update(tries=5)
    able.town.network.fail_with = [TryAgain("Busy.")]
    fetch(attachment)

    assert attachment.state == State.WAITING
    assert attachment.next_try_at is not None
    assert attachment.next_try_at < ends


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (Gone("Not there."), State.EXPIRED, "It expired before we fetched it. Not there."),
        (Refused("Not for you."), State.REFUSED, "Not for you."),
        (TryAgain("Busy."), State.WAITING, "Being fetched. Busy."),
        (Reconnect("Token."), State.WAITING, "Being fetched. Token."),
    ],
)
def test_each_answer_of_the_platform_has_its_words(
    able: Desk, error: PlatformError, state: State, says: str
) -> None:
    attachment = came(able, picture())
    able.town.network.fail_with = [error]
    fetch(attachment)

    assert attachment.state == state
    (shown,) = queries.of_messages([attachment.message_id])[attachment.message_id]
    assert shown.words == says


def test_a_dead_token_lapses_the_account_and_the_file_comes_after(able: Desk) -> None:
    attachment = came(able, picture())
    able.town.network.fail_with = [Reconnect("The token was revoked.")]
    fetch(attachment)
    assert Account.objects.get(pk=able.account_id).state == "lapsed"

    assert fetch(attachment).state == State.KEPT


def test_after_a_day_of_trying_nobody_asks_any_more(able: Desk) -> None:
    attachment = came(able, picture())
    Attachment.objects.update(created_at=clock.now() - 25 * HOUR)
    able.town.network.fail_with = [TryAgain("Busy.")]

    assert fetch(attachment).state == State.FAILED


def test_a_file_larger_than_we_take_is_refused_with_words(able: Desk, settings: Settings) -> None:
    settings.GLEDE_ATTACHMENT_MB = 0
    refused = fetch(came(able, picture()))

    assert refused.state == State.REFUSED
    assert "larger than" in refused.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"MZ\x90\x00 a program", "of a kind that we do not keep"),
        (b"<svg onload='alert(1)'/>", "of a kind that we do not keep"),
        (picture()[:120], "damaged, or no picture"),
    ],
)
def test_what_is_no_picture_is_not_kept_whatever_it_says_it_is(
    able: Desk, content: bytes, why: str
) -> None:
    refused = fetch(came(able, content))

    assert refused.state == State.REFUSED
    assert why in refused.why
    assert refused.digest == ""


def test_a_film_is_kept_as_it_is(able: Desk) -> None:
    film = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 64
    kept = fetch(came(able, film, kind="video"))

    assert (kept.state, kept.content_type) == (State.KEPT, "video/mp4")
    assert store.read(kept.digest) == film


def scanner(tmp_path: Path, body: str) -> str:
    script = tmp_path / "scan.py"
    script.write_text(f"import sys\nsys.stdin.buffer.read()\n{body}\n", encoding="utf-8")
    return f"{sys.executable} {script}"


def test_what_the_scanner_finds_is_not_kept(able: Desk, settings: Settings, tmp_path: Path) -> None:
    settings.GLEDE_SCAN_COMMAND = scanner(tmp_path, "print('Bad FOUND'); sys.exit(1)")
    infected = fetch(came(able, picture()))

    assert (infected.state, infected.digest) == (State.INFECTED, "")
    assert infected.original_digest
    (alert,) = Alert.objects.filter(kind="channel")
    assert (alert.person_id, "holds malware" in alert.outward) == (able.lead.id, True)
    assert not list((tmp_path / "store").rglob("*"))


def test_a_file_waits_while_the_scanner_cannot_be_asked(
    able: Desk, settings: Settings, tmp_path: Path
) -> None:
    settings.GLEDE_SCAN_COMMAND = scanner(tmp_path, "sys.exit(2)")
    waiting = fetch(came(able, picture()))
    assert waiting.state == State.WAITING

    settings.GLEDE_SCAN_COMMAND = scanner(tmp_path, "sys.exit(0)")
    kept = fetch(waiting)
    assert (kept.state, kept.scanned_by) == (State.KEPT, sys.executable)


def test_whoever_dies_while_fetching_is_followed_by_another(able: Desk) -> None:
    attachment = came(able, picture())
    attaching._begin(attachment.pk, now=clock.now())
    all_jobs_are_lost()

    assert attaching.lost(now=clock.now()) == 0
    later = clock.now() + timedelta(seconds=given.GLEDE_SENDING_LOST_SECONDS + 20)
    assert attaching.lost(now=later) == 1
    assert fetch(attachment).state == State.KEPT


def test_evidence_names_attachments_by_their_digests(able: Desk) -> None:
    kept = fetch(came(able, picture()))
    moderating.ask(
        viewer=able.sam,
        message_id=kept.message_id,
        asked=Asked(Act.HIDE, Reason.OFFENSIVE),
        now=clock.now(),
    )

    facts = json.loads(store.read(Deed.objects.get().evidence.digest))
    (named,) = facts["attachments"]
    assert named["original_sha256"] == kept.original_digest
    assert named["copy_sha256"] == kept.digest


# --- Ours ----------------------------------------------------------------------------------------


@pytest.fixture
def asked(able: Desk) -> Conversation:
    return able.is_asked(at=clock.now() - HOUR, id="c-1")


def choose(desk: Desk, conversation: Conversation, content: bytes, alt: str = "A map") -> None:
    attaching.choose(
        viewer=desk.sam,
        conversation_id=conversation.pk,
        content=content,
        alt=alt,
        now=clock.now(),
    )


def reply(desk: Desk, conversation: Conversation, text: str = "Here it is.") -> Queued | Stopped:
    """Sent by somebody who looked at the pictures first."""
    conversation.refresh_from_db()
    held = queries.in_composer(conversation_id=conversation.pk, person_id=desk.sam.id)
    return outbound.queue_reply(
        viewer=desk.sam,
        conversation_id=conversation.pk,
        text=text,
        seen_revision=conversation.revision,
        confirmed=frozenset({looked_at([one.id for one in held])}),
        now=clock.now(),
    )


def test_a_picture_goes_out_with_its_description_and_without_its_place(
    able: Desk, asked: Conversation
) -> None:
    choose(able, asked, picture())
    result = reply(able, asked)
    assert isinstance(result, Queued)
    assert queries.in_composer(conversation_id=asked.pk, person_id=able.sam.id) == ()
    Delivery.objects.update(next_try_at=clock.now())
    outbound.deliver(delivery_id=result.delivery_id)

    (post,) = able.town.network.posts.values()
    (media,) = post.media
    assert (media.alt, media.content_type) == ("A map", "image/jpeg")
    assert b"A telephone" not in media.content
    message = Message.objects.get(direction="out")
    (shown,) = queries.of_messages([message.pk])[message.pk]
    assert shown.alt == "A map"


def test_taking_back_puts_the_picture_into_the_composer_again(
    able: Desk, asked: Conversation
) -> None:
    choose(able, asked, picture())
    result = reply(able, asked)
    assert isinstance(result, Queued)
    outbound.take_back(viewer=able.sam, delivery_id=result.delivery_id, now=clock.now())

    (back,) = queries.in_composer(conversation_id=asked.pk, person_id=able.sam.id)
    assert back.alt == "A map"
    assert isinstance(reply(able, asked), Queued)


@pytest.mark.parametrize(
    ("content", "alt", "says"),
    [
        (picture(), "   ", "Describe the picture"),
        (b"%PDF-1.7", "A letter", "no picture we can send"),
        (b"MZ\x90\x00", "A program", "no picture we can send"),
        (picture()[:100], "A map", "damaged, or no picture"),
    ],
)
def test_a_picture_that_cannot_go_is_refused_with_words(
    able: Desk, asked: Conversation, content: bytes, alt: str, says: str
) -> None:
    with pytest.raises(NotTakenError, match=says):
        choose(able, asked, content, alt)
    assert not Attachment.objects.exists()


def test_one_more_than_the_platform_takes_is_refused(able: Desk, asked: Conversation) -> None:
    choose(able, asked, picture())

    with pytest.raises(NotTakenError, match="carries one picture at most"):
        choose(able, asked, picture((10, 10)))


def test_a_platform_that_takes_no_pictures_says_so(desk: Desk) -> None:
    conversation = desk.is_asked(at=clock.now(), id="c-9")

    with pytest.raises(NotTakenError, match="takes no pictures"):
        choose(desk, conversation, picture())


def test_a_picture_too_large_is_made_smaller_until_it_fits(able: Desk, asked: Conversation) -> None:
    target = io.BytesIO()
    Image.effect_noise((2400, 2400), 90).convert("RGB").save(target, "JPEG", quality=95)
    assert len(target.getvalue()) > 2_000_000

    choose(able, asked, target.getvalue())

    chosen = Attachment.objects.get()
    assert 0 < chosen.size <= 2_000_000
    assert len(store.read(chosen.digest)) == chosen.size


def test_what_the_platform_no_longer_takes_stops_the_reply_and_loses_nothing(
    able: Desk, asked: Conversation
) -> None:
    choose(able, asked, picture())
    Attachment.objects.update(size=3_000_000)

    result = reply(able, asked)

    assert isinstance(result, Stopped)
    assert Found.PICTURES in {finding.found for finding in result.findings}
    assert len(queries.in_composer(conversation_id=asked.pk, person_id=able.sam.id)) == 1


def test_another_persons_pictures_stay_with_them(able: Desk, asked: Conversation) -> None:
    choose(able, asked, picture())
    theirs = Attachment.objects.get()
    attaching.drop(viewer=able.meena, conversation_id=asked.pk, attachment_id=theirs.pk)

    assert Attachment.objects.exists()
    assert queries.in_composer(conversation_id=asked.pk, person_id=able.meena.id) == ()
    assert queries.file(able.meena, theirs.pk, small=False) is None
    attaching.drop(viewer=able.sam, conversation_id=asked.pk, attachment_id=theirs.pk)
    assert not Attachment.objects.exists()
