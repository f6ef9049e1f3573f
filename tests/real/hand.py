"""Does with a desk's own actions what a test asks for: one line of JSON asks, one line answers.

A process of its own (`python -m tests.real.hand`), because the test's own Django is bound to the
test database and not to the desk's.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import django
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glede.settings")
django.setup()

from glede.desk.conversations.models import Conversation  # noqa: E402
from glede.flow import outbound  # noqa: E402
from glede.kit import clock  # noqa: E402
from glede.rulebook.accounts import actions as accounts  # noqa: E402
from glede.rulebook.accounts import queries as account_queries  # noqa: E402
from glede.rulebook.audit.rules import SYSTEM  # noqa: E402
from glede.rulebook.brands import actions as brands  # noqa: E402
from glede.rulebook.brands import queries as brand_queries  # noqa: E402
from glede.rulebook.people import queries as people  # noqa: E402
from glede.rulebook.people.rules import Role  # noqa: E402
from tests import make  # noqa: E402


class Stopped(Exception):  # noqa: N818 - reads as a sentence
    """The guard let the reply not pass."""


BRANDS = ("Red Kite", "Twenty11", "Pennvale", "Edenmead")


def build() -> dict[str, Any]:
    """The group: four brands, its policy, an advisor, a lead, and Red Kite's website."""
    with transaction.atomic():
        brands.set_up(name="Red Kite Group", actor=SYSTEM, now=make.LONG_AGO)
        made = {name: make.brand(name, order=order) for order, name in enumerate(BRANDS)}
        make.policy_version()
        make.person("Sam", Role.ADVISOR)
        make.person("Priya", Role.LEAD)
        make.website("red-kite", made["Red Kite"])
    return made


def connect(
    *,
    brand: str,
    did: str,
    handle: str,
    password: str,
    base_url: str,
    settings: dict[str, str],
) -> int:
    """Connect a brand's page on Bluesky, or connect it again."""
    slug = f"bluesky-{brand}"
    with transaction.atomic():
        known = {app.slug: app.pk for app in account_queries.apps()}
        app_id = known.get(slug) or accounts.register_app(
            platform="bluesky",
            slug=slug,
            name=f"{brand} on Bluesky",
            secrets=[],
            settings={},
            actor=SYSTEM,
            now=clock.now(),
        )
        return accounts.connect(
            app_id=app_id,
            brand_id=brand_queries.brand(brand).pk,
            native_id=did,
            handle=handle,
            base_url=base_url,
            credential={"identifier": handle, "password": password},
            settings=settings,
            actor=SYSTEM,
            now=clock.now(),
        )


def reply(*, person: str, conversation: int, text: str) -> dict[str, Any]:
    """Send as that person does who has read everything and confirms what there is to confirm."""
    now = clock.now()
    result = outbound.queue_reply(
        viewer=people.viewer_of(people.by_email(person), now=now),
        conversation_id=conversation,
        text=text,
        seen_revision=Conversation.objects.get(pk=conversation).revision,
        now=now,
    )
    if isinstance(result, outbound.Stopped):
        raise Stopped("; ".join(finding.says for finding in result.findings))
    return asdict(result)


VERBS: dict[str, Callable[..., Any]] = {"build": build, "connect": connect, "reply": reply}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        close_old_connections()
        try:
            answer = {"did": VERBS[asked["do"]](**asked["with"])}
        except (DatabaseError, InterfaceError) as error:
            answer = {"away": str(error)}
        except Exception as error:  # noqa: BLE001 - the test is told, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
