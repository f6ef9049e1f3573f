from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """The sealer asks for the seals of the last minutes on every turn."""

    dependencies: ClassVar = [("audit", "0002_append_only")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="seal", index=models.Index(fields=["at"], name="audit_seal_at")
        )
    ]
