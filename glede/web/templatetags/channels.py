"""What other pages show of the channels: how long something lasted, and what has to be done."""

from datetime import timedelta

from django import template
from django.conf import settings

from glede.kit import clock
from glede.kit.words import say, say_many
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
    if names:
        return {
            "lapsed": say_many(
                "%(names)s has to be connected again. Replies wait.",
                "%(names)s have to be connected again. Replies wait.",
                len(names),
                names=", ".join(names),
            )
        }
    days = max(settings.GLEDE_TOKEN_ENDS_DAYS, default=0)
    names = accounts.ending_names(before=context["shell"].now + timedelta(days=days))
    if names:
        return {
            "ending": say(
                "Our access to %(names)s ends soon. Connect again before.", names=", ".join(names)
            )
        }
    return {}
