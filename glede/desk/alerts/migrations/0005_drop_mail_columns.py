from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_move_waiting_mail")]

    operations = [
        migrations.RemoveIndex(model_name="alert", name="alerts_alert_to_mail"),
        migrations.RemoveField(model_name="alert", name="mail_at"),
        migrations.RemoveField(model_name="alert", name="mail_tries"),
        migrations.RemoveField(model_name="alert", name="mailed_at"),
    ]
