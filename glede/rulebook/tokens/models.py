from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from glede.rulebook.people.models import Person


class Token(models.Model):
    """A key by which a program asks in a person's name; only its hash is kept."""

    name = models.TextField()
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
    #: The minute that is being counted, and the calls in it.
    window_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0)

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
