from django.apps import AppConfig


class Tokens(AppConfig):
    """The room for keys by which other programs ask the API."""

    name = "glede.rulebook.tokens"
    label = "tokens"
