from typing import ClassVar

from django.db import models

from glede.rulebook.accounts.models import Account
from glede.rulebook.people.models import Person


class Capture(models.Model):
    """Who copied what, from where, with which proof. Its words stand in the message alone."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="captures")
    #: The item's id, as its message has it.
    native_id = models.TextField()
    side = models.TextField()  # theirs | ours
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="captures")
    #: Who saw it, where that was somebody else.
    seen_by = models.TextField(default="")
    posted_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    url = models.TextField(default="")
    #: SHA-256 of the screenshot as it was given, in the store; "" without one.
    digest = models.TextField(default="")
    content_type = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "native_id"], name="captures_capture_item"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.native_id}"
