"""Two workers never hold the same row."""

from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from glede.kit.claim import claim
from glede.kit.models import Beat

_AT = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_a_row_one_connection_holds_is_passed_over_by_another() -> None:
    for part in ("a", "b", "c"):
        Beat.objects.create(part=part, at=_AT)
    other = connections.create_connection("default")
    connections["other"] = other
    try:
        with transaction.atomic(), transaction.atomic(using="other"):
            mine = claim(Beat.objects.order_by("part"), limit=2)
            theirs = claim(Beat.objects.using("other").order_by("part"), limit=2)
            nothing = claim(Beat.objects.using("other").filter(part="a"), limit=2)
        again = _claimed_alone()
    finally:
        other.close()
        del connections["other"]

    assert [row.part for row in mine] == ["a", "b"]
    assert [row.part for row in theirs] == ["c"]
    assert nothing == []
    assert again == ["a", "b", "c"]


def _claimed_alone() -> list[str]:
    with transaction.atomic():
        return [row.part for row in claim(Beat.objects.order_by("part"), limit=9)]


@pytest.mark.django_db(transaction=True)
def test_a_claim_outside_a_transaction_is_refused() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(transaction.TransactionManagementError):
        claim(Beat.objects.all(), limit=1)
