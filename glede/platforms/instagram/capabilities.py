"""What Instagram's API lets a desk do with a professional account, each with where it was read."""

from glede.platforms.contract import (
    Ability,
    Budget,
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
_WEBHOOKS = f"{_DOCS}/instagram-platform/webhooks"
_MODERATION = f"{_DOCS}/instagram-platform/comment-moderation"
_COMMENT = f"{_DOCS}/instagram-platform/instagram-graph-api/reference/ig-comment"
_MENTIONS = f"{_DOCS}/instagram-platform/instagram-graph-api/reference/ig-user/mentions"
_PUBLISHING = f"{_DOCS}/instagram-platform/content-publishing"
_CONTAINER = f"{_DOCS}/instagram-platform/instagram-graph-api/reference/ig-container"
_MESSAGES = f"{_DOCS}/messenger-platform/instagram"
_PRIVATE = f"{_MESSAGES}/features/private-replies"
_BLOCK = f"{_MESSAGES}/features/moderate-conversations"
_POLICY = f"{_DOCS}/messenger-platform/policy/policy-overview"
_LIMITS = f"{_DOCS}/graph-api/overview/rate-limiting"

#: Longest text of a message in bytes, by which comments are held too: the shortest limit stated.
LONGEST_TEXT = 1_000
#: Longest caption (reference of the edge /media).
LONGEST_CAPTION = 2_200
#: A carousel has so many pictures and films.
FEWEST_TOGETHER, MOST_TOGETHER = 2, 10
#: image_url: JPEG of at most 8 MB.
MOST_IMAGE_BYTES = 8 * 1024 * 1024
#: Published through the API in 24 hours; the account's own figure is asked for before publishing.
MOST_PUBLISHED = 100
PUBLISHED = "published"

CAPABILITIES = Capabilities(
    receive={
        "comments": Receives(
            By.WEBHOOK, _WEBHOOKS, "Also on live films. Also polled, under the newest 25 posts."
        ),
        "mentions": Receives(
            By.WEBHOOK, _MENTIONS, "Tags are also polled. A call says only that there is one."
        ),
        "quotes": Receives(By.NONE, _WEBHOOKS, "Instagram has none."),
        "messages": Receives(By.WEBHOOK, _MESSAGES, "Also answers to stories. Also polled."),
        "reviews": Receives(By.NONE, _WEBHOOKS, "Instagram has none."),
        "forms": Receives(By.NONE, _WEBHOOKS, "Instagram has none."),
        "edits": Receives(By.POLL, _WEBHOOKS, "No call tells of them: two polls are compared."),
        "deletions": Receives(
            By.POLL, _WEBHOOKS, "Two polls are compared. A message unsent is told by a call."
        ),
        "own_posts": Receives(By.POLL, _PUBLISHING),
    },
    abilities={
        "reply_public": Ability(Can.YES, _MODERATION),
        "reply_private": Ability(
            Can.CONDITIONS,
            _PRIVATE,
            "A message within 24 hours of the person's last, by a person within 7 days; one "
            "private reply to a comment, within 7 days (on a live film only while it runs).",
        ),
        "automatic_acknowledgement": Ability(
            Can.CONDITIONS,
            _POLICY,
            "In a chat within 24 hours of the person's last message. In public only where the "
            "account's setting automatic_public says yes. Never as the one private reply.",
        ),
        "image": Ability(
            Can.CONDITIONS, _PUBLISHING, "Published (JPEG, 8 MB) or in a message, not in a comment."
        ),
        "video": Ability(Can.CONDITIONS, _PUBLISHING, "Published or in a message."),
        "story": Ability(Can.CONDITIONS, _PUBLISHING, "One picture or film without words."),
        "hide": Ability(Can.YES, _MODERATION, "Its author still sees it."),
        "unhide": Ability(Can.YES, _MODERATION),
        "delete": Ability(Can.CONDITIONS, _COMMENT, "Comments; it cannot be undone."),
        "block": Ability(Can.CONDITIONS, _BLOCK, "Only somebody who has written to us in private."),
        "unblock": Ability(Can.CONDITIONS, _BLOCK, "Only somebody who was blocked in a chat."),
        "report": Ability(Can.NO, _MODERATION, "Only a person can, in Instagram's own app."),
        "publish": Ability(
            Can.CONDITIONS,
            _CONTAINER,
            "A picture, several, a reel or a story; never words alone, and no links.",
        ),
        "schedule": Ability(Can.NO, _PUBLISHING, "The desk publishes when it is due."),
        "idempotency_key": Ability(Can.NO, _COMMENT, "A lost answer is looked for by its words."),
    },
    # In a message; a comment takes none, and is refused with one.
    pictures=PictureLimit(1, MOST_IMAGE_BYTES, ("image/jpeg", "image/png"), _MESSAGES),
    text=TextLimit(LONGEST_TEXT, "characters", _MESSAGES),
    rate_limits=(
        "4,800 calls for each impression in 24 hours; conversations 2 a second, private replies "
        "750 an hour. Told in X-App-Usage and X-Business-Use-Case-Usage, refused with codes 4, "
        f"17, 613 and 80002. {_LIMITS}"
    ),
    windows=(
        Window("answer in a chat", ANYBODY, _POLICY, automatic=True),
        Window(
            "a person's answer in a chat",
            A_PERSON,
            _POLICY,
            note="With the tag HUMAN_AGENT, which Meta grants to the app after a review.",
        ),
        Window("private reply to a comment", PRIVATE_REPLY, _PRIVATE, once=True),
    ),
    budgets=(
        Budget(
            PUBLISHED,
            "posts",
            MOST_PUBLISHED,
            "UTC",
            _PUBLISHING,
            "Instagram counts 24 hours back from now, not days; its own figure decides.",
        ),
    ),
)
