"""Signs of life of what runs in the background."""

from collections.abc import Mapping
from datetime import datetime

from glede.kit.models import Beat


def beat(*, part: str, details: Mapping[str, str | int], now: datetime) -> None:
    """This part is alive at `now`."""
    Beat.objects.update_or_create(part=part, defaults={"at": now, "details": dict(details)})


def last(part: str) -> datetime | None:
    """When this part last showed a sign of life."""
    return Beat.objects.filter(part=part).values_list("at", flat=True).first()
