from django.apps import AppConfig


class Audit(AppConfig):
    """The room for the append-only record of every act."""

    name = "glede.rulebook.audit"
    label = "audit"
