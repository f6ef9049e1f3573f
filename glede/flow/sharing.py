"""Work finds its owner: by rule when it comes in, again when it is given back, by hand with a note.

Clause 6.1 (who may answer), 6.5 (somebody has it in time). Nobody who is away, has left, or has as
much as they can take is given anything; until somebody writes a rule nothing is given by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from glede.desk.acts.rules import Deed
from glede.desk.alerts.rules import Kind
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Conversation
from glede.desk.sharing import actions, queries, rules
from glede.desk.sharing.rules import NOTHING, Load, RuleOf, Way
from glede.flow import handling, telling, undoing
from glede.flow.undoing import Kept
from glede.kit import live, once
from glede.kit.words import say
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Permission, Viewer

# --- By rule -------------------------------------------------------------------------------------


def share(
    *, conversation: Conversation, words: str, now: datetime, but: int | None = None
) -> int | None:
    """Give a conversation without an owner to whom the first rule finds; belongs in a transaction.
    `but` is who has just given it back. Returns the person."""
    if conversation.owner_id is not None:
        return None
    here = queries.arrived(conversation, words)
    for rule in queries.active_rules():
        if not rules.matches(rule, here):
            continue
        person_id = _choose(rule, conversation.brand_id, but=but, now=now)
        if person_id is not None:
            actions.took_turn(rule_id=rule.id, person_id=person_id)
            conversations.shared(
                conversation=conversation, person_id=person_id, rule_id=rule.id, now=now
            )
            return person_id
    return None


def _choose(rule: RuleOf, brand_id: int, *, but: int | None, now: datetime) -> int | None:
    able = queries.candidates(rule, brand_id=brand_id, now=now) - {but}
    if not able:
        return None
    most = queries.capacities()
    counted = rule.way is Way.LEAST or any(one in most for one in able)
    return rules.choose(
        rule.way,
        sorted(able),
        last=queries.last_by(rule.id),
        loads=queries.loads(able, now=now) if counted else {},
        most=most,
    )


@dataclass(frozen=True, slots=True)
class Would:
    """What the rules would have made of a conversation; `place` counts the rules from 1."""

    conversation: Conversation
    place: int | None
    person_id: int | None


def rehearse(*, viewer: Viewer, now: datetime, limit: int) -> tuple[Would, ...]:
    """The last ones that came in, under the rules as they are and with who is there now; changes
    nothing."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    with once.remembering():
        found = queries.newest(brands, limit=limit)
        words = queries.first_words([one.pk for one in found])
        held = queries.active_rules()
        every = {one.id for one in queries.workers(now=now)}
        given = dict.fromkeys(every, NOTHING) | queries.loads(every, now=now)
        turns: dict[int, int] = {}
        made = []
        for one in reversed(found):
            place, person_id = _would(one, words.get(one.pk, ""), held, given, turns, now=now)
            if person_id is not None:
                load = given.get(person_id, NOTHING)
                given[person_id] = Load(load.open + 1, load.soon)
            made.append(Would(one, place, person_id))
    return tuple(reversed(made))


def _would(
    one: Conversation,
    words: str,
    held: Sequence[RuleOf],
    loads: dict[int, Load],
    turns: dict[int, int],
    *,
    now: datetime,
) -> tuple[int | None, int | None]:
    here = queries.arrived(one, words)
    for place, rule in enumerate(held, start=1):
        if not rules.matches(rule, here):
            continue
        able = queries.candidates(rule, brand_id=one.brand_id, now=now)
        chosen = rules.choose(
            rule.way,
            sorted(able),
            last=turns.get(rule.id),
            loads=loads,
            most=queries.capacities(),
        )
        if chosen is not None:
            turns[rule.id] = chosen
            return place, chosen
    return None, None


# --- Writing the rules -----------------------------------------------------------------------


def add_rule(*, viewer: Viewer, rule: RuleOf, now: datetime) -> None:
    """Raises `rules.BadRule`."""
    with transaction.atomic():
        actions.add(rule=replace(rule, language=rule.language.lower()), actor=viewer.actor, now=now)


def change_rule(*, viewer: Viewer, rule_id: int, act: str, now: datetime) -> None:
    """`up`, `on`, `off` or `remove`."""
    with transaction.atomic():
        match act:
            case "up":
                actions.move_up(rule_id=rule_id, actor=viewer.actor, now=now)
            case "remove":
                actions.remove(rule_id=rule_id, actor=viewer.actor, now=now)
            case _:
                actions.switch(rule_id=rule_id, on=act == "on", actor=viewer.actor, now=now)


def set_person(
    *, viewer: Viewer, person_id: int, skills: Iterable[str], most: int | None, now: datetime
) -> None:
    with transaction.atomic():
        actions.set_person(
            person_id=person_id, skills=skills, most=most, actor=viewer.actor, now=now
        )


# --- By hand ---------------------------------------------------------------------------------


def give_back(*, viewer: Viewer, now: datetime) -> tuple[Kept | None, int]:
    """The end of a shift: everything that is still one's own loses its owner, and the rules look
    for another. Returns how many, with one undo for all."""
    mine = [one.pk for one in queries.open_of(viewer.id)]
    with (
        undoing.keeping(viewer=viewer, deed=Deed.GAVE_BACK, conversations=mine, now=now) as act,
        once.remembering(),
    ):
        words = queries.first_words(mine)
        for conversation_id in mine:
            handling.give(viewer=viewer, conversation_id=conversation_id, person_id=None, now=now)
            given_back = conversations.lock(conversation_id)
            share(
                conversation=given_back,
                words=words.get(conversation_id, ""),
                but=viewer.id,
                now=now,
            )
    return act.kept(say("%(n)s given back.", n=len(mine))), len(mine)


def hand_over_all(
    *, viewer: Viewer, to: Viewer, note: str, now: datetime
) -> tuple[Kept | None, int]:
    """Everything that is still one's own goes to a colleague, as far as they work for its brand."""
    mine = [
        one.pk
        for one in queries.open_of(viewer.id)
        if to.may(Permission.WORK_CONVERSATIONS, one.brand_id)
    ]
    with undoing.keeping(viewer=viewer, deed=Deed.HANDED_OVER, conversations=mine, now=now) as act:
        for conversation_id in mine:
            if note.strip():
                handling.note(viewer=viewer, conversation_id=conversation_id, text=note, now=now)
            handling.give(viewer=viewer, conversation_id=conversation_id, person_id=to.id, now=now)
    return act.kept(say("%(n)s handed over to %(name)s.", n=len(mine), name=to.name)), len(mine)


def hand_over(
    *, viewer: Viewer, conversation_id: int, to: Viewer, note: str, now: datetime
) -> Kept | None:
    """One conversation goes to a colleague, with the words they need; they are told. The note
    stays if the rest is undone. Raises `mentions.Unclear`."""
    with undoing.keeping(
        viewer=viewer, deed=Deed.HANDED_OVER, conversations=[conversation_id], now=now
    ) as act:
        if note.strip():
            handling.note(viewer=viewer, conversation_id=conversation_id, text=note, now=now)
        handling.give(viewer=viewer, conversation_id=conversation_id, person_id=to.id, now=now)
        _tell_colleague(viewer, to, conversation_id, "hands over to you", now=now)
    return act.kept(say("Handed over to %(name)s.", name=to.name))


def ask(
    *, viewer: Viewer, conversation_id: int, to: Viewer, note: str, now: datetime
) -> Kept | None:
    """It stays where it is and waits for what a colleague says; they are told. No clock waits
    (clauses.md A5). Raises `ValueError` without words, and `rules.WrongState` for what is
    settled."""
    if not note.strip():
        raise ValueError(say("Say what you ask them."))
    with undoing.keeping(
        viewer=viewer, deed=Deed.ASKED_A_COLLEAGUE, conversations=[conversation_id], now=now
    ) as act:
        handling.note(viewer=viewer, conversation_id=conversation_id, text=note, now=now)
        conversation = conversations.ask_colleague(
            conversation_id=conversation_id, colleague_id=to.id, actor=viewer.actor, now=now
        )
        handling.seen_and_told(viewer, conversation, now=now)
        _tell_colleague(viewer, to, conversation_id, "asks you about", now=now)
    return act.kept(say("%(name)s is asked.", name=to.name))


def _tell_colleague(
    viewer: Viewer, to: Viewer, conversation_id: int, what: str, *, now: datetime
) -> None:
    conversation = conversations.lock(conversation_id)
    telling.tell(
        who=[to.id],
        conversation=conversation,
        kind=Kind.MENTION,
        key=f"colleague {conversation.pk}.{conversation.revision}",
        says=f"{viewer.name} {what}: {conversation.name}",
        now=now,
    )


def release(*, now: datetime, limit: int = 100) -> int:
    """What belongs to somebody who has left loses its owner, and the rules look for another."""
    found = queries.left_behind(limit=limit)
    with once.remembering():
        for conversation_id, person_id in found:
            with transaction.atomic():
                conversation = conversations.assign(
                    conversation_id=conversation_id, person_id=None, actor=SYSTEM, now=now
                )
                words = queries.first_words([conversation_id]).get(conversation_id, "")
                share(conversation=conversation, words=words, but=person_id, now=now)
                live.publish(
                    topic="conversation.changed",
                    payload={"id": conversation_id, "new": False},
                    brand=conversation.brand_id,
                    now=now,
                )
    return len(found)
