"""Keep what was captured, once, and who did so."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.captures.models import Capture
from glede.desk.captures.rules import Side
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import UNSTAMPED, Actor, Stamp, Verb


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that it stood there. `digest` is in the store already."""

    url: str = ""
    digest: str = ""
    content_type: str = ""
    seen_by: str = ""


def keep(
    *,
    account: Account,
    native_id: str,
    side: Side,
    posted_at: datetime,
    proof: Proof,
    actor: Actor,
    stamp: Stamp = UNSTAMPED,
    now: datetime,
) -> tuple[Capture, bool]:
    """The capture, and whether it is new; a second one of the same item changes nothing."""
    made, new = Capture.objects.get_or_create(
        account=account,
        native_id=native_id,
        defaults={
            "side": side,
            "person_id": int(actor.id),
            "seen_by": proof.seen_by,
            "posted_at": posted_at,
            "captured_at": now,
            "url": proof.url,
            "digest": proof.digest,
            "content_type": proof.content_type,
        },
    )
    if new:
        audit.record(
            actor=actor,
            verb=Verb.MESSAGE_CAPTURED if side is Side.THEIRS else Verb.ANSWER_CAPTURED,
            object_kind="capture",
            object_id=made.pk,
            brand=account.brand.slug,
            stamp=stamp,
            details={
                "account": account.pk,
                "posted_at": posted_at.isoformat(),
                "screenshot": proof.digest,
                "link": bool(proof.url),
            },
            now=now,
        )
    return made, new
