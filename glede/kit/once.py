"""Questions asked once while a block runs: what hardly ever changes is not asked for each event.

Outside of a block every question is asked anew.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Within it an answer holds until the end; for a transaction that takes moments."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def remembered[**P, R](ask: Callable[P, R]) -> Callable[P, R]:
    """Decorates a question whose arguments can be compared."""

    @functools.wraps(ask)
    def asking(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return ask(*args, **kwargs)
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = ask(*args, **kwargs)
        answer: R = answers[key]
        return answer

    return asking
