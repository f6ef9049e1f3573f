from typing import ClassVar

from django.db import models


class Contact(models.Model):
    """A person outside; everything points at their handles, so merging can be undone."""

    name = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Handle(models.Model):
    """How a platform names a person. Page-scoped ids keep the account in `scope`."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="handles")
    platform = models.TextField()
    scope = models.TextField(default="")
    native_id = models.TextField()
    name = models.TextField()
    handle = models.TextField(default="")
    url = models.TextField(default="")
    #: Where they asked to be told of an answer (a web form's e-mail).
    notify = models.TextField(default="")
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "scope", "native_id"], name="contacts_handle_native"
            ),
        ]

    def __str__(self) -> str:
        return self.handle or self.name
