"""A desk on an ordinary Tuesday: four brands, a website and a Bluesky page each, people writing.

Everything comes in as it does in life: raw events, understood by the flow at the time they came.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from glede.desk.conversations.models import Conversation, Message
from glede.desk.intake import actions as intake
from glede.desk.outbox.models import Delivery
from glede.flow import confirm, handling, inbound, outbound
from glede.platforms.contract import RawEvent, Receipt
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands.rules import ASSUMED_WEEK, Week
from glede.rulebook.people.rules import Role, Viewer
from tests import make

_POST = "app.bsky.feed.post"


def did(name: str) -> str:
    """A well-formed identifier made of a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return f"did:plc:{base64.b32encode(digest).decode().lower()[:24]}"


@dataclass
class Page:
    """A brand's page on Bluesky."""

    slug: str
    name: str
    app_id: int

    @property
    def did(self) -> str:
        return did(f"{self.slug}page")

    @property
    def root(self) -> dict[str, object]:
        """The post of ours that people answer."""
        uri = f"at://{self.did}/{_POST}/3kroot"
        return {
            "uri": uri,
            "cid": "bafyroot",
            "author": {"did": self.did, "handle": f"{self.slug}.example", "displayName": self.name},
            "record": {
                "text": "The new bin stores at Castle Court open on Monday 30 November. "
                "Here is how to get your key."
            },
            "indexedAt": "2026-11-23T16:10:00Z",
        }


def page(name: str, brand_id: int) -> Page:
    slug = name.lower().replace(" ", "-")
    app_id = accounts.register_app(
        platform="bluesky",
        slug=f"bluesky-{slug}",
        name=f"{name} on Bluesky",
        secrets=[],
        settings={},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    made = Page(slug, name, app_id)
    accounts.connect(
        app_id=app_id,
        brand_id=brand_id,
        native_id=made.did,
        handle=f"{slug}.example",
        base_url="http://127.0.0.1:9",
        credential={"password": "not used"},
        settings={},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    return made


def comment(
    of: Page,
    name: str,
    text: str,
    *,
    at: datetime,
    edited: datetime | None = None,
    embed: dict[str, object] | None = None,
    reaches_us: datetime | None = None,
    labels: Sequence[str] = (),
    answers: Message | None = None,
) -> Conversation:
    """Somebody answers our post on Bluesky."""
    uri = f"at://{did(name)}/{_POST}/3k{at:%H%M%S}"
    root = {"uri": of.root["uri"], "cid": "bafyroot"}
    parent = {"uri": answers.native_id, "cid": answers.revision} if answers else root
    body: dict[str, object] = {
        "at": at.isoformat(),
        "post": {
            "uri": uri,
            "cid": f"bafy{at:%H%M%S}{'e' if edited else ''}",
            "author": {
                "did": did(name),
                "handle": f"{name.lower().replace(' ', '')}.example",
                "displayName": name,
            },
            "record": {
                "text": text,
                "langs": ["en"],
                "reply": {"root": root, "parent": parent},
            },
            **({"embed": embed} if embed else {}),
            "labels": [{"src": did("labeller"), "uri": uri, "val": one} for one in labels],
        },
        "root": of.root,
    }
    if edited:
        body["edited"] = edited.isoformat()
    _comes(of.app_id, of.did, body, at=reaches_us or edited or at)
    return Conversation.objects.get(messages__native_id=uri)


def taken_away(of: Page, name: str, *, written: datetime, at: datetime) -> None:
    uri = f"at://{did(name)}/{_POST}/3k{written:%H%M%S}"
    _comes(of.app_id, of.did, {"at": at.isoformat(), "deleted": uri}, at=at)


def _comes(app_id: int, account: str, body: dict[str, object], *, at: datetime) -> None:
    raw = json.dumps(body).encode()
    event = RawEvent(key=f"{account}-{hash(raw)}", body=raw, account=account)
    later = at + timedelta(seconds=4)
    intake.keep(app_id=app_id, events=[event], now=later, way="poll")
    inbound.drain(now=later)


def answer(conversation: Conversation, viewer: Viewer, text: str, *, at: datetime) -> Message:
    """A reply that went out and that the platform confirmed a moment later."""
    queued = outbound.queue_reply(
        viewer=viewer,
        conversation_id=conversation.pk,
        text=text,
        seen_revision=conversation.revision + 100,
        now=at - timedelta(seconds=11),
    )
    assert isinstance(queued, outbound.Queued), queued
    Delivery.objects.filter(pk=queued.delivery_id).update(state="sending")
    receipt = Receipt(native_id=f"answer-{queued.delivery_id}", at=at, url="https://bsky.app/")
    with transaction.atomic():
        message = confirm.sent(delivery_id=queued.delivery_id, receipt=receipt, now=at)
    assert message is not None
    return message


@dataclass
class Town:
    """Who works at the desk, and what stands on it."""

    now: datetime
    sam: Viewer
    priya: Viewer
    meena: Viewer
    rae: Viewer
    unsigned: Viewer
    red_kite: Page
    pennvale: Page
    dawn: Conversation
    most_urgent: Conversation
    waiting: Conversation
    sites: dict[str, int]

    def asks(self, name: str, text: str, *, at: datetime, slug: str = "red-kite") -> Conversation:
        """Somebody fills in a website's form."""
        return make.conversation(self.sites[slug], text, slug=slug, name=name, at=at)


@transaction.atomic
def tuesday(now: datetime, *, week: Week = ASSUMED_WEEK) -> Town:
    """Everything up to `now`; call it with Tuesday 24 November 2026, 13:30, for the usual view.

    Where the order of the list matters and the clock is the real one, let it be a week that is
    open at every hour (`make.ALWAYS`): otherwise who is the most urgent depends on the hour.
    """

    def ago(hours: float = 0, minutes: float = 0) -> datetime:
        return now - timedelta(hours=hours, minutes=minutes)

    brands = {
        name: make.brand(name, order=order, week=week)
        for order, name in enumerate(("Red Kite", "Twenty11", "Pennvale", "Edenmead"))
    }
    # Whatever the hour of the test, nobody is acknowledged automatically in this town.
    make.policy_version(acknowledge__automatic="none")
    pages = {name: page(name, brand) for name, brand in brands.items()}
    sites = {
        name.lower().replace(" ", "-"): make.website(name.lower().replace(" ", "-"), brand)
        for name, brand in brands.items()
    }
    sam = make.person("Sam", Role.ADVISOR)
    priya = make.person("Priya", Role.LEAD)
    meena = make.person("Meena", Role.ADVISOR, brand_id=brands["Red Kite"])
    rae = make.person("Rae", Role.READER)
    unsigned = _without_sign_off(make.person("Ursula", Role.ADVISOR))
    red_kite, pennvale = pages["Red Kite"], pages["Pennvale"]

    late = comment(
        pages["Twenty11"],
        "Kerry-Ann Dobbs",
        "Third time of asking: when is the lift at Ashgrove House going to be fixed? My mum is 81",
        at=ago(4, 25),
    )
    comment(red_kite, "Maureen Tilley", "Is the Monday lunch club on next week?", at=ago(3, 49))
    make.conversation(
        sites["edenmead"],
        "Hi I got a letter about a home visit but I work nights, can it be later in the day?",
        slug="edenmead",
        name="Callum Frith",
        at=ago(3, 32),
    )
    make.conversation(
        sites["twenty11"],
        "Shared ownership: how long does a second valuation stay valid?",
        slug="twenty11",
        name="Aisha Rahmani",
        at=ago(3, 8),
    )
    dawn = comment(
        red_kite,
        "Dawn Petherick",
        "Is anyone going to look at the leak in the stairwell at Castle Court? Coming through the "
        "ceiling, I’ve told you twice now.",
        at=ago(1, 50),
        embed={
            "images": [
                {
                    "alt": "Ceiling of a stairwell with a brown water stain",
                    "fullsize": "https://x.example/p",
                }
            ]
        },
    )
    comment(
        red_kite,
        "Dawn Petherick",
        "Is anyone going to look at the leak in the stairwell at Castle Court? Coming through the "
        "ceiling since Sunday, I’ve told you twice now and the little ones slip on it.",
        at=ago(1, 50),
        edited=ago(1, 38),
    )
    comment(
        red_kite,
        "Gareth Olusanya",
        "Same on the second floor. Bucket out since Sunday.",
        at=ago(1, 32),
    )
    comment(red_kite, "Marek Wolny", "Typical.", at=ago(1, 20))
    taken_away(red_kite, "Marek Wolny", written=ago(1, 20), at=ago(1, 10))
    comment(pennvale, "Jean and Tony Marsh", "Will there be captions? Tony", at=ago(1, 15))
    comment(
        pages["Edenmead"],
        "Lewis Abara",
        "The new cycle store code doesn’t work for block C",
        at=ago(0, 59),
        reaches_us=ago(0, 20),
    )
    make.conversation(
        sites["red-kite"],
        "do u take dogs in the flats on mill lane or not x",
        slug="red-kite",
        name="Sophie Kendrick",
        at=ago(0, 42),
    )
    comment(
        pages["Twenty11"],
        "Nadia Hussain",
        "Beautiful kitchens, what is the service charge on the two beds?",
        at=ago(0, 28),
    )
    comment(
        pennvale,
        "Philip Wainwright",
        "Your grass contractor has taken the top off my roses again",
        at=ago(0, 11),
    )
    waiting = comment(red_kite, "Ola Fashanu", "Street light is out again", at=ago(2, 49))
    answer(waiting, sam, "Which road is the street light on, please?", at=ago(2, 25))

    for conversation, viewer in ((dawn, sam), (late, priya)):
        handling.assign(
            viewer=viewer, conversation_id=conversation.pk, person_id=viewer.id, now=ago(1)
        )
    handling.note(
        viewer=priya,
        conversation_id=dawn.pk,
        text="Repairs job R-20418. Roofer Wed 25 Nov, 08:00 to 12:00. Please don’t promise today.",
        now=ago(0, 54),
    )
    return Town(
        now=now,
        sam=sam,
        priya=priya,
        meena=meena,
        rae=rae,
        unsigned=unsigned,
        red_kite=red_kite,
        pennvale=pennvale,
        dawn=dawn,
        most_urgent=late,
        waiting=waiting,
        sites=sites,
    )


def _without_sign_off(viewer: Viewer) -> Viewer:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET sign_off = '' WHERE id = %s", [viewer.id])
    return viewer
