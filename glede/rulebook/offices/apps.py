from django.apps import AppConfig


class Offices(AppConfig):
    """The room for posts of the policy and the people who hold them."""

    name = "glede.rulebook.offices"
    label = "offices"
