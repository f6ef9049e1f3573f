"""What other pages show of the channels: how long something lasted, and what has to be done."""

from datetime import timedelta

from django import template

from glede.kit import clock
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.people.rules import Permission, Viewer

register = template.Library()


@register.simple_tag
def lasted(duration: timedelta | None) -> str:
    return clock.duration_words(duration) if duration is not None else ""


@register.inclusion_tag("channels/banner.html", takes_context=True)
def channel_banner(context: template.Context) -> dict[str, object]:
    """Which accounts have to be connected again, for those who can do that."""
    viewer: Viewer | None = context["shell"].viewer
    if viewer is None or not viewer.may(Permission.MANAGE_ACCOUNTS):
        return {}
    names = accounts.lapsed_names()
    if not names:
        return {}
    has = "has" if len(names) == 1 else "have"
    return {"lapsed": f"{', '.join(names)} {has} to be connected again. Replies wait."}
