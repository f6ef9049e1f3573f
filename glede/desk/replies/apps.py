from django.apps import AppConfig


class Replies(AppConfig):
    """The room for how an advisor answers."""

    name = "glede.desk.replies"
    label = "replies"
