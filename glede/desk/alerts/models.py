from typing import ClassVar

from django.db import models

from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation, Enquiry
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class Call(models.Model):
    """One matter that somebody has to take up: told one rung higher until somebody does."""

    #: What makes it this call and no other, so that it is made once.
    key = models.TextField(unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    #: While this waits for us, somebody has to take the call.
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, null=True)
    step = models.ForeignKey(Step, on_delete=models.CASCADE, null=True)
    kind = models.TextField()  # rules.Kind
    percent = models.PositiveSmallIntegerField(default=0)
    says = models.TextField(default="")
    #: What may leave the desk: nothing of the resident.
    outward = models.TextField(default="")
    clause = models.TextField(default="")
    raised_at = models.DateTimeField()
    #: When the next rung is told; empty once somebody took it, it is over, or nobody is left.
    next_at = models.DateTimeField(null=True)
    #: How many rungs were told, and how often everybody was told again at the top.
    rungs = models.PositiveSmallIntegerField(default=0, db_default=0)
    repeats = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: When the last of these had gone by too: from then on the wall says so.
    unheard_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="calls")
    taken_how = models.TextField(default="")  # rules.How
    over_at = models.DateTimeField(null=True)
    over_why = models.TextField(default="")  # rules.Over

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="alerts_call_next",
            ),
            models.Index(
                fields=["unheard_at"],
                condition=models.Q(
                    unheard_at__isnull=False, taken_at__isnull=True, over_at__isnull=True
                ),
                name="alerts_call_unheard",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Alert(models.Model):
    """One person told of one thing, once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="alerts")
    #: Empty where it is about the policy or an office: then `href` says where to go.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True)
    step = models.ForeignKey(Step, on_delete=models.CASCADE, null=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, related_name="alerts")
    #: The one alert of a storm that stands for this one on screens and on its way out.
    bundle = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="bundled")
    kind = models.TextField()  # rules.Kind
    #: What makes it this alert and no other, so that raising it twice tells nobody twice.
    key = models.TextField()
    says = models.TextField()
    #: What may leave the desk: nothing of the resident.
    outward = models.TextField(default="", db_default="")
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    href = models.TextField(default="")
    #: Ids of the people who were told before and did not take it.
    after = models.JSONField(default=list, db_default=[])

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
            models.Index(fields=["person", "-raised_at"], name="alerts_alert_newest"),
        ]

    def __str__(self) -> str:
        return self.says


class Address(models.Model):
    """Where alerts go beside the desk: one browser of a person, or a service of a person or team.

    The address itself is a secret: whoever has it can write there.
    """

    #: Empty for a team's channel.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, related_name="addresses"
    )
    #: Of a team's channel: whose alerts go there; empty for every brand.
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    #: Of a team's channel: which kinds go there.
    kinds = models.JSONField(default=list)
    way = models.TextField()  # rules.Way
    name = models.TextField()
    #: What may be shown of it, such as “msteams://…”.
    shown = models.TextField()
    secret = models.BinaryField()
    #: Two of the same would tell twice.
    digest = models.TextField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "digest"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="alerts_address_once",
            ),
        ]

    def __str__(self) -> str:
        return self.shown


class Dispatch(models.Model):
    """One alert on one way to one place, with what became of it."""

    #: Empty for a test.
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="dispatches")
    #: Whose it is; empty for a team's channel.
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True)
    #: Empty for e-mail, which goes to the person's own address.
    address = models.ForeignKey(Address, on_delete=models.CASCADE, null=True)
    #: Of a team's channel: one message for a call, whoever else is told.
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True)
    way = models.TextField()  # rules.Way
    state = models.TextField()  # rules.State
    made_at = models.DateTimeField()
    #: When it is to leave; moved on when it could not.
    next_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    #: What the other side said last, in a few words; never an address or a key.
    outcome = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alert", "way", "address"],
                condition=models.Q(alert__isnull=False),
                nulls_distinct=False,
                name="alerts_dispatch_once",
            ),
            models.UniqueConstraint(
                fields=["call", "address"],
                condition=models.Q(call__isnull=False),
                name="alerts_dispatch_team_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(next_at__isnull=False),
                name="alerts_dispatch_next",
            ),
            models.Index(fields=["person", "-made_at"], name="alerts_dispatch_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.way}: {self.state}"


class Preference(models.Model):
    """How somebody wants to be told; without a row the defaults of `rules.Wishes` hold."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="wishes")
    #: Ways by kind: {"new": ["push"]}.
    ways = models.JSONField(default=dict)
    #: Wall times by weekday: {"0": ["21:00", "07:00"]}.
    quiet = models.JSONField(default=dict)
    quiet_on_duty = models.BooleanField(default=False)
    only_on_duty = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"wishes of {self.person_id}"


class PushKey(models.Model):
    """The key by which push services know us (RFC 8292, VAPID): one for this installation."""

    only = models.BooleanField(default=True, unique=True)
    #: As browsers want it: base64url of the uncompressed point.
    public = models.TextField()
    secret = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="alerts_pushkey_only"),
        ]

    def __str__(self) -> str:
        return self.public
