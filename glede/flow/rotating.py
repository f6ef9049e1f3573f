"""Put every secret under the newest vault key, so that an older one can go."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from glede.desk.alerts import actions_ways as alerts
from glede.desk.webhooks import actions as webhooks
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import actions_asking as asking
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb
from glede.rulebook.people import actions as people
from glede.rulebook.tokens import actions as tokens


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows hold secrets, all of them under the newest key now."""

    apps: int
    accounts: int
    factors: int
    addresses: int
    webhooks: int


def run(*, actor: Actor, now: datetime) -> Rotated:
    """All or nothing. Raises `crypto.SecretUnreadableError` where a secret opens with none of the
    keys, and `crypto.KeyMissingError` without any."""
    with transaction.atomic():
        done = Rotated(
            apps=accounts.rotate_app_secrets(),
            accounts=accounts.rotate_credentials(),
            factors=people.rotate_factors(),
            addresses=alerts.rotate_secrets(),
            webhooks=webhooks.rotate_vault(),
        )
        tokens.drop_answers()  # remembered for a day: asked again, a call is made again
        asking.drop_all()  # on their way for minutes only: they begin again
        audit.record(
            actor=actor,
            verb=Verb.VAULT_ROTATED,
            object_kind="vault",
            object_id=0,
            now=now,
            details=asdict(done),
        )
    return done
