"""Words can be found: a column that the database keeps by itself, and an index over it.

It is no field of the model, so that reading a message does not carry it along. The stems are
English; another language is cut the same way when it is kept and when it is asked for.
"""

from django.db import migrations

_ADD = """
ALTER TABLE conversations_messageversion
    ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED;
CREATE INDEX conversations_version_search ON conversations_messageversion USING gin (search);
"""
_DROP = "ALTER TABLE conversations_messageversion DROP COLUMN search"


class Migration(migrations.Migration):
    dependencies = [("conversations", "0007_moved_and_moderated")]

    operations = [migrations.RunSQL(_ADD, _DROP)]
