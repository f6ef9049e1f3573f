"""Labels as values: what one may be called. Pure."""

from glede.kit.words import say

#: Longer than a word or three stops being a label, and a row has no room for it.
LONGEST = 30


class BadLabel(ValueError):  # noqa: N818 - reads as a sentence
    """It cannot be called so, or there is no such label; the words say what to do."""


def named(text: str) -> str:
    """The name as it is kept. Raises `BadLabel`."""
    name = " ".join(text.split())
    if not name:
        raise BadLabel(say("A label needs a name."))
    if len(name) > LONGEST:
        raise BadLabel(
            say(
                "A label has %(longest)s characters at most; this one has %(n)s.",
                longest=LONGEST,
                n=len(name),
            )
        )
    if any(one in name for one in ':"<>,'):
        raise BadLabel(say("A label has no colon, comma, quotation mark or angle bracket in it."))
    return name


def with_on(labels: list[int], label_id: int) -> list[int]:
    """The labels with this one put on, at the end; once."""
    return labels if label_id in labels else [*labels, label_id]


def with_off(labels: list[int], label_id: int) -> list[int]:
    return [one for one in labels if one != label_id]
