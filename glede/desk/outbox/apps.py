from django.apps import AppConfig


class Outbox(AppConfig):
    """The room for what goes out, and what became of it."""

    name = "glede.desk.outbox"
    label = "outbox"
