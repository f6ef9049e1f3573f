"""A conversation of 5,000 messages: its newest window, its middle and its beginning, beside one of
100: `python -m bench.thread`.

Both stand in the same database and are asked for in turns, through the served desk, as a script
asks for them when somebody opens the next conversation.
"""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench import house, inbox, report

SHORT, LONG = 100, 5_000
ASKED = 60
WARM_UP = 8
_LONGEST_ID = 2
_FROM = datetime(2026, 11, 1, tzinfo=UTC)


def main() -> None:
    with house.opened() as home:
        staff = importlib.import_module("bench.staff")
        hired = staff.hire()
        cookie = staff.cookie(staff.signed_in(hired.owner))
        inbox.fill(home.url(), hired, 2, 2)
        fill(home.url(), {1: SHORT, _LONGEST_ID: LONG})
        first = 10 + SHORT
        pages = {
            "newest": f"/c/{_LONGEST_ID}/",
            "the middle": f"/c/{_LONGEST_ID}/?at={first + LONG // 2}",
            "the beginning": f"/c/{_LONGEST_ID}/?earlier={first + 90}",
        }
        with house.web(home) as port:
            for called, path in pages.items():
                _measure(port, cookie, called, path)


def _measure(port: int, cookie: str, called: str, path: str) -> None:
    waits: dict[str, list[float]] = {path: [], "/c/1/": []}
    for turn in range(WARM_UP + ASKED):
        for asked, took in waits.items():
            seconds, _ = house.get(port, asked, cookie)
            if turn >= WARM_UP:
                took.append(seconds)
    for share, name in ((0.5, "median"), (0.95, "p95")):
        report.say(
            figure=f"thread of {LONG:,} messages, {called}, whole page, {name}",
            value=house.share_of(waits[path], share) * 1000,
            unit="ms",
            yardstick=report.Yardstick(
                what=f"the whole page of a thread of {SHORT}",
                value=house.share_of(waits["/c/1/"], share) * 1000,
                unit="ms",
            ),
        )


def fill(url: str, counts: dict[int, int]) -> None:
    """So many messages for each conversation by its id, theirs and ours in turn."""
    with psycopg.connect(url) as connection:
        number = 10
        for conversation, count in counts.items():
            messages, versions = [], []
            for place in range(count):
                at = _FROM + timedelta(minutes=place)
                theirs = place % 2 == 0
                messages.append(_message(number, conversation, theirs, at))
                versions.append((number, number, 1, f"{inbox.WORDS}{place}", "", at))
                number += 1
            for table, columns, rows in (
                (
                    "conversations_message",
                    "id, thread_id, conversation_id, handle_id, platform, native_id,"
                    " parent_native_id, direction, kind, private, url, language, received_at,"
                    " ingested_at, revision, media",
                    messages,
                ),
                (
                    "conversations_messageversion",
                    "id, message_id, number, text, revision, at",
                    versions,
                ),
            ):
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _message(number: int, conversation: int, theirs: bool, at: datetime) -> tuple[Any, ...]:
    return (
        number,
        conversation,
        conversation,
        conversation if theirs else None,
        "website",
        f"long-{number}",
        "",
        "in" if theirs else "out",
        "private message",
        True,
        "",
        "en",
        at,
        at,
        "",
        "[]",
    )


if __name__ == "__main__":
    main()
