from django.apps import AppConfig


class People(AppConfig):
    """The room for staff, roles and what they may do."""

    name = "glede.rulebook.people"
    label = "people"
