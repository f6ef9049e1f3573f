"""Figures as plain values for programs: seconds, per cent, ISO 8601. Pure."""

from dataclasses import asdict
from typing import Any

from glede.desk.insight.period import ZONE
from glede.desk.insight.replay import Counts
from glede.desk.insight.rules import ClauseFigures, Tally, Times


def as_json(found: ClauseFigures) -> dict[str, Any]:
    """Durations in seconds, shares in per cent, days of `zone`; definitions in words."""
    return {
        "clause": found.clause,
        "from": found.period.first_on.isoformat(),
        "to": found.period.last_on.isoformat(),
        "zone": found.zone,
        "as_of": found.as_of.astimezone(ZONE).isoformat(timespec="seconds"),
        "brands": list(found.brands),
        "policy_versions": list(found.versions),
        "whole": tally(found.whole),
        "closed_late": found.closed_late,
        "recounted": found.recounted,
        "staff": found.staff,
        "first_response": times(found.first_response),
        "automatic": found.automatic,
        "lag": times(found.lag)
        | {"passes": found.lag_passes.total_seconds(), "over": found.lagged},
        "readings": {
            one.reading.value: tally(one.tally) | {"in_use": one.in_use} for one in found.readings
        },
        "others": {one.kind: tally(one.tally) | {"duty": one.duty} for one in found.others},
        "groups": [
            {
                "by": group.by.value,
                "key": group.key,
                "label": group.label,
                **tally(group.tally),
                "first_response": times(group.first_response),
            }
            for group in found.groups
        ],
        "definitions": dict(found.definitions),
    }


def tally(found: Tally) -> dict[str, Any]:
    share = found.attainment
    return {
        "received": found.received,
        **found.as_dict(),
        "attainment": None if share is None else round(share, 2),
    }


def times(found: Times) -> dict[str, Any]:
    return {
        name: value.total_seconds() if hasattr(value, "total_seconds") else value
        for name, value in asdict(found).items()
    }


def counts(found: Counts) -> dict[str, Any]:
    """What a rehearsal found; grids are a list of hours for each weekday from Monday."""
    return found.as_dict() | {"live": tally(found.live), "rehearsed": tally(found.rehearsed)}
