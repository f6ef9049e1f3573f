from django.apps import AppConfig


class Brands(AppConfig):
    """The room for brands, their hours and calendars."""

    name = "glede.rulebook.brands"
    label = "brands"
