"""What people send from the pages by which work is shared out."""

from django import forms

from glede.desk.conversations.labels import LONGEST


class NewLabelForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=LONGEST, help_text="A word or two, such as “repairs”."
    )
    brand = forms.TypedChoiceField(label="For", coerce=int, empty_value=None, required=False)

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
            raise forms.ValidationError("A label needs a name.")
        return given
