"""What a list is asked for, and the condition in SQL that says the same.

A want names a field and values that are already resolved: ids, keys, instants. Every fragment of
SQL here is a constant; what a person typed goes along as a parameter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from glede.desk.conversations.lanes import TIMED, Group, Lane, Moment
from glede.desk.conversations.rules import SETTLED
from glede.rulebook.people.rules import Permission, Viewer


class Field(StrEnum):
    """What a want is about; beside it, what its values are."""

    BRAND = "brand"  # ids
    PLATFORM = "platform"  # slugs
    OWNER = "owner"  # ids of people; None is “no owner”
    LABEL = "label"  # ids, any of which will do
    LANGUAGE = "language"  # BCP 47 tags; “cy” takes “cy-GB” along
    STATE = "state"  # rules.State
    GROUP = "group"  # lanes.Group
    LEFT_UNDER = "left under"  # one timedelta: less time than that is left, or it is late
    LEFT_OVER = "left over"  # one timedelta
    TODAY = "today"  # due before this day ends
    IS = "is"  # one of `Is`
    WORDS = "words"  # one text, in the name or the first words
    NOTHING = "nothing"  # what nobody can be: a name that is not known


class Is(StrEnum):
    """What a row either is or is not."""

    UNREAD = "unread"
    PRIVATE = "private"
    SNOOZED = "snoozed"
    MENTIONS_ME = "mentions me"


@dataclass(frozen=True, slots=True)
class Want:
    field: Field
    values: tuple[Any, ...] = ()
    #: Everything but these.
    without: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """All of the wants together; with none of them, everything that is open and awake."""

    wants: tuple[Want, ...] = ()

    @property
    def shows_snoozed(self) -> bool:
        return any(
            one.field is Field.IS and Is.SNOOZED in one.values and not one.without
            for one in self.wants
        )

    def narrowed(self, *wants: Want) -> "Filters":
        return Filters((*self.wants, *wants))


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL about the row `c`, with its values."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"{self.sql} AND {other.sql}", self.values + other.values)


OPEN = Condition(f"NOT (c.state IN ({', '.join(repr(one.value) for one in sorted(SETTLED))}))")
_TIMED = f"c.lane IN ({', '.join(str(one.value) for one in TIMED)})"


def readable(viewer: Viewer) -> Condition:
    """Rows of brands whose conversations this person reads."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is None:
        return Condition("TRUE")
    if len(brands) == 1:
        # An equality, so that the index by brand gives the order as well.
        return Condition("c.brand_id = %s", (next(iter(brands)),))
    return Condition("c.brand_id = ANY(%s)", (sorted(brands),))


#: Fields that only a row with a due time can have, and the want that leaves out what is late.
_DUE = frozenset({Field.LEFT_UNDER, Field.LEFT_OVER, Field.TODAY})
_NOT_LATE = Want(Field.GROUP, (Group.LATE,), without=True)


def condition(filters: Filters, viewer: Viewer, moment: Moment) -> Condition:
    """What the row `c` must be to stand in this list, for this person, now."""
    found = OPEN & readable(viewer) & _awake(filters, moment)
    is_timed = any(one.field in _DUE and not one.without for one in filters.wants)
    for want in filters.wants:
        if is_timed and want == _NOT_LATE:
            # The same as its NOT, but a bound that an index range can begin at.
            found &= Condition("c.due_at >= %s", (moment.now,))
            continue
        part = _PARTS[want.field](want.values, viewer, moment)
        found &= Condition(f"{'NOT ' if want.without else ''}({part.sql})", part.values)
    return found


def _awake(filters: Filters, moment: Moment) -> Condition:
    if filters.shows_snoozed:
        return Condition("c.snoozed_until > %s", (moment.now,))
    return Condition("(c.snoozed_until IS NULL OR c.snoozed_until <= %s)", (moment.now,))


type _Part = Callable[[tuple[Any, ...], Viewer, Moment], Condition]


def _brand(values: tuple[Any, ...], *_: object) -> Condition:
    if len(values) == 1:
        return Condition("c.brand_id = %s", values)
    return Condition("c.brand_id = ANY(%s)", (list(values),))


def _platform(values: tuple[Any, ...], *_: object) -> Condition:
    return Condition("c.platform = ANY(%s)", (list(values),))


def _owner(values: tuple[Any, ...], *_: object) -> Condition:
    ids = [one for one in values if one is not None]
    if not ids:
        return Condition("c.owner_id IS NULL")
    if None in values:
        return Condition("(c.owner_id IS NULL OR c.owner_id = ANY(%s))", (ids,))
    # Somebody else's row, or nobody's: not theirs either way, so that NOT leaves no row out. One
    # owner is an equality, so that the index by owner gives the order as well.
    named = ("= %s", ids[0]) if len(ids) == 1 else ("= ANY(%s)", ids)
    return Condition(f"(c.owner_id IS NOT NULL AND c.owner_id {named[0]})", (named[1],))


def _label(values: tuple[Any, ...], *_: object) -> Condition:
    return Condition("c.labels && %s::bigint[]", (list(values),))


def _language(values: tuple[Any, ...], *_: object) -> Condition:
    given = [str(one).lower() for one in values]
    # Most is in English: what is not has a small index of its own.
    rare = "" if "en" in given else "c.language <> '' AND c.language <> 'en' AND "
    return Condition(f"{rare}split_part(lower(c.language), '-', 1) = ANY(%s)", (given,))


def _state(values: tuple[Any, ...], *_: object) -> Condition:
    return Condition("c.state = ANY(%s)", ([str(one) for one in values],))


def _left_under(values: tuple[Any, ...], _: Viewer, moment: Moment) -> Condition:
    return _due("c.due_at < %s", moment.now + _span(values))


def _left_over(values: tuple[Any, ...], _: Viewer, moment: Moment) -> Condition:
    return _due("c.due_at > %s", moment.now + _span(values))


def _today(_: tuple[Any, ...], __: Viewer, moment: Moment) -> Condition:
    return _due("c.due_at < %s", moment.midnight)


def _due(sql: str, at: datetime) -> Condition:
    # By its lane a row says whether it has a due time at all; NOT then takes in those without.
    return Condition(f"({_TIMED} AND {sql})", (at,))


def _span(values: tuple[Any, ...]) -> timedelta:
    found: timedelta = values[0]
    return found


def _is(values: tuple[Any, ...], viewer: Viewer, moment: Moment) -> Condition:
    match Is(values[0]):
        case Is.UNREAD:
            return Condition(
                "NOT EXISTS (SELECT FROM conversations_reading AS seen WHERE"
                " seen.conversation_id = c.id AND seen.person_id = %s"
                " AND seen.revision >= c.revision)",
                (viewer.id,),
            )
        case Is.PRIVATE:
            return Condition("c.private")
        case Is.SNOOZED:
            return Condition("coalesce(c.snoozed_until > %s, FALSE)", (moment.now,))
        case Is.MENTIONS_ME:
            return Condition(
                "c.id = ANY(ARRAY(SELECT told.conversation_id FROM conversations_mention AS named"
                " JOIN conversations_message AS told ON told.id = named.message_id"
                " WHERE named.person_id = %s))",
                (viewer.id,),
            )


#: Fewer letters stand inside nearly every word: they are looked for where a word begins.
_INSIDE_FROM = 3


def _words(values: tuple[Any, ...], *_: object) -> Condition:
    text = str(values[0])
    part = _plain(text)
    parts: tuple[str, ...] = (f"%{part}%",)
    if len(text) < _INSIDE_FROM and text.isascii():
        parts = (f"{part}%", f"% {part}%")
    either = " OR ".join(["c.name ILIKE %s", "c.words ILIKE %s"] * len(parts))
    return Condition(f"({either})", tuple(one for one in parts for _ in range(2)))


def _nothing(*_: object) -> Condition:
    return Condition("FALSE")


def _plain(text: str) -> str:
    """For LIKE: what a person typed stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _group(values: tuple[Any, ...], _: Viewer, moment: Moment) -> Condition:
    parts = [_under(Group(one), moment) for one in values]
    return Condition(
        f"({' OR '.join(f'({one.sql})' for one in parts)})",
        tuple(value for one in parts for value in one.values),
    )


def _under(group: Group, moment: Moment) -> Condition:
    """Rows under one heading: `lanes.group_of`, said in SQL."""
    now, soon = moment.now, moment.soon
    match group:
        case Group.LATE:
            return Condition(f"{_TIMED} AND c.due_at < %s", (now,))
        case Group.SOON:
            return Condition(f"{_TIMED} AND c.due_at >= %s AND c.due_at <= %s", (now, soon))
        case Group.TODAY:
            return Condition(
                f"c.lane = {Lane.CLOCK.value} AND c.due_at > %s AND c.due_at < %s",
                (soon, moment.midnight),
            )
        case Group.LATER:
            return Condition(
                f"c.lane = {Lane.CLOCK.value} AND c.due_at > %s AND c.due_at >= %s",
                (soon, moment.midnight),
            )
        case Group.PROMISED:
            return Condition(f"c.lane = {Lane.PROMISED.value} AND c.due_at > %s", (soon,))
        case Group.NOT_NEEDED:
            return Condition(f"c.lane = {Lane.NOT_NEEDED.value} AND c.due_at > %s", (soon,))
        case Group.WAITING:
            return Condition(f"c.lane = {Lane.WAITING.value}")
        case Group.NO_CLOCK:
            return Condition(f"c.lane = {Lane.IDLE.value}")


_PARTS: Mapping[Field, _Part] = {
    Field.BRAND: _brand,
    Field.PLATFORM: _platform,
    Field.OWNER: _owner,
    Field.LABEL: _label,
    Field.LANGUAGE: _language,
    Field.STATE: _state,
    Field.GROUP: _group,
    Field.LEFT_UNDER: _left_under,
    Field.LEFT_OVER: _left_over,
    Field.TODAY: _today,
    Field.IS: _is,
    Field.WORDS: _words,
    Field.NOTHING: _nothing,
}
