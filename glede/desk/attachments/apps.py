from django.apps import AppConfig


class Attachments(AppConfig):
    """The room for pictures and files, theirs and ours: looked into, made anew, kept by content."""

    name = "glede.desk.attachments"
    label = "attachments"
