"""The order of the list: a column that the database keeps from the row's own, and indexes over it.

It is no field of the model: nothing but the list reads it. The words are those of
`conversations.lanes` and of `rules.State`.
"""

from django.db import migrations, models

_ADD = """
ALTER TABLE conversations_conversation ADD COLUMN lane smallint GENERATED ALWAYS AS (
    CASE
        WHEN due_at IS NULL AND state = 'waiting for customer' THEN 2
        WHEN due_at IS NULL THEN 4
        WHEN due_kind = 'agreed' THEN 1
        WHEN proposed = '' THEN 0
        ELSE 3
    END
) STORED;
CREATE INDEX conversations_open_lane ON conversations_conversation (lane, due_at, id)
    WHERE NOT (state IN ('closed', 'resolved'));
CREATE INDEX conversations_open_brand_lane ON conversations_conversation
    (brand_id, lane, due_at, id) WHERE NOT (state IN ('closed', 'resolved'));
"""
_DROP = "ALTER TABLE conversations_conversation DROP COLUMN lane"


class Migration(migrations.Migration):
    dependencies = [("conversations", "0010_regroupings")]

    operations = [
        migrations.RunSQL(_ADD, _DROP),
        migrations.RemoveIndex(model_name="conversation", name="conversations_open_due"),
        migrations.RemoveIndex(model_name="conversation", name="conversations_open_brand_due"),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("state__in", ["closed", "resolved"]), _negated=True),
                fields=["last_at", "id"],
                name="conversations_open_last",
            ),
        ),
    ]
