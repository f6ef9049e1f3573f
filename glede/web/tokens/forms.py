"""What a token is for, whose rights bound it, and how long it lasts."""

from collections.abc import Sequence

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from glede.kit.words import say
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import rules
from glede.rulebook.tokens.rules import Kind

#: Each thing a token may do, in words.
WORDS = {
    Permission.READ_POLICY: say("Read the policy, its rules and deadlines"),
    Permission.DRAFT_POLICY: say("Try how a document would be read; nothing is kept"),
    Permission.READ_FIGURES: say("Read figures and the rows behind them"),
    Permission.READ_CONVERSATIONS: say("Read conversations, people, the rota, and search"),
    Permission.WORK_CONVERSATIONS: say("Work on conversations: assign, note, resolve"),
    Permission.MANAGE_LABELS: say("Make labels, rename and archive them"),
    Permission.SHARE_WORK: say("Change the rules by which work is shared out"),
    Permission.MANAGE_ROTA: say("Change the rota and who is away"),
    Permission.READ_INTAKE: say("Read accounts and how they are"),
    Permission.MANAGE_TOKENS: say("Manage webhooks"),
    Permission.REPLY: say("Reply, under the person’s own name"),
    Permission.MODERATE: say("Hide, show again, report"),
    Permission.RESTRICT: say("Delete, block, lift a block"),
    Permission.HANDLE_ALERTS: say("Read the person’s alerts, take them, and choose how they come"),
    Permission.MANAGE_TEXTS: say("Change a brand’s texts and what it says by itself"),
}
KINDS = {
    Kind.PROGRAM: say("A program’s. It sends and moderates nothing"),
    Kind.PERSON: say("The person’s own. It may also reply and moderate, under their name"),
}


class TokenForm(forms.Form):
    """`people` and `brands` are what may be chosen, as (id, name)."""

    use_required_attribute = True

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        help_text=gettext_lazy("Such as “Board report, monthly”."),
    )
    person = forms.TypedChoiceField(
        label=gettext_lazy("Acts for"),
        coerce=int,
        help_text=gettext_lazy(
            "It may never do more than this person may. Only they are shown the secret."
        ),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Whose token it is"),
        choices=[(one.value, words) for one, words in KINDS.items()],
        initial=Kind.PROGRAM.value,
        widget=forms.RadioSelect,
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(one.value, WORDS[one]) for one in rules.OFFERED],
        widget=forms.CheckboxSelectMultiple,
    )
    brands = forms.TypedMultipleChoiceField(
        label=gettext_lazy("For which brands"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: every brand the person may see."),
    )
    days = forms.IntegerField(label=gettext_lazy("Days it lasts"), min_value=1)

    def __init__(
        self,
        *args: object,
        people: Sequence[tuple[int, str]],
        brands: Sequence[tuple[int, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django's own
        self.fields["person"].choices = people  # type: ignore[attr-defined] # a choice field
        self.fields["brands"].choices = brands  # type: ignore[attr-defined] # a choice field
        days = self.fields["days"]
        days.initial = settings.GLEDE_TOKEN_DAYS
        days.help_text = gettext("At most %(most)s.") % {"most": settings.GLEDE_TOKEN_DAYS_MOST}

    def given(self) -> frozenset[Permission]:
        return frozenset(map(Permission, self.cleaned_data["permissions"]))
