"""The brands that have accounts on every platform of the sandbox."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landlord:
    slug: str
    name: str
    handle: str


LANDLORDS = (
    Landlord("red-kite", "Red Kite", "redkite"),
    Landlord("twenty11", "Twenty11", "twenty11"),
    Landlord("pennvale", "Pennvale", "pennvale"),
    Landlord("edenmead", "Edenmead", "edenmead"),
)
