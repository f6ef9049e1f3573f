"""What a version made now would hold, as the last page before it shows it."""

from dataclasses import dataclass

from glede.rulebook.imports import queries, wording
from glede.rulebook.imports.drafting import Plan
from glede.rulebook.imports.queries import Import, found_in
from glede.web.policy_import.screen import At


@dataclass(frozen=True, slots=True)
class Line:
    """One item by name, with the way to it."""

    item: int
    title: str
    says: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Summary:
    plan: Plan
    obstacles: tuple[Line, ...]
    assumed: tuple[Line, ...]
    unseen: tuple[Line, ...]
    unbound: tuple[Line, ...]
    rules: int

    @property
    def is_ready(self) -> bool:
        return not self.obstacles


#: Lines of one list; the rest is counted.
MOST = 200


def build(row: Import, plan: Plan) -> Summary:
    items = {item.pk: item for item in queries.items(row.pk)}

    def line(item_id: int, says: str = "", value: str = "") -> Line:
        item = items[item_id]
        url = f"{At(row.pk, item=item_id).url()}#item-{item_id}"
        return Line(item_id, wording.title(found_in(item)), says, value, url)

    return Summary(
        plan=plan,
        obstacles=tuple(line(one.item, one.says) for one in plan.obstacles[:MOST]),
        assumed=tuple(line(one.item, one.question, one.value) for one in plan.assumed),
        unseen=tuple(line(one, items[one].says) for one in plan.unseen[:MOST]),
        unbound=tuple(line(one) for one in plan.unbound[:MOST]),
        rules=len(plan.rules),
    )
