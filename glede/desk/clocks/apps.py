from django.apps import AppConfig


class Clocks(AppConfig):
    """The room for promises and when they fall due."""

    name = "glede.desk.clocks"
    label = "clocks"
