from django.apps import AppConfig


class Kit(AppConfig):
    """Small tools without policy words; owns the table of numbered live events."""

    name = "glede.kit"
    label = "kit"
