from django.apps import AppConfig


class Alerts(AppConfig):
    """The room for who was told, and when."""

    name = "glede.desk.alerts"
    label = "alerts"
