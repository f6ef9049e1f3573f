"""The due chip: drawn fifty times on a page, so in one step instead of twenty."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from glede.kit.words import say
from glede.web.inbox.words import Chip
from glede.web.templatetags.look import icon

register = template.Library()

#: Said once for fifty chips.
_WHY = say(", why")
_ICONS = {"late": "warn", "promised": "flag", "done": "check", "waiting": "dots", "none": "dots"}


@register.simple_tag
def due_chip(of: Chip, url: str, why_url: str, big: str = "") -> SafeString:
    """Time left and due time, in words; a link to its sum, which a script opens in place."""
    return format_html(
        '<a class="due {}{}" href="{}#why"{} data-why="{}" aria-haspopup="dialog">{}<b>{}</b>{}'
        '<span class="vh">{}</span></a>',
        of.state,
        big and f" {big}",
        url,
        _ticks(of),
        why_url,
        _drawn(of),
        of.words,
        of.at and _at(of),
        _WHY,
    )


def _at(of: Chip) -> SafeString:
    # A row of the list says below what is due: in the chip it would take the room of the name.
    what = of.what and format_html('<span class="what">{} </span>', of.what)
    return format_html('<span class="at"> · {}{}</span>', what, of.at)


def _ticks(of: Chip) -> SafeString:
    if not of.due:
        return SafeString("")
    return format_html(' data-due="{}" data-since="{}"', of.due, of.since)


def _drawn(of: Chip) -> SafeString:
    if of.state in _ICONS:
        return icon(_ICONS[of.state], "s")
    return format_html(
        '<svg class="pie" viewBox="0 0 12 12" aria-hidden="true">'
        '<circle class="full" cx="6" cy="6" r="5.2"/>'
        '<circle class="left" cx="6" cy="6" r="2.5" pathLength="100" stroke-dasharray="{} 100"/>'
        "</svg>",
        of.share,
    )
