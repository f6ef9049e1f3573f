"""The door for YouTube's hub: it asks whether we want its calls, and signs them with our secret.

Sources: https://developers.google.com/youtube/v3/guides/push_notifications, and the hub's protocol,
https://pubsubhubbub.github.io/PubSubHubbub/pubsubhubbub-core-0.4.html
"""

import hashlib
import hmac
import re
from datetime import datetime
from urllib.parse import parse_qs

from glede.platforms.contract import KEPT, Answer, Door, DoorApp, NotGenuine, RawEvent, Request
from glede.platforms.digest import digest

#: One entry has about a thousand bytes.
MAX_BYTES = 262_144

#: An upload names its channel; what was taken down is known by whose it was.
_CHANNEL = re.compile(rb"(?:<yt:channelId>\s*|youtube\.com/channel/)(UC[\w-]{1,60})")
_LONGEST = 1000
_PLAIN = (("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff"))


def verify(request: Request, app: DoorApp, now: datetime) -> None:  # noqa: ARG001
    if request.method == "GET":
        asked = _asked(request)
        if not asked.get("hub.challenge"):
            raise NotGenuine("The hub asks with hub.mode and hub.challenge.", status=400)
        if asked.get("hub.mode") != "subscribe":
            # Whoever asks the hub to leave us out is not us: we let a lease run out.
            raise NotGenuine("We ask for these calls and never against them.", status=404)
        wanted = app.settings.get("verify_token", "")
        given = asked.get("word", "")
        if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise NotGenuine("We did not ask the hub for these calls.", status=404)
        return
    # The hub is known to leave the signature out now and then. What is not signed is not
    # believed: the list of uploads brings it later.
    given = request.headers.get("x-hub-signature", "")
    marks = (sign(secret, request.body) for secret in app.secrets)
    if not any(hmac.compare_digest(given.encode("latin-1", "replace"), one) for one in marks):
        raise NotGenuine("The call is not signed with our secret.")


def split(request: Request, app: DoorApp, now: datetime) -> tuple[RawEvent, ...]:  # noqa: ARG001
    if request.method == "GET":
        return ()
    channel = _CHANNEL.search(request.body)
    account = channel[1].decode("ascii") if channel else ""
    return (RawEvent(digest(request.body), request.body, account),)


def answer(request: Request, app: DoorApp) -> Answer:  # noqa: ARG001
    if request.method != "GET":
        return KEPT
    challenge = _asked(request)["hub.challenge"]
    return Answer(200, challenge.encode(), _PLAIN)


def sign(secret: str, body: bytes) -> bytes:
    """The value of X-Hub-Signature. SHA-1 is the hub's choice; as a keyed hash it still holds."""
    return b"sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest().encode("ascii")


def _asked(request: Request) -> dict[str, str]:
    try:
        given = parse_qs(request.query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in given.items() if len(values[0]) <= _LONGEST}


DOOR = Door(
    verify=verify,
    split=split,
    max_bytes=MAX_BYTES,
    answer=answer,
    open_methods=("GET", "POST"),
)
