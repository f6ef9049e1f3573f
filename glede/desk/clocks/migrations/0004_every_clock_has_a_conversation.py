import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clocks", "0003_conversation_of_a_clock")]

    operations = [
        migrations.AlterField(
            model_name="clock",
            name="conversation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="conversations.conversation",
            ),
        ),
    ]
