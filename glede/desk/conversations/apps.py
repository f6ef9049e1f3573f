from django.apps import AppConfig


class Conversations(AppConfig):
    """The room for threads, messages, conversations and enquiries."""

    name = "glede.desk.conversations"
    label = "conversations"
