"""Acts as they are looked up."""

from glede.desk.acts.models import Act


def of_person(act_id: int, person_id: int) -> Act | None:
    """Somebody's own act; another person's is not there for them."""
    return Act.objects.filter(pk=act_id, person_id=person_id).first()
