from django.apps import AppConfig


class Captures(AppConfig):
    """The room for what people copied by hand, and for the proof of what they answered there."""

    name = "glede.desk.captures"
    label = "captures"
