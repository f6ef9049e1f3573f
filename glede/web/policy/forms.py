"""What people type on the pages of the policy."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from glede.kit.words import say
from glede.rulebook.policy.reviewing import CHECKLIST


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=_Day(), **more)


def _words(rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=4_000, **more)


class ReasonForm(forms.Form):
    because = _words(
        label=say("What has to change"),
        error_messages={"required": gettext_lazy("Say what has to change before it comes back.")},
    )


class RewordForm(forms.Form):
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
        label=gettext_lazy("Words of the clause"),
    )


class ApprovalForm(forms.Form):
    """The decision of a body about a version."""

    body = forms.CharField(
        label=gettext_lazy("Body that decided"),
        max_length=200,
        help_text=gettext_lazy("Such as Executive Management Team, or the Board."),
    )
    decided_on = _day(label=say("Day of the decision"))
    minute_reference = forms.CharField(
        label=gettext_lazy("Reference of the minute"),
        max_length=200,
        help_text=gettext_lazy("Such as EMT 2026/11, item 7."),
    )
    effective_at = forms.DateTimeField(
        label=gettext_lazy("In force from"),
        widget=_Moment(),
        required=False,
        help_text=gettext_lazy(
            "Local time. Left empty: from the moment a second person confirms it."
        ),
    )
    attachment = forms.FileField(
        label=gettext_lazy("The minute"),
        required=False,
        help_text=gettext_lazy("PDF, Word, PNG or JPEG, 10 MB at most."),
    )
    unattached_because = forms.CharField(
        label=gettext_lazy("Or why there is none to attach"), max_length=500, required=False
    )


class StartReviewForm(forms.Form):
    interim = forms.BooleanField(required=False)
    because = _words(label=say("Why before its time"), required=False)


class ReviewForm(forms.Form):
    """One line for each thing to look at, then the decision."""

    decision = forms.ChoiceField(
        choices=[
            ("keep", "keep"),
            ("change", "change"),
            ("no change", "no change"),
        ]
    )
    reasons = _words(3, label=say("Reasons"), required=False)
    next_due_on = _day(label=say("Look at it again by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, words in CHECKLIST:
            self.fields[f"check_{key}"] = _words(1, label=words, required=False)

    def checked(self) -> dict[str, str]:
        return {key: self.cleaned_data[f"check_{key}"] for key, _ in CHECKLIST}

    @property
    def lines(self) -> list[forms.BoundField]:
        return [self[f"check_{key}"] for key, _ in CHECKLIST]


class OfficeForm(forms.Form):
    office = forms.CharField(label=gettext_lazy("Name of the office"), max_length=120)
    falls_to = forms.TypedChoiceField(
        label=gettext_lazy("Falls to"), coerce=int, empty_value=None, required=False,
        help_text=gettext_lazy("The office that is told when nobody in this one can act."),
    )  # fmt: skip

    def __init__(self, *args: Any, offices: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[Any, str]] = [("", say("nobody")), *offices]
        self.fields["falls_to"].choices = choices  # type: ignore[attr-defined]


class _PeopleForm(forms.Form):
    person = forms.TypedChoiceField(label=gettext_lazy("Person"), coerce=int)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = list(people)  # type: ignore[attr-defined]


class AppointForm(_PeopleForm):
    part = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[("holder", gettext_lazy("holder")), ("deputy", gettext_lazy("deputy"))],
        initial="holder",
    )
    from_on = _day(label=say("From"))
    until_on = _day(label=say("Until, not including"), required=False)


class AbsenceForm(_PeopleForm):
    from_on = _day(label=say("First day away"))
    until_on = _day(label=say("Back on"))


class EndForm(forms.Form):
    until_on = _day(label=say("Ends on"))


class RelatedForm(forms.Form):
    title = forms.CharField(label=say("Title"), max_length=200)
    owner = forms.CharField(label=gettext_lazy("Owner"), max_length=200, required=False)
    edition = forms.CharField(label=gettext_lazy("Version"), max_length=40, required=False)
    location = forms.CharField(
        label=gettext_lazy("Where it is"), max_length=1_000, required=False,
        help_text=gettext_lazy("A link, or the shelf it stands on."),
    )  # fmt: skip
    review_due_on = _day(label=say("Its own review is due"), required=False)


class LawForm(forms.Form):
    written = forms.CharField(label=gettext_lazy("As written in the policy"), max_length=300)
    now = forms.CharField(
        label=gettext_lazy("As it is now"), max_length=300, required=False,
        help_text=gettext_lazy("Left empty: still called so, and in force."),
    )  # fmt: skip
    guidance = forms.BooleanField(label=gettext_lazy("Guidance, not law"), required=False)
    note = _words(label=say("Note"), required=False)
