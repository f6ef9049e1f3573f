"""A desk with something on every page, and the address of each page: what the walk looks at.

One person holds every role here, so that one sign-in opens every page and shows all its buttons.
"""

import io
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from glede.desk.alerts.models import Alert
from glede.desk.attachments import actions as attachments
from glede.desk.attachments.models import Attachment
from glede.desk.captures.models import Capture
from glede.desk.conversations.lanes import Order
from glede.desk.insight.period import Period
from glede.desk.intake import actions as intake
from glede.desk.replies.texts import Use, Wording
from glede.desk.rota import queries as queries_rota
from glede.desk.rota import rules as rules_rota
from glede.desk.sharing.models import Rule
from glede.desk.sharing.rules import RuleOf
from glede.desk.views.rules import Share
from glede.desk.webhooks.models import Endpoint
from glede.flow import (
    alerting,
    approved_platforms,
    handling,
    inbound,
    reaching,
    reading_in,
    rehearsing,
    rota,
    sharing,
    sorting,
    texts,
    viewing,
)
from glede.flow import tokens as flow_tokens
from glede.flow.rehearsing import Wanted
from glede.platforms.contract import RawEvent
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brand_actions
from glede.rulebook.brands.models import Brand
from glede.rulebook.imports.models import Item
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Permission, Role, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy.models import Related, Reliance
from tests import make
from tests.cast import Cast
from tests.desk.test_rota import days, nights
from tests.web import inbox_desk, policy_desk
from tests.web.inbox_desk import Town

_READERS = "tests.rulebook.import_readers"


@dataclass(frozen=True, slots=True)
class Furnished:
    """`everything` holds every role; `ids` are what stands in addresses, by their names there."""

    everything: Viewer
    ids: dict[str, object] = field(default_factory=dict)


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(target, "JPEG")
    return target.getvalue()


def holds_every_role(name: str) -> Viewer:
    viewer = make.person(name, Role.ADVISOR)
    for role in Role:
        if role is not Role.ADVISOR:
            people.grant(
                person_id=viewer.id,
                role=role,
                brand_id=None,
                from_at=make.LONG_AGO,
                actor=SYSTEM,
                now=make.LONG_AGO,
            )
    return people_queries.viewer(viewer.id, now=make.NOW)


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


@transaction.atomic
def gives_codes(viewer: Viewer) -> None:
    """An app on their phone gives codes from now on, and there are recovery codes."""
    person = get_user_model().objects.get(pk=viewer.id)
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)


@transaction.atomic
def furnish(now: datetime) -> Furnished:
    """Everything a page can show, as it comes about: through the flow, or through its own form."""
    town = inbox_desk.tuesday(now)
    brand_ids = dict(Brand.objects.values_list("slug", "pk"))
    with transaction.atomic():
        brand_actions.set_up(name="Red Kite Group", actor=SYSTEM, now=make.LONG_AGO)
        every = holds_every_role("Wanda")
        attachments.keep(attachment=Attachment.objects.get(), content=picture(), now=now)
    client = client_of(every)
    furnished = Furnished(
        every,
        {
            **_policy(town, every, brand_ids, now),
            **_conversations(town, every, client, now),
            **_work(town, every, now),
            **_machine(every, client, now),
        },
    )
    _session_ends_while_writing(client, town)
    return furnished


def _session_ends_while_writing(client: Client, town: Town) -> None:
    page = f"/c/{town.waiting.pk}/"
    client.get(page)
    client.session.delete()
    client.post(f"{page}say/", {"mode": "reply", "text": "It comes on Monday, Cerys."})


def _policy(
    town: Town, every: Viewer, brand_ids: dict[str, int], now: datetime
) -> dict[str, object]:
    people_here = Cast(
        **dict.fromkeys(("noor", "felix", "beth", "delia", "ada", "stan", "nell"), every),
        **{name: getattr(town, name) for name in ("sam", "meena", "priya", "rae")},
        red_kite=brand_ids["red-kite"],
        pennvale=brand_ids["pennvale"],
        red_kite_site=town.sites["red-kite"],
        pennvale_site=town.sites["pennvale"],
        policy=0,
    )
    made = policy_desk.overdue(now, people_here)
    policy_desk.in_review(made, now)
    policy_desk.reviewed(made, now)
    with transaction.atomic():
        policy.draft(document=policy_desk.changed("5"), actor=every.actor, now=now)
    import_id, _ = reading_in.take_in(
        viewer=every, data=b"The policy.", name="voices.docx", note="", now=now
    )
    reading_in.read(import_id=import_id, reader=f"{_READERS}:read")
    week = Period(now - timedelta(days=7), now)
    with transaction.atomic():
        played = rehearsing.play_now(wanted=Wanted(week), actor=SYSTEM, now=now)
    return {
        "import_id": import_id,
        "item_id": Item.objects.get(of_id=import_id, key="hours").pk,
        "rehearsal_id": played.pk,
        "document_id": Related.objects.earliest("pk").pk,
        "law_id": Reliance.objects.earliest("pk").pk,
    }


def _conversations(town: Town, every: Viewer, client: Client, now: datetime) -> dict[str, object]:
    message = town.dawn.messages.filter(direction="in").earliest("pk")
    client.post(
        f"/c/{town.dawn.pk}/m/{message.pk}/",
        {"act": "block", "reason": "threatening", "words": "Threatens a colleague"},
    )
    handling.note(
        viewer=town.sam, conversation_id=town.dawn.pk, text="@Wanda, is that yours?", now=now
    )
    client.post(
        f"/people/{town.dawn.contact_id}/",
        {"act": "note", "text": "Rings after six."},
    )
    label = sorting.create_label(viewer=every, name="repairs", brand_id=None, now=now)
    sorting.label(viewer=every, conversation_id=town.dawn.pk, label_id=label.pk, now=now)
    view = viewing.keep(
        viewer=every,
        name="Leaks",
        query="label:repairs",
        order=Order.TIME_LEFT,
        share=Share.ME,
        brand_id=None,
        now=now,
    )
    alike = [
        inbox_desk.comment(
            town.red_kite,
            name,
            f"When do the new bin stores open? {name}",
            at=now - timedelta(minutes=number),
        )
        for number, name in enumerate(("Ann Lee", "Bob Ray", "Cis Orr"), start=2)
    ]
    posted = (now - timedelta(minutes=40)).astimezone(queries_rota.zone())
    client.post(
        "/capture/",
        {
            "account": Account.objects.filter(platform="bluesky").earliest("pk").pk,
            "name": "Ola Wren",
            "text": "Does anybody answer here?",
            "kind": "comment",
            "at": f"{posted:%Y-%m-%dT%H:%M}",
            "screenshot": SimpleUploadedFile("s.jpg", picture(), content_type="image/jpeg"),
        },
    )
    inbound.drain(now=now)
    return {
        "conversation_id": town.dawn.pk,
        "message_id": message.pk,
        "contact_id": town.dawn.contact_id,
        "alike_id": alike[0].pk,
        "label_id": label.pk,
        "view_id": view,
        "capture_id": Capture.objects.get().pk,
    }


def _work(town: Town, every: Viewer, now: datetime) -> dict[str, object]:
    wording = Wording(None, Use.REPLY, "en", "Roofer", "Hi {{first name}}, a roofer comes.")
    shared = texts.write(viewer=every, text_id=None, own=False, wording=wording, now=now)
    mine = texts.write(viewer=every, text_id=None, own=True, wording=wording, now=now)
    sharing.add_rule(viewer=every, rule=RuleOf(id=0, phrases=("lift", "leak")), now=now)
    monday = rules_rota.monday_of(now.astimezone(queries_rota.zone()).date())
    rota.save_week(
        viewer=every,
        monday=monday,
        shifts=days(town.sam, monday=monday) + nights(town.priya, time(18), time(8), monday=monday),
        seen=0,
        now=now,
    )
    rota.away(
        viewer=every,
        person_id=town.meena.id,
        from_on=monday,
        until_on=monday + timedelta(days=7),
        now=now,
    )
    alerting.run(now=now - timedelta(minutes=10))
    town.asks("Iris", "When are the bins emptied?", at=now - timedelta(minutes=1))
    alerting.run(now=now)
    reaching.send_test(viewer=every, address_id=None, now=now)
    return {
        "text_id": shared,
        "my_text_id": mine,
        "rule_id": Rule.objects.get().pk,
        "monday": monday,
        "shift_id": queries_rota.week(monday)[-1].pk,
        "alert_id": Alert.objects.filter(person_id=every.id).earliest("pk").pk,
    }


def _machine(every: Viewer, client: Client, now: datetime) -> dict[str, object]:
    approved_platforms.begin(now=now)
    account = Account.objects.get(native_id="red-kite")
    with transaction.atomic():
        accounts.lapsed(account_id=account.pk, why="The password was changed.", now=now)
        intake.open_blindness(account_id=account.pk, from_at=now, why="It is closed.", now=now)
    event = RawEvent(key="broken-17", body=b"{not json", account="red-kite")
    intake.keep(app_id=account.app_id, events=[event], now=now, way="webhook")
    inbound.drain(now=now)
    flow_tokens.make(
        name="Board report",
        person_id=every.id,
        permissions=[Permission.READ_POLICY],
        brand_ids=None,
        days=30,
        actor=every.actor,
        now=now,
    )
    client.post(
        "/webhooks/",
        {"name": "Repairs", "url": "https://repairs.example/hook", "kinds": ["message.received"]},
    )
    return {
        "account_id": account.pk,
        "endpoint_id": Endpoint.objects.get().pk,
        "key": "pk_red-kite",
        "slug": "red-kite",
        "brand": "pennvale",
        "platform": "website",
        "number": "6.5",
    }
