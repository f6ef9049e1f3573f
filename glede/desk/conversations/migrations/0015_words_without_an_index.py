"""Every change of a row wrote its hundred parts of words into the index again: at 50 posts a second
out of hours, each answered by a text of its own, that held up all else by more than a second. Words
that no row has are again looked for in every open row: half a second where 200,000 are open."""

from django.db import migrations

_WORDS = """
CREATE INDEX conversations_open_words ON conversations_conversation
    USING gin (name gin_trgm_ops, words gin_trgm_ops) WITH (gin_pending_list_limit = 512)
    WHERE NOT (state IN ('closed', 'resolved'));
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0014_owners_and_words_in_order")]

    operations = [migrations.RunSQL("DROP INDEX conversations_open_words", _WORDS)]
