"""Messages, notes and people by their words, for one person: nothing of another's brands."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from glede.desk.conversations import veil
from glede.desk.conversations.rules import SETTLED, Direction
from glede.desk.search.rules import Asked, rarest
from glede.rulebook.people.rules import Permission, Viewer

PAGE = 25
MOST_PEOPLE = 8
#: How many of the newest words are looked through for one that is begun, before the index is.
RECENT = 20_000
#: How many of the newest names say which of several words is rare.
SAMPLED = 500
#: How like a name must be to what was typed, from 0 to 1 (pg_trgm's own default for parts).
ALIKE = 0.6

#: Marks around what was found; no text has them, and no page shows them.
OPENS, CLOSES = "\ue000", "\ue001"
_HEADLINE = (
    f"StartSel={OPENS}, StopSel={CLOSES}, MaxWords=40, MinWords=20, MaxFragments=2,"
    " FragmentDelimiter= … "
)

_MESSAGES = """
WITH asked AS (SELECT {query} AS words), found AS (
    SELECT version.id AS position, version.message_id, version.text, message.conversation_id,
        message.direction, message.received_at, message.private, conversation.name,
        conversation.platform, conversation.brand_id,
        conversation.state = ANY(%(settled)s) AS settled,
        message.handle_id, message.person_id, message.flagged
    FROM conversations_messageversion AS version
    JOIN conversations_message AS message ON message.id = version.message_id
    JOIN conversations_conversation AS conversation ON conversation.id = message.conversation_id
    WHERE {where}
    ORDER BY version.id {unordered} DESC LIMIT %(limit)s
)
SELECT position, message_id, conversation_id, direction, received_at, private, found.name,
    found.platform, brand_id, settled, coalesce(person.name, handle.name, found.name) AS author,
    CASE WHEN (SELECT words FROM asked) IS NULL THEN left(text, 300)
        ELSE ts_headline('english', translate(text, %(marks)s, ''), (SELECT words FROM asked),
            %(headline)s) END,
    flagged
FROM found
LEFT JOIN contacts_handle AS handle ON handle.id = found.handle_id
LEFT JOIN people_person AS person ON person.id = found.person_id
ORDER BY position DESC
"""
_RECENT = """
SELECT coalesce(%(after)s, max(id), 0) - %(recent)s FROM conversations_messageversion
"""
_PEOPLE = """
SELECT handle.contact_id, handle.name, handle.handle, handle.platform, latest.id, latest.last_at,
    latest.how_many
FROM contacts_handle AS handle
CROSS JOIN LATERAL (
    SELECT max(conversation.id) AS id, max(conversation.last_at) AS last_at, count(*) AS how_many
    FROM conversations_conversation AS conversation
    WHERE conversation.contact_id = handle.contact_id AND conversation.brand_id = ANY(%(brands)s)
) AS latest
WHERE (lower(handle.name) LIKE %(part)s OR lower(handle.handle) LIKE %(part)s
    OR (%(name)s <%% lower(handle.name)))
    AND latest.id IS NOT NULL
ORDER BY word_similarity(%(name)s, lower(handle.name)) DESC, latest.last_at DESC
LIMIT %(limit)s
"""

#: The few people of that name first: their messages have an index. Theirs is asked for the rarest
#: word alone: every further one would have it look through the long list of a common word again.
_FROM = """(message.handle_id = ANY(ARRAY(
    SELECT id FROM contacts_handle
    WHERE (lower(name) LIKE %(rare{number})s AND strpos(lower(name), %(whole{number})s) > 0)
        OR (lower(handle) LIKE %(rare{number})s AND strpos(lower(handle), %(whole{number})s) > 0)
)) OR message.person_id = ANY(ARRAY(
    SELECT id FROM people_person WHERE lower(name) LIKE %(from{number})s
)))"""

#: The newest people show how common a word is in names.
_NEWEST_NAMES = "SELECT lower(name) FROM contacts_handle ORDER BY id DESC LIMIT %s"

_STATE_SQL = {
    "open": "conversation.state <> ALL(%(settled)s)",
    "settled": "conversation.state = ANY(%(settled)s)",
    "public": "NOT message.private",
    "private": "message.private",
    "unanswered": "conversation.waiting_count > 0",
    "mine": "conversation.owner_id = %(viewer)s",
    "ours": "message.direction = %(out)s",
    "theirs": "message.direction = %(in)s",
    "note": "message.direction = %(note)s",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; `text` has OPENS and CLOSES around what matched, or says why its
    words are veiled."""

    position: int
    message_id: int
    conversation_id: int
    direction: Direction
    at: datetime
    private: bool
    name: str
    platform: str
    brand_id: int
    settled: bool
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    contact_id: int
    name: str
    handle: str
    platform: str
    conversation_id: int
    last_at: datetime
    conversations: int


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]
    #: Where the next page begins; None at the end.
    after: int | None


def messages(
    asked: Asked, viewer: Viewer, *, brands: dict[str, int], after: int | None = None
) -> Found:
    """The newest first. `brands` are the ids by slug; `after` is a position of an earlier page."""
    ids = _readable(viewer, brands, asked)
    if asked.empty or not ids:
        return Found((), None)
    where = ["conversation.brand_id = ANY(%(brands)s)", "message.deleted_at IS NULL", _NEWEST]
    values: dict[str, Any] = {
        "brands": ids,
        "settled": [state.value for state in SETTLED],
        "viewer": viewer.id,
        "in": Direction.IN.value,
        "out": Direction.OUT.value,
        "note": Direction.NOTE.value,
        "words": asked.words,
        "begun": asked.begun,
        "headline": _HEADLINE,
        "marks": OPENS + CLOSES,
        "limit": PAGE + 1,
        "after": after,
    }
    query = _query(asked)
    if query != "NULL::tsquery":
        where.append(f"version.search @@ ({query})")
    if after is not None:
        where.append("version.id < %(after)s")
    where += [_STATE_SQL[one] for one in asked.filters.get("is", ())]
    if platforms := asked.filters.get("on"):
        where.append("conversation.platform = ANY(%(platforms)s)")
        values["platforms"] = list(platforms)
    for number, name in enumerate(asked.filters.get("from", ())):
        where.append(_FROM.format(number=number))
        values[f"from{number}"] = f"%{_plain(name)}%"
        values[f"whole{number}"] = name
        values[f"rare{number}"] = f"%{_plain(_looked_up(name))}%"
    for name, day in (("since", asked.after), ("until", asked.before)):
        if day is not None:
            where.append(f"message.received_at {'>=' if name == 'since' else '<'} %({name})s")
            values[name] = _begin(day)
    rows = _asked(query, where, values, begun=bool(asked.begun))
    more = len(rows) > PAGE
    return Found(tuple(rows[:PAGE]), rows[PAGE - 1].position if more else None)


def people(asked: Asked, viewer: Viewer, *, brands: dict[str, int]) -> tuple[Person, ...]:
    """Who may be meant, by a part of a name or handle, also with a letter wrong."""
    name, ids = asked.name.lower(), _readable(viewer, brands, asked)
    if len(name) < 2 or not ids:
        return ()
    values: dict[str, Any] = {
        "brands": ids,
        "name": name,
        "part": f"%{_plain(name)}%",
        "limit": MOST_PEOPLE,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)",
                       [str(ALIKE)])  # fmt: skip
        cursor.execute(_PEOPLE, values)
        return tuple(Person(*row) for row in cursor.fetchall())


def _asked(query: str, where: list[str], values: dict[str, Any], *, begun: bool) -> list[Hit]:
    """PostgreSQL knows how rare a word is, and goes by the index of words or back in time. How rare
    the beginning of a word is it cannot know: then what is recent is looked through first, and if
    that does not fill a page the word is rare, and its index is short."""
    with connection.cursor() as cursor:
        if begun:
            cursor.execute(_RECENT, values | {"recent": RECENT})
            values = values | {"since_position": cursor.fetchone()[0]}
            near = " AND ".join([*where, "version.id > %(since_position)s"])
            cursor.execute(_MESSAGES.format(query=query, where=near, unordered=""), values)
            rows = cursor.fetchall()
            if len(rows) > PAGE:
                return [_hit(row) for row in rows]
        # With “+ 0” the order is no index's, so that the index of words is taken.
        unordered = "+ 0" if begun else ""
        every = " AND ".join(where)
        cursor.execute(_MESSAGES.format(query=query, where=every, unordered=unordered), values)
        return [_hit(row) for row in cursor.fetchall()]


#: The words as they stand now: what was edited away is found no more.
_NEWEST = """NOT EXISTS (
    SELECT FROM conversations_messageversion AS newer
    WHERE newer.message_id = version.message_id AND newer.number > version.number
)"""


def _looked_up(name: str) -> str:
    """What of a name its index is asked for."""
    if len(name.split()) < 2:
        return name
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_NAMES, [SAMPLED])
        return rarest(name, [row[0] for row in cursor.fetchall()])


def _query(asked: Asked) -> str:
    parts = []
    if asked.words:
        parts.append("websearch_to_tsquery('english', %(words)s)")
    if asked.begun:
        # The word as a whole, or one that begins so; its stem may be shorter than what was typed.
        parts.append(
            "(to_tsquery('english', %(begun)s) || to_tsquery('simple', %(begun)s || ':*'))"
        )
    return " && ".join(parts) or "NULL::tsquery"


def _readable(viewer: Viewer, brands: dict[str, int], asked: Asked) -> list[int]:
    wanted = asked.filters.get("brand")
    return [
        brand_id
        for slug, brand_id in brands.items()
        if (not wanted or slug in wanted) and viewer.may(Permission.READ_CONVERSATIONS, brand_id)
    ]


def _plain(text: str) -> str:
    """For LIKE: what a person typed stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.TIME_ZONE))


def _hit(row: tuple[Any, ...]) -> Hit:
    *parts, text, flagged = row
    told: tuple[Any, ...] = (
        *parts[:3], Direction(parts[3]), *parts[4:], veil.row_words(text, flagged)
    )  # fmt: skip
    return Hit(*told)
