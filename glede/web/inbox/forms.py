"""What people send from the inbox, turned into values at the door."""

from typing import ClassVar

from django import forms

#: Longer than any platform takes; the platform's own limit is checked where it is known.
LONGEST = 100_000


class SayForm(forms.Form):
    """The composer: a reply with what to do after it, or a note."""

    AFTER: ClassVar = ["", "next", "resolve", "resolve-next"]

    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    then = forms.ChoiceField(choices=[(one, one) for one in AFTER], required=False)
    text = forms.CharField(required=False, max_length=LONGEST, strip=False)
    note = forms.CharField(required=False, max_length=LONGEST, strip=False)
    seen = forms.IntegerField(min_value=0)
    confirmed = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: object, findings: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["confirmed"].choices = [(one, one) for one in findings]  # type: ignore[attr-defined] # a choice field


class DraftForm(forms.Form):
    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    text = forms.CharField(required=False, max_length=LONGEST, strip=False)


class ReadForm(forms.Form):
    revision = forms.IntegerField(min_value=0)


class AssignForm(forms.Form):
    """`me`, `nobody`, or a colleague's id."""

    to = forms.RegexField(r"^(me|nobody|[0-9]{1,18})$")
