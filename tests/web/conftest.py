from tests.browser import browser
from tests.web.serving import desk

__all__ = ["browser", "desk"]
