"""A line to a service: Teams, Slack, text messages and a hundred more, by Apprise."""

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.common import PersistentStoreMode

from glede.kit.outward import Answer, Answered

#: Nothing is kept on disk, no redirect is followed, and no address is written to a log.
_ASSET = AppriseAsset(
    app_id="Glede",
    app_desc="Glede",
    app_url="",
    async_mode=False,
    secure_logging=True,
    http_redirects=False,
    storage_mode=PersistentStoreMode.MEMORY,
)


def send(address: str, *, title: str, body: str, urgent: bool) -> Answer:
    """Hand one line to the service at this Apprise address, which is a secret."""
    service = Apprise.instantiate(address, asset=_ASSET)
    if service is None:
        return Answer(Answered.REFUSED, "Apprise does not understand this address")
    kind = NotifyType.WARNING if urgent else NotifyType.INFO
    # Apprise tells whether it was taken, and not why not.
    if service.notify(body=body, title=title, notify_type=kind, body_format=NotifyFormat.TEXT):
        return Answer(Answered.TAKEN, f"{service.service_name} took it")
    return Answer(Answered.LATER, f"{service.service_name} did not take it")
