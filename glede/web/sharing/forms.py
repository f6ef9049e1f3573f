"""What people send from the pages by which work is shared out."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.desk.conversations.labels import LONGEST
from glede.desk.sharing.rules import TO_WORDS, WAY_WORDS
from glede.kit.words import capitalised, say


class NewLabelForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST,
        help_text=gettext_lazy("A word or two, such as “repairs”."),
    )
    brand = forms.TypedChoiceField(
        label=gettext_lazy("For"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: object, brands: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["brand"].choices = brands  # type: ignore[attr-defined] # a choice field
        # Who may not make labels for every brand has to name one.
        self.fields["brand"].required = bool(brands) and brands[0][0] != ""


class ChangeLabelForm(forms.Form):
    act = forms.ChoiceField(choices=[(one, one) for one in ("rename", "archive", "back")])
    name = forms.CharField(max_length=100, required=False)

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("act") == "rename" and not given.get("name"):
            raise forms.ValidationError(gettext("A label needs a name."))
        return given


class RuleForm(forms.Form):
    """A rule: what it speaks of, and who gets it. An empty choice matches everything."""

    brand = forms.TypedChoiceField(
        label=gettext_lazy("Brand"), coerce=int, empty_value=None, required=False
    )
    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Said"),
        required=False,
        choices=[
            ("", gettext_lazy("In public or in private")),
            ("public", gettext_lazy("In public")),
            ("private", gettext_lazy("In private")),
        ],
    )
    language = forms.RegexField(
        r"^[A-Za-z]{2,3}$",
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Two or three letters, such as cy for Welsh."),
        error_messages={
            "invalid": gettext_lazy("A language is named by two or three letters, such as cy.")
        },
    )
    label = forms.TypedChoiceField(
        label=gettext_lazy("Label"), coerce=int, empty_value=None, required=False
    )
    phrases = forms.CharField(
        label=gettext_lazy("One of these in the first message"),
        required=False,
        max_length=1_000,
        help_text=gettext_lazy("Words or phrases between commas."),
    )
    to = forms.ChoiceField(
        label=gettext_lazy("Goes to"),
        choices=[(one.value, capitalised(words)) for one, words in TO_WORDS.items()],
    )
    person = forms.TypedChoiceField(
        label=gettext_lazy("Person"), coerce=int, empty_value=None, required=False
    )
    skill = forms.ChoiceField(label=gettext_lazy("Skill"), required=False)
    way = forms.ChoiceField(
        label=gettext_lazy("Of several"),
        choices=[(one.value, capitalised(words)) for one, words in WAY_WORDS.items()],
    )

    def __init__(
        self,
        *args: object,
        brands: list[tuple[str, str]],
        platforms: list[tuple[str, str]],
        labels: list[tuple[str, str]],
        people: list[tuple[str, str]],
        skills: list[str],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        for name, choices in (
            ("brand", [("", say("Every brand")), *brands]),
            ("platform", [("", say("Every platform")), *platforms]),
            ("label", [("", say("Any label or none")), *labels]),
            ("person", [("", say("Nobody by name")), *people]),
            ("skill", [("", say("No skill")), *((one, one) for one in skills)]),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined] # a choice field


class RuleActForm(forms.Form):
    act = forms.ChoiceField(choices=[(one, one) for one in ("up", "on", "off", "remove")])


class WorkerForm(forms.Form):
    """What somebody can do, and how much they are given by rule at most."""

    person = forms.IntegerField(min_value=1)
    skills = forms.CharField(required=False, max_length=300)
    most = forms.IntegerField(required=False, min_value=1, max_value=10_000)


class HandOverForm(forms.Form):
    to = forms.TypedChoiceField(label=gettext_lazy("To"), coerce=int)
    note = forms.CharField(
        label=gettext_lazy("What they need to know"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept as an internal note, never sent."),
    )
    keep = forms.BooleanField(
        label=gettext_lazy("I only ask: it stays where it is and waits for a colleague"),
        required=False,
    )

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["to"].choices = people  # type: ignore[attr-defined] # a choice field
