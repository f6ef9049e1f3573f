"""What Snapchat's Public Profile API lets a desk do, which is to publish, each with its source."""

from glede.platforms.contract import Ability, By, Can, Capabilities, Receives, TextLimit

_API = "https://developers.snap.com/api/marketing-api/Public-Profile-API"
_INTRODUCTION = f"{_API}/Introduction"
_ASSETS = f"{_API}/ProfileAssetManagement"

#: Of a spotlight's description, hashtags among them; of a saved story's title.
MOST_DESCRIPTION = 160
MOST_TITLE = 45
MOST_IMAGE_BYTES = 20 * 1024 * 1024
MOST_FILM_BYTES = 500 * 1024 * 1024
#: A part of an upload, and how many parts there may be.
PART_BYTES = 32 * 1024 * 1024
MOST_PARTS = 35

_SILENT = "No interface brings it; it is captured by hand with the time it was posted."
_APP_ONLY = "Only in Snapchat's own app; what is done there can be recorded with its proof."
_LISTED = "The app has to be allow-listed by Snapchat."


def _no(note: str) -> Ability:
    return Ability(Can.NO, _INTRODUCTION, note)


CAPABILITIES = Capabilities(
    receive={
        name: Receives(By.NONE, _INTRODUCTION, _SILENT)
        for name in (
            *("comments", "mentions", "quotes", "messages", "reviews", "forms"),
            *("edits", "deletions", "own_posts"),
        )
    },
    abilities={
        "reply_public": _no(_APP_ONLY),
        "reply_private": _no(_APP_ONLY),
        "automatic_acknowledgement": _no("Nothing comes in that could be acknowledged."),
        "image": Ability(
            Can.CONDITIONS, _ASSETS, f"One, as a story or saved story, at most 20 MB. {_LISTED}"
        ),
        "video": Ability(
            Can.CONDITIONS,
            _ASSETS,
            f"One MP4 of 5 to 60 seconds, at most 500 MB, also as a spotlight. {_LISTED}",
        ),
        "story": Ability(Can.CONDITIONS, _ASSETS, f"Stands for 24 hours. {_LISTED}"),
        "hide": _no(_APP_ONLY),
        "unhide": _no(_APP_ONLY),
        "delete": _no(_APP_ONLY),
        "block": _no(_APP_ONLY),
        "unblock": _no(_APP_ONLY),
        "report": _no(_APP_ONLY),
        "publish": Ability(
            Can.CONDITIONS, _ASSETS, f"Stories, saved stories and spotlights. {_LISTED}"
        ),
        "schedule": _no("Snapchat has none; the desk sends when it is due."),
        "idempotency_key": _no("None is documented; what was posted is read back."),
    },
    text=TextLimit(MOST_DESCRIPTION, "characters", _ASSETS),
    rate_limits=f"Not documented for publishing; a 429 is waited for. {_INTRODUCTION}",
)
