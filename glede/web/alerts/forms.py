"""What people choose on the pages of alerts."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.desk.alerts.actions_ways import LONGEST_ADDRESS, LONGEST_NAME
from glede.desk.alerts.rules import CHOSEN, WAY_WORDS, WORDS, Kind, Span, Way, Wishes
from glede.kit import clock
from glede.kit.words import say, shown
from glede.rulebook.brands import queries as brands

DAYS = clock.WEEKDAYS


class SeenForm(forms.Form):
    """One alert, or without a number all of them."""

    alert = forms.IntegerField(required=False, min_value=1)


class ServiceForm(forms.Form):
    """A service by its Apprise address, which is a secret."""

    name = forms.CharField(max_length=LONGEST_NAME, label=gettext_lazy("Name"))
    url = forms.CharField(max_length=LONGEST_ADDRESS, label=gettext_lazy("Apprise address"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "input", "autocomplete": "off", "spellcheck": "false"}


class ChannelForm(ServiceForm):
    """A team's channel: which kinds go there, and of which brand."""

    brand = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=gettext_lazy("Brand")
    )
    kinds = forms.TypedMultipleChoiceField(
        choices=[(kind.value, WORDS[kind]) for kind in WORDS],
        coerce=Kind,
        initial=[Kind.BREACH, Kind.URGENT],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("What goes there"),
        error_messages={"required": gettext_lazy("Choose what goes to this channel.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [(str(brand.pk), brand.name) for brand in brands.all_brands()]
        self.fields["brand"].choices = [("", say("Every brand")), *every]  # type: ignore[attr-defined]
        del self.fields["kinds"].widget.attrs["class"]


class PreferencesForm(forms.Form):
    """By which way each kind comes, and when nothing rings."""

    ways = forms.MultipleChoiceField(
        required=False,
        choices=[(f"{kind}:{way}", "") for kind in CHOSEN for way in Way],
    )
    quiet_on_duty = forms.BooleanField(required=False)
    only_on_duty = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in range(7):
            for end in ("from", "until"):
                self.fields[f"quiet-{day}-{end}"] = forms.TimeField(
                    required=False, input_formats=["%H:%M"]
                )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for day, name in enumerate(DAYS):
            begins, ends = given.get(f"quiet-{day}-from"), given.get(f"quiet-{day}-until")
            if (begins is None) != (ends is None):
                self.add_error(
                    None,
                    gettext("%(day)s: say from when until when, or leave both empty.")
                    % {"day": shown(name)},
                )
            elif begins is not None and begins == ends:
                self.add_error(
                    None,
                    gettext("%(day)s: a quiet time begins and ends at different times.")
                    % {"day": shown(name)},
                )
        return given

    def wishes(self) -> Wishes:
        """What was chosen, once it is valid."""
        given = self.cleaned_data
        ways: dict[Kind, set[Way]] = {kind: set() for kind in CHOSEN}
        for choice in given["ways"]:
            kind, _, way = choice.partition(":")
            ways[Kind(kind)].add(Way(way))
        return Wishes(
            ways={kind: frozenset(chosen) for kind, chosen in ways.items()},
            quiet=dict(self._quiet()),
            quiet_on_duty=given["quiet_on_duty"],
            only_on_duty=given["only_on_duty"],
        )

    def _quiet(self) -> Iterator[tuple[int, Span]]:
        for day in range(7):
            begins = self.cleaned_data[f"quiet-{day}-from"]
            ends = self.cleaned_data[f"quiet-{day}-until"]
            if isinstance(begins, time) and isinstance(ends, time):
                yield day, (begins, ends)


#: Columns of the table, in its order.
WAYS = tuple((way, WAY_WORDS[way]) for way in (Way.PUSH, Way.MAIL, Way.SERVICE))
