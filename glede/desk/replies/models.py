from typing import ClassVar

from django.db import models

from glede.desk.conversations.models import Conversation
from glede.rulebook.people.models import Person


class Draft(models.Model):
    """What a person has typed and not sent; survives a reload and a crash."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    mode = models.TextField(default="reply")
    text = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "person", "mode"], name="replies_draft_one"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]
