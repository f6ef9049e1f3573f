from typing import ClassVar

from django.db import models

from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class App(models.Model):
    """Our registration at a platform, or one website: the slug of its hook and its secrets.

    `secrets` is encrypted: a JSON list, newest first, at most two valid at once.
    `settings` holds what is not secret (public key, allowed origins, return addresses).
    `credential`, encrypted: what the registration itself has (client_id, client_secret).
    """

    platform = models.TextField()
    slug = models.SlugField(unique=True)
    name = models.TextField()
    secrets = models.BinaryField(default=b"")
    credential = models.BinaryField(default=b"")
    base_url = models.TextField(default="")
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
    #: What the platform granted, by its own names; empty where it has none.
    scopes = models.JSONField(default=list)
    #: When the credential ends for good unless a person connects again; empty where it does not.
    ends_at = models.DateTimeField(null=True)
    #: When the platform is next asked to call us; empty where it need not be.
    listen_at = models.DateTimeField(null=True)
    listen_error = models.TextField(default="")
    last_event_at = models.DateTimeField(null=True)
    last_checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "native_id"], name="accounts_account_native"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["listen_at"],
                name="accounts_account_to_listen",
                condition=models.Q(listen_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handle or self.native_id} on {self.platform}"


class Spending(models.Model):
    """What an account spent of one budget in one period, as its plug-in told."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="spending")
    budget = models.TextField()
    #: A day as the budget counts it: 2026-11-22.
    period = models.TextField()
    units = models.BigIntegerField(default=0)
    #: Millionths of a US dollar.
    cost_micros = models.BigIntegerField(default=0)
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "budget", "period"], name="accounts_spending_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.budget} {self.period}: {self.units}"


class Limit(models.Model):
    """The platform's newest word on one of its limits."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="limits")
    name = models.TextField()
    used_percent = models.FloatField()
    at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="accounts_limit_name"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}: {self.used_percent:.0f} %"


class Asking(models.Model):
    """One person on their way to a platform and back, to let us use an account there.

    Its state is kept as a hash and is good for one return. `verifier` and `offers` are encrypted,
    and emptied as soon as they are not needed.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    state_hash = models.TextField(unique=True)
    #: Keyed hash of the session that asked: nobody else's may come back with it.
    session_hash = models.TextField()
    verifier = models.BinaryField(default=b"")
    offers = models.BinaryField(default=b"")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    returned_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} asks {self.app_id}"


class Approval(models.Model):
    """One platform in the register of approved platforms (clauses 2.1 and 3.1)."""

    slug = models.SlugField(unique=True)
    name = models.TextField()
    aliases = models.JSONField(default=list)
    status = models.TextField()
    #: The office that answers for our use of it, or a person where one is named.
    office = models.TextField(default="")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    review_on = models.DateField(null=True)
    source = models.TextField(default="")
    reason = models.TextField(default="")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"
