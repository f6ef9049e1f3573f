from django.apps import AppConfig


class Contacts(AppConfig):
    """The room for people outside and their handles."""

    name = "glede.desk.contacts"
    label = "contacts"
