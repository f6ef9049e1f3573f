"""What people send from the inbox, turned into values at the door."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.desk.conversations.rules import NotNeeded
from glede.desk.moderation.rules import Reason
from glede.desk.outbox.rules import BECAUSE_WORDS
from glede.desk.presence.rules import Doing
from glede.desk.replies.closing import NoLine
from glede.desk.replies.rules import Anyway
from glede.flow.guard import INVITES
from glede.kit.words import say

#: Longer than any platform takes; the platform's own limit is checked where it is known.
LONGEST = 100_000
_LONGEST_TOKEN = 80


class AnyOf(forms.MultipleChoiceField):
    """What was confirmed, by name; a name that nothing asks for confirms nothing."""

    def valid_value(self, value: str) -> bool:
        return len(value) <= _LONGEST_TOKEN


class SayForm(forms.Form):
    """The composer: a reply with what to do after it, or a note."""

    AFTER: ClassVar = ["", "next", "resolve", "resolve-next", "picture", "texts", "invite"]

    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    then = forms.ChoiceField(choices=[(one, one) for one in AFTER], required=False)
    text = forms.CharField(required=False, max_length=LONGEST, strip=False)
    note = forms.CharField(required=False, max_length=LONGEST, strip=False)
    seen = forms.IntegerField(min_value=0)
    confirmed = AnyOf(required=False)
    #: Why what the checks found goes out all the same.
    anyway = forms.ChoiceField(
        choices=[("", ""), *((one.value, one) for one in Anyway)], required=False
    )
    #: The colleague who is asked for a second yes; nobody in particular where it is empty.
    ask = forms.IntegerField(min_value=1, required=False)
    #: The planned timescale that these words tell.
    tells = forms.IntegerField(min_value=1, required=False)
    #: Where it goes: "" where they wrote last, "public", or a reason to answer in private.
    where = forms.ChoiceField(
        choices=[
            ("", ""),
            ("public", gettext_lazy("public")),
            *((one.value, one) for one in BECAUSE_WORDS),
            *((f"{INVITES}{one.value}", one) for one in BECAUSE_WORDS),
        ],
        required=False,
    )
    #: A picture to go with it, its description, or one to take out again.
    picture = forms.FileField(required=False, allow_empty_file=True)
    alt = forms.CharField(required=False, max_length=1_000)
    drop = forms.IntegerField(min_value=1, required=False)
    #: What is said in public once a private answer stands.
    line = forms.CharField(required=False, max_length=LONGEST)


class CheckForm(forms.Form):
    """What stands in the box, to be looked at."""

    text = forms.CharField(required=False, max_length=LONGEST, strip=False)
    where = forms.CharField(required=False, max_length=40)
    line = forms.CharField(required=False, max_length=LONGEST)


class ClosingForm(forms.Form):
    """The public closing line: sent, or declined with a reason, or asked for again."""

    closing = forms.IntegerField(min_value=1)
    do = forms.ChoiceField(choices=[(one, one) for one in ("send", "decline", "undo")])
    line = forms.CharField(required=False, max_length=LONGEST, strip=False)
    why = forms.ChoiceField(
        choices=[("", ""), *((one.value, one) for one in NoLine)], required=False
    )
    seen = forms.IntegerField(min_value=0, required=False)
    confirmed = AnyOf(required=False)
    anyway = forms.ChoiceField(
        choices=[("", ""), *((one.value, one) for one in Anyway)], required=False
    )


class SecondForm(forms.Form):
    """A second person's answer about a reply, and up to which revision they have read."""

    do = forms.ChoiceField(choices=[("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))])
    why = forms.CharField(required=False, max_length=300)
    seen = forms.IntegerField(min_value=0)


class DraftForm(forms.Form):
    mode = forms.ChoiceField(choices=[("reply", "reply"), ("note", "note")])
    text = forms.CharField(required=False, max_length=LONGEST, strip=False)
    where = forms.CharField(required=False, max_length=40)
    line = forms.CharField(required=False, max_length=LONGEST)
    #: Which window it is, and when what it began with was saved.
    tab = forms.CharField(required=False, max_length=40)
    base = forms.CharField(required=False, max_length=40)

    def clean_base(self) -> datetime | None:
        given = self.cleaned_data["base"]
        try:
            base = datetime.fromisoformat(given) if given else None
        except ValueError:
            base = None
        return base if base and base.tzinfo else None


class ReadForm(forms.Form):
    """Up to which revision somebody has read, and of when the page is that they read."""

    revision = forms.IntegerField(min_value=0)
    at = forms.DateTimeField(required=False)


class ScreenForm(forms.Form):
    """An open screen, by the name its page drew for it, and how many times it spoke."""

    screen = forms.RegexField(r"^[0-9a-f-]{8,36}$")
    number = forms.IntegerField(min_value=1, max_value=2**53)


class PresenceForm(ScreenForm):
    doing = forms.ChoiceField(choices=[(one.value, one.value) for one in Doing])


class AssignForm(forms.Form):
    """`me`, `nobody`, or a colleague's id."""

    to = forms.RegexField(r"^(me|nobody|[0-9]{1,18})$")


class TimescaleForm(forms.Form):
    """What will be done, by when and by whom."""

    what = forms.CharField(
        label=gettext_lazy("What will be done"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
        help_text=gettext_lazy("As you would tell the resident."),
    )
    on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    person = forms.TypedChoiceField(label=gettext_lazy("Who sees to it"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("Why the date moves"), max_length=300, required=False
    )
    told = forms.ChoiceField(
        label=gettext_lazy("Do they know?"),
        choices=[
            ("reply", gettext_lazy("My next reply tells them")),
            ("already", gettext_lazy("I have told them already, by telephone or at the door")),
        ],
        initial="reply",
        widget=forms.RadioSelect,
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("I know that nobody works then, and mean this date"), required=False
    )

    def __init__(
        self, *args: object, people: list[tuple[int, str]], moves: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["person"].choices = people  # type: ignore[attr-defined] # a choice field
        if not moves:
            self.fields["reason"].widget = forms.HiddenInput()


class NoReplyForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why no reply is needed"),
        choices=[(one.value, one.says.capitalised()) for one in NotNeeded],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Needed for another reason."),
    )


class ModerateForm(forms.Form):
    """An act on what a resident wrote, and why."""

    act = forms.ChoiceField(label=gettext_lazy("What to do"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[
            ("", gettext_lazy("Choose a reason")),
            *((one.value, one.says.capitalised()) for one in Reason),
        ],
    )
    words = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What stands there that calls for it. Kept with the evidence."),
    )
    until = forms.DateField(
        label=gettext_lazy("A block ends after"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("It is lifted by itself on the day after."),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I know that it cannot be taken back"), required=False
    )

    def __init__(self, *args: object, acts: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["act"].choices = acts  # type: ignore[attr-defined] # a choice field


class TextForm(forms.Form):
    """A brand's automatic acknowledgement."""

    text = forms.CharField(
        label=gettext_lazy("What it says"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    emergency_number = forms.RegexField(
        r"^[0-9 +()]{0,30}$",
        label=gettext_lazy("Emergency number out of hours"),
        required=False,
        error_messages={"invalid": gettext_lazy("A number to ring has digits and spaces only.")},
    )


class LabelForm(forms.Form):
    """The name of a label to put on, or the number of one to take off."""

    on = forms.CharField(required=False, max_length=100)
    off = forms.IntegerField(required=False, min_value=1)


class SnoozeForm(forms.Form):
    """Until when: one of the desk's choices, a chosen wall time, or `now` to bring it back."""

    until = forms.ChoiceField(
        choices=[(one, one) for one in ("later", "opening", "monday", "chosen", "now")]
    )
    on = forms.DateField(required=False)
    at = forms.TimeField(required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("until") == "chosen" and not (given.get("on") and given.get("at")):
            raise forms.ValidationError(gettext("Choose a day and a time."))
        return given


class BulkForm(SnoozeForm):
    """What one act on many needs to know; only the fields of that act are shown."""

    to = forms.ChoiceField(required=False)
    label = forms.ChoiceField(required=False)
    reason = forms.ChoiceField(
        required=False, choices=[(one.value, one.says.capitalised()) for one in NotNeeded]
    )
    words = forms.CharField(required=False, max_length=300)

    def __init__(
        self,
        *args: object,
        people: list[tuple[str, str]],
        labels: list[tuple[str, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["until"].required = False
        to = [("me", say("Me")), *people, ("nobody", say("Nobody: no owner"))]
        self.fields["to"].choices = to  # type: ignore[attr-defined] # a choice field
        self.fields["label"].choices = labels  # type: ignore[attr-defined] # a choice field
