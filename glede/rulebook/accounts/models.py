from typing import ClassVar

from django.db import models

from glede.rulebook.brands.models import Brand


class App(models.Model):
    """Our registration at a platform, or one website: the slug of its hook and its secrets.

    `secrets` is encrypted: a JSON list, newest first, at most two valid at once.
    `settings` holds what is not secret (public key, allowed origins, return addresses).
    """

    platform = models.TextField()
    slug = models.SlugField(unique=True)
    name = models.TextField()
    secrets = models.BinaryField(default=b"")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.platform} {self.slug}"


class Account(models.Model):
    """A page, profile or website of one brand; identified by the platform's own id."""

    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="accounts")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="accounts")
    platform = models.TextField()
    native_id = models.TextField()
    handle = models.TextField(default="")
    base_url = models.TextField(default="")
    credential = models.BinaryField(default=b"")
    settings = models.JSONField(default=dict)
    state = models.TextField(default="connected")
    state_reason = models.TextField(default="")
    connected_at = models.DateTimeField()
    last_event_at = models.DateTimeField(null=True)
    last_checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "native_id"], name="accounts_account_native"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handle or self.native_id} on {self.platform}"
