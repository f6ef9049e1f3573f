from django.apps import AppConfig


class Sharing(AppConfig):
    """The room for who gets the work."""

    name = "glede.desk.sharing"
    label = "sharing"
