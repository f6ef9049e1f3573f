"""Small makers: each goes through the room's own actions and asks only for what a test is about."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from glede.desk.conversations.models import Conversation
from glede.desk.intake import actions as intake
from glede.flow import inbound
from glede.platforms.contract import RawEvent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands.rules import ASSUMED_WEEK, DAYS, Week
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Role, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.policy.rules import Document, RuleText, Status

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: Tuesday 24 November 2026, 11:40 in London: in working hours.
NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)
PASSWORD = "Wing-loading 17 kestrels"
SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdCB3ZWJzaXRl"


#: Open at every hour: what is due when then depends on no hour of the day.
ALWAYS: Week = {day: [["00:00", "24:00"]] for day in DAYS}


def brand(name: str, *, order: int = 0, week: Week = ASSUMED_WEEK) -> int:
    """A brand open Monday to Friday from 09:00 to 17:30, unless its week says otherwise."""
    slug = name.lower().replace(" ", "-")
    made = brands.create(
        slug=slug, name=name, code=_code(name), order=order, actor=SYSTEM, now=LONG_AGO
    )
    brands.publish_calendar(
        brand_id=made,
        effective_at=LONG_AGO,
        actor=SYSTEM,
        now=LONG_AGO,
        week=week,
        closed_on_bank_holidays=week is not ALWAYS,
    )
    return made


def _code(name: str) -> str:
    initials = "".join(word[0] for word in name.split())
    return (initials if len(initials) > 1 else name[:2]).upper()


def policy_version(*, number: str = "1", effective_at: datetime = LONG_AGO, **says: Any) -> int:
    """The model policy, in force since `effective_at`. `says` are rules that say otherwise, with
    `__` for the dot: `acknowledge__automatic="none"`."""
    document = _saying(replace(policy_queries.model_policy(), number=number), says)
    made = policy.draft(document=document, actor=SYSTEM, now=effective_at)
    policy.approve(
        version_id=made,
        approved_by="Executive team",
        effective_at=effective_at,
        actor=SYSTEM,
        now=effective_at,
    )
    return made


def _saying(document: Document, says: dict[str, Any]) -> Document:
    changed = {key.replace("__", "."): value for key, value in says.items()}
    clauses = {rule.key: rule.clause for rule in document.rules}
    kept = tuple(rule for rule in document.rules if rule.key not in changed)
    added = tuple(
        RuleText(key, value, Status.CONFIRMED, clauses.get(key, ""))
        for key, value in changed.items()
    )
    return replace(document, rules=kept + added)


def person(name: str, role: Role | None = None, *, brand_id: int | None = None) -> Viewer:
    """Somebody with one role, for one brand or for all; signs in with name@kite.example."""
    made = people.create(
        email=f"{name.lower()}@kite.example",
        name=name,
        post_title="",
        sign_off=name,
        password=PASSWORD,
        actor=SYSTEM,
        now=LONG_AGO,
    )
    if role is not None:
        people.grant(
            person_id=made,
            role=role,
            brand_id=brand_id,
            from_at=LONG_AGO,
            actor=SYSTEM,
            now=LONG_AGO,
        )
    return people_queries.viewer(made, now=NOW)


def website(slug: str, brand_id: int) -> int:
    """The app and account of a brand's website, called `slug`; returns the app."""
    app = accounts.register_app(
        platform="website",
        slug=slug,
        name=slug,
        secrets=[SECRET],
        settings={"public_key": f"pk_{slug}", "sites": f"https://{slug}.example"},
        actor=SYSTEM,
        now=LONG_AGO,
    )
    accounts.connect(
        app_id=app,
        brand_id=brand_id,
        native_id=slug,
        handle=f"{slug}.example",
        base_url="",
        credential={},
        settings={},
        actor=SYSTEM,
        now=LONG_AGO,
    )
    return app


def conversation(
    app_id: int,
    text: str = "The lift at Swallow House is stuck again.",
    *,
    slug: str = "red-kite",
    name: str = "Dawn",
    at: datetime = NOW,
    thread: str = "",
    reaches_us: datetime | None = None,
    language: str = "",
) -> Conversation:
    """A resident writes on a website; the worker has understood it five seconds later, or when
    it reached us."""
    thread = thread or f"{name}-{at.timestamp()}"
    event = website_event(text, slug=slug, name=name, at=at, thread=thread, language=language)
    later = reaches_us or at + timedelta(seconds=5)
    intake.keep(app_id=app_id, events=[event], now=later, way="webhook")
    inbound.drain(now=later)
    return Conversation.objects.get(messages__native_id=f"{slug}/{event.key}")


def website_event(
    text: str,
    *,
    name: str,
    at: datetime,
    slug: str = "red-kite",
    thread: str = "",
    language: str = "",
) -> RawEvent:
    """What a website sends when a resident writes there."""
    thread = thread or f"{name}-{at.timestamp()}"
    message = f"{thread}-{at.timestamp()}"
    body = {
        "type": "message.created",
        "timestamp": at.isoformat(),
        "data": {
            "id": message,
            "thread": thread,
            "author": {"id": name, "name": name},
            "text": text,
            **({"language": language} if language else {}),
        },
    }
    return RawEvent(key=message, body=json.dumps(body).encode(), account=slug)
