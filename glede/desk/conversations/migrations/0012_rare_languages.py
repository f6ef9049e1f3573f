"""Conversations in another language than the desk's own are few, and found without the others."""

from django.db import migrations

_ADD = """
CREATE INDEX conversations_open_language ON conversations_conversation
    (split_part(lower(language), '-', 1))
    WHERE NOT (state IN ('closed', 'resolved')) AND language <> '' AND language <> 'en'
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0011_lanes")]

    operations = [migrations.RunSQL(_ADD, "DROP INDEX conversations_open_language")]
