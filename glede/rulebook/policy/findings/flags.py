"""What a flag can be about. A flag asks a person to look; it never changes the text."""

#: Kind -> what it means, as the import screen says it.
KINDS = {
    "repealed_law": "names a law that no longer applies as cited",
    "renamed_body": "names a body or service that has a new name or a new task",
    "review_overdue": "the review date has passed",
    "no_review_date": "says neither when it is reviewed nor how often",
    "dangling_reference": "points at a document or clause that is not listed or does not exist",
    "clashing_names": "one document seems to go by two names",
    "placeholder": "a blank of a template was never filled in",
    "too_wide_definition": "a definition would catch any critic",
    "conflicts_with_law": "promises or asks for something the law does not allow",
    "refuses_complaints": "sends a complaint away instead of taking it",
    "silent_on": "says nothing about something the desk needs",
    "inconsistent": "two places contradict each other",
    "soft_promise": "a promise without a number",
    "heading_only": "a heading with no words of its own below it",
    "truncated": "the text stops in the middle",
}
