from typing import ClassVar

from django.db import models
from django.db.models import Q

from glede.desk.contacts.models import Handle
from glede.desk.conversations.models import Conversation, Message
from glede.rulebook.accounts.models import Account
from glede.rulebook.people.models import Person


class Evidence(models.Model):
    """What stood there when somebody acted: a file in the store, by the SHA-256 of its bytes."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="evidence")
    digest = models.TextField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class Deed(models.Model):
    """One act of moderation on its way, with its reason and what became of it."""

    key = models.TextField(unique=True)
    act = models.TextField()
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="deeds")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deeds")
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="deeds")
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    #: Nobody where a block ends by itself.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    reason = models.TextField()
    words = models.TextField(default="")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT)
    #: A block: until then.
    ends_at = models.DateTimeField(null=True)
    #: A block: when it was lifted.
    lifted_at = models.DateTimeField(null=True)
    #: The block that this act lifts.
    lifts = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="lifted_by")
    state = models.TextField()
    queued_at = models.DateTimeField()
    release_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(default="")
    clause = models.TextField()
    policy_version = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "act"],
                condition=Q(state__in=["queued", "sending", "retry", "unknown"]),
                name="moderation_deed_one_underway",
            ),
            models.CheckConstraint(
                condition=~Q(act="block") | Q(ends_at__isnull=False),
                name="moderation_deed_block_ends",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "next_try_at"],
                condition=Q(state__in=["queued", "sending", "retry", "unknown"]),
                name="moderation_deed_open",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(act="block", state="sent", lifted_at__isnull=True),
                name="moderation_deed_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.state}"
