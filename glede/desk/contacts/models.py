from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from glede.rulebook.people.models import Person


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
        indexes: ClassVar = [
            models.Index(Lower("name"), name="contacts_handle_named"),
        ]

    def __str__(self) -> str:
        return self.handle or self.name


class Regroup(models.Model):
    """Handles went from one person to another, because somebody said that two are one, or one is
    two. It lists what went, so that it can go back."""

    kind = models.TextField()  # rules.Regrouped
    #: Whom the handles came from, and whom they went to.
    source = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="regroups_from")
    target = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="regroups_to")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="regroups")
    at = models.DateTimeField()
    #: What made somebody sure.
    why = models.TextField(default="")
    #: Ids by what they are of: handles, notes, adjustments, declarations, conversations.
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="regroups_undone"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="contacts_regroup_two"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.source_id} and {self.target_id}"


class Note(models.Model):
    """What a colleague should know of this person, whatever they write about next."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_notes")
    at = models.DateTimeField()
    #: Emptied when it is taken away: that there was one stays, its words do not.
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"note on {self.contact_id}"


class Adjustment(models.Model):
    """What this person asked us to do differently, kept with their consent and looked at again
    (Equality Act 2010, sections 20 and 29)."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="adjustments")
    wish = models.TextField()  # rules.Wish
    words = models.TextField(default="")
    since_on = models.DateField()
    consent = models.TextField()  # rules.Consent
    consent_on = models.DateField()
    review_on = models.DateField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="adjustments")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="adjustments_ended"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(consent=""), name="contacts_adjustment_consent"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["contact"],
                condition=Q(ended_at__isnull=True),
                name="contacts_adjustment_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wish} for {self.contact_id}"


class Declaration(models.Model):
    """Somebody who works here said so of their own accord (clause 6.14). They stay a customer with
    every right to complain; they are marked, and their enquiries are counted apart."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="declarations")
    declared_on = models.DateField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="declarations")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(withdrawn_at__isnull=True),
                name="contacts_declaration_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} works here"
