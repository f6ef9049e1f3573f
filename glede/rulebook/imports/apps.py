from django.apps import AppConfig


class Imports(AppConfig):
    """The room for policy documents being read in; nothing here binds anybody."""

    name = "glede.rulebook.imports"
    label = "imports"
