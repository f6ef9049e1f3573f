"""Finds platform plug-ins by their entry points; the only way anybody meets one."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from threading import Lock

from glede.platforms.contract import Platform


class UnknownPlatform(LookupError):  # noqa: N818 - reads as a sentence where it is raised
    """No installed package offers this platform."""


#: The caches of importlib.metadata are not made for threads: while one thread fills them, another
#: finds nothing.
_one_at_a_time = Lock()


@cache
def slugs() -> tuple[str, ...]:
    """Names of all installed platforms, without loading them."""
    return tuple(sorted(entry.name for entry in _offered()))


@cache
def get(slug: str) -> Platform:
    """The platform of this name. Raises `UnknownPlatform`."""
    for entry in _offered():
        if entry.name != slug:
            continue
        platform = entry.load()
        if not isinstance(platform, Platform) or platform.slug != slug:
            raise UnknownPlatform(f"The package offering “{slug}” does not name a Platform.")
        return platform
    raise UnknownPlatform(
        f"No installed platform is called “{slug}”. Installed: {', '.join(slugs()) or 'none'}."
    )


def _offered() -> tuple[EntryPoint, ...]:
    with _one_at_a_time:
        return tuple(entry_points(group="glede.platforms"))
