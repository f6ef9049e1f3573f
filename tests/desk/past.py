"""Past traffic for figures: enquiries with the clocks they would have had, put straight into the
tables, so that a test can have hundreds of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from glede.desk.clocks import rules
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import promise_of
from glede.desk.clocks.rules import ClockKind, ClockState
from glede.desk.contacts.models import Contact, Handle
from glede.desk.conversations.models import Conversation, Enquiry, Message, Thread
from glede.desk.conversations.rules import Direction, State
from glede.desk.outbox.models import Delivery
from glede.platforms.contract import Kind
from glede.rulebook.accounts.models import Account
from glede.rulebook.brands import queries as brands
from glede.rulebook.policy import queries as policy

_number = count(1)


@dataclass(frozen=True, slots=True)
class Told:
    """One enquiry: when it came, what became of it and when."""

    brand: int
    received_at: datetime
    state: ClockState = ClockState.RUNNING
    after: timedelta = timedelta(0)
    lag: timedelta = timedelta(seconds=5)
    name: str = "Dawn Petherick"
    private: bool = False


def tell(told: Told) -> Clock:
    """The rows of one enquiry; `after` is from receipt to its answer or its end."""
    account = Account.objects.filter(brand_id=told.brand).order_by("pk").first()
    assert account is not None, "the brand has no account to write to"
    enquiry = _waits(told, account)
    version = policy.version_at(told.received_at)
    calendar = brands.calendar_at(told.brand, told.received_at)
    promise = promise_of(policy.rulebook(version.pk))
    deadline = rules.deadline(told.received_at, promise, calendar.calendar)
    ended = None if told.state is ClockState.RUNNING else told.received_at + told.after
    return Clock.objects.create(
        conversation=enquiry.conversation,
        enquiry=enquiry,
        kind=ClockKind.ACKNOWLEDGE,
        state=told.state,
        started_at=told.received_at,
        due_at=deadline.due_at,
        soft_at=deadline.soft_at,
        stopped_at=ended,
        in_hours=deadline.in_hours,
        reading=deadline.reading,
        clause=deadline.clause,
        policy_id=version.pk,
        calendar_id=calendar.id,
    )


def _waits(told: Told, account: Account) -> Enquiry:
    number, at = next(_number), told.received_at
    contact = Contact.objects.create(name=told.name, created_at=at)
    handle = Handle.objects.create(
        contact=contact,
        platform=account.platform,
        native_id=f"past-{number}",
        name=told.name,
        first_seen_at=at,
    )
    thread = Thread.objects.create(
        account=account,
        native_id=f"past-{number}",
        private=told.private,
        opened_at=at,
        last_at=at,
    )
    conversation = Conversation.objects.create(
        brand_id=told.brand,
        contact=contact,
        account=account,
        thread=thread,
        state=State.NEW,
        state_at=at,
        opened_at=at,
        name=told.name,
        platform=account.platform,
        kind=Kind.POST,
        words="Is anyone coming about the leak?",
        last_at=at,
        message_count=1,
    )
    enquiry = Enquiry.objects.create(conversation=conversation, number=1, opened_at=at)
    Message.objects.create(
        thread=thread,
        conversation=conversation,
        enquiry=enquiry,
        handle=handle,
        platform=account.platform,
        native_id=f"past-{number}",
        direction=Direction.IN,
        kind=Kind.POST,
        received_at=at,
        ingested_at=at + told.lag,
    )
    return enquiry


def resolves(of: Clock, *, due_at: datetime, state: ClockState, ended_at: datetime | None) -> Clock:
    """The clock of the solution beside that of the first response."""
    return Clock.objects.create(
        conversation=of.conversation,
        enquiry=of.enquiry,
        kind=ClockKind.RESOLVE,
        state=state,
        started_at=of.started_at,
        due_at=due_at,
        soft_at=due_at,
        stopped_at=ended_at,
        in_hours=of.in_hours,
        reading="",  # no reading touches it
        clause=of.clause,
        policy_id=of.policy_id,
        calendar_id=of.calendar_id,
    )


def was_automatic(clock: Clock) -> None:
    """What stopped this clock was an automatic acknowledgement."""
    conversation, at = clock.conversation, clock.stopped_at
    assert at is not None, "the clock runs"
    delivery = Delivery.objects.create(
        key=f"past-{clock.pk}",
        conversation=conversation,
        thread=conversation.thread,
        account=conversation.account,
        text="We have your message.",
        state="sent",
        queued_at=at,
        release_at=at,
        sent_at=at,
        automatic=True,
    )
    Clock.objects.filter(pk=clock.pk).update(stopped_by_kind="delivery", stopped_by_id=delivery.pk)
