from typing import ClassVar

from django.db import models
from django.db.models import Q

from glede.desk.attachments.models import Attachment
from glede.desk.conversations.models import Agreement, Conversation, Message, Thread
from glede.rulebook.accounts.models import Account
from glede.rulebook.people.models import Person


class Delivery(models.Model):
    """One reply on its way out; `key` is ours and the same for every try."""

    key = models.TextField(unique=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="deliveries"
    )
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    in_reply_to = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="answers"
    )
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, null=True, related_name="delivery"
    )
    #: Nobody where the desk itself speaks: an automatic acknowledgement.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    automatic = models.BooleanField(default=False, db_default=False)
    #: The timescale that these words tell the resident of.
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    text = models.TextField()
    private = models.BooleanField(default=False)
    #: Why a public message is answered in private (clause 6.3); "" for every other reply.
    private_because = models.TextField(default="", db_default="")
    #: What is said in public once the private answer stands.
    public_line = models.TextField(default="", db_default="")
    #: What to do to the conversation once it is sent: "" or "resolve".
    afterwards = models.TextField(default="")
    #: The state the conversation was in when this answer made it its author's; empty where it had
    #: an owner. Taken back, it is nobody's again.
    took = models.TextField(default="", db_default="")
    state = models.TextField()
    queued_at = models.DateTimeField()
    release_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    native_id = models.TextField(default="")
    url = models.TextField(default="")
    #: Where a person has to answer, because the platform takes it only in its own app.
    answer_at = models.TextField(default="", db_default="")
    reason = models.TextField(default="")
    clause = models.TextField(default="")
    policy_version = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(automatic=True),
                name="outbox_delivery_speaker",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "next_try_at"],
                condition=Q(state__in=["queued", "sending", "retry", "unknown"]),
                name="outbox_delivery_open",
            ),
            models.Index(fields=["account", "native_id"], name="outbox_delivery_native"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Enclosure(models.Model):
    """A picture that goes out with a delivery, in its place."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="enclosures")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="enclosures")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "position"], name="outbox_enclosure_place"),
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id} in {self.delivery_id}"


class SecondLook(models.Model):
    """A reply in which personal details were found is asked about: by whom, why, and what a
    second person said (clause 5.4). Holds none of its words."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="second_look")
    #: Names of the checks, and why they may go out all the same (`replies.rules.Anyway`).
    found = models.TextField()
    because = models.TextField()
    #: Keyed hash of exactly what is asked about; a yes is to this and nothing else.
    content = models.TextField()
    asked_at = models.DateTimeField()
    #: The colleague who was asked; nobody where all who may say yes were.
    asked_of = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.TextField(default="", db_default="")  # rules.Answer
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    #: Why it must not go out.
    why = models.TextField(default="", db_default="")
    #: When people are told that nobody answered, unless somebody does; and how often they were.
    next_at = models.DateTimeField(null=True)
    told = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"], condition=Q(answer=""), name="outbox_second_look_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.answer or 'open'}"
