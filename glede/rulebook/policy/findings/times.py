"""Times of day in words: “9am”, “5.30 p.m.”, “noon”, “0900”, and spans of two of them."""

import re

_PARTS = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap])?", re.IGNORECASE)


def span(opens: str, closes: str) -> list[str] | None:
    """A span of a day; halves of the day that are not written follow from the other end."""
    start, first = _minutes(opens)
    end, second = _minutes(closes)
    if start is None or end is None:
        return None
    if not first and not second and not _plain(opens, closes):
        return None
    start, end = _halves(start, first, end, second)
    if end <= start or end > 24 * 60 or end - start < 30:
        return None
    return [_text(start), _text(end)]


def _plain(opens: str, closes: str) -> bool:
    """Without am and pm: “9 to 5”, “09:00-17:30”, “0900-1700” can be times of day."""
    hours = [int(re.sub(r"\D.*", "", words)[:2] or 0) for words in (opens, closes)]
    if all(re.match(r"\d{4}|\d{1,2}[:.]\d{2}", words) for words in (opens, closes)):
        return True
    return 6 <= hours[0] <= 11 and (1 <= hours[1] <= 9 or 12 <= hours[1] <= 24)


def _halves(start: int, first: str, end: int, second: str) -> tuple[int, int]:
    noon = 12 * 60
    if second == "p" and not first and start < noon and start + noon < end:
        return start + noon if start < 7 * 60 else start, end
    if not first and not second and end <= start and end + noon > start:
        return start, end + noon
    if first and not second and end <= noon and end <= start:
        return start, end + noon
    if first == "a" and not second and end < 8 * 60:
        return start, end + noon
    if end == 0:
        return start, 24 * 60
    return start, end


def _minutes(words: str) -> tuple[int | None, str]:
    """Minutes since midnight, and the half of the day where it is written: a, p or 24."""
    low = words.lower().strip()
    if "midnight" in low:
        return 0, "m"
    if "noon" in low or "midday" in low:
        return 12 * 60, "p"
    if four := re.match(r"(\d{2})([0-5]\d)(?!\d)", low):
        hour, minute = int(four[1]), int(four[2])
        return (hour * 60 + minute, "24") if hour <= 24 else (None, "")
    if not (parts := _PARTS.match(low)):
        return None, ""
    hour, minute = int(parts["hour"]), int(parts["minute"] or 0)
    half = (parts["half"] or "").lower()
    if hour > 24 or minute > 59 or (half and hour > 12):
        return None, ""
    if half == "p" and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    if not half and (hour > 12 or re.match(r"0\d", low)):
        half = "24"
    return hour * 60 + minute, half


def clock(words: str, after: int) -> str:
    """One time of day; without am or pm it is the one after `after` o'clock."""
    minutes, half = _minutes(words)
    if minutes is None:
        return ""
    if not half and minutes < after * 60:
        minutes += 12 * 60
    if half == "m":
        minutes = 24 * 60
    return _text(minutes)


def _text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
