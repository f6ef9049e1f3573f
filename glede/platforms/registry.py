"""Finds platform plug-ins by their entry points; the only way anybody meets one."""

from collections.abc import Mapping
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
    """The platform of this name. Raises `UnknownPlatform`, also where its package is broken."""
    for entry in _offered():
        if entry.name == slug:
            return _loaded(entry)
    raise UnknownPlatform(
        f"No installed platform is called “{slug}”. Installed: {', '.join(slugs()) or 'none'}."
    )


def find(slug: str) -> Platform | None:
    """The platform of this name, or nothing where none is installed that works."""
    if slug not in slugs():
        return None  # asked by anybody: a search through what is installed costs time
    try:
        return get(slug)
    except UnknownPlatform:
        return None


def working() -> tuple[Platform, ...]:
    """Every installed platform whose package can be loaded, by name."""
    return tuple(one for slug in slugs() if (one := find(slug)) is not None)


def broken() -> Mapping[str, str]:
    """Why a package that offers a platform cannot be used, by the platform's name."""
    found = {}
    for slug in slugs():
        try:
            get(slug)
        except UnknownPlatform as error:
            found[slug] = str(error)
    return found


def _loaded(entry: EntryPoint) -> Platform:
    try:
        platform = entry.load()
    except Exception as error:
        # A package of somebody else's may fail in any way; the others go on.
        raise UnknownPlatform(
            f"The package offering “{entry.name}” cannot be loaded ({type(error).__name__}:"
            f" {error}). Install it again, or remove it."
        ) from error
    if not isinstance(platform, Platform) or platform.slug != entry.name:
        raise UnknownPlatform(f"The package offering “{entry.name}” does not name a Platform.")
    return platform


def _offered() -> tuple[EntryPoint, ...]:
    with _one_at_a_time:
        return tuple(entry_points(group="glede.platforms"))
