from typing import ClassVar

from django.db import models

from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation
from glede.rulebook.people.models import Person


class Alert(models.Model):
    """One person told of one thing, once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="alerts")
    #: Empty where it is about the policy or an office: then `href` says where to go.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True)
    step = models.ForeignKey(Step, on_delete=models.CASCADE, null=True)
    kind = models.TextField()  # rules.Kind
    #: What makes it this alert and no other, so that raising it twice tells nobody twice.
    key = models.TextField()
    says = models.TextField()
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    href = models.TextField(default="")
    #: When it is also to go out by e-mail; moved on when a mail server did not take it.
    mail_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "key"], name="alerts_alert_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "-raised_at"],
                condition=models.Q(seen_at__isnull=True),
                name="alerts_alert_unseen",
            ),
            models.Index(
                fields=["mail_at"],
                condition=models.Q(mail_at__isnull=False, mailed_at__isnull=True),
                name="alerts_alert_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.says
