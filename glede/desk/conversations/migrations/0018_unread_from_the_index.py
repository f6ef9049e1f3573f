"""What is unread is counted in the indexes alone: how far a row has come, and how far it was read.

Eight headings of what is unread over 200,000 open conversations looked at 7,000 pages, most of them
for a revision; now at 5,000, and those that are counted in the order of their ids at a tenth of
what they were. An index for each row more is paid for by two that others make up for:
`conversations_of_contact` begins with the contact, `conversations_reading_one` with the
conversation.
"""

import django.db.models.deletion
from django.db import migrations, models

_LANE = """
CREATE INDEX conversations_open_lane ON conversations_conversation (lane, due_at, id)
    INCLUDE (snoozed_until{also}) WHERE NOT (state IN ('closed', 'resolved'));
CREATE INDEX conversations_open_brand_lane ON conversations_conversation
    (brand_id, lane, due_at, id) INCLUDE (snoozed_until{also})
    WHERE NOT (state IN ('closed', 'resolved'));
"""
_AWAY = "DROP INDEX conversations_open_lane, conversations_open_brand_lane;"
#: Side by side with what was read, where a heading is long.
_EACH = """
CREATE INDEX conversations_open_each ON conversations_conversation (id)
    INCLUDE (brand_id, lane, due_at, snoozed_until, revision)
    WHERE NOT (state IN ('closed', 'resolved'));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0004_found_by_full_name"),
        ("conversations", "0017_whose_words"),
    ]

    operations = [
        migrations.RunSQL(_AWAY + _LANE.format(also=", revision"), _AWAY + _LANE.format(also="")),
        migrations.RunSQL(_EACH, "DROP INDEX conversations_open_each"),
        migrations.AlterField(
            model_name="conversation",
            name="contact",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="conversations",
                to="contacts.contact",
            ),
        ),
        migrations.AlterField(
            model_name="reading",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="conversations.conversation",
            ),
        ),
        migrations.RemoveConstraint(model_name="reading", name="conversations_reading_one"),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.UniqueConstraint(
                fields=("conversation", "person"),
                include=("revision",),
                name="conversations_reading_one",
            ),
        ),
    ]
