"""What X decides about an app."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True)
class Settings:
    """`summoned_by_reply`: whether answering a post of ours is
    enough to be answered; X does not say, so it is not, unless a test wants it."""

    self_serve: bool = True
    summoned_by_reply: bool = False
    secure_hooks_only: bool = False  # X takes https addresses without a port only
    most_webhooks: int = 5
    video_takes: timedelta = timedelta(seconds=0)
