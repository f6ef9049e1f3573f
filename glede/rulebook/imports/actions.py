"""Take a policy file in, keep what was read in it, and keep what people decide about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Details, Verb
from glede.rulebook.imports import rules, typed
from glede.rulebook.imports.models import Decision, File, Import, Item
from glede.rulebook.imports.queries import NoSuchImportError, found_in
from glede.rulebook.imports.rules import Act, ChangedError, Choice, NotPossibleError, State

#: A file that ended its reader so often is not tried again by itself: it would end the next too.
MOST_TRIES = 3


def take_in(
    *, data: bytes, name: str, note: str, person_id: int, actor: Actor, now: datetime
) -> tuple[int, bool]:
    """Keep a file to be read. Returns the import's id, and whether it is new: the same bytes are
    never read in twice."""
    digest = rules.digest(data)
    file, _ = File.objects.get_or_create(digest=digest, defaults={"size": len(data), "data": data})
    row, new = Import.objects.get_or_create(
        file=file,
        defaults={
            "name": name,
            "note": note,
            "state": State.WAITING.value,
            "given_by": person_id,
            "given_by_name": actor.name,
            "given_at": now,
            "alive_at": now,
        },
    )
    if new:
        _record(row.pk, Verb.POLICY_FILE_TAKEN_IN, actor, now, {"digest": digest})
    return row.pk, new


# --- Reading ---------------------------------------------------------------------------------


def begin(*, import_id: int, now: datetime, lost_after: timedelta) -> int:
    """Somebody starts to read it. Returns the number of the try; 0 when there is nothing to do: it
    was read, or somebody else is reading it, or another file. One at a time: answers to residents
    leave by the same worker."""
    row = _lock(import_id)
    reading = Import.objects.filter(state=State.READING.value, alive_at__gt=now - lost_after)
    if reading.exclude(pk=import_id).exists():
        return 0
    if row.state not in (State.WAITING, State.READING):
        return 0
    if row.state == State.READING and row.alive_at > now - lost_after:
        return 0
    if row.tries >= MOST_TRIES:
        _unreadable(row, _ENDED.format(tries=row.tries), now=now)
        return 0
    row.state, row.tries, row.alive_at = State.READING.value, row.tries + 1, now
    row.done, row.total, row.doing = 0, 0, ""
    row.save(update_fields=["state", "tries", "alive_at", "done", "total", "doing"])
    return row.tries


_ENDED = (
    "Reading it ended before it was done, {tries} times. The file may be damaged: open it in the"
    " program it was made with, save it anew or as plain text, and choose that file."
)


def asked_again(*, import_id: int, now: datetime) -> None:
    """Its reader gave no sign; the next one is asked, and has the same time to begin."""
    unread = [State.WAITING.value, State.READING.value]
    Import.objects.filter(pk=import_id, state__in=unread).update(
        alive_at=now, state=State.WAITING.value
    )


def progress(
    *, import_id: int, attempt: int, done: int, total: int, doing: str, now: datetime
) -> None:
    """A sign of life with how far it is; one of a reader given up meanwhile counts for nothing."""
    Import.objects.filter(pk=import_id, state=State.READING.value, tries=attempt).update(
        done=max(done, 0), total=max(total, 0), doing=doing[:200], alive_at=now
    )


def unreadable(*, import_id: int, attempt: int, why: str, now: datetime) -> bool:
    """It cannot be read; `why` is a sentence for the person who gave it."""
    row = _lock(import_id)
    if row.state != State.READING or row.tries != attempt:
        return False
    _unreadable(row, why, now=now)
    return True


def _unreadable(row: Import, why: str, *, now: datetime) -> None:
    row.state, row.error = State.UNREADABLE.value, why
    row.revision += 1
    row.save(update_fields=["state", "error", "revision"])
    _record(row.pk, Verb.POLICY_FILE_UNREADABLE, SYSTEM, now, {"tries": row.tries})


def try_again(*, import_id: int, actor: Actor, now: datetime) -> None:
    """A person asks for a file that could not be read: the reader may have learnt since."""
    row = _lock(import_id)
    if row.state != State.UNREADABLE:
        raise NotPossibleError(say("Only a file that could not be read is tried again."))
    row.state, row.tries, row.error, row.alive_at = State.WAITING.value, 0, "", now
    row.revision += 1
    row.save(update_fields=["state", "tries", "error", "alive_at", "revision"])
    _record(row.pk, Verb.POLICY_FILE_TRIED_AGAIN, actor, now)


def finish(*, import_id: int, attempt: int, result: Mapping[str, Any], now: datetime) -> bool:
    """Keep what was read, an item for each thing to decide; what was decided about the same words
    of an earlier file of this policy is carried over. `False` when somebody else was faster."""
    row = _lock(import_id)
    if row.state != State.READING or row.tries != attempt:
        return False
    row.state, row.result, row.read_at = State.READ.value, dict(result), now
    row.policy_mark = rules.same_policy(result)
    row.follows = _earlier(row)
    row.revision += 1
    row.save()
    made = Item.objects.bulk_create(_rows(row, result))
    carried = _carry_over(made, row.follows) if row.follows else 0
    _record(row.pk, Verb.POLICY_FILE_READ, SYSTEM, now, {"items": len(made), "carried": carried})
    return True


def _earlier(row: Import) -> Import | None:
    """The file of the same policy that was read last before this one."""
    if not row.policy_mark:
        return None
    same = Import.objects.filter(policy_mark=row.policy_mark, read_at__isnull=False)
    return same.exclude(pk=row.pk).order_by("-read_at", "-pk").first()


def _rows(row: Import, result: Mapping[str, Any]) -> list[Item]:
    texts = rules.clause_texts(result)
    rows = []
    for order, found in enumerate(rules.items(result)):
        text = texts.get(found.clause, "")
        rows.append(
            Item(
                of=row,
                order=order,
                kind=found.kind.value,
                key=found.key,
                about=found.about,
                value=found.value,
                unit=found.unit,
                clause=found.clause,
                quote=found.quote,
                says=found.says,
                status=found.status,
                fingerprint=rules.fingerprint(found, text),
            )
        )
    return rows


def _carry_over(made: list[Item], earlier: Import) -> int:
    decided = {
        old.fingerprint: old.decision
        for old in Item.objects.filter(of=earlier, decision__isnull=False).select_related(
            "decision"
        )
    }
    pairs = [(item, decided[item.fingerprint]) for item in made if item.fingerprint in decided]
    kept = Decision.objects.bulk_create(
        Decision(
            item=item,
            act=old.act,
            value=old.value,
            clause=old.clause,
            quote=old.quote,
            reason=old.reason,
            by=old.by,
            by_name=old.by_name,
            at=old.at,
            carried_from=old,
        )
        for item, old in pairs
        if old is not None
    )
    for decision in kept:
        decision.item.decision, decision.item.version = decision, 1
    Item.objects.bulk_update([decision.item for decision in kept], ["decision", "version"])
    return len(kept)


# --- Deciding --------------------------------------------------------------------------------


def decide(
    *,
    import_id: int,
    item_id: int,
    version: int,
    choice: Choice,
    person_id: int,
    actor: Actor,
    now: datetime,
) -> Item:
    """Keep what somebody decided about an item they saw as `version`. Raises `ChangedError` if
    somebody was faster, `NotPossibleError` and `NotUnderstoodError` with what to do."""
    row, item = _lock_item(import_id, item_id)
    _same_version(item, version)
    found = found_in(item)
    rules.check_choice(found, choice, rules.clause_texts(row.result or {"clauses": []}))
    if choice.act in (Act.CORRECTED, Act.ANSWERED):
        typed.check(found.kind, found.key, choice.value)
    decision = Decision.objects.create(
        item=item,
        act=choice.act.value,
        value=choice.value,
        clause=choice.clause,
        quote=choice.quote,
        reason=choice.reason.strip(),
        by=person_id,
        by_name=actor.name,
        at=now,
        before=item.decision,
    )
    _move(row, item, decision)
    details: Details = {"import": import_id, "about": item.key[:60], "act": choice.act.value}
    _record_item(item, Verb.POLICY_ITEM_DECIDED, actor, now, details)
    return item


def undo(
    *, import_id: int, item_id: int, version: int, person_id: int, actor: Actor, now: datetime
) -> Item:
    """Put an item back to what held before; that it was undone is kept too."""
    row, item = _lock_item(import_id, item_id)
    _same_version(item, version)
    last = item.decision
    if last is None:
        raise NotPossibleError(say("Nothing was decided here yet, so there is nothing to undo."))
    Decision.objects.create(
        item=item,
        act=Act.UNDONE.value,
        by=person_id,
        by_name=actor.name,
        at=now,
        before=last,
    )
    _move(row, item, last.before)
    details: Details = {"import": import_id, "about": item.key[:60], "act": last.act}
    _record_item(item, Verb.POLICY_ITEM_UNDONE, actor, now, details)
    return item


def _lock_item(import_id: int, item_id: int) -> tuple[Import, Item]:
    row = _lock(import_id)
    if row.version_id is not None:
        raise NotPossibleError(
            say(
                "Version %(version)s was made of this file: what was decided stands."
                " A change is made in the version, or in a newer file.",
                version=row.version_number,
            )
        )
    item = Item.objects.select_related("decision").filter(of=row, pk=item_id).first()
    if item is None:
        raise NoSuchImportError(say("This file has no such item."))
    return row, item


def _same_version(item: Item, version: int) -> None:
    if item.version == version:
        return
    last = Decision.objects.filter(item=item).order_by("-pk").first()
    raise ChangedError(
        say(
            "%(name)s was here a moment ago. Nothing of yours was kept: look at what holds now,"
            " then decide.",
            name=last.by_name,
        )
        if last
        else say(
            "It changed a moment ago. Nothing of yours was kept: look at what holds now, then"
            " decide."
        )
    )


def _move(row: Import, item: Item, decision: Decision | None) -> None:
    item.decision = decision
    item.version += 1
    item.save(update_fields=["decision", "version"])
    row.revision += 1
    row.save(update_fields=["revision"])


# --- Making a version ------------------------------------------------------------------------


def made_version(
    *, import_id: int, version_id: int, number: str, actor: Actor, now: datetime
) -> None:
    """Remember which draft was made of it."""
    row = _lock(import_id)
    row.version_id, row.version_number = version_id, number
    row.revision += 1
    row.save(update_fields=["version_id", "version_number", "revision"])
    _record(row.pk, Verb.POLICY_FILE_DRAFTED, actor, now, {"version": number[:60]})


def lost_version(*, import_id: int) -> None:
    """The draft that was made of it was thrown away: it can be decided on again."""
    row = _lock(import_id)
    row.version_id, row.version_number = None, ""
    row.revision += 1
    row.save(update_fields=["version_id", "version_number", "revision"])


def lock(import_id: int) -> Import:
    """For a flow that reads first and then calls an action above."""
    return _lock(import_id)


def _lock(import_id: int) -> Import:
    row = Import.objects.select_for_update().filter(pk=import_id).first()
    if row is None:
        raise NoSuchImportError(
            say("No file was read in under the number %(number)s.", number=import_id)
        )
    return row


def _record(
    import_id: int, verb: Verb, actor: Actor, now: datetime, details: Details | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="import",
        object_id=import_id,
        now=now,
        details=details,
    )


def _record_item(item: Item, verb: Verb, actor: Actor, now: datetime, details: Details) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="import_item",
        object_id=item.pk,
        now=now,
        details=details,
    )
