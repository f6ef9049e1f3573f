"""What an address or a form gave, read with care: anybody may write anything into it."""

#: PostgreSQL's bigint holds every number of so many digits.
_MOST_DIGITS = 18


def number(text: str) -> int | None:
    """The number of a row, 0 or more; None for everything else."""
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return int(text)
    return None
