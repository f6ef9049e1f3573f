"""Who runs a command on this machine, as the queries see them."""

from datetime import datetime

from glede.rulebook.people.rules import Granted, Role, Viewer


def operator(command: str, *, now: datetime) -> Viewer:
    """Who runs commands here holds the database: they may read the figures of every brand."""
    held = Granted(Role.LEAD, None, now)
    return Viewer(id=0, name=f"glede {command}", sign_off="", grants=(held,))
