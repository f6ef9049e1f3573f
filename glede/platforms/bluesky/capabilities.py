"""What Bluesky's API lets a desk do, each with where that was read."""

from glede.platforms.contract import Ability, By, Can, Capabilities, Receives, TextLimit

_LEXICONS = "https://github.com/bluesky-social/atproto/tree/main/lexicons"
_NOTIFICATIONS = f"{_LEXICONS}/app/bsky/notification/listNotifications.json"
_REPOS = f"{_LEXICONS}/com/atproto/sync/subscribeRepos.json"
_POST = f"{_LEXICONS}/app/bsky/feed/post.json"
_IMAGES = f"{_LEXICONS}/app/bsky/embed/images.json"
_THREADGATE = f"{_LEXICONS}/app/bsky/feed/threadgate.json"
_BLOCK = f"{_LEXICONS}/app/bsky/graph/block.json"
_CREATE = f"{_LEXICONS}/com/atproto/repo/createRecord.json"
_DELETE = f"{_LEXICONS}/com/atproto/repo/deleteRecord.json"
_FEED = f"{_LEXICONS}/app/bsky/feed/getAuthorFeed.json"
_CHAT = f"{_LEXICONS}/chat/bsky/convo"
_REPORT = f"{_LEXICONS}/com/atproto/moderation/createReport.json"
_LIMITS = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
_BOTS = "https://docs.bsky.app/docs/starter-templates/bots"

#: app.bsky.feed.post: text maxGraphemes 300, maxLength (bytes of UTF-8) 3000.
MOST_GRAPHEMES = 300
MOST_BYTES = 3000

#: app.bsky.embed.images: at most 4 images, each at most this many bytes.
MOST_IMAGES = 4
MOST_IMAGE_BYTES = 2_000_000

#: app.bsky.feed.threadgate: hiddenReplies maxLength.
MOST_HIDDEN = 300

#: com.atproto.moderation.createReport: reason maxGraphemes.
MOST_REASON = 2000

_BACKDATED = (
    "The list's time is the earlier of arrival and the author's own claim, so a wrong clock can "
    "put a post far down; the stream sees it with the server's time."
)

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(
            By.STREAM,
            _REPOS,
            "Also polled. Notifications reach five levels up a tree; the stream all.",
        ),
        "mentions": Receives(By.STREAM, _REPOS, f"Also polled ({_NOTIFICATIONS}). {_BACKDATED}"),
        "quotes": Receives(By.STREAM, _REPOS, "Also polled."),
        "messages": Receives(
            By.NONE, _CHAT, "The chat service has an API; this plug-in does not use it yet."
        ),
        "reviews": Receives(By.NONE, _LEXICONS, "Bluesky has none."),
        "forms": Receives(By.NONE, _LEXICONS, "Bluesky has none."),
        "edits": Receives(
            By.STREAM, _REPOS, "The app has no edit; a record may be replaced all the same."
        ),
        "deletions": Receives(By.STREAM, _REPOS, "After a gap, by looking open threads up again."),
        "own_posts": Receives(By.STREAM, _REPOS, f"Also polled ({_FEED})."),
    },
    abilities={
        "reply_public": Ability(Can.YES, _CREATE),
        "reply_private": Ability(
            Can.NO, _CHAT, "The chat service has an API; this plug-in does not use it yet."
        ),
        "automatic_acknowledgement": Ability(
            Can.YES, _BOTS, "Only to people who wrote to the account or named it."
        ),
        "image": Ability(Can.YES, _IMAGES, "At most 4, each at most 2 MB, with alt text."),
        "video": Ability(
            Can.NO, _POST, "The network takes short films; this plug-in does not send them yet."
        ),
        "story": Ability(Can.NO, _LEXICONS, "Bluesky has none."),
        "hide": Ability(Can.YES, _THREADGATE, "Replies under the account's own posts."),
        "unhide": Ability(Can.YES, _THREADGATE),
        "delete": Ability(Can.NO, _DELETE, "Only what the account wrote itself."),
        "block": Ability(Can.YES, _BLOCK, "Blocks are public on Bluesky."),
        "unblock": Ability(Can.YES, _BLOCK),
        "report": Ability(Can.YES, _REPORT, "Goes to the moderation service of our own server."),
        "publish": Ability(Can.YES, _CREATE, "Text and images."),
        "schedule": Ability(Can.NO, _POST, "The network has none; the desk sends when it is due."),
        "idempotency_key": Ability(Can.YES, _CREATE, "The record key, chosen by us."),
    },
    text=TextLimit(MOST_GRAPHEMES, "graphemes", _POST, most_bytes=MOST_BYTES),
    rate_limits=(
        "Writes: 5,000 points an hour and 35,000 a day (create 3, update 2, delete 1). "
        "Requests: 3,000 in 5 minutes per address. Sign-ins: 30 in 5 minutes and 300 a day. "
        f"429 with RateLimit-Reset. {_LIMITS}"
    ),
)
