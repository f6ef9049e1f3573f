from django.apps import AppConfig


class Guidance(AppConfig):
    """The room for what staff are given to read, and that they read it."""

    name = "glede.rulebook.guidance"
    label = "guidance"
