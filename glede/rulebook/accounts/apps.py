from django.apps import AppConfig


class Accounts(AppConfig):
    """The room for apps and accounts on platforms, with their credentials."""

    name = "glede.rulebook.accounts"
    label = "accounts"
