"""Whoever plays: a name is enough to be somebody of the town."""

import re
import unicodedata

from sandbox.kernel.world import Resident

_LONGEST = 60


def key(name: str) -> str:
    """The same for the same name, however it is spaced or capitalised; letters of any script."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:_LONGEST]


def handle(name: str) -> str:
    """Letters, digits and _ of ASCII alone, as the platforms' handles are."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:15].strip("_")
    return made or f"resident_{sum(name.encode()) % 10_000}"


def resident(name: str, *, language: str = "en") -> Resident:
    """Raises `ValueError` for a name without a letter or digit."""
    clean = " ".join(name.split())[:_LONGEST]
    if not key(clean):
        raise ValueError(f"“{name}” is no name.")
    return Resident(key(clean), clean, handle(clean), language)
