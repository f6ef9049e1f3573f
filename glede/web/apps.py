from django.apps import AppConfig


class Web(AppConfig):
    """The screens, the API and the live stream; owns no tables."""

    name = "glede.web"
    label = "web"
