from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from glede.rulebook.people.models import Person


class Token(models.Model):
    """A key by which a program asks in a person's name; only its hash is kept."""

    name = models.TextField()
    kind = models.TextField(default="program", db_default="program")  # rules.Kind
    #: Whose rights bound it, and who alone is shown the secret.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    #: Empty until the person takes it.
    hash = models.TextField(default="")
    begins = models.TextField(default="")
    permissions = ArrayField(models.TextField())
    #: Brand ids; null means every brand the person may.
    brands = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    #: Calls left in the bucket, and when that was so; empty before the first call.
    level = models.FloatField(null=True)
    level_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hash"], condition=~Q(hash=""), name="tokens_token_hash"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="tokens_token_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.begins}…)"


class Answered(models.Model):
    """What a call with an Idempotency-Key was answered, so that asking again does nothing twice."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="answered")
    key = models.TextField()
    #: Of method, address and body: the same key for something else is a mistake.
    digest = models.TextField()
    status = models.PositiveSmallIntegerField()
    location = models.TextField(default="")
    #: Sealed by the vault: an answer may hold a secret that is shown once.
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="tokens_answered_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="tokens_answered_at")]

    def __str__(self) -> str:
        return f"{self.status} to {self.digest[:12]}"
