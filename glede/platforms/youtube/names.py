"""Ids and addresses as YouTube makes them."""

import re

_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_COMMENT = re.compile(r"[\w-]{12,200}(\.[\w-]{1,200})?", re.ASCII)


def is_video(native_id: str) -> bool:
    return _VIDEO.fullmatch(native_id) is not None


def is_comment(native_id: str) -> bool:
    return _COMMENT.fullmatch(native_id) is not None


def top(native_id: str) -> str:
    """The comment that a reply hangs under: a reply's id begins with it."""
    return native_id.partition(".")[0]


def uploads_of(channel: str) -> str:
    """The playlist of everything a channel published
    (https://developers.google.com/youtube/v3/guides/implementation/videos)."""
    return "UU" + channel.removeprefix("UC")


def video_url(video: str) -> str:
    return f"https://www.youtube.com/watch?v={video}"


def comment_url(video: str, comment: str) -> str:
    return f"{video_url(video)}&lc={comment}"


def channel_url(channel: str) -> str:
    return f"https://www.youtube.com/channel/{channel}"
