"""The small parts of every screen: icons, platform marks, brands, fields, times in words."""

import functools
import re
from datetime import datetime
from pathlib import Path

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from glede.kit import clock
from glede.kit.words import capitalised, lowered, say, spoken
from glede.platforms import registry

register = template.Library()


@register.simple_tag
@functools.cache
def icon(name: str, size: str = "") -> SafeString:
    """An icon beside words that say the same: hidden from a screen reader."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f"i {size}".strip(),
        static("glede/icons.svg"),
        name,
    )


@register.simple_tag
@functools.cache
def glyph(platform: str, label: str = "") -> SafeString:
    """A platform's letter mark; it says the platform's name. One that is no longer installed, or
    whose package brought a mark that is not on our sheet, has the mark of everything else."""
    known = registry.find(platform)
    mark = known.glyph if known is not None and known.glyph in _marks() else _OTHER
    return format_html(
        '<svg class="glyph" data-p="{}" role="img" aria-label="{}"><use href="{}#p-{}"/></svg>',
        mark,
        label or (known.name if known is not None else platform.capitalize()),
        static("glede/icons.svg"),
        mark,
    )


#: The mark of a platform that has none of its own.
_OTHER = "elsewhere"


@functools.cache
def _marks() -> frozenset[str]:
    sheet = Path(__file__).parents[1] / "static" / "glede" / "icons.svg"
    return frozenset(re.findall(r'id="p-([a-z0-9-]+)"', sheet.read_text(encoding="utf-8")))


@register.simple_tag
def brand_mark(slug: str, name: str) -> SafeString:
    """A brand's stripe and name, each of which is enough without the colour."""
    return format_html(
        '<span class="brand" data-brand="{}">'
        '<span class="stripe" aria-hidden="true"></span>{}</span>',
        slug,
        name,
    )


@register.filter
def said(value: str) -> str:
    """A value that is words (`Spoken` of kit/words.py), in the reader’s language."""
    return spoken(value) if value else ""


@register.filter
def capital(words: str) -> str:
    """With a capital first, in the reader's language: `capfirst` would leave a sentence English."""
    return capitalised(words)


@register.filter
def small(words: str) -> str:
    """Without one, for within a sentence; `lower` would leave a sentence English."""
    return lowered(words)


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime | None) -> SafeString:
    """The moment in words, machine-readable too; nothing for no moment."""
    if at is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        clock.when_words(at, _now(context), timezone.get_current_timezone()),
    )


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> SafeString:
    """How long since, in words, with the moment itself for the machine."""
    if at is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        say("%(time)s ago", time=clock.duration_words(_now(context) - at)),
    )


def _now(context: template.Context) -> datetime:
    shell = context.get("shell")
    return shell.now if shell is not None else clock.now()


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> dict[str, object]:
    """A labelled input with its hint and its errors; Django says to the reader which is whose."""
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": hint,
        # allauth repeats the label as a placeholder: a placeholder goes away, a label stays.
        "widget": bound.as_widget(attrs={"class": "input", "placeholder": False}),
    }
