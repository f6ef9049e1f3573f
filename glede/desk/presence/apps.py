from django.apps import AppConfig


class Presence(AppConfig):
    """The room for who looks at a conversation and who is writing."""

    name = "glede.desk.presence"
    label = "presence"
