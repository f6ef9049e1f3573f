"""What the register of approved platforms says; with installed platforms nobody entered."""

from glede.platforms import registry
from glede.rulebook.accounts.models import Approval
from glede.rulebook.accounts.register import Entry, Status


def entries() -> list[Entry]:
    """Every platform of the register and every installed one that works, by name."""
    entered = {row.slug: _entry(row) for row in Approval.objects.select_related("person")}
    installed = {
        platform.slug: Entry(platform.slug, platform.name, Status.NOT_APPROVED)
        for platform in registry.working()
        if platform.slug not in entered
    }
    return sorted((entered | installed).values(), key=lambda entry: entry.name.casefold())


def entry(slug: str) -> Entry:
    """One platform. Raises `registry.UnknownPlatform` for one neither entered nor installed."""
    row = Approval.objects.select_related("person").filter(slug=slug).first()
    if row is not None:
        return _entry(row)
    return Entry(slug, registry.get(slug).name, Status.NOT_APPROVED)


def _entry(row: Approval) -> Entry:
    return Entry(
        slug=row.slug,
        name=row.name,
        status=Status(row.status),
        aliases=tuple(row.aliases),
        owner=row.person.name if row.person else row.office,
        review_on=row.review_on,
        source=row.source,
        reason=row.reason,
    )
