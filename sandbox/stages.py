"""Every platform of the sandbox, in the order they are shown."""

from collections.abc import Callable, Mapping

from sandbox.graph.stages import Facebook, Instagram
from sandbox.kernel.world import Stage, World
from sandbox.mastodon.stage import Mastodon
from sandbox.snapchat.stage import Snapchat
from sandbox.x.stage import X
from sandbox.youtube.stage import YouTube

STAGES: Mapping[str, Callable[[World], Stage]] = {
    "facebook": Facebook,
    "instagram": Instagram,
    "x": X,
    "youtube": YouTube,
    "snapchat": Snapchat,
    "mastodon": Mastodon,
}


def open_all(world: World, slugs: tuple[str, ...] = ()) -> None:
    """Those named, or all. Raises `ValueError` for one that does not exist."""
    for slug in slugs or tuple(STAGES):
        if slug not in STAGES:
            raise ValueError(f"There is no platform “{slug}”. There are: {', '.join(STAGES)}.")
        world.add(STAGES[slug](world))
