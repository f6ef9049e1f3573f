from typing import ClassVar

from django.db import models

from glede.rulebook.people.models import Person


class Version(models.Model):
    """One version of the policy text; never changed once approved, followed by another.

    Offices are names of posts. What the heading wrote stands beside the date it means. Whoever is
    in `hands` worked on it: none of them confirms its approval.
    """

    number = models.TextField(unique=True)
    title = models.TextField()
    organisation = models.TextField(default="")
    owner_office = models.TextField(default="")
    reviewer_office = models.TextField(default="")
    written_approver = models.TextField(default="")
    written_approved_on = models.TextField(default="")
    written_effective_on = models.TextField(default="")
    written_next_review = models.TextField(default="")
    approved_on = models.DateField(null=True)
    effective_on = models.DateField(null=True)
    next_review_on = models.DateField(null=True)
    review_period_months = models.PositiveSmallIntegerField(null=True)
    #: Everything else read out of the file: definitions, duties, laws, related, gaps, flags.
    outline = models.JSONField(default=dict)
    source_hash = models.TextField(default="")

    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField(null=True)
    hands = models.JSONField(default=list)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    #: Why it came back from review, until it is sent there again.
    sent_back_because = models.TextField(default="")

    approved_by = models.TextField(default="")
    approved_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    review_due_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["effective_at"], name="policy_version_effective"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class Clause(models.Model):
    """A numbered sentence of a version; a heading gives scope and is not a duty."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="clauses")
    number = models.TextField()
    section = models.TextField(default="")
    heading = models.BooleanField(default=False)
    text = models.TextField()
    order = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="policy_clause_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text[:40]}"


class Rule(models.Model):
    """A value the desk runs by, bound to a clause: written, assumed or confirmed."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="rules")
    key = models.TextField()
    value = models.JSONField()
    clause = models.TextField(default="")
    quote = models.TextField(default="")
    status = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "key"], name="policy_rule_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value!r} ({self.status})"


class Approval(models.Model):
    """The record of a decision a body made about a version (policy heading).

    The body is no login: one person records what it decided, another confirms the record. Until
    then the version binds nobody.
    """

    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="approval")
    body = models.TextField()
    decided_on = models.DateField()
    minute_reference = models.TextField(default="")
    #: `None` until the confirmation, when it takes effect at once.
    effective_at = models.DateTimeField(null=True)
    attachment = models.TextField(default="")  # its digest in the store
    attachment_name = models.TextField(default="")
    attachment_type = models.TextField(default="")
    attachment_size = models.PositiveIntegerField(default=0)
    #: Why there is no minute to attach, where there is none.
    unattached_because = models.TextField(default="")
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    #: Put in force by the machine when an organisation was set up: nobody confirmed it.
    at_setup = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.version} by {self.body} on {self.decided_on}"


class Review(models.Model):
    """One look at the version in force: what was checked, what was decided, and by whom."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="reviews")
    interim = models.BooleanField(default=False)
    because = models.TextField(default="")
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    #: Key of the checklist -> what was found.
    checked = models.JSONField(default=dict)
    decision = models.TextField(default="")
    reasons = models.TextField(default="")
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    #: The day it asks for; it holds from the confirmation by a second person on.
    next_due_on = models.DateField(null=True)
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    #: From then on the record never changes. “Change” closes it at once: the new version is
    #: approved by itself.
    closed_at = models.DateTimeField(null=True)
    #: Number of the version it led to.
    led_to = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(closed_at__isnull=True),
                name="policy_review_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.version} from {self.started_at:%Y-%m-%d}"


class Reminder(models.Model):
    """One reminder of one due date; its insert decides who is told."""

    subject = models.TextField()  # which due thing: “review of 3”, “law 7”
    due_on = models.DateField()
    step = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "due_on", "step"], name="policy_reminder_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.due_on}: {self.step}"


class Related(models.Model):
    """A document the policy leans on, with where it is and when it is looked at again."""

    title = models.TextField(unique=True)
    owner = models.TextField(default="")
    edition = models.TextField(default="")
    location = models.TextField(default="")
    review_due_on = models.DateField(null=True)
    clauses = models.JSONField(default=list)
    #: Found by whoever looked: `None` before anybody did.
    found = models.BooleanField(null=True)
    checked_on = models.DateField(null=True)
    checked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title


class Reliance(models.Model):
    """A law, or guidance of a regulator, that the policy relies on (clause 4.1)."""

    written = models.TextField(unique=True)
    #: What it is called or replaced by now; empty where it is still what was written.
    now = models.TextField(default="")
    guidance = models.BooleanField(default=False)
    clauses = models.JSONField(default=list)
    note = models.TextField(default="")
    checked_on = models.DateField(null=True)
    checked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    check_due_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["written"]
        verbose_name_plural = "reliances"

    def __str__(self) -> str:
        return self.written
