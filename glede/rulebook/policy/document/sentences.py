"""What a policy says of itself in sentences: “approved by the Board on 3 March 2025”."""

import re

from glede.rulebook.policy.document import dates
from glede.rulebook.policy.document.header import Header

_DATES = ("effective_on", "approved_on", "next_review")
_DOCUMENT = (
    r"(?:this|the)\s+(?:social media\s+)?(?:policy|document|guidance|guidelines|procedure|strategy"
    r"|charter|standard|code|protocol|statement|framework)"
)
_IT = rf"\b(?:{_DOCUMENT}|it|and|which)\s+(?:will|is to|shall|should|must)\s+"
_THE = r"(?:the\s+|our\s+)?"
_APPROVED = r"(?:approved|ratified|adopted|agreed|signed off)"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"\b{_DOCUMENT}\s+(?:was|has been|is)\s+(?:formally\s+)?{_APPROVED}"
        rf"(?:\s+by\s+{_THE}(?P<approved_by>[^.,;]+?))?"
        r"(?:,?\s+(?:on|in)\s+(?P<approved_on>[^.;]{4,40}))?(?=[.;]|\s+and\b|$)",
        rf"\b{_APPROVED}\s+by\s+{_THE}(?P<approved_by>[^.,;]+?),?"
        r"\s+(?:on|in)\s+(?P<approved_on>[^.;]{4,40})",
        r"\b(?:takes?|took|comes?|came|coming|is)\s+(?:in(?:to)?\s+)?(?:effect|force|effective)"
        r"\s+(?:on|from|in)\s+(?P<effective_on>[^.;]{4,40})",
        r"\beffective\s+(?:from|on)\s+(?P<effective_on>[^.;]{4,40})",
        rf"{_IT}(?:next\s+)?be\s+(?:formally\s+)?(?:next\s+)?reviewed\s+(?:again\s+)?"
        r"(?:in|by|on|before|no later than)\s+(?P<next_review>[^.;]{4,40})",
        r"\b(?:due for review|next review(?:ed)?(?: date)?(?: is)?(?: due)?:?)\s+"
        r"(?:(?:in|by|on|before)\s+)?(?P<next_review>[^.;]{4,40})",
        rf"{_IT}(?:normally\s+)?be\s+reviewed\s+(?:at least\s+)?(?P<review_period>"
        r"(?:every|annually|yearly|once|each|biennially|on an annual)[^.;]{0,40})",
        rf"\b(?:{_DOCUMENT}|it)\s+is\s+(?:formally\s+)?reviewed\s+(?:at least\s+)?"
        r"(?P<review_period>(?:every|annually|yearly|once|each)[^.;]{0,30})",
        rf"\breviews?\s+{_DOCUMENT}\s+(?:at least\s+)?"
        r"(?P<review_period>(?:every|annually|yearly|once|each)[^.;]{0,30})",
        rf"\b{_DOCUMENT}\s+is\s+owned\s+by\s+{_THE}(?P<owner>[^.,;]+)",
        rf"\b(?:the\s+)?owner\s+of\s+{_DOCUMENT}\s+is\s+{_THE}(?P<owner>[^.,;]+)",
        rf"\bthe\s+(?P<owner>[^.,;]{{3,60}}?)\s+"
        rf"(?:owns\s+{_DOCUMENT}|is\s+the\s+(?:policy\s+)?owner\b)",
        r"\bversion\s+(?P<version>\d+(?:\.\d+)*)\b",
    )
)


def read(text: str, header: Header) -> None:
    """Fields that no table and no line gave: a field given as one stands."""
    text = " ".join(text.split())
    for form in _FORMS:
        for found in form.finditer(text):
            for name, value in found.groupdict().items():
                if value and name not in _DATES:
                    header.put(name, value)
                elif value and (day := dates.ANY.search(value)) is not None:
                    header.put(name, day.group())
