"""A conversation's timeline as JSON and as one page of PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from glede.desk.insight.timeline import Kept, Moment, Timeline
from glede.kit import clock
from glede.web.exports import paper

_PAGE = Path(__file__).with_name("timeline.typ")

#: What one page holds; the rest is in the JSON, and the page says how much that is.
MOST_MOMENTS = 24
MOST_PROMISES = 6
#: Longer names and notes are cut on the page; the JSON has them whole.
_LONGEST = 64


def as_json(of: Timeline) -> dict[str, Any]:
    """Times in UTC, each with its wall-clock time in the brand's zone beside it."""
    zone = ZoneInfo(of.zone)
    return {
        "conversation": of.conversation,
        "brand": of.brand_slug,
        "platform": of.platform,
        "kind": of.kind,
        "private": of.private,
        "name": of.name,
        "state": of.state,
        "as_of": _utc(of.as_of),
        "zone": of.zone,
        "moments": [
            {
                "at": _utc(one.at),
                "local": _local(one.at, zone),
                "what": one.what,
                "who": one.who,
                "note": one.note,
                "clause": one.clause,
                "policy_version": one.policy_version,
            }
            for one in of.moments
        ],
        "promises": [_promise(one, zone) for one in of.promises],
        "record": asdict(of.record),
    }


def as_pdf(of: Timeline) -> bytes:
    """One A4 page. What people wrote or are called reaches the page as data, never as markup."""
    zone = ZoneInfo(of.zone)
    shown = _fitting(of.moments)
    promises = of.promises[-MOST_PROMISES:]
    return paper.pdf(
        _PAGE,
        {
            "title": f"Timeline of conversation {of.conversation}",
            "facts": [
                ["With", _cut(of.name)],
                ["Brand", of.brand],
                ["Where", _where(of)],
                ["State", of.state.replace("_", " ")],
            ],
            "zone": of.zone,
            "moments": [_row(one, zone) for one in shown],
            "left_out": len(of.moments) - len(shown),
            "promises": [_sum(one, zone) for one in promises],
            "promises_left_out": len(of.promises) - len(promises),
            "record": _record(of),
            "made": f"Made by Glede on {_local(of.as_of, zone)} ({_utc(of.as_of)}).",
        },
        at=of.as_of,
    )


def _fitting(moments: Sequence[Moment]) -> list[Moment]:
    """All of them, or the key ones, or of these the first and the last."""
    if len(moments) <= MOST_MOMENTS:
        return list(moments)
    key = [one for one in moments if one.key]
    if len(key) <= MOST_MOMENTS:
        return key
    half = MOST_MOMENTS // 2
    return [*key[:half], *key[-half:]]


def _where(of: Timeline) -> str:
    hidden = of.private and "private" not in of.kind
    return f"{of.platform}, {of.kind}{', private' if hidden else ''}"


def _row(one: Moment, zone: ZoneInfo) -> list[str]:
    version = f"v{one.policy_version}" if one.policy_version else ""
    return [
        _local(one.at, zone),
        f"{one.at.astimezone(UTC):%H:%M:%S}Z",
        _cut(one.what),
        _cut(one.who),
        _cut(one.note),
        ", ".join(filter(None, [one.clause, version])),
    ]


def _sum(one: Kept, zone: ZoneInfo) -> list[str]:
    return [
        one.kind.replace("_", " "),
        _local(one.started_at, zone),
        _local(one.due_at, zone),
        _local(one.stopped_at, zone) if one.stopped_at else "–",
        _word(one),
        ", ".join(filter(None, _versions(one))),
    ]


def _versions(one: Kept) -> Iterator[str]:
    yield one.clause
    yield f"v{one.policy_version}"
    yield one.reading
    yield f"calendar {one.calendar_version}"


def _word(one: Kept) -> str:
    if one.kept is None:
        return one.state.replace("_", " ")
    return "kept" if one.kept else "late"


def _promise(one: Kept, zone: ZoneInfo) -> dict[str, Any]:
    times = {
        name: _utc(at)
        for name, at in (
            ("started_at", one.started_at),
            ("due_at", one.due_at),
            ("soft_at", one.soft_at),
            ("stopped_at", one.stopped_at),
        )
    }
    return {**asdict(one), **times, "due_local": _local(one.due_at, zone)}


def _record(of: Timeline) -> list[str]:
    record = of.record
    if not record.entries:
        return ["No entry of the record is about this conversation."]
    lines = [
        f"It rests on {record.entries} entries of the audit record, numbers {record.first_id} to"
        f" {record.last_id}; {record.sealed} of them are sealed.",
        f"SHA-256 of the entries: {record.sha256}",
    ]
    if record.chain:
        lines.append(f"Last seal of the record: {record.chain}")
    return lines


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def _local(at: datetime, zone: ZoneInfo) -> str:
    """“Tue 24 Nov 2026 11:40:00 GMT”: the name of the offset tells the two half past ones apart."""
    local = at.astimezone(zone)
    return f"{clock.day_words(at, zone)} {local:%Y %H:%M:%S %Z}"
