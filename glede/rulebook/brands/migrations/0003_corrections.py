import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A wrong calendar is corrected by another with the same start; both stay on record."""

    dependencies = [("brands", "0002_calendars_stay")]

    operations = [
        migrations.AddField(
            model_name="calendar",
            name="corrects",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="brands.calendar",
            ),
        ),
        migrations.AddField(
            model_name="calendar",
            name="published_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="calendar",
            name="why",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.RemoveConstraint(model_name="calendar", name="brands_calendar_effective"),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects__isnull", True)),
                fields=("brand", "effective_at"),
                name="brands_calendar_effective",
            ),
        ),
    ]
