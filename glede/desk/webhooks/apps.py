from django.apps import AppConfig


class Webhooks(AppConfig):
    """The room for other programs that are told."""

    name = "glede.desk.webhooks"
    label = "webhooks"
