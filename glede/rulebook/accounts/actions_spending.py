"""What accounts spend, and what platforms say of their limits. Not recorded: figures, no acts."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from glede.platforms.meter import Signal, Spent

#: Many processes tell of the same day: each adds to what is there.
_ADD = """
INSERT INTO accounts_spending (account_id, budget, period, units, cost_micros, told_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (account_id, budget, period) DO UPDATE SET
    units = accounts_spending.units + excluded.units,
    cost_micros = accounts_spending.cost_micros + excluded.cost_micros,
    told_at = excluded.told_at
"""
_TELL = """
INSERT INTO accounts_limit (account_id, name, used_percent, at, until_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (account_id, name) DO UPDATE SET
    used_percent = excluded.used_percent, at = excluded.at, until_at = excluded.until_at
WHERE accounts_limit.at <= excluded.at
"""


def keep(
    *, account_id: int, spent: Sequence[Spent], signals: Sequence[Signal], now: datetime
) -> None:
    """Add what was spent; keep the newest word on each limit."""
    with connection.cursor() as cursor:
        # In one order everywhere, so that two who tell at once never wait for each other.
        for one in sorted(spent, key=lambda one: (one.name, one.period)):
            cursor.execute(_ADD, [account_id, one.name, one.period, one.units, one.micros, now])
        for signal in sorted(signals, key=lambda signal: signal.name):
            cursor.execute(
                _TELL, [account_id, signal.name, signal.used_percent, signal.at, signal.until]
            )
