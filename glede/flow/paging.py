"""Alerts leave the desk: web push, e-mail, and services by Apprise; each with its outcome.

What leaves says what kind of thing it is, where and under which clause, never what a resident wrote
or who they are. No transaction is held while somebody else's machine is spoken to. A worker that
dies after the other side took one and before we noted it tells it twice: better than never.
"""

import json
import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.db import transaction
from django.template.loader import render_to_string

from glede.desk.alerts import actions_dispatches as dispatches
from glede.desk.alerts import actions_ways as ways
from glede.desk.alerts import queries_ways as ways_queries
from glede.desk.alerts.models import Dispatch
from glede.desk.alerts.rules import SEVERE, WORDS, Kind, Way
from glede.flow import notices
from glede.kit import crypto, services, webpush
from glede.kit.outward import Answer, Answered
from glede.kit.pushkey import Subscription

log = logging.getLogger(__name__)

#: Sent in one turn of the loop, so many side by side: a slow machine holds up no other.
AT_ONCE = 20
_SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class _Words:
    """What leaves the desk."""

    title: str
    says: str
    #: A path of ours.
    href: str
    #: What replaces what on a screen: the same thing told again stands once.
    tag: str
    severe: bool


def run(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Send what is due; returns how many were. While no mail server is named, e-mails wait."""
    but = () if notices.can_mail() else (Way.MAIL,)
    with transaction.atomic():
        taken = dispatches.take_due(now=now, limit=limit, but=but)
        for one in [one for one in taken if _is_known(one)]:
            dispatches.not_needed(dispatch=one, now=now)
        due = [one for one in taken if not _is_known(one)]
        sends = [_send(one, now=now) for one in due]
    if not due:
        return len(taken)
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="page") as pool:
        answers = list(pool.map(_safely, sends))
    for one, answer in zip(due, answers, strict=True):
        with transaction.atomic():
            _note(one, answer, now=now)
    return len(taken)


def expire(*, now: datetime) -> int:
    """Give up what could not leave in time; returns how many."""
    with transaction.atomic():
        return dispatches.expire(now=now)


def _is_known(one: Dispatch) -> bool:
    """Was it seen on the desk, or taken by somebody, before it left? Nothing goes to a leaver."""
    if one.person is not None and not one.person.is_active:
        return True
    if one.alert is not None:
        call = one.alert.call
        return one.alert.seen_at is not None or (
            call is not None and (call.taken_at is not None or call.over_at is not None)
        )
    return one.call is not None and (one.call.taken_at is not None or one.call.over_at is not None)


def _safely(send: Callable[[], Answer]) -> Answer:
    try:
        return send()
    except Exception as error:  # a fault of a library of theirs must not hold up the others
        log.exception("an alert could not be sent")
        return Answer(Answered.LATER, f"our fault: {type(error).__name__}")


def _note(one: Dispatch, answer: Answer, *, now: datetime) -> None:
    match answer.answered:
        case Answered.TAKEN:
            dispatches.sent(dispatch=one, outcome=answer.says, now=now)
        case Answered.GONE:
            dispatches.gone(dispatch=one, outcome=answer.says, now=now)
        case Answered.REFUSED:
            dispatches.refused(dispatch=one, outcome=answer.says, now=now)
        case Answered.LATER:
            log.warning("alert %s by %s: %s (try %s)", one.pk, one.way, answer.says, one.tries)
            dispatches.did_not(dispatch=one, outcome=answer.says, asked=answer.at, now=now)


# --- One message -------------------------------------------------------------------------------


def _send(one: Dispatch, *, now: datetime) -> Callable[[], Answer]:
    """What is needed is read here; the returned call speaks to the other side alone."""
    words = _words(one)
    try:
        match Way(one.way):
            case Way.MAIL:
                return partial(_mail, one.person.email if one.person is not None else "", words)
            case Way.PUSH:
                return _push(one, words, now=now)
            case Way.SERVICE:
                return partial(
                    services.send,
                    _secret(one),
                    title=words.title,
                    body=f"{words.says}\n{settings.GLEDE_BASE_URL}{words.href}",
                    urgent=words.severe,
                )
    except (crypto.SecretUnreadableError, crypto.KeyMissingError) as error:
        return partial(Answer, Answered.LATER, f"our vault: {type(error).__name__}")


def _secret(one: Dispatch) -> str:
    return "" if one.address is None else ways_queries.secret_of(one.address)


def _words(one: Dispatch) -> _Words:
    alert, call = one.alert, one.call
    about = alert or call
    if about is None:
        return _Words(
            "Glede: a test", "This is a test. Alerts reach you here.", "/alerts/ways/", "test",
            severe=False,
        )  # fmt: skip
    kind = Kind(about.kind)
    plain = WORDS.get(kind, "Many posts wait for an answer")
    href = alert.href if alert is not None else f"/c/{about.conversation_id}/"
    if not href and about.conversation_id is not None:
        href = f"/c/{about.conversation_id}/"
    tag = f"c{about.conversation_id}" if about.conversation_id else f"a{about.pk}"
    return _Words(
        title="Glede: urgent" if kind in SEVERE else "Glede",
        says=about.outward or f"{plain}.",
        href=href or "/alerts/",
        tag=tag,
        severe=kind in SEVERE,
    )


def _push(one: Dispatch, words: _Words, *, now: datetime) -> Callable[[], Answer]:
    payload = {
        "title": words.title,
        "body": words.says,
        "href": words.href,
        "tag": words.tag,
        "severe": words.severe,
        "alert": one.alert_id or 0,
    }
    return partial(
        webpush.send,
        Subscription(**json.loads(_secret(one))),
        json.dumps(payload, ensure_ascii=False).encode(),
        secret=ways.push_secret(now=now),
        contact=settings.GLEDE_PUSH_CONTACT or f"mailto:{settings.DEFAULT_FROM_EMAIL}",
        kept_seconds=settings.GLEDE_PUSH_KEPT_SECONDS,
        topic=words.tag,
        urgent=words.severe,
        now=now,
    )


def _why(error: OSError | smtplib.SMTPException) -> str:
    """What whoever runs Glede has to mend; nothing of what the server said."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the mail server’s certificate is not trusted: {error.verify_message}"
        case smtplib.SMTPAuthenticationError():
            return "the mail server does not take our name and password (GLEDE_SMTP_USER)"
        case smtplib.SMTPNotSupportedError() | ssl.SSLError():
            return "the mail server does not speak TLS as set (GLEDE_SMTP_TLS, GLEDE_SMTP_SSL)"
        case ConnectionRefusedError() | TimeoutError() | socket.gaierror():
            return f"the mail server was not reached ({type(error).__name__}, GLEDE_SMTP_HOST)"
    return f"the mail server: {type(error).__name__}"


def _mail(to: str, words: _Words) -> Answer:
    """One sentence and a link, as text and as HTML: what it is about stays behind the sign-in."""
    values = {
        "words": words,
        "link": f"{settings.GLEDE_BASE_URL}{words.href}",
        "preferences": f"{settings.GLEDE_BASE_URL}/alerts/preferences/",
    }
    letter = EmailMultiAlternatives(
        subject=f"Glede: {words.says}"[:150],
        body=render_to_string("alerts/mail.txt", values),
        to=[to],
        headers={
            "List-Unsubscribe": f"<{values['preferences']}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no machine answers it
        },
    )
    letter.attach_alternative(render_to_string("alerts/mail.html", values), "text/html")
    server = mailers.default
    try:
        try:
            server.send_messages([letter])
        finally:
            # One that was opened and not let in (a wrong password) stays open otherwise.
            server.close()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        final = bool(codes) and all(code >= 500 for code in codes)
        says = f"the mail server refused the address ({codes[0] if codes else '?'})"
        return Answer(Answered.REFUSED if final else Answered.LATER, says)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Answered.LATER, _why(error))
    return Answer(Answered.TAKEN, "the mail server took it")
