from django.apps import AppConfig


class Intake(AppConfig):
    """The room for raw events as they came."""

    name = "glede.desk.intake"
    label = "intake"
