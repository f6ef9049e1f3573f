"""Ask platforms to call us, and ask again before they stop."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.flow import connect, connections
from glede.kit import clock
from glede.platforms.contract import Hook, PlatformError, Reconnect, TryAgain
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import actions_asking as asking
from glede.rulebook.accounts import queries as account_queries

log = logging.getLogger(__name__)

AT_ONCE = 20
#: Whoever took an account and died leaves it to the next after this: longer than a few calls last.
TAKEN_FOR = timedelta(minutes=5)
#: A platform that did not take it is asked again after this.
AGAIN_AFTER = timedelta(minutes=10)
#: A lease is renewed when so much of it is over: early enough to fail a few times in between.
RENEWED_AFTER = 0.75


def run(*, now: datetime) -> int:
    """Ask where it is due; returns for how many accounts."""
    with transaction.atomic():
        due = accounts.take_to_listen(lease=TAKEN_FOR, limit=AT_ONCE, now=now)
        asking.forget(now=now)
    for account_id in due:
        _ask(account_id)
    return len(due)


def hook(account_id: int) -> Hook:
    """Where and how the platform is to call us for this account."""
    app = account_queries.app_of(account_id)
    secrets = account_queries.opened_secrets(app)
    return Hook(
        address=f"{settings.GLEDE_BASE_URL}{connect.hook_path(app.platform, app.slug)}",
        secret=secrets[0] if secrets else "",
        verify_token=account_queries.opened(app).get("verify_token", ""),
    )


def _ask(account_id: int) -> None:
    now = clock.now()
    database.close()  # nothing of ours is held while the platform is spoken to
    try:
        with connections.of(account_id) as connector:
            until = connector.listen(hook(account_id), now=now)
    except Reconnect as error:
        with transaction.atomic():
            accounts.lapsed(account_id=account_id, why=str(error), now=now)
        return
    except PlatformError as error:
        asked_again = error.at if isinstance(error, TryAgain) and error.at else now + AGAIN_AFTER
        log.warning("account %s: the platform does not call us: %s", account_id, error)
        with transaction.atomic():
            accounts.listening(account_id=account_id, again_at=asked_again, error=str(error))
        return
    again_at = None if until is None else now + max(until - now, timedelta()) * RENEWED_AFTER
    with transaction.atomic():
        accounts.listening(account_id=account_id, again_at=again_at)
