"""States of an attachment, what is taken, and the sentences for what is not. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from glede.kit import pictures
from glede.kit.words import joined, say
from glede.platforms.contract import PictureLimit

#: What every platform of the desk takes, where a plug-in says nothing itself: one picture (a
#: Facebook comment), 2 MB (Bluesky's lexicon app.bsky.embed.images).
EVERYWHERE = PictureLimit(
    most=1,
    most_bytes=2_000_000,
    types=("image/jpeg", "image/png"),
    source="the smallest limits of the platforms that take pictures",
)

#: Kept as they are, since they cannot be made anew here; pictures are made anew.
AS_THEY_ARE = frozenset(
    {
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "application/pdf",
    }
)


class State(StrEnum):
    WAITING = "waiting"
    FETCHING = "fetching"
    KEPT = "kept"
    REFUSED = "refused"
    EXPIRED = "expired"
    INFECTED = "infected"
    FAILED = "failed"


#: It will still move by itself.
UNDERWAY = frozenset({State.WAITING, State.FETCHING})

#: An attachment that could not be fetched for so long is not asked for any more.
GIVE_UP_AFTER = timedelta(hours=24)


class NotTakenError(ValueError):
    """A picture that is not taken; the sentence says what to do."""


def words(state: State, why: str) -> str:
    """What a thread says of an attachment that it cannot show; "" where it can."""
    if state is State.KEPT:
        return ""
    if state in UNDERWAY:
        return joined(filter(None, [say("Being fetched."), why]))
    if state is State.EXPIRED:
        return joined(filter(None, [say("It expired before we fetched it."), why]))
    if state is State.INFECTED:
        return say("The scanner found something harmful in it: it is not kept.")
    return why or say("It could not be fetched.")


def expired(expires_at: datetime | None, *, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def next_try(
    tries: int, *, now: datetime, asked: datetime | None, ends: datetime | None
) -> datetime:
    """When to ask again: doubling from 5 s to 10 min, and once more before the address ends."""
    at = now + timedelta(seconds=min(5 * 2 ** max(tries - 1, 0), 600))
    if asked is not None:
        at = max(at, asked)
    if ends is not None and now < ends < at:
        at = now + (ends - now) / 2
    return at


def check_ours(content: bytes, alt: str, *, held: int, limit: PictureLimit) -> None:
    """May this picture go with a reply? Raises `NotTakenError`."""
    if held >= limit.most:
        one = say("one picture") if limit.most == 1 else say("%(most)s pictures", most=limit.most)
        raise NotTakenError(say("A reply here carries %(one)s at most.", one=one))
    if not alt.strip():
        raise NotTakenError(say("Describe the picture for those who cannot see it."))
    if pictures.kind_of(content) not in pictures.PICTURES:
        raise NotTakenError(
            say("That is no picture we can send: choose a JPEG, PNG, GIF or WebP file.")
        )
