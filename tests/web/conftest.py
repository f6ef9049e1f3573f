from tests.web.serving import desk

__all__ = ["desk"]
