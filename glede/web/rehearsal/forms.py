"""What shall be played again: which version, how many days, with which opening hours."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.desk.insight import period as periods
from glede.desk.insight.replay import HoursFrom
from glede.flow.rehearsing import Wanted
from glede.kit.hours import HoursError
from glede.kit.words import say, told
from glede.rulebook.brands.rules import ASSUMED_WEEK, DAYS, week

_LONGEST_DAYS = 366
_SPAN = re.compile(r"(\d{1,2}:\d\d)\s*(?:-|–|to)\s*(\d{1,2}:\d\d)")

HOURS = (
    (HoursFrom.RECEIPT.value, say("As they were when each enquiry came")),
    (HoursFrom.VERSION.value, say("As the version states them")),
    (HoursFrom.DRAFTED.value, say("These:")),
)


class RehearsalForm(forms.Form):
    """`versions` and `brands` are (id, label) of what this person may choose."""

    version = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    days = forms.IntegerField(
        min_value=1,
        max_value=_LONGEST_DAYS,
        initial=90,
        label=gettext_lazy("Days of past traffic"),
        error_messages={
            "min_value": gettext_lazy("Choose at least one day."),
            "max_value": gettext_lazy("Choose %(limit_value)s days at most."),
            "invalid": gettext_lazy("Give a whole number of days, such as 90."),
            "required": gettext_lazy("Say how many days, such as 90."),
        },
    )
    hours_from = forms.ChoiceField(
        choices=HOURS, initial=HoursFrom.RECEIPT.value, label=gettext_lazy("Opening hours")
    )
    brand = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    closed_on_bank_holidays = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Closed on bank holidays")
    )

    def __init__(
        self,
        *args: Any,
        versions: list[tuple[int, str]],
        brands: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        version, brand = self.fields["version"], self.fields["brand"]
        version.choices = [("", say("The version in force at receipt")), *versions]  # type: ignore[attr-defined]
        version.label = say("Version of the policy")
        brand.choices = [("", say("Every brand")), *brands]  # type: ignore[attr-defined]
        brand.label = say("For")
        for day in DAYS:
            self.fields[day] = forms.CharField(
                required=False,
                max_length=200,
                label=gettext_lazy(day.capitalize()),
                initial=", ".join(f"{a} to {b}" for a, b in ASSUMED_WEEK.get(day, ())),
            )

    @property
    def days_of_week(self) -> list[forms.BoundField]:
        return [self[day] for day in DAYS]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("hours_from") != HoursFrom.DRAFTED:
            if given.get("hours_from") == HoursFrom.VERSION and given.get("version") is None:
                self.add_error(
                    "version", gettext("Choose the version whose opening hours are meant.")
                )
            return given
        drafted = {}
        for day in DAYS:
            try:
                drafted[day] = _spans(given.get(day, ""))
                week({day: drafted[day]})
            except HoursError as error:
                self.add_error(day, told(error))
        given["week"] = drafted
        return given

    def wanted(self, *, now: datetime) -> Wanted:
        given = self.cleaned_data
        hours_from = HoursFrom(given["hours_from"])
        hours = None
        if hours_from is HoursFrom.DRAFTED:
            hours = {
                "brand": given["brand"],
                "week": given["week"],
                "closed_on_bank_holidays": given["closed_on_bank_holidays"],
            }
        period = periods.last_days(given["days"], now=now)
        return Wanted(period, given["version"], hours_from, hours)


def _spans(text: str) -> list[list[str]]:
    """“09:00 to 12:30, 13:30 to 17:00”; nothing is closed. Raises `HoursError`."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = _SPAN.fullmatch(part)
        if span is None:
            raise HoursError(
                say("“%(part)s” is no stretch of time; write 09:00 to 17:30.", part=part)
            )
        found.append([time.rjust(5, "0") for time in span.groups()])
    return found
