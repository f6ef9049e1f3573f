"""What people send from the import screen, turned into values at the door."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from glede.rulebook.brands.rules import DAYS
from glede.rulebook.imports import typed
from glede.rulebook.imports.rules import HOURS, Act, Choice, Found

#: Longer than any answer or reason; longer words are cut by nobody, they are refused.
LONGEST = 5_000


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The policy"),
        allow_empty_file=True,
        max_length=255,
        error_messages={
            "required": gettext_lazy("Choose the file that holds the policy."),
            "max_length": gettext_lazy("The name of the file is too long: give it a shorter one."),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.pdf,.html,.htm,.md,.txt"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "For whoever looks at it later: “From the intranet, the version the board saw”."
        ),
        error_messages={"max_length": gettext_lazy("Say it in at most 500 letters.")},
    )


class DecideForm(forms.Form):
    """What is meant by the words depends on the item: see `choice`."""

    act = forms.ChoiceField(
        choices=[(one.value, one.value) for one in Act if one is not Act.UNDONE]
    )
    version = forms.IntegerField(min_value=0)
    clause = forms.CharField(required=False, max_length=100)
    quote = forms.CharField(required=False, max_length=LONGEST)
    reason = forms.CharField(required=False, max_length=LONGEST)


class VersionForm(forms.Form):
    number = forms.RegexField(
        r"^[\w.\- ]+$",
        label=gettext_lazy("Number of the version"),
        max_length=40,
        error_messages={
            "required": gettext_lazy("Give the version a number, such as 3 or 2.1."),
            "invalid": gettext_lazy(
                "Use digits, letters, dots and hyphens only, such as 3 or 2.1."
            ),
            "max_length": gettext_lazy("Give it a number of at most 40 letters and digits."),
        },
    )


def choice(form: DecideForm, post: QueryDict, found: Found) -> Choice:
    """Raises `NotUnderstoodError` with what to write."""
    given = form.cleaned_data
    act = Act(given["act"])
    value: Any = None
    if act in (Act.CORRECTED, Act.ANSWERED):
        if found.key == HOURS:
            value = typed.read_week({day: post.get(day, "") for day in DAYS})
        else:
            value = typed.read(found.kind, found.key, ", ".join(post.getlist("words")))
    return Choice(
        act=act,
        value=value,
        clause=given["clause"].strip(),
        quote=given["quote"].strip(),
        reason=given["reason"],
    )


def typed_words(post: QueryDict) -> Mapping[str, Any]:
    """What somebody typed, to be shown again with what was wrong about it."""
    return {
        "words": post.getlist("words"),
        "clause": post.get("clause", ""),
        "quote": post.get("quote", ""),
        "reason": post.get("reason", ""),
        "week": {day: post.get(day, "") for day in DAYS},
    }
