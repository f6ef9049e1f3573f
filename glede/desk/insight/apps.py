from django.apps import AppConfig


class Insight(AppConfig):
    """The room for how well each clause was kept."""

    name = "glede.desk.insight"
    label = "insight"
