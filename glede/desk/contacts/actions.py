"""Keep people outside and their handles."""

from datetime import datetime

from glede.desk.contacts.models import Contact, Handle
from glede.platforms.contract import Author


def meet(
    *, platform: str, scope: str = "", author: Author, notify: str = "", now: datetime
) -> tuple[Handle, bool]:
    """The handle of this author, made with a contact of its own when first seen; and whether that
    was just now.

    Names change: the newest is kept. Not audited by itself: the message that brought the person is.
    """
    handle = (
        Handle.objects.select_related("contact")
        .filter(platform=platform, scope=scope, native_id=author.native_id)
        .first()
    )
    name = author.name or author.handle or "Somebody"
    if handle is None:
        contact = Contact.objects.create(name=name, created_at=now)
        made = Handle.objects.create(
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
        return made, True
    changed = {
        field: value
        for field, value in (
            ("name", name),
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
    return handle, False
