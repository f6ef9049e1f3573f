"""Readers of policy files for tests: what they answer has the shape of `glede policy import`.

They run in a process of their own and import nothing of Django.
"""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

type Tell = Callable[[Any], None]

CLAUSES = [
    ("1.1", "About this policy", False, "It binds everybody who speaks for Fernhill Homes online."),
    ("2.1", "Answering", True, "During working hours:"),
    (
        "2.2",
        "Answering",
        False,
        "We answer every enquiry within 4 hours of receiving it. We work Monday to Friday,"
        " 9am to 5pm, and settle enquiries the same day or agree a timescale.",
    ),
    (
        "2.3",
        "Answering",
        False,
        "Out of hours we answer as soon as possible, and no longer than 12 hours after receipt.",
    ),
    ("3.1", "Review", False, "The Head of Voices looks at this policy every 24 months."),
    (
        "3.2",
        "Review",
        False,
        "It follows the Data Protection Act 1984 and our Complaints Charter.",
    ),
]

DOCUMENT: dict[str, Any] = {
    "title": "Speaking online",
    "organisation": "Fernhill Homes",
    "version": "2",
    "approved_by": "The Board",
    "owner": "Head of Voices",
    "reviewer": None,
    "effective_on": {"written": "October 2025", "date": "2025-10-01"},
    "approved_on": None,
    "next_review": {"written": "October 2027", "date": "2027-10-31"},
    "review_period_months": 24,
    "sections": [
        {"number": "1", "title": "About this policy"},
        {"number": "2", "title": "Answering"},
        {"number": "3", "title": "Review"},
    ],
    "clauses": [
        {"number": number, "heading": heading, "section": section, "text": text}
        for number, section, heading, text in CLAUSES
    ],
    "definitions": [{"term": "Enquiry", "text": "what somebody asks us"}],
    "duties": [{"role": "Head of Voices", "text": "looks at this policy"}],
    "laws": ["Data Protection Act 1984"],
    "related": ["Complaints Charter"],
    "platforms": [],
    "rules": [
        {
            "key": "acknowledge.in_hours",
            "value": "PT4H",
            "unit": "from receipt",
            "clause": "2.2",
            "quote": "within 4 hours of receiving it",
            "status": "written",
        },
        *(
            {
                "key": f"hours.{day}",
                "value": [["09:00", "17:00"]] if number < 5 else [],
                "unit": "local time",
                "clause": "2.2",
                "quote": "Monday to Friday, 9am to 5pm",
                "status": "written",
            }
            for number, day in enumerate(
                ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
            )
        ),
        {
            "key": "resolve",
            "value": "same_day",
            "unit": "",
            "clause": "2.2",
            "quote": "settle enquiries the same day or agree a timescale",
            "status": "written",
        },
        {
            "key": "acknowledge.out_of_hours",
            "value": "PT12H",
            "unit": "from receipt",
            "clause": "2.3",
            "quote": "no longer than 12 hours after receipt",
            "status": "written",
        },
        {
            "key": "review.period",
            "value": 24,
            "unit": "months",
            "clause": "3.1",
            "quote": "every 24 months",
            "status": "written",
        },
    ],
    "gaps": [
        {
            "key": "four_hour_reading",
            "assumed": "elapsed",
            "question": "Do the 4 hours run on after closing time?",
        },
        {"key": "deputies", "assumed": None, "question": "Who decides when an approver is away?"},
    ],
    "flags": [
        {
            "kind": "soft_promise",
            "clause": "2.3",
            "quote": "as soon as possible",
            "says": "“As soon as possible” is no number: nobody can tell whether it was kept.",
        },
        {
            "kind": "repealed_law",
            "clause": "3.2",
            "quote": "Data Protection Act 1984",
            "says": "The Data Protection Act 1984 was repealed; the Act of 2018 is in force.",
        },
    ],
}


def read(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    """The document above, as if it stood in the file; `later` in the file changes a clause."""
    tell([1, 2, "Reading page 1"])
    tell([2, 2, "Looking for promises"])
    if b"later" not in data:
        return {"result": DOCUMENT}
    return {"result": changed("within 4 hours", "within 6 hours", value="PT6H")}


def changed(before: str, after: str, *, value: str) -> dict[str, Any]:
    """The document as a newer file would have it: one promise put differently."""

    def words(text: str) -> str:
        return text.replace(before, after)

    return DOCUMENT | {
        "version": "3",
        "clauses": [one | {"text": words(one["text"])} for one in DOCUMENT["clauses"]],
        "rules": [
            one | {"quote": words(one["quote"]), "value": value}
            if one["key"] == "acknowledge.in_hours"
            else one
            for one in DOCUMENT["rules"]
        ],
    }


def refuses(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    return {"refused": "These pages are pictures. Save the policy with its text and try again."}


def kills_itself(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def never_ends(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    while True:
        time.sleep(1)


def bursts(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    return {"result": len(bytearray(40_000_000_000))}


def is_mistaken(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    raise KeyError("a fault of ours")


def very_long(data: bytes, name: str, today: str, most: int, tell: Tell) -> dict[str, Any]:
    """Ten thousand clauses, each with a promise of its own class of record."""
    clauses = [
        {
            "number": str(number),
            "heading": False,
            "section": "",
            "text": f"Records of kind {number} are kept for {number} years and then destroyed.",
        }
        for number in range(1, 10_001)
    ]
    rules = [
        {
            "key": f"retention.kind_{one['number']}",
            "value": f"P{one['number']}Y",
            "clause": one["number"],
            "quote": f"for {one['number']} years",
            "status": "written",
        }
        for one in clauses
    ]
    return {
        "result": DOCUMENT
        | {"clauses": clauses, "rules": rules, "gaps": [], "flags": [], "sections": []}
    }
