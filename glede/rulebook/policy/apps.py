from django.apps import AppConfig


class Policy(AppConfig):
    """The room for policy versions, clauses and rules."""

    name = "glede.rulebook.policy"
    label = "policy"
