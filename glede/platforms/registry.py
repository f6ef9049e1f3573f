"""Finds platform plug-ins by their entry points; the only way anybody meets one."""

from functools import cache
from importlib.metadata import entry_points

from glede.platforms.contract import Platform


class UnknownPlatform(LookupError):  # noqa: N818 - reads as a sentence where it is raised
    """No installed package offers this platform."""


@cache
def slugs() -> tuple[str, ...]:
    """Names of all installed platforms, without loading them."""
    return tuple(sorted(entry.name for entry in entry_points(group="glede.platforms")))


@cache
def get(slug: str) -> Platform:
    """The platform of this name. Raises `UnknownPlatform`."""
    for entry in entry_points(group="glede.platforms", name=slug):
        platform = entry.load()
        if not isinstance(platform, Platform) or platform.slug != slug:
            raise UnknownPlatform(f"The package offering “{slug}” does not name a Platform.")
        return platform
    raise UnknownPlatform(
        f"No installed platform is called “{slug}”. Installed: {', '.join(slugs()) or 'none'}."
    )
