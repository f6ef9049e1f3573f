from typing import ClassVar

from django.db import models

from glede.desk.conversations.models import Conversation
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class Screen(models.Model):
    """One open screen and the conversation it shows; a screen shows one at a time.

    The table is unlogged (docs/decisions/0007): it is written every few seconds, nobody asks who
    was where yesterday, and after a crash it may be empty.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    #: Drawn by the page that shows it; two tabs of one person are two screens.
    token = models.TextField()
    #: The page counts what it says: a word that comes after a later one of the same page is old.
    number = models.BigIntegerField(db_default=0)
    #: None once it has left: the row stays a while, so that an overtaken beat finds the goodbye.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True)
    #: Of the conversation, so that a goodbye need not ask whom to tell.
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, null=True)
    doing = models.TextField()  # rules.Doing
    since = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "token"], name="presence_screen_one"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.doing} at {self.conversation_id}"
