from typing import ClassVar

from django.db import models
from django.db.models import Q

from glede.desk.conversations.models import Conversation, Message, Subject
from glede.rulebook.accounts.models import Account
from glede.rulebook.people.models import Person


class Attachment(models.Model):
    """A picture, film, sound or file: theirs from its platform, or ours on its way there."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    #: Empty on a picture of ours that has not been sent yet.
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    #: What the post under discussion shows, which need not be a message of ours to keep.
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    #: A picture of ours: for which conversation, and who chose it.
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    #: It lies in that person's composer.
    draft = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.TextField()  # image | video | audio | file
    alt = models.TextField(default="")
    url = models.TextField(default="")
    #: What its platform said it was; never believed.
    declared_type = models.TextField(default="")
    expires_at = models.DateTimeField(null=True)
    state = models.TextField()
    why = models.TextField(default="")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    #: What it was, by the SHA-256 of the bytes that came; a note of evidence, not a file of ours.
    original_digest = models.TextField(default="")
    #: Our copy and a small one, in the store.
    digest = models.TextField(default="")
    small_digest = models.TextField(default="")
    content_type = models.TextField(default="")
    size = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    moved = models.BooleanField(default=False)
    #: Who looked for malware; "" where nobody did.
    scanned_by = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "position"],
                condition=Q(person__isnull=True),
                name="attachments_attachment_place",
            ),
            models.UniqueConstraint(
                fields=["subject", "position"],
                condition=Q(subject__isnull=False),
                name="attachments_attachment_shown",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=False)
                | Q(conversation__isnull=False)
                | Q(subject__isnull=False),
                name="attachments_attachment_belongs",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["waiting", "fetching"]),
                name="attachments_attachment_due",
            ),
            models.Index(
                fields=["conversation", "person"],
                condition=Q(draft=True),
                name="attachments_attachment_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
