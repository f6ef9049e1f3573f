"""What the pages of the policy share: a refusal is a sentence on the page, never a lost form."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest

from glede.kit.words import told
from glede.rulebook.guidance.actions import ReadingRefusedError
from glede.rulebook.offices.actions import OfficeRefusedError
from glede.rulebook.people.actions import PersonRefusedError
from glede.rulebook.people.queries import NoSuchPersonError
from glede.rulebook.policy.actions import PolicyRefusedError
from glede.rulebook.policy.registry import BadValue
from glede.rulebook.policy.rules import BadDocument

REFUSALS = (
    PolicyRefusedError,
    OfficeRefusedError,
    ReadingRefusedError,
    PersonRefusedError,
    NoSuchPersonError,
    BadDocument,
    BadValue,
)


def attempt(
    request: HttpRequest, act: Callable[[], object], *, done: str = "", form: Form | None = None
) -> bool:
    """Do it and say so; a refusal goes beside the form's fields, or on top of the page."""
    try:
        act()
    except REFUSALS as error:
        if form is not None:
            form.add_error(None, told(error))
        else:
            messages.error(request, told(error))
        return False
    if done:
        messages.success(request, done)
    return True
