"""A conversation that is held keeps nobody from the others of its brand, nor from telling of it."""

import contextlib

import pytest
from django.db import connection, transaction

from glede.desk.conversations import actions as conversations
from tests import cast, make

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_held_conversation_holds_neither_its_brand_nor_what_points_at_it() -> None:
    with transaction.atomic():
        town = cast.build()
    held = make.conversation(town.red_kite_site)
    with transaction.atomic(), contextlib.closing(connection.copy()) as other:
        conversations.lock(held.pk)
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
            cursor.execute("SELECT FROM brands_brand WHERE id = %s FOR UPDATE", [town.red_kite])
            # What an insert that points at the row asks for.
            cursor.execute(
                "SELECT 1 FROM conversations_conversation WHERE id = %s FOR KEY SHARE", [held.pk]
            )
            assert cursor.fetchone() == (1,)
