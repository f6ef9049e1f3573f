from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from glede.desk.contacts.models import Contact
from glede.desk.conversations.models import Conversation, Enquiry
from glede.desk.outbox.models import Delivery
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class Draft(models.Model):
    """What a person has typed and not sent; survives a reload and a crash."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    mode = models.TextField(default="reply")
    text = models.TextField()
    #: Where it was to go, and what was to be said in public: as the composer names them.
    where = models.TextField(default="", db_default="")
    line = models.TextField(default="", db_default="")
    #: Which window wrote it; empty where the desk did.
    tab = models.TextField(default="", db_default="")
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "person", "mode"], name="replies_draft_one"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class AcknowledgementText(models.Model):
    """What a brand says automatically out of hours (clause 6.7); changed by a further version."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="acknowledgements")
    version = models.PositiveIntegerField()
    text = models.TextField()
    #: The brand's number for emergencies out of hours; empty where there is none.
    emergency_number = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "version"], name="replies_acknowledgement_text_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand.slug} {self.version}"


class Acknowledgement(models.Model):
    """One person's automatic acknowledgement in one out-of-hours stretch: sent, or withheld.

    The row is made with the message that asks for it, so whoever looks again finds it made.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    #: When the stretch ends: the next opening. In working hours, the opening of the next day.
    opens_at = models.DateTimeField()
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    send_by = models.DateTimeField()
    #: Why nothing was sent; empty where something was.
    withheld = models.TextField(default="")
    delivery = models.OneToOneField(
        Delivery, on_delete=models.PROTECT, null=True, related_name="acknowledgement"
    )
    text = models.ForeignKey(AcknowledgementText, on_delete=models.PROTECT, null=True)
    confirmed_at = models.DateTimeField(null=True)
    #: When people were told that it did not go out in time.
    late_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact", "brand", "opens_at"], name="replies_acknowledgement_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["send_by"],
                condition=models.Q(
                    withheld="", confirmed_at__isnull=True, late_told_at__isnull=True
                ),
                name="replies_acknowledgement_late",
            ),
        ]

    def __str__(self) -> str:
        return f"acknowledgement in conversation {self.conversation_id}"


class Text(models.Model):
    """A text to write with, as it stands now: for a brand or all, or a person's own snippet.
    Archived, not deleted: what was said with it keeps its source."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, related_name="texts")
    #: Whose snippet it is; nobody's where it is the desk's.
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="snippets")
    #: What it is for: `texts.Use`.
    use = models.TextField(default="reply")
    language = models.TextField(default="en")
    title = models.TextField()
    words = models.TextField()
    version = models.PositiveIntegerField(default=1)
    used = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("title"),
                "brand",
                "owner",
                "language",
                condition=Q(archived_at__isnull=True),
                name="replies_text_title",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TextVersion(models.Model):
    """What a text said from a time on, and who wrote it."""

    text = models.ForeignKey(Text, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.TextField()
    words = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["text", "number"], name="replies_text_version"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class Voice(models.Model):
    """What is a brand's own: where one writes to it and rings it, and its turns of phrase. What
    names another brand's is asked back before it is sent."""

    brand = models.OneToOneField(Brand, on_delete=models.PROTECT, related_name="voice")
    link = models.TextField(default="")
    phone = models.TextField(default="")
    email = models.TextField(default="")
    #: Further numbers, addresses and pages of its own that may stand in public.
    also = ArrayField(models.TextField(), default=list)
    #: Names and turns of phrase by which people know it.
    phrases = ArrayField(models.TextField(), default=list)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"voice of {self.brand.slug}"


class ClosingLine(models.Model):
    """A matter that began in public was settled in private: what became of the public closing line
    (clause 6.3). Asked for once each time it is settled."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="closing_lines"
    )
    #: Who settled it and is asked.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="closing_lines")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    #: Why nothing is said (`closing.NoLine`); empty where it is.
    declined = models.TextField(default="")
    delivery = models.OneToOneField(
        Delivery, on_delete=models.PROTECT, null=True, related_name="closing_line"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(answered_at__isnull=True),
                name="replies_closing_line_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person"],
                condition=Q(answered_at__isnull=True),
                name="replies_closing_line_of",
            ),
        ]

    def __str__(self) -> str:
        return f"closing line of conversation {self.conversation_id}"
