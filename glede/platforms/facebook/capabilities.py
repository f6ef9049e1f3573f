"""What Facebook's API lets a desk do with a Page and its Messenger, each with where it was read."""

from datetime import timedelta

from glede.platforms.contract import (
    Ability,
    By,
    Can,
    Capabilities,
    PictureLimit,
    Receives,
    TextLimit,
    Window,
)
from glede.platforms.graph.chats import A_PERSON, ANYBODY, PRIVATE_REPLY

_DOCS = "https://developers.facebook.com/docs"
_WEBHOOKS = f"{_DOCS}/graph-api/webhooks/reference/page"
_COMMENTS = f"{_DOCS}/graph-api/reference/object/comments"
_COMMENT = f"{_DOCS}/graph-api/reference/comment"
_FEED = f"{_DOCS}/pages-api/posts"
_RATINGS = f"{_DOCS}/graph-api/reference/page/ratings"
_PHOTOS = f"{_DOCS}/graph-api/reference/page/photos"
_BLOCKED = f"{_DOCS}/graph-api/reference/page/blocked"
_MESSENGER = f"{_DOCS}/messenger-platform"
_SEND = f"{_MESSENGER}/reference/send-api"
_POLICY = f"{_MESSENGER}/policy/policy-overview"
_PRIVATE = f"{_MESSENGER}/discovery/private-replies"
_EDITS = f"{_MESSENGER}/reference/webhook-events/message-edits"
_STORIES = f"{_DOCS}/page-stories-api"
_VIDEO = f"{_DOCS}/video-api/guides/publishing"
_LIMITS = f"{_DOCS}/graph-api/overview/rate-limiting"

#: Longest comment and post that Facebook takes (its help pages; the API's reference is silent).
LONGEST_COMMENT = 8_000
LONGEST_POST = 63_206
#: Longest message.text of the Send API.
LONGEST_MESSAGE = 2_000
#: Largest picture of a Page.
MOST_IMAGE_BYTES = 10 * 1024 * 1024
#: How far ahead Facebook itself shows a post (scheduled_publish_time).
EARLIEST = timedelta(minutes=10)
LATEST = timedelta(days=30)

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(By.WEBHOOK, _WEBHOOKS, "Also polled, under the newest 50 posts."),
        "mentions": Receives(By.WEBHOOK, _WEBHOOKS, "Also polled."),
        "quotes": Receives(By.NONE, _WEBHOOKS, "Facebook does not tell who shared a post."),
        "messages": Receives(By.WEBHOOK, _SEND, "Messenger; also polled."),
        "reviews": Receives(By.WEBHOOK, _RATINGS, "Recommendations; also polled."),
        "forms": Receives(By.NONE, _WEBHOOKS, "A Page has none for residents."),
        "edits": Receives(By.WEBHOOK, _EDITS, "Of comments and of messages."),
        "deletions": Receives(
            By.WEBHOOK, _WEBHOOKS, "Of comments and posts; a message unsent is not told of."
        ),
        "own_posts": Receives(By.WEBHOOK, _WEBHOOKS, "Also polled."),
    },
    abilities={
        "reply_public": Ability(Can.YES, _COMMENTS),
        "reply_private": Ability(
            Can.CONDITIONS,
            _PRIVATE,
            "A message within 24 hours of the person's last, by a person within 7 days; one "
            "private reply to a comment or post, within 7 days.",
        ),
        "automatic_acknowledgement": Ability(
            Can.CONDITIONS,
            _POLICY,
            "In Messenger within 24 hours of the person's last message. In public only where the "
            "account's setting automatic_public says yes. Never as the one private reply.",
        ),
        "image": Ability(Can.YES, _FEED, "One in a comment, several in a post; at most 10 MB."),
        "video": Ability(Can.CONDITIONS, _VIDEO, "Published or in a message, not in a comment."),
        "story": Ability(Can.CONDITIONS, _STORIES, "One picture or film without words beside it."),
        "hide": Ability(Can.YES, _COMMENT, "Its author and their friends still see it."),
        "unhide": Ability(Can.YES, _COMMENT),
        "delete": Ability(Can.CONDITIONS, _COMMENT, "Comments and posts; it cannot be undone."),
        "block": Ability(
            Can.CONDITIONS, _BLOCKED, "From the Page, or from its chat; where Facebook names them."
        ),
        "unblock": Ability(Can.CONDITIONS, _BLOCKED, "Where Facebook names them."),
        "report": Ability(Can.NO, _COMMENT, "Only a person can, in Facebook's own app."),
        "publish": Ability(Can.YES, _FEED, "Text, link, pictures, film, reel, story."),
        "schedule": Ability(Can.CONDITIONS, _FEED, "10 minutes to 30 days ahead; not stories."),
        "idempotency_key": Ability(Can.NO, _COMMENTS, "A lost answer is looked for by its words."),
    },
    pictures=PictureLimit(1, MOST_IMAGE_BYTES, ("image/jpeg", "image/png", "image/gif"), _PHOTOS),
    text=TextLimit(LONGEST_COMMENT, "characters", "https://www.facebook.com/help"),
    rate_limits=(
        "4,800 calls for each engaged user in 24 hours; Messenger: 200 for each, conversations 2 a "
        "second, private replies 750 an hour. Told in X-App-Usage and X-Business-Use-Case-Usage, "
        f"refused with codes 4, 17, 32, 613, 80001 and 80006. {_LIMITS}"
    ),
    windows=(
        Window("answer in Messenger", ANYBODY, _POLICY, automatic=True),
        Window(
            "a person's answer in Messenger",
            A_PERSON,
            _POLICY,
            note="With the tag HUMAN_AGENT, which Meta grants to the app after a review.",
        ),
        Window("private reply to a comment or post", PRIVATE_REPLY, _PRIVATE, once=True),
    ),
)
