from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from glede.rulebook.brands.models import Brand

#: Room for a first name; it is part of every reply, and some platforms allow few characters.
LONGEST_SIGN_OFF = 30


class PersonManager(BaseUserManager["Person"]):
    """Django's and allauth's way in to look people up; creating is `actions.create`."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """One member of staff, one login (clause 6.1). Never deleted: `active` is switched off."""

    email = models.EmailField(unique=True)
    name = models.TextField()
    post_title = models.TextField(default="")
    sign_off = models.CharField(max_length=LONGEST_SIGN_OFF, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    theme = models.CharField(max_length=10, default="system")
    density = models.CharField(max_length=12, default="comfortable")
    single_keys = models.BooleanField(default=True)
    #: Which key does what, where somebody chose another: the act's name to its key; "" for none.
    keymap = models.JSONField(default=dict)
    #: The language of the desk for this person, as a BCP 47 tag; empty follows the installation.
    language = models.CharField(max_length=12, default="")

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="people_person_email_folded"),
            models.UniqueConstraint(
                Lower("sign_off"),
                condition=~models.Q(sign_off=""),
                name="people_person_sign_off",
                violation_error_message="Somebody already signs with this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Django's own admin is not used; nobody is let in by it."""
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002
        """Django's permission strings are not ours: deny, and ask a Viewer instead."""
        return False


class Grant(models.Model):
    """A role held by a person for one brand, or for all where `brand` is empty."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    role = models.TextField()
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until_at__isnull=True)
                | models.Q(until_at__gt=models.F("from_at")),
                name="people_grant_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role}"
