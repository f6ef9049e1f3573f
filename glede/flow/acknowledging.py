"""Out of hours the desk says by itself that a message is here (clause 6.7): once, and not to all.

Whether one goes out is decided with the message, in its transaction. It leaves by the outbox like
any reply, so that a worker which is killed sends it neither twice nor never. If it cannot be sent,
nothing stops the clock: the promise counted from receipt runs on, and people are told.
"""

import smtplib
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.clocks import actions as clocks
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import duration_of
from glede.desk.clocks.rules import Act, ActKind, ClockEvent, ClockKind, ClockState
from glede.desk.conversations import queries as conversation_queries
from glede.desk.conversations.models import Conversation, Enquiry, Message
from glede.desk.outbox import actions as outbox
from glede.desk.outbox import windows
from glede.desk.outbox.models import Delivery
from glede.desk.replies import acknowledging, queries, sensitive
from glede.desk.replies import actions_acknowledging as actions
from glede.desk.replies.acknowledging import Asked
from glede.desk.replies.models import Acknowledgement, AcknowledgementText
from glede.desk.replies.sensitive import Sensitive
from glede.flow import alerting, keeping, numbers, telling
from glede.flow.names import DELIVER
from glede.flow.numbers import InForce
from glede.kit import clock as times
from glede.kit import hours, jobs
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import Can
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Stamp, Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy.rules import Rulebook


def look(*, message: Message, text: str, force: InForce, now: datetime) -> tuple[Sensitive, ...]:
    """Look for words that call for a person at once; whoever leads is told, by day and by night."""
    conversation = message.conversation
    lists = {one: force.book.rule(key).value for one, key in sensitive.RULES.items()}
    found = sensitive.found(text, lists)
    if conversation is None or not found:
        return found
    most = found[0]
    told = alerting.severe(
        conversation=conversation,
        enquiry=message.enquiry,
        key=f"sensitive:{message.pk}:{most}",
        says=f"A message to {conversation.brand.name} {sensitive.SAYS[most]}. Read it now: nothing"
        " automatic is sent.",
        now=now,
    )
    if told:
        rule = force.book.rule(sensitive.RULES[most])
        audit.record(
            actor=SYSTEM,
            verb=Verb.SENSITIVE_WORDS_FOUND,
            object_kind="conversation",
            object_id=conversation.pk,
            brand=conversation.brand.slug,
            stamp=Stamp(rule.clause, rule.version),
            details={"message": message.pk, "list": most.value, "told": told},
            now=now,
        )
    return found


def consider(
    *,
    message: Message,
    clock: Clock,
    found: tuple[Sensitive, ...],
    force: InForce,
    new_person: bool,
    now: datetime,
) -> Delivery | None:
    """Queue an acknowledgement for an enquiry that just opened, if it is to have one.
    `new_person`: first seen with this message, so that nothing was said to them before."""
    enquiry, conversation = clock.enquiry, clock.conversation
    if enquiry is None:
        return None
    opens_at = _opens_at(clock)
    over = not clock.in_hours and now >= opens_at
    asked = _asked(message, clock, found, force, over=over, now=now)
    if conversation.account.state != "connected" or not acknowledging.is_wanted(asked):
        return None
    if not new_person:
        if conversation_queries.wrote_spam(conversation.contact_id):
            asked = replace(asked, spam_before=True)
        if queries.was_acknowledged(
            contact_id=conversation.contact_id, brand_id=conversation.brand_id, opens_at=opens_at
        ):
            return None
    stamp = Stamp(clock.clause, force.version)
    why = acknowledging.withheld(asked)
    text = None if why else queries.newest_text(conversation.brand_id)
    delivery = (
        None
        if why
        else _queue(conversation, message, force, text, stamp, opens_at=opens_at, now=now)
    )
    actions.make(
        enquiry=enquiry,
        opens_at=opens_at,
        # We may have heard of it late: the two minutes are ours from when we could.
        send_by=max(enquiry.opened_at, now) + _within(force.book),
        withheld=why,
        delivery=delivery,
        text=text,
        stamp=stamp,
        now=now,
    )
    return delivery


def _opens_at(clock: Clock) -> datetime:
    """The end of the stretch: what tells one stretch from the next. In hours, the next day's."""
    calendar = brands.calendar(clock.calendar_id).calendar
    closes = hours.close_of(calendar, clock.started_at) if clock.in_hours else clock.started_at
    return hours.next_opening(calendar, closes or clock.started_at)


def _asked(
    message: Message,
    clock: Clock,
    found: tuple[Sensitive, ...],
    force: InForce,
    *,
    over: bool,
    now: datetime,
) -> Asked:
    return Asked(
        in_hours=clock.in_hours,
        private=message.private or clock.conversation.private,
        can=_can(message, clock.conversation, now=now),
        which=force.book.rule("acknowledge.automatic").value,
        public_too=force.book.rule("public_auto_ack").value is True,
        in_hours_too=force.book.rule("acknowledge.automatic_in_hours").value is True,
        sensitive=found,
        over=over,
    )


def _can(message: Message, conversation: Conversation, *, now: datetime) -> Can:
    """Where a platform allows it under conditions only: in a private chat while a window for
    automatic texts is open; in public where the account's own setting says so. It never goes as
    the private answer to a public message, of which there may be one only."""
    capabilities = registry.get(conversation.platform).capabilities
    can = capabilities.abilities["automatic_acknowledgement"].can
    if can is not Can.CONDITIONS:
        return can
    if message.private or conversation.private:
        why = windows.shut(
            capabilities.windows,
            aside=False,
            automatic=True,
            heard_at=message.received_at,
            now=now,
        )
        return Can.NO if why else Can.YES
    wanted = conversation.account.settings.get("automatic_public") == "yes"
    return Can.YES if wanted else Can.NO


def preview(*, brand_id: int, now: datetime) -> str:
    """The words as they would go out to somebody who wrote at this moment."""
    text = queries.text_of(brand_id)
    calendar = brands.calendar_at(brand_id, now).calendar
    closes = hours.close_of(calendar, now) if hours.is_open(calendar, now) else now
    return acknowledging.render(
        text.text,
        brand=brands.by_id(brand_id).name,
        opens_at=hours.next_opening(calendar, closes or now),
        zone=ZoneInfo(settings.TIME_ZONE),
        number=text.emergency_number or number_of_policy(now=now),
    )


_WHICH = {
    "all_messages": "to every private message, where the platform allows",
    "private_only": "to private messages, where the platform allows",
    "none": "to nobody: the policy acknowledges nothing automatically",
}


def in_words(*, now: datetime) -> tuple[str, timedelta]:
    """To whom the policy acknowledges automatically, and within which time."""
    book = numbers.in_force(now).book
    which = book.rule("acknowledge.automatic").value
    if which == "all_messages" and book.rule("public_auto_ack").value is True:
        return "to every message, where the platform allows", _within(book)
    return _WHICH[which], _within(book)


def _within(book: Rulebook) -> timedelta:
    return duration_of(book.rule("acknowledge.automatic_within"))


def number_of_policy(*, now: datetime) -> str:
    return emergency_number(numbers.in_force(now).book)


def write_text(
    *, viewer: Viewer, brand_id: int, text: str, emergency_number: str, now: datetime
) -> None:
    """The next version of what a brand says. Raises `acknowledging.BadText`."""
    with transaction.atomic():
        actions.write_text(
            brand_id=brand_id,
            text=text,
            emergency_number=emergency_number,
            by_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )


class NotSent(RuntimeError):  # noqa: N818 - reads as a sentence
    """A test that reached nobody, and what to look at."""


def test(*, viewer: Viewer, brand_id: int, now: datetime) -> str:
    """Send the words to oneself by e-mail. Returns the address; raises `NotSent`."""
    to = people.person(viewer.id).email
    letter = EmailMessage(
        subject=f"Test: what {brands.by_id(brand_id).name} says out of hours",
        body=preview(brand_id=brand_id, now=now),
        to=[to],
    )
    try:
        letter.send()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(
            say(
                "No mail server took it (%(kind)s). Look at the settings for e-mail.",
                kind=type(error).__name__,
            )
        ) from error
    with transaction.atomic():
        actions.tested(
            brand_id=brand_id,
            actor=viewer.actor,
            now=now,
        )
    return to


def _queue(
    conversation: Conversation,
    message: Message,
    force: InForce,
    text: AcknowledgementText | None,
    stamp: Stamp,
    *,
    opens_at: datetime,
    now: datetime,
) -> Delivery:
    # A brand's own words go out as they were agreed; ours are in the language of the message.
    language = "en" if text else message.language or conversation.language
    words = acknowledging.render(
        text.text if text else acknowledging.default_text(language),
        brand=conversation.brand.name,
        opens_at=opens_at,
        zone=ZoneInfo(settings.TIME_ZONE),
        number=(text.emergency_number if text else "") or emergency_number(force.book),
        language=language,
    )
    delivery = outbox.queue(
        conversation=conversation,
        in_reply_to=message,
        person_id=None,
        automatic=True,
        text=words,
        afterwards="",
        release_at=now,
        stamp=stamp,
        actor=SYSTEM,
        now=now,
    )
    # In a storm hundreds of these wait: what a person wrote goes before them.
    jobs.defer(DELIVER, at=now, behind=True, delivery_id=delivery.pk)
    return delivery


def emergency_number(book: Rulebook) -> str:
    """The number the policy names, if it names one."""
    try:
        value = book.rule("emergencies").value
    except LookupError:
        return ""
    return str(value.get("phone", "")) if isinstance(value, dict) else ""


# --- What became of it -----------------------------------------------------------------------


def confirmed(*, delivery: Delivery, message: Message, now: datetime) -> None:
    """It stands on the platform: it answers what came out of hours, and a person follows (A3)."""
    made = queries.acknowledgement_of(delivery.pk)
    if made is None:
        return
    actions.confirmed(acknowledgement=made, at=message.received_at)
    enquiry = made.enquiry
    enquiry.conversation = made.conversation
    force = numbers.in_force(enquiry.opened_at)
    stopped = clocks.stop(
        enquiry=enquiry,
        act=Act(
            kind=ActKind.REPLY,
            confirmed_at=message.received_at,
            visible_to_enquirer=True,
            automatic=True,
        ),
        auto_counts_in_hours=force.auto_counts_in_hours,
        by_kind="delivery",
        by_id=delivery.pk,
        actor=SYSTEM,
        shown=False,
        now=now,
    )
    # The row is shown once, with the clock that follows where one begins.
    after = follow_up(enquiry=enquiry, force=force, now=now) if stopped is not None else None
    if after is None or after.state != ClockState.RUNNING:
        clocks.show_of(enquiry.conversation_id)


def follow_up(*, enquiry: Enquiry, force: InForce, now: datetime) -> Clock:
    """A person answers after the next opening: the clock that an automatic text cannot stop."""
    conversation = enquiry.conversation
    return keeping.of_kind(
        kind=ClockKind.FOLLOW_UP,
        conversation=conversation,
        enquiry=enquiry,
        started_at=enquiry.opened_at,
        in_hours=False,
        force=force,
        calendar=brands.calendar_at(conversation.brand_id, enquiry.opened_at),
        now=now,
    )


def gone(*, message: Message, now: datetime) -> None:
    """It was taken off the platform: what it had answered is unanswered, due as before."""
    delivery = Delivery.objects.filter(message=message).first()
    made = queries.acknowledgement_of(delivery.pk) if delivery is not None else None
    if made is not None:
        clocks.reopen(
            enquiry=made.enquiry,
            event=ClockEvent.ANSWER_DELETED,
            stopped_at=message.received_at,
            actor=SYSTEM,
            now=now,
        )


def is_pointless(delivery: Delivery, *, now: datetime) -> bool:
    """A person was quicker, nothing waits any more, or the doors are open again."""
    made = queries.acknowledgement_of(delivery.pk)
    if made is None:
        return True
    enquiry = made.enquiry
    settled = enquiry.answered_at is not None or enquiry.closed_at is not None
    return settled or now >= made.opens_at


def failed(*, delivery: Delivery, now: datetime) -> None:
    made = queries.acknowledgement_of(delivery.pk)
    if made is not None and made.enquiry.closed_at is None:
        _tell_late(made, delivery.reason or "the platform did not take it", now=now)


def watch(*, now: datetime, limit: int = 100) -> int:
    """Acknowledgements that should have left by now: people are told once of each. Returns how
    many there were."""
    late = queries.not_gone_out(now=now, limit=limit)
    for made in late:
        delivery = made.delivery
        why = delivery.reason if delivery is not None and delivery.reason else "it still waits"
        _tell_late(made, why, now=now)
    return len(late)


def _tell_late(made: Acknowledgement, why: str, *, now: datetime) -> None:
    conversation = made.conversation
    stamp = Stamp(conversation.due_clause)
    if not actions.told_late(acknowledgement=made, why=why, stamp=stamp, now=now):
        return
    due = conversation.due_at
    zone = ZoneInfo(settings.TIME_ZONE)
    until = f" A person has to answer by {times.when_words(due, now, zone)}." if due else ""
    telling.tell(
        who=telling.leads_and_owner(brand_id=conversation.brand_id, now=now),
        conversation=conversation,
        kind=Kind.FAILED,
        key=f"acknowledgement:{made.pk}",
        says=f"An automatic acknowledgement of {conversation.brand.name} did not go out in time:"
        f" {why.rstrip('.')}. The promise counts from receipt.{until}",
        by_mail=True,
        now=now,
    )
