"""A policy document comes in, top to bottom: kept → read by the worker → decided → a draft.

A file is read in a process of its own with a limit on time and memory (kit/apart.py), with no
transaction held. Who reads gives signs of life; a file without one is given to another, and one
that ended its reader three times ends as “could not be read”.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from glede.kit import apart, clock, jobs, live
from glede.kit.words import of_error, say, say_many
from glede.rulebook.imports import actions, drafting, queries, rules
from glede.rulebook.imports.drafting import Plan, Settled
from glede.rulebook.imports.models import Import, Item
from glede.rulebook.imports.rules import Act, Choice, NotPossibleError, State
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.policy.actions import PolicyRefusedError
from glede.rulebook.policy.registry import BadValue, UnknownRule
from glede.rulebook.policy.rules import BadDocument

log = logging.getLogger(__name__)

READ = "flow.reading_in.read"

#: What reads a file, by name: only the process that reads loads the libraries for it.
READER = "glede.rulebook.imports.reading:read"

#: How often the page is told how far it is, at most.
_TOLD_EVERY = timedelta(seconds=0.5)

_TOO_LONG = (
    "Reading it took more than {seconds} seconds and was ended. Save the policy as plain text, or"
    " leave out pictures and appendices, and choose that file."
)
_TOO_MUCH = (
    "The file grows beyond every measure when it is opened. Save the policy as plain text and"
    " choose that file."
)
_DIED = (
    "Reading it brought the reader down. The file may be damaged: open it in the program it was"
    " made with, save it anew or as plain text, and choose that file."
)
_FAULT = (
    "We could not read this file; the fault is ours and was written to the log. Save the policy as"
    " plain text and choose that file, or try again after the next update."
)


# --- In ----------------------------------------------------------------------------------------


def take_in(
    *, viewer: Viewer, data: bytes, name: str, note: str, now: datetime
) -> tuple[int, bool]:
    """Keep a file and ask the worker to read it. Returns the import's id and whether it is new:
    the same file twice opens the first. Raises `rules.NotTakenError`."""
    rules.check_file(name, len(data), most=_largest())
    with transaction.atomic():
        import_id, new = actions.take_in(
            data=data,
            name=name,
            note=note,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        if new:
            jobs.defer(READ, import_id=import_id)
            _tell(import_id, now=now)
    return import_id, new


def try_again(*, viewer: Viewer, import_id: int, now: datetime) -> None:
    """Raises `NotPossibleError`."""
    with transaction.atomic():
        actions.try_again(import_id=import_id, actor=viewer.actor, now=now)
        jobs.defer(READ, import_id=import_id)
        _tell(import_id, now=now)


# --- Read --------------------------------------------------------------------------------------


def read(*, import_id: int, reader: str = READER) -> None:
    """The job: read a file, unless somebody else does. `reader` is `module:function`."""
    with transaction.atomic():
        attempt = actions.begin(import_id=import_id, now=clock.now(), lost_after=_lost_after())
        _tell(import_id, now=clock.now())
    if not attempt:
        return
    row = queries.one(import_id)
    result, why = _read(row, attempt, reader)
    now = clock.now()
    with transaction.atomic():
        if result is None:
            actions.unreadable(import_id=import_id, attempt=attempt, why=why, now=now)
        else:
            actions.finish(import_id=import_id, attempt=attempt, result=result, now=now)
        _tell(import_id, now=now)
        if (waiting := queries.next_waiting()) is not None:
            jobs.defer(READ, import_id=waiting)


def _read(row: Import, attempt: int, reader: str) -> tuple[dict[str, Any] | None, str]:
    """What was read, or `None` and the sentence why not."""
    told = _Progress(row.pk, attempt)
    today = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    seconds = settings.GLEDE_POLICY_READING_SECONDS
    try:
        answer = apart.run(
            reader,
            queries.data_of(row.pk),
            row.name,
            today.isoformat(),
            _largest(),
            seconds=seconds,
            megabytes=settings.GLEDE_POLICY_READING_MB,
            told=told.hear,
            waiting=told.sign,
        )
    except apart.TooLongError:
        return None, _TOO_LONG.format(seconds=seconds)
    except apart.TooMuchMemoryError:
        return None, _TOO_MUCH
    except apart.DiedError as error:
        log.warning("import %s: the reader ended: %s", row.pk, error)
        return None, _DIED
    except apart.FaultError:
        log.exception("import %s could not be read", row.pk)
        return None, _FAULT
    told.write(clock.now())
    return answer.get("result"), answer.get("refused", _FAULT)


class _Progress:
    """Writes down how far a reader is, at most twice a second; a sign of life all the same."""

    def __init__(self, import_id: int, attempt: int) -> None:
        self._import_id, self._attempt = import_id, attempt
        self._last: datetime | None = None
        self._at: tuple[int, int, str] = (0, 0, "")

    def hear(self, told: Sequence[Any]) -> None:
        """`told`: done, total, what."""
        done, total, doing = told
        self._at = (int(done), int(total), str(doing))
        self.sign()

    def sign(self) -> None:
        now = clock.now()
        if self._last is not None and now - self._last < _TOLD_EVERY:
            return
        self.write(now)

    def write(self, now: datetime) -> None:
        self._last = now
        done, total, doing = self._at
        actions.progress(
            import_id=self._import_id,
            attempt=self._attempt,
            done=done,
            total=total,
            doing=doing,
            now=now,
        )


def stranded(*, now: datetime) -> int:
    """Files whose reader was killed, or whose job was lost, are asked for again. Says how many."""
    found = queries.stranded(before=now - _lost_after())
    for import_id in found:
        with transaction.atomic():
            actions.asked_again(import_id=import_id, now=now)
            jobs.defer(READ, import_id=import_id)
    return len(found)


def _largest() -> int:
    """Bytes of the largest file taken."""
    return int(settings.GLEDE_POLICY_FILE_MB) * 1_000_000


def _lost_after() -> timedelta:
    return timedelta(seconds=settings.GLEDE_POLICY_LOST_SECONDS)


# --- Decide ------------------------------------------------------------------------------------


def decide(
    *, viewer: Viewer, import_id: int, item_id: int, version: int, choice: Choice, now: datetime
) -> Item:
    """Raises `ChangedError`, `NotPossibleError` and `NotUnderstoodError`, each with a sentence."""
    with transaction.atomic():
        item = actions.decide(
            import_id=import_id,
            item_id=item_id,
            version=version,
            choice=choice,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        _tell(import_id, item=item, now=now)
    return item


def undo(*, viewer: Viewer, import_id: int, item_id: int, version: int, now: datetime) -> Item:
    """Raises `ChangedError` and `NotPossibleError`."""
    with transaction.atomic():
        item = actions.undo(
            import_id=import_id,
            item_id=item_id,
            version=version,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        _tell(import_id, item=item, now=now)
    return item


# --- A version of it ---------------------------------------------------------------------------


def plan(import_id: int) -> Plan:
    """What a version made of it now would hold, and what is in the way."""
    return drafting.plan([_settled(item) for item in queries.items(import_id)])


def _settled(item: Item) -> Settled:
    decided = item.decision
    own = decided is not None and decided.act in (Act.CORRECTED, Act.ANSWERED)
    return Settled(
        id=item.pk,
        found=queries.found_in(item),
        act=Act(decided.act) if decided is not None else None,
        value=queries.settled_value(item),
        clause=decided.clause if decided is not None and own else item.clause,
        quote=decided.quote if decided is not None and own else item.quote,
    )


@dataclass(frozen=True, slots=True)
class Made:
    version_id: int
    number: str


def make_version(
    *,
    viewer: Viewer,
    import_id: int,
    number: str,
    accepted: frozenset[int],
    now: datetime,
) -> Made:
    """Draft a version of what was decided; it binds nobody until it is approved.

    `accepted` are the open questions the person saw and leaves as assumed. Raises
    `NotPossibleError` with what to do first.
    """
    number = " ".join(number.split())
    with transaction.atomic():
        row = actions.lock(import_id)
        _check_ready(row, number)
        made = plan(import_id)
        _check_settled(made, accepted)
        source = rules.digest(queries.data_of(import_id))
        document = drafting.document(row.result or {}, made, number=number, source_hash=source)
        actor = viewer.actor
        try:
            version_id = policy.draft(
                document=document, actor=actor, now=now, hands=_hands(import_id)
            )
        except (PolicyRefusedError, BadDocument, BadValue, UnknownRule) as error:
            raise NotPossibleError(of_error(error)) from error
        actions.made_version(
            import_id=import_id, version_id=version_id, number=number, actor=actor, now=now
        )
        _tell(import_id, now=now)
    return Made(version_id, number)


def _hands(import_id: int) -> set[int]:
    """Whoever decided something that holds: nobody approves their own change."""
    return {item.decision.by for item in queries.items(import_id) if item.decision is not None}


def _check_ready(row: Import, number: str) -> None:
    if row.state != State.READ:
        raise NotPossibleError(say("Wait until the file has been read."))
    if row.version_id is not None and has_version(row):
        raise NotPossibleError(
            say("Version %(version)s was made of this file already.", version=row.version_number)
        )
    if not number:
        raise NotPossibleError(say("Give the version a number, such as 3 or 2.1."))


def _check_settled(made: Plan, accepted: frozenset[int]) -> None:
    if made.obstacles:
        count = len(made.obstacles)
        raise NotPossibleError(
            say_many(
                "%(n)s item has to be decided first.",
                "%(n)s items have to be decided first.",
                count,
            )
        )
    if missing := {one.item for one in made.assumed} - accepted:
        count = len(missing)
        raise NotPossibleError(
            say_many(
                "%(n)s open question is left as assumed."
                " Look at the list and accept it, or answer them.",
                "%(n)s open questions are left as assumed."
                " Look at the list and accept it, or answer them.",
                count,
            )
        )


def has_version(row: Import) -> bool:
    """Is the draft that was made of it still there? It may have been thrown away."""
    return any(version.pk == row.version_id for version in policy_queries.versions())


def open_again(*, import_id: int, now: datetime) -> None:
    """After the draft made of it was thrown away: decide on, and make another."""
    with transaction.atomic():
        row = actions.lock(import_id)
        if row.version_id is None or has_version(row):
            return
        actions.lost_version(import_id=import_id)
        _tell(import_id, now=now)


def suggested_number(made: Plan) -> str:
    """The document's own version number; if there is such a version, the next whole number."""
    taken = {version.number for version in policy_queries.versions()}
    own = str(made.fields.get("version") or "").strip()
    if own and own not in taken:
        return own
    whole = [int(number) for number in taken if number.isdecimal()]
    return str(max(whole, default=0) + 1)


def _tell(import_id: int, *, now: datetime, item: Item | None = None) -> None:
    seen = {"item": item.pk, "version": item.version} if item else {"item": 0, "version": 0}
    live.publish(topic="import.changed", payload={"id": import_id, **seen}, now=now)
