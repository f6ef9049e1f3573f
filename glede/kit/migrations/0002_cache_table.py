from typing import ClassVar

from django.db import migrations

CREATE = """
CREATE TABLE IF NOT EXISTS cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS cache_expires ON cache (expires);
"""


class Migration(migrations.Migration):
    """The table Django's database cache counts rate limits in, for all processes together."""

    dependencies: ClassVar = [("kit", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(CREATE, "DROP TABLE cache")]
