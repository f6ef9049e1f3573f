"""The inbox's first page and its fiftieth, small and large: `python -m bench.inbox`.

Every conversation is open, which is harder than life: nothing is left out by being settled. The
yardstick is the same page with a hundredth of the rows, in a second database on the same server,
asked for in turns, so that a noisy minute meets both.
"""

import importlib
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench import house, report

SMALL = (2_000, 10_000)
LARGE = (200_000, 1_000_000)
ASKED = 200
WARM_UP = 20
MOST_QUERIES = 6
PAGE = 50
#: Lists that are asked for something, and the figures alone of every view and heading.
ASKED_FOR = {
    "the list of one's own": "/?q=owner%3Ame",
    "what is unread": "/?q=is%3Aunread",
    "one brand's, late": "/?q=is%3Alate+brand%3Apennvale",
    "what waits for them": "/?q=is%3Awaiting",
    "newest words first": "/?order=newest",
    "words in the row": "/?q=%22heating+has%22",
    "a live update of one row with every figure": "/rows/?id=1",
    "the figures on the rail": "/me/counts/",
}
WORDS = "The heating has been off since last night and it is cold, is anybody coming today? "
_FROM = datetime(2026, 11, 1, tzinfo=UTC)


def main() -> None:
    with house.opened() as home:
        staff = importlib.import_module("bench.staff")
        hired = staff.hire()
        people = {
            "owner": staff.signed_in(hired.owner),
            "advisor of one brand": staff.signed_in(hired.advisor),
        }
        home.copied("small")
        fill(home.url("small"), hired, *SMALL)
        fill(home.url(), hired, *LARGE)
        with house.web(home) as large, house.web(home, database="small") as small:
            for who, client in people.items():
                _measure(who, staff.cookie(client), large=large, small=small)
        for who, client in people.items():
            report.say(
                figure=f"queries of the inbox's first page, {who} (at most {MOST_QUERIES})",
                value=_queries(client),
                unit="queries",
            )


def _measure(who: str, cookie: str, *, large: int, small: int) -> None:
    far = {port: _far_page(port, cookie) for port in (large, small)}
    pages = {
        "first page": {large: "/", small: "/"},
        f"page {PAGE}": far,
        **{name: dict.fromkeys(far, path) for name, path in ASKED_FOR.items()},
    }
    for name, paths in pages.items():
        waits: dict[int, list[float]] = {large: [], small: []}
        for turn in range(WARM_UP + ASKED):
            for port, path in paths.items():
                took, _ = house.get(port, path, cookie)
                if turn >= WARM_UP:
                    waits[port].append(took)
        _say(f"{name}, {who}", waits[large], waits[small])


def _say(what: str, large: list[float], small: list[float]) -> None:
    for share, called in ((0.5, "median"), (0.95, "p95")):
        report.say(
            figure=(
                f"inbox, {what}, {LARGE[0]:,} open conversations, {LARGE[1]:,} messages, {called}"
            ),
            value=house.share_of(large, share) * 1000,
            unit="ms",
            yardstick=report.Yardstick(
                what=f"the same with {SMALL[0]:,} and {SMALL[1]:,} (its last full page)",
                value=house.share_of(small, share) * 1000,
                unit="ms",
            ),
        )


def _far_page(port: int, cookie: str) -> str:
    """Page 50, or the last full one where there are fewer."""
    before = path = "/"
    for _ in range(PAGE - 1):
        _, page = house.get(port, path, cookie)
        found = re.search(r'href="([^"]+)">More, later in time', page.decode())
        if found is None:
            return before
        before, path = path, found[1].replace("&amp;", "&")
    return path


def _queries(client: Any) -> int:
    database = importlib.import_module("django.db")
    capture = importlib.import_module("django.test.utils").CaptureQueriesContext
    client.get("/")  # the activity of a session is noted once a minute
    with capture(database.connection) as queries:
        assert client.get("/").status_code == 200
    return len(queries)


# --- The fill ------------------------------------------------------------------------------------


def fill(url: str, hired: Any, conversation_count: int, message_count: int) -> None:
    dice = random.Random(6.5)
    conversations = range(1, conversation_count + 1)
    messages = range(1, message_count + 1)
    each = message_count // conversation_count
    with psycopg.connect(url) as connection:
        for table, columns, rows in (
            ("contacts_contact", "id, name, created_at", _contacts(conversations)),
            (
                "contacts_handle",
                "id, contact_id, platform, scope, native_id, name, handle, url, notify,"
                " first_seen_at",
                _handles(conversations),
            ),
            (
                "conversations_thread",
                "id, account_id, native_id, private, opened_at, last_at",
                _threads(conversations, hired),
            ),
            (
                "conversations_conversation",
                "id, brand_id, contact_id, account_id, thread_id, owner_id, state, state_at,"
                " opened_at, name, platform, kind, private, words, last_at, message_count,"
                " waiting_count, due_at, soft_at, due_from, due_clause, revision,"
                " said_revision",
                _conversations(conversations, hired, each, dice),
            ),
            (
                "conversations_message",
                "id, thread_id, conversation_id, handle_id, platform, native_id,"
                " parent_native_id, direction, kind, private, url, language, received_at,"
                " ingested_at, revision, media",
                _messages(messages, each),
            ),
            (
                "conversations_messageversion",
                "id, message_id, number, text, revision, at",
                _versions(messages),
            ),
            (
                "conversations_reading",
                "id, conversation_id, person_id, revision, at",
                ((one, one, hired.owner, 1, _FROM) for one in conversations if one % 3),
            ),
        ):
            with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _contacts(ids: range) -> Iterator[tuple[Any, ...]]:
    return ((one, f"Resident {one}", _FROM) for one in ids)


def _handles(ids: range) -> Iterator[tuple[Any, ...]]:
    return (
        (one, one, "website", "", f"person-{one}", f"Resident {one}", "", "", "", _FROM)
        for one in ids
    )


def _threads(ids: range, hired: Any) -> Iterator[tuple[Any, ...]]:
    return ((one, hired.account, f"thread-{one}", True, _FROM, _FROM) for one in ids)


def _conversations(
    ids: range, hired: Any, each: int, dice: random.Random
) -> Iterator[tuple[Any, ...]]:
    for one in ids:
        received = _FROM + timedelta(seconds=dice.randrange(40 * 86_400))
        waits = dice.random() < 0.2
        due = None if waits else received + timedelta(hours=4)
        yield (
            one,
            hired.brands[dice.randrange(len(hired.brands))],
            one,
            hired.account,
            one,
            None if dice.random() < 0.5 else (hired.owner, hired.advisor)[one % 2],
            "waiting for customer" if waits else "new",
            received,
            received,
            f"Resident {one}",
            "website",
            "private message",
            True,
            WORDS,
            received,
            each,
            0 if waits else 1,
            due,
            due,
            None if waits else received,
            "" if waits else "6.5",
            dice.randrange(1, 3),
            1,
        )


def _messages(ids: range, each: int) -> Iterator[tuple[Any, ...]]:
    for one in ids:
        of = (one - 1) // each + 1
        at = _FROM + timedelta(seconds=one % 3_000_000)
        yield (
            one,
            of,
            of,
            of,
            "website",
            f"message-{one}",
            "",
            "in",
            "private message",
            True,
            "",
            "en",
            at,
            at,
            "",
            "[]",
        )


def _versions(ids: range) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(6.7)
    for one in ids:
        # Few words are common and most are rare, as in any language.
        drawn = " ".join(f"word{int(dice.paretovariate(0.7)) % 50_000}" for _ in range(8))
        yield one, one, 1, f"{WORDS}{drawn} R-{one}", "", _FROM


if __name__ == "__main__":
    main()
