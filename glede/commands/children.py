"""How our own processes are called."""

import sys


def glede(*arguments: str) -> list[str]:
    """-P: a file in the current folder must not stand in for one of our modules."""
    return [sys.executable, "-P", "-m", "glede.cli", *arguments]


def residents(*arguments: str) -> list[str]:
    """The demo's residents: a program of their own that knows nothing of ours."""
    return [sys.executable, "-P", "-m", "sandbox.town.websites", *arguments]


def sandbox(*arguments: str) -> list[str]:
    """The demo's platforms, and the town that lives on them."""
    return [sys.executable, "-P", "-m", "sandbox", "serve", *arguments]
