"""A row says whose its words are: what is known of the newest message that somebody wrote."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

#: Conversations answered last by us; all others keep the default.
_KNOWN = """
UPDATE conversations_conversation AS c SET words_ours = TRUE, words_person_id = newest.person_id
FROM (
    SELECT DISTINCT ON (conversation_id) conversation_id, direction, person_id
    FROM conversations_message
    WHERE conversation_id IS NOT NULL AND direction <> 'note' AND NOT automatic
        AND deleted_at IS NULL
    ORDER BY conversation_id, received_at DESC, id DESC
) AS newest
WHERE newest.conversation_id = c.id AND newest.direction = 'out'
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("conversations", "0016_flagged_subjects"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="words_ours",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="conversation",
            name="words_person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
