"""Do it again when the database gave it up: of two transactions that wait for each other it ends
one, so that the other can go on."""

from collections.abc import Callable

import psycopg
from django.db import OperationalError

#: Each time the other one has gone on, so a second meeting is rare and a third all but impossible.
_TRIES = 4


def again[T](transaction: Callable[[], T]) -> T:
    """What `transaction` returns; it opens its own transaction and does everything anew each time.

    Raises what it raises, a deadlock only after the last try.
    """
    for _ in range(_TRIES - 1):
        try:
            return transaction()
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                raise
    return transaction()
