"""Every clock so far belongs to an enquiry, and the enquiry knows its conversation."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clocks", "0002_every_kind_of_clock")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE clocks_clock AS clock SET conversation_id = enquiry.conversation_id
            FROM conversations_enquiry AS enquiry
            WHERE enquiry.id = clock.enquiry_id AND clock.conversation_id IS NULL;
            UPDATE conversations_conversation SET due_kind = 'acknowledge'
            WHERE due_at IS NOT NULL AND due_kind = '';
            """,
            migrations.RunSQL.noop,
        ),
    ]
