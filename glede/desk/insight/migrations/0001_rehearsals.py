import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.BigIntegerField(null=True)),
                ("version_number", models.TextField(default="")),
                ("hours_from", models.TextField()),
                ("hours", models.JSONField(null=True)),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("state", models.TextField()),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("touched_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("says", models.TextField(default="")),
                ("counts", models.JSONField(default=dict)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("enquiry", models.BigIntegerField()),
                ("conversation", models.BigIntegerField()),
                ("brand", models.BigIntegerField()),
                ("platform", models.TextField()),
                ("change", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("live_due_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
                ("live_outcome", models.TextField()),
                ("outcome", models.TextField()),
                ("clause", models.TextField(default="")),
                (
                    "rehearsal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="insight.rehearsal",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["rehearsal", "change", "received_at", "id"],
                        name="insight_difference_list",
                    )
                ],
            },
        ),
    ]
