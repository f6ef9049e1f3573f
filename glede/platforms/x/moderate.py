"""Hides replies, and keeps people out as far as X lets a program: it takes no block from one."""

from datetime import datetime

from glede.platforms.contract import Act, Gone, Moderation, Refused
from glede.platforms.x import names
from glede.platforms.x.calls import Calls
from glede.platforms.x.capabilities import ACT, DELETE, HIDE


def moderate(calls: Calls, us: str, moderation: Moderation, *, now: datetime) -> None:
    match moderation.act:
        case Act.HIDE:
            _hide(calls, moderation, hidden=True, now=now)
        case Act.UNHIDE:
            _hide(calls, moderation, hidden=False, now=now)
        case Act.BLOCK:
            _keep_out(calls, us, moderation.author, now=now)
        case Act.UNBLOCK:
            _let_in(calls, us, moderation.author, now=now)
        case Act.DELETE:
            _delete(calls, moderation.native_id, now=now)
        case Act.REPORT:
            raise Refused("X takes no report from a program. Report it in X.")


def _hide(calls: Calls, moderation: Moderation, *, hidden: bool, now: datetime) -> None:
    native_id = _post(moderation.native_id)
    path = f"/2/tweets/{native_id}/hidden"
    calls.write("PUT", path, {"hidden": hidden}, now=now, price=HIDE)


def _keep_out(calls: Calls, us: str, person: str, *, now: datetime) -> None:
    """Muted, and no messages to us. Each half may be done again, so a lost answer costs nothing."""
    _person(person, us)
    path = f"/2/users/{us}/muting"
    calls.write("POST", path, {"target_user_id": person}, now=now, price=ACT)
    calls.write("POST", f"/2/users/{person}/dm/block", now=now, price=ACT)


def _let_in(calls: Calls, us: str, person: str, *, now: datetime) -> None:
    _person(person, us)
    calls.write("DELETE", f"/2/users/{us}/muting/{person}", now=now, price=ACT)
    calls.write("POST", f"/2/users/{person}/dm/unblock", now=now, price=ACT)


def _delete(calls: Calls, native_id: str, *, now: datetime) -> None:
    """Only the account's own; X refuses others'. What is not there is deleted."""
    try:
        calls.write("DELETE", f"/2/tweets/{_post(native_id)}", now=now, price=DELETE)
    except Gone:
        return


def _post(native_id: str) -> str:
    if not native_id or not names.is_id(native_id):
        raise Refused("X lets us do that with posts only.")
    return native_id


def _person(person: str, us: str) -> None:
    if not person or not names.is_id(person) or person == us:
        raise Refused("Nobody to keep out or let in was named.")
