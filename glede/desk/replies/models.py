from typing import ClassVar

from django.db import models

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
