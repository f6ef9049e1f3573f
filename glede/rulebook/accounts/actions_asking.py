"""A person on their way to a platform and back: what we gave them along, and what came of it."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from glede.kit import crypto
from glede.kit.words import say
from glede.platforms.contract import Offer
from glede.rulebook.accounts.models import Asking

_SESSION = "connect-session"


class ReturnRefusedError(Exception):
    """Whoever came back does not prove that we sent them, or came too late; says which."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody came back. Where `refusal` says why they may not go on, nothing else is told."""

    refusal: str = ""
    asking_id: int = 0
    app_id: int = 0
    brand_id: int = 0
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the platform offers the person, until they choose."""

    app_id: int
    brand_id: int
    offers: tuple[Offer, ...]


def begin(
    *,
    app_id: int,
    brand_id: int,
    person_id: int,
    session: str,
    state: str,
    verifier: str,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Remember whom we send, with the hash of their state and of their session."""
    Asking.objects.create(
        app_id=app_id,
        brand_id=brand_id,
        person_id=person_id,
        state_hash=crypto.token_hash(state),
        session_hash=_session_hash(session),
        verifier=crypto.encrypt(verifier.encode()),
        asked_at=now,
        ends_at=ends_at,
    )


def come_back(*, state: str, session: str, person_id: int, now: datetime) -> Returned:
    """Use the state up, whatever comes of it: one that was in other hands is good for nobody."""
    asking = (
        Asking.objects.select_for_update(of=("self",))
        .filter(state_hash=crypto.token_hash(state))
        .first()
    )
    if asking is None:
        return Returned("Nobody here asked for this. Begin again from the list of channels.")
    if asking.returned_at is not None:
        return Returned("This answer was used already. Begin again if you need to.")
    verifier = crypto.decrypt(bytes(asking.verifier)).decode()
    asking.returned_at, asking.verifier = now, b""
    asking.save(update_fields=["returned_at", "verifier"])
    if not _is_theirs(asking, session, person_id):
        return Returned("Somebody else began this, or you did before you signed in again.")
    if now > asking.ends_at:
        return Returned("That took too long: the way to the platform and back has a time limit.")
    return Returned("", asking.pk, asking.app_id, asking.brand_id, verifier)


def keep_offers(*, asking_id: int, offers: Sequence[Offer], until: datetime) -> None:
    """Encrypted, because each holds a credential, and only until the person has chosen."""
    told = [_told(offer) for offer in offers]
    Asking.objects.filter(pk=asking_id).update(
        offers=crypto.encrypt(json.dumps(told).encode()), ends_at=until
    )


def offered(*, asking_id: int, session: str, person_id: int, now: datetime) -> Offered:
    """Raises `ReturnRefusedError` where nothing waits for this person in this session."""
    asking = Asking.objects.filter(pk=asking_id, ends_at__gte=now).first()
    if asking is None or not asking.offers or not _is_theirs(asking, session, person_id):
        raise ReturnRefusedError(say("Nothing waits to be chosen. Begin again from the channels."))
    told = json.loads(crypto.decrypt(bytes(asking.offers)))
    return Offered(asking.app_id, asking.brand_id, tuple(_offer(one) for one in told))


def finish(*, asking_id: int) -> None:
    """Chosen: nothing of it is kept."""
    Asking.objects.filter(pk=asking_id).delete()


def forget(*, now: datetime) -> int:
    """Drop what nobody came back for, with the credentials nobody chose."""
    return Asking.objects.filter(ends_at__lt=now).delete()[0]


def drop_all() -> None:
    """Whoever is on their way begins again."""
    Asking.objects.all().delete()


def _is_theirs(asking: Asking, session: str, person_id: int) -> bool:
    same = hmac.compare_digest(asking.session_hash, _session_hash(session))
    return same and asking.person_id == person_id


def _session_hash(session: str) -> str:
    return crypto.keyed_hash(_SESSION, session.encode())


def _told(offer: Offer) -> dict[str, object]:
    return asdict(offer) | {
        "credential": dict(offer.credential),
        "settings": dict(offer.settings),
        "expires_at": offer.expires_at.isoformat() if offer.expires_at else None,
    }


def _offer(told: dict[str, Any]) -> Offer:
    ends = told.pop("expires_at")
    return Offer(
        **told | {"scopes": tuple(told["scopes"])},
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )
