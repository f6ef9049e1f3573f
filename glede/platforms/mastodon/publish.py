"""Sends answers and posts so that a second try never makes a second status.

`Idempotency-Key` is the message's own key: the instance gives the same status again for an hour.
After that, and wherever nobody can say what became of a try, the account's own list tells.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from glede.platforms.contract import (
    Form,
    Gone,
    Media,
    OutboundMessage,
    OutcomeUnknown,
    Receipt,
    Refused,
    TryAgain,
)
from glede.platforms.mastodon import words
from glede.platforms.mastodon.capabilities import (
    MOST_DESCRIPTION,
    MOST_MEDIA,
    SOONEST_SECONDS,
)
from glede.platforms.mastodon.network import Network, account_of, segment
from glede.platforms.untrusted import Json, list_at, text_at, time_at

#: How long a film may be prepared before we come back later.
_PREPARE_SECONDS = 30.0
_ASK_SECONDS = 1.0
#: The instance's clock may be behind ours by so much when we look for what we sent.
_CLOCKS_DIFFER = timedelta(minutes=5)
_OWN_PAGES = 5
_SCHEDULED = "scheduled/"


def send(network: Network, message: OutboundMessage, *, now: datetime) -> Receipt:
    _check(message, now=now)
    parent = network.status(message.parent, now=now) if message.parent else {}
    text = _addressed(network, message, parent, now=now)
    most = network.most_characters(now=now)
    if (over := words.count(text) - most) > 0:
        raise Refused(
            f"The text is {over} characters too long: this instance takes {most}, the name of "
            "the person who is answered among them."
        )
    data: Json = {
        "status": text,
        "visibility": _visibility(message, parent),
        "language": message.language or "en",
    }
    if message.parent:
        data["in_reply_to_id"] = message.parent
    if message.media:
        data["media_ids"] = [_upload(network, one, now=now) for one in message.media]
    if at := _later(message):
        data["scheduled_at"] = at.astimezone(UTC).isoformat()
    answer = network.post(
        "/api/v1/statuses", data, now=now, headers={"idempotency-key": message.key}
    )
    return _receipt(answer)


def _check(message: OutboundMessage, *, now: datetime) -> None:
    body = _body(message)
    if not body.strip() and not message.media:
        raise Refused("There is nothing in the message.")
    published = message.publication
    if published is not None and published.form is not Form.POST:
        raise Refused(f"Mastodon has no {published.form.value}.")
    if published is not None and published.title:
        raise Refused("A post on Mastodon has no title; write it into the text.")
    if published is not None and published.at is not None:
        soonest = now + timedelta(seconds=SOONEST_SECONDS)
        if published.at < soonest:
            raise Refused("Mastodon schedules a post five minutes ahead or more.")
    if len(message.media) > MOST_MEDIA:
        raise Refused(f"A post on Mastodon has at most {MOST_MEDIA} attachments.")
    if len(message.media) > 1 and any(one.kind != "image" for one in message.media):
        raise Refused("A film or sound stands alone in a post on Mastodon.")
    if any(len(one.alt) > MOST_DESCRIPTION for one in message.media):
        raise Refused(f"A description has at most {MOST_DESCRIPTION} characters.")


def _body(message: OutboundMessage) -> str:
    """The words without the name in front; a link that is shared stands at the end."""
    address = message.publication.address if message.publication else ""
    if address and address not in message.text:
        return f"{message.text}\n\n{address}".strip()
    return message.text


def _later(message: OutboundMessage) -> datetime | None:
    return message.publication.at if message.publication else None


def _addressed(network: Network, message: OutboundMessage, parent: Json, *, now: datetime) -> str:
    """Only who is named is told of an answer, and only they see a direct one."""
    body = _body(message)
    acct = _recipient(network, message, parent, now=now)
    if not acct:
        if message.private:
            raise Refused("A private message has to name the person it is for.")
        return body
    named = f"@{acct}".lower()
    if named in body.lower().split():
        return body
    return f"@{acct} {body}"


def _recipient(network: Network, message: OutboundMessage, parent: Json, *, now: datetime) -> str:
    if parent and account_of(parent) != network.us:
        return text_at(parent, "account", "acct")
    named = list_at(parent, "mentions")
    if message.to:
        known = [one for one in named if text_at(one, "id") == message.to]
        if known:
            return text_at(known[0], "acct")
        person = network.get(f"/api/v1/accounts/{segment(message.to)}", now=now)
        return text_at(person, "acct")
    return text_at(named[0], "acct") if named else ""


def _visibility(message: OutboundMessage, parent: Json) -> str:
    asked = text_at(parent, "visibility")
    if message.private:
        return "direct"
    if asked == "direct":
        raise Refused("It was written to us in private and can only be answered in private.")
    # No answer is seen by more people than what it answers.
    return asked if asked in {"unlisted", "private"} else "public"


def _upload(network: Network, media: Media, *, now: datetime) -> str:
    data = {"description": media.alt} if media.alt else {}
    try:
        said = network.upload(media.content, media.content_type, data, now=now)
    except Gone as error:
        raise Refused("This instance takes no attachments this way.") from error
    native_id = text_at(said, "id")
    if not native_id:
        raise TryAgain("The instance took an attachment but did not say under which id.")
    if text_at(said, "url"):
        return native_id
    _wait(lambda: _is_ready(network, native_id, now=now))
    return native_id


def _is_ready(network: Network, native_id: str, *, now: datetime) -> bool:
    return bool(text_at(network.get(f"/api/v1/media/{segment(native_id)}", now=now), "url"))


def _wait(done: Callable[[], bool]) -> None:
    until = monotonic() + _PREPARE_SECONDS
    while not done():
        if monotonic() > until:
            raise TryAgain("The instance is still preparing the film.")
        sleep(_ASK_SECONDS)


def _receipt(answer: Json) -> Receipt:
    native_id = text_at(answer, "id")
    if native_id and (at := time_at(answer, "scheduled_at")):
        return Receipt(native_id=f"{_SCHEDULED}{native_id}", at=at)
    at = time_at(answer, "created_at")
    if not native_id or at is None:
        raise OutcomeUnknown("The instance took it but did not say when and where.")
    return Receipt(native_id=native_id, at=at, url=text_at(answer, "url"))


# --- Was it sent? --------------------------------------------------------------------------


def read_back(network: Network, message: OutboundMessage, *, now: datetime) -> Receipt | None:
    """Whether it stands there, by its own words as they were typed."""
    if (at := _later(message)) is not None:
        found = _scheduled(network, message, at, now=now)
        if found is not None:
            return found
    earliest = message.queued_at - _CLOCKS_DIFFER
    for status in _own_since(network, earliest, now=now):
        if text_at(status, "in_reply_to_id") != message.parent:
            continue
        if (text_at(status, "visibility") == "direct") != message.private:
            continue
        source = network.get(f"/api/v1/statuses/{segment(text_at(status, 'id'))}/source", now=now)
        if _is_it(text_at(source, "text"), message):
            return _receipt(status)
    return None


def _scheduled(
    network: Network, message: OutboundMessage, at: datetime, *, now: datetime
) -> Receipt | None:
    for one in network.get("/api/v1/scheduled_statuses", [("limit", "40")], now=now):
        same_time = time_at(one, "scheduled_at")
        if same_time is None or abs(same_time - at) > timedelta(seconds=1):
            continue
        if _is_it(text_at(one, "params", "text"), message):
            return _receipt(one)
    return None


def _own_since(network: Network, earliest: datetime, *, now: datetime) -> Iterable[Json]:
    max_id = ""
    for _ in range(_OWN_PAGES):
        page = network.get(
            f"/api/v1/accounts/{network.us}/statuses",
            [("exclude_reblogs", "true"), ("limit", "40"), ("max_id", max_id)],
            now=now,
        )
        for status in page if isinstance(page, list) else []:
            created_at = time_at(status, "created_at")
            if created_at is None or created_at < earliest:
                return
            yield status
            max_id = text_at(status, "id")
        if not page:
            return


def _is_it(source: str, message: OutboundMessage) -> bool:
    """The same words, with or without the name that we put in front."""
    body, source = _plain(_body(message)), _plain(source)
    if source == body:
        return True
    name, _, rest = source.partition(" ")
    return name.startswith("@") and rest == body


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
