"""What a website of ours lets the desk do; each line with where that was read."""

from glede.platforms.contract import Ability, By, Can, Capabilities, Receives, TextLimit

_OURS = "our own form, widget and page (glede/web/visitor)"
_HOOK = "our signed hook (glede/platforms/website/README.md)"

#: Longest message of a visitor and longest answer: a page has no limit of its own, so this is ours.
LONGEST_TEXT = 8_000
#: Longest name, e-mail address and page address; an address may have 254 characters (RFC 5321).
LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_PAGE = 2_000

_NO_PUBLIC = "a website's conversation is between the visitor and us"


def _none(note: str) -> Receives:
    return Receives(By.NONE, _OURS, note)


def _no(note: str) -> Ability:
    return Ability(Can.NO, _OURS, note)


CAPABILITIES = Capabilities(
    receive={
        "forms": Receives(By.WEBHOOK, _OURS, "posted to the door by the form"),
        "messages": Receives(By.WEBHOOK, _HOOK, "message.created"),
        "edits": Receives(By.WEBHOOK, _HOOK, "message.edited; a form has no edits"),
        "deletions": Receives(By.WEBHOOK, _HOOK, "message.deleted; a form has no deletions"),
        "comments": _none(_NO_PUBLIC),
        "mentions": _none(_NO_PUBLIC),
        "quotes": _none(_NO_PUBLIC),
        "reviews": _none("nobody can leave a review"),
        "own_posts": _none("every answer is written on the desk"),
    },
    abilities={
        "reply_public": _no(_NO_PUBLIC),
        "reply_private": Ability(Can.YES, _OURS, "no window, no count"),
        "automatic_acknowledgement": Ability(Can.YES, _OURS),
        "image": _no("the page shows words only"),
        "video": _no("the page shows words only"),
        "story": _no("a website has none"),
        "hide": _no("nobody but the visitor and we can see it"),
        "unhide": _no("nothing can be hidden"),
        "delete": _no("what a visitor wrote is theirs"),
        "block": _no("a visitor has no account; the form limits how often it is used"),
        "unblock": _no("nobody can be blocked"),
        "report": _no("there is nobody to report a visitor to"),
        "publish": _no("a website's pages are not the desk's"),
        "schedule": _no("a website's pages are not the desk's"),
        "idempotency_key": Ability(Can.YES, _OURS, "one page, and one Message-ID for every try"),
    },
    text=TextLimit(LONGEST_TEXT, "characters", "ours: a page has no limit"),
    rate_limits="out: none; in: the form counts by address and by site (README.md)",
)
