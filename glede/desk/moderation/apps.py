from django.apps import AppConfig


class Moderation(AppConfig):
    """The room for acts on what residents wrote, with the evidence kept before each."""

    name = "glede.desk.moderation"
    label = "moderation"
