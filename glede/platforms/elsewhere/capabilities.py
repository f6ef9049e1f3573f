"""A place without an interface we use: people read it, capture what was asked, and answer there."""

from glede.platforms.contract import Ability, By, Can, Capabilities, Receives, TextLimit

_CAPTURE = "our own capture screen (glede/web/capture)"
#: A capture holds as many characters as this; the place itself has its own limit.
LONGEST_TEXT = 10_000

_BY_HAND = "captured by hand, with the time it was posted"
_THERE = "answered in the place itself, and recorded here with proof"

_CAPTURED = ("comments", "mentions", "quotes", "messages", "reviews")
_NEVER = ("forms", "edits", "deletions", "own_posts")
_ABILITIES = (
    *("reply_public", "reply_private", "automatic_acknowledgement", "image", "video", "story"),
    *("hide", "unhide", "delete", "block", "unblock", "report", "publish", "schedule"),
    "idempotency_key",
)

CAPABILITIES = Capabilities(
    receive={
        **{name: Receives(By.NONE, _CAPTURE, _BY_HAND) for name in _CAPTURED},
        **{name: Receives(By.NONE, _CAPTURE, "nobody tells us") for name in _NEVER},
    },
    abilities={name: Ability(Can.NO, _CAPTURE, _THERE) for name in _ABILITIES},
    text=TextLimit(LONGEST_TEXT, "characters", _CAPTURE),
    rate_limits="none: nothing is called",
)
