from django.apps import AppConfig


class Views(AppConfig):
    """The room for the list as somebody asked for it, kept under a name."""

    name = "glede.desk.views"
    label = "views"
