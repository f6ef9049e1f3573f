"""Rows of the list come out of an index where there is much to look through."""

import time_machine
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.web import inbox_desk
from tests.web.test_inbox import NOW, at_desk

_MANY = """
INSERT INTO conversations_conversation (brand_id, contact_id, account_id, thread_id, owner_id,
    state, state_at, opened_at, name, platform, kind, private, words, last_at, message_count,
    waiting_count, due_at, due_clause, revision, said_revision)
SELECT brand_id, contact_id, account_id, thread_id, NULL, state, state_at, opened_at,
    name || ' ' || number, platform, kind, private, words || ' ' || md5(number::text), last_at,
    message_count, waiting_count, due_at + number * interval '1 minute', due_clause, revision,
    said_revision
FROM conversations_conversation, generate_series(1, 3000) AS number WHERE id = %s
"""


class TestPlans(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.town = inbox_desk.tuesday(NOW)
        with connection.cursor() as cursor:
            cursor.execute(_MANY, [cls.town.dawn.pk])
            cursor.execute("ANALYZE conversations_conversation")

    def setUp(self) -> None:
        travel = time_machine.travel(NOW, tick=False)
        travel.start()
        self.addCleanup(travel.stop)

    def plan(self, path: str) -> str:
        """How the rows of a page are found, as PostgreSQL means to."""
        client = at_desk(self.town.sam)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        (rows,) = (one["sql"] for one in asked if "AS found JOIN conversations_conv" in one["sql"])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {rows}")
            return "\n".join(row[0] for row in cursor.fetchall())

    def test_ones_own_list_comes_out_of_the_index_by_owner(self) -> None:
        plan = self.plan("/?q=owner%3Ame")

        assert "conversations_open_owner" in plan
        assert "Seq Scan on conversations_conversation" not in plan

    def test_the_first_page_comes_out_of_the_index_in_its_order(self) -> None:
        plan = self.plan("/")

        assert "conversations_open_lane" in plan
        assert "Seq Scan on conversations_conversation" not in plan

    def test_what_is_unread_is_counted_in_the_indexes_alone(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO conversations_reading (conversation_id, person_id, revision, at)"
                " SELECT id, %s, revision, last_at FROM conversations_conversation"
                " WHERE id %% 3 > 0 ON CONFLICT DO NOTHING",
                [self.town.sam.id],
            )
            cursor.execute("ANALYZE conversations_reading")
        client = at_desk(self.town.sam)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/?q=is%3Aunread").status_code == 200
        (counts,) = (one["sql"] for one in asked if one["sql"].startswith("SELECT (SELECT count"))
        with connection.cursor() as cursor:
            # So small a table is read whole: what matters is that it need not be.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {counts}")
            plan = "\n".join(row[0] for row in cursor.fetchall())

        unread = [part for part in plan.split("InitPlan") if "conversations_reading" in part]
        assert any("Index Only Scan using conversations_open_lane" in part for part in unread)
        assert any("Index Only Scan using conversations_reading_one" in part for part in unread)
