"""People are found by a part of their name or handle, and with a letter wrong."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

_ADD = """
CREATE INDEX contacts_handle_like ON contacts_handle
    USING gin (lower(name) gin_trgm_ops, lower(handle) gin_trgm_ops)
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(_ADD, "DROP INDEX contacts_handle_like"),
    ]
