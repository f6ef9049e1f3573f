from django.apps import AppConfig


class Rota(AppConfig):
    """The room for who is on duty, who is on call, and where nobody is (clause 3.1)."""

    name = "glede.desk.rota"
    label = "rota"
