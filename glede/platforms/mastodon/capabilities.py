"""What Mastodon's API lets a desk do, each with where that was read."""

from glede.platforms.contract import Ability, By, Can, Capabilities, Receives, TextLimit

_DOCS = "https://docs.joinmastodon.org"
_NOTIFICATIONS = f"{_DOCS}/methods/notifications/"
_STREAMING = f"{_DOCS}/methods/streaming/"
_STATUSES = f"{_DOCS}/methods/statuses/"
_ACCOUNTS = f"{_DOCS}/methods/accounts/"
_MEDIA = f"{_DOCS}/methods/media/"
_REPORTS = f"{_DOCS}/methods/reports/"
_ENTITY = f"{_DOCS}/entities/Status/"
_LIMITS = f"{_DOCS}/api/rate-limits/"
_DIRECT = "https://docs.joinmastodon.org/user/posting/#privacy"

#: configuration.statuses.max_characters of an instance that was not changed; ours may say another.
MOST_CHARACTERS = 500
#: configuration.statuses.characters_reserved_per_url
LINK_COUNTS = 23
#: configuration.statuses.max_media_attachments
MOST_MEDIA = 4
#: configuration.media_attachments.description_limit
MOST_DESCRIPTION = 1500
#: The instance refuses a longer comment (app/models/report.rb).
MOST_COMMENT = 1000
#: A status can be scheduled no sooner (methods/statuses, scheduled_at).
SOONEST_SECONDS = 300

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(
            By.STREAM, _STREAMING, f"Also polled ({_NOTIFICATIONS}). Only answers that name us."
        ),
        "mentions": Receives(By.STREAM, _STREAMING, f"Also polled ({_NOTIFICATIONS})."),
        "quotes": Receives(By.STREAM, _NOTIFICATIONS, "From Mastodon 4.5 on; also polled."),
        "messages": Receives(
            By.STREAM, _DIRECT, "Statuses with the visibility “direct”; also polled."
        ),
        "reviews": Receives(By.NONE, _DOCS, "Mastodon has none."),
        "forms": Receives(By.NONE, _DOCS, "Mastodon has none."),
        "edits": Receives(
            By.POLL,
            _NOTIFICATIONS,
            "Of the newest 80 that name us, and of open threads after a gap; the stream tells "
            f"only edits of people the account follows ({_STREAMING}).",
        ),
        "deletions": Receives(
            By.STREAM, _STREAMING, "Also by a notification that is no longer in the list."
        ),
        "own_posts": Receives(By.STREAM, _STREAMING, f"Also polled ({_ACCOUNTS})."),
    },
    abilities={
        "reply_public": Ability(Can.YES, _STATUSES),
        "reply_private": Ability(
            Can.YES, _DIRECT, "A direct status; the instances' operators can read it."
        ),
        "automatic_acknowledgement": Ability(
            Can.YES,
            f"{_DOCS}/entities/Account/#bot",
            "An account that answers by itself only should be marked as automated.",
        ),
        "image": Ability(Can.YES, _MEDIA, "At most 4, with a description."),
        "video": Ability(Can.YES, _MEDIA, "One; the instance takes a while to prepare it."),
        "story": Ability(Can.NO, _DOCS, "Mastodon has none."),
        "hide": Ability(
            Can.NO, _STATUSES, "An answer can be hidden from nobody; its author can be blocked."
        ),
        "unhide": Ability(Can.NO, _STATUSES, "Nothing is ever hidden."),
        "delete": Ability(
            Can.NO, _STATUSES, "Only what the account wrote; else the instance's moderators."
        ),
        "block": Ability(Can.YES, _ACCOUNTS),
        "unblock": Ability(Can.YES, _ACCOUNTS),
        "report": Ability(Can.YES, _REPORTS, "Goes to the moderators of our own instance."),
        "publish": Ability(Can.YES, _STATUSES, "Text, link, pictures or a film."),
        "schedule": Ability(Can.YES, _STATUSES, "Five minutes ahead or more."),
        "idempotency_key": Ability(Can.YES, _STATUSES, "Idempotency-Key, kept for an hour."),
    },
    text=TextLimit(MOST_CHARACTERS, "graphemes", _ENTITY),
    rate_limits=(
        "300 calls in 5 minutes for an account; 30 uploads and 30 deletions in 30 minutes. "
        f"429 with X-RateLimit-Reset. {_LIMITS}"
    ),
)
