"""What the demo's Pod works with: labels, texts, and what is each brand's own."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from glede.desk.conversations import actions_labels as labels
from glede.desk.conversations import queries_labels
from glede.desk.conversations.models import Conversation
from glede.desk.replies import actions_texts as texts
from glede.desk.replies.texts import Use, Wording
from glede.desk.replies.voices import Voice
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.models import Person


def furnish(brand_ids: dict[str, int], *, lead: Person, now: datetime) -> None:
    """Lay it out; the caller's transaction holds it together."""
    found = _file()
    for name in found["labels"]:
        labels.create(name=name, brand_id=None, person_id=lead.pk, actor=SYSTEM, now=now)
    for slug, said in found["voices"].items():
        said["phrases"] = tuple(said["phrases"])
        texts.speak(brand_id=brand_ids[slug], voice=Voice(**said), actor=SYSTEM, now=now)
    for text in found["texts"]:
        texts.write(
            text_id=None,
            owner_id=None,
            wording=Wording(
                brand_id=brand_ids[text["brand"]] if "brand" in text else None,
                use=Use.REPLY,
                language=text.get("language", "en"),
                title=text["title"],
                words=text["words"],
            ),
            by_id=lead.pk,
            actor=SYSTEM,
            now=now,
        )


def label(conversation: Conversation, name: str, *, now: datetime) -> None:
    """Put one of the demo's labels on. Raises `BadLabel` for one it does not have."""
    one = queries_labels.usable(queries_labels.for_brand(conversation.brand_id), name)
    labels.put_on(conversation_id=conversation.pk, label_id=one.id, actor=SYSTEM, now=now)


def _file() -> dict[str, Any]:
    text = Path(__file__).with_name("demo_desk.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
