"""What X lets a landlord's desk do, what it costs, and where that was read."""

from dataclasses import dataclass

from glede.platforms.contract import (
    Ability,
    Budget,
    By,
    Can,
    Capabilities,
    PictureLimit,
    Receives,
    TextLimit,
)
from glede.platforms.x.text import MOST

_DOCS = "https://docs.x.com/x-api"
_ACTIVITY = f"{_DOCS}/activity/introduction"
_MENTIONS = f"{_DOCS}/users/get-mentions"
_MESSAGES = f"{_DOCS}/direct-messages/lookup/introduction"
_SEND = f"{_DOCS}/direct-messages/manage/introduction"
_LOOKUP = f"{_DOCS}/posts/lookup/introduction"
_CREATE = f"{_DOCS}/posts/create-post"
_HIDE = f"{_DOCS}/posts/hide-replies/introduction"
_MEDIA = f"{_DOCS}/media/introduction"
_MUTE = f"{_DOCS}/users/mutes/introduction"
_DM_BLOCK = f"{_DOCS}/users/dm-block"
_CHANGELOG = "https://docs.x.com/changelog"
_AUTOMATION = "https://docs.x.com/developer-guidelines"
_LIMITS = f"{_DOCS}/fundamentals/rate-limits"
_PRICES = f"{_DOCS}/getting-started/pricing"
_COUNTING = "https://docs.x.com/fundamentals/counting-characters"
_SPECIFICATION = "https://api.x.com/2/openapi.json"

#: https://docs.x.com/x-api/media/quickstart/best-practices
MOST_IMAGES = 4
MOST_BYTES = {"image/gif": 15_000_000, "image": 5_000_000, "video": 512_000_000}
LONGEST_ALT = 1000
#: A private message: https://docs.x.com/x-api/direct-messages/manage/introduction
MOST_IN_MESSAGE = 10_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a kind of call costs, in millionths of a US dollar."""

    name: str
    unit: str
    micros: int


# Pay per use, as X lists it; a post read twice on one UTC day is charged once, so that what is
# counted here is the most it can be.
POST_READ = Price("posts read", "posts", 5_000)
OWN_READ = Price("own posts read", "posts", 1_000)
USER_READ = Price("people read", "people", 10_000)
MESSAGE_READ = Price("messages read", "messages", 10_000)
MEDIA_READ = Price("private attachments read", "files", 5_000)
POST = Price("posts", "posts", 15_000)
POST_WITH_LINK = Price("posts with a link", "posts", 200_000)
REPLY = Price("replies", "replies", 10_000)
MESSAGE = Price("messages", "messages", 15_000)
ACT = Price("mutes and blocks", "acts", 15_000)
HIDE = Price("replies hidden or shown", "acts", 5_000)
DELETE = Price("posts deleted", "acts", 10_000)
FREE = Price("other calls", "calls", 0)

PRICES = (
    POST_READ,
    OWN_READ,
    USER_READ,
    MESSAGE_READ,
    MEDIA_READ,
    POST,
    POST_WITH_LINK,
    REPLY,
    MESSAGE,
    ACT,
    HIDE,
    DELETE,
    FREE,
)

#: A day of these is what X takes for one when it charges a post once.
ZONE = "UTC"

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(
            By.WEBHOOK,
            _ACTIVITY,
            "Direct replies to our posts; also polled. Replies to replies come when they name us.",
        ),
        "mentions": Receives(By.WEBHOOK, _ACTIVITY, f"Also polled ({_MENTIONS})."),
        "quotes": Receives(By.WEBHOOK, _ACTIVITY, "Polled only where they name us."),
        "messages": Receives(
            By.WEBHOOK,
            _ACTIVITY,
            f"Also polled, 30 days back ({_MESSAGES}). Encrypted chats cannot be read.",
        ),
        "reviews": Receives(By.NONE, _SPECIFICATION, "X has none."),
        "forms": Receives(By.NONE, _SPECIFICATION, "X has none."),
        "edits": Receives(
            By.POLL,
            _LOOKUP,
            "X tells nobody. An edit makes a new id, found when the item is looked up again.",
        ),
        "deletions": Receives(
            By.POLL, _LOOKUP, "X tells of our own only; others' are found by looking up again."
        ),
        "own_posts": Receives(By.WEBHOOK, _ACTIVITY, "Also polled."),
    },
    abilities={
        "reply_public": Ability(
            Can.CONDITIONS,
            _CHANGELOG,
            "Only to people who named us or quoted us; else a person has to answer in X.",
        ),
        "reply_private": Ability(
            Can.CONDITIONS, _SEND, "To people who wrote to us first, or take messages from all."
        ),
        "automatic_acknowledgement": Ability(
            Can.CONDITIONS,
            _AUTOMATION,
            "One for each time a person turned to us, from an account labelled “automated”.",
        ),
        "image": Ability(Can.YES, _MEDIA, "At most 4, each at most 5 MB, with alt text."),
        "video": Ability(Can.YES, _MEDIA, "One, at most 512 MB and 140 seconds."),
        "story": Ability(Can.NO, _SPECIFICATION, "X has none."),
        "hide": Ability(Can.CONDITIONS, _HIDE, "Replies in conversations that we began."),
        "unhide": Ability(Can.CONDITIONS, _HIDE, "Replies in conversations that we began."),
        "delete": Ability(Can.NO, _SPECIFICATION, "Only what the account wrote itself."),
        "block": Ability(
            Can.CONDITIONS,
            f"{_MUTE} {_DM_BLOCK}",
            "X takes no block from us. The person is muted and may not message us; they still see "
            "our posts and may reply. For a full block, block them in X.",
        ),
        "unblock": Ability(
            Can.CONDITIONS, f"{_MUTE} {_DM_BLOCK}", "Ends the mute and lets them message us."
        ),
        "report": Ability(Can.NO, _SPECIFICATION, "Report it in X."),
        "publish": Ability(Can.YES, _CREATE, "Text, images or one film."),
        "schedule": Ability(Can.NO, _SPECIFICATION, "X has none; the desk sends when it is due."),
        "idempotency_key": Ability(
            Can.NO, _CREATE, "Identical words are refused, and our own posts are read back."
        ),
    },
    text=TextLimit(MOST, "characters", _COUNTING),
    pictures=PictureLimit(
        MOST_IMAGES, MOST_BYTES["image"], ("image/jpeg", "image/png", "image/webp"), _MEDIA
    ),
    rate_limits=(
        "In 15 minutes, for each account: 100 posts, 15 messages, 50 hidden replies, 50 mutes, "
        "300 looks at mentions, 15 at messages. 10,000 posts a day for the app. "
        f"429 with x-rate-limit-reset. {_LIMITS}"
    ),
    cost=(
        "Pay per use: a post read $0.005, our own $0.001, a message read $0.010, a post $0.015, "
        f"with a link $0.200, a reply $0.010, a message $0.015. {_PRICES}"
    ),
    budgets=tuple(
        Budget(
            price.name,
            price.unit,
            0,
            ZONE,
            _PRICES,
            note=f"{price.micros / 1_000_000:.3f} US dollars each" if price.micros else "free",
        )
        for price in PRICES
    ),
)
