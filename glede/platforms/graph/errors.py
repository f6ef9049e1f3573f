"""What Meta's errors mean: code and subcode decide, the HTTP status only where there is none.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling and
/docs/graph-api/overview/rate-limiting; the Send API's error codes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from glede.platforms import http
from glede.platforms.contract import (
    Gone,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.platforms.graph.values import Json, id_of, object_of, text_of

#: App, user, Page and business limits; the 8000x are one for each business use case.
THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
_DEAD_TOKEN = frozenset({102, 190})
_UNWELL = frozenset({1, 2})
_BLOCKED = 368
#: Instagram's answer where no more may be published for now; it does not say until when.
_QUOTA = 9
#: How long Meta's block for a policy lasts is not said; it is looked at again after this.
BLOCKED_FOR = timedelta(hours=1)
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_NO_SUCH = frozenset({33, 1772179})  # subcodes of 100: not there, or not to be seen
_NOBODY = 803  # an id given as a path that names nothing
_INVALID = 100

#: Said in our words, by code or by code and subcode: what happened and what a person can do.
_SENTENCES: Mapping[tuple[int, int], str] = {
    (10, 2018278): "They last wrote too long ago: a private message may only be sent within 24 "
    "hours, and by a person within 7 days. Answer in public, or wait until they write again.",
    (10, 2534022): "They last wrote too long ago: a private message may only be sent within 24 "
    "hours, and by a person within 7 days. Answer in public, or wait until they write again.",
    (10, 1893063): "The platform has for now stopped this Page from sending messages. Look at the "
    "Page's support inbox there.",
    (100, 2018108): "This person cannot receive messages from us.",
    (506, 0): "The very same words were posted just before. Say it a little differently.",
    (551, 0): "This person cannot be reached now: they have blocked us or left.",
    (1545041, 0): "They last wrote too long ago: the time in which we may send a message is over.",
}
OUTSIDE_WINDOW = frozenset({(10, 2018278), (10, 2534022), (1545041, 0)})


class Denied(Refused):
    """A refusal with Meta's own numbers, for the few callers that have another way to try."""

    def __init__(self, why: str, *, code: int, subcode: int) -> None:
        super().__init__(why)
        self.code = code
        self.subcode = subcode

    @property
    def outside_window(self) -> bool:
        return {(self.code, self.subcode), (self.code, 0)} & OUTSIDE_WINDOW != set()

    @property
    def of_fields(self) -> bool:
        """A field that this app may not have refuses the whole call; fewer may pass."""
        return self.code == _INVALID or self.code in _PERMISSION


def meaning(
    status: int,
    headers: Mapping[str, str],
    body: object,
    *,
    write: bool,
    now: datetime,
    regain: datetime | None = None,
) -> PlatformError:
    """The contract's error for an answer that is not “done”. `regain`: when the limits are said
    to be open again."""
    error = object_of(body, "error")
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    said = _said(error, code, subcode)
    if code in THROTTLED:
        return TryAgain(f"Too many requests. {said}", at=regain or http.retry_at(headers, now=now))
    if code in _DEAD_TOKEN:
        return Reconnect(f"The platform no longer takes our access. {said}")
    if code in _UNWELL:
        return OutcomeUnknown(said) if write else TryAgain(said)
    if code == _QUOTA:
        return TryAgain(f"No more may be published for now. {said}", at=now + BLOCKED_FOR)
    if code == _BLOCKED:
        return TryAgain(
            f"The platform has for now blocked this for breaking its rules. {said}",
            at=now + BLOCKED_FOR,
        )
    if code and status < 500:
        return _refusal(code, subcode, said)
    return http.refusal(status, headers, reason=said, write=write, now=now)


def _refusal(code: int, subcode: int, said: str) -> Refused:
    if (code == _INVALID and subcode in _NO_SUCH) or code == _NOBODY:
        return Gone(f"It is no longer there, or not to be seen by us. {said}")
    sentence = _SENTENCES.get((code, subcode)) or _SENTENCES.get((code, 0))
    if sentence is None and code in _PERMISSION:
        sentence = "Our access lacks a permission for this. Connect the account again and grant it."
    return Denied(f"{sentence} {said}" if sentence else said, code=code, subcode=subcode)


def _said(error: Json, code: int, subcode: int) -> str:
    """Meta's own words, for people where there are any, and its numbers."""
    words = text_of(error, "error_user_msg") or text_of(error, "message")
    if not words and not code:
        return ""
    numbers = f"{code}/{subcode}" if subcode else str(code)
    return f"{words[:300]} ({numbers})".strip()


def _number(error: Json, name: str) -> int:
    found = id_of(error, name)
    return int(found) if found.isdecimal() and len(found) < 12 else 0
