"""Keep people outside and their handles."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.contacts.models import Contact, Handle
from glede.platforms.contract import Author

_SOMEBODY = "Somebody"


@dataclass(frozen=True, slots=True)
class Met:
    """A handle; whether it was made just now; and what its person was called until now, empty
    where that did not change."""

    handle: Handle
    new: bool = False
    was: str = ""


def meet(*, platform: str, scope: str = "", author: Author, notify: str = "", now: datetime) -> Met:
    """The handle of this author, made with a contact of its own when first seen.

    Names change: the newest is kept, and whoever was called by the old one is called by it. What
    stands in for a name that was kept back never takes the place of one that was told. Not audited
    by itself: the message that brought the person is.
    """
    handle = (
        Handle.objects.select_related("contact")
        .filter(platform=platform, scope=scope, native_id=author.native_id)
        .first()
    )
    if handle is None:
        name = author.name or author.handle or _SOMEBODY
        contact = Contact.objects.create(name=name, created_at=now)
        handle = Handle.objects.create(
            contact=contact,
            platform=platform,
            scope=scope,
            native_id=author.native_id,
            name=name,
            handle=author.handle,
            url=author.url,
            notify=notify,
            first_seen_at=now,
        )
        return Met(handle, new=True)
    was = handle.name
    changed = {
        field: value
        for field, value in (
            ("name", "" if author.stand_in else author.name or author.handle),
            ("handle", author.handle),
            ("url", author.url),
            ("notify", notify),
        )
        if value and getattr(handle, field) != value
    }
    if changed:
        for field, value in changed.items():
            setattr(handle, field, value)
        handle.save(update_fields=list(changed))
    if "name" not in changed:
        return Met(handle)
    if handle.contact.name == was:
        handle.contact.name = handle.name
        handle.contact.save(update_fields=["name"])
    return Met(handle, was=was)
