from django.apps import AppConfig


class Acts(AppConfig):
    """The room for what somebody did and can undo."""

    name = "glede.desk.acts"
    label = "acts"
