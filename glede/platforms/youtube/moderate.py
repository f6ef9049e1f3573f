"""Holds comments for review, shows them again, rejects them for good, and hides their authors."""

from datetime import datetime

from glede.platforms.contract import Act, Gone, Moderation, Refused
from glede.platforms.youtube import names
from glede.platforms.youtube.api import Api


def moderate(api: Api, us: str, moderation: Moderation, *, now: datetime) -> None:
    """Each of these may be done again, so a lost answer costs nothing but its units."""
    match moderation.act:
        case Act.HIDE:
            _set(api, moderation, "heldForReview", now=now)
        case Act.UNHIDE:
            _set(api, moderation, "published", now=now)
        case Act.DELETE if moderation.author == us:
            _remove(api, moderation, now=now)
        case Act.DELETE:
            _set(api, moderation, "rejected", now=now)
        case Act.BLOCK:
            if moderation.author == us:
                raise Refused("The channel cannot be hidden from itself.")
            _set(api, moderation, "rejected", ban=True, now=now)
        case Act.UNBLOCK:
            raise Refused("YouTube lets a person be seen again only in YouTube Studio.")
        case Act.REPORT:
            raise Refused("YouTube takes no report from a program. Report it in YouTube.")


def _set(
    api: Api, moderation: Moderation, status: str, *, ban: bool = False, now: datetime
) -> None:
    more = {"banAuthor": True} if ban else {}
    call = api.service.comments().setModerationStatus(
        id=_comment(moderation), moderationStatus=status, **more
    )
    api.write(call, now=now)


def _remove(api: Api, moderation: Moderation, *, now: datetime) -> None:
    """Our own comment. What is not there is deleted."""
    try:
        api.write(api.service.comments().delete(id=_comment(moderation)), now=now)
    except Gone:
        return


def _comment(moderation: Moderation) -> str:
    if not names.is_comment(moderation.native_id):
        raise Refused("YouTube lets us do that with comments only; name one of theirs.")
    return moderation.native_id
