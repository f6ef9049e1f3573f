from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0004_records_stay")]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="unattached_because",
            field=models.TextField(default=""),
        ),
    ]
