from django.apps import AppConfig

from glede.desk.replies import checks, conduct, names, personal, wrong_brand


class Replies(AppConfig):
    """The room for how an advisor answers."""

    name = "glede.desk.replies"
    label = "replies"

    def ready(self) -> None:
        """What looks at what is typed; a later room registers its own."""
        checks.register("personal", personal.check)
        checks.register("names", names.check)
        checks.register("brand", wrong_brand.check)
        checks.register("conduct", conduct.check)
