"""What YouTube lets a landlord's desk do, what it spends, and where that was read."""

from glede.platforms.contract import (
    Ability,
    Budget,
    By,
    Can,
    Capabilities,
    Receives,
    TextLimit,
)

_DOCS = "https://developers.google.com/youtube/v3/docs"
_THREADS = f"{_DOCS}/commentThreads/list"
_COMMENTS = f"{_DOCS}/comments/list"
_REPLY = f"{_DOCS}/comments/insert"
_MODERATE = f"{_DOCS}/comments/setModerationStatus"
_UPLOAD = f"{_DOCS}/videos/insert"
_VIDEOS = f"{_DOCS}/videos"
_REFERENCE = f"{_DOCS}"
_PUSH = "https://developers.google.com/youtube/v3/guides/push_notifications"
_QUOTA = "https://developers.google.com/youtube/v3/determine_quota_cost"
_COMMENT_HELP = "https://support.google.com/youtube/answer/6000964"

#: The days of the quota end at midnight there.
ZONE = "America/Los_Angeles"
QUOTA = "quota"
UPLOADS = "video uploads"
MOST_UNITS = 10_000
MOST_UPLOADS = 100
#: What calls cost: reading a list one unit, everything that changes something fifty.
LIST_UNITS = 1
WRITE_UNITS = 50

#: https://developers.google.com/youtube/v3/docs/comments: nothing longer is taken.
MOST_TEXT = 10_000
#: https://developers.google.com/youtube/v3/docs/videos#properties
MOST_TITLE = 100
MOST_DESCRIPTION_BYTES = 5_000
MOST_THUMBNAIL_BYTES = 2_000_000  # https://developers.google.com/youtube/v3/docs/thumbnails/set

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(
            By.POLL,
            _THREADS,
            "On our own videos, with those held for review and those taken for spam. A reply under "
            "an old comment is seen while its thread is among the newest hundred, or when it is "
            "looked up.",
        ),
        "mentions": Receives(By.NONE, _REFERENCE, "YouTube's API tells nobody of them."),
        "quotes": Receives(By.NONE, _REFERENCE, "YouTube has none."),
        "messages": Receives(By.NONE, _REFERENCE, "YouTube has none."),
        "reviews": Receives(By.NONE, _REFERENCE, "YouTube has none."),
        "forms": Receives(By.NONE, _REFERENCE, "YouTube has none."),
        "edits": Receives(By.POLL, _COMMENTS, "By the time of the last change."),
        "deletions": Receives(
            By.POLL, _COMMENTS, "YouTube tells nobody; found when an item is looked up again."
        ),
        "own_posts": Receives(By.WEBHOOK, _PUSH, "Uploads; also polled."),
    },
    abilities={
        "reply_public": Ability(Can.YES, _REPLY, "Costs 50 units of the day's quota."),
        "reply_private": Ability(Can.NO, _REFERENCE, "YouTube has no private messages."),
        "automatic_acknowledgement": Ability(
            Can.CONDITIONS, _QUOTA, "Nothing forbids it; each costs 50 units. Off unless wanted."
        ),
        "image": Ability(Can.NO, _REFERENCE, "YouTube's API publishes videos only."),
        "video": Ability(Can.YES, _UPLOAD, "With a title; an image beside it is the thumbnail."),
        "story": Ability(Can.NO, _REFERENCE, "YouTube has none."),
        "hide": Ability(
            Can.YES, _MODERATE, "Held for review: nobody but its author and we see it."
        ),
        "unhide": Ability(Can.YES, _MODERATE),
        "delete": Ability(
            Can.CONDITIONS, _MODERATE, "Rejected for good: this cannot be undone, so ask first."
        ),
        "block": Ability(
            Can.CONDITIONS,
            _MODERATE,
            "Rejects the comment for good and hides its author's later comments. It is ended in "
            "YouTube Studio only.",
        ),
        "unblock": Ability(Can.NO, _MODERATE, "Only in YouTube Studio, under hidden users."),
        "report": Ability(Can.NO, _REFERENCE, "Report it in YouTube."),
        "publish": Ability(Can.CONDITIONS, _UPLOAD, "Videos only; posts of words have no API."),
        "schedule": Ability(Can.YES, _VIDEOS, "Private until its time (publishAt)."),
        "idempotency_key": Ability(Can.NO, _REPLY, "What stands there is read back."),
    },
    text=TextLimit(MOST_TEXT, "characters", _COMMENT_HELP),
    rate_limits=(
        "10,000 units a day for our registration, whatever the number of accounts: a list costs 1, "
        "a reply or an act 50. 100 uploads a day. Both end at midnight in California. "
        f"403 quotaExceeded. {_QUOTA}"
    ),
    budgets=(
        Budget(
            QUOTA,
            "units",
            MOST_UNITS,
            ZONE,
            _QUOTA,
            note="Answers and acts always; looking for comments leaves a reserve for them.",
            shared=True,
        ),
        Budget(UPLOADS, "videos", MOST_UPLOADS, ZONE, _QUOTA, shared=True),
    ),
)
