"""What a capture may say. Times are as the platform shows them; nothing lies in the future."""

from datetime import datetime
from enum import StrEnum

from glede.kit.words import say


class Side(StrEnum):
    THEIRS = "theirs"  # what somebody wrote to us
    OURS = "ours"  # what we answered in the platform's own app


class CaptureRefusedError(ValueError):
    """It cannot be taken so; the sentence says what to change. `field` names where."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def check_posted(at: datetime, *, now: datetime) -> None:
    """Raises `CaptureRefusedError`."""
    if at > now:
        raise CaptureRefusedError("at", say("That time is still to come: when was it posted?"))


def check_answered(
    at: datetime, *, asked_at: datetime, now: datetime, link: str, has_screenshot: bool
) -> None:
    """Raises `CaptureRefusedError`."""
    if at > now:
        raise CaptureRefusedError("at", say("That time is still to come: when did you answer?"))
    if at < asked_at:
        raise CaptureRefusedError(
            "at", say("That is before the question was asked: an answer comes after it.")
        )
    if not link and not has_screenshot:
        raise CaptureRefusedError(
            "screenshot",
            say("Add the link or a screenshot: the record has to show that it stands."),
        )
